/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * Replay protection on the key server: who can't have it, and what is shown.
 */

#include "ks_listener.h"

#include <transport/gdoi_vendor_id.h>

/** what members announced: all, no freshness, RFC 6407 alone */
#define ABLE (GDOI_FEATURES | GDOI_FEATURE_FRESHNESS)
#define NATIVE GDOI_FEATURES
#define OTHER GDOI_FEATURE_BASE

/** parts of sections */
#define BEGIN "local_address = 10.0.8.1\n connections = c\n "
#define KEK "kek {\n signature_key = rsa.der\n lifetime = 1d\n }\n "
#define TEKS(lifetime) "teks {\n data {\n acl = vpn\n lifetime = " lifetime \
	"\n }\n }\n"
#define PLAIN BEGIN KEK TEKS("1h")
#define TIMED "replay = time\n "
#define D3P "d3p_window = 1s\n "
#define COUNTER "replay = counter\n "
#define EXCLUDE "freshness_unsupported = exclude\n "

/**
 * Begin to register a member.
 *
 * @return				why not, to free(); NULL if it may
 */
static char *try_member(const char *address, uint8_t features)
{
	fake_phase1_t *phase1 = fake_phase1_create(address, address, "c");
	gdoi_notify_t notify = GDOI_NOTIFY_NONE;
	group_policy_t *policy;
	char *reason = NULL;

	phase1->features = features;
	policy = listen_group->authorize(listen_group, &phase1->public, &notify,
									 &reason);
	if (policy)
	{
		listen_enter(phase1, policy);
		policy->destroy(policy);
	}
	else
	{
		ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
	}
	fake_phase1_destroy(phase1);
	return reason;
}

/**
 * Check that a member is taken in, or refused for a reason
 */
static void check_member(const char *address, uint8_t features,
						 const char *refused)
{
	char *reason = try_member(address, features);

	if (refused)
	{
		ck_assert_msg(reason && strstr(reason, refused), "%s", reason);
	}
	else
	{
		ck_assert_msg(!reason, "%s", reason);
	}
	free(reason);
}

/* KS-027: who can't do it is refused by name, as long as TEKs have it */
START_TEST(test_newcomer_ks_027)
{
	const char *reason = "can't do the replay protection";

	listen_begin_section(_i ? BEGIN TIMED KEK TEKS("1h")
							: BEGIN D3P KEK TEKS("1h"));
	listen_acking = 10;
	check_member("10.1.7.1", ABLE, NULL);
	check_member("10.1.7.2", NATIVE, reason);
	check_member("10.1.7.3", OTHER, reason);
	/* nothing but the bit makes no member of ours */
	check_member("10.1.7.4", GDOI_FEATURE_FRESHNESS, reason);
	ck_assert_int_eq(listen_logged("KS_FRESHNESS_UNSUPPORTED"), 3);
	ck_assert_int_eq(listen_logged("10.1.7.2 (10.1.7.2) to group g is "
								   "refused"), 1);
	listen_load(PLAIN);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	check_member("10.1.7.2", NATIVE, reason);
	/* until the old ones have ended */
	listen_wait(3600);
	check_member("10.1.7.2", NATIVE, NULL);
	check_member("10.1.7.3", OTHER, NULL);
	listen_end();
}
END_TEST

/* freshness_unsupported = exclude: they are removed, named, and told nothing */
START_TEST(test_exclude)
{
	listen_begin_section(PLAIN);
	listen_enrol(2, ABLE);
	listen_enrol(1, NATIVE);
	listen_enrol(1, OTHER);
	listen_acking = 4;
	listen_wait(1);
	listen_load(_i ? BEGIN EXCLUDE TIMED KEK TEKS("1h")
				   : BEGIN EXCLUDE D3P KEK TEKS("1h"));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert_int_eq(listen_logged("KS_FRESHNESS_UNSUPPORTED"), 2);
	ck_assert_int_eq(listen_logged("Member 10.1.0.3 of group g is removed"), 1);
	ck_assert_int_eq(listen_logged("Member 10.1.0.4 of group g is removed"), 1);
	/* one that speaks RFC 6407 only and came in between is told nothing, as
	 * long as TEKs have it */
	listen_enrol(1, OTHER);
	listen_rekey(FALSE);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].receivers, 2);
	listen_end();
}
END_TEST

