/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Groups of one configuration that can't be on a host together.
 */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_neighbours.h>

/** local anchor and interface of two groups, start of the error line */
static const struct {
	const char *interface, *anchor, *interface2, *anchor2, *error;
} pairs[] = {
	{ "eth0", NULL, "eth0", NULL, NULL },
	{ "eth0", NULL, "eth1", NULL, NULL },
	{ "eth0", "192.0.2.77", "eth0", "192.0.2.77", NULL },
	{ "eth0", "192.0.2.77", "eth1", NULL, NULL },
	{ "eth0", "192.0.2.77", "eth0", "192.0.2.78",
	  "groups.b.member.anchor_local: the anchors differ from those of group a, "
	  "which is on eth0 as well (write the same anchor_local in both, or in "
	  "neither)" },
	{ "eth0", NULL, "eth0", "192.0.2.77",
	  "groups.b.member.anchor_local: the anchors differ" },
	{ "eth0", "192.0.2.77", "eth0", NULL,
	  "groups.b.member: the anchors differ" },
	{ "eth0", "192.0.2.77", "eth1", "192.0.2.77",
	  "groups.b.member.anchor_local: \"192.0.2.77\" is an anchor of group a on "
	  "eth0 already (give every interface its own)" },
};

/**
 * Parse the section of a group.
 */
static gm_config_t *parse(config_reader_t *reader, char *name,
						  const char *interface, const char *anchor)
{
	return world_parse(reader, name, name[0], "servers", "ks1",
					   "interface", interface,
					   anchor ? "anchor_local" : "keep_phase1",
					   anchor ?: "no",
					   anchor ? "anchor_remote" : "clear_df",
					   anchor ? "192.0.2.99" : "no",
					   NULL);
}

START_TEST(test_pair)
{
	config_reader_t *reader = config_reader_create();
	config_node_t *root = config_node_create(), *node;
	enumerator_t *enumerator;
	gm_config_t *a, *b;
	char *line = "";
	bool error;

	a = parse(reader, "a", pairs[_i].interface, pairs[_i].anchor);
	b = parse(reader, "b", pairs[_i].interface2, pairs[_i].anchor2);
	ck_assert(a && b);
	node = root->add_child(root, "groups", NULL);
	node = node->add_child(node, "b", NULL);
	node = node->add_child(node, "member", NULL);
	if (pairs[_i].anchor2)
	{
		node->add_child(node, "anchor_local", pairs[_i].anchor2);
	}
	gm_neighbours_check(b, node, reader, a);
	ck_assert_uint_eq(reader->errors(reader), pairs[_i].error ? 1 : 0);
	enumerator = reader->create_enumerator(reader);
	if (pairs[_i].error)
	{
		ck_assert(enumerator->enumerate(enumerator, &error, &line));
		ck_assert_msg(strstr(line, pairs[_i].error) == line, "%s", line);
	}
	enumerator->destroy(enumerator);
	a->destroy(a);
	b->destroy(b);
	root->destroy(root);
	reader->destroy(reader);
}
END_TEST

Suite *member_neighbours_suite(void)
{
	Suite *suite = suite_create("groups beside each other");
	TCase *tcase = tcase_create("pairs");

	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_loop_test(tcase, test_pair, 0, countof(pairs));
	suite_add_tcase(suite, tcase);
	return suite;
}
