/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * What gdoictl shows of the lines in force, of a packet, and of Sender IDs.
 */

#include "config_service.h"
#include "config_fixture.h"
#include "config_suites.h"

/** a line as roles tell of it; NULL ends */
typedef struct {
	const char *position, *action, *origin, *list, *number, *text, *spi;
} line_t;

static const line_t member_lines[] = {
	{ "1", "clear", "local", "own", "10",
	  "deny tcp any port 22 any", NULL },
	{ "2", "encrypt", "server", NULL, "10",
	  "permit ip 10.1.0.0/16 10.1.0.0/16", "0123abcd" },
	{ "1024", "encrypt", "server", NULL, "4294967295",
	  "permit udp 2001:db8:1111:2222::/64 port 1000-2000 "
	  "2001:db8:3333:4444::/64 port 1000-2000", NULL },
	{}
};

static const line_t server_lines[] = {
	{ "1", "encrypt", "server", "a-long-name-of-a-list", "10",
	  "permit ip 10.1.0.0/16 10.1.0.0/16", "0123abcd" },
	{}
};

static const line_t closed_lines[] = {
	{ "1", "clear", "exception", "open", "10",
	  "deny tcp any port 22 any", NULL },
	{ "2", "drop", "fail-close", NULL, NULL, "permit ip any any", NULL },
	{}
};

/** lines of both roles */
static const line_t *lines[2];

/** add the keys of a line */
static void add_line(vici_builder_t *builder, const line_t *line)
{
	builder->add_kv(builder, "position", "%s", line->position);
	builder->add_kv(builder, "action", "%s", line->action);
	builder->add_kv(builder, "origin", "%s", line->origin);
	if (line->list)
	{
		builder->add_kv(builder, "list", "%s", line->list);
	}
	if (line->number)
	{
		builder->add_kv(builder, "number", "%s", line->number);
	}
	builder->add_kv(builder, "text", "%s", line->text);
	if (line->spi)
	{
		builder->add_kv(builder, "spi", "%s", line->spi);
	}
}

/** tell about a packet, by its destination port: each kind of answer once */
static void tell_packet(const group_packet_t *packet, group_row_cb_t row,
						void *user)
{
	static const struct {
		const char *outbound, *inbound, *reason, *inbound_position;
		const line_t *line;
	} answers[] = {
		{ "encrypt", "drop", "the line wants it encrypted", "2",
		  &member_lines[1] },
		{ "clear", "accept", "no line matches", NULL, NULL },
		{ "drop", "drop", "fail_close drops all that no exception names", "2",
		  &closed_lines[1] },
		{ "drop", "accept", "the line wants it encrypted, but there is no key",
		  NULL, &member_lines[2] },
	};
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "match");
	builder->add_kv(builder, "outbound", "%s",
					answers[packet->dport].outbound);
	builder->add_kv(builder, "inbound", "%s", answers[packet->dport].inbound);
	builder->add_kv(builder, "reason", "%s", answers[packet->dport].reason);
	if (answers[packet->dport].line)
	{
		add_line(builder, answers[packet->dport].line);
	}
	if (answers[packet->dport].inbound_position)
	{
		builder->add_kv(builder, "inbound-position", "%s",
						answers[packet->dport].inbound_position);
	}
	row(user, builder);
}

static void tell_lines(const line_t *line, group_row_cb_t row, void *user)
{
	vici_builder_t *builder;

	for (; line && line->position; line++)
	{
		builder = vici_builder_create();
		builder->add_kv(builder, "kind", "line");
		add_line(builder, line);
		row(user, builder);
	}
}

static void member_rules(group_role_t *this, const char *name,
						 const group_packet_t *packet, group_row_cb_t row,
						 void *user)
{
	if (packet)
	{
		tell_packet(packet, row, user);
	}
	else
	{
		tell_lines(lines[0], row, user);
	}
}

static void server_rules(group_role_t *this, const char *name,
						 const group_packet_t *packet, group_row_cb_t row,
						 void *user)
{
	if (!packet)
	{
		tell_lines(lines[1], row, user);
	}
}

static void setup(void)
{
	service_setup();
	lines[0] = member_lines;
	lines[1] = server_lines;
	fixture_member.rules = member_rules;
	fixture_server.rules = server_rules;
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
}

static void teardown(void)
{
	service_teardown();
	fixture_member.rules = NULL;
	fixture_server.rules = NULL;
	fixture_member.sids = NULL;
	fixture_server.sids = NULL;
}

