/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"
#include "config_suites.h"

#include <config/config_text.h>
#include <gdoi_log.h>

#include <threading/thread.h>

/** a name of 65 octets */
#define NAME65 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee" \
			   "ffffffffffggggg"

static group_config_t *config;

static void setup(void)
{
	fixture_setup();
	config = group_config_create();
	config->add_role(config, &fixture_member);
	config->add_role(config, &fixture_server);
}

static void teardown(void)
{
	DESTROY_IF(config);
	fixture_teardown();
}

/**
 * Wrong configurations, and every line that they give, in order
 */
static const struct {
	const char *text;
	const char *lines;
} wrong_cases[] = {
	/* the identity of a group, KS-009 */
	{ "groups { g { member { servers = a } } }",
	  "groups.g.id: is missing (write a number 0 to 4294967295, or an IPv4 "
	  "address)\n" },
	{ "groups { g { id = abc\n member { servers = a } } }",
	  "groups.g.id: \"abc\" is not the id of a group (write a number 0 to "
	  "4294967295, or an IPv4 address)\n" },
	{ "groups { g { id = 4294967296\n member { servers = a } } }",
	  "groups.g.id: \"4294967296\" is not the id of a group (write a number 0 "
	  "to 4294967295, or an IPv4 address)\n" },
	{ "groups { g { id = 2001:db8::1\n member { servers = a } } }",
	  "groups.g.id: \"2001:db8::1\" is not the id of a group (write a number 0 "
	  "to 4294967295, or an IPv4 address)\n" },
	{ "groups { g { id { a = b }\n member { servers = a } } }",
	  "groups.g.id: is a section (write id = VALUE)\n" },
	{ "groups { g { id = 7\n member { servers = a } }\n"
	  "h { id = 7\n member { servers = a } } }",
	  /* GM-014: the same group on a second interface */
	  "groups.h.id: \"7\" is the id of group g already (give every group its "
	  "own; a group can't sit on a second interface)\n" },
	/* groups and their roles */
	{ "groups { g = 7 }",
	  "groups.g: \"7\" is not a section (write g { id = ... })\n" },
	{ "groups { g { id = 7 } }",
	  "groups.g: has no role (write member { ... } or server { ... })\n" },
	{ "groups { g { id = 7\n member = yes } }",
	  "groups.g.member: \"yes\" is not a section (write member { ... })\n" },
	{ "groups { " NAME65 " { id = 7\n member { servers = a } } }",
	  "groups." NAME65 ": the name is too long (write at most 64 "
	  "characters)\n" },
	{ "groups { g { id = 7\n memebr { servers = a } } }",
	  "groups.g: has no role (write member { ... } or server { ... })\n"
	  "groups.g.memebr: unknown section (did you mean member?)\n" },
	{ "groups { g { id = 7\n member { servers = a }\n colour = red } }",
	  "groups.g.colour: unknown key (known here: id, member, server)\n" },
	/* keys of a role */
	{ "groups { g { id = 7\n member { interface = eth0 } } }",
	  "groups.g.member.servers: is missing (write one to eight "
	  "connections)\n" },
	{ "groups { g { id = 7\n member { severs = a } } }",
	  "groups.g.member.servers: is missing (write one to eight connections)\n"
	  "groups.g.member.severs: unknown key (did you mean servers?)\n" },
	{ "groups { g { id = 7\n member { servers = a\n interfcae = eth0 } } }",
	  "groups.g.member.interfcae: unknown key (did you mean interface?)\n" },
	{ "groups { g { id = 7\n member { servers = a\n colour = red } } }",
	  "groups.g.member.colour: unknown key (known here: servers, interface, "
	  "timeout, tries, mode, strict, address, acl, tuning)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tunning { a = b } } } }",
	  "groups.g.member.tunning: unknown section (did you mean tuning?)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tuning { speeed = 1 } } } "
	  "}",
	  "groups.g.member.tuning.speeed: unknown key (did you mean speed?)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tuning = 1 } } }",
	  "groups.g.member.tuning: \"1\" is not a section (write tuning { ... "
	  "})\n" },
	{ "groups { g { id = 7\n member { servers = a\n interface { a = b } } } }",
	  "groups.g.member.interface: is a section (write interface = VALUE)\n" },
	/* values */
	{ "groups { g { id = 7\n member { servers = a\n timeout = 1y } } }",
	  "groups.g.member.timeout: \"1y\" is not a time (number with ms, s, m, h "
	  "or d)\n" },
	{ "groups { g { id = 7\n member { servers = a\n timeout = 10ms } } }",
	  "groups.g.member.timeout: \"10ms\" is out of range (write 1s to 1d)\n" },
	{ "groups { g { id = 7\n member { servers = a\n timeout = 2d } } }",
	  "groups.g.member.timeout: \"2d\" is out of range (write 1s to 1d)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tries = many } } }",
	  "groups.g.member.tries: \"many\" is not a number (write 1 to 10)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tries = 11 } } }",
	  "groups.g.member.tries: \"11\" is out of range (write 1 to 10)\n" },
	{ "groups { g { id = 7\n member { servers = a\n tries = -1 } } }",
	  "groups.g.member.tries: \"-1\" is not a number (write 1 to 10)\n" },
	{ "groups { g { id = 7\n member { servers = a\n mode = up } } }",
	  "groups.g.member.mode: \"up\" is not known here (write both, "
	  "inbound-optional or inbound-only)\n" },
	{ "groups { g { id = 7\n member { servers = a\n strict = maybe } } }",
	  "groups.g.member.strict: \"maybe\" is neither yes nor no (write yes or "
	  "no)\n" },
	{ "groups { g { id = 7\n member { servers = a\n address = localhost } } }",
	  "groups.g.member.address: \"localhost\" is not an IP address (write an "
	  "IPv4 or IPv6 address)\n" },
	{ "groups { g { id = 7\n member { servers = a\n address = 10.0.0.256 } } }",
	  "groups.g.member.address: \"10.0.0.256\" is not an IP address (write an "
	  "IPv4 or IPv6 address)\n" },
	{ "groups { g { id = 7\n member { servers = a\n acl = vpn } } }",
	  "groups.g.member.acl: \"vpn\" is not the name of an ACL\n" },
	/* a role that gives up early: no false alarms, but likely typos */
	{ "groups { g { id = 7\n server { lifetime = 1h } } }",
	  "groups.g.server.connections: is missing (write their names)\n" },
	{ "groups { g { id = 7\n server { conections = a\n lifetime = 1h } } }",
	  "groups.g.server.connections: is missing (write their names)\n"
	  "groups.g.server.conections: unknown key (did you mean connections?)\n" },
	/* ACLs */
	{ "acls { vpn = 7 }",
	  "acls.vpn: \"7\" is not a section (write vpn { NUMBER = permit ... "
	  "})\n" },
	{ "acls { vpn { ten = permit ip any any } }",
	  "acls.vpn.ten: \"ten\" is not the number of a line (write 1 to "
	  "4294967295 = permit ... or deny ...)\n" },
	{ "acls { vpn { 0 = permit ip any any } }",
	  "acls.vpn.0: \"0\" is not the number of a line (write 1 to "
	  "4294967295 = permit ... or deny ...)\n" },
	{ "acls { vpn { 10 = permit ip any any\n 010 = permit ip any any } }",
	  "acls.vpn.010: line 10 is there twice (number every line once)\n" },
	{ "acls { vpn { 10 { a = b } } }",
	  "acls.vpn.10: is a section (write NUMBER = permit ... or NUMBER = deny "
	  "...)\n" },
	{ "acls { " NAME65 " { 10 = permit ip any any } }",
	  "acls." NAME65 ": the name is too long (write at most 64 "
	  "characters)\n" },
	/* several mistakes are all told */
	{ "groups { g { id = x\n member { tries = 0\n mode = up } } }",
	  "groups.g.id: \"x\" is not the id of a group (write a number 0 to "
	  "4294967295, or an IPv4 address)\n"
	  "groups.g.member.tries: \"0\" is out of range (write 1 to 10)\n"
	  "groups.g.member.mode: \"up\" is not known here (write both, "
	  "inbound-optional or inbound-only)\n"
	  "groups.g.member.servers: is missing (write one to eight "
	  "connections)\n" },
};