/* GM-022, GM-023: counters are for two members; a third one is refused, also
 * while only old TEKs have them; either of the two may come again */
START_TEST(test_counter_gm_023)
{
	const char *reason = "two members only";

	listen_begin_section(BEGIN COUNTER KEK TEKS("1h"));
	listen_acking = 255;
	check_member("10.1.7.1", NATIVE, NULL);
	/* RFC 6407 can't tell of counters */
	check_member("10.1.7.9", OTHER, "can't do the replay protection");
	check_member("10.1.7.2", NATIVE, NULL);
	check_member("10.1.7.3", NATIVE, reason);
	check_member("10.1.7.1", NATIVE, NULL);
	ck_assert_int_eq(listen_logged("KS_COUNTER_MEMBERS"), 1);
	ck_assert_int_eq(listen_logged("registration of 10.1.7.3 is refused"), 1);
	ck_assert_int_eq(listen_logged("KS_MEMBERS_FULL"), 0);
	listen_load(PLAIN);
	listen_wait(10);
	check_member("10.1.7.3", NATIVE, reason);
	listen_wait(3600);
	check_member("10.1.7.3", NATIVE, NULL);
	listen_end();
}
END_TEST

/* a list that its own limit makes full is another thing */
START_TEST(test_full)
{
	listen_begin_section(BEGIN "max_members = 1\n " COUNTER KEK TEKS("1h"));
	check_member("10.1.7.1", NATIVE, NULL);
	check_member("10.1.7.2", NATIVE, "member table is full");
	ck_assert_int_eq(listen_logged("KS_MEMBERS_FULL"), 1);
	listen_end();
}
END_TEST

/** configurations that a manager loads */
#define ACLS "acls {\n vpn {\n 10 = permit ip any any\n }\n }\n"
#define GROUP(section) "groups {\n g {\n id = 1\n server {\n " section "}\n " \
	"}\n }\n" ACLS

/**
 * Add members to the group of a manager: 10.1.0.1 and so on
 */
static void enrol(ks_manager_t *manager, u_int first, u_int count,
				  uint8_t features)
{
	linked_list_t *groups = manager->list(manager, "g");
	host_t *host, *local = host_create_from_string("10.0.8.1", 848);
	identification_t *id;
	ks_members_t *members;
	ks_group_t *group;
	char text[64];
	u_int i;

	ck_assert(groups->get_first(groups, (void**)&group) == SUCCESS);
	members = group->get_members(group);
	for (i = first; i < first + count; i++)
	{
		snprintf(text, sizeof(text), "10.1.0.%u", i);
		host = host_create_from_string(text, 848);
		id = identification_create_from_string(text);
		members->add(members, id, host, local, features, ks_fixture_now,
					 ks_fixture_now + 3600, NULL);
		id->destroy(id);
		host->destroy(host);
	}
	local->destroy(local);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
}

/* who can't follow: members that announced something, the change, and the
 * error */
