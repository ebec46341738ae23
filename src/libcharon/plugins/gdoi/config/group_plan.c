/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_plan.h"
#include "acl_table.h"
#include "config_text.h"

/** sections of a group that are some role's */
static const char *role_sections[] = { "member", "server" };

/** most unknown keys and sections reported of one section: each is searched
 * for from the top, and nobody reads more */
#define UNKNOWN_MAX 100

typedef struct private_group_plan_t private_group_plan_t;

/**
 * Private data of a group_plan_t object.
 */
struct private_group_plan_t {

	/**
	 * Public interface
	 */
	group_plan_t public;

	/**
	 * What is to be in force, group_plan_item_t*
	 */
	linked_list_t *items;

	/**
	 * What roles refused, group_plan_item_t*
	 */
	linked_list_t *refused;

	/**
	 * Names of incomplete groups, char*
	 */
	linked_list_t *incomplete;

	/**
	 * Roles to parse with, while the plan is made
	 */
	array_t *roles;

	/**
	 * Collects errors, while the plan is made
	 */
	config_reader_t *reader;

	/**
	 * ACLs, while the plan is made
	 */
	acl_table_t *acls;

	/**
	 * Groups seen so far, for identities that are there twice; group_entry_t*
	 */
	linked_list_t *seen;
};

/**
 * Throw away what a role parsed
 */
static void item_destroy(group_plan_item_t *item)
{
	if (item->parsed)
	{
		item->role->discard(item->role, item->parsed);
	}
	free(item);
}

METHOD(group_plan_t, create_enumerator, enumerator_t*,
	private_group_plan_t *this)
{
	return this->items->create_enumerator(this->items);
}

METHOD(group_plan_t, create_incomplete_enumerator, enumerator_t*,
	private_group_plan_t *this)
{
	return this->incomplete->create_enumerator(this->incomplete);
}

METHOD(group_plan_t, create_refused_enumerator, enumerator_t*,
	private_group_plan_t *this)
{
	return this->refused->create_enumerator(this->refused);
}

