/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_manager.h"
#include "gm_changes.h"
#include "gm_group.h"
#include "gm_links.h"
#include "gm_lockout.h"
#include "gm_log.h"
#include "gm_members.h"
#include "gm_neighbours.h"
#include "gm_replay.h"
#include "gm_vici.h"

#include "../transport/gdoi_vendor_id.h"
#include "../vici/feature_row.h"

typedef struct private_gm_manager_t private_gm_manager_t;

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
	 * Groups
	 */
	gm_members_t *members;
};

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

	return initiator && this->members->has_server(this->members, connection);
}

METHOD(gdoi_handler_t, established, void,
	gdoi_handler_t *handler, gdoi_phase1_t *phase1)
{
	private_gm_manager_t *this = from_handler(handler);
	enumerator_t *enumerator;
	linked_list_t *groups;
	gm_group_t *group;

	this->links->answer(this->links, phase1);
	groups = this->members->collect(this->members,
									phase1->get_connection(phase1), NULL);
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

	groups = this->members->collect(this->members, NULL, phase1);
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

	groups = this->members->collect(this->members, NULL, phase1);
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

	groups = this->members->collect(this->members, NULL, phase1);
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
	groups = this->members->collect(this->members, connection, NULL);
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

	groups = this->members->collect(this->members, NULL, NULL);
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
	linked_list_t *groups = this->members->collect(this->members, NULL, NULL);

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
		old = this->members->get_config(this->members, group->name);
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
	gm_config_t *config = parsed, *old;
	bool changed;

	old = this->members->get_config(this->members, name);
	changed = !old || !config->equals(config, old);
	DESTROY_IF(old);
	return changed;
}

METHOD(group_role_t, plan, void,
	private_gm_manager_t *this, const char *name, void *parsed,
	group_change_cb_t change, void *user)
{
	gm_config_t *config = this->members->get_config(this->members, name);

	gm_changes_report(config, parsed, change, user);
	DESTROY_IF(config);
}

/**
 * Start a group
 *
 * @param config		configuration, adopted
 */
static void add(private_gm_manager_t *this, gm_config_t *config)
{
	const char *name = config->get(config)->group.name;
	gm_member_t *member;

	INIT(member,
		.config = config,
		.link = this->links->create_link(this->links),
		/* only one load runs at a time, so that it stays free */
		.index = this->members->get_index(this->members),
	);
	member->group = gm_group_create(config, member->index, this->runtime,
									this->system, member->link);
	this->members->add(this->members, member);
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
	gm_member_t *member;

	member = this->members->remove(this->members, name);
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
	gm_config_t *config = parsed, *old;
	gm_group_t *group;

	if (!this->members->replace(this->members, config, &old, &group))
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
	gm_group_t *group = this->members->get_group(this->members, name);

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
	gm_group_t *group = this->members->get_group(this->members, name);

	gm_vici_list(group, this->runtime->now(this->runtime), list, row, user);
	DESTROY_IF(group);
}

METHOD(group_role_t, rules, void,
	private_gm_manager_t *this, const char *name, const group_packet_t *packet,
	group_row_cb_t row, void *user)
{
	gm_group_t *group = this->members->get_group(this->members, name);
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

METHOD(group_role_t, replay, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	gm_group_t *group = this->members->get_group(this->members, name);

	gm_replay_list(group, this->runtime, row, user);
	DESTROY_IF(group);
}

METHOD(group_role_t, replay_errors, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	gm_group_t *group = this->members->get_group(this->members, name);

	gm_replay_list_errors(group, row, user);
	DESTROY_IF(group);
}

METHOD(group_role_t, features, void,
	private_gm_manager_t *this, const char *name, group_row_cb_t row,
	void *user)
{
	feature_row_list(gdoi_vendor_features(), "member", "this host", row, user);
}

METHOD(group_role_t, reset, void,
	private_gm_manager_t *this, const char *name, group_reset_t what)
{
	gm_group_t *group = this->members->get_group(this->members, name);

	if (group)
	{
		group->reset(group);
		group->destroy(group);
	}
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
	gm_members_t *members = from_directory(directory)->members;

	return members->get_group(members, name);
}

METHOD(gm_directory_t, get_groups, linked_list_t*,
	gm_directory_t *directory)
{
	gm_members_t *members = from_directory(directory)->members;

	return members->collect(members, NULL, NULL);
}

METHOD(gm_manager_t, destroy, void,
	private_gm_manager_t *this)
{
	const char *name;

	DESTROY_IF(this->vici);
	this->transport->set_unknown(this->transport, NULL, NULL);
	this->transport->remove_handler(this->transport, &this->handler);
	while ((name = this->members->get_first(this->members)))
	{
		remove_(this, name);
	}
	this->members->destroy(this->members);
	this->links->destroy(this->links);
	this->system->destroy(this->system);
	this->runtime->destroy(this->runtime);
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
				.replay = (void*)_replay,
				.replay_errors = (void*)_replay_errors,
				.features = (void*)_features,
				.reset = (void*)_reset,
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
	);
	this->system = gm_system_create((void*)queue_changed_routes, this);
	this->links = gm_links_create(this->transport, &this->handler,
								  this->system);
	this->members = gm_members_create(this->links);
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
