/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_vici.h"
#include "gdoi_vici.h"
#include "load_answer.h"
#include "../config/config_message.h"
#include "../config/config_text.h"
#include "../config/group_config.h"
#include "../gdoi_log.h"

/** range of the time to confirm a load, in ms */
#define CONFIRM_MIN 1000ULL
#define CONFIRM_MAX (3600 * 1000ULL)

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
 * Log that a load waits to be confirmed
 */
static void log_pending(uint32_t seconds)
{
	gdoi_log_t *log = lib->get(lib, GDOI_LOG_NAME);

	if (log)
	{
		log->log(log, 5, "GDOI_CONFIG_PENDING", NULL, NULL, "Groups were "
				 "loaded; those before them come back in %u s unless they are "
				 "confirmed", seconds);
	}
}

/**
 * Answer to load-groups with a tree
 */
static vici_message_t *load_tree(private_group_vici_t *this,
								 config_node_t *root, group_load_t *load)
{
	config_reader_t *reader = config_reader_create();
	load_answer_t *answer = load_answer_create();
	vici_message_t *message;
	uint32_t pending = 0;
	bool good;

	answer->attach(answer, load);
	good = this->config->load(this->config, root, reader, load);
	if (good && load->confirm && !load->dry_run)
	{
		pending = this->config->get_confirm_in(this->config);
	}
	if (pending)
	{
		log_pending(pending);
	}
	message = answer->build(answer, good, reader, pending);
	answer->destroy(answer);
	reader->destroy(reader);
	return message;
}

/**
 * Read how a client wants groups loaded
 *
 * @return				what is wrong, NULL if nothing
 */
static const char *read_options(vici_message_t *request, group_load_t *load)
{
	char *dry_run, *confirm;
	uint64_t time;

	dry_run = request->get_str(request, "no", "dry-run");
	if (!config_text_bool(dry_run, &load->dry_run))
	{	/* better not to load at all than for somebody who only asked */
		return "dry-run: is neither yes nor no (write yes or no)";
	}
	confirm = request->get_str(request, NULL, "confirm");
	if (confirm)
	{
		if (!config_text_time(confirm, &time) || time < CONFIRM_MIN ||
			time > CONFIRM_MAX)
		{
			return "confirm: is not a time from 1s to 1h (write e.g. 60s)";
		}
		load->confirm = (time + 999) / 1000;
	}
	return NULL;
}

CALLBACK(load_groups, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	group_load_t load = {};
	vici_message_t *message;
	config_node_t *root;
	const char *wrong;
	char *error;

	wrong = read_options(request, &load);
	if (wrong)
	{
		return refuse(wrong);
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
		message = load_tree(this, root, &load);
	}
	else
	{	/* it would end all groups, which nobody means who forgot them */
		message = refuse("groups: is missing (send an empty section to end all "
						 "groups)");
	}
	root->destroy(root);
	return message;
}

CALLBACK(confirm_groups, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	gdoi_log_t *log = lib->get(lib, GDOI_LOG_NAME);
	vici_builder_t *builder;

	if (!this->config->confirm(this->config))
	{
		return refuse("nothing waits to be confirmed (it was confirmed, "
					  "replaced or rolled back before)");
	}
	if (log)
	{
		log->log(log, 5, "GDOI_CONFIG_CONFIRMED", NULL, NULL, "The groups "
				 "loaded last are confirmed");
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "success", "yes");
	return builder->finalize(builder);
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
 * Hand out the rows of all groups, or of the one that the request names
 *
 * @param what			what to list
 * @param row			called per row
 * @param user			passed to row
 */
static vici_message_t *list_with(private_group_vici_t *this,
								 vici_message_t *request, group_list_t what,
								 group_row_cb_t row, void *user)
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
			this->config->list(this->config, what, group->name, row, user);
		}
	}
	enumerator->destroy(enumerator);
	builder = vici_builder_create();
	return builder->finalize(builder);
}

/**
 * Stream rows of a list
 *
 * @param what			what to list
 */
static vici_message_t *list_rows(private_group_vici_t *this,
								 vici_message_t *request, rows_t *rows,
								 group_list_t what)
{
	return list_with(this, request, what, send_row, rows);
}

/**
 * Stream the lines in force, or what becomes of a packet
 */