METHOD(group_plan_t, find, group_plan_item_t*,
	private_group_plan_t *this, const char *name, group_role_t *role)
{
	enumerator_t *enumerator;
	group_plan_item_t *item, *found = NULL;

	enumerator = this->items->create_enumerator(this->items);
	while (enumerator->enumerate(enumerator, &item))
	{
		if (item->role == role && streq(item->group.name, name))
		{
			found = item;
			break;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(group_plan_t, destroy, void,
	private_group_plan_t *this)
{
	this->items->destroy_function(this->items, (void*)item_destroy);
	this->refused->destroy_function(this->refused, (void*)item_destroy);
	this->incomplete->destroy_function(this->incomplete, free);
	free(this);
}

/**
 * Resolver of ACL names that is handed to the roles
 */
static group_acl_t *lookup_acl(void *user, const char *name)
{
	acl_table_t *acls = user;

	return acls->lookup(acls, name);
}

/**
 * Find the role that parses a section
 */
static group_role_t *find_role(private_group_plan_t *this, const char *section)
{
	group_role_t *role;
	int i;

	for (i = 0; i < array_count(this->roles); i++)
	{
		array_get(this->roles, i, &role);
		if (streq(role->section, section))
		{
			return role;
		}
	}
	return NULL;
}

/**
 * Refuse an identity that another group has
 */
static void check_unique(private_group_plan_t *this, group_entry_t *group,
						 config_node_t *node)
{
	enumerator_t *enumerator;
	group_entry_t *other;

	enumerator = this->seen->create_enumerator(this->seen);
	while (enumerator->enumerate(enumerator, &other))
	{
		if (group_id_equals(&other->id, &group->id))
		{
			this->reader->error(this->reader, node, "\"%s\" is the id of group "
								"%s already (give every group its own; a "
								"group can't sit on a second interface)",
								node->get_value(node), other->name);
			break;
		}
	}
	enumerator->destroy(enumerator);
	this->seen->insert_last(this->seen, group);
}

/**
 * Read a group's identity
 */
static bool read_id(private_group_plan_t *this, config_node_t *node,
					group_entry_t *group)
{
	config_reader_t *reader = this->reader;
	config_node_t *id;

	id = node->get_child(node, "id");
	if (!id)
	{
		reader->missing(reader, node, "id",
						"write a number 0 to 4294967295, or an IPv4 address");
		return FALSE;
	}
	if (!id->get_value(id))
	{
		id->set_known(id);
		reader->error(reader, id, "is a section (write id = VALUE)");
		return FALSE;
	}
	if (!group_id_parse(id->get_value(id), &group->id))
	{
		reader->error(reader, id, "\"%s\" is not the id of a group (write a "
					  "number 0 to 4294967295, or an IPv4 address)",
					  id->get_value(id));
		return FALSE;
	}
	check_unique(this, group, id);
	return TRUE;
}

/**
 * List the names that are known in a section
 */
static char *known_names(config_node_t *section)
{
	enumerator_t *enumerator;
	char *text = NULL, *next;
	const char *name;

	enumerator = section->create_asked_enumerator(section);
	while (enumerator->enumerate(enumerator, &name))
	{
		next = config_text_format("%s%s%s", text ?: "", text ? ", " : "", name);
		free(text);
		text = next;
	}
	enumerator->destroy(enumerator);
	return text;
}

/**
 * Report one unknown key or section
 *
 * @param sure		FALSE to only report what looks like a typing error
 */
static void report_unknown(private_group_plan_t *this, config_node_t *node,
						   bool sure)
{
	config_node_t *parent = node->get_parent(node);
	const char *likely, *what;
	char *known;

	what = node->get_value(node) ? "key" : "section";
	likely = parent->suggest(parent, node->get_name(node));
	if (likely)
	{
		this->reader->error(this->reader, node,
							"unknown %s (did you mean %s?)", what, likely);
	}
	else if (sure)
	{
		known = known_names(parent);
		this->reader->error(this->reader, node, "unknown %s (known here: %s)",
							what, known ?: "none");
		free(known);
	}
}

/**
 * Report the keys and sections below a section that nobody asked for. One is
 * enough to refuse the configuration, so that the bound lets nothing pass.
 */
static void report_all_unknown(private_group_plan_t *this, config_node_t *node,
							   bool sure)
{
	config_node_t *unknown;
	int i;

	for (i = 0; i < UNKNOWN_MAX && (unknown = node->find_unknown(node)); i++)
	{
		report_unknown(this, unknown, sure);
		unknown->set_known(unknown);
	}
}

/**
 * Check a section against those of the same role that came before it
 */
static void compare_role(private_group_plan_t *this, config_node_t *section,
						 group_plan_item_t *item)
{
	enumerator_t *enumerator;
	group_plan_item_t *other;

	if (!item->role->compare)
	{
		return;
	}
	enumerator = this->items->create_enumerator(this->items);
	while (enumerator->enumerate(enumerator, &other))
	{
		if (other->role == item->role)
		{
			item->role->compare(item->role, item->parsed, section,
								this->reader, other->parsed);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Let a role parse its section of a group
 */
static void read_role(private_group_plan_t *this, config_node_t *section,
					  group_role_t *role, group_entry_t *group)
{
	config_reader_t *reader = this->reader;
	group_plan_item_t *item;
	u_int errors;

	errors = reader->errors(reader);
	INIT(item,
		.group = *group,
		.role = role,
		.parsed = role->parse(role, group, section, reader, lookup_acl,
							  this->acls),
	);
	if (!item->parsed && errors == reader->errors(reader))
	{
		reader->error(reader, section, "is refused");
	}
	/* a role that gave up early didn't ask for all it knows */
	report_all_unknown(this, section, item->parsed != NULL);
	if (item->parsed)
	{
		compare_role(this, section, item);
		this->items->insert_last(this->items, item);
	}
	else
	{
		this->refused->insert_last(this->refused, item);
	}
}

/**
 * Read the sections of a group's roles
 */
static void read_roles(private_group_plan_t *this, config_node_t *node,
					   group_entry_t *group)
{
	config_reader_t *reader = this->reader;
	config_node_t *section;
	group_role_t *role;
	bool found = FALSE;
	int i;

	for (i = 0; i < countof(role_sections); i++)
	{
		section = node->get_child(node, role_sections[i]);
		if (!section)
		{
			continue;
		}
		found = TRUE;
		role = find_role(this, role_sections[i]);
		if (!reader->get_section(reader, node, role_sections[i]))
		{
			continue;
		}
		if (!role)
		{
			section->set_known(section);
			reader->error(reader, section, "the plugin for this role is not "
						  "loaded (load gdoi-ks, or remove the section)");
			continue;
		}
		read_role(this, section, role, group);
	}
	if (!found)
	{
		reader->error(reader, node, "has no role (write member { ... } or "
					  "server { ... })");
	}
}

/**
 * Note a member that can't register, GM-004
 */
static void check_complete(private_group_plan_t *this, config_node_t *node)
{
	config_node_t *member;

	member = node->get_child(node, "member");
	if (member && !member->get_value(member) &&
		(!node->get_child(node, "id") || !member->get_child(member, "servers")))
	{
		this->incomplete->insert_last(this->incomplete,
									  strdup(node->get_name(node)));
	}
}

/**
 * Read one group
 */
static void read_group(private_group_plan_t *this, config_node_t *node)
{
	config_reader_t *reader = this->reader;
	group_entry_t *group;

	if (node->get_value(node))
	{
		reader->error(reader, node, "\"%s\" is not a section (write %s { id = "
					  "... })", node->get_value(node), node->get_name(node));
		return;
	}
	if (strlen(node->get_name(node)) > GROUP_NAME_MAX)
	{
		node->set_known(node);
		reader->error(reader, node, "the name is too long (write at most %d "
					  "characters)", GROUP_NAME_MAX);
		return;
	}
	INIT(group);
	strncpy(group->name, node->get_name(node), sizeof(group->name) - 1);
	if (!read_id(this, node, group))
	{
		/* parse the rest nevertheless, to report all mistakes at once */
		group->id.value = 0;
		read_roles(this, node, group);
		free(group);
	}
	else
	{
		read_roles(this, node, group);
	}
	check_complete(this, node);
	report_all_unknown(this, node, TRUE);
}

/**
 * Read all groups
 */
static void read_groups(private_group_plan_t *this, config_node_t *root)
{
	enumerator_t *enumerator;
	config_node_t *groups, *node;

	groups = this->reader->get_section(this->reader, root, "groups");
	if (groups)
	{
		enumerator = groups->create_enumerator(groups);
		while (enumerator->enumerate(enumerator, &node))
		{
			read_group(this, node);
		}
		enumerator->destroy(enumerator);
	}
}

/*
 * Described in header.
 */
group_plan_t *group_plan_create(config_node_t *root, config_reader_t *reader,
								array_t *roles)
{
	private_group_plan_t *this;

	INIT(this,
		.public = {
			.create_enumerator = _create_enumerator,
			.find = _find,
			.create_incomplete_enumerator = _create_incomplete_enumerator,
			.create_refused_enumerator = _create_refused_enumerator,
			.destroy = _destroy,
		},
		.items = linked_list_create(),
		.refused = linked_list_create(),
		.incomplete = linked_list_create(),
		.seen = linked_list_create(),
		.roles = roles,
		.reader = reader,
		.acls = acl_table_create(root, reader),
	);
	read_groups(this, root);
	if (!reader->errors(reader))
	{
		this->acls->warn_unused(this->acls, reader);
	}
	this->acls->destroy(this->acls);
	this->seen->destroy_function(this->seen, free);
	this->acls = NULL;
	this->seen = NULL;
	this->reader = NULL;
	this->roles = NULL;
	return &this->public;
}
