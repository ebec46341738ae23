/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"
#include "config_suites.h"

#include <config/config_file.h>
#include <config/config_text.h>

#include <inttypes.h>

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} test_number_cases[] = {
	{ "0", TRUE, 0 }, { "1", TRUE, 1 }, { "0010", TRUE, 10 },
	{ "0x10", TRUE, 16 }, { "0XfF", TRUE, 255 },
	{ "18446744073709551615", TRUE, UINT64_MAX },
	{ "0xffffffffffffffff", TRUE, UINT64_MAX },
	{ "18446744073709551616", FALSE, 0 }, { "", FALSE, 0 },
	{ "0x", FALSE, 0 }, { "0x-1", FALSE, 0 }, { "-1", FALSE, 0 },
	{ "+1", FALSE, 0 }, { " 1", FALSE, 0 }, { "1 ", FALSE, 0 },
	{ "1k", FALSE, 0 }, { "1.5", FALSE, 0 }, { "ff", FALSE, 0 },
};

START_TEST(test_number)
{
	uint64_t value = 77;

	ck_assert(config_text_number(test_number_cases[_i].text, &value) ==
			  test_number_cases[_i].good);
	ck_assert_uint_eq(value, test_number_cases[_i].good ?
							 test_number_cases[_i].value : 77);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} test_time_cases[] = {
	{ "0", TRUE, 0 }, { "5", TRUE, 5000 }, { "5s", TRUE, 5000 },
	{ "250ms", TRUE, 250 }, { "2m", TRUE, 120000 },
	{ "24h", TRUE, 86400000 }, { "7d", TRUE, 604800000 },
	{ "90 s", TRUE, 90000 }, { "1y", FALSE, 0 }, { "s", FALSE, 0 },
	{ "", FALSE, 0 }, { "-1s", FALSE, 0 }, { "1.5h", FALSE, 0 },
	{ "1S", FALSE, 0 }, { "1h30m", FALSE, 0 },
	{ "18446744073709551615d", FALSE, 0 },
	{ "99999999999999999999s", FALSE, 0 },
	{ "18446744073709551615ms", TRUE, UINT64_MAX },
};

START_TEST(test_time)
{
	uint64_t value = 77;

	ck_assert(config_text_time(test_time_cases[_i].text, &value) ==
			  test_time_cases[_i].good);
	ck_assert_uint_eq(value, test_time_cases[_i].good ?
							 test_time_cases[_i].value : 77);
}
END_TEST

static const struct {
	uint64_t value;
	const char *text;
} test_print_time_cases[] = {
	{ 0, "0s" }, { 1, "1ms" }, { 1000, "1s" }, { 1500, "1500ms" },
	{ 90000, "90s" }, { 120000, "2m" }, { 3600000, "1h" },
	{ 86400000, "1d" }, { UINT64_MAX, "18446744073709551615ms" },
};

START_TEST(test_print_time)
{
	char buf[CONFIG_TIME_LEN];
	uint64_t back;

	ck_assert_str_eq(config_text_print_time(test_print_time_cases[_i].value,
											buf, sizeof(buf)),
					 test_print_time_cases[_i].text);
	ck_assert(config_text_time(buf, &back));
	ck_assert_uint_eq(back, test_print_time_cases[_i].value);
}
END_TEST

START_TEST(test_bool)
{
	static const char *good[] = { "no", "yes", "false", "TRUE", "0", "1",
								  "disabled", "Enabled" };
	static const char *bad[] = { "", "on", "off", "2", "yes ", "y" };
	bool value;
	int i;

	for (i = 0; i < countof(good); i++)
	{
		value = i % 2 == 0;
		ck_assert_msg(config_text_bool(good[i], &value), "%s", good[i]);
		ck_assert_int_eq(value, i % 2);
	}
	for (i = 0; i < countof(bad); i++)
	{
		ck_assert_msg(!config_text_bool(bad[i], &value), "%s", bad[i]);
	}
}
END_TEST

START_TEST(test_sanitize)
{
	char text[] = "a\nb\x1b[2J\x7f\xc3\xa4";

	config_text_sanitize(text);
	ck_assert_str_eq(text, "a?b?[2J?\xc3\xa4");
	config_text_sanitize(NULL);
}
END_TEST

static const struct {
	const char *a, *b;
	u_int distance;
} test_distance_cases[] = {
	{ "", "", 0 }, { "interface", "interface", 0 },
	{ "interfce", "interface", 1 }, { "interfaces", "interface", 1 },
	{ "intreface", "interface", 1 }, { "lifetime", "livetime", 1 },
	{ "abc", "", 3 }, { "servers", "interface", 7 },
	{ "kek", "tek", 1 },
};

START_TEST(test_distance)
{

	const char *a = test_distance_cases[_i].a, *b = test_distance_cases[_i].b;

	ck_assert_uint_eq(config_node_distance(a, b),
					  test_distance_cases[_i].distance);
	ck_assert_uint_eq(config_node_distance(b, a),
					  test_distance_cases[_i].distance);
}
END_TEST

START_TEST(test_distance_long)
{
	char a[400], b[400];

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	a[399] = b[399] = '\0';
	ck_assert_uint_eq(config_node_distance(a, b), 63);
}
END_TEST

