/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_message.h"
#include "config_text.h"

/**
 * Reading a VICI message
 */
typedef struct {
	/** open sections, the root first */
	config_node_t *open[CONFIG_DEPTH_MAX + 1];
	/** index of the innermost */
	int depth;
	/** levels of a section that isn't ours and gets skipped */
	int skip;
	/** name of the open list, NULL if none */
	char *list;
	/** items of the list so far, NULL if none */
	char *items;
	/** octets of them, without the zero at the end */
	size_t items_len;
	/** octets that were allocated for them */
	size_t items_size;
	/** what went wrong, NULL as long as all is well */
	char *error;
} vici_reader_t;

/**
 * Note the first thing that goes wrong
 */
static void fail(vici_reader_t *this, const char *what, const char *name)
{
	config_node_t *node = this->open[this->depth];
	const char *path = node->get_path(node);

	if (!this->error)
	{
		this->error = config_text_format("%s%s%s%s%s", path,
									*path && name ? "." : "", name ?: "",
									*path || name ? ": " : "", what);
		config_text_sanitize(this->error);
	}
}

/**
 * A section begins
 */
static void begin_section(vici_reader_t *this, char *name)
{
	config_node_t *node = this->open[this->depth];

	if (this->skip || (!this->depth && !streq(name, "groups") &&
					   !streq(name, "acls")))
	{
		this->skip++;
	}
	else if (this->depth == CONFIG_DEPTH_MAX)
	{
		fail(this, "is nested too deeply", name);
	}
	else
	{
		node = node->add_child(node, name, NULL);
		if (node)
		{
			this->open[++this->depth] = node;
		}
		else
		{
			fail(this, "is there twice, or has no name", name);
		}
	}
}

/**
 * A section ends
 */
static void end_section(vici_reader_t *this)
{
	if (this->skip)
	{
		this->skip--;
	}
	else
	{
		this->depth--;
	}
}

/**
 * Make a string of a value; NULL if it has octets that don't belong in one
 */
static char *to_string(vici_reader_t *this, char *name, chunk_t value)
{
	char *str;

	str = malloc(value.len + 1);
	if (!vici_stringify(value, str, value.len + 1))
	{
		fail(this, "has unprintable characters", name);
		free(str);
		return NULL;
	}
	return str;
}

/**
 * Add a key of a section that is ours, adopting the value
 */
static void add_key(vici_reader_t *this, char *name, char *value)
{
	config_node_t *node = this->open[this->depth];

	if (value && !node->add_child(node, name, value))
	{
		fail(this, "is there twice, or has no name", name);
	}
	if (value)
	{
		memwipe(value, strlen(value));
	}
	free(value);
}

/**
 * Append to the items of the open list. The memory doubles when it is full, so
 * that a list of many items isn't copied for each of them.
 */
static void append(vici_reader_t *this, const char *text)
{
	size_t len = strlen(text);

	if (this->items_size - this->items_len <= len)
	{
		this->items_size = 2 * (this->items_size + len + 1);
		this->items = realloc(this->items, this->items_size);
	}
	memcpy(this->items + this->items_len, text, len + 1);
	this->items_len += len;
}

/**
 * Add an item to the open list
 */
static void add_item(vici_reader_t *this, chunk_t value)
{
	char *item;

	item = to_string(this, this->list, value);
	if (item)
	{
		if (this->items)
		{
			append(this, ", ");
		}
		append(this, item);
	}
	free(item);
}

/**
 * End the open list
 */
static void end_list(vici_reader_t *this)
{
	if (this->list)
	{
		add_key(this, this->list, this->items ?: strdup(""));
	}
	free(this->list);
	this->list = this->items = NULL;
	this->items_len = this->items_size = 0;
}

/**
 * Take one element of the message
 */
static void take(vici_reader_t *this, vici_type_t type, char *name,
				 chunk_t value)
{
	bool ours = !this->skip && this->depth;

	switch (type)
	{
		case VICI_SECTION_START:
			begin_section(this, name);
			break;
		case VICI_SECTION_END:
			end_section(this);
			break;
		case VICI_KEY_VALUE:
			if (ours)
			{
				add_key(this, name, to_string(this, name, value));
			}
			break;
		case VICI_LIST_START:
			this->list = ours ? strdup(name) : NULL;
			break;
		case VICI_LIST_ITEM:
			if (this->list)
			{
				add_item(this, value);
			}
			break;
		case VICI_LIST_END:
			end_list(this);
			break;
		default:
			break;
	}
}

/*
 * Described in header.
 */
config_node_t *config_message_read(vici_message_t *message, char **error)
{
	vici_reader_t reader = {};
	enumerator_t *enumerator;
	vici_type_t type;
	chunk_t value;
	char *name = NULL;

	reader.open[0] = config_node_create();
	enumerator = message->create_enumerator(message);
	/* The enumerator checks the nesting of sections and lists, but neither that
	 * they end nor that it read an item, and at an end that is spelled out it
	 * leaves the type as it was. */
	while (!reader.error)
	{
		type = VICI_END;
		value = chunk_empty;
		if (!enumerator->enumerate(enumerator, &type, &name, &value))
		{
			fail(&reader, "message is malformed", NULL);
			break;
		}
		if (type == VICI_END)
		{
			break;
		}
		take(&reader, type, name, value);
	}
	if (reader.depth || reader.skip || reader.list)
	{
		fail(&reader, "message is malformed", NULL);
	}
	enumerator->destroy(enumerator);
	free(reader.list);
	free(reader.items);
	if (!reader.error)
	{
		return reader.open[0];
	}
	*error = reader.error;
	reader.open[0]->destroy(reader.open[0]);
	return NULL;
}
