/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_config.h"
#include "config_file.h"
#include "group_confirm.h"
#include "group_loaded.h"
#include "group_plan.h"
#include "group_rows.h"
#include "../gdoi_log.h"

#include <collections/array.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

#include <limits.h>

/** how long a load waits for another one to end, in ms */
#define BUSY_TIMEOUT 10000

typedef struct private_group_config_t private_group_config_t;
typedef struct change_t change_t;
typedef struct teller_t teller_t;

/**
 * Private data of a group_config_t object.
 */
struct private_group_config_t {

	/**
	 * Public interface
	 */
	group_config_t public;

	/**
	 * Roles in order of their registration, group_role_t*
	 */
	array_t *roles;

	/**
	 * What is in force
	 */
	group_loaded_t *loaded;

	/**
	 * Protects roles and busy; never held while a role is called
	 */
	mutex_t *mutex;

	/**
	 * Signals that busy was reset
	 */
	condvar_t *condvar;

	/**
	 * A load is under way, which owns the right to change roles and loaded
	 */
	bool busy;

	/**
	 * What runs and what may be gone back to; for the owner of busy
	 */
	group_confirm_t *confirm;
};

/**
 * A step from what is in force to a plan
 */
struct change_t {

	/**
	 * "add", "change" or "remove"
	 */
	const char *what;

	/**
	 * Role and name of the group that it is about
	 */
	group_role_t *role;
	char name[sizeof(((group_entry_t*)NULL)->name)];

	/**
	 * What is in force ends, even if something of that name follows
	 */
	bool end;

	/**
	 * Item to apply, NULL if the group goes
	 */
	group_plan_item_t *item;
};

/**
 * Who is told about what a role says
 */
struct teller_t {

	/**
	 * Load under way
	 */
	const group_load_t *load;

	/**
	 * Role that says it
	 */
	group_role_t *role;

	/**
	 * Group that it is about
	 */
	const char *group;
};

/**
 * Wait for the right to change things
 */
static bool acquire(private_group_config_t *this)
{
	bool acquired = TRUE;

	this->mutex->lock(this->mutex);
	while (this->busy && acquired)
	{
		acquired = !this->condvar->timed_wait(this->condvar, this->mutex,
											  BUSY_TIMEOUT);
	}
	if (acquired)
	{
		this->busy = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return acquired;
}

/**
 * Give back the right to change things
 */
static void release(private_group_config_t *this)
{
	this->mutex->lock(this->mutex);
	this->busy = FALSE;
	this->condvar->signal(this->condvar);
	this->mutex->unlock(this->mutex);
}

/**
 * Add a change to a list
 */
static void add_change(linked_list_t *changes, const char *what,
					   group_role_t *role, const group_entry_t *group,
					   bool end, group_plan_item_t *item)
{
	change_t *change;

	INIT(change,
		.what = what,
		.role = role,
		.end = end,
		.item = item,
	);
	strcpy(change->name, group->name);
	changes->insert_last(changes, change);
}

/**
 * Find out what happens to an item of a plan
 */
static void compare_item(private_group_config_t *this, group_plan_item_t *item,
						 linked_list_t *changes)
{
	group_role_t *role = item->role;
	group_entry_t *group = &item->group, old;

	if (!this->loaded->find(this->loaded, group->name, role, &old))
	{
		add_change(changes, "add", role, group, FALSE, item);
	}
	else if (!group_id_equals(&old.id, &group->id))
	{	/* another group under the same name */
		add_change(changes, "change", role, group, TRUE, item);
	}
	else if (role->changed(role, group->name, item->parsed))
	{
		add_change(changes, "change", role, group, FALSE, item);
	}
}

/**
 * Find out what a plan changes. What goes comes first, because it may hold
 * what another group wants, such as an interface.
 */
static linked_list_t *compare(private_group_config_t *this, group_plan_t *plan)
{
	enumerator_t *enumerator;
	linked_list_t *changes;
	group_plan_item_t *item;
	group_entry_t *group;
	group_role_t *role;

	changes = linked_list_create();
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &group, &role))
	{
		if (!plan->find(plan, group->name, role))
		{
			add_change(changes, "remove", role, group, TRUE, NULL);
		}
	}
	enumerator->destroy(enumerator);

	enumerator = plan->create_enumerator(plan);
	while (enumerator->enumerate(enumerator, &item))
	{
		compare_item(this, item, changes);
	}
	enumerator->destroy(enumerator);
	return changes;
}

