/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_node.h"
#include "config_text.h"

#include <collections/array.h>
#include <collections/hashtable.h>

/** longest name that VICI can carry */
#define NAME_MAX_LEN 255

/** words longer than this are not compared any further */
#define WORD_MAX_LEN 63

typedef struct private_config_node_t private_config_node_t;

/**
 * Private data of a config_node_t object.
 */
struct private_config_node_t {

	/**
	 * Public interface
	 */
	config_node_t public;

	/**
	 * Section this node is in, NULL for the root
	 */
	private_config_node_t *parent;

	/**
	 * Own name
	 */
	char *name;

	/**
	 * Path with parents' names
	 */
	char *path;

	/**
	 * Value of a key, NULL for a section
	 */
	char *value;

	/**
	 * Some reader asked for this node
	 */
	bool known;

	/**
	 * Children in order, private_config_node_t*
	 */
	array_t *children;

	/**
	 * Children by name, made with the first child
	 */
	hashtable_t *by_name;

	/**
	 * Names that were asked for, char*
	 */
	array_t *asked;
};

METHOD(config_node_t, get_name, const char*,
	private_config_node_t *this)
{
	return this->name;
}

METHOD(config_node_t, get_path, const char*,
	private_config_node_t *this)
{
	return this->path;
}

METHOD(config_node_t, get_value, const char*,
	private_config_node_t *this)
{
	return this->value;
}

METHOD(config_node_t, get_parent, config_node_t*,
	private_config_node_t *this)
{
	return this->parent ? &this->parent->public : NULL;
}

/**
 * Look up a child without leaving a mark
 */
static private_config_node_t *lookup(private_config_node_t *this,
									 const char *name)
{
	return this->by_name ? this->by_name->get(this->by_name, name) : NULL;
}

/**
 * Remember that a name was asked for
 */
static void remember(private_config_node_t *this, const char *name)
{
	char *asked;
	int i;

	for (i = 0; i < array_count(this->asked); i++)
	{
		array_get(this->asked, i, &asked);
		if (streq(asked, name))
		{
			return;
		}
	}
	array_insert_create(&this->asked, ARRAY_TAIL, strdup(name));
}

METHOD(config_node_t, get_child, config_node_t*,
	private_config_node_t *this, const char *name)
{
	private_config_node_t *child;

	remember(this, name);
	child = lookup(this, name);
	if (!child)
	{
		return NULL;
	}
	child->known = TRUE;
	return &child->public;
}

CALLBACK(filter_known, bool,
	void *data, enumerator_t *orig, va_list args)
{
	private_config_node_t *child;
	config_node_t **out;

	VA_ARGS_VGET(args, out);
	if (!orig->enumerate(orig, &child))
	{
		return FALSE;
	}
	child->known = TRUE;
	*out = &child->public;
	return TRUE;
}

METHOD(config_node_t, create_enumerator, enumerator_t*,
	private_config_node_t *this)
{
	return enumerator_create_filter(array_create_enumerator(this->children),
									filter_known, NULL, NULL);
}

METHOD(config_node_t, create_asked_enumerator, enumerator_t*,
	private_config_node_t *this)
{
	return array_create_enumerator(this->asked);
}

METHOD(config_node_t, find_unknown, config_node_t*,
	private_config_node_t *this)
{
	private_config_node_t *child;
	config_node_t *found;
	int i;

	for (i = 0; i < array_count(this->children); i++)
	{
		array_get(this->children, i, &child);
		if (!child->known)
		{
			return &child->public;
		}
		found = child->public.find_unknown(&child->public);
		if (found)
		{
			return found;
		}
	}
	return NULL;
}

METHOD(config_node_t, set_known, void,
	private_config_node_t *this)
{
	private_config_node_t *child;
	int i;

	this->known = TRUE;
	for (i = 0; i < array_count(this->children); i++)
	{
		array_get(this->children, i, &child);
		child->public.set_known(&child->public);
	}
}

/**
 * Smallest of three numbers
 */
static u_int min3(u_int a, u_int b, u_int c)
{
	return min(a, min(b, c));
}

/*
 * Described in header.
 */