#define HEADINGS \
	"POS  ACTION  ORIGIN     LIST        NUMBER  LINE\n"

#define TWO \
	"two, key server\n" HEADINGS \
	"1    encrypt server     a-long-n... 10      " \
	"permit ip 10.1.0.0/16 10.1.0.0/16\n"

/**
 * In order, with the origin of each line, all of its text in lines of at most
 * 80 columns
 */
START_TEST(test_effective_ACL_004)
{
	service_check("policy --effective", 0,
		"one, member\n" HEADINGS
		"1    clear   local      own         10      "
		"deny tcp any port 22 any\n"
		"2    encrypt server     -           10      "
		"permit ip 10.1.0.0/16 10.1.0.0/16\n"
		"1024 encrypt server     -           4294967295 permit udp\n"
		"                                               "
		"2001:db8:1111:2222::/64 port\n"
		"                                               "
		"1000-2000 2001:db8:3333:4444::/64\n"
		"                                               "
		"port 1000-2000\n"
		"\n" TWO);
	service_check("policy --effective two", 0, TWO);
	service_check("policy two --effective --json", 0,
		"[\n{\"group\": \"two\", \"role\": \"ks\", \"kind\": \"line\", "
		"\"position\": 1, \"action\": \"encrypt\", \"origin\": \"server\", "
		"\"list\": \"a-long-name-of-a-list\", \"number\": 10, \"text\": "
		"\"permit ip 10.1.0.0/16 10.1.0.0/16\", \"spi\": \"0123abcd\"}\n]\n");
}
END_TEST

START_TEST(test_fail_close_GM_058)
{
	lines[0] = closed_lines;
	service_check("policy --effective one", 0,
		"one, member, fail-close (deny = forward in clear, permit = drop)\n"
		HEADINGS
		"1    clear   exception  open        10      "
		"deny tcp any port 22 any\n"
		"2    drop    fail-close -           -       permit ip any any\n");
}
END_TEST

/**
 * A group without lines is another thing than no group
 */
START_TEST(test_no_lines_GM_050)
{
	lines[0] = NULL;
	service_check("policy --effective one", 0,
				  "no line is in force, everything passes in clear\n");
	service_check("policy --effective one --json", 0, "[]\n");
	service_check("policy --effective", 0, TWO);
	service_check("policy --effective none", 1,
				  "gdoictl: nothing found for none\n");
}
END_TEST

static const struct {
	const char *port, *expected;
} packet_cases[] = {
	{ "0",
	  "one, member\n"
	  "  line 2 decides: permit ip 10.1.0.0/16 10.1.0.0/16 (server, number "
	  "10)\n"
	  "  leaving here: encrypted with SPI 0123abcd, as the line wants it "
	  "encrypted\n"
	  "  arriving here in clear: dropped, by line 2\n" },
	{ "1",
	  "one, member\n"
	  "  no line decides\n"
	  "  leaving here: sent in clear, as no line matches\n"
	  "  arriving here in clear: accepted\n" },
	{ "2",
	  "one, member\n"
	  "  line 2 decides: permit ip any any (fail-close)\n"
	  "  leaving here: dropped, as fail_close drops all that no exception "
	  "names\n"
	  "  arriving here in clear: dropped, by line 2\n" },
	{ "3",
	  "one, member\n"
	  "  line 1024 decides: permit udp 2001:db8:1111:2222::/64 port 1000-2000\n"
	  "  2001:db8:3333:4444::/64 port 1000-2000 (server, number 4294967295)\n"
	  "  leaving here: dropped, as the line wants it encrypted, but there is "
	  "no key\n"
	  "  arriving here in clear: accepted\n" },
};

START_TEST(test_packet)
{
	char args[128];

	snprintf(args, sizeof(args), "policy --packet '10.1.0.1 10.1.0.2 tcp 9 "
			 "%s'", packet_cases[_i].port);
	service_check(args, 0, packet_cases[_i].expected);
}
END_TEST

START_TEST(test_packet_json)
{
	service_check("policy one --packet '10.1.0.1 10.1.0.2 tcp 9 0' --json", 0,
		"[\n{\"group\": \"one\", \"role\": \"gm\", \"kind\": \"match\", "
		"\"outbound\": \"encrypt\", \"inbound\": \"drop\", \"reason\": "
		"\"the line wants it encrypted\", \"position\": 2, \"action\": "
		"\"encrypt\", \"origin\": \"server\", \"number\": 10, \"text\": "
		"\"permit ip 10.1.0.0/16 10.1.0.0/16\", \"spi\": \"0123abcd\", "
		"\"inbound-position\": 2}\n]\n");
}
END_TEST

