/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <transport/gdoi_vendor_id.h>

#include <time.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/** time stamps of the group */
#define STAMPS (&world->map->stamps[0])

/** pseudotime and window that the key server gives to those who register */
static group_pseudotime_t given;
static uint32_t given_window;

/**
 * A TEK with time-based anti-replay
 */
static group_tek_t *time_tek(uint32_t spi)
{
	group_tek_t *plain = world_tek(spi, 86400, LINE), *tek;
	group_tek_data_t data = *plain->get(plain);

	data.replay = GROUP_REPLAY_TIME;
	data.replay_window = given_window * 1000;
	tek = group_tek_create(&data);
	plain->destroy(plain);
	return tek;
}

/**
 * Policy of a registration
 */
static group_policy_t *policy_time(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, time_tek(WORLD_SPI));
	policy->set_pseudotime(policy, &given);
	return policy;
}

/**
 * Register a group at a pseudotime
 *
 * @param header		value of replay_header, NULL for the default
 */
static void start(uint32_t ticks, uint32_t tick_ms, uint32_t window,
				  char *header)
{
	given = (group_pseudotime_t){ 0xabcd, ticks, tick_ms };
	given_window = window;
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	KS1->policy = policy_time;
	KS1->features = GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("GET", 1, "servers", "ks1", "interface", "eth0",
				header ? "replay_header" : NULL, header, NULL);
	world_settle();
	ck_assert_int_eq(world_state("GET"), GM_REGISTERED);
}

/**
 * Rekey with a pseudotime, and a TEK or none
 *
 * @param replace		TRUE to delete all TEKs that are there
 */
static void push_with(bool replace, uint32_t spi, uint32_t epoch,
					  uint32_t ticks, uint32_t tick_ms)
{
	group_delete_t all = { .protocol = PROTO_ESP };
	group_pseudotime_t time = { epoch, ticks, tick_ms };
	group_rekey_t *rekey;
	group_policy_t *policy;

	rekey = world_rekey(TRUE, spi ? time_tek(spi) : NULL, NULL);
	policy = rekey->get_policy(rekey);
	policy->set_pseudotime(policy, &time);
	if (replace)
	{
		ck_assert(rekey->add_delete(rekey, &all));
	}
	world_push(rekey, NULL, WORLD_MEMBER);
}

/**
 * Rekey with a pseudotime, and a TEK or none, beside those that are there
 */
static void push(uint32_t spi, uint32_t epoch, uint32_t ticks, uint32_t tick_ms)
{
	push_with(FALSE, spi, epoch, ticks, tick_ms);
}

static void keep(void *user, vici_builder_t *builder)
{
	vici_message_t **row = user;

	ck_assert_ptr_null(*row);
	*row = builder->finalize(builder);
}

/**
 * Check a key of the row of list-replay
 */
static void check_key(char *key, const char *expected)
{
	group_role_t *role = &world->manager->role;
	vici_message_t *row = NULL;
	char *value;

	role->replay(role, "GET", keep, &row);
	ck_assert_ptr_nonnull(row);
	value = row->get_str(row, "", key);
	ck_assert_msg(streq(value, expected), "%s = %s, not %s", key, value,
				  expected);
	row->destroy(row);
}

/* TBAR-003, TBAR-005, TBAR-009, SHOW-108: a registration brings pseudotime,
 * tick and window */
START_TEST(test_registration_TBAR_003)
{
	uint64_t boot;

	start(3611735, 1000, 100, "16");
	ck_assert_int_eq(STAMPS->method, FRESHNESS_TBAR);
	ck_assert_int_eq(STAMPS->protocol, 254);
	ck_assert_int_eq(STAMPS->header, 16);
	ck_assert_uint_eq(STAMPS->allowed_ms, 100000);
	ck_assert_uint_eq(STAMPS->epoch, 0xabcd);
	ck_assert_uint_eq(STAMPS->ticks, 3611735);
	ck_assert_uint_eq(STAMPS->tick_ms, 1000);
	/* when message 2 came, not when the keys did */
	boot = STAMPS->boot_ns;
	ck_assert_uint_ge(boot, 1000000ULL * 1000000);
	ck_assert_uint_lt(boot, world->now * 1000000);
	check_key("method", "time");
	check_key("window-ms", "100000");
	check_key("epoch", "0000abcd");
	check_key("tick-ms", "1000");
	check_key("sync-errors", "0");
	check_key("sync-max-delta-ms", "0");
	check_key("time", "3611735.00");
	world_advance(S(100));
	check_key("time", "3611835.00");
	check_key("sync-last", "100");
}
END_TEST

