/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_manager.h"
#include "ks_changes.h"
#include "ks_features.h"
#include "ks_rules.h"
#include "ks_unable.h"

#include <threading/rwlock.h>

/** where Debian's swanctl has its folders */
#define SWANCTL_DIR_DEFAULT "/etc/swanctl"

typedef struct private_ks_manager_t private_ks_manager_t;

/**
 * Private data
 */
struct private_ks_manager_t {

	/**
	 * Public interface
	 */
	ks_manager_t public;

	/**
	 * Groups in order of creation, ks_group_t*
	 */
	linked_list_t *groups;

	/**
	 * Protects the list of groups
	 */
	rwlock_t *lock;

	/**
	 * SPIs of all groups
	 */
	ks_spis_t *spis;

	/**
	 * Keeps groups over restarts, may be NULL
	 */
	ks_keeper_t *keeper;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * What groups use
	 */
	ks_services_t services;
};

METHOD(ks_manager_t, list, linked_list_t*,
	private_ks_manager_t *this, const char *name)
{
	enumerator_t *enumerator;
	linked_list_t *list;
	ks_group_t *group;

	list = linked_list_create();
	this->lock->read_lock(this->lock);
	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (!name || streq(group->get_name(group), name))
		{
			list->insert_last(list, group->get_ref(group));
		}
	}
	enumerator->destroy(enumerator);
	this->lock->unlock(this->lock);
	return list;
}

/**
 * Get a group by its name, with a reference
 */
static ks_group_t *find_name(private_ks_manager_t *this, const char *name)
{
	linked_list_t *groups = _list(this, name);
	ks_group_t *group = NULL;

	groups->remove_first(groups, (void**)&group);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	return group;
}

/**
 * Call a function for the configuration of each group until it returns TRUE.
 *
 * @return				group with a reference, NULL if it never did
 */
static ks_group_t *find_config(private_ks_manager_t *this,
							   bool (*match)(ks_config_t*, const void*),
							   const void *data)
{
	ks_group_t *group, *found = NULL;
	enumerator_t *enumerator;
	ks_config_t *config;

	this->lock->read_lock(this->lock);
	enumerator = this->groups->create_enumerator(this->groups);
	while (!found && enumerator->enumerate(enumerator, &group))
	{
		config = group->get_config(group);
		if (match(config, data))
		{
			found = group->get_ref(group);
		}
		ks_config_destroy(config);
	}
	enumerator->destroy(enumerator);
	this->lock->unlock(this->lock);
	return found;
}

/**
 * Has a configuration this identity?
 */
static bool match_id(ks_config_t *config, const void *id)
{
	return group_id_equals(&config->group.id, id);
}

METHOD(ks_manager_t, find, ks_group_t*,
	private_ks_manager_t *this, const group_id_t *id)
{
	return find_config(this, match_id, id);
}

/**
 * Has a configuration this connection?
 */
static bool match_connection(ks_config_t *config, const void *connection)
{
	return ks_config_has_connection(config, connection);
}

METHOD(ks_manager_t, claims, bool,
	private_ks_manager_t *this, const char *connection)
{
	ks_group_t *group;

	group = find_config(this, match_connection, connection);
	if (!group)
	{
		return FALSE;
	}
	group->destroy(group);
	return TRUE;
}

METHOD(ks_manager_t, tick, void,
	private_ks_manager_t *this)
{
	linked_list_t *list = _list(this, NULL);
	enumerator_t *enumerator;
	ks_group_t *group;

	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->tick(group);
	}
	enumerator->destroy(enumerator);
	list->destroy_offset(list, offsetof(ks_group_t, destroy));
}