START_TEST(test_tree)
{
	config_node_t *root, *a, *b, *node;
	enumerator_t *enumerator;
	char name[300];

	root = config_node_create();
	a = root->add_child(root, "a", NULL);
	b = a->add_child(a, "b", "1");
	a->add_child(a, "c", "2");
	ck_assert_str_eq(b->get_path(b), "a.b");
	ck_assert_str_eq(b->get_name(b), "b");
	ck_assert_str_eq(b->get_value(b), "1");
	ck_assert(b->get_parent(b) == a);
	ck_assert(!root->get_parent(root));
	ck_assert(!a->get_value(a));
	/* no name twice, no child of a key, no name that VICI can't carry */
	ck_assert(!a->add_child(a, "b", "3"));
	ck_assert(!b->add_child(b, "x", "3"));
	ck_assert(!a->add_child(a, "", "3"));
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	ck_assert(!a->add_child(a, name, "3"));
	name[255] = '\0';
	ck_assert(a->add_child(a, name, "3"));

	ck_assert(root->find_unknown(root) == a);
	ck_assert(root->get_child(root, "a") == a);
	ck_assert(root->find_unknown(root) == b);
	enumerator = a->create_enumerator(a);
	ck_assert(enumerator->enumerate(enumerator, &node) && node == b);
	enumerator->destroy(enumerator);
	node = root->find_unknown(root);
	ck_assert_str_eq(node->get_name(node), "c");
	a->set_known(a);
	ck_assert(!root->find_unknown(root));
	root->destroy(root);
}
END_TEST

START_TEST(test_suggest)
{
	config_node_t *root;

	root = config_node_create();
	root->add_child(root, "interfce", "eth0");
	root->get_child(root, "servers");
	ck_assert(!root->suggest(root, "interfce"));
	root->get_child(root, "interface");
	ck_assert_str_eq(root->suggest(root, "interfce"), "interface");
	/* what is there already wasn't meant */
	root->add_child(root, "interface", "eth1");
	ck_assert(!root->suggest(root, "interfce"));
	/* short words are not guessed */
	root->get_child(root, "id");
	ck_assert(!root->suggest(root, "ip"));
	root->destroy(root);
}
END_TEST

START_TEST(test_list)
{
	config_reader_t *reader;
	config_node_t *root;
	linked_list_t *list;
	char *item;

	root = config_node_create();
	root->add_child(root, "l", " a, b ,,c c,");
	reader = config_reader_create();
	list = reader->get_list(reader, root, "l");
	ck_assert_int_eq(list->get_count(list), 3);
	ck_assert(list->remove_last(list, (void**)&item) == SUCCESS);
	ck_assert_str_eq(item, "c c");
	free(item);
	list->destroy_function(list, free);
	list = reader->get_list(reader, root, "none");
	ck_assert_int_eq(list->get_count(list), 0);
	list->destroy(list);
	ck_assert_uint_eq(reader->errors(reader), 0);
	reader->destroy(reader);
	root->destroy(root);
}
END_TEST

START_TEST(test_many_errors)
{
	config_reader_t *reader;
	config_node_t *root;
	enumerator_t *enumerator;
	char *line;
	bool error;
	int i, lines = 0;

	/* all are counted, but a flood of them takes no memory */
	root = config_node_create();
	reader = config_reader_create();
	for (i = 0; i < 5000; i++)
	{
		reader->error(reader, root, "bad %d", i);
	}
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		lines++;
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(reader->errors(reader), 5000);
	ck_assert_int_eq(lines, 100);
	reader->destroy(reader);
	root->destroy(root);
}
END_TEST

START_TEST(test_file)
{
	config_node_t *root, *groups, *group, *node;

	root = fixture_read("connections { c { version = 1 } }\n"
			"groups { g { id = 3333 # comment\n member { servers = a, b \n "
			"acl = \"x y\" } } }\n");
	ck_assert(root);
	ck_assert(!root->get_child(root, "connections"));
	groups = root->get_child(root, "groups");
	group = groups->get_child(groups, "g");
	node = group->get_child(group, "id");
	ck_assert_str_eq(node->get_value(node), "3333");
	ck_assert_str_eq(node->get_path(node), "groups.g.id");
	node = group->get_child(group, "member");
	ck_assert_str_eq(node->get_path(node), "groups.g.member");
	node = node->get_child(node, "acl");
	ck_assert_str_eq(node->get_value(node), "x y");
	root->destroy(root);
	/* a section of names with dots and percents is no format string */
	root = fixture_read("groups { g%s%n { id = 1 } }\n");
	ck_assert(root);
	groups = root->get_child(root, "groups");
	group = groups->get_child(groups, "g%s%n");
	ck_assert(group);
	ck_assert(group->get_child(group, "id"));
	root->destroy(root);
}
END_TEST

START_TEST(test_file_bad)
{
	ck_assert(!config_file_read("./no-such-file"));
	ck_assert(!config_file_read("."));
	ck_assert(!fixture_read("groups { g { id = 1 \n"));
	/* nested too deeply */
	ck_assert(!fixture_read("groups { a { b { c { d { e { f { g { h { i = 1 "
							"} } } } } } } } }\n"));
}
END_TEST

Suite *config_reader_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config reader");

	tc = tcase_create("text");
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tc, test_number, 0, countof(test_number_cases));
	tcase_add_loop_test(tc, test_time, 0, countof(test_time_cases));
	tcase_add_loop_test(tc, test_print_time, 0, countof(test_print_time_cases));
	tcase_add_test(tc, test_bool);
	tcase_add_test(tc, test_sanitize);
	suite_add_tcase(s, tc);

	tc = tcase_create("tree");
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tc, test_distance, 0, countof(test_distance_cases));
	tcase_add_test(tc, test_distance_long);
	tcase_add_test(tc, test_tree);
	tcase_add_test(tc, test_suggest);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_many_errors);
	suite_add_tcase(s, tc);

	tc = tcase_create("file");
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_file_bad);
	suite_add_tcase(s, tc);
	return s;
}
