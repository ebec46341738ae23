/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_manager.h"
#include "gm_changes.h"
#include "gm_group.h"
#include "gm_links.h"
#include "gm_lockout.h"
#include "gm_log.h"
#include "gm_neighbours.h"
#include "gm_vici.h"

#include <collections/linked_list.h>
#include <threading/mutex.h>

typedef struct private_gm_manager_t private_gm_manager_t;

/**
 * A group with its link
 */
typedef struct {
	/** configuration, as last applied */
	gm_config_t *config;
	/** group, NULL if it could not be made */
	gm_group_t *group;
	/** its way to phase 1 */
	gm_link_t *link;
	/** index of its crypto map */
	u_int index;
} member_t;

/**
 * Private data of an gm_manager_t object.
 */
struct private_gm_manager_t {

	/**
	 * Public interface
	 */
	gm_manager_t public;

	/**
	 * Interface to the transport
	 */
	gdoi_handler_t handler;

	/**
	 * Transport
	 */
	gdoi_transport_t *transport;

	/**
	 * Finds groups for the commands
	 */
	gm_directory_t directory;

	/**
	 * Commands and counters, NULL without VICI service
	 */
	gm_vici_t *vici;

	/**
	 * Clock and timers
	 */
	gm_runtime_t *runtime;

	/**
	 * View of the host
	 */
	gm_system_t *system;

	/**
	 * Who waits for and uses what
	 */
	gm_links_t *links;

	/**
	 * Protects members. Taken in claims() with an IKE_SA locked, so that
	 * nothing is called with it held
	 */
	mutex_t *mutex;

	/**
	 * Groups, as member_t
	 */
	linked_list_t *members;
};

/**
 * Find a group's member_t by its name; mutex is held
 */
