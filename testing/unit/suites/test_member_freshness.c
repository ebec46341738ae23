/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <transport/gdoi_vendor_id.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs, one of IPv6, and one that is neither */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"
#define LINE6 "permit ip fd00::/8 fd00::/8"
#define OTHER "permit ip 192.168.0.0/16 any"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/** seconds that the TEK of a registration lives, and those of rekeys */
#define LIFE 600
#define LIFE_REKEY 3600

/** what the key server gives to those who register */
static group_replay_t given;
static uint32_t given_window;
static uint8_t given_type;
static group_pseudotime_t given_time;
static uint32_t given_spi;

/**
 * A TEK with replay protection
 */
static group_tek_t *stamped_tek(uint32_t spi, uint32_t life,
								group_replay_t replay, uint32_t window,
								const char *line)
{
	group_tek_t *plain = world_tek(spi, life, line), *tek;
	group_tek_data_t data = *plain->get(plain);

	data.replay = replay;
	data.replay_window = window;
	tek = group_tek_create(&data);
	plain->destroy(plain);
	return tek;
}

/**
 * Say in a policy what goes with its TEKs
 */
static void add_values(group_policy_t *policy, group_replay_t replay,
					   uint8_t type, uint32_t window)
{
	if (replay == GROUP_REPLAY_D3P)
	{
		policy->set_d3p(policy, type, window);
	}
	if (replay == GROUP_REPLAY_TIME)
	{
		policy->set_pseudotime(policy, &given_time);
	}
}

/**
 * Policy of a registration
 */
static group_policy_t *policy_given(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, stamped_tek(given_spi, LIFE, given, given_window,
										LINE));
	add_values(policy, given, given_type, given_window);
	return policy;
}

/**
 * Register a group
 */
static void start(group_replay_t replay, uint32_t window, char *key,
				  char *value)
{
	given = replay;
	given_window = window;
	given_type = FRESHNESS_D3P_MSEC;
	given_time = (group_pseudotime_t){ 0xabcd, 5000, 1000 };
	given_spi = WORLD_SPI;
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	KS1->policy = policy_given;
	KS1->features = GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0",
				"reregister_jitter", "2s", key, value, NULL);
	world_settle();
}

/**
 * Rekey with a TEK
 *
 * @param all			TRUE to delete all TEKs of before
 */
static void push(uint32_t spi, group_replay_t replay, uint8_t type,
				 uint32_t window, const char *line, bool all)
{
	group_delete_t delete = { .protocol = PROTO_ESP };
	group_policy_t *policy;
	group_rekey_t *rekey;

	rekey = world_rekey(TRUE, stamped_tek(spi, LIFE_REKEY, replay, window,
										  line), NULL);
	policy = rekey->get_policy(rekey);
	add_values(policy, replay, type, window);
	if (all)
	{
		ck_assert(rekey->add_delete(rekey, &delete));
	}
	world_push(rekey, NULL, WORLD_MEMBER);
}

/**
 * Rekey with a TEK of IP-D3P
 */
static void push_d3p(uint32_t spi, uint32_t window)
{
	push(spi, GROUP_REPLAY_D3P, FRESHNESS_D3P_MSEC, window, LINE, FALSE);
}

/** time stamps of an SA */
#define STAMPS(sa) (&world->map->stamps[sa])

/**
 * A row of list-replay, or of another list of a role
 */
typedef struct {
	vici_message_t *rows[8];
	int count;
} rows_t;

static void keep(void *user, vici_builder_t *builder)
{
	rows_t *rows = user;

	ck_assert_int_lt(rows->count, countof(rows->rows));
	rows->rows[rows->count++] = builder->finalize(builder);
}

static void clear_rows(rows_t *rows)
{
	while (rows->count)
	{
		rows->count--;
		rows->rows[rows->count]->destroy(rows->rows[rows->count]);
	}
}

/**
 * Get the row of list-replay
 */
static vici_message_t *get_row()
{
	group_role_t *role = &world->manager->role;
	rows_t rows = {};

	role->replay(role, "g", keep, &rows);
	ck_assert_int_eq(rows.count, 1);
	return rows.rows[0];
}

/**
 * Check a key of a row
 */
static void check_key(vici_message_t *row, char *key, const char *expected)
{
	char *value = row->get_str(row, NULL, key);

	if (!expected)
	{
		ck_assert_msg(!value, "%s = %s", key, value);
		return;
	}
	ck_assert_msg(value && streq(value, expected), "%s = %s, not %s", key,
				  value ?: "(none)", expected);
}

