/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "row.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** deepest nesting that is read, much more than our service sends */
#define DEPTH_MAX 16

/**
 * Create an element
 */
static row_t *row_create(row_kind_t kind, const char *name)
{
	row_t *row = calloc(1, sizeof(*row));

	if (!row || (name && !(row->name = strdup(name))))
	{
		abort();
	}
	row->kind = kind;
	return row;
}

/**
 * Take the value that the parser stands at
 */
static char *take_value(vici_res_t *res)
{
	char *value;
	void *blob;
	int len = 0;

	blob = vici_parse_value(res, &len);
	value = calloc(1, len + 1);
	if (!value)
	{
		abort();
	}
	if (blob)
	{
		memcpy(value, blob, len);
	}
	return value;
}

/**
 * Create an element for what the parser stands at
 */
static row_t *take_element(vici_res_t *res, vici_parse_t type)
{
	row_t *row;

	switch (type)
	{
		case VICI_PARSE_BEGIN_SECTION:
			return row_create(ROW_SECTION, vici_parse_name(res));
		case VICI_PARSE_BEGIN_LIST:
			return row_create(ROW_LIST, vici_parse_name(res));
		case VICI_PARSE_KEY_VALUE:
			row = row_create(ROW_VALUE, vici_parse_name(res));
			row->value = take_value(res);
			return row;
		default:
			row = row_create(ROW_VALUE, NULL);
			row->value = take_value(res);
			return row;
	}
}

/**
 * Read the children of an element up to its end
 */
static bool parse_children(vici_res_t *res, row_t *parent, int depth)
{
	row_t **tail = &parent->children;
	vici_parse_t type;

	while (true)
	{
		type = vici_parse(res);
		switch (type)
		{
			case VICI_PARSE_END_SECTION:
			case VICI_PARSE_END_LIST:
			case VICI_PARSE_END:
				return true;
			case VICI_PARSE_ERROR:
				return false;
			default:
				break;
		}
		*tail = take_element(res, type);
		if ((*tail)->kind != ROW_VALUE &&
			(depth == DEPTH_MAX || !parse_children(res, *tail, depth + 1)))
		{
			return false;
		}
		tail = &(*tail)->next;
	}
}

/*
 * Described in header.
 */
row_t *row_parse(vici_res_t *res)
{
	row_t *row;

	row = row_create(ROW_SECTION, NULL);
	if (!parse_children(res, row, 0))
	{
		row_destroy(row);
		return NULL;
	}
	return row;
}

/*
 * Described in header.
 */
row_t *row_find(row_t *row, const char *path)
{
	const char *dot;
	size_t len;
	row_t *child;

	dot = strchr(path, '.');
	len = dot ? (size_t)(dot - path) : strlen(path);
	for (child = row->children; child; child = child->next)
	{
		if (child->name && strlen(child->name) == len &&
			memcmp(child->name, path, len) == 0)
		{
			return dot ? row_find(child, dot + 1) : child;
		}
	}
	return NULL;
}

/*
 * Described in header.
 */
const char *row_get(row_t *row, const char *path)
{
	row_t *found;

	found = row_find(row, path);
	return found ? found->value : NULL;
}

/*
 * Described in header.
 */
void row_destroy(row_t *row)
{
	row_t *next;

	while (row)
	{
		next = row->next;
		row_destroy(row->children);
		free(row->name);
		free(row->value);
		free(row);
		row = next;
	}
}
