/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_rows.h"

/**
 * Short name of a role in VICI messages
 */
static char *role_name(group_role_t *role)
{
	return streq(role->section, "server") ? "ks" : "gm";
}

/*
 * Described in header.
 */
void group_rows_describe(group_role_t *role, const char *name,
						 vici_builder_t *builder)
{
	builder->begin_section(builder, role_name(role));
	role->describe(role, name, builder);
	builder->end_section(builder);
}

/**
 * What every row of a group and role has
 */
typedef struct {
	/** name of the group */
	const char *group;
	/** short name of the role */
	char *role;
	/** where the row goes */
	group_row_cb_t row;
	/** user data for it */
	void *user;
} row_data_t;

/**
 * Copy all elements of a message
 */
static void copy_elements(vici_message_t *message, vici_builder_t *builder)
{
	enumerator_t *enumerator;
	vici_type_t type;
	chunk_t value;
	char *name;

	enumerator = message->create_enumerator(message);
	while (enumerator->enumerate(enumerator, &type, &name, &value) &&
		   type != VICI_END)
	{
		switch (type)
		{
			case VICI_KEY_VALUE:
				builder->add(builder, type, name, value);
				break;
			case VICI_LIST_ITEM:
				builder->add(builder, type, value);
				break;
			default:
				builder->add(builder, type, name);
				break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Complete a row: what it belongs to comes first, a reader expects it there
 */
static void complete_row(void *user, vici_builder_t *row)
{
	row_data_t *data = user;
	vici_builder_t *builder;
	vici_message_t *message;

	message = row->finalize(row);
	if (!message)
	{
		return;
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "group", "%s", data->group);
	builder->add_kv(builder, "role", "%s", data->role);
	copy_elements(message, builder);
	message->destroy(message);
	data->row(data->user, builder);
}

/**
 * Method of a role that lists something, NULL if it has none
 */
static void (*get_method(group_role_t *role, group_list_t what))(
							group_role_t*, const char*, group_row_cb_t, void*)
{
	switch (what)
	{
		case GROUP_LIST_POLICIES:
			return role->policies;
		case GROUP_LIST_REKEYS:
			return role->rekeys;
		case GROUP_LIST_SIDS:
			return role->sids;
		case GROUP_LIST_REPLAY:
			return role->replay;
		case GROUP_LIST_REPLAY_ERRORS:
			return role->replay_errors;
		case GROUP_LIST_FEATURES:
			return role->features;
	}
	return NULL;
}

/*
 * Described in header.
 */
void group_rows_list(group_role_t *role, group_list_t what, const char *name,
					 group_row_cb_t row, void *user)
{
	row_data_t data = {
		.group = name,
		.role = role_name(role),
		.row = row,
		.user = user,
	};
	void (*list)(group_role_t*, const char*, group_row_cb_t, void*);

	list = get_method(role, what);
	if (list)
	{
		list(role, name, complete_row, &data);
	}
}

/*
 * Described in header.
 */
void group_rows_rules(group_role_t *role, const char *name,
					  const group_packet_t *packet, group_row_cb_t row,
					  void *user)
{
	row_data_t data = {
		.group = name,
		.role = role_name(role),
		.row = row,
		.user = user,
	};

	if (role->rules)
	{
		role->rules(role, name, packet, complete_row, &data);
	}
}