/* D3P-004 to D3P-006: a rekey enables IP-D3P: the map knows before the TEK is
 * installed, its SPI has time stamps, that of before has not and goes on */
START_TEST(test_enable_D3P_004)
{
	int at;

	start(GROUP_REPLAY_NONE, 0, NULL, NULL);
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_NONE);
	ck_assert(!world_stamped(world->map, WORLD_SPI));
	push_d3p(0x77, 5001);
	at = world_traced("stamps 0 d3p 2500", 0);
	ck_assert_int_ge(at, 0);
	ck_assert_int_gt(world_traced("install 77", at), at);
	ck_assert_int_eq(STAMPS(0)->type, FRESHNESS_D3P_MSEC);
	ck_assert_int_eq(STAMPS(0)->protocol, 253);
	ck_assert_int_eq(STAMPS(0)->header, 12);
	ck_assert_uint_eq(STAMPS(0)->window_ms, 5001);
	ck_assert(world_stamped(world->map, 0x77));
	ck_assert(!world_stamped(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert_int_eq(world_acks(), 1);
	/* when the one before is about to end the new one sends */
	world_advance(S(LIFE));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
}
END_TEST

/* D3P is switched off: TEKs with and without stand side by side, and the map
 * is told only when the last one with time stamps is gone */
START_TEST(test_disable)
{
	int at;

	start(GROUP_REPLAY_D3P, 1000, NULL, NULL);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert(world_stamped(world->map, WORLD_SPI));
	push(0x77, GROUP_REPLAY_NONE, 0, 0, LINE, FALSE);
	ck_assert(!world_stamped(world->map, 0x77));
	ck_assert(world_stamped(world->map, WORLD_SPI));
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_D3P);
	world_advance(S(LIFE));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_NONE);
	at = world_traced("remove 1000", 0);
	ck_assert_int_ge(at, 0);
	ck_assert_int_gt(world_traced("stamps 0 none 0", at), at);
}
END_TEST

/* two flows, one of IPv6: the SAs of the group are set alike, whichever TEK it
 * was that brought time stamps; a flow that comes later too */
START_TEST(test_all_sas_D3P_006)
{
	start(GROUP_REPLAY_NONE, 0, NULL, NULL);
	push(0x76, GROUP_REPLAY_D3P, FRESHNESS_D3P_POSIX, 400, LINE6, FALSE);
	ck_assert(world_decrypts(world->map, 0x76));
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_D3P);
	ck_assert_int_eq(STAMPS(1)->method, FRESHNESS_D3P);
	ck_assert_int_eq(STAMPS(1)->type, FRESHNESS_D3P_POSIX);
	ck_assert_int_eq(STAMPS(1)->allowed_ms, 200);
	ck_assert(memeq(STAMPS(0), STAMPS(1), sizeof(freshness_policy_t)));
	ck_assert_int_eq(STAMPS(2)->method, FRESHNESS_NONE);
	push(0x78, GROUP_REPLAY_NONE, 0, 0, OTHER, FALSE);
	ck_assert(memeq(STAMPS(0), STAMPS(2), sizeof(freshness_policy_t)));
	ck_assert(!world_stamped(world->map, 0x78));
	world_command("register", "g");
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_NONE);
	ck_assert_int_eq(STAMPS(1)->method, FRESHNESS_NONE);
	ck_assert_int_eq(STAMPS(2)->method, FRESHNESS_NONE);
}
END_TEST

/* D3P-002, D3P-003: the member's window replaces the key server's, but not the
 * type; a reload changes it at once, without rekey or registration */
START_TEST(test_override_D3P_003)
{
	vici_message_t *row;
	int registered;

	start(GROUP_REPLAY_D3P, 1000, "d3p_window", "50s");
	ck_assert_uint_eq(STAMPS(0)->window_ms, 50000);
	ck_assert_uint_eq(STAMPS(0)->allowed_ms, 25000);
	ck_assert_int_eq(STAMPS(0)->type, FRESHNESS_D3P_MSEC);
	row = get_row();
	check_key(row, "method", "d3p");
	check_key(row, "window-ms", "50000");
	check_key(row, "window-origin", "override");
	check_key(row, "d3p-type", "posix-time-msec");
	check_key(row, "clock", "unknown");
	row->destroy(row);
	registered = KS1->registered;

	world_apply("g", 1, "servers", "ks1", "interface", "eth0",
				"reregister_jitter", "2s", NULL);
	ck_assert_uint_eq(STAMPS(0)->window_ms, 1000);
	ck_assert_uint_eq(STAMPS(0)->allowed_ms, 500);
	row = get_row();
	check_key(row, "window-origin", "server");
	row->destroy(row);
	/* the other reading of the drafts */
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "d3p_full",
				"yes", "d3p_protocol", "144", NULL);
	ck_assert_uint_eq(STAMPS(0)->allowed_ms, 1000);
	ck_assert_int_eq(STAMPS(0)->protocol, 144);
	world_settle();
	ck_assert_int_eq(KS1->registered, registered);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
}
END_TEST