static const struct {
	const char *args, *expected;
} wrong_cases[] = {
	{ "policy --packet 'a b c'", "gdoictl: \"a\" is not an address (write" },
	{ "policy --packet ''", "gdoictl: \"\" is not a packet (write SRC DST" },
	{ "policy --packet '10.1.0.1 10.1.0.2 tcp'",
	  "gdoictl: protocol tcp needs two ports (write" },
	{ "policy --packet '10.1.0.1 ::1 icmp' --json",
	  "gdoictl: 10.1.0.1 and ::1 are of two families (write" },
	{ "policy none --packet '10.1.0.1 10.1.0.2 icmp'",
	  "gdoictl: nothing found for none\n" },
	{ "policy --packet", "gdoictl: unknown option, or one that lacks" },
	{ "policy --effective --packet 'a'",
	  "gdoictl: use either --effective or --packet\n" },
	{ "groups --effective", "gdoictl: there is an option that is of no use "
	  "for groups\n" },
	{ "sids --packet a", "gdoictl: there is an option that is of no use for "
	  "sids\n" },
	{ "sids none", "gdoictl: nothing found for none\n" },
};

START_TEST(test_wrong)
{
	char *out;
	int code;

	out = service_gdoictl(&code, wrong_cases[_i].args);
	ck_assert_msg(strpfx(out, wrong_cases[_i].expected), "%s: %s",
				  wrong_cases[_i].args, out);
	ck_assert_int_eq(code, 1);
	free(out);
}
END_TEST

static void member_sids(group_role_t *this, const char *name,
						group_row_cb_t row, void *user)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "state", "READY");
	builder->add_kv(builder, "bits", "16");
	builder->begin_list(builder, "sids");
	builder->add_li(builder, "4097");
	builder->add_li(builder, "4098");
	builder->end_list(builder);
	builder->begin_list(builder, "unused");
	builder->add_li(builder, "4098");
	builder->end_list(builder);
	row(user, builder);
}

static void server_sids(group_role_t *this, const char *name,
						group_row_cb_t row, void *user)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "state", "EXHAUSTED");
	builder->add_kv(builder, "bits", "8");
	builder->add_kv(builder, "given", "240");
	builder->add_kv(builder, "available", "0");
	builder->add_kv(builder, "reinitialise-in", "65");
	builder->add_kv(builder, "reinitialise-in-at", "2030-01-02T03:04:05Z");
	row(user, builder);
}

START_TEST(test_sids)
{
	service_check("sids", 0, "");
	service_check("sids --json", 0, "[]\n");
	fixture_member.sids = member_sids;
	fixture_server.sids = server_sids;
	service_check("sids", 0,
		"GROUP            ROLE STATE     BITS INFO\n"
		"one              gm   READY     16   2 from the key server, 1 not "
		"used yet\n"
		"two              ks   EXHAUSTED 8    240 given, 0 available, begins "
		"anew in 1m5s\n");
	service_check("sids two", 0,
		"group                       two\n"
		"role                        ks\n"
		"state                       EXHAUSTED\n"
		"bits                        8\n"
		"given                       240\n"
		"available                   0\n"
		"reinitialise-in             1m5s (2030-01-02T03:04:05Z)\n");
	service_check("sids one --json", 0,
		"[\n{\"group\": \"one\", \"role\": \"gm\", \"state\": \"READY\", "
		"\"bits\": 16, \"sids\": [\"4097\", \"4098\"], \"unused\": "
		"[\"4098\"]}\n]\n");
}
END_TEST

Suite *config_policy_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("gdoictl policy");
	tc = tcase_create("policy");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_effective_ACL_004);
	tcase_add_test(tc, test_fail_close_GM_058);
	tcase_add_test(tc, test_no_lines_GM_050);
	tcase_add_loop_test(tc, test_packet, 0, countof(packet_cases));
	tcase_add_test(tc, test_packet_json);
	tcase_add_loop_test(tc, test_wrong, 0, countof(wrong_cases));
	tcase_add_test(tc, test_sids);
	suite_add_tcase(s, tc);
	return s;
}
