/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What gdoictl shows of rekeys, and how it asks for them.
 */

#include "config_fixture.h"
#include "config_service.h"
#include "config_suites.h"

#include <stdlib.h>

/**
 * Key server that rekeys the groups one and two, and notes what was asked
 */
CALLBACK(rekey, vici_message_t*,
	void *user, char *name, u_int id, vici_message_t *request)
{
	char *group = request->get_str(request, NULL, "group");
	vici_builder_t *builder;

	if (streq(group, "none"))
	{
		builder = service_answer(NULL);
		builder->begin_list(builder, "groups");
		builder->end_list(builder);
		return builder->finalize(builder);
	}
	if (group && !streq(group, "one") && !streq(group, "two"))
	{
		builder = service_answer("there is no such group");
		return builder->finalize(builder);
	}
	builder = service_answer(NULL);
	builder->begin_list(builder, "groups");
	builder->add_li(builder, "%s%s", group ?: "one",
			request->get_bool(request, FALSE, "replace") ? " anew" : "");
	if (!group)
	{
		builder->add_li(builder, "two");
	}
	builder->end_list(builder);
	return builder->finalize(builder);
}

START_TEST(test_rekey_REKEY_030)
{
	service_offer("rekey", NULL, rekey);
	service_check("rekey", 0, "rekeying one\nrekeying two\n");
	service_check("rekey two", 0, "rekeying two\n");
	service_check("rekey one --replace", 0, "rekeying one anew\n");
	service_check("--replace rekey", 0, "rekeying one anew\nrekeying two\n");
	service_check("rekey two --json", 0,
				  "{\"success\": true, \"groups\": [\"two\"]}\n");
	service_check("rekey none", 0, "there is no group to rekey\n");
	service_check("rekey three", 1, "gdoictl: there is no such group\n");
	service_check("rekey three --json", 1, "{\"success\": false, \"errmsg\": "
				  "\"there is no such group\"}\n");
	service_offer("rekey", NULL, NULL);
	service_check("rekey", 1, "gdoictl: the service doesn't know rekey, a "
				  "plugin is not loaded\n");
}
END_TEST

CALLBACK(remove_members, vici_message_t*,
	void *user, char *name, u_int id, vici_message_t *request)
{
	char *member = request->get_str(request, NULL, "id");
	vici_builder_t *builder;

	if (!streq(request->get_str(request, "", "group"), "one") ||
		(member && !streq(member, "C=CH, CN=a")))
	{
		builder = service_answer("nobody");
		return builder->finalize(builder);
	}
	builder = service_answer(NULL);
	builder->add_kv(builder, "removed", "%d", (member ? 1 : 8) +
			(request->get_bool(request, FALSE, "now") ? 100 : 0));
	return builder->finalize(builder);
}

START_TEST(test_remove_members_REKEY_029)
{
	service_offer("remove-members", NULL, remove_members);
	service_check("remove-members one", 0, "removing 8 members of one\n");
	service_check("remove-members one --now", 0,
				  "removing 108 members of one\n");
	service_check("remove-members one 'C=CH, CN=a'", 0,
				  "removing 1 member of one\n");
	service_check("remove-members one 'C=CH, CN=a' --now --json", 0,
				  "{\"success\": true, \"removed\": 101}\n");
	service_check("remove-members two", 1, "gdoictl: nobody\n");
	service_check("remove-members one b", 1, "gdoictl: nobody\n");
	service_offer("remove-members", NULL, NULL);
}
END_TEST

CALLBACK(register_, vici_message_t*,
	void *user, char *name, u_int id, vici_message_t *request)
{
	vici_builder_t *builder;

	builder = service_answer(
					streq(request->get_str(request, "", "group"), "one") ?
					NULL : "there is no such\x1b[2J group");
	return builder->finalize(builder);
}

START_TEST(test_register)
{
	service_offer("register", NULL, register_);
	service_check("register one", 0, "registering one\n");
	service_check("register two", 1, "gdoictl: there is no such?[2J group\n");
	service_check("register one --json", 0, "{\"success\": true}\n");
	service_offer("register", NULL, NULL);
}
END_TEST

/**
 * Both roles in lines of at most 80 columns, whatever the numbers are
 */
START_TEST(test_rekeys_SHOW_008)
{
	service_check("rekeys", 0, "");
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check("rekeys", 0,
		"GROUP        ROLE TRANSPORT REKEYS SEQ    LAST   NEXT   INFO\n"
		"one          gm   unicast   40     17     1m5s   -      "
		"from 10.0.8.1\n"
		"two          ks   unicast   123456 100017 104d   53m55s "
		"7999 of 8000 acked\n");
	service_check("rekeys one", 0,
		"group                       one\n"
		"role                        gm\n"
		"transport                   unicast\n"
		"sequence                    17\n"
		"signature-key               0123456789abcdef0123456789abcdef0123456789"
		"abcdef0123\n"
		"                            456789\n"
		"rekeys-received             40\n"
		"last-rekey                  1m5s (2030-01-02T03:04:05Z)\n"
		"last-rekey-from             10.0.8.1\n");
	service_check("rekeys two --json", 0,
		"[\n{\"group\": \"two\", \"role\": \"ks\", \"transport\": "
		"\"unicast\", \"acknowledgement\": \"cisco\", \"sequence\": 100017, "
		"\"rekeys-sent\": 123456, \"last-rekey\": 9000000, "
		"\"last-rekey-sent\": 8000, \"last-rekey-acked\": 7999, "
		"\"last-rekey-duration\": 412, \"next-rekey-in\": 3235}\n]\n");
	service_check("rekeys three", 1, "gdoictl: nothing found for three\n");
}
END_TEST

