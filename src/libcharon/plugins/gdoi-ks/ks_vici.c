/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_vici.h"
#include "ks_status.h"

#include <config/config_text.h>

/** records copied at a time */
#define CHUNK 64

typedef struct private_ks_vici_t private_ks_vici_t;

/**
 * Private data
 */
struct private_ks_vici_t {

	/**
	 * Public interface
	 */
	ks_vici_t public;

	/**
	 * VICI service
	 */
	gdoi_vici_t *vici;

	/**
	 * Groups
	 */
	ks_manager_t *manager;

	/**
	 * Registrations
	 */
	ks_pull_t *pull;

	/**
	 * Clock of the groups
	 */
	ks_clock_t clock;
};

/**
 * Send the row of a member
 */
static void send_member(private_ks_vici_t *this, u_int client,
						ks_config_t *config, ks_member_t *member)
{
	vici_builder_t *builder;
	vici_message_t *message;

	builder = ks_status_member(config, member, this->clock());
	message = builder->finalize(builder);
	if (message)
	{
		this->vici->dispatcher->raise_event(this->vici->dispatcher,
											"list-member", client, message);
	}
}

/**
 * Send the rows of a group, chunk by chunk, so that neither memory nor the
 * time that the table is locked depend on the number of members
 */
static void send_group(private_ks_vici_t *this, u_int client,
					   ks_group_t *group, char *wanted)
{
	ks_members_t *members = group->get_members(group);
	ks_config_t *config = group->get_config(group);
	ks_member_t *rows[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = members->snapshot(members, after, rows, CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			if (!wanted || ks_status_member_is(rows[i], wanted))
			{
				send_member(this, client, config, rows[i]);
			}
			free(rows[i]);
		}
	}
	ks_config_destroy(config);
}

CALLBACK(list_members, vici_message_t*,
	private_ks_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	enumerator_t *enumerator;
	vici_builder_t *builder;
	linked_list_t *groups;
	ks_group_t *group;
	char *wanted;

	wanted = request->get_str(request, NULL, "id");
	groups = this->manager->list(this->manager,
								 request->get_str(request, NULL, "group"));
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		send_group(this, id, group, wanted);
	}
	enumerator->destroy(enumerator);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	builder = vici_builder_create();
	return builder->finalize(builder);
}

/**
 * Answer that a request is refused
 */
static vici_message_t *refuse(const char *errmsg)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "success", "no");
	builder->add_kv(builder, "errmsg", "%s", errmsg);
	return builder->finalize(builder);
}

/**
 * Get a flag of a request.
 *
 * @return				FALSE if it is neither yes nor no
 */
static bool get_flag(vici_message_t *request, char *name, bool *flag)
{
	char *value = request->get_str(request, "no", "%s", name);

	*flag = FALSE;
	return config_text_bool(value, flag);
}

CALLBACK(rekey, vici_message_t*,
	private_ks_vici_t *this, char *command, u_int id, vici_message_t *request)
{
	char *name = request->get_str(request, NULL, "group");
	const char *reason = "there is no such group";
	enumerator_t *enumerator;
	vici_builder_t *builder;
	linked_list_t *groups;
	ks_group_t *group;
	bool replace;
	u_int count = 0;

	if (!get_flag(request, "replace", &replace))
	{
		return refuse("replace: is neither yes nor no (write yes or no)");
	}
	builder = vici_builder_create();
	builder->begin_list(builder, "groups");
	groups = this->manager->list(this->manager, name);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (group->rekey(group, replace, &reason))
		{
			count++;
			builder->add_li(builder, "%s", group->get_name(group));
		}
	}
	enumerator->destroy(enumerator);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	builder->end_list(builder);
	if (!count && name)
	{
		builder->destroy(builder);
		return refuse(reason);
	}
	builder->add_kv(builder, "success", "yes");
	return builder->finalize(builder);
}