METHOD(group_role_t, refused, void,
	private_ks_manager_t *this, const group_entry_t *group,
	config_reader_t *reader)
{
	enumerator_t *enumerator;
	char prefix[512], *line;
	bool error, found = FALSE;

	/* no key to sign rekeys with, KS-022 and LOG-155 */
	snprintf(prefix, sizeof(prefix), "groups.%s.server.kek.signature_key:",
			 group->name);
	enumerator = reader->create_enumerator(reader);
	while (!found && enumerator->enumerate(enumerator, &error, &line))
	{
		found = error && strpfx(line, prefix);
	}
	enumerator->destroy(enumerator);
	if (found)
	{
		this->log->log(this->log, 3, "KS_NO_RSA_KEYS", group->name, NULL,
					   "Group %s has no key to sign rekeys with, see "
					   "kek.signature_key", group->name);
	}
}

/**
 * Can the members that a running group has follow another configuration?
 */
static bool can_follow(private_ks_manager_t *this, ks_config_t *config,
					   config_node_t *node, config_reader_t *reader)
{
	ks_group_t *group = find_name(this, config->group.name);
	u_int errors = reader->errors(reader);
	ks_config_t *running;

	if (group)
	{
		running = group->get_config(group);
		ks_unable_check(group->get_members(group), running, config, node,
						reader);
		ks_config_destroy(running);
		group->destroy(group);
	}
	return reader->errors(reader) == errors;
}

METHOD(group_role_t, parse, void*,
	private_ks_manager_t *this, const group_entry_t *group,
	config_node_t *node, config_reader_t *reader, group_acl_lookup_t acls,
	void *user)
{
	ks_config_t *config;
	char *dir;

	dir = lib->settings->get_str(lib->settings, "%s.plugins.gdoi-ks.key_dir",
								 getenv("SWANCTL_DIR") ?: SWANCTL_DIR_DEFAULT,
								 lib->ns);
	config = ks_config_parse(group, node, reader, acls, user, dir);
	if (config && !can_follow(this, config, node, reader))
	{
		ks_config_destroy(config);
		return NULL;
	}
	return config;
}

METHOD(group_role_t, changed, bool,
	private_ks_manager_t *this, const char *name, void *parsed)
{
	ks_group_t *group;
	ks_config_t *config;
	bool different;

	group = find_name(this, name);
	if (!group)
	{
		return TRUE;
	}
	config = group->get_config(group);
	different = !ks_config_equals(config, parsed);
	ks_config_destroy(config);
	group->destroy(group);
	return different;
}

METHOD(group_role_t, plan, void,
	private_ks_manager_t *this, const char *name, void *parsed,
	group_change_cb_t change, void *user)
{
	ks_group_t *group = find_name(this, name);
	ks_config_t *config = NULL;

	if (group)
	{
		config = group->get_config(group);
		group->destroy(group);
	}
	ks_changes_report(config, parsed, change, user);
	if (config)
	{
		ks_config_destroy(config);
	}
}

/**
 * Write down what a message uses, before it is sent; implements the guard of
 * ks_group_t
 */
static bool secure(void *user, ks_group_t *group)
{
	ks_keeper_t *keeper = user;

	return keeper->secure(keeper, group);
}

METHOD(ks_manager_t, set_keeper, void,
	private_ks_manager_t *this, ks_keeper_t *keeper)
{
	linked_list_t *list = _list(this, NULL);
	enumerator_t *enumerator;
	ks_group_t *group;

	this->keeper = keeper;
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &group))
	{	/* those that are there were not attached, or shall not be kept */
		group->set_guard(group, NULL, NULL);
	}
	enumerator->destroy(enumerator);
	list->destroy_offset(list, offsetof(ks_group_t, destroy));
}

METHOD(group_role_t, apply, void,
	private_ks_manager_t *this, const group_entry_t *entry, void *parsed)
{
	ks_group_t *group;

	group = find_name(this, entry->name);
	if (group)
	{
		group->configure(group, parsed);
		group->destroy(group);
		return;
	}
	group = ks_group_create(parsed, this->spis, &this->services,
							this->keeper != NULL);
	if (this->keeper)
	{
		group->set_guard(group, secure, this->keeper);
	}
	this->lock->write_lock(this->lock);
	this->groups->insert_last(this->groups, group);
	this->lock->unlock(this->lock);
	if (this->keeper)
	{
		this->keeper->attach(this->keeper, group);
	}
}