/**
 * A member that has acknowledged all
 */
static vici_builder_t *current_member()
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "group", "one");
	builder->add_kv(builder, "id", "10.0.0.3");
	builder->add_kv(builder, "address", "10.0.0.3");
	builder->add_kv(builder, "state", "REGISTERED");
	builder->add_kv(builder, "acks-missed", "0");
	builder->begin_list(builder, "sent");
	builder->add_li(builder, "6 2030-01-02T03:04:06Z");
	builder->end_list(builder);
	builder->begin_list(builder, "acknowledged");
	builder->add_li(builder, "6 2030-01-02T03:04:06Z");
	builder->end_list(builder);
	return builder;
}

/**
 * One member with the last four sequence numbers, that its group's name or its
 * own find, and one that has acknowledged all
 */
CALLBACK(list_members, vici_message_t*,
	void *user, char *name, u_int id, vici_message_t *request)
{
	char *group = request->get_str(request, NULL, "group");
	char *member = request->get_str(request, NULL, "id");
	vici_builder_t *builder;
	int i;

	if ((!group || streq(group, "one")) && (!member || streq(member, "a")))
	{
		builder = vici_builder_create();
		builder->add_kv(builder, "group", "one");
		builder->add_kv(builder, "id", "a");
		builder->add_kv(builder, "address", "2001:db8:1:2:3:4:5:6");
		builder->add_kv(builder, "state", "REGISTERED");
		builder->add_kv(builder, "rekeys-sent", "6");
		builder->add_kv(builder, "acks-missed", "2");
		builder->begin_list(builder, "sent");
		for (i = 6; i > 2; i--)
		{
			builder->add_li(builder, "%d 2030-01-02T03:04:0%dZ", i, i);
		}
		builder->end_list(builder);
		builder->begin_list(builder, "acknowledged");
		builder->add_li(builder, "5 2030-01-02T03:04:09Z");
		builder->end_list(builder);
		service_send("list-member", id, builder);
	}
	if ((!group || streq(group, "one") || streq(group, "two")) && !member)
	{
		service_send("list-member", id, current_member());
	}
	builder = vici_builder_create();
	return builder->finalize(builder);
}

static const char *one_member =
	"group                       one\n"
	"id                          a\n"
	"address                     2001:db8:1:2:3:4:5:6\n"
	"state                       REGISTERED\n"
	"rekeys-sent                 6\n"
	"acks-missed                 2\n"
	"sent                        6 2030-01-02T03:04:06Z\n"
	"                            5 2030-01-02T03:04:05Z\n"
	"                            4 2030-01-02T03:04:04Z\n"
	"                            3 2030-01-02T03:04:03Z\n"
	"acknowledged                5 2030-01-02T03:04:09Z\n";

START_TEST(test_members_SHOW_101)
{
	service_offer("list-members", "list-member", list_members);
	service_check("members", 0,
		"GROUP        STATE      SINCE  EXPIRES ACKED  MISSED MEMBER\n"
		"one          REGISTERED -      -       5      2      "
		"2001:db8:1:2:3:4:5:6 a\n"
		"one          REGISTERED -      -       6      0      10.0.0.3\n");
	service_check("members --missing", 0,
		"GROUP        STATE      SINCE  EXPIRES ACKED  MISSED MEMBER\n"
		"one          REGISTERED -      -       5      2      "
		"2001:db8:1:2:3:4:5:6 a\n");
	service_check("members two --missing", 0, "");
	service_check("members two --missing --json", 0, "[]\n");
	service_check("members one a", 0, one_member);
	service_check("members a", 0, one_member);
	service_check("members b", 1, "gdoictl: nothing found for b\n");
	service_check("members one b", 1, "gdoictl: nothing found for one, b\n");
	service_check("members b --json", 1,
				  "gdoictl: nothing found for b\n[]\n");
	service_offer("list-members", "list-member", NULL);
}
END_TEST

Suite *config_rekeys_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("gdoictl rekeys");
	tc = tcase_create("rekeys");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, service_setup, service_teardown);
	tcase_add_test(tc, test_rekey_REKEY_030);
	tcase_add_test(tc, test_remove_members_REKEY_029);
	tcase_add_test(tc, test_register);
	tcase_add_test(tc, test_rekeys_SHOW_008);
	tcase_add_test(tc, test_members_SHOW_101);
	suite_add_tcase(s, tc);
	return s;
}