/* X15: another window of the key server's comes with the next rekey, for the
 * TEKs of before as well */
START_TEST(test_window_X15)
{
	start(GROUP_REPLAY_D3P, 1000, NULL, NULL);
	push_d3p(0x77, 3000);
	ck_assert_uint_eq(STAMPS(0)->allowed_ms, 1500);
	ck_assert(world_stamped(world->map, 0x77));
	ck_assert(world_stamped(world->map, WORLD_SPI));
}
END_TEST

static const struct {
	group_replay_t from, to;
	uint8_t type;
	const char *reason;
} switches[] = {
	{ GROUP_REPLAY_D3P, GROUP_REPLAY_TIME, 0,
	  "it has time stamps of another kind than TEK 00001000" },
	{ GROUP_REPLAY_TIME, GROUP_REPLAY_D3P, FRESHNESS_D3P_MSEC,
	  "it has time stamps of another kind than TEK 00001000" },
	{ GROUP_REPLAY_D3P, GROUP_REPLAY_D3P, FRESHNESS_D3P_POSIX,
	  "it has time stamps of another kind than TEK 00001000" },
};

/* D3P-011: from one method to the other by replacing all keys only */
START_TEST(test_switch_D3P_011)
{
	int to = switches[_i].to == GROUP_REPLAY_D3P ? FRESHNESS_D3P
												 : FRESHNESS_TBAR;
	freshness_policy_t before;

	start(switches[_i].from, 10000, NULL, NULL);
	before = *STAMPS(0);
	push(0x77, switches[_i].to, switches[_i].type, 20000, LINE, FALSE);
	ck_assert_int_eq(world_logged(switches[_i].reason), 1);
	ck_assert(!world_decrypts(world->map, 0x77));
	ck_assert(memeq(&before, STAMPS(0), sizeof(before)));
	ck_assert_int_eq(world_acks(), 0);

	push(0x78, switches[_i].to, switches[_i].type, 20000, LINE, TRUE);
	ck_assert_int_eq(STAMPS(0)->method, to);
	ck_assert_int_eq(STAMPS(0)->type, switches[_i].type);
	ck_assert_uint_eq(STAMPS(0)->window_ms, 20000);
	ck_assert(world_stamped(world->map, 0x78));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], 0x78);
	ck_assert_int_eq(world_acks(), 1);
}
END_TEST

/* whoever missed that rekey gets there by registering: the keys of before end
 * at once */
START_TEST(test_switch_by_registration)
{
	int to = switches[_i].to == GROUP_REPLAY_D3P ? FRESHNESS_D3P
												 : FRESHNESS_TBAR;

	start(switches[_i].from, 10000, NULL, NULL);
	given = switches[_i].to;
	given_type = switches[_i].type;
	given_spi = 0x79;
	world_advance(S(LIFE - 30));
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert(world_stamped(world->map, 0x79));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], 0x79);
	ck_assert_int_eq(STAMPS(0)->method, to);
	ck_assert_int_eq(STAMPS(0)->type, switches[_i].type);
}
END_TEST

