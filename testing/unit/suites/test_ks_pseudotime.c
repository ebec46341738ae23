/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * Pseudotime on the key server: its clock, and when members hear of it.
 */

#include "ks_listener.h"

#include <ks_fanout.h>
#include <ks_keys.h>
#include <ks_schedule.h>
#include <transport/gdoi_vendor_id.h>

/** what members announced */
#define ABLE (GDOI_FEATURES | GDOI_FEATURE_FRESHNESS)

/** messages of a fan-out, under the same KEK */
#define FIRST chunk_from_str("12345678 as written first")
#define ANEW chunk_from_str("12345678 as written anew")

/** parts of sections */
#define BEGIN "local_address = 10.0.8.1\n connections = c\n "
#define KEK "kek {\n signature_key = rsa.der\n lifetime = 1d\n }\n "
#define TEKS(lifetime) "teks {\n data {\n acl = vpn\n lifetime = " lifetime \
	"\n }\n }\n"
#define TIMED "replay = time\n "
#define D3P "d3p_window = 1s\n "

/** clocks of the boot */
static uint64_t boot_now;
static time_t boot_wall;

static uint64_t get_boot()
{
	return boot_now;
}

static time_t get_wall()
{
	return boot_wall;
}

static ks_boot_t boot = {
	.now = get_boot,
	.wall = get_wall,
	.id = { 1, 2, 3 },
};

/**
 * Create a clock that was started at 5000 ms
 */
static ks_pseudotime_t *create_started()
{
	ks_pseudotime_t *pseudotime = ks_pseudotime_create(&boot);

	boot_now = 5000;
	boot_wall = 1800000000;
	ck_assert(pseudotime->start(pseudotime));
	return pseudotime;
}

/**
 * Check what a clock tells in ticks of 100 ms
 */
static void check_ticks(ks_pseudotime_t *pseudotime, uint32_t ticks)
{
	group_pseudotime_t time;

	ck_assert(pseudotime->get(pseudotime, 100, &time));
	ck_assert_uint_eq(time.tick_ms, 100);
	ck_assert_uint_eq(time.ticks, ticks);
	ck_assert_uint_ne(time.epoch, 0);
}

/* TBAR-001, TBAR-005: it runs on the clock of the boot, in ticks */
START_TEST(test_clock_tbar_001)
{
	group_pseudotime_t time, other = { 7, 900, 500 };
	ks_pseudotime_t *pseudotime = ks_pseudotime_create(&boot);

	ck_assert(!pseudotime->get(pseudotime, 100, &time));
	ck_assert_uint_eq(pseudotime->get_age(pseudotime), 0);
	pseudotime->told(pseudotime);
	ck_assert(!pseudotime->get(pseudotime, 100, &time));
	pseudotime->destroy(pseudotime);

	pseudotime = create_started();
	check_ticks(pseudotime, 0);
	boot_now += 99;
	check_ticks(pseudotime, 0);
	boot_now += 1;
	check_ticks(pseudotime, 1);
	/* who sets the wall clock does not set it */
	boot_wall -= 3600;
	boot_now += 1900;
	check_ticks(pseudotime, 20);
	ck_assert_uint_eq(pseudotime->get_age(pseudotime), 2);
	pseudotime->told(pseudotime);
	ck_assert_uint_eq(pseudotime->get_age(pseudotime), 0);
	check_ticks(pseudotime, 20);
	/* once only */
	ck_assert(pseudotime->start(pseudotime));
	check_ticks(pseudotime, 20);
	pseudotime->adopt(pseudotime, &other);
	boot_now += 1000;
	check_ticks(pseudotime, 4510);
	ck_assert(pseudotime->get(pseudotime, 500, &time));
	ck_assert_uint_eq(time.epoch, 7);
	pseudotime->destroy(pseudotime);
}
END_TEST

/* after a restart: seconds that passed on each clock, whether it is another
 * boot, and the ticks that there must be at least and at most then */
