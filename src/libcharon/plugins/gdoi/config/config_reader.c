/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_reader.h"
#include "config_text.h"

#include <inttypes.h>
#include <stdarg.h>

/** errors beyond this number are counted but not kept */
#define MESSAGES_MAX 100

typedef struct private_config_reader_t private_config_reader_t;
typedef struct message_t message_t;

/**
 * Private data of a config_reader_t object.
 */
struct private_config_reader_t {

	/**
	 * Public interface
	 */
	config_reader_t public;

	/**
	 * Recorded lines, message_t*
	 */
	linked_list_t *messages;

	/**
	 * Number of errors
	 */
	u_int errors;

	/**
	 * Nobody is there to mend what is refused
	 */
	bool unattended;
};

/**
 * A recorded line
 */
struct message_t {

	/**
	 * Error, or just an advice
	 */
	bool error;

	/**
	 * Line
	 */
	char *line;
};

/**
 * Free a message_t
 */
static void message_destroy(message_t *message)
{
	free(message->line);
	free(message);
}

/**
 * Keep a line, adopting it
 */
static void keep(private_config_reader_t *this, bool error, char *line)
{
	message_t *message;

	this->errors += error;
	if (this->messages->get_count(this->messages) >= MESSAGES_MAX)
	{
		free(line);
		return;
	}
	INIT(message,
		.error = error,
		.line = line,
	);
	this->messages->insert_last(this->messages, message);
}

/**
 * Record a line about a node
 */
static void vrecord(private_config_reader_t *this, bool error,
					config_node_t *node, const char *fmt, va_list args)
{
	char *text, *line;
	const char *path;

	path = node->get_path(node);
	text = config_text_vformat(fmt, args);
	line = config_text_format("%s%s%s", path, *path ? ": " : "", text);
	free(text);
	config_text_sanitize(line);
	keep(this, error, line);
}

METHOD(config_reader_t, error_, void,
	private_config_reader_t *this, config_node_t *node, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vrecord(this, TRUE, node, fmt, args);
	va_end(args);
}

METHOD(config_reader_t, warn_, void,
	private_config_reader_t *this, config_node_t *node, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vrecord(this, FALSE, node, fmt, args);
	va_end(args);
}

METHOD(config_reader_t, missing, void,
	private_config_reader_t *this, config_node_t *section, const char *key,
	const char *hint)
{
	const char *path;

	/* asking for it makes it a known key, for suggestions */
	section->get_child(section, key);
	path = section->get_path(section);
	keep(this, TRUE, config_text_format("%s%s%s: is missing (%s)", path,
										*path ? "." : "", key, hint));
}

/**
 * Find a key, refuse a section of that name
 */
static config_node_t *find_key(private_config_reader_t *this,
							   config_node_t *section, const char *key)
{
	config_node_t *node;

	node = section->get_child(section, key);
	if (node && !node->get_value(node))
	{
		node->set_known(node);
		error_(this, node, "is a section (write %s = VALUE)", key);
		return NULL;
	}
	return node;
}

METHOD(config_reader_t, get_section, config_node_t*,
	private_config_reader_t *this, config_node_t *section, const char *name)
{
	config_node_t *node;

	node = section->get_child(section, name);
	if (node && node->get_value(node))
	{
		error_(this, node, "\"%s\" is not a section (write %s { ... })",
			   node->get_value(node), name);
		return NULL;
	}
	return node;
}

METHOD(config_reader_t, get_str, const char*,
	private_config_reader_t *this, config_node_t *section, const char *key,
	const char *def)
{
	config_node_t *node;

	node = find_key(this, section, key);
	if (!node)
	{
		return def;
	}
	if (!*node->get_value(node))
	{
		error_(this, node, "is empty (write a value, or leave the key out)");
		return def;
	}
	return node->get_value(node);
}

METHOD(config_reader_t, get_bool, bool,
	private_config_reader_t *this, config_node_t *section, const char *key,
	bool def)
{
	config_node_t *node;
	bool value;

	node = find_key(this, section, key);
	if (!node)
	{
		return def;
	}
	if (!config_text_bool(node->get_value(node), &value))
	{
		error_(this, node, "\"%s\" is neither yes nor no (write yes or no)",
			   node->get_value(node));
		return def;
	}
	return value;
}

METHOD(config_reader_t, get_int, uint64_t,
	private_config_reader_t *this, config_node_t *section, const char *key,
	uint64_t def, uint64_t lowest, uint64_t highest)
{
	config_node_t *node;
	uint64_t value;

	node = find_key(this, section, key);
	if (!node)
	{
		return def;
	}
	if (!config_text_number(node->get_value(node), &value))
	{
		error_(this, node, "\"%s\" is not a number (write %" PRIu64 " to %"
			   PRIu64 ")", node->get_value(node), lowest, highest);
		return def;
	}
	if (value < lowest || value > highest)
	{
		error_(this, node, "\"%s\" is out of range (write %" PRIu64 " to %"
			   PRIu64 ")", node->get_value(node), lowest, highest);
		return def;
	}
	return value;
}