/* a registration's pseudotime is adopted, whatever it is */
START_TEST(test_registered_again)
{
	start(22490, 1000, 100, NULL);
	given = (group_pseudotime_t){ 0x1234, 17, 250 };
	ck_assert(world_command("register", "GET"));
	ck_assert_uint_eq(STAMPS->epoch, 0x1234);
	ck_assert_uint_eq(STAMPS->ticks, 17);
	ck_assert_uint_eq(STAMPS->tick_ms, 250);
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
	/* so is one for keys that go on */
	given.ticks = 3;
	world_advance(S(86400));
	ck_assert_int_ge(KS1->registered, 3);
	ck_assert_uint_eq(STAMPS->ticks, 3);
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
}
END_TEST

static const struct {
	/** window in seconds, own pseudotime and the rekey's */
	uint32_t window, mine, theirs;
	/** log line, NULL for none; FALSE if the rekey is dropped */
	const char *log;
	bool taken;
} rules[] = {
	/* TBAR-021: larger, within what is allowable: 30 of 100, 10 of 10
	 * (TBAR-020) */
	{ 100, 1000, 1000, NULL, TRUE },
	{ 100, 1000, 1030, NULL, TRUE },
	{ 10, 1000, 1010, NULL, TRUE },
	/* beyond */
	{ 100, 1000, 1031, "PSEUDO_TIME_LARGE", TRUE },
	{ 10, 1000, 1011, "PSEUDO_TIME_LARGE", TRUE },
	/* LOG-001 */
	{ 100, 10057, 20008, "%GDOI-3-PSEUDO_TIME_LARGE: Pseudotime difference "
	  "between key server (20008 sec) and GM (10057 sec) is larger than "
	  "expected in group GET. Adjust to new pseudotime", TRUE },
	/* TBAR-022: smaller, within */
	{ 100, 1000, 970, NULL, TRUE },
	{ 10, 1000, 990, NULL, TRUE },
	/* TBAR-023: beyond */
	{ 100, 1000, 969, "PSEUDO_TIME_TOO_OLD", FALSE },
	{ 10, 1000, 989, "PSEUDO_TIME_TOO_OLD", FALSE },
	/* LOG-002 */
	{ 100, 22490, 10026, "%GDOI-3-PSEUDO_TIME_TOO_OLD: Rekey received in group "
	  "GET is too old and fail PST check: my_pst is 22490 sec, peer_pst is "
	  "10026 sec, allowable_skew is 30 sec", FALSE },
};

/* TBAR-020 to TBAR-023, LOG-001, LOG-002 */
START_TEST(test_rekey_TBAR_020)
{
	uint64_t delta;
	bool large;
	char text[32];

	/* the member has the pseudotime since message 2, some ms ago */
	start(rules[_i].mine, 1000, rules[_i].window, NULL);
	push(0x77, 0xabcd, rules[_i].theirs, 1000);
	ck_assert_int_eq(world_decrypts(world->map, 0x77), rules[_i].taken);
	ck_assert_uint_eq(STAMPS->ticks, rules[_i].taken ? rules[_i].theirs
													 : rules[_i].mine);
	ck_assert_int_eq(world_acks(), rules[_i].taken);
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), rules[_i].log != NULL);
	ck_assert(!rules[_i].log || world_logged(rules[_i].log) == 1);
	/* dropped without a second line */
	ck_assert_int_eq(world_logged("GM_REJECTING"), 0);
	large = rules[_i].log != NULL;
	check_key("sync-errors", large ? "1" : "0");
	delta = S(abs((int)(rules[_i].theirs - rules[_i].mine)));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)delta);
	check_key("sync-max-delta-ms", text);
}
END_TEST

/* TBAR-021, TBAR-023: a rekey that replaces all TEKs is judged as others are,
 * with no more of it in force than of others that are too old */
START_TEST(test_replace_TBAR_023)
{
	start(1000, 1000, 100, NULL);
	push_with(TRUE, 0x77, 0xabcd, 969, 1000);
	ck_assert_int_eq(world_logged("PSEUDO_TIME_TOO_OLD"), 1);
	ck_assert(!world_decrypts(world->map, 0x77));
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(STAMPS->ticks, 1000);
	push_with(TRUE, 0x78, 0xabcd, 1031, 1000);
	ck_assert_int_eq(world_logged("PSEUDO_TIME_LARGE"), 1);
	ck_assert(world_decrypts(world->map, 0x78));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(STAMPS->ticks, 1031);
}
END_TEST

/* the base is a new one with each rekey, also with those that bring nothing
 * else (TBAR-004), and with every SA that is there */
