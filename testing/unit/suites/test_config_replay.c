/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * The commands list-replay, list-features and reset-counters.
 */

#define _GNU_SOURCE
#include "config_service.h"
#include "config_fixture.h"
#include "config_suites.h"

#include <libvici.h>

#include <stdio.h>

/** connection of the client */
static vici_conn_t *conn;

/** names of the groups that were reset */
static char resets[64];

static void add_row(group_row_cb_t row, void *user, char *key, char *value,
					char *supported)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, key, "%s", value);
	if (supported)
	{
		builder->add_kv(builder, "supported", "%s", supported);
	}
	row(user, builder);
}

static void member_replay(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user)
{
	add_row(row, user, "method", "d3p", NULL);
}

static void server_replay(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user)
{
	add_row(row, user, "method", "time", NULL);
}

static void member_errors(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user)
{
	add_row(row, user, "reason", "late", NULL);
	add_row(row, user, "reason", "early", NULL);
}

static void server_features(group_role_t *this, const char *name,
							group_row_cb_t row, void *user)
{
	add_row(row, user, "feature", "ip-d3p", "yes");
	add_row(row, user, "feature", "ip-d3p", "no");
	add_row(row, user, "feature", "tbar", "no");
}

static void reset(group_role_t *this, const char *name, group_reset_t what)
{
	ck_assert_int_eq(what, GROUP_RESET_REPLAY);
	strncat(resets, name, sizeof(resets) - strlen(resets) - 1);
	strncat(resets, " ", sizeof(resets) - strlen(resets) - 1);
}

static void setup(void)
{
	service_setup();
	fixture_member.replay = member_replay;
	fixture_member.replay_errors = member_errors;
	fixture_server.replay = server_replay;
	fixture_server.features = server_features;
	fixture_member.reset = reset;
	resets[0] = '\0';
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	conn = vici_connect(service_uri);
	ck_assert_ptr_nonnull(conn);
}

static void teardown(void)
{
	vici_disconnect(conn);
	service_teardown();
	fixture_member.replay = fixture_server.replay = NULL;
	fixture_member.replay_errors = fixture_server.features = NULL;
	fixture_member.reset = NULL;
}

/**
 * Collect the rows, a line each: group, role, then what add_row() added
 */
static void collect(void *user, char *name, vici_res_t *res)
{
	char **all = user, *old = *all;

	ck_assert(asprintf(all, "%s%s %s %s%s%s%s\n", old,
					vici_find_str(res, "?", "group"),
					vici_find_str(res, "?", "role"),
					vici_find_str(res, "", "method"),
					vici_find_str(res, "", "reason"),
					vici_find_str(res, "", "feature"),
					vici_find_str(res, "", "supported")) > 0);
	free(old);
}

/**
 * Send a request with up to two keys
 *
 * @param event			event of its rows, NULL for none
 * @return				rows, then "errmsg" of the answer; free() it
 */
static char *request(char *command, char *event, char *key1, char *value1,
					 char *key2, char *value2)
{
	char *all = strdup(""), *old;
	vici_req_t *req;
	vici_res_t *res;

	if (event)
	{
		ck_assert_int_eq(vici_register(conn, event, collect, &all), 0);
	}
	req = vici_begin(command);
	if (key1)
	{
		vici_add_key_value(req, key1, value1, strlen(value1));
	}
	if (key2)
	{
		vici_add_key_value(req, key2, value2, strlen(value2));
	}
	res = vici_submit(req, conn);
	ck_assert_ptr_nonnull(res);
	if (event)
	{
		ck_assert_int_eq(vici_register(conn, event, NULL, NULL), 0);
	}
	old = all;
	ck_assert(asprintf(&all, "%s%s", old, vici_find_str(res, "",
														"errmsg")) >= 0);
	free(old);
	vici_free_res(res);
	return all;
}

/** requests and the rows or the error that they give */
static const struct {
	char *command, *event, *key1, *value1, *key2, *value2;
	const char *expected;
} cases[] = {
	{ "list-replay", "list-replay", NULL, NULL, NULL, NULL,
	  "one gm d3p\ntwo ks time\n" },
	{ "list-replay", "list-replay", "group", "two", NULL, NULL,
	  "two ks time\n" },
	{ "list-replay", "list-replay", "history", "no", NULL, NULL,
	  "one gm d3p\ntwo ks time\n" },
	{ "list-replay", "list-replay", "history", "yes", NULL, NULL,
	  "one gm d3p\ntwo ks time\none gm late\none gm early\n" },
	{ "list-replay", "list-replay", "history", "yes", "group", "two",
	  "two ks time\n" },
	{ "list-replay", "list-replay", "history", "all", NULL, NULL,
	  "history: is neither yes nor no (write yes or no)" },
	{ "list-features", "list-feature", NULL, NULL, NULL, NULL,
	  "two ks ip-d3pyes\ntwo ks ip-d3pno\ntwo ks tbarno\n" },
	{ "list-features", "list-feature", "name", "ip-d3p", NULL, NULL,
	  "two ks ip-d3pyes\ntwo ks ip-d3pno\n" },
	{ "list-features", "list-feature", "name", "ip-d3p", "missing", "yes",
	  "two ks ip-d3pno\n" },
	{ "list-features", "list-feature", "missing", "yes", NULL, NULL,
	  "two ks ip-d3pno\ntwo ks tbarno\n" },
	{ "list-features", "list-feature", "group", "one", NULL, NULL, "" },
	{ "list-features", "list-feature", "missing", "maybe", NULL, NULL,
	  "missing: is neither yes nor no (write yes or no)" },
};

START_TEST(test_list)
{
	char *rows;

	rows = request(cases[_i].command, cases[_i].event, cases[_i].key1,
				   cases[_i].value1, cases[_i].key2, cases[_i].value2);
	ck_assert_str_eq(rows, cases[_i].expected);
	free(rows);
}
END_TEST

/** what to reset, the answer, and the groups whose member was told */
static const struct {
	char *key1, *value1, *key2, *value2;
	const char *expected, *resets;
} reset_cases[] = {
	{ NULL, NULL, NULL, NULL, "", "one " },
	{ "what", "replay", NULL, NULL, "", "one " },
	{ "what", "all", "group", "one", "", "one " },
	/* a role may have nothing to reset */
	{ "what", "replay", "group", "two", "", "" },
	{ "what", "replay", "group", "six", "group: there is no group of this name",
	  "" },
	{ "what", "rekeys", NULL, NULL, "what: there are no counters of that name "
	  "to reset (write replay or all)", "" },
};

START_TEST(test_reset)
{
	char *answer;

	answer = request("reset-counters", NULL, reset_cases[_i].key1,
					 reset_cases[_i].value1, reset_cases[_i].key2,
					 reset_cases[_i].value2);
	ck_assert_str_eq(answer, reset_cases[_i].expected);
	ck_assert_str_eq(resets, reset_cases[_i].resets);
	free(answer);
}
END_TEST

Suite *config_replay_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("list-replay and its kin");
	tc = tcase_create("commands");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_list, 0, countof(cases));
	tcase_add_loop_test(tc, test_reset, 0, countof(reset_cases));
	suite_add_tcase(s, tc);
	return s;
}