static const struct {
	u_int count;
	uint8_t features;
	const char *config, *error;
} refusals[] = {
	{ 2, ABLE, GROUP(BEGIN D3P KEK TEKS("1h")), "" },
	{ 2, ABLE, GROUP(BEGIN TIMED KEK TEKS("1h")), "" },
	{ 2, NATIVE, GROUP(BEGIN COUNTER KEK TEKS("1h")), "" },
	{ 2, NATIVE, GROUP(BEGIN EXCLUDE D3P KEK TEKS("1h")), "" },
	{ 1, NATIVE, GROUP(BEGIN D3P KEK TEKS("1h")),
	  "groups.g.server.d3p_window: \"1s\" is not possible for 1 registered "
	  "member: 10.1.0.1 (see gdoictl features ip-d3p --missing, or write "
	  "freshness_unsupported = exclude)\n" },
	{ 7, OTHER, GROUP(BEGIN TIMED KEK TEKS("1h")),
	  "groups.g.server.replay: \"time\" is not possible for 7 registered "
	  "members: 10.1.0.1, 10.1.0.2, 10.1.0.3, 10.1.0.4, 10.1.0.5 and 2 more "
	  "(see gdoictl features tbar --missing, or write freshness_unsupported = "
	  "exclude)\n" },
	{ 1, OTHER, GROUP(BEGIN COUNTER KEK TEKS("1h")),
	  "groups.g.server.replay: \"counter\" is not possible for 1 registered "
	  "member: 10.1.0.1 (see gdoictl features counter --missing, or write "
	  "freshness_unsupported = exclude)\n" },
	/* GM-023 */
	{ 3, ABLE, GROUP(BEGIN COUNTER KEK TEKS("1h")),
	  "groups.g.server.replay: \"counter\" works with at most 2 members that "
	  "send, and 3 are registered (write time, which needs no count)\n" },
};

START_TEST(test_refused)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char *lines = ks_fixture_load(GROUP(PLAIN), FALSE);

	ck_assert_str_eq(lines, "");
	free(lines);
	enrol(manager, 1, refusals[_i].count, refusals[_i].features);
	lines = ks_fixture_load(refusals[_i].config, FALSE);
	ck_assert_str_eq(lines, refusals[_i].error);
	free(lines);
	ks_fixture_manager_destroy(manager);
}
END_TEST

/* D3P-011: what is there already has to follow nothing; without rekeys the one
 * can't replace the other */
START_TEST(test_switch_d3p_011)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char *lines = ks_fixture_load(GROUP(BEGIN D3P TEKS("1h")), FALSE);

	ck_assert_str_eq(lines, "");
	free(lines);
	enrol(manager, 1, 1, NATIVE);
	lines = ks_fixture_load(GROUP(BEGIN "d3p_window = 2s\n " TEKS("1h")),
							FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	lines = ks_fixture_load(GROUP(BEGIN EXCLUDE TIMED KEK TEKS("1h")), FALSE);
	ck_assert_str_eq(lines, "groups.g.server.replay: \"time\" needs a rekey "
					 "that replaces all keys, which the group can't send (have "
					 "none first, until the keys end)\n");
	free(lines);
	ks_fixture_manager_destroy(manager);
}
END_TEST

/** rows of a list, each as text */
static char rows[8192];

/**
 * Note a row; implements group_row_cb_t
 */
static void note_row(void *user, vici_builder_t *builder)
{
	vici_message_t *message = builder->finalize(builder);
	enumerator_t *enumerator;
	vici_type_t type;
	char *name;
	chunk_t value;
	size_t at;

	enumerator = message->create_enumerator(message);
	while (enumerator->enumerate(enumerator, &type, &name, &value) &&
		   type != VICI_END)
	{
		at = strlen(rows);
		snprintf(rows + at, sizeof(rows) - at, "%s=%.*s ", name,
				 (int)value.len, value.ptr);
	}
	enumerator->destroy(enumerator);
	message->destroy(message);
	at = strlen(rows);
	snprintf(rows + at, sizeof(rows) - at, "\n");
}

/**
 * Check that the rows have a text
 */
static void check_rows(const char *text)
{
	ck_assert_msg(strstr(rows, text), "\"%s\" is not in:\n%s", text, rows);
}