START_TEST(test_wrong)
{
	char *lines;

	lines = fixture_load(config, wrong_cases[_i].text);
	ck_assert_ptr_nonnull(lines);
	ck_assert_str_eq(lines, wrong_cases[_i].lines);
	ck_assert_int_eq(fixture_calls.apply, 0);
	free(lines);
}
END_TEST

START_TEST(test_acl_text)
{
	char *lines;

	/* what is wrong with the text of a line is told with its key path; a range
	 * of ports is refused, GM-026 */
	lines = fixture_load(config, "acls { vpn { 10 = permit udp any port 1-9 "
						 "any } }");
	ck_assert_ptr_nonnull(lines);
	ck_assert_msg(strpfx(lines, "acls.vpn.10: \"permit udp any port 1-9 "
						 "any\": "), "%s", lines);
	free(lines);
}
END_TEST

/** two groups, one ACL */
#define GOOD "groups {\n" \
	"one { id = 3333\n member { servers = a, b\n acl = vpn } }\n" \
	"two { id = 10.0.0.1\n member { servers = c }\n " \
	"server { connections = m } }\n}\n" \
	"acls { vpn { 20 = permit ip any any\n" \
	"10 = deny udp any port 848 any port 848 } }\n"

static char changes[1024];

static void report(void *user, const char *what, const char *role,
				   const char *group)
{
	ck_assert_ptr_eq(user, changes);
	snprintf(changes + strlen(changes), sizeof(changes) - strlen(changes),
			 "%s %s %s\n", what, role, group);
}

