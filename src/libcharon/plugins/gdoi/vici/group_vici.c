/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_vici.h"
#include "gdoi_vici.h"
#include "../config/config_message.h"
#include "../config/config_text.h"
#include "../config/group_config.h"

typedef struct private_group_vici_t private_group_vici_t;
typedef struct rows_t rows_t;

/**
 * Private data of a group_vici_t object.
 */
struct private_group_vici_t {

	/**
	 * Public interface
	 */
	group_vici_t public;

	/**
	 * Dispatcher our commands are registered with
	 */
	vici_dispatcher_t *dispatcher;

	/**
	 * Loaded groups
	 */
	group_config_t *config;
};

/**
 * Rows on their way to a client
 */
struct rows_t {

	/**
	 * Dispatcher to raise events with
	 */
	vici_dispatcher_t *dispatcher;

	/**
	 * Name of the event
	 */
	char *event;

	/**
	 * Client
	 */
	u_int id;
};

/**
 * Note a change for the answer to load-groups
 */
static void add_change(void *user, const char *what, const char *role,
					   const char *group)
{
	vici_builder_t *builder = user;

	builder->add_li(builder, "%s %s %s", what, role, group);
}

/**
 * Add a list of the errors or warnings of a reader
 *
 * @param name			name of the list
 * @param errors		TRUE for errors, FALSE for warnings
 * @return				first line, belongs to the reader; NULL if none
 */
static char *add_lines(vici_builder_t *builder, char *name,
					   config_reader_t *reader, bool errors)
{
	enumerator_t *enumerator;
	char *line, *first = NULL;
	bool error;

	builder->begin_list(builder, name);
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		if (error == errors)
		{
			builder->add_li(builder, "%s", line);
			first = first ?: line;
		}
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
	return first;
}

/**
 * Answer that a request is refused
 */
static vici_message_t *refuse(const char *errmsg)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "success", "no");
	builder->add_kv(builder, "errmsg", "%s", errmsg);
	return builder->finalize(builder);
}

/**
 * Answer to load-groups with a tree
 */
static vici_message_t *load_tree(private_group_vici_t *this,
								 config_node_t *root, bool dry_run)
{
	group_load_t load = {
		.dry_run = dry_run,
		.report = add_change,
	};
	vici_builder_t *builder;
	vici_message_t *message;
	config_reader_t *reader;
	char *first;
	bool good;

	reader = config_reader_create();
	builder = vici_builder_create();
	builder->begin_list(builder, "changes");
	load.user = builder;
	good = this->config->load(this->config, root, reader, &load);
	builder->end_list(builder);
	first = add_lines(builder, "errors", reader, TRUE);
	add_lines(builder, "warnings", reader, FALSE);
	builder->add_kv(builder, "success", good ? "yes" : "no");
	if (!good)
	{
		builder->add_kv(builder, "errmsg", "%s", first ?: "refused");
	}
	message = builder->finalize(builder);
	reader->destroy(reader);
	return message;
}

CALLBACK(load_groups, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	vici_message_t *message;
	config_node_t *root;
	bool dry_run = FALSE;
	char *value, *error;

	value = request->get_str(request, "no", "dry-run");
	if (!config_text_bool(value, &dry_run))
	{	/* better not to load at all than for somebody who only asked */
		return refuse("dry-run: is neither yes nor no (write yes or no)");
	}
	root = config_message_read(request, &error);
	if (!root)
	{
		message = refuse(error);
		free(error);
		return message;
	}
	if (root->get_child(root, "groups"))
	{
		message = load_tree(this, root, dry_run);
	}
	else
	{	/* it would end all groups, which nobody means who forgot them */
		message = refuse("groups: is missing (send an empty section to end all "
						 "groups)");
	}
	root->destroy(root);
	return message;
}

/**
 * Send a row to the client
 */
static void send_row(void *user, vici_builder_t *builder)
{
	rows_t *rows = user;

	rows->dispatcher->raise_event(rows->dispatcher, rows->event,
									rows->id, builder->finalize(builder));
}