/* a TEK that is described again with another method is another SA */
START_TEST(test_described_otherwise)
{
	int at;

	start(GROUP_REPLAY_NONE, 0, NULL, NULL);
	at = world_traced("install 1000", 0);
	push_d3p(WORLD_SPI, 1000);
	ck_assert_int_gt(world_traced("install 1000", at + 1), at);
	ck_assert(world_stamped(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
}
END_TEST

/* GM-030: who can't do it refuses, and keeps what it has; groups without time
 * stamps don't even ask */
START_TEST(test_unable_GM_030)
{
	start(GROUP_REPLAY_NONE, 0, NULL, NULL);
	world->no_stamps = TRUE;
	push(0x77, GROUP_REPLAY_TIME, 0, 10000, LINE, FALSE);
	ck_assert_int_eq(world_logged("%GDOI-3-GM_NO_CRYPT0_ENGINE: Group g"), 1);
	ck_assert_int_eq(world_logged("is rejected: TEK 00000077 asks for time "
								  "stamps in packets, which can't be made "
								  "here: that takes plugin d3p"), 1);
	push_d3p(0x78, 1000);
	ck_assert_int_eq(world_logged("rejected: TEK 00000078 asks for time"), 1);
	ck_assert_int_eq(world_logged("GM_NO_CRYPT0_ENGINE"), 1);
	ck_assert(!world_decrypts(world->map, 0x77));
	ck_assert(!world_decrypts(world->map, 0x78));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert_int_eq(world_acks(), 0);
	push(0x79, GROUP_REPLAY_NONE, 0, 0, LINE, FALSE);
	ck_assert(world_decrypts(world->map, 0x79));
	ck_assert_int_eq(world_acks(), 1);
}
END_TEST

/* GM-030: nor does it register, but waits and tries again */
START_TEST(test_unable_registration_GM_030)
{
	world->no_stamps = TRUE;
	start(GROUP_REPLAY_TIME, 100000, NULL, NULL);
	ck_assert_int_eq(world_state("g"), GM_RETRYING);
	ck_assert_int_eq(world_logged("%GDOI-3-GM_NO_CRYPT0_ENGINE: Group g "
								  "demands time-based anti-replay"), 1);
	ck_assert_int_eq(world->sas, 0);
	world->no_stamps = FALSE;
	world_advance(S(60));
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(STAMPS(0)->method, FRESHNESS_TBAR);
}
END_TEST

/* if the kernel refuses the TEK, the map goes back to what it had */
START_TEST(test_refused)
{
	start(GROUP_REPLAY_D3P, 1000, NULL, NULL);
	world->refused = 0x77;
	push_d3p(0x77, 3000);
	ck_assert(!world_decrypts(world->map, 0x77));
	ck_assert_uint_eq(STAMPS(0)->window_ms, 1000);
	push(0x77, GROUP_REPLAY_NONE, 0, 0, LINE, FALSE);
	ck_assert_uint_eq(STAMPS(0)->window_ms, 1000);
	world->refused = 0;
	push_d3p(0x77, 3000);
	ck_assert_uint_eq(STAMPS(0)->window_ms, 3000);
}
END_TEST

/* GM-023: counters are a matter of the kernel's states */
START_TEST(test_counter)
{
	vici_message_t *row;

	start(GROUP_REPLAY_COUNTER, 64, NULL, NULL);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert(!world_stamped(world->map, WORLD_SPI));
	ck_assert_int_eq(world_traced("stamps 0 none 0", 0), -1);
	row = get_row();
	check_key(row, "method", "counter");
	check_key(row, "window-packets", "64");
	check_key(row, "window-ms", NULL);
	check_key(row, "input-packets", NULL);
	row->destroy(row);
}
END_TEST

/**
 * Let packets be refused, the last one from an address
 */
static void refuse_packets(uint64_t count, const char *from)
{
	freshness_error_t *error = &world->map->error;

	world->map->refused += count;
	DESTROY_IF(error->source);
	*error = (freshness_error_t){
		.method = FRESHNESS_D3P,
		.at = 1416700000,
		.source = host_create_from_string((char*)from, 0),
		.my_time = 502729.95,
		.peer_time = 33.46,
		.window = 10,
		.kind = FRESHNESS_LATE,
	};
}

/* TBAR-008, LOG-164: refused packets are logged, with both times, the window
 * and the source, but only once a minute */
START_TEST(test_log_TBAR_008)
{
	start(GROUP_REPLAY_D3P, 20000, NULL, NULL);
	world_advance(S(60));
	ck_assert_int_eq(world_logged("REPLAY_FAILED"), 0);
	refuse_packets(7, "10.0.3.3");
	world_advance(S(11));
	ck_assert_int_eq(world_logged("%GDOI-4-REPLAY_FAILED: Replay check failed "
				"for 7 packets in group g, the last noted from 10.0.3.3: too "
				"late, my_time=502729.95 sec, peer_time=33.46 sec, "
				"window=10.00 sec"), 1);
	refuse_packets(2, "10.0.3.4");
	world_advance(S(40));
	refuse_packets(3, "10.0.3.5");
	ck_assert_int_eq(world_logged("REPLAY_FAILED"), 1);
	world_advance(S(20));
	ck_assert_int_eq(world_logged("for 5 packets in group g, the last noted "
								  "from 10.0.3.5"), 1);
	world_advance(S(600));
	ck_assert_int_eq(world_logged("REPLAY_FAILED"), 2);
}
END_TEST

/* D3P-015, SHOW-004, SHOW-005: counters and refused packets are shown, and
 * can be set back */
START_TEST(test_rows_SHOW_004)
{
	group_role_t *role = &world->manager->role;
	rows_t rows = {};
	vici_message_t *row;

	start(GROUP_REPLAY_D3P, 20000, NULL, NULL);
	push(0x76, GROUP_REPLAY_D3P, FRESHNESS_D3P_MSEC, 20000, LINE6, FALSE);
	refuse_packets(5, "10.0.3.3");
	row = get_row();
	check_key(row, "kind", "group");
	/* of two SAs */
	check_key(row, "input-packets", "14");
	check_key(row, "output-packets", "10");
	check_key(row, "input-errors", "5");
	check_key(row, "output-errors", "0");
	check_key(row, "errors-late", "5");
	check_key(row, "errors-missing", "0");
	check_key(row, "errors-malformed", "0");
	check_key(row, "errors-epoch", "0");
	check_key(row, "errors-early", "0");
	check_key(row, "max-delta-ms", "-4");
	row->destroy(row);
	role->replay_errors(role, "g", keep, &rows);
	ck_assert_int_eq(rows.count, 1);
	row = rows.rows[0];
	check_key(row, "kind", "error");
	check_key(row, "method", "d3p");
	check_key(row, "at", "2014-11-22T23:46:40Z");
	check_key(row, "source", "10.0.3.3");
	check_key(row, "my-time", "502729.95");
	check_key(row, "peer-time", "33.46");
	check_key(row, "window", "10.00");
	check_key(row, "reason", "late");
	clear_rows(&rows);
	role->reset(role, "g", GROUP_RESET_REPLAY);
	world_settle();
	ck_assert_int_eq(world->map->resets, 1);
	row = get_row();
	check_key(row, "input-errors", "0");
	row->destroy(row);
	/* a group that there is not */
	role->replay(role, "h", keep, &rows);
	role->replay_errors(role, "h", keep, &rows);
	role->reset(role, "h", GROUP_RESET_REPLAY);
	ck_assert_int_eq(rows.count, 0);
}
END_TEST

/* list-policies and list-groups name the method */
START_TEST(test_policies)
{
	group_role_t *role = &world->manager->role;
	rows_t rows = {};
	vici_message_t *row;

	start(GROUP_REPLAY_NONE, 0, NULL, NULL);
	push_d3p(0x77, 1000);
	role->policies(role, "g", keep, &rows);
	ck_assert_int_eq(rows.count, 3);
	check_key(rows.rows[1], "replay", "none");
	check_key(rows.rows[1], "replay-window", NULL);
	check_key(rows.rows[2], "replay", "d3p");
	check_key(rows.rows[2], "replay-window", "1000");
	clear_rows(&rows);
	row = world_describe("g");
	check_key(row, "replay", "d3p");
	row->destroy(row);
}
END_TEST

/* list-features: the member tells what it can do itself */
START_TEST(test_features)
{
	group_role_t *role = &world->manager->role;
	rows_t rows = {};
	int i;

	for (i = 0; i < 2; i++)
	{
		world->no_stamps = i;
		role->features(role, "g", keep, &rows);
		ck_assert_int_eq(rows.count, 6);
		check_key(rows.rows[0], "kind", "member");
		check_key(rows.rows[0], "feature", "ip-d3p");
		check_key(rows.rows[0], "supported", i ? "no" : "yes");
		check_key(rows.rows[1], "feature", "tbar");
		check_key(rows.rows[1], "supported", i ? "no" : "yes");
		check_key(rows.rows[3], "feature", "deny-lines");
		check_key(rows.rows[3], "supported", "yes");
		clear_rows(&rows);
	}
}
END_TEST

Suite *member_freshness_suite(void)
{
	Suite *suite = suite_create("member freshness");
	TCase *tcase;

	tcase = tcase_create("d3p");
	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_test(tcase, test_enable_D3P_004);
	tcase_add_test(tcase, test_disable);
	tcase_add_test(tcase, test_all_sas_D3P_006);
	tcase_add_test(tcase, test_override_D3P_003);
	tcase_add_test(tcase, test_window_X15);
	tcase_add_loop_test(tcase, test_switch_D3P_011, 0, countof(switches));
	tcase_add_loop_test(tcase, test_switch_by_registration, 0,
						countof(switches));
	tcase_add_test(tcase, test_described_otherwise);
	tcase_add_test(tcase, test_unable_GM_030);
	tcase_add_test(tcase, test_unable_registration_GM_030);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_counter);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("rows");
	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_test(tcase, test_log_TBAR_008);
	tcase_add_test(tcase, test_rows_SHOW_004);
	tcase_add_test(tcase, test_policies);
	tcase_add_test(tcase, test_features);
	suite_add_tcase(suite, tcase);
	return suite;
}