/**
 * Load and compare what the load reports
 */
static void expect(const char *text, bool dry_run, const char *expected)
{
	group_load_t load = {
		.dry_run = dry_run,
		.report = report,
		.user = changes,
	};
	config_reader_t *reader;
	config_node_t *root;
	char *lines;
	bool good;

	changes[0] = '\0';
	root = fixture_read(text);
	ck_assert_ptr_nonnull(root);
	reader = config_reader_create();
	good = config->load(config, root, reader, &load);
	lines = fixture_lines(reader, TRUE);
	ck_assert_str_eq(lines, "");
	ck_assert(good);
	ck_assert_str_eq(changes, expected);
	free(lines);
	reader->destroy(reader);
	root->destroy(root);
}

START_TEST(test_idempotent)
{
	expect(GOOD, FALSE, "add member one\nadd member two\nadd server two\n");
	ck_assert_int_eq(fixture_calls.apply, 3);
	expect(GOOD, FALSE, "");
	ck_assert_int_eq(fixture_calls.apply, 3);
	ck_assert_int_eq(fixture_calls.remove, 0);
	/* the parsed, unchanged ones were thrown away */
	ck_assert_int_eq(fixture_calls.discard, 3);
}
END_TEST

START_TEST(test_dry_run)
{
	expect(GOOD, TRUE, "add member one\nadd member two\nadd server two\n");
	ck_assert_int_eq(fixture_calls.apply, 0);
	expect(GOOD, FALSE, "add member one\nadd member two\nadd server two\n");
	expect("groups { }", TRUE,
		   "remove member one\nremove member two\nremove server two\n");
	ck_assert_int_eq(fixture_calls.remove, 0);
	expect(GOOD, FALSE, "");
}
END_TEST