static vici_message_t *list_rules(private_group_vici_t *this,
								  vici_message_t *request, rows_t *rows,
								  const group_packet_t *packet)
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
			this->config->rules(this->config, group->name, packet, send_row,
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
	bool effective = FALSE;
	vici_message_t *message;
	group_packet_t packet;
	char *text, *error;
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-policy",
		.id = id,
	};

	text = request->get_str(request, NULL, "packet");
	if (text)
	{
		if (group_packet_parse(text, &packet, &error))
		{
			return list_rules(this, request, &rows, &packet);
		}
		message = refuse(error ?: "packet: can't be read");
		free(error);
		return message;
	}
	if (!config_text_bool(request->get_str(request, "no", "effective"),
						  &effective))
	{
		return refuse("effective: is neither yes nor no (write yes or no)");
	}
	return effective ? list_rules(this, request, &rows, NULL)
					 : list_rows(this, request, &rows, GROUP_LIST_POLICIES);
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

CALLBACK(list_replay, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	rows_t rows = {
		.dispatcher = this->dispatcher,
		.event = "list-replay",
		.id = id,
	};
	vici_message_t *message;
	bool history;

	if (!config_text_bool(request->get_str(request, "no", "history"), &history))
	{
		return refuse("history: is neither yes nor no (write yes or no)");
	}
	message = list_rows(this, request, &rows, GROUP_LIST_REPLAY);
	if (history)
	{
		message->destroy(message);
		message = list_rows(this, request, &rows, GROUP_LIST_REPLAY_ERRORS);
	}
	return message;
}

/**
 * Features that a client asked for
 */
typedef struct {
	/** where rows go */
	rows_t rows;
	/** only this feature, NULL for all */
	char *name;
	/** TRUE for those that can't do it only */
	bool missing;
} features_t;

/**
 * Send the row of a feature, if it was asked for
 */
static void send_feature(void *user, vici_builder_t *builder)
{
	features_t *features = user;
	vici_message_t *message;
	char *feature;
	bool able;

	message = builder->finalize(builder);
	if (!message)
	{
		return;
	}
	feature = message->get_str(message, "", "feature");
	able = message->get_bool(message, FALSE, "supported");
	if ((features->name && !streq(features->name, feature)) ||
		(features->missing && able))
	{
		message->destroy(message);
		return;
	}
	features->rows.dispatcher->raise_event(features->rows.dispatcher,
								features->rows.event, features->rows.id,
								message);
}

CALLBACK(list_features, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	features_t features = {
		.rows = {
			.dispatcher = this->dispatcher,
			.event = "list-feature",
			.id = id,
		},
		.name = request->get_str(request, NULL, "name"),
	};

	if (!config_text_bool(request->get_str(request, "no", "missing"),
						  &features.missing))
	{
		return refuse("missing: is neither yes nor no (write yes or no)");
	}
	return list_with(this, request, GROUP_LIST_FEATURES, send_feature,
					 &features);
}

CALLBACK(reset_counters, vici_message_t*,
	private_group_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	enumerator_t *enumerator;
	const group_entry_t *group;
	vici_builder_t *builder;
	char *filter, *what;
	bool found = FALSE;

	what = request->get_str(request, "all", "what");
	if (!streq(what, "replay") && !streq(what, "all"))
	{
		return refuse("what: there are no counters of that name to reset "
					  "(write replay or all)");
	}
	filter = request->get_str(request, NULL, "group");
	enumerator = this->config->create_enumerator(this->config);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (!filter || streq(filter, group->name))
		{
			this->config->reset(this->config, group->name, GROUP_RESET_REPLAY);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	if (filter && !found)
	{
		return refuse("group: there is no group of this name");
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "success", "yes");
	return builder->finalize(builder);
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
	dispatcher->manage_event(dispatcher, "list-replay", reg);
	dispatcher->manage_event(dispatcher, "list-feature", reg);
	dispatcher->manage_command(dispatcher, "load-groups",
							   reg ? load_groups : NULL, this);
	dispatcher->manage_command(dispatcher, "confirm-groups",
							   reg ? confirm_groups : NULL, this);
	dispatcher->manage_command(dispatcher, "list-groups",
							   reg ? list_groups : NULL, this);
	dispatcher->manage_command(dispatcher, "list-policies",
							   reg ? list_policies : NULL, this);
	dispatcher->manage_command(dispatcher, "list-rekeys",
							   reg ? list_rekeys : NULL, this);
	dispatcher->manage_command(dispatcher, "list-sids",
							   reg ? list_sids : NULL, this);
	dispatcher->manage_command(dispatcher, "list-replay",
							   reg ? list_replay : NULL, this);
	dispatcher->manage_command(dispatcher, "list-features",
							   reg ? list_features : NULL, this);
	dispatcher->manage_command(dispatcher, "reset-counters",
							   reg ? reset_counters : NULL, this);
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
