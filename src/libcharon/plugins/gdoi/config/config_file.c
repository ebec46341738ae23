/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_file.h"

#include <settings/settings.h>

#include <sys/stat.h>

/** where Debian's swanctl looks */
#define SWANCTL_DIR_DEFAULT "/etc/swanctl"

/** sections that are read */
static const char *sections[] = { "groups", "acls" };

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
config_node_t *config_file_read(const char *file)
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
char *config_file_default(char *buf, size_t len)
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