/**
 * Tell what a role says that a change brings; implements group_change_cb_t
 */
static void tell_plan(void *user, const group_change_t *change)
{
	teller_t *teller = user;

	teller->load->plan(teller->load->user, teller->role->section,
					   teller->group, change);
}

/**
 * Tell about a change
 */
static void tell_change(change_t *change, const group_load_t *load)
{
	teller_t teller = {
		.load = load,
		.role = change->role,
		.group = change->name,
	};
	group_role_t *role = change->role;

	if (load->report)
	{
		load->report(load->user, change->what, role->section, change->name);
	}
	if (load->plan && role->plan)
	{
		role->plan(role, change->name,
				   change->item ? change->item->parsed : NULL, tell_plan,
				   &teller);
	}
}

/**
 * Make a change
 */
static void apply_change(private_group_config_t *this, change_t *change)
{
	group_plan_item_t *item = change->item;
	group_role_t *role = change->role;

	if (change->end)
	{
		this->loaded->remove(this->loaded, change->name, role);
		role->remove(role, change->name);
	}
	if (item)
	{
		role->apply(role, &item->group, item->parsed);
		item->parsed = NULL;
		this->loaded->add(this->loaded, &item->group, role);
	}
}

/**
 * Apply all changes, or only tell of them in a dry run. All are told of before
 * the first is made.
 *
 * @return				TRUE if there are any
 */
static bool apply_plan(private_group_config_t *this, group_plan_t *plan,
					   const group_load_t *load)
{
	enumerator_t *enumerator;
	linked_list_t *changes;
	change_t *change;
	bool changed;

	changes = compare(this, plan);
	changed = changes->get_count(changes) > 0;
	enumerator = changes->create_enumerator(changes);
	while (enumerator->enumerate(enumerator, &change))
	{
		tell_change(change, load);
	}
	enumerator->destroy(enumerator);
	while (changes->remove_first(changes, (void**)&change) == SUCCESS)
	{
		if (!load->dry_run)
		{
			apply_change(this, change);
		}
		free(change);
	}
	changes->destroy(changes);
	return changed;
}

/**
 * Log members that lack what they need to register, GM-004
 */
static void log_incomplete(group_plan_t *plan)
{
	enumerator_t *enumerator;
	gdoi_log_t *log;
	char *name;

	log = lib->get(lib, GDOI_LOG_NAME);
	enumerator = plan->create_incomplete_enumerator(plan);
	while (log && enumerator->enumerate(enumerator, &name))
	{
		log->log(log, 3, "GM_INCOMPLETE_CFG", name, NULL,
				 "Registration: incomplete configuration of group %s, its id "
				 "or its servers are missing", name);
	}
	enumerator->destroy(enumerator);
}

/**
 * Let roles log what they refused
 */
