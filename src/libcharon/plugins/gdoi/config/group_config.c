/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_config.h"
#include "config_file.h"
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
typedef struct loaded_t loaded_t;
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
	 * What is in force, loaded_t*
	 */
	linked_list_t *loaded;

	/**
	 * Protects roles, loaded and busy; never held while a role is called
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
};

/**
 * A group in force in one role
 */
struct loaded_t {

	/**
	 * Group
	 */
	group_entry_t group;

	/**
	 * Role
	 */
	group_role_t *role;
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
	 * Group in force that ends, NULL if none does
	 */
	loaded_t *old;

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
 * Find what is in force, for the owner of busy
 */
static loaded_t *find_loaded(private_group_config_t *this, const char *name,
							 group_role_t *role)
{
	enumerator_t *enumerator;
	loaded_t *loaded, *found = NULL;

	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		if (loaded->role == role && streq(loaded->group.name, name))
		{
			found = loaded;
			break;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add a change to a list
 */
static void add_change(linked_list_t *changes, const char *what, loaded_t *old,
					   group_plan_item_t *item)
{
	change_t *change;

	INIT(change,
		.what = what,
		.old = old,
		.item = item,
	);
	changes->insert_last(changes, change);
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
	loaded_t *old;

	changes = linked_list_create();
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &old))
	{
		if (!plan->find(plan, old->group.name, old->role))
		{
			add_change(changes, "remove", old, NULL);
		}
	}
	enumerator->destroy(enumerator);

	enumerator = plan->create_enumerator(plan);
	while (enumerator->enumerate(enumerator, &item))
	{
		old = find_loaded(this, item->group.name, item->role);
		if (!old)
		{
			add_change(changes, "add", NULL, item);
		}
		else if (!group_id_equals(&old->group.id, &item->group.id))
		{	/* another group under the same name */
			add_change(changes, "change", old, item);
		}
		else if (item->role->changed(item->role, item->group.name,
									 item->parsed))
		{
			add_change(changes, "change", NULL, item);
		}
	}
	enumerator->destroy(enumerator);
	return changes;
}

/**
 * End a group in force
 */
static void end_group(private_group_config_t *this, loaded_t *old)
{
	this->mutex->lock(this->mutex);
	this->loaded->remove(this->loaded, old, NULL);
	this->mutex->unlock(this->mutex);

	old->role->remove(old->role, old->group.name);
	free(old);
}

/**
 * Put an item in force
 */
static void begin_group(private_group_config_t *this, group_plan_item_t *item)
{
	loaded_t *loaded;

	item->role->apply(item->role, &item->group, item->parsed);
	item->parsed = NULL;
	if (find_loaded(this, item->group.name, item->role))
	{
		return;
	}
	INIT(loaded,
		.group = item->group,
		.role = item->role,
	);
	this->mutex->lock(this->mutex);
	this->loaded->insert_last(this->loaded, loaded);
	this->mutex->unlock(this->mutex);
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
		.role = change->item ? change->item->role : change->old->role,
		.group = change->item ? change->item->group.name
							  : change->old->group.name,
	};
	group_role_t *role = teller.role;

	if (load->report)
	{
		load->report(load->user, change->what, role->section, teller.group);
	}
	if (load->plan && role->plan)
	{
		role->plan(role, teller.group,
				   change->item ? change->item->parsed : NULL, tell_plan,
				   &teller);
	}
}

/**
 * Apply all changes, or only tell of them in a dry run. All are told of before
 * the first is made.
 */
