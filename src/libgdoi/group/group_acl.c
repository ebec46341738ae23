/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_acl.h"

#include <collections/array.h>

typedef struct private_group_acl_t private_group_acl_t;

/**
 * Private data of a list.
 */
struct private_group_acl_t {

	/**
	 * Public interface.
	 */
	group_acl_t public;

	/**
	 * Lines by number, as group_ace_t*.
	 */
	array_t *lines;

	/**
	 * References.
	 */
	refcount_t ref;
};

/**
 * Insert a copy of a line.
 */
static void insert(private_group_acl_t *this, int i, const group_ace_t *ace)
{
	group_ace_t *line = malloc_thing(group_ace_t);

	*line = *ace;
	array_insert(this->lines, i, line);
}

METHOD(group_acl_t, add, bool,
	private_group_acl_t *this, const group_ace_t *ace)
{
	group_ace_t *line;
	int i, count = array_count(this->lines);

	for (i = 0; i < count; i++)
	{
		array_get(this->lines, i, &line);
		if (line->number == ace->number)
		{
			return FALSE;
		}
		if (line->number > ace->number)
		{
			break;
		}
	}
	insert(this, i, ace);
	return TRUE;
}

METHOD(group_acl_t, append, void,
	private_group_acl_t *this, const group_ace_t *ace)
{
	group_ace_t *last, line = *ace;

	line.number = 1;
	if (array_get(this->lines, ARRAY_TAIL, &last))
	{
		line.number = last->number + 1;
	}
	insert(this, ARRAY_TAIL, &line);
}

METHOD(group_acl_t, get_count, u_int,
	private_group_acl_t *this)
{
	return (u_int)array_count(this->lines);
}

METHOD(group_acl_t, create_enumerator, enumerator_t*,
	private_group_acl_t *this)
{
	return array_create_enumerator(this->lines);
}

METHOD(group_acl_t, lookup, const group_ace_t*,
	private_group_acl_t *this, uint8_t protocol, uint16_t family,
	const uint8_t *src, const uint8_t *dst, uint16_t sport, uint16_t dport)
{
	group_ace_t *line;

	for (int i = 0; i < array_count(this->lines); i++)
	{
		array_get(this->lines, i, &line);
		if (group_ace_matches(line, protocol, family, src, dst, sport, dport))
		{
			return line;
		}
	}
	return NULL;
}

METHOD(group_acl_t, equals, bool,
	private_group_acl_t *this, group_acl_t *other_pub)
{
	private_group_acl_t *other = (private_group_acl_t*)other_pub;
	group_ace_t *a, *b;

	if (array_count(this->lines) != array_count(other->lines))
	{
		return FALSE;
	}
	for (int i = 0; i < array_count(this->lines); i++)
	{
		array_get(this->lines, i, &a);
		array_get(other->lines, i, &b);
		if (a->action != b->action || !group_ace_same_selector(a, b))
		{
			return FALSE;
		}
	}
	return TRUE;
}

METHOD(group_acl_t, get_ref, group_acl_t*,
	private_group_acl_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(group_acl_t, destroy, void,
	private_group_acl_t *this)
{
	if (ref_put(&this->ref))
	{
		array_destroy_function(this->lines, (void*)free, NULL);
		free(this);
	}
}

/*
 * See header
 */
group_acl_t *group_acl_create()
{
	private_group_acl_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.append = _append,
			.get_count = _get_count,
			.create_enumerator = _create_enumerator,
			.lookup = _lookup,
			.equals = _equals,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.lines = array_create(0, 4),
		.ref = 1,
	);

	return &this->public;
}
