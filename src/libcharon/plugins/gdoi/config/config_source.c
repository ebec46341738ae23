/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_source.h"
#include "config_text.h"

#include <settings/settings.h>

#include <sys/stat.h>

/** where Debian's swanctl looks */
#define SWANCTL_DIR_DEFAULT "/etc/swanctl"

/** our top-level sections */
static const char *sections[] = { "groups", "acls" };

/**
 * Is this one of our top-level sections?
 */
static bool is_ours(const char *name)
{
	int i;

	for (i = 0; i < countof(sections); i++)
	{
		if (streq(name, sections[i]))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/* --- swanctl.conf -------------------------------------------------------- */

/** a place for every level, so that names may contain dots and percents */
#define PATH_FMT "%s.%s.%s.%s.%s.%s.%s.%s"
#define PATH_ARGS(p) p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]

/**
 * Where a walk through settings_t stands
 */
typedef struct {
	/** settings to walk through */
	settings_t *settings;
	/** names of the sections from the top to here */
	char *path[CONFIG_DEPTH_MAX];
	/** number of them */
	int depth;
} walk_t;

/**
 * Format string for the current path
 */
static char *path_fmt(walk_t *walk, char *buf)
{
	strcpy(buf, PATH_FMT);
	buf[walk->depth * 3 - 1] = '\0';
	return buf;
}

/**
 * Copy the keys of the current section
 */
static void copy_keys(walk_t *walk, config_node_t *node)
{
	enumerator_t *enumerator;
	char fmt[sizeof(PATH_FMT)], *key, *value;

	enumerator = walk->settings->create_key_value_enumerator(walk->settings,
								path_fmt(walk, fmt), PATH_ARGS(walk->path));
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		node->add_child(node, key, value ?: "");
	}
	enumerator->destroy(enumerator);
}

/**
 * Copy the current section with all below it
 */
static bool copy_section(walk_t *walk, config_node_t *node)
{
	enumerator_t *enumerator;
	config_node_t *child;
	char fmt[sizeof(PATH_FMT)], *name;
	bool good = TRUE;

	copy_keys(walk, node);
	enumerator = walk->settings->create_section_enumerator(walk->settings,
								path_fmt(walk, fmt), PATH_ARGS(walk->path));
	while (good && enumerator->enumerate(enumerator, &name))
	{
		child = node->add_child(node, name, NULL);
		if (!child || walk->depth == CONFIG_DEPTH_MAX)
		{
			DBG1(DBG_CFG, "%s: section %s %s", node->get_path(node), name,
				 child ? "is nested too deeply" : "is a key as well");
			good = FALSE;
			break;
		}
		walk->path[walk->depth++] = name;
		good = copy_section(walk, child);
		walk->path[--walk->depth] = NULL;
	}
	enumerator->destroy(enumerator);
	return good;
}

/**
 * Copy our sections of loaded settings
 */
static bool copy_settings(settings_t *settings, config_node_t *root)
{
	walk_t walk = {
		.settings = settings,
	};
	int i;

	for (i = 0; i < countof(sections); i++)
	{
		walk.path[0] = (char*)sections[i];
		walk.depth = 1;
		if (!copy_section(&walk, root->add_child(root, sections[i], NULL)))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/*
 * Described in header.
 */
config_node_t *config_source_file(const char *file)
{
	config_node_t *root = NULL;
	settings_t *settings;
	struct stat st;

	/* strongSwan's scanner ends the process if it is given a folder */
	if (stat(file, &st) != 0 || !S_ISREG(st.st_mode))
	{
		DBG1(DBG_CFG, "'%s' is not there, or not a file", file);
		return NULL;
	}
	settings = settings_create_string("");
	if (settings->load_files(settings, (char*)file, FALSE))
	{
		root = config_node_create();
		if (!copy_settings(settings, root))
		{
			root->destroy(root);
			root = NULL;
		}
	}
	settings->destroy_clear(settings);
	return root;
}

/*
 * Described in header.
 */
char *config_source_default(char *buf, size_t len)
{
	char *file, *dir;

	file = lib->settings->get_str(lib->settings, "%s.plugins.gdoi.file", NULL,
								  lib->ns);
	if (file && *file)
	{
		snprintf(buf, len, "%s", file);
		return buf;
	}
	dir = getenv("SWANCTL_DIR");
	snprintf(buf, len, "%s/swanctl.conf", dir ?: SWANCTL_DIR_DEFAULT);
	return buf;
}

/* --- VICI messages ------------------------------------------------------- */

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
	/** items of the list so far */
	char *items;
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

	if (this->skip || (!this->depth && !is_ours(name)))
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
 * Add an item to the open list
 */
static void add_item(vici_reader_t *this, chunk_t value)
{
	char *item, *items;

	item = to_string(this, this->list, value);
	if (item)
	{
		items = config_text_format("%s%s%s", this->items ?: "",
								   this->items ? ", " : "", item);
		free(this->items);
		this->items = items;
	}
	free(item);
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
			if (this->list)
			{
				add_key(this, this->list, this->items ?: strdup(""));
			}
			free(this->list);
			this->list = this->items = NULL;
			break;
		default:
			break;
	}
}

/*
 * Described in header.
 */
config_node_t *config_source_vici(vici_message_t *message, char **error)
{
	vici_reader_t reader = {};
	enumerator_t *enumerator;
	vici_type_t type = VICI_START;
	chunk_t value;
	char *name;

	reader.open[0] = config_node_create();
	enumerator = message->create_enumerator(message);
	/* the enumerator checks the nesting of sections and lists */
	while (!reader.error && type != VICI_END)
	{
		if (!enumerator->enumerate(enumerator, &type, &name, &value))
		{
			fail(&reader, "message is malformed", NULL);
			break;
		}
		take(&reader, type, name, value);
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