START_TEST(test_rebase_TBAR_004)
{
	uint64_t boot;
	u_int i, ticks = 1000;

	start(ticks, 1000, 100, NULL);
	boot = STAMPS->boot_ns;
	for (i = 0; i < 5; i++)
	{
		world_advance(S(1800));
		ticks += 1801;
		push(i == 2 ? 0x77 : 0, 0xabcd, ticks, 1000);
		ck_assert_uint_eq(STAMPS->ticks, ticks);
		ck_assert_uint_ge(STAMPS->boot_ns - boot, S(1799) * 1000000);
		boot = STAMPS->boot_ns;
	}
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
	ck_assert_int_eq(world_acks(), 5);
	check_key("sync-errors", "0");
	check_key("sync-last", "0");
}
END_TEST

/* another clock is adopted by the same rules, as are ticks of another length */
START_TEST(test_other_clock)
{
	start(1000, 1000, 100, NULL);
	push(0, 0x9999, 1010, 1000);
	ck_assert_uint_eq(STAMPS->epoch, 0x9999);
	push(0, 0x9999, 10200, 100);
	ck_assert_uint_eq(STAMPS->ticks, 10200);
	ck_assert_uint_eq(STAMPS->tick_ms, 100);
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
	push(0, 0x1111, 900, 1000);
	ck_assert_uint_eq(STAMPS->epoch, 0x9999);
	ck_assert_int_eq(world_logged("PSEUDO_TIME_TOO_OLD"), 1);
}
END_TEST

/* pseudotime is enabled by a rekey: there is nothing to compare it with, nor
 * after it was disabled and the last TEK with it is gone */
START_TEST(test_enabled_by_rekey)
{
	group_rekey_t *rekey;

	given_window = 100;
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	KS1->features = GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("GET", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	push(0x77, 0xabcd, 5, 1000);
	ck_assert(world_stamped(world->map, 0x77));
	ck_assert_uint_eq(STAMPS->ticks, 5);
	rekey = world_rekey(TRUE, world_tek(0x78, 2 * 86400, LINE), NULL);
	world_push(rekey, NULL, WORLD_MEMBER);
	world_advance(S(86401));
	ck_assert_int_eq(STAMPS->method, FRESHNESS_NONE);
	push(0x79, 0xabcd, 3, 1000);
	ck_assert_uint_eq(STAMPS->ticks, 3);
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
}
END_TEST

/* a host that slept has the right pseudotime: the boot clock goes on */
START_TEST(test_sleep)
{
	start(1000, 1000, 100, NULL);
	world->slept = S(3600);
	check_key("time", "4600.00");
	push(0x77, 0xabcd, 4600, 1000);
	ck_assert(world_decrypts(world->map, 0x77));
	ck_assert_int_eq(world_logged("PSEUDO_TIME"), 0);
	check_key("sync-errors", "0");
}
END_TEST

/* an hour forth or back of the clock that can be set changes nothing: neither
 * of the member's clocks is that one */
START_TEST(test_settable_clock)
{
	gm_runtime_t *real = gm_runtime_create();
	struct timespec before, after;
	uint64_t boot;

	clock_gettime(CLOCK_BOOTTIME, &before);
	boot = real->boot_ns(real);
	clock_gettime(CLOCK_BOOTTIME, &after);
	ck_assert_uint_ge(boot, before.tv_sec * 1000000000ULL + before.tv_nsec);
	ck_assert_uint_le(boot, after.tv_sec * 1000000000ULL + after.tv_nsec);
	real->destroy(real);
}
END_TEST

/* counters of the control plane are set back, the pseudotime is not */
START_TEST(test_reset)
{
	group_role_t *role = &world->manager->role;

	start(1000, 1000, 100, NULL);
	push(0, 0xabcd, 100, 1000);
	check_key("sync-errors", "1");
	check_key("sync-max-delta-ms", "900000");
	role->reset(role, "GET", GROUP_RESET_REPLAY);
	world_settle();
	check_key("sync-errors", "0");
	check_key("sync-max-delta-ms", "0");
	check_key("time", "1000.00");
}
END_TEST

Suite *member_pseudotime_suite(void)
{
	Suite *suite = suite_create("member pseudotime");
	TCase *tcase;

	tcase = tcase_create("pseudotime");
	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_test(tcase, test_registration_TBAR_003);
	tcase_add_test(tcase, test_registered_again);
	tcase_add_loop_test(tcase, test_rekey_TBAR_020, 0, countof(rules));
	tcase_add_test(tcase, test_replace_TBAR_023);
	tcase_add_test(tcase, test_rebase_TBAR_004);
	tcase_add_test(tcase, test_other_clock);
	tcase_add_test(tcase, test_enabled_by_rekey);
	tcase_add_test(tcase, test_sleep);
	tcase_add_test(tcase, test_settable_clock);
	tcase_add_test(tcase, test_reset);
	suite_add_tcase(suite, tcase);
	return suite;
}