static void log_refused(group_plan_t *plan, config_reader_t *reader)
{
	enumerator_t *enumerator;
	group_plan_item_t *item;

	enumerator = plan->create_refused_enumerator(plan);
	while (enumerator->enumerate(enumerator, &item))
	{
		if (item->role->refused)
		{
			item->role->refused(item->role, &item->group, reader);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Load a tree, for the owner of busy
 */
static bool load_tree(private_group_config_t *this, config_node_t *root,
					  config_reader_t *reader, const group_load_t *load)
{
	group_plan_t *plan;
	bool good, changed;

	plan = group_plan_create(root, reader, this->roles);
	good = !reader->errors(reader);
	if (good)
	{
		changed = apply_plan(this, plan, load);
		if (!load->dry_run)
		{
			this->confirm->loaded(this->confirm, root, changed, load->confirm);
		}
	}
	else if (!load->dry_run)
	{
		log_incomplete(plan);
		log_refused(plan, reader);
	}
	plan->destroy(plan);
	return good;
}

METHOD(group_config_t, load, bool,
	private_group_config_t *this, config_node_t *root, config_reader_t *reader,
	const group_load_t *load)
{
	static const group_load_t silent;
	bool good;

	if (!acquire(this))
	{
		reader->error(reader, root, "another load is under way (try again)");
		return FALSE;
	}
	good = load_tree(this, root, reader, load ?: &silent);
	release(this);
	return good;
}

/**
 * Log a change of a load from the file
 */
static void log_change(void *user, const char *what, const char *role,
					   const char *group)
{
	DBG1(DBG_CFG, "%s %s of group %s", what, role, group);
}

/**
 * Log what a reader collected
 */
static void log_reader(config_reader_t *reader)
{
	enumerator_t *enumerator;
	bool error;
	char *line;

	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		DBG1(DBG_CFG, "%s%s", error ? "" : "warning: ", line);
	}
	enumerator->destroy(enumerator);
}

METHOD(group_config_t, load_file, bool,
	private_group_config_t *this)
{
	group_load_t how = {
		.report = log_change,
	};
	config_reader_t *reader;
	config_node_t *root;
	char file[PATH_MAX];
	bool good;

	root = config_file_read(config_file_default(file, sizeof(file)));
	if (!root)
	{
		DBG1(DBG_CFG, "no groups loaded from '%s'", file);
		return FALSE;
	}
	reader = config_reader_create();
	good = load(this, root, reader, &how);
	log_reader(reader);
	if (!good)
	{
		DBG1(DBG_CFG, "groups of '%s' refused, %u errors; what ran runs on",
			 file, reader->errors(reader));
	}
	reader->destroy(reader);
	root->destroy(root);
	return good;
}

/**
 * Load again what was in force before a load that nobody confirmed, for the
 * owner of busy
 */
static void go_back(private_group_config_t *this, config_node_t *former)
{
	gdoi_log_t *log = lib->get(lib, GDOI_LOG_NAME);
	config_reader_t *reader = config_reader_create();
	group_load_t how = {
		.report = log_change,
	};
	bool good;

	reader->set_unattended(reader);
	good = load_tree(this, former, reader, &how);
	log_reader(reader);
	if (log && good)
	{
		log->log(log, 4, "GDOI_CONFIG_ROLLBACK", NULL, NULL, "The groups "
				 "loaded last were not confirmed in time, those before them "
				 "are in force again");
	}
	else if (log)
	{
		log->log(log, 3, "GDOI_CONFIG_STUCK", NULL, NULL, "The groups loaded "
				 "last were not confirmed in time, but those before them are "
				 "refused now; what runs runs on");
	}
	reader->destroy(reader);
}

/**
 * The time to confirm a load is over; implements the callback of
 * group_confirm_create()
 */
static void expired(void *user, u_int number)
{
	private_group_config_t *this = user;
	config_node_t *former;

	while (!acquire(this))
	{
		DBG1(DBG_CFG, "waiting for a load of groups to end");
	}
	former = this->confirm->expire(this->confirm, number);
	if (former)
	{
		go_back(this, former);
		former->destroy(former);
	}
	release(this);
}

METHOD(group_config_t, confirm_, bool,
	private_group_config_t *this)
{
	bool confirmed = FALSE;

	if (acquire(this))
	{
		confirmed = this->confirm->confirm(this->confirm);
		release(this);
	}
	return confirmed;
}

METHOD(group_config_t, get_confirm_in, uint32_t,
	private_group_config_t *this)
{
	uint32_t remaining = 0;

	if (acquire(this))
	{
		remaining = this->confirm->get_remaining(this->confirm);
		release(this);
	}
	return remaining;
}

METHOD(group_config_t, create_enumerator, enumerator_t*,
	private_group_config_t *this)
{
	return this->loaded->create_group_enumerator(this->loaded);
}

METHOD(group_config_t, describe, void,
	private_group_config_t *this, const char *name, vici_builder_t *builder)
{
	group_role_t *role;
	array_t *roles;

	roles = this->loaded->get_roles(this->loaded, name);
	while (array_remove(roles, ARRAY_HEAD, &role))
	{
		group_rows_describe(role, name, builder);
	}
	array_destroy(roles);
}

METHOD(group_config_t, list, void,
	private_group_config_t *this, group_list_t what, const char *name,
	group_row_cb_t row, void *user)
{
	group_role_t *role;
	array_t *roles;

	roles = this->loaded->get_roles(this->loaded, name);
	while (array_remove(roles, ARRAY_HEAD, &role))
	{
		group_rows_list(role, what, name, row, user);
	}
	array_destroy(roles);
}

METHOD(group_config_t, reset, void,
	private_group_config_t *this, const char *name, group_reset_t what)
{
	group_role_t *role;
	array_t *roles;

	roles = this->loaded->get_roles(this->loaded, name);
	while (array_remove(roles, ARRAY_HEAD, &role))
	{
		if (role->reset)
		{
			role->reset(role, name, what);
		}
	}
	array_destroy(roles);
}

METHOD(group_config_t, rules, void,
	private_group_config_t *this, const char *name,
	const group_packet_t *packet, group_row_cb_t row, void *user)
{
	group_role_t *role;
	array_t *roles;

	roles = this->loaded->get_roles(this->loaded, name);
	while (array_remove(roles, ARRAY_HEAD, &role))
	{
		group_rows_rules(role, name, packet, row, user);
	}
	array_destroy(roles);
}

METHOD(group_config_t, add_role, void,
	private_group_config_t *this, group_role_t *role)
{
	this->mutex->lock(this->mutex);
	array_insert(this->roles, ARRAY_TAIL, role);
	this->mutex->unlock(this->mutex);
}

/**
 * End all groups of a role, or of all with NULL
 */
static void end_groups(private_group_config_t *this, group_role_t *role)
{
	group_role_t *owner;
	group_entry_t group;

	while ((owner = this->loaded->take(this->loaded, role, &group)))
	{
		owner->remove(owner, group.name);
	}
}

METHOD(group_config_t, remove_role, void,
	private_group_config_t *this, group_role_t *role)
{
	group_role_t *current;
	int i;

	if (acquire(this))
	{	/* a tree that has this role's sections could not be loaded any more */
		this->confirm->cancel(this->confirm);
		release(this);
	}
	end_groups(this, role);
	this->mutex->lock(this->mutex);
	for (i = array_count(this->roles) - 1; i >= 0; i--)
	{
		array_get(this->roles, i, &current);
		if (current == role)
		{
			array_remove(this->roles, i, NULL);
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(group_config_t, destroy, void,
	private_group_config_t *this)
{
	this->confirm->destroy(this->confirm);
	end_groups(this, NULL);
	this->loaded->destroy(this->loaded);
	array_destroy(this->roles);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header.
 */
group_config_t *group_config_create()
{
	private_group_config_t *this;

	INIT(this,
		.public = {
			.add_role = _add_role,
			.remove_role = _remove_role,
			.load = _load,
			.load_file = _load_file,
			.confirm = _confirm_,
			.get_confirm_in = _get_confirm_in,
			.create_enumerator = _create_enumerator,
			.describe = _describe,
			.list = _list,
			.rules = _rules,
			.reset = _reset,
			.destroy = _destroy,
		},
		.roles = array_create(0, 0),
		.loaded = group_loaded_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	this->confirm = group_confirm_create(expired, this);
	return &this->public;
}
