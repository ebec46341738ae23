/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_vici.h"
#include "gm_stats.h"

typedef struct private_gm_vici_t private_gm_vici_t;

/**
 * Private data of an gm_vici_t object.
 */
struct private_gm_vici_t {

	/**
	 * Public interface
	 */
	gm_vici_t public;

	/**
	 * VICI service
	 */
	gdoi_vici_t *vici;

	/**
	 * Finds groups
	 */
	gm_directory_t *directory;
};

/**
 * Get the group that a command is for
 *
 * @param errmsg		set to why there is none
 * @return				group with a reference, or NULL
 */
static gm_group_t *get_group(private_gm_vici_t *this, vici_message_t *request,
							 const char **errmsg)
{
	gm_group_t *group = NULL;
	char *name;

	name = request->get_str(request, NULL, "group");
	if (name)
	{
		group = this->directory->get_group(this->directory, name);
	}
	*errmsg = name ? "this host is no member of a group of this name"
				   : "group is missing, write the name of a group";
	return group;
}

/**
 * Build an answer
 *
 * @param errmsg		why it failed, NULL if it did not
 */
static vici_message_t *answer(const char *errmsg)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "success", "%s", errmsg ? "no" : "yes");
	if (errmsg)
	{
		builder->add_kv(builder, "errmsg", "%s", errmsg);
	}
	return builder->finalize(builder);
}

CALLBACK(do_register, vici_message_t*,
	private_gm_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	const char *errmsg;
	gm_group_t *group;

	group = get_group(this, request, &errmsg);
	if (!group)
	{
		return answer(errmsg);
	}
	group->clear(group);
	group->destroy(group);
	return answer(NULL);
}

/**
 * Has a group keys?
 */
static bool is_ready(gm_group_t *group)
{
	gm_status_t status;
	bool ready;

	group->get_status(group, &status);
	ready = status.ready;
	gm_status_clear(&status);
	return ready;
}

CALLBACK(do_direction, vici_message_t*,
	private_gm_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	const char *errmsg;
	gm_group_t *group;
	char *word;
	int dir;

	word = request->get_str(request, NULL, "direction");
	if (!word || !enum_from_name(gm_direction_names, word, &dir) ||
		dir == CRYPTO_MAP_INBOUND_ONLY)
	{
		return answer("direction is missing or wrong, write inbound-optional "
					  "or both");
	}
	group = get_group(this, request, &errmsg);
	if (!group)
	{
		return answer(errmsg);
	}
	errmsg = NULL;
	if (is_ready(group))
	{
		group->direct(group, dir);
	}
	else
	{
		errmsg = "the group has no keys whose direction could be changed";
	}
	group->destroy(group);
	return answer(errmsg);
}

/**
 * Let a function add the counters of all groups
 */
static void add_stats(private_gm_vici_t *this, vici_builder_t *builder,
					  void (*add)(linked_list_t *groups,
								  vici_builder_t *builder))
{
	linked_list_t *groups;

	groups = this->directory->get_groups(this->directory);
	add(groups, builder);
	groups->destroy_offset(groups, offsetof(gm_group_t, destroy));
}

/**
 * Add the member's counters
 */
static void add_member_stats(private_gm_vici_t *this, vici_builder_t *builder)
{
	add_stats(this, builder, gm_stats_add_groups);
}

/**
 * Add the crypto maps' counters
 */
static void add_map_stats(private_gm_vici_t *this, vici_builder_t *builder)
{
	add_stats(this, builder, gm_stats_add_maps);
}

/**
 * Register or withdraw the commands
 */
static void manage_commands(private_gm_vici_t *this, bool reg)
{
	vici_dispatcher_t *dispatcher = this->vici->dispatcher;

	dispatcher->manage_command(dispatcher, "register",
							   reg ? do_register : NULL, this);
	dispatcher->manage_command(dispatcher, "direction",
							   reg ? do_direction : NULL, this);
}

METHOD(gm_vici_t, destroy, void,
	private_gm_vici_t *this)
{
	manage_commands(this, FALSE);
	this->vici->remove_stats(this->vici, "gm");
	this->vici->remove_stats(this->vici, "crypto-map");
	free(this);
}

/*
 * Described in header
 */
void gm_vici_describe(gm_group_t *group, uint64_t now, vici_builder_t *builder)
{
	gm_config_t *config;
	gm_status_t status;

	if (!group)
	{
		builder->add_kv(builder, "state", "%N", gm_state_names, GM_STOPPED);
		builder->add_kv(builder, "reason", "there is no crypto map for it");
		return;
	}
	config = group->get_config(group);
	group->get_status(group, &status);
	gm_status_describe(&status, config, now, builder);
	gm_status_clear(&status);
	config->destroy(config);
}

/*
 * Described in header
 */
void gm_vici_list(gm_group_t *group, uint64_t now, gm_vici_rows_t list,
				  group_row_cb_t row, void *user)
{
	gm_config_t *config;
	gm_status_t status;

	if (!group)
	{
		return;
	}
	config = group->get_config(group);
	group->get_status(group, &status);
	list(&status, config, now, row, user);
	gm_status_clear(&status);
	config->destroy(config);
}

/*
 * Described in header
 */
gm_vici_t *gm_vici_create(gdoi_vici_t *vici, gm_directory_t *directory)
{
	private_gm_vici_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.vici = vici,
		.directory = directory,
	);
	manage_commands(this, TRUE);
	vici->add_stats(vici, "gm", (gdoi_stats_cb_t)add_member_stats, this);
	vici->add_stats(vici, "crypto-map", (gdoi_stats_cb_t)add_map_stats, this);
	return &this->public;
}