static const struct {
	int64_t boot, wall;
	bool other, unknown;
	uint32_t least, most;
} restarts[] = {
	{ 60, 60, FALSE, FALSE, 1600, 1600 },
	/* the wall clock was set */
	{ 60, 3660, FALSE, FALSE, 1600, 1600 },
	{ 60, -3600, FALSE, FALSE, 1600, 1600 },
	{ -4, 60, TRUE, FALSE, 1600, 1610 },
	{ -4, 3600, TRUE, FALSE, 37000, 37010 },
	/* it never runs back */
	{ -4, 0, TRUE, FALSE, 1000, 1010 },
	{ -4, -3600, TRUE, FALSE, 1000, 1000 },
	{ 60, 120, FALSE, TRUE, 2200, 2210 },
};

START_TEST(test_restart)
{
	static const uint8_t id[KS_BOOT_ID_LEN] = { 1, 2, 3 };
	ks_pseudotime_t *pseudotime = create_started();
	ks_pseudotime_state_t state, again;

	boot_now += 100000;
	pseudotime->told(pseudotime);
	pseudotime->get_state(pseudotime, &state);
	/* what is kept stays the same until members are told again */
	boot_now += 3000;
	pseudotime->get_state(pseudotime, &again);
	ck_assert(memeq(&state, &again, sizeof(state)));
	pseudotime->destroy(pseudotime);

	boot_now += restarts[_i].boot * 1000 - 3000;
	boot_wall += restarts[_i].wall;
	boot.id[0] = restarts[_i].other ? 9 : 1;
	if (restarts[_i].unknown)
	{
		memset(boot.id, 0, sizeof(boot.id));
		memset(state.boot_id, 0, sizeof(state.boot_id));
	}
	pseudotime = ks_pseudotime_create(&boot);
	pseudotime->set_state(pseudotime, &state);
	pseudotime->get_state(pseudotime, &again);
	ck_assert_uint_eq(again.epoch, state.epoch);
	ck_assert_uint_ge(again.value, restarts[_i].least * 100);
	ck_assert_uint_le(again.value, restarts[_i].most * 100);
	pseudotime->destroy(pseudotime);
	memcpy(boot.id, id, sizeof(id));
}
END_TEST

/* this host's clock */
START_TEST(test_boot)
{
	ks_boot_t real, again;
	uint64_t first;

	ks_boot_get(&real);
	ks_boot_get(&again);
	first = real.now();
	ck_assert(first && again.now() >= first);
	ck_assert(memeq(real.id, again.id, KS_BOOT_ID_LEN));
	ck_assert(real.wall() > 1500000000);
}
END_TEST

/* TBAR-004: seconds since the last rekey, and until the next one */
static const struct {
	uint32_t sync, age, due;
} syncs[] = {
	{ 1800, 0, 1800 },
	{ 1800, 1799, 1 },
	{ 1800, 1800, 0 },
	{ 1800, 1801, 0 },
	{ 10, 9, 1 },
	{ 10, UINT32_MAX, 0 },
};

/* REKEY-012: seconds until a TEK and the KEK are due, with long lifetimes */
static const struct {
	uint32_t tek, kek;
	bool combines;
} combinations[] = {
	{ 59, UINT32_MAX, TRUE },
	{ 60, UINT32_MAX, TRUE },
	{ 61, UINT32_MAX, FALSE },
	{ 3600, 60, TRUE },
	{ 3600, 61, FALSE },
	{ 0, 0, TRUE },
	{ UINT32_MAX, UINT32_MAX, FALSE },
};

START_TEST(test_schedule_rekey_012)
{
	int i;

	for (i = 0; i < countof(syncs); i++)
	{
		ck_assert_uint_eq(ks_schedule_sync(syncs[i].sync, syncs[i].age),
						  syncs[i].due);
	}
	for (i = 0; i < countof(combinations); i++)
	{
		ck_assert(ks_schedule_sync_combines(combinations[i].tek,
					combinations[i].kek, 86400) == combinations[i].combines);
	}
}
END_TEST

