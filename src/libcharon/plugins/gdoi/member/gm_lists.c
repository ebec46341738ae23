/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_lists.h"

ENUM(gm_lockout_names, GM_LOCKOUT_REFUSE, GM_LOCKOUT_OFF,
	"refuse",
	"warn",
	"off",
);

/**
 * Give back a list
 */
static void clear_list(gm_list_t *list)
{
	DESTROY_IF(list->acl);
	free(list->name);
	*list = (gm_list_t){};
}

/**
 * Read the name of a list, and get its lines
 */
static void parse_list(gm_list_t *list, const char *name, config_node_t *node,
					   config_reader_t *reader, group_acl_lookup_t acls,
					   void *user)
{
	config_node_t *key = node->get_child(node, name);
	const char *text;
	u_int count;

	text = reader->get_str(reader, node, name, NULL);
	if (!text)
	{
		return;
	}
	list->acl = acls(user, text);
	if (!list->acl)
	{
		reader->error(reader, key, "\"%s\" is not an access list (write the "
					  "name of a section in acls)", text);
		return;
	}
	list->name = strdup(text);
	count = list->acl->get_count(list->acl);
	if (!count)
	{
		reader->error(reader, key, "access list \"%s\" has no lines (write "
					  "deny lines in acls.%s, or leave the key out)", text,
					  text);
	}
	else if (count > GM_LINES_MAX)
	{
		reader->error(reader, key, "access list \"%s\" has %u lines, and %u "
					  "are possible (summarize its lines)", text, count,
					  GM_LINES_MAX);
	}
}

/*
 * Described in header
 */
const group_ace_t *gm_list_get_permit(const gm_list_t *list)
{
	const group_ace_t *ace, *found = NULL;
	enumerator_t *enumerator;

	if (!list->acl)
	{
		return NULL;
	}
	enumerator = list->acl->create_enumerator(list->acl);
	while (!found && enumerator->enumerate(enumerator, &ace))
	{
		found = ace->action == GROUP_ACE_PERMIT ? ace : NULL;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check the actions of the lines: deny only (ACL-003, GM-057)
 */
static void check_permits(gm_config_data_t *data, config_node_t *node,
						  config_reader_t *reader)
{
	char text[GROUP_ACE_TEXT_LEN];
	const group_ace_t *ace;

	ace = gm_list_get_permit(&data->acl);
	if (ace)
	{
		reader->warn(reader, node->get_child(node, "acl"), "line %u of \"%s\", "
					 "\"%s\", drops what it matches: only the key server can "
					 "have traffic encrypted (write deny for what is to stay "
					 "in clear, and leave other lines out)", ace->number,
					 data->acl.name, group_ace_print(ace, text, sizeof(text)));
	}
	ace = gm_list_get_permit(&data->fail_close_acl);
	if (ace)
	{
		reader->error(reader, node->get_child(node, "fail_close_acl"), "line "
					  "%u of \"%s\" is \"%s\", but exceptions of fail_close "
					  "are deny lines (write deny for what is to pass in "
					  "clear; all the rest is dropped anyway)", ace->number,
					  data->fail_close_acl.name,
					  group_ace_print(ace, text, sizeof(text)));
	}
}

/**
 * Warn about keys that do nothing without fail_close (GM-053)
 */
static void check_inactive(gm_config_data_t *data, config_node_t *node,
						   config_reader_t *reader)
{
	static const char *keys[] = { "fail_close_acl", "fail_close_revert" };
	int i;

	for (i = 0; i < countof(keys) && !data->fail_close; i++)
	{
		if ((i == 0 && data->fail_close_acl.name) ||
			(i == 1 && data->fail_close_revert))
		{
			reader->warn(reader, node->get_child(node, keys[i]), "does nothing "
						 "as fail_close is not activated (write fail_close = "
						 "yes)");
		}
	}
}

/*
 * Described in header
 */
void gm_lists_parse(gm_config_data_t *data, config_node_t *node,
					config_reader_t *reader, group_acl_lookup_t acls,
					void *user)
{
	parse_list(&data->acl, "acl", node, reader, acls, user);
	data->fail_close = reader->get_bool(reader, node, "fail_close", FALSE);
	parse_list(&data->fail_close_acl, "fail_close_acl", node, reader, acls,
			   user);
	data->fail_close_revert = reader->get_bool(reader, node,
											   "fail_close_revert", FALSE);
	data->lockout_check = reader->get_word(reader, node, "lockout_check",
										gm_lockout_names, GM_LOCKOUT_REFUSE);
	check_permits(data, node, reader);
	check_inactive(data, node, reader);
}

/**
 * Compare the lines of two lists, numbers included
 */
static bool same_lines(group_acl_t *a, group_acl_t *b)
{
	enumerator_t *lines, *others;
	const group_ace_t *line, *other;
	bool same;

	same = a->get_count(a) == b->get_count(b);
	lines = a->create_enumerator(a);
	others = b->create_enumerator(b);
	while (same && lines->enumerate(lines, &line) &&
		   others->enumerate(others, &other))
	{
		same = group_ace_equals(line, other);
	}
	lines->destroy(lines);
	others->destroy(others);
	return same;
}

/*
 * Described in header
 */
bool gm_list_equals(const gm_list_t *a, const gm_list_t *b)
{
	if (!a->name || !b->name)
	{
		return a->name == b->name;
	}
	return streq(a->name, b->name) && same_lines(a->acl, b->acl);
}

/*
 * Described in header
 */
bool gm_lists_equal(const gm_config_data_t *a, const gm_config_data_t *b)
{
	return gm_list_equals(&a->acl, &b->acl) &&
		   a->fail_close == b->fail_close &&
		   gm_list_equals(&a->fail_close_acl, &b->fail_close_acl) &&
		   a->fail_close_revert == b->fail_close_revert &&
		   a->lockout_check == b->lockout_check;
}

/*
 * Described in header
 */
void gm_lists_clear(gm_config_data_t *data)
{
	clear_list(&data->acl);
	clear_list(&data->fail_close_acl);
}
