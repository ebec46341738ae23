/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_members.h"

#include <threading/mutex.h>

typedef struct private_gm_members_t private_gm_members_t;

/**
 * Private data of an gm_members_t object.
 */
struct private_gm_members_t {

	/**
	 * Public interface
	 */
	gm_members_t public;

	/**
	 * Who uses which phase 1
	 */
	gm_links_t *links;

	/**
	 * Protects list. Taken in has_server() with an IKE_SA locked, so that
	 * nothing is called with it held
	 */
	mutex_t *mutex;

	/**
	 * Groups, as gm_member_t
	 */
	linked_list_t *list;
};

/**
 * Name of a group
 */
static const char *get_name(gm_member_t *member)
{
	return member->config->get(member->config)->group.name;
}

/**
 * Find a group by its name; mutex is held
 */
static gm_member_t *find(private_gm_members_t *this, const char *name)
{
	enumerator_t *enumerator;
	gm_member_t *member, *found = NULL;

	enumerator = this->list->create_enumerator(this->list);
	while (!found && enumerator->enumerate(enumerator, &member))
	{
		if (streq(get_name(member), name))
		{
			found = member;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_members_t, add, void,
	private_gm_members_t *this, gm_member_t *member)
{
	this->mutex->lock(this->mutex);
	this->list->insert_last(this->list, member);
	this->mutex->unlock(this->mutex);
}

METHOD(gm_members_t, remove_, gm_member_t*,
	private_gm_members_t *this, const char *name)
{
	gm_member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member)
	{
		this->list->remove(this->list, member, NULL);
	}
	this->mutex->unlock(this->mutex);
	return member;
}

METHOD(gm_members_t, replace, bool,
	private_gm_members_t *this, gm_config_t *config, gm_config_t **old,
	gm_group_t **group)
{
	gm_member_t *member;
	bool found = FALSE;

	this->mutex->lock(this->mutex);
	member = find(this, config->get(config)->group.name);
	if (member && member->group && config->same_place(config, member->config))
	{
		*group = member->group->get_ref(member->group);
		*old = member->config;
		member->config = config;
		found = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gm_members_t, get_first, const char*,
	private_gm_members_t *this)
{
	const char *name = NULL;
	gm_member_t *member;

	this->mutex->lock(this->mutex);
	if (this->list->get_first(this->list, (void**)&member) == SUCCESS)
	{
		name = get_name(member);
	}
	this->mutex->unlock(this->mutex);
	return name;
}

METHOD(gm_members_t, get_index, u_int,
	private_gm_members_t *this)
{
	bool taken[CRYPTO_MAP_INDEX_MAX + 1] = {};
	enumerator_t *enumerator;
	gm_member_t *member;
	u_int index = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &member))
	{
		if (member->index < countof(taken))
		{
			taken[member->index] = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	while (index < countof(taken) && taken[index])
	{
		index++;
	}
	return index;
}

METHOD(gm_members_t, get_group, gm_group_t*,
	private_gm_members_t *this, const char *name)
{
	gm_group_t *group = NULL;
	gm_member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member && member->group)
	{
		group = member->group->get_ref(member->group);
	}
	this->mutex->unlock(this->mutex);
	return group;
}

METHOD(gm_members_t, get_config, gm_config_t*,
	private_gm_members_t *this, const char *name)
{
	gm_config_t *config = NULL;
	gm_member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member)
	{
		config = member->config->get_ref(member->config);
	}
	this->mutex->unlock(this->mutex);
	return config;
}

METHOD(gm_members_t, has_server, bool,
	private_gm_members_t *this, const char *connection)
{
	enumerator_t *enumerator;
	gm_member_t *member;
	bool found = FALSE;

	this->mutex->lock(this->mutex);
	enumerator = this->list->create_enumerator(this->list);
	while (!found && enumerator->enumerate(enumerator, &member))
	{
		found = member->config->has_server(member->config, connection);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gm_members_t, collect, linked_list_t*,
	private_gm_members_t *this, const char *connection, gdoi_phase1_t *user)
{
	linked_list_t *groups = linked_list_create();
	enumerator_t *enumerator;
	gm_member_t *member;

	this->mutex->lock(this->mutex);
	enumerator = this->list->create_enumerator(this->list);
	while (enumerator->enumerate(enumerator, &member))
	{
		if (!member->group ||
			(connection &&
			 !member->config->has_server(member->config, connection)) ||
			(user &&
			 !this->links->is_used_by(this->links, user, member->link)))
		{
			continue;
		}
		groups->insert_last(groups, member->group->get_ref(member->group));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return groups;
}

METHOD(gm_members_t, destroy, void,
	private_gm_members_t *this)
{
	this->list->destroy(this->list);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gm_members_t *gm_members_create(gm_links_t *links)
{
	private_gm_members_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.replace = _replace,
			.get_first = _get_first,
			.get_index = _get_index,
			.get_group = _get_group,
			.get_config = _get_config,
			.has_server = _has_server,
			.collect = _collect,
			.destroy = _destroy,
		},
		.links = links,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.list = linked_list_create(),
	);
	return &this->public;
}
