/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "acl_table.h"
#include "config_text.h"
#include "group_plan.h"

#include <collections/hashtable.h>

typedef struct private_acl_table_t private_acl_table_t;
typedef struct acl_entry_t acl_entry_t;

/**
 * Private data of an acl_table_t object.
 */
struct private_acl_table_t {

	/**
	 * Public interface
	 */
	acl_table_t public;

	/**
	 * Lists in order of the source, acl_entry_t*
	 */
	linked_list_t *entries;

	/**
	 * The same by name; keys belong to the nodes
	 */
	hashtable_t *by_name;
};

/**
 * A named list
 */
struct acl_entry_t {

	/**
	 * Section it was read from
	 */
	config_node_t *node;

	/**
	 * List
	 */
	group_acl_t *acl;

	/**
	 * Somebody looked it up
	 */
	bool used;
};

/**
 * Free an entry
 */
static void entry_destroy(acl_entry_t *entry)
{
	entry->acl->destroy(entry->acl);
	free(entry);
}

METHOD(acl_table_t, lookup, group_acl_t*,
	private_acl_table_t *this, const char *name)
{
	acl_entry_t *entry;

	entry = this->by_name->get(this->by_name, name);
	if (!entry)
	{
		return NULL;
	}
	entry->used = TRUE;
	return entry->acl->get_ref(entry->acl);
}

METHOD(acl_table_t, warn_unused, void,
	private_acl_table_t *this, config_reader_t *reader)
{
	enumerator_t *enumerator;
	acl_entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->used)
		{
			reader->warn(reader, entry->node, "no group uses this ACL");
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(acl_table_t, destroy, void,
	private_acl_table_t *this)
{
	this->by_name->destroy(this->by_name);
	this->entries->destroy_function(this->entries, (void*)entry_destroy);
	free(this);
}

/**
 * Read one line into a list
 */
static void read_line(group_acl_t *acl, config_node_t *line,
					  config_reader_t *reader)
{
	group_ace_t ace;
	uint64_t number;
	char *reason = NULL;

	if (!line->get_value(line))
	{
		line->set_known(line);
		reader->error(reader, line, "is a section (write NUMBER = permit ... "
					  "or NUMBER = deny ...)");
		return;
	}
	if (!config_text_number(line->get_name(line), &number) ||
		number < 1 || number > UINT32_MAX)
	{
		reader->error(reader, line, "\"%s\" is not the number of a line (write "
					  "1 to %u = permit ... or deny ...)",
					  line->get_name(line), UINT32_MAX);
		return;
	}
	if (!group_ace_parse(line->get_value(line), &ace, &reason))
	{
		reader->error(reader, line, "\"%s\": %s", line->get_value(line),
					  reason ?: "is not understood");
		free(reason);
		return;
	}
	ace.number = number;
	if (!acl->add(acl, &ace))
	{
		reader->error(reader, line, "line %u is there twice (number every line "
					  "once)", ace.number);
	}
}

/**
 * Read one list
 */
static void read_acl(private_acl_table_t *this, config_node_t *node,
					 config_reader_t *reader)
{
	enumerator_t *enumerator;
	config_node_t *line;
	acl_entry_t *entry;

	if (node->get_value(node))
	{
		reader->error(reader, node, "\"%s\" is not a section (write %s { "
					  "NUMBER = permit ... })", node->get_value(node),
					  node->get_name(node));
		return;
	}
	if (strlen(node->get_name(node)) > GROUP_NAME_MAX)
	{
		node->set_known(node);
		reader->error(reader, node, "the name is too long (write at most %d "
					  "characters)", GROUP_NAME_MAX);
		return;
	}
	INIT(entry,
		.node = node,
		.acl = group_acl_create(),
	);
	enumerator = node->create_enumerator(node);
	while (enumerator->enumerate(enumerator, &line))
	{
		read_line(entry->acl, line, reader);
	}
	enumerator->destroy(enumerator);
	this->entries->insert_last(this->entries, entry);
	this->by_name->put(this->by_name, node->get_name(node), entry);
}

/*
 * Described in header.
 */
acl_table_t *acl_table_create(config_node_t *root, config_reader_t *reader)
{
	private_acl_table_t *this;
	enumerator_t *enumerator;
	config_node_t *acls, *node;

	INIT(this,
		.public = {
			.lookup = _lookup,
			.warn_unused = _warn_unused,
			.destroy = _destroy,
		},
		.entries = linked_list_create(),
		.by_name = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									8),
	);
	acls = reader->get_section(reader, root, "acls");
	if (acls)
	{
		enumerator = acls->create_enumerator(acls);
		while (enumerator->enumerate(enumerator, &node))
		{
			read_acl(this, node, reader);
		}
		enumerator->destroy(enumerator);
	}
	return &this->public;
}