/* TBAR-002: it starts when a member gets a policy, not before */
START_TEST(test_start_tbar_002)
{
	ks_config_t *config = ks_fixture_config(BEGIN TIMED KEK TEKS("1h"));
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, &boot);
	ks_pseudotime_t *pseudotime = keys->get_pseudotime(keys);
	host_t *host = host_create_from_string("10.0.8.1", 848);
	group_pseudotime_t time;
	group_policy_t *policy;

	ck_assert(keys->update(keys, config, 0, 1000));
	ck_assert(!pseudotime->get(pseudotime, 1000, &time));
	policy = keys->get_policy(keys, KS_GIVE_LIVE, 1000, host, host,
							  GROUP_ACK_NONE);
	ck_assert(policy->get_pseudotime(policy, &time));
	ck_assert_uint_eq(time.ticks, 0);
	policy->destroy(policy);
	boot_now += 7000;
	policy = keys->get_policy(keys, KS_GIVE_LIVE, 1000, host, host,
							  GROUP_ACK_NONE);
	ck_assert(policy->get_pseudotime(policy, &time));
	ck_assert_uint_eq(time.ticks, 7);
	policy->destroy(policy);
	host->destroy(host);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(config);
}
END_TEST

/* a store carries on with the clock as it does with the keys */
START_TEST(test_state)
{
	ks_config_t *config = ks_fixture_config(BEGIN TIMED KEK TEKS("1h"));
	ks_spis_t *spis = ks_spis_create(), *others = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, &boot);
	ks_keys_t *back = ks_keys_create(others, &boot);
	host_t *host = host_create_from_string("10.0.8.1", 848);
	group_pseudotime_t before, after;
	group_policy_t *policy;
	ks_state_t *state;

	ck_assert(keys->update(keys, config, 0, 1000));
	policy = keys->get_policy(keys, KS_GIVE_LIVE, 1000, host, host,
							  GROUP_ACK_NONE);
	ck_assert(policy->get_pseudotime(policy, &before));
	policy->destroy(policy);
	state = keys->get_state(keys, 1000);
	boot_now += 9000;
	back->set_state(back, state, config, 1009);
	ks_state_destroy(state);
	policy = back->get_policy(back, KS_GIVE_LIVE, 1009, host, host,
							  GROUP_ACK_NONE);
	ck_assert(policy->get_pseudotime(policy, &after));
	ck_assert_uint_eq(after.epoch, before.epoch);
	ck_assert_uint_eq(after.ticks, before.ticks + 9);
	ck_assert_uint_eq(after.tick_ms, 1000);
	policy->destroy(policy);
	host->destroy(host);
	keys->destroy(keys);
	back->destroy(back);
	spis->destroy(spis);
	others->destroy(others);
	ks_config_destroy(config);
}
END_TEST

/* D3P-011 in a group without rekeys that nobody could refuse: the old keys are
 * given to nobody any more */
START_TEST(test_without_kek)
{
	ks_config_t *old = ks_fixture_config(BEGIN D3P TEKS("1h"));
	ks_config_t *new = ks_fixture_config(BEGIN D3P "d3p_type = posix-time\n "
										 TEKS("1h"));
	ks_spis_t *spis = ks_spis_create();
	ks_keys_t *keys = ks_keys_create(spis, &boot);
	host_t *host = host_create_from_string("10.0.8.1", 848);
	group_policy_t *policy;
	uint32_t window;
	uint8_t type;

	ck_assert(keys->update(keys, old, 0, 1000));
	ck_assert(keys->update(keys, new, 0, 1001));
	policy = keys->get_policy(keys, KS_GIVE_LIVE, 1001, host, host,
							  GROUP_ACK_NONE);
	ck_assert_uint_eq(policy->get_tek_count(policy), 1);
	ck_assert(policy->get_d3p(policy, &type, &window));
	ck_assert_uint_eq(type, 1);
	ck_assert_uint_eq(window, 1000);
	policy->destroy(policy);
	host->destroy(host);
	keys->destroy(keys);
	spis->destroy(spis);
	ks_config_destroy(old);
	ks_config_destroy(new);
}
END_TEST