START_TEST(test_changes)
{
	expect(GOOD, FALSE, "add member one\nadd member two\nadd server two\n");
	/* a key, a role that goes, a group that comes; what goes comes first */
	expect("groups { one { id = 3333\n member { servers = a } }\n"
		   "two { id = 10.0.0.1\n server { connections = m } }\n"
		   "three { id = 3\n member { servers = x } } }", FALSE,
		   "remove member two\nchange member one\nadd member three\n");
	ck_assert_int_eq(fixture_calls.remove, 1);
	ck_assert_int_eq(fixture_calls.apply, 5);
	/* another identity is another group */
	expect("groups { one { id = 3334\n member { servers = a } } }", FALSE,
		   "remove server two\nremove member three\nchange member one\n");
	ck_assert_int_eq(fixture_calls.remove, 4);
	ck_assert_int_eq(fixture_calls.apply, 6);
	/* a number and an address of the same bits are different */
	expect("groups { one { id = 0.0.13.6\n member { servers = a } } }", FALSE,
		   "change member one\n");
	expect("", FALSE, "remove member one\n");
}
END_TEST

START_TEST(test_acl_change)
{
	expect("groups { g { id = 1\n member { servers = a\n acl = vpn } } }\n"
		   "acls { vpn { 10 = permit ip any any } }", FALSE, "add member g\n");
	expect("groups { g { id = 1\n member { servers = a\n acl = vpn } } }\n"
		   "acls { vpn { 10 = permit ip any any\n "
		   "20 = permit udp any any } }", FALSE, "change member g\n");
}
END_TEST

START_TEST(test_all_or_nothing)
{
	enumerator_t *enumerator;
	const group_entry_t *group;
	char *lines;
	int count = 0;

	expect(GOOD, FALSE, "add member one\nadd member two\nadd server two\n");
	/* the first two groups are good, and new; the last has a mistake */
	lines = fixture_load(config,
		"groups { new { id = 1\n member { servers = a } }\n"
		"one { id = 2\n member { servers = z } }\n"
		"bad { id = 3\n member { servers = a\n tries = no } } }");
	ck_assert_str_eq(lines, "groups.bad.member.tries: \"no\" is not a number "
					 "(write 1 to 10)\n");
	free(lines);
	ck_assert_int_eq(fixture_calls.apply, 3);
	ck_assert_int_eq(fixture_calls.remove, 0);
	enumerator = config->create_enumerator(config);
	while (enumerator->enumerate(enumerator, &group))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	ck_assert_int_eq(count, 2);
	expect(GOOD, FALSE, "");
}
END_TEST

/**
 * Load one of two configurations many times
 */
static void *load_often(void *user)
{
	config_node_t *root = user;
	config_reader_t *reader;
	int i;

	for (i = 0; i < 200; i++)
	{
		reader = config_reader_create();
		ck_assert(config->load(config, root, reader, NULL));
		reader->destroy(reader);
	}
	return NULL;
}

START_TEST(test_parallel)
{
	static const char *texts[] = {
		"groups { a { id = 1\n member { servers = a } } }",
		"groups { b { id = 1\n member { servers = b } } }",
		"groups { a { id = 1\n member { servers = c } } }",
	};
	enumerator_t *enumerator;
	const group_entry_t *group;
	config_node_t *roots[countof(texts)];
	thread_t *threads[countof(texts)];
	int i, count = 0;

	for (i = 0; i < countof(texts); i++)
	{
		roots[i] = fixture_read(texts[i]);
		threads[i] = thread_create(load_often, roots[i]);
	}
	for (i = 0; i < countof(texts); i++)
	{
		threads[i]->join(threads[i]);
		roots[i]->destroy(roots[i]);
	}
	enumerator = config->create_enumerator(config);
	while (enumerator->enumerate(enumerator, &group))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	ck_assert_int_eq(count, 1);
	/* every group that was applied is removed, changed, or the last one */
	ck_assert_int_ge(fixture_calls.apply, fixture_calls.remove + 1);
}
END_TEST