/**
 * Send a row about a group
 */
static void send_group(private_group_vici_t *this, const group_entry_t *group,
					   rows_t *rows)
{
	vici_builder_t *builder;
	char id[16];

	builder = vici_builder_create();
	builder->add_kv(builder, "name", "%s", group->name);
	builder->add_kv(builder, "id", "%s",
					group_id_print(&group->id, id, sizeof(id)));
	builder->add_kv(builder, "id-type", "%s",
				group->id.type == GROUP_ID_ADDRESS ? "address" : "number");
	this->config->describe(this->config, group->name, builder);
	send_row(rows, builder);
}

CALLBACK(list_groups, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-group",
		.id = id,
	};
	enumerator_t *enumerator;
	const group_entry_t *group;
	vici_builder_t *builder;
	char *filter;

	filter = request->get_str(request, NULL, "group");
	enumerator = this->config->create_enumerator(this->config);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (!filter || streq(filter, group->name))
		{
			send_group(this, group, &rows);
		}
	}
	enumerator->destroy(enumerator);
	builder = vici_builder_create();
	return builder->finalize(builder);
}

/**
 * Stream the rows of all groups, or of the one that the request names
 *
 * @param what			what to list
 */
static vici_message_t *list_rows(private_group_vici_t *this,
								 vici_message_t *request, rows_t *rows,
								 group_list_t what)
{
	enumerator_t *enumerator;
	const group_entry_t *group;
	vici_builder_t *builder;
	char *filter;

	filter = request->get_str(request, NULL, "group");
	enumerator = this->config->create_enumerator(this->config);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (!filter || streq(filter, group->name))
		{
			this->config->list(this->config, what, group->name, send_row,
							   rows);
		}
	}
	enumerator->destroy(enumerator);
	builder = vici_builder_create();
	return builder->finalize(builder);
}

CALLBACK(list_policies, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-policy",
		.id = id,
	};

	return list_rows(this, request, &rows, GROUP_LIST_POLICIES);
}

CALLBACK(list_rekeys, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-rekey",
		.id = id,
	};

	return list_rows(this, request, &rows, GROUP_LIST_REKEYS);
}

CALLBACK(list_sids, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-sid",
		.id = id,
	};

	return list_rows(this, request, &rows, GROUP_LIST_SIDS);
}

/**
 * Register or unregister commands and events
 */
static void manage(private_group_vici_t *this, bool reg)
{
	vici_dispatcher_t *dispatcher = this->dispatcher;

	dispatcher->manage_event(dispatcher, "list-group", reg);
	dispatcher->manage_event(dispatcher, "list-policy", reg);
	dispatcher->manage_event(dispatcher, "list-rekey", reg);
	dispatcher->manage_event(dispatcher, "list-sid", reg);
	dispatcher->manage_command(dispatcher, "load-groups",
							   reg ? load_groups : NULL, this);
	dispatcher->manage_command(dispatcher, "list-groups",
							   reg ? list_groups : NULL, this);
	dispatcher->manage_command(dispatcher, "list-policies",
							   reg ? list_policies : NULL, this);
	dispatcher->manage_command(dispatcher, "list-rekeys",
							   reg ? list_rekeys : NULL, this);
	dispatcher->manage_command(dispatcher, "list-sids",
							   reg ? list_sids : NULL, this);
}

METHOD(group_vici_t, destroy, void,
	private_group_vici_t *this)
{
	manage(this, FALSE);
	free(this);
}

/*
 * Described in header.
 */
group_vici_t *group_vici_create()
{
	private_group_vici_t *this;
	gdoi_vici_t *vici;
	group_config_t *config;

	vici = lib->get(lib, GDOI_VICI_NAME);
	config = lib->get(lib, GROUP_CONFIG_NAME);
	if (!vici || !config)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.dispatcher = vici->dispatcher,
		.config = config,
	);
	manage(this, TRUE);
	return &this->public;
}