/* TBAR-003: registrations bring pseudotime and window, as of the moment */
START_TEST(test_register_tbar_003)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.7.7", "10.1.7.7", "c");
	group_pseudotime_t time;
	group_policy_t *policy;
	enumerator_t *enumerator;
	group_tek_t *tek;

	phase1->features = ABLE;
	listen_begin_section(BEGIN TIMED "replay_window = 20s\n " KEK TEKS("1h"));
	listen_wait(100);
	policy = listen_ask(phase1);
	ck_assert(policy->get_pseudotime(policy, &time));
	ck_assert_uint_eq(time.ticks, 100);
	ck_assert_uint_eq(time.tick_ms, 1000);
	enumerator = policy->create_tek_enumerator(policy);
	ck_assert(enumerator->enumerate(enumerator, &tek));
	ck_assert_int_eq(tek->get(tek)->replay, GROUP_REPLAY_TIME);
	ck_assert_uint_eq(tek->get(tek)->replay_window, 20000);
	enumerator->destroy(enumerator);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* windows in seconds, seconds that a registration takes, and whether its
 * pseudotime is too far behind then */
static const struct {
	char *window;
	u_int takes;
	bool late;
} slow[] = {
	{ "replay_window = 10s\n ", 5, FALSE },
	{ "replay_window = 10s\n ", 7, TRUE },
	{ "replay_window = 100s\n ", 35, FALSE },
	{ "replay_window = 100s\n ", 55, TRUE },
	/* a tick is no delay */
	{ "replay_window = 1s\n ", 1, FALSE },
	{ "replay_window = 1s\n ", 3, TRUE },
};

/* TBAR-003: message 2 was lost and sent again with the pseudotime of the first
 * time, so that all packets would be late or early until the next rekey: the
 * member hears the time at once, be it that there was a rekey before or not */
START_TEST(test_late_tbar_003)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.7.7", "10.1.7.7", "c");
	int i = _i / 2, before = _i % 2;
	group_policy_t *policy;
	char section[512];

	phase1->features = ABLE;
	snprintf(section, sizeof(section), "%s%s%s%s%s", BEGIN, TIMED,
			 slow[i].window, KEK, TEKS("12h"));
	listen_begin_section(section);
	listen_enrol(2, ABLE);
	listen_acking = 2;
	if (before)
	{
		listen_rekey(FALSE);
		listen_wait(60);
		ck_assert_uint_eq(heard_count, 1);
	}
	policy = listen_ask(phase1);
	listen_wait(slow[i].takes);
	listen_enter(phase1, policy);
	listen_wait(4);
	ck_assert_uint_eq(heard_count, before + slow[i].late);
	if (slow[i].late)
	{
		ck_assert_uint_eq(heard[before].pseudotime.ticks, heard[before].time);
		ck_assert_uint_eq(heard[before].teks, 1 + before);
		/* where the others have it already, it is for the newcomer alone */
		ck_assert_uint_eq(heard[before].receivers, before ? 1 : 3);
	}
	listen_check_numbers();
	listen_wait(600);
	ck_assert_uint_le(heard_count, before + slow[i].late * 4);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* TBAR-004: no rekey for 1800 s, so one that brings the time and no new keys */
START_TEST(test_sync_tbar_004)
{
	uint32_t last;

	listen_begin_section(BEGIN TIMED KEK TEKS("12h"));
	listen_enrol(2, ABLE);
	listen_acking = 2;
	listen_wait(1799);
	ck_assert_uint_eq(heard_count, 0);
	listen_wait(2);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].time, 1800);
	ck_assert_uint_eq(heard[0].teks, 1);
	ck_assert_uint_eq(heard[0].deletes, 0);
	ck_assert_int_eq(heard[0].brings, 0);
	ck_assert_uint_eq(heard[0].pseudotime.ticks, 1800);
	last = heard[0].last;
	/* another rekey counts as well */
	listen_wait(600);
	listen_rekey(FALSE);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_ne(heard[1].last, last);
	ck_assert_uint_eq(heard[1].pseudotime.ticks, 2401);
	ck_assert_uint_eq(heard[1].pseudotime.epoch, heard[0].pseudotime.epoch);
	listen_wait(1799);
	ck_assert_uint_eq(heard_count, 2);
	listen_wait(1);
	ck_assert_uint_eq(heard_count, 3);
	ck_assert_uint_eq(heard[2].last, heard[1].last);
	listen_check_numbers();
	listen_end();
}
END_TEST