static void apply_plan(private_group_config_t *this, group_plan_t *plan,
					   const group_load_t *load)
{
	enumerator_t *enumerator;
	linked_list_t *changes;
	change_t *change;

	changes = compare(this, plan);
	enumerator = changes->create_enumerator(changes);
	while (enumerator->enumerate(enumerator, &change))
	{
		tell_change(change, load);
	}
	enumerator->destroy(enumerator);
	while (changes->remove_first(changes, (void**)&change) == SUCCESS)
	{
		if (!load->dry_run && change->old)
		{
			end_group(this, change->old);
		}
		if (!load->dry_run && change->item)
		{
			begin_group(this, change->item);
		}
		free(change);
	}
	changes->destroy(changes);
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

METHOD(group_config_t, load, bool,
	private_group_config_t *this, config_node_t *root, config_reader_t *reader,
	const group_load_t *load)
{
	static const group_load_t silent;
	group_plan_t *plan;
	bool good;

	load = load ?: &silent;
	if (!acquire(this))
	{
		reader->error(reader, root, "another load is under way (try again)");
		return FALSE;
	}
	plan = group_plan_create(root, reader, this->roles);
	good = !reader->errors(reader);
	if (good)
	{
		apply_plan(this, plan, load);
	}
	else if (!load->dry_run)
	{
		log_incomplete(plan);
		log_refused(plan, reader);
	}
	plan->destroy(plan);
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
 * Release a snapshot of groups
 */
CALLBACK(destroy_snapshot, void,
	array_t *snapshot)
{
	array_destroy(snapshot);
}

CALLBACK(filter_snapshot, bool,
	void *data, enumerator_t *orig, va_list args)
{
	const group_entry_t **out;

	VA_ARGS_VGET(args, out);
	return orig->enumerate(orig, out);
}

/**
 * Is a group in a snapshot already, by another role?
 */
static bool is_in(array_t *snapshot, const char *name)
{
	group_entry_t entry;
	int i;

	for (i = 0; i < array_count(snapshot); i++)
	{
		array_get(snapshot, i, &entry);
		if (streq(entry.name, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(group_config_t, create_enumerator, enumerator_t*,
	private_group_config_t *this)
{
	enumerator_t *enumerator;
	array_t *snapshot;
	loaded_t *loaded;

	snapshot = array_create(sizeof(group_entry_t), 0);
	this->mutex->lock(this->mutex);
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		if (!is_in(snapshot, loaded->group.name))
		{
			array_insert(snapshot, ARRAY_TAIL, &loaded->group);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return enumerator_create_filter(array_create_enumerator(snapshot),
								filter_snapshot, snapshot, destroy_snapshot);
}

/**
 * Collect the roles that a group is loaded in
 */
static array_t *roles_of(private_group_config_t *this, const char *name)
{
	enumerator_t *enumerator;
	loaded_t *loaded;
	array_t *roles;

	roles = array_create(0, 0);
	this->mutex->lock(this->mutex);
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		if (streq(loaded->group.name, name))
		{
			array_insert(roles, ARRAY_TAIL, loaded->role);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return roles;
}

METHOD(group_config_t, describe, void,
	private_group_config_t *this, const char *name, vici_builder_t *builder)
{
	group_role_t *role;
	array_t *roles;

	roles = roles_of(this, name);
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

	roles = roles_of(this, name);
	while (array_remove(roles, ARRAY_HEAD, &role))
	{
		group_rows_list(role, what, name, row, user);
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
 * Take the first group of a role, or of any with NULL, out of what is in force
 */
static loaded_t *take_loaded(private_group_config_t *this, group_role_t *role)
{
	enumerator_t *enumerator;
	loaded_t *loaded, *found = NULL;

	this->mutex->lock(this->mutex);
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		if (!role || loaded->role == role)
		{
			this->loaded->remove_at(this->loaded, enumerator);
			found = loaded;
			break;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * End all groups of a role, or of all with NULL
 */
static void end_groups(private_group_config_t *this, group_role_t *role)
{
	loaded_t *loaded;

	while ((loaded = take_loaded(this, role)))
	{
		loaded->role->remove(loaded->role, loaded->group.name);
		free(loaded);
	}
}

METHOD(group_config_t, remove_role, void,
	private_group_config_t *this, group_role_t *role)
{
	group_role_t *current;
	int i;

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
			.create_enumerator = _create_enumerator,
			.describe = _describe,
			.list = _list,
			.destroy = _destroy,
		},
		.roles = array_create(0, 0),
		.loaded = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	return &this->public;
}