/**
 * Very many unknown keys are refused after the first hundred
 */
START_TEST(test_many_unknown)
{
	config_reader_t *reader;
	config_node_t *root;
	char *text;
	size_t len;
	int i;

	text = malloc(300 * 32);
	len = sprintf(text, "groups { g { id = 1\n member { servers = a\n");
	for (i = 0; i < 300; i++)
	{
		len += sprintf(text + len, "unheardof%d = 1\n", i);
	}
	sprintf(text + len, "} } }");
	root = fixture_read(text);
	reader = config_reader_create();
	ck_assert(!config->load(config, root, reader, NULL));
	/* of the role's section, and of the group's that it is in */
	ck_assert_uint_ge(reader->errors(reader), 100);
	ck_assert_uint_le(reader->errors(reader), 200);
	ck_assert_int_eq(fixture_calls.apply, 0);
	reader->destroy(reader);
	root->destroy(root);
	free(text);
}
END_TEST

START_TEST(test_role_missing)
{
	char *lines;

	config->remove_role(config, &fixture_server);
	lines = fixture_load(config, "groups { g { id = 1\n server { connections = "
						 "m } } }");
	ck_assert_str_eq(lines, "groups.g.server: the plugin for this role is not "
					 "loaded (load gdoi-ks, or remove the section)\n");
	free(lines);
}
END_TEST

START_TEST(test_role_removed)
{
	expect(GOOD, FALSE, "add member one\nadd member two\nadd server two\n");
	config->remove_role(config, &fixture_server);
	ck_assert_int_eq(fixture_calls.remove, 1);
	config->destroy(config);
	config = NULL;
	ck_assert_int_eq(fixture_calls.remove, 3);
}
END_TEST

START_TEST(test_unused_acl)
{
	config_reader_t *reader;
	config_node_t *root;
	char *lines;

	root = fixture_read("acls { vpn { 10 = permit ip any any } }");
	reader = config_reader_create();
	ck_assert(config->load(config, root, reader, NULL));
	lines = fixture_lines(reader, FALSE);
	ck_assert_str_eq(lines, "acls.vpn: no group uses this ACL\n");
	free(lines);
	reader->destroy(reader);
	root->destroy(root);
}
END_TEST

START_TEST(test_load_file)
{
	char *log;

	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.file",
						   (char*)fixture_file(GOOD), lib->ns);
	ck_assert(config->load_file(config));
	free(fixture_log());
	ck_assert(config->load_file(config));
	log = fixture_log();
	ck_assert_str_eq(log, "");
	free(log);
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.file",
				(char*)fixture_file("groups { g { id = 1\n membr { } } }"),
				lib->ns);
	ck_assert(!config->load_file(config));
	log = fixture_log();
	ck_assert_msg(strstr(log, "1 groups.g.membr: unknown section (did you mean "
						 "member?)\n"), "%s", log);
	ck_assert_msg(strstr(log, "what ran runs on\n"), "%s", log);
	free(log);
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.file",
						   "./no-such-file", lib->ns);
	ck_assert(!config->load_file(config));
	ck_assert_int_eq(fixture_calls.remove, 0);
}
END_TEST

/**
 * GM-004, LOG-130: a member without identity or servers is logged as such
 */
START_TEST(test_incomplete_GM_004)
{
	gdoi_log_t *log;
	char *lines;

	log = gdoi_log_create();
	lib->set(lib, GDOI_LOG_NAME, log);
	free(fixture_load(config, "groups { g { member { servers = a } } }"));
	lines = fixture_log();
	ck_assert_msg(strstr(lines, "0 %GDOI-3-GM_INCOMPLETE_CFG: "), "%s", lines);
	free(lines);
	free(fixture_load(config, "groups { g { id = 1\n member { } } }"));
	lines = fixture_log();
	ck_assert_msg(strstr(lines, "0 %GDOI-3-GM_INCOMPLETE_CFG: "), "%s", lines);
	free(lines);
	free(fixture_load(config, "groups { g { id = 1\n member { servers = a\n "
					  "mode = up } } }"));
	lines = fixture_log();
	ck_assert_msg(!strstr(lines, "GM_INCOMPLETE_CFG"), "%s", lines);
	free(lines);
	lib->set(lib, GDOI_LOG_NAME, NULL);
	log->destroy(log);
}
END_TEST