/* REKEY-012: with a TEK due within 60 s it is one rekey */
START_TEST(test_combined_rekey_012)
{
	listen_begin_section(BEGIN TIMED KEK TEKS("2040s"));
	listen_enrol(2, ABLE);
	listen_acking = 2;
	listen_wait(1799);
	ck_assert_uint_eq(heard_count, 0);
	listen_wait(100);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].time, 1800);
	ck_assert_uint_eq(heard[0].teks, 2);
	listen_end();
}
END_TEST

/* telling the time often takes no retransmission away: what is sent again may
 * have a KEK */
START_TEST(test_often)
{
	listen_begin_section(BEGIN TIMED "replay_sync = 10s\n " KEK
						 "rekey {\n retransmit_tries = 2\n "
						 "retransmit_interval = 10s\n }\n " TEKS("12h"));
	listen_enrol(1, ABLE);
	listen_wait(5);
	listen_rekey(TRUE);
	listen_wait(45);
	ck_assert_uint_ge(heard_count, 4);
	/* under the old KEK, three times */
	ck_assert_uint_eq(heard[2].kek, 0);
	ck_assert_int_eq(heard[2].brings, 1);
	ck_assert_uint_eq(heard[3].kek, 1);
	ck_assert_uint_gt(heard[3].time, heard[2].time);
	listen_end();
}
END_TEST

/* TBAR-003: sent again, it has the time of that moment */
START_TEST(test_retransmit_tbar_003)
{
	listen_begin_section(BEGIN TIMED KEK "rekey {\n retransmit_tries = 1\n }\n "
						 TEKS("12h"));
	listen_enrol(1, ABLE);
	listen_wait(20);
	listen_rekey(FALSE);
	listen_wait(30);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].seq, heard[0].seq + 1);
	ck_assert_uint_eq(heard[0].pseudotime.ticks, 20);
	ck_assert_uint_ge(heard[1].pseudotime.ticks, 30);
	ck_assert_uint_eq(heard[1].pseudotime.ticks, heard[1].time);
	listen_end();
}
END_TEST

/* TBAR-003: with few members per batch the last ones get it much later than the
 * first ones, and not what it was then, which they would drop (TBAR-023); those
 * without pseudotime all get the same octets */
START_TEST(test_batches_tbar_003)
{
	u_int i;

	listen_begin_section(BEGIN TIMED "replay_window = 60s\n " KEK
						 "rekey {\n batch = 1\n batch_interval = 5s\n "
						 "retransmit_tries = 1\n }\n " TEKS("12h"));
	listen_enrol(9, ABLE);
	listen_acking = 9;
	listen_wait(100);
	listen_rekey(FALSE);
	listen_wait(60);
	/* a tenth of the window is six seconds */
	ck_assert_uint_eq(heard_count, 9);
	for (i = 0; i < heard_count; i++)
	{
		ck_assert_uint_eq(heard[i].time, 100 + i * 5);
		ck_assert_uint_eq(heard[i].receivers, 1);
		ck_assert_uint_le(heard[i].time - heard[i].pseudotime.ticks, 6);
		ck_assert_uint_eq(heard[i].teks, 2);
	}
	/* all of them have acknowledged, whatever number they got */
	ck_assert_int_eq(listen_logged("KS_REKEY_FAILED"), 0);
	listen_end();
}
END_TEST

/** how often messages were written anew, and how often that works */
static u_int renewed, renewable;

static bool renew(void *renewer, ks_fanout_plan_t *plan)
{
	ck_assert(renewer == &renewed);
	ck_assert_uint_eq(plan->seq, 1 + min(renewed, renewable));
	if (renewed++ >= renewable)
	{
		return FALSE;
	}
	plan->seq++;
	plan->messages[0] = ANEW;
	plan->messages[1] = ANEW;
	return TRUE;
}

/* messages are written anew before a batch that they are too old for; those
 * that there are go on being sent where that fails, or is not asked for */
static const struct {
	/** milliseconds that messages are fresh, how often writing works */
	uint32_t fresh;
	u_int renewable;
	/** attempts to write, and sequence number of the last member */
	u_int renewed;
	uint32_t last;
} renewals[] = {
	{ 0, 9, 0, 1 },
	{ 1000, 9, 3, 4 },
	{ 1500, 9, 1, 2 },
	{ 3001, 9, 0, 1 },
	{ 1000, 0, 3, 1 },
	{ 1000, 1, 3, 2 },
};