METHOD(config_reader_t, get_time, uint64_t,
	private_config_reader_t *this, config_node_t *section, const char *key,
	uint64_t def, uint64_t lowest, uint64_t highest)
{
	char from[CONFIG_TIME_LEN], to[CONFIG_TIME_LEN];
	config_node_t *node;
	uint64_t value;

	node = find_key(this, section, key);
	if (!node)
	{
		return def;
	}
	if (!config_text_time(node->get_value(node), &value))
	{
		error_(this, node, "\"%s\" is not a time (number with ms, s, m, h or "
			   "d)", node->get_value(node));
		return def;
	}
	if (value < lowest || value > highest)
	{
		error_(this, node, "\"%s\" is out of range (write %s to %s)",
			   node->get_value(node),
			   config_text_print_time(lowest, from, sizeof(from)),
			   config_text_print_time(highest, to, sizeof(to)));
		return def;
	}
	return value;
}

/**
 * Write the words of an enum as "a, b or c"
 */
static char *join_words(enum_name_t *words)
{
	char *text = NULL, *next;
	enum_name_t *e;
	int i;

	for (e = words; e && e != ENUM_FLAG_MAGIC; e = e->next)
	{
		for (i = 0; i <= e->last - e->first; i++)
		{
			bool final = i == e->last - e->first && !e->next;

			next = config_text_format("%s%s%s", text ?: "", !text ? "" :
									  final ? " or " : ", ", e->names[i]);
			free(text);
			text = next;
		}
	}
	return text;
}

METHOD(config_reader_t, get_word, int,
	private_config_reader_t *this, config_node_t *section, const char *key,
	enum_name_t *words, int def)
{
	config_node_t *node;
	char *known;
	int value;

	node = find_key(this, section, key);
	if (!node)
	{
		return def;
	}
	if (!enum_from_name(words, (char*)node->get_value(node), &value))
	{
		known = join_words(words);
		error_(this, node, "\"%s\" is not known here (write %s)",
			   node->get_value(node), known);
		free(known);
		return def;
	}
	return value;
}

METHOD(config_reader_t, get_host, host_t*,
	private_config_reader_t *this, config_node_t *section, const char *key)
{
	config_node_t *node;
	host_t *host = NULL;

	node = find_key(this, section, key);
	if (!node)
	{
		return NULL;
	}
	/* names would have to be resolved, which blocks */
	if (config_text_is_address(node->get_value(node)))
	{
		host = host_create_from_string((char*)node->get_value(node), 0);
	}
	if (!host)
	{
		error_(this, node, "\"%s\" is not an IP address (write an IPv4 or "
			   "IPv6 address)", node->get_value(node));
	}
	return host;
}

METHOD(config_reader_t, get_list, linked_list_t*,
	private_config_reader_t *this, config_node_t *section, const char *key)
{
	enumerator_t *enumerator;
	config_node_t *node;
	linked_list_t *list;
	char *item;

	list = linked_list_create();
	node = find_key(this, section, key);
	if (node)
	{
		enumerator = enumerator_create_token(node->get_value(node), ",",
											 " \t\r\n");
		while (enumerator->enumerate(enumerator, &item))
		{
			if (*item)
			{
				list->insert_last(list, strdup(item));
			}
		}
		enumerator->destroy(enumerator);
	}
	return list;
}

METHOD(config_reader_t, set_unattended, void,
	private_config_reader_t *this)
{
	this->unattended = TRUE;
}

METHOD(config_reader_t, is_unattended, bool,
	private_config_reader_t *this)
{
	return this->unattended;
}

METHOD(config_reader_t, errors, u_int,
	private_config_reader_t *this)
{
	return this->errors;
}

CALLBACK(filter_message, bool,
	void *data, enumerator_t *orig, va_list args)
{
	message_t *message;
	bool *error;
	char **line;

	VA_ARGS_VGET(args, error, line);
	if (!orig->enumerate(orig, &message))
	{
		return FALSE;
	}
	*error = message->error;
	*line = message->line;
	return TRUE;
}

METHOD(config_reader_t, create_enumerator, enumerator_t*,
	private_config_reader_t *this)
{
	return enumerator_create_filter(
						this->messages->create_enumerator(this->messages),
						filter_message, NULL, NULL);
}

METHOD(config_reader_t, destroy, void,
	private_config_reader_t *this)
{
	this->messages->destroy_function(this->messages, (void*)message_destroy);
	free(this);
}

/*
 * Described in header.
 */
config_reader_t *config_reader_create()
{
	private_config_reader_t *this;

	INIT(this,
		.public = {
			.get_str = _get_str,
			.get_bool = _get_bool,
			.get_int = _get_int,
			.get_time = _get_time,
			.get_word = _get_word,
			.get_host = _get_host,
			.get_list = _get_list,
			.get_section = _get_section,
			.error = _error_,
			.warn = _warn_,
			.missing = _missing,
			.set_unattended = _set_unattended,
			.is_unattended = _is_unattended,
			.errors = _errors,
			.create_enumerator = _create_enumerator,
			.destroy = _destroy,
		},
		.messages = linked_list_create(),
	);
	return &this->public;
}
