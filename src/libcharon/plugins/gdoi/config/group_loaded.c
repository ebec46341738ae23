/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_loaded.h"

#include <threading/mutex.h>

typedef struct private_group_loaded_t private_group_loaded_t;
typedef struct loaded_t loaded_t;

/**
 * A group in force in one role
 */
struct loaded_t {

	/**
	 * Group
	 */
	group_entry_t group;

	/**
	 * Role
	 */
	group_role_t *role;
};

/**
 * Private data of a group_loaded_t object.
 */
struct private_group_loaded_t {

	/**
	 * Public interface
	 */
	group_loaded_t public;

	/**
	 * What is in force in the order of its coming, loaded_t
	 */
	array_t *entries;

	/**
	 * Protects entries
	 */
	mutex_t *mutex;
};

/**
 * Find an entry; mutex is held
 *
 * @param name			name of the group, NULL for any
 * @param role			role, NULL for any
 * @return				index, -1 if there is none
 */
static int find_entry(private_group_loaded_t *this, const char *name,
					  group_role_t *role, loaded_t *entry)
{
	int i;

	for (i = 0; i < array_count(this->entries); i++)
	{
		array_get(this->entries, i, entry);
		if ((!role || entry->role == role) &&
			(!name || streq(entry->group.name, name)))
		{
			return i;
		}
	}
	return -1;
}

METHOD(group_loaded_t, add, void,
	private_group_loaded_t *this, const group_entry_t *group,
	group_role_t *role)
{
	loaded_t entry = {
		.group = *group,
		.role = role,
	}, other;

	this->mutex->lock(this->mutex);
	if (find_entry(this, group->name, role, &other) < 0)
	{
		array_insert(this->entries, ARRAY_TAIL, &entry);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(group_loaded_t, find, bool,
	private_group_loaded_t *this, const char *name, group_role_t *role,
	group_entry_t *group)
{
	loaded_t entry;
	bool found;

	this->mutex->lock(this->mutex);
	found = find_entry(this, name, role, &entry) >= 0;
	this->mutex->unlock(this->mutex);
	if (found)
	{
		*group = entry.group;
	}
	return found;
}

METHOD(group_loaded_t, remove_, void,
	private_group_loaded_t *this, const char *name, group_role_t *role)
{
	loaded_t entry;
	int i;

	this->mutex->lock(this->mutex);
	i = find_entry(this, name, role, &entry);
	if (i >= 0)
	{
		array_remove(this->entries, i, NULL);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(group_loaded_t, take, group_role_t*,
	private_group_loaded_t *this, group_role_t *role, group_entry_t *group)
{
	loaded_t entry = {};
	int i;

	this->mutex->lock(this->mutex);
	i = find_entry(this, NULL, role, &entry);
	if (i >= 0)
	{
		array_remove(this->entries, i, NULL);
		*group = entry.group;
	}
	this->mutex->unlock(this->mutex);
	return i >= 0 ? entry.role : NULL;
}

/**
 * Copy what is in force now
 *
 * @param once			TRUE for each group once, whatever its roles
 */
static array_t *get_snapshot(private_group_loaded_t *this, bool once)
{
	array_t *snapshot = array_create(sizeof(loaded_t), 0);
	loaded_t entry, first;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < array_count(this->entries); i++)
	{
		array_get(this->entries, i, &entry);
		if (!once || find_entry(this, entry.group.name, NULL, &first) == i)
		{
			array_insert(snapshot, ARRAY_TAIL, &entry);
		}
	}
	this->mutex->unlock(this->mutex);
	return snapshot;
}

/**
 * Release a snapshot
 */
CALLBACK(destroy_snapshot, void,
	array_t *snapshot)
{
	array_destroy(snapshot);
}

CALLBACK(filter_entry, bool,
	void *data, enumerator_t *orig, va_list args)
{
	const group_entry_t **group;
	group_role_t **role;
	loaded_t *entry;

	VA_ARGS_VGET(args, group, role);
	if (!orig->enumerate(orig, &entry))
	{
		return FALSE;
	}
	*group = &entry->group;
	*role = entry->role;
	return TRUE;
}

METHOD(group_loaded_t, create_enumerator, enumerator_t*,
	private_group_loaded_t *this)
{
	array_t *snapshot = get_snapshot(this, FALSE);

	return enumerator_create_filter(array_create_enumerator(snapshot),
									filter_entry, snapshot, destroy_snapshot);
}

CALLBACK(filter_group, bool,
	void *data, enumerator_t *orig, va_list args)
{
	const group_entry_t **group;
	loaded_t *entry;

	VA_ARGS_VGET(args, group);
	if (!orig->enumerate(orig, &entry))
	{
		return FALSE;
	}
	*group = &entry->group;
	return TRUE;
}

METHOD(group_loaded_t, create_group_enumerator, enumerator_t*,
	private_group_loaded_t *this)
{
	array_t *snapshot = get_snapshot(this, TRUE);

	return enumerator_create_filter(array_create_enumerator(snapshot),
									filter_group, snapshot, destroy_snapshot);
}

METHOD(group_loaded_t, get_roles, array_t*,
	private_group_loaded_t *this, const char *name)
{
	array_t *roles = array_create(0, 0);
	loaded_t entry;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < array_count(this->entries); i++)
	{
		array_get(this->entries, i, &entry);
		if (streq(entry.group.name, name))
		{
			array_insert(roles, ARRAY_TAIL, entry.role);
		}
	}
	this->mutex->unlock(this->mutex);
	return roles;
}

METHOD(group_loaded_t, destroy, void,
	private_group_loaded_t *this)
{
	array_destroy(this->entries);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header.
 */
group_loaded_t *group_loaded_create()
{
	private_group_loaded_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.find = _find,
			.remove = _remove_,
			.take = _take,
			.create_enumerator = _create_enumerator,
			.create_group_enumerator = _create_group_enumerator,
			.get_roles = _get_roles,
			.destroy = _destroy,
		},
		.entries = array_create(sizeof(loaded_t), 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