/**
 * Lines as log watchers know them
 */
static const struct {
	int severity;
	const char *mnemonic, *fmt, *arg, *line;
} log_cases[] = {
	/* LOG-014, AUTHZ-006 */
	{ 1, "UNAUTHORIZED_IPADDR", "Group getvpn received registration from "
	  "unauthorized ip address: %s", "10.1.1.9",
	  "0 %GDOI-1-UNAUTHORIZED_IPADDR: Group getvpn received registration from "
	  "unauthorized ip address: 10.1.1.9\n" },
	/* LOG-015, AUTHZ-008 */
	{ 1, "UNAUTHORIZED_IDENTITY", "Group getvpn received registration from "
	  "unauthorized identity: Dist.name: %s", "hostname=GroupMember-1, ou=TEST",
	  "0 %GDOI-1-UNAUTHORIZED_IDENTITY: Group getvpn received registration "
	  "from unauthorized identity: Dist.name: hostname=GroupMember-1, "
	  "ou=TEST\n" },
	/* LOG-018, LOG-135 */
	{ 5, "GM_REGS_COMPL", "Registration to KS %s complete for group GRP-R1 "
	  "using address 192.1.10.2", "192.1.40.2",
	  "1 %GDOI-5-GM_REGS_COMPL: Registration to KS 192.1.40.2 complete for "
	  "group GRP-R1 using address 192.1.10.2\n" },
	/* an identity can't forge a line, nor is it a format string */
	{ 4, "KS_BAD_ID", "%s", "x\n00[IKE] %GDOI-5-FAKE: %s%n",
	  "0 %GDOI-4-KS_BAD_ID: x?00[IKE] %GDOI-5-FAKE: %s%n\n" },
	/* below the default level */
	{ 7, "DEBUG", "%s", "nothing", "" },
};

START_TEST(test_log_LOG_014_LOG_015_LOG_018_LOG_135)
{
	gdoi_log_t *log;
	char *lines;

	log = gdoi_log_create();
	free(fixture_log());
	log->log(log, log_cases[_i].severity, log_cases[_i].mnemonic, "getvpn",
			 NULL, log_cases[_i].fmt, log_cases[_i].arg);
	lines = fixture_log();
	ck_assert_str_eq(lines, log_cases[_i].line);
	free(lines);
	log->destroy(log);
}
END_TEST

Suite *config_groups_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config groups");

	tc = tcase_create("wrong");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_wrong, 0, countof(wrong_cases));
	tcase_add_test(tc, test_acl_text);
	tcase_add_test(tc, test_many_unknown);
	tcase_add_test(tc, test_role_missing);
	suite_add_tcase(s, tc);

	tc = tcase_create("load");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_idempotent);
	tcase_add_test(tc, test_dry_run);
	tcase_add_test(tc, test_changes);
	tcase_add_test(tc, test_acl_change);
	tcase_add_test(tc, test_all_or_nothing);
	tcase_add_test(tc, test_role_removed);
	tcase_add_test(tc, test_unused_acl);
	tcase_add_test(tc, test_parallel);
	tcase_add_test(tc, test_load_file);
	suite_add_tcase(s, tc);

	tc = tcase_create("log");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_incomplete_GM_004);
	tcase_add_loop_test(tc, test_log_LOG_014_LOG_015_LOG_018_LOG_135, 0,
						countof(log_cases));
	suite_add_tcase(s, tc);
	return s;
}