METHOD(group_role_t, remove_, void,
	private_ks_manager_t *this, const char *name)
{
	ks_group_t *group;

	group = find_name(this, name);
	if (!group)
	{
		return;
	}
	this->lock->write_lock(this->lock);
	if (this->groups->remove(this->groups, group, NULL))
	{
		group->destroy(group);
	}
	this->lock->unlock(this->lock);
	group->stop(group);
	group->destroy(group);
	if (this->keeper)
	{
		this->keeper->forget(this->keeper, name);
	}
}

METHOD(group_role_t, discard, void,
	private_ks_manager_t *this, void *parsed)
{
	ks_config_destroy(parsed);
}

METHOD(group_role_t, describe, void,
	private_ks_manager_t *this, const char *name, vici_builder_t *builder)
{
	ks_status_t status;
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		group->get_status(group, &status);
		ks_status_describe(&status, builder);
		ks_status_clear(&status);
		group->destroy(group);
	}
}

METHOD(group_role_t, policies, void,
	private_ks_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	ks_status_t status;
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		group->get_status(group, &status);
		ks_status_policies(&status, row, user);
		ks_status_clear(&status);
		group->destroy(group);
	}
}

METHOD(group_role_t, rules, void,
	private_ks_manager_t *this, const char *name, const group_packet_t *packet,
	group_row_cb_t row, void *user)
{
	ks_status_t status;
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		group->get_status(group, &status);
		ks_rules_list(&status, packet, row, user);
		ks_status_clear(&status);
		group->destroy(group);
	}
}

/**
 * List rows made of the status of a group.
 *
 * @param list		makes the rows
 */
static void list_status(private_ks_manager_t *this, const char *name,
						void (*list)(ks_status_t *status,
									 group_row_cb_t row, void *user),
						group_row_cb_t row, void *user)
{
	ks_status_t status;
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		group->get_status(group, &status);
		list(&status, row, user);
		ks_status_clear(&status);
		group->destroy(group);
	}
}

METHOD(group_role_t, rekeys, void,
	private_ks_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	list_status(this, name, ks_status_rekeys, row, user);
}

METHOD(group_role_t, sids, void,
	private_ks_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		group->list_sids(group, row, user);
		group->destroy(group);
	}
}

METHOD(group_role_t, replay, void,
	private_ks_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	list_status(this, name, ks_status_replay, row, user);
}

METHOD(group_role_t, features, void,
	private_ks_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	ks_config_t *config;
	ks_group_t *group;

	group = find_name(this, name);
	if (group)
	{
		config = group->get_config(group);
		ks_features_list(config, group->get_members(group), row, user);
		ks_config_destroy(config);
		group->destroy(group);
	}
}

METHOD(ks_manager_t, destroy, void,
	private_ks_manager_t *this)
{
	this->groups->destroy_offset(this->groups, offsetof(ks_group_t, destroy));
	this->spis->destroy(this->spis);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
ks_manager_t *ks_manager_create(const ks_services_t *services)
{
	private_ks_manager_t *this;

	INIT(this,
		.public = {
			.role = {
				.section = "server",
				.parse = _parse,
				.refused = _refused,
				.changed = _changed,
				.plan = _plan,
				.apply = _apply,
				.remove = _remove_,
				.discard = _discard,
				.describe = _describe,
				.policies = _policies,
				.rules = _rules,
				.rekeys = _rekeys,
				.sids = _sids,
				.replay = _replay,
				.features = _features,
			},
			.find = _find,
			.claims = _claims,
			.list = _list,
			.set_keeper = _set_keeper,
			.tick = _tick,
			.destroy = _destroy,
		},
		.groups = linked_list_create(),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.spis = ks_spis_create(),
		.log = services->log,
		.services = *services,
	);
	return &this->public;
}