static void count(void *user, u_int count, uint32_t duration)
{
	*(u_int*)user += count;
}

START_TEST(test_renew)
{
	rekey_world_t *world = rekey_world_create();
	ks_members_t *members = ks_members_create(4);
	ks_fanout_t *fanout;
	ks_fanout_plan_t plan = {
		.messages = { FIRST, FIRST },
		.seq = 1,
		.batch = 1,
		.interval = 1000,
		.fresh = renewals[_i].fresh,
		.renew = renew,
		.renewer = &renewed,
	};
	ks_member_t *rows[4];
	identification_t *id;
	rekey_sent_t *one;
	host_t *host;
	u_int sent = 0;
	char text[32];
	int i;

	renewed = 0;
	renewable = renewals[_i].renewable;
	fanout = ks_fanout_create(members, &world->transport, &world->runtime);
	for (i = 1; i <= 4; i++)
	{
		snprintf(text, sizeof(text), "10.1.0.%d", i);
		id = identification_create_from_string(text);
		host = rekey_world_host(text);
		ck_assert(members->add(members, id, host, host, ABLE, 0, 1 << 30,
							   NULL) != KS_MEMBERS_FULL);
		id->destroy(id);
		host->destroy(host);
	}
	members->begin_rekey(members, 1 << 30);
	fanout->start(fanout, &plan, count, &sent);
	rekey_world_advance(world, 4000);
	ck_assert_uint_eq(sent, 4);
	ck_assert_uint_eq(renewed, renewals[_i].renewed);
	world->sent->get_last(world->sent, (void**)&one);
	ck_assert(chunk_equals(one->datagram, renewals[_i].last > 1 ? ANEW
																: FIRST));
	ck_assert_uint_eq(members->snapshot(members, 0, rows, 4), 4);
	ck_assert_uint_eq(rows[0]->sent[0].seq, 1);
	ck_assert_uint_eq(rows[3]->sent[0].seq, renewals[_i].last);
	for (i = 0; i < 4; i++)
	{
		free(rows[i]);
	}
	fanout->destroy(fanout);
	rekey_world_destroy(world);
	members->destroy(members);
}
END_TEST

/* TBAR-004: every rekey has it, also one that brings a KEK alone */
START_TEST(test_kek_tbar_004)
{
	listen_begin_section(BEGIN TIMED KEK TEKS("12h"));
	listen_enrol(3, ABLE);
	listen_acking = 3;
	listen_wait(20);
	ck_assert_uint_eq(listen_remove("10.1.0.3", FALSE), 1);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[0].teks, 0);
	ck_assert_uint_eq(heard[0].pseudotime.ticks, heard[0].time);
	ck_assert_uint_eq(heard[1].pseudotime.ticks, heard[1].time);
	listen_end();
}
END_TEST

Suite *ks_pseudotime_suite()
{
	Suite *suite = suite_create("key server: pseudotime");
	TCase *tc = tcase_create("clock");

	tcase_add_test(tc, test_clock_tbar_001);
	tcase_add_loop_test(tc, test_restart, 0, countof(restarts));
	tcase_add_test(tc, test_boot);
	tcase_add_test(tc, test_schedule_rekey_012);
	tcase_add_test(tc, test_start_tbar_002);
	tcase_add_test(tc, test_state);
	tcase_add_test(tc, test_without_kek);
	suite_add_tcase(suite, tc);

	tc = tcase_create("telling");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_register_tbar_003);
	tcase_add_loop_test(tc, test_late_tbar_003, 0, 2 * countof(slow));
	tcase_add_test(tc, test_sync_tbar_004);
	tcase_add_test(tc, test_combined_rekey_012);
	tcase_add_test(tc, test_often);
	tcase_add_test(tc, test_retransmit_tbar_003);
	tcase_add_test(tc, test_batches_tbar_003);
	tcase_add_loop_test(tc, test_renew, 0, countof(renewals));
	tcase_add_test(tc, test_kek_tbar_004);
	suite_add_tcase(suite, tc);
	return suite;
}