/* SHOW-003: list-replay of a key server */
START_TEST(test_replay_show_003)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char *lines;

	lines = ks_fixture_load(GROUP(BEGIN "d3p_window = 5s\n " KEK TEKS("1h")),
							FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	enrol(manager, 1, 2, ABLE);
	enrol(manager, 3, 1, NATIVE);
	rows[0] = '\0';
	manager->role.replay(&manager->role, "g", note_row, NULL);
	ck_assert_str_eq(rows, "kind=group method=d3p window-ms=5000 "
					 "d3p-type=posix-time-msec members-unable=1 \n");
	ks_fixture_manager_destroy(manager);

	manager = ks_fixture_manager_create();
	lines = ks_fixture_load(GROUP(BEGIN TIMED KEK TEKS("1h")), FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	rows[0] = '\0';
	manager->role.replay(&manager->role, "g", note_row, NULL);
	ck_assert_str_eq(rows, "kind=group method=time window-ms=100000 "
					 "tick-ms=1000 members-unable=0 \n");
	ks_fixture_manager_destroy(manager);

	manager = ks_fixture_manager_create();
	lines = ks_fixture_load(GROUP(BEGIN COUNTER KEK TEKS("1h")), FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	rows[0] = '\0';
	manager->role.replay(&manager->role, "g", note_row, NULL);
	ck_assert_str_eq(rows, "kind=group method=counter window-packets=64 "
					 "members-unable=0 \n");
	rows[0] = '\0';
	manager->role.policies(&manager->role, "g", note_row, NULL);
	check_rows("replay=counter replay-window=64");
	ks_fixture_manager_destroy(manager);
}
END_TEST

/* KS-027, SHOW-001, SHOW-002: list-features of a key server */
START_TEST(test_features_show_001)
{
	ks_manager_t *manager = ks_fixture_manager_create();
	char *lines = ks_fixture_load(GROUP(PLAIN), FALSE);

	ck_assert_str_eq(lines, "");
	free(lines);
	enrol(manager, 1, 1, ABLE);
	enrol(manager, 2, 1, NATIVE);
	enrol(manager, 3, 1, 0);
	rows[0] = '\0';
	manager->role.features(&manager->role, "g", note_row, NULL);
	check_rows("kind=server id=10.0.8.1 version=features 0x0f "
			   "feature=ip-d3p supported=yes");
	check_rows("kind=member id=10.1.0.1 version=features 0x0f "
			   "feature=ip-d3p supported=yes");
	check_rows("kind=member id=10.1.0.2 version=features 0x07 "
			   "feature=ip-d3p supported=no");
	check_rows("kind=member id=10.1.0.2 version=features 0x07 "
			   "feature=tbar supported=no");
	check_rows("kind=member id=10.1.0.2 version=features 0x07 "
			   "feature=counter supported=yes");
	check_rows("kind=member id=10.1.0.2 version=features 0x07 "
			   "feature=deny-lines supported=yes");
	check_rows("kind=member id=10.1.0.2 version=features 0x07 "
			   "feature=gdoi-interop-ack supported=yes");
	/* as registrations are judged */
	enrol(manager, 4, 1, GDOI_FEATURE_BASE | GDOI_FEATURE_FRESHNESS);
	rows[0] = '\0';
	manager->role.features(&manager->role, "g", note_row, NULL);
	check_rows("kind=member id=10.1.0.4 version=features 0x09 "
			   "feature=ip-d3p supported=no");
	check_rows("kind=member id=10.1.0.4 version=features 0x09 "
			   "feature=counter supported=no");
	check_rows("kind=member id=10.1.0.3 version=features 0x00 "
			   "feature=encrypted-ack supported=no");
	check_rows("kind=member id=10.1.0.3 version=features 0x00 "
			   "feature=gdoi-interop-ack supported=no");
	ks_fixture_manager_destroy(manager);
}
END_TEST

Suite *ks_freshness_suite()
{
	Suite *suite = suite_create("key server: replay protection");
	TCase *tc = tcase_create("unable");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_newcomer_ks_027, 0, 2);
	tcase_add_loop_test(tc, test_exclude, 0, 2);
	tcase_add_test(tc, test_counter_gm_023);
	tcase_add_test(tc, test_full);
	tcase_add_loop_test(tc, test_refused, 0, countof(refusals));
	tcase_add_test(tc, test_switch_d3p_011);
	suite_add_tcase(suite, tc);

	tc = tcase_create("lists");
	tcase_add_test(tc, test_replay_show_003);
	tcase_add_test(tc, test_features_show_001);
	suite_add_tcase(suite, tc);
	return suite;
}