static member_t *find(private_gm_manager_t *this, const char *name)
{
	enumerator_t *enumerator;
	member_t *member, *found = NULL;

	enumerator = this->members->create_enumerator(this->members);
	while (!found && enumerator->enumerate(enumerator, &member))
	{
		if (streq(member->config->get(member->config)->group.name, name))
		{
			found = member;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Get a group by its name
 *
 * @return				group with a reference, or NULL
 */
static gm_group_t *get_group(private_gm_manager_t *this, const char *name)
{
	gm_group_t *group = NULL;
	member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member && member->group)
	{
		group = member->group->get_ref(member->group);
	}
	this->mutex->unlock(this->mutex);
	return group;
}

/**
 * Collect the groups that an event is for, so that they can be called without
 * the lock
 *
 * @param connection	those with this connection, NULL for any
 * @param user			those that use this phase 1, NULL for any
 * @return				list of gm_group_t, each with a reference
 */
static linked_list_t *collect(private_gm_manager_t *this,
							  const char *connection, gdoi_phase1_t *user)
{
	linked_list_t *groups = linked_list_create();
	enumerator_t *enumerator;
	member_t *member;

	this->mutex->lock(this->mutex);
	enumerator = this->members->create_enumerator(this->members);
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

/**
 * Give back collected groups
 */
static void put_groups(linked_list_t *groups)
{
	groups->destroy_offset(groups, offsetof(gm_group_t, destroy));
}

/**
 * Get the manager of a handler
 */
static private_gm_manager_t *from_handler(gdoi_handler_t *handler)
{
	return (private_gm_manager_t*)((char*)handler -
								   offsetof(private_gm_manager_t, handler));
}

METHOD(gdoi_handler_t, claims, bool,
	gdoi_handler_t *handler, const char *connection, bool initiator)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	bool found = FALSE;
	member_t *member;

	if (!initiator)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	enumerator = this->members->create_enumerator(this->members);
	while (!found && enumerator->enumerate(enumerator, &member))
	{
		found = member->config->has_server(member->config, connection);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gdoi_handler_t, established, void,
	gdoi_handler_t *handler, gdoi_phase1_t *phase1)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	this->links->answer(this->links, phase1);
	groups = collect(this, phase1->get_connection(phase1), NULL);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->established(group, phase1);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

METHOD(gdoi_handler_t, pull, void,
	gdoi_handler_t *handler, gdoi_phase1_t *phase1, chunk_t datagram)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	groups = collect(this, NULL, phase1);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->pull(group, phase1, datagram);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

METHOD(gdoi_handler_t, notify, void,
	gdoi_handler_t *handler, gdoi_phase1_t *phase1, uint16_t type)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;
	bool alone;

	groups = collect(this, NULL, phase1);
	/* nothing in a notify says which exchange it is for */
	alone = groups->get_count(groups) == 1;
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->notify(group, phase1, type, alone);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

METHOD(gdoi_handler_t, closed, void,
	gdoi_handler_t *handler, gdoi_phase1_t *phase1)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	groups = collect(this, NULL, phase1);
	this->links->forget(this->links, phase1);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->closed(group, phase1);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

METHOD(gdoi_handler_t, failed, void,
	gdoi_handler_t *handler, const char *connection)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	this->links->settle(this->links, connection);
	groups = collect(this, connection, NULL);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->failed(group, connection);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

/**
 * A rekey under a KEK that nobody knows came in
 */
static void unknown_rekey(private_gm_manager_t *this, host_t *src, host_t *dst)
{
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	groups = collect(this, NULL, NULL);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->unknown(group, src, dst);
	}
	enumerator->destroy(enumerator);
	put_groups(groups);
}

/**
 * Addresses or routes have changed
 */
static void changed_routes(private_gm_manager_t *this)
{
	linked_list_t *groups = collect(this, NULL, NULL);

	groups->invoke_offset(groups, offsetof(gm_group_t, roam));
	put_groups(groups);
}

/**
 * Have changed_routes() called by a job: charon calls listeners for addresses
 * and routes with a lock held that every IKE_SA and the crypto map want too
 */
static void queue_changed_routes(private_gm_manager_t *this)
{
	this->runtime->call(this->runtime, 0, (void*)changed_routes, this, NULL);
}

/**
 * Get the configuration in force of a group
 *
 * @return				configuration with a reference, or NULL
 */
static gm_config_t *get_config(private_gm_manager_t *this, const char *name)
{
	gm_config_t *config = NULL;
	member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member)
	{
		config = member->config->get_ref(member->config);
	}
	this->mutex->unlock(this->mutex);
	return config;
}

METHOD(group_role_t, parse, void*,
	private_gm_manager_t *this, const group_entry_t *group,
	config_node_t *node, config_reader_t *reader, group_acl_lookup_t acls,
	void *user)
{
	u_int errors = reader->errors(reader);
	gm_config_t *config, *old;

	config = gm_config_parse(group, node, reader, acls, user);
	if (config)
	{
		old = get_config(this, group->name);
		gm_lockout_check(old, config, node, reader, this->system);
		DESTROY_IF(old);
	}
	if (config && reader->errors(reader) != errors)
	{
		config->destroy(config);
		config = NULL;
	}
	return config;
}

METHOD(group_role_t, compare, void,
	private_gm_manager_t *this, gm_config_t *config, config_node_t *node,
	config_reader_t *reader, gm_config_t *other)
{
	gm_neighbours_check(config, node, reader, other);
}

METHOD(group_role_t, changed, bool,
	private_gm_manager_t *this, const char *name, void *parsed)
{
	gm_config_t *config = parsed;
	member_t *member;
	bool changed;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	changed = !member || !config->equals(config, member->config);
	this->mutex->unlock(this->mutex);
	return changed;
}

METHOD(group_role_t, plan, void,
	private_gm_manager_t *this, const char *name, void *parsed,
	group_change_cb_t change, void *user)
{
	gm_config_t *config = get_config(this, name);

	gm_changes_report(config, parsed, change, user);
	DESTROY_IF(config);
}

/**
 * Find the lowest free index of crypto maps; mutex is held
 */
static u_int get_index(private_gm_manager_t *this)
{
	bool taken[CRYPTO_MAP_INDEX_MAX + 1] = {};
	enumerator_t *enumerator;
	member_t *member;
	u_int index = 0;

	enumerator = this->members->create_enumerator(this->members);
	while (enumerator->enumerate(enumerator, &member))
	{
		if (member->index < countof(taken))
		{
			taken[member->index] = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	while (index < countof(taken) && taken[index])
	{
		index++;
	}
	return index;
}

/**
 * Start a group
 *
 * @param config		configuration, adopted
 */
static void add(private_gm_manager_t *this, gm_config_t *config)
{
	const char *name = config->get(config)->group.name;
	member_t *member;

	INIT(member,
		.config = config,
		.link = this->links->create_link(this->links),
	);
	/* only one load runs at a time, so the index stays free */
	this->mutex->lock(this->mutex);
	member->index = get_index(this);
	this->mutex->unlock(this->mutex);
	member->group = gm_group_create(config, member->index, this->runtime,
									this->system, member->link);
	this->mutex->lock(this->mutex);
	this->members->insert_last(this->members, member);
	this->mutex->unlock(this->mutex);
	if (member->group)
	{
		member->group->start(member->group);
	}
	else
	{
		gm_log(3, "GM_INTERFACE", name, NULL, "Group %s can't have a crypto "
			   "map, it is not started", name);
	}
}

METHOD(group_role_t, remove_, void,
	private_gm_manager_t *this, const char *name)
{
	member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, name);
	if (member)
	{
		this->members->remove(this->members, member, NULL);
	}
	this->mutex->unlock(this->mutex);
	if (member)
	{
		if (member->group)
		{
			member->group->stop(member->group);
			member->group->destroy(member->group);
		}
		this->links->remove_link(this->links, member->link);
		member->config->destroy(member->config);
		free(member);
	}
}

METHOD(group_role_t, apply, void,
	private_gm_manager_t *this, const group_entry_t *entry, void *parsed)
{
	gm_config_t *config = parsed, *old = NULL;
	gm_group_t *group = NULL;
	member_t *member;

	this->mutex->lock(this->mutex);
	member = find(this, entry->name);
	if (member && member->group &&
		config->same_place(config, member->config))
	{
		group = member->group->get_ref(member->group);
		old = member->config;
		member->config = config;
	}
	this->mutex->unlock(this->mutex);
	if (!group)
	{
		remove_(this, entry->name);
		add(this, config);
		return;
	}
	if (!config->equals(config, old))
	{
		group->configure(group, config);
	}
	old->destroy(old);
	group->destroy(group);
}

METHOD(group_role_t, discard, void,
	private_gm_manager_t *this, void *parsed)
{
	gm_config_t *config = parsed;

	config->destroy(config);
}

METHOD(group_role_t, describe, void,
	private_gm_manager_t *this, const char *name, vici_builder_t *builder)
{
	gm_group_t *group = get_group(this, name);

	gm_vici_describe(group, this->runtime->now(this->runtime), builder);
	DESTROY_IF(group);
}

/**
 * Hand out rows of a group
 *
 * @param list			hands out those of a status
 */
static void list_rows(private_gm_manager_t *this, const char *name,
					  gm_vici_rows_t list, group_row_cb_t row, void *user)
{
	gm_group_t *group = get_group(this, name);

	gm_vici_list(group, this->runtime->now(this->runtime), list, row, user);
	DESTROY_IF(group);
}

METHOD(group_role_t, rules, void,
	private_gm_manager_t *this, const char *name, const group_packet_t *packet,
	group_row_cb_t row, void *user)
{
	gm_group_t *group = get_group(this, name);
	gm_status_t status;

	if (group)
	{
		group->get_status(group, &status);
		gm_status_rules(&status, packet, row, user);
		gm_status_clear(&status);
		group->destroy(group);
	}
}

METHOD(group_role_t, policies, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	list_rows(this, name, gm_status_policies, row, user);
}

METHOD(group_role_t, rekeys, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	list_rows(this, name, gm_status_rekeys, row, user);
}

METHOD(group_role_t, sids, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	list_rows(this, name, gm_status_sids, row, user);
}

/**
 * Get the manager of a directory
 */
static private_gm_manager_t *from_directory(gm_directory_t *directory)
{
	return (private_gm_manager_t*)((char*)directory -
								   offsetof(private_gm_manager_t, directory));
}

METHOD(gm_directory_t, find_group, gm_group_t*,
	gm_directory_t *directory, const char *name)
{
	return get_group(from_directory(directory), name);
}

METHOD(gm_directory_t, get_groups, linked_list_t*,
	gm_directory_t *directory)
{
	return collect(from_directory(directory), NULL, NULL);
}

METHOD(gm_manager_t, destroy, void,
	private_gm_manager_t *this)
{
	member_t *member;

	DESTROY_IF(this->vici);
	this->transport->set_unknown(this->transport, NULL, NULL);
	this->transport->remove_handler(this->transport, &this->handler);
	while (this->members->get_first(this->members,
									(void**)&member) == SUCCESS)
	{
		remove_(this, member->config->get(member->config)->group.name);
	}
	this->members->destroy(this->members);
	this->links->destroy(this->links);
	this->system->destroy(this->system);
	this->runtime->destroy(this->runtime);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gm_manager_t *gm_manager_create_with(gm_runtime_t *runtime)
{
	private_gm_manager_t *this;
	gdoi_vici_t *vici;

	INIT(this,
		.public = {
			.role = {
				.section = "member",
				.parse = (void*)_parse,
				.compare = (void*)_compare,
				.changed = (void*)_changed,
				.plan = (void*)_plan,
				.apply = (void*)_apply,
				.remove = (void*)_remove_,
				.discard = (void*)_discard,
				.describe = (void*)_describe,
				.policies = (void*)_policies,
				.rules = (void*)_rules,
				.rekeys = (void*)_rekeys,
				.sids = (void*)_sids,
			},
			.destroy = _destroy,
		},
		.handler = {
			.claims = _claims,
			.established = _established,
			.pull = _pull,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
		},
		.directory = {
			.get_group = _find_group,
			.get_groups = _get_groups,
		},
		.transport = lib->get(lib, GDOI_TRANSPORT_NAME),
		.runtime = runtime,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.members = linked_list_create(),
	);
	this->system = gm_system_create((void*)queue_changed_routes, this);
	this->links = gm_links_create(this->transport, &this->handler,
								  this->system);
	this->transport->add_handler(this->transport, &this->handler);
	this->transport->set_unknown(this->transport, (void*)unknown_rekey, this);
	vici = lib->get(lib, GDOI_VICI_NAME);
	if (vici)
	{
		this->vici = gm_vici_create(vici, &this->directory);
	}
	return &this->public;
}

/*
 * Described in header
 */
gm_manager_t *gm_manager_create()
{
	return gm_manager_create_with(gm_runtime_create());
}