u_int config_node_distance(const char *a, const char *b)
{
	u_int d[WORD_MAX_LEN + 1][WORD_MAX_LEN + 1];
	u_int i, j, la, lb;

	la = strnlen(a, WORD_MAX_LEN);
	lb = strnlen(b, WORD_MAX_LEN);
	for (i = 0; i <= la; i++)
	{
		d[i][0] = i;
	}
	for (j = 0; j <= lb; j++)
	{
		d[0][j] = j;
	}
	for (i = 1; i <= la; i++)
	{
		for (j = 1; j <= lb; j++)
		{
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
						   d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
			{
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
			}
		}
	}
	return d[la][lb];
}

METHOD(config_node_t, suggest, const char*,
	private_config_node_t *this, const char *name)
{
	u_int distance, limit, best = UINT_MAX;
	char *asked, *found = NULL;
	int i;

	/* more than a third of the letters wrong is another word */
	limit = min(2, (u_int)strlen(name) / 3);
	for (i = 0; i < array_count(this->asked); i++)
	{
		array_get(this->asked, i, &asked);
		if (lookup(this, asked))
		{
			continue;
		}
		distance = config_node_distance(name, asked);
		if (distance <= limit && distance < best)
		{
			best = distance;
			found = asked;
		}
	}
	return found;
}

/**
 * Wipe and free a string that may be a secret
 */
static void wipe_string(char *str)
{
	if (str)
	{
		memwipe(str, strlen(str));
		free(str);
	}
}

CALLBACK(destroy_child, void,
	private_config_node_t *child, int idx, void *user)
{
	child->public.destroy(&child->public);
}

CALLBACK(destroy_asked, void,
	char *asked, int idx, void *user)
{
	free(asked);
}

METHOD(config_node_t, destroy, void,
	private_config_node_t *this)
{
	array_destroy_function(this->children, destroy_child, NULL);
	array_destroy_function(this->asked, destroy_asked, NULL);
	DESTROY_IF(this->by_name);
	wipe_string(this->value);
	free(this->name);
	free(this->path);
	free(this);
}

static private_config_node_t *node_create(private_config_node_t *parent,
										  const char *name, const char *value);

METHOD(config_node_t, add_child, config_node_t*,
	private_config_node_t *this, const char *name, const char *value)
{
	private_config_node_t *child;

	if (this->value || !*name || strlen(name) > NAME_MAX_LEN ||
		lookup(this, name))
	{
		return NULL;
	}
	child = node_create(this, name, value);
	if (!this->by_name)
	{
		this->by_name = hashtable_create(hashtable_hash_str,
										 hashtable_equals_str, 4);
	}
	this->by_name->put(this->by_name, child->name, child);
	array_insert_create(&this->children, ARRAY_TAIL, child);
	return &child->public;
}

/**
 * Path of a new node
 */
static char *make_path(private_config_node_t *parent, const char *name)
{
	if (!parent || !*parent->path)
	{
		return strdup(name);
	}
	return config_text_format("%s.%s", parent->path, name);
}

/**
 * Create any node
 */
static private_config_node_t *node_create(private_config_node_t *parent,
										  const char *name, const char *value)
{
	private_config_node_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_path = _get_path,
			.get_value = _get_value,
			.get_child = _get_child,
			.create_enumerator = _create_enumerator,
			.add_child = _add_child,
			.find_unknown = _find_unknown,
			.set_known = _set_known,
			.suggest = _suggest,
			.create_asked_enumerator = _create_asked_enumerator,
			.get_parent = _get_parent,
			.destroy = _destroy,
		},
		.parent = parent,
		.name = strdup(name),
		.path = make_path(parent, name),
		.value = value ? strdup(value) : NULL,
	);
	return this;
}

/*
 * Described in header.
 */
config_node_t *config_node_create()
{
	private_config_node_t *this;

	this = node_create(NULL, "", NULL);
	return &this->public;
}

/**
 * Add copies of all below a node to another
 */
static void copy_children(private_config_node_t *from, config_node_t *to)
{
	private_config_node_t *child;
	config_node_t *copy;
	int i;

	for (i = 0; i < array_count(from->children); i++)
	{
		array_get(from->children, i, &child);
		copy = to->add_child(to, child->name, child->value);
		copy_children(child, copy);
	}
}

/*
 * Described in header.
 */
config_node_t *config_node_copy(config_node_t *root)
{
	config_node_t *copy = config_node_create();

	copy_children((private_config_node_t*)root, copy);
	return copy;
}