CALLBACK(recheck, vici_message_t*,
	private_ks_vici_t *this, char *command, u_int id, vici_message_t *request)
{
	char *name = request->get_str(request, NULL, "group");
	enumerator_t *enumerator;
	vici_builder_t *builder;
	linked_list_t *groups;
	ks_group_t *group;
	bool found;

	builder = vici_builder_create();
	builder->begin_list(builder, "groups");
	groups = this->manager->list(this->manager, name);
	found = groups->get_count(groups);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->recheck(group);
		builder->add_li(builder, "%s", group->get_name(group));
	}
	enumerator->destroy(enumerator);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	builder->end_list(builder);
	if (!found && name)
	{
		builder->destroy(builder);
		return refuse("there is no such group");
	}
	builder->add_kv(builder, "success", "yes");
	return builder->finalize(builder);
}

CALLBACK(remove_members, vici_message_t*,
	private_ks_vici_t *this, char *command, u_int id, vici_message_t *request)
{
	char *name = request->get_str(request, NULL, "group");
	const char *reason = "there is no such group";
	linked_list_t *groups;
	vici_builder_t *builder;
	ks_group_t *group = NULL;
	bool now, removed = FALSE;
	u_int count = 0;

	if (!name)
	{
		return refuse("group: is missing");
	}
	if (!get_flag(request, "now", &now))
	{
		return refuse("now: is neither yes nor no (write yes or no)");
	}
	groups = this->manager->list(this->manager, name);
	if (groups->get_first(groups, (void**)&group) == SUCCESS)
	{
		removed = group->remove_members(group,
								request->get_str(request, NULL, "id"), now,
								&count, &reason);
	}
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	if (!removed)
	{
		return refuse(reason);
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "success", "yes");
	builder->add_kv(builder, "removed", "%u", count);
	return builder->finalize(builder);
}

/**
 * Implements gdoi_stats_cb_t
 */
static void add_stats(void *user, vici_builder_t *builder)
{
	private_ks_vici_t *this = user;
	enumerator_t *enumerator;
	linked_list_t *groups;
	ks_members_t *members;
	ks_group_t *group;
	u_int count = 0;

	groups = this->manager->list(this->manager, NULL);
	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		members = group->get_members(group);
		count += members->get_count(members);
	}
	enumerator->destroy(enumerator);
	builder->add_kv(builder, "groups", "%d", groups->get_count(groups));
	builder->add_kv(builder, "members", "%u", count);
	groups->destroy_offset(groups, offsetof(ks_group_t, destroy));
	this->pull->add_stats(this->pull, builder);
}

/**
 * Register or unregister commands, events and counters
 */
static void manage(private_ks_vici_t *this, bool reg)
{
	vici_dispatcher_t *dispatcher = this->vici->dispatcher;

	dispatcher->manage_event(dispatcher, "list-member", reg);
	dispatcher->manage_command(dispatcher, "list-members",
							   reg ? list_members : NULL, this);
	dispatcher->manage_command(dispatcher, "rekey", reg ? rekey : NULL, this);
	dispatcher->manage_command(dispatcher, "recheck",
							   reg ? recheck : NULL, this);
	dispatcher->manage_command(dispatcher, "remove-members",
							   reg ? remove_members : NULL, this);
	if (reg)
	{
		this->vici->add_stats(this->vici, "ks", add_stats, this);
	}
	else
	{
		this->vici->remove_stats(this->vici, "ks");
	}
}

METHOD(ks_vici_t, destroy, void,
	private_ks_vici_t *this)
{
	manage(this, FALSE);
	free(this);
}

/*
 * Described in header
 */
ks_vici_t *ks_vici_create(gdoi_vici_t *vici, ks_manager_t *manager,
						  ks_pull_t *pull, ks_clock_t clock)
{
	private_ks_vici_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.vici = vici,
		.manager = manager,
		.pull = pull,
		.clock = clock,
	);
	manage(this, TRUE);
	return &this->public;
}
