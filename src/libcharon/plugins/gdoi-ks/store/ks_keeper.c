/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_keeper.h"
#include "ks_kept.h"
#include "ks_sqlite.h"

#include <collections/linked_list.h>
#include <threading/mutex.h>

typedef struct private_ks_keeper_t private_ks_keeper_t;
typedef enum stage_t stage_t;

/**
 * What the store is good for
 */
enum stage_t {
	/** the secret isn't there yet, groups wait */
	STAGE_WAITING,
	/** it is open */
	STAGE_OPEN,
	/** it can't be used */
	STAGE_OFF,
};

/**
 * Private data
 */
struct private_ks_keeper_t {

	/**
	 * Public interface
	 */
	ks_keeper_t public;

	/**
	 * URI of the database, and identity that owns the secret
	 */
	char *uri, *key;

	/**
	 * Seconds to wait for the secret
	 */
	uint32_t wait;

	/**
	 * What the store is good for
	 */
	stage_t stage;

	/**
	 * Groups wait until this monotonic time, from the first one on
	 */
	time_t deadline;

	/**
	 * Store, if it is open
	 */
	ks_store_t *store;

	/**
	 * Groups that wait for their begin(), ks_kept_t
	 */
	linked_list_t *waiting;

	/**
	 * Groups that began, ks_kept_t
	 */
	linked_list_t *running;

	/**
	 * Seconds from the monotonic to the wall clock
	 */
	time_t offset;

	/**
	 * The last writing failed
	 */
	bool failing;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * Clocks
	 */
	ks_clock_t clock, wall;

	/**
	 * Protects all of the above
	 */
	mutex_t *mutex;
};

/**
 * Get the present moment. Both clocks count whole seconds, so that their
 * distance seems to change by one: that would make every key look different.
 */
static ks_instant_t get_now(private_ks_keeper_t *this)
{
	ks_instant_t now = {
		.mono = this->clock(),
		.wall = this->wall(),
	};
	time_t offset = now.wall - now.mono;

	if (offset > this->offset + 1 || offset < this->offset - 1)
	{
		this->offset = offset;
	}
	now.wall = now.mono + this->offset;
	return now;
}

/**
 * Find the secret of the store: one that names its owner, as any shared key
 * without owners would match
 */
static bool find_secret(private_ks_keeper_t *this, shared_key_type_t type,
						chunk_t *secret)
{
	identification_t *id;
	enumerator_t *enumerator;
	shared_key_t *shared;
	id_match_t me, other;
	bool found = FALSE;

	id = identification_create_from_string(this->key);
	enumerator = lib->credmgr->create_shared_enumerator(lib->credmgr, type,
														id, NULL);
	while (!found && enumerator->enumerate(enumerator, &shared, &me, &other))
	{
		if (me == ID_MATCH_PERFECT)
		{
			*secret = chunk_clone(shared->get_key(shared));
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	id->destroy(id);
	return found;
}

/**
 * Say why the store isn't used
 */
static void log_unusable(private_ks_keeper_t *this, ks_store_result_t result)
{
	if (result == KS_STORE_WRONG_SECRET)
	{
		this->log->log(this->log, 2, "KS_STORE_KEY", NULL, NULL,
					   "Store %s was written with another secret than that of "
					   "%s: groups begin with new keys, the store is left as "
					   "it is", this->uri, this->key);
	}
	else
	{
		this->log->log(this->log, 2, "KS_STORE_UNREADABLE", NULL, NULL,
					   "Store %s can't be used (%s): groups begin with new "
					   "keys, the store is left as it is", this->uri,
					   result == KS_STORE_NO_CRYPTO ?
							"no AES-GCM, HMAC-SHA-256 or random numbers" :
							"damaged, of another version or in use");
	}
}

/**
 * Open the store; lock held
 */
static stage_t open_store(private_ks_keeper_t *this, chunk_t secret)
{
	ks_store_result_t result = KS_STORE_UNREADABLE;
	database_t *db;

	if (secret.len < KS_STORE_SECRET_MIN)
	{
		this->log->log(this->log, 2, "KS_STORE_KEY", NULL, NULL,
					   "The secret of %s for store %s is shorter than %d "
					   "octets: groups begin with new keys, the store isn't "
					   "used", this->key, this->uri, KS_STORE_SECRET_MIN);
		return STAGE_OFF;
	}
	db = ks_sqlite_open(this->uri);
	this->store = db ? ks_store_create(db, secret, &result) : NULL;
	if (!this->store)
	{
		log_unusable(this, result);
		return STAGE_OFF;
	}
	return STAGE_OPEN;
}

/**
 * Look for the secret, and for the end of the wait; lock held
 */
static void look_for_secret(private_ks_keeper_t *this)
{
	chunk_t secret = chunk_empty;

	if (find_secret(this, SHARED_PPK, &secret) ||
		find_secret(this, SHARED_IKE, &secret))
	{
		this->stage = open_store(this, secret);
		chunk_clear(&secret);
	}
	else if (this->clock() >= this->deadline)
	{
		this->stage = STAGE_OFF;
		this->log->log(this->log, 3, "KS_STORE_NO_SECRET", NULL, NULL,
					   "No secret of %s for store %s within %u seconds: groups "
					   "begin with new keys, the store isn't used until charon "
					   "is restarted", this->key, this->uri, this->wait);
	}
}

/**
 * Say what reading a group found
 */
static void log_found(private_ks_keeper_t *this, ks_group_t *group,
					  ks_kept_report_t *report)
{
	const char *name = group->get_name(group);
	ks_members_t *members = group->get_members(group);

	if (report->bad)
	{
		this->log->log(this->log, 2, "KS_STORE_BAD_PAGES", name, NULL,
					   "Group %s has %u pages in the store that can't be read "
					   "or were changed", name, report->bad);
	}
	if (report->clock)
	{
		this->log->log(this->log, 3, "KS_STORE_CLOCK", name, NULL,
					   "Group %s begins with new keys: those in the store are "
					   "from the future, the clock was set back", name);
	}
	if (report->ended)
	{
		this->log->log(this->log, 5, "KS_STORE_ENDED", name, NULL,
					   "Group %s had %u keys in the store that ended meanwhile",
					   name, report->ended);
	}
	if (report->state)
	{
		this->log->log(this->log, 5, "KS_STORE_RESTORED", name, NULL,
					   "Group %s carries on with %u TEKs, %s and %u members "
					   "from the store", name,
					   report->state->teks->get_count(report->state->teks),
					   report->state->kek ? "its KEK" : "no KEK",
					   members->get_count(members));
	}
}

/**
 * Account for writing, and say if it begins or ends to fail
 */
static bool account(private_ks_keeper_t *this, bool ok)
{
	if (!ok && !this->failing)
	{
		this->log->log(this->log, 2, "KS_STORE_WRITE", NULL, NULL,
					   "Writing to store %s failed: a restarted server would "
					   "have old keys", this->uri);
	}
	if (ok && this->failing)
	{
		this->log->log(this->log, 5, "KS_STORE_WRITE_OK", NULL, NULL,
					   "Writing to store %s works again", this->uri);
	}
	this->failing = !ok;
	return ok;
}

/**
 * Write all that changed of a group; lock held
 */
static bool write_group(private_ks_keeper_t *this, ks_kept_t *kept)
{
	ks_instant_t now = get_now(this);
	bool ok = FALSE;

	if (this->store->begin(this->store))
	{
		ok = kept->write_keys(kept, this->store, this->offset,
							  KS_KEEPER_STEP / 2) &&
			 kept->write_members(kept, this->store, &now);
		ok = this->store->commit(this->store, ok);
	}
	if (!ok)
	{
		kept->lost(kept);
	}
	return account(this, ok);
}

/**
 * Read a group from the store; lock held
 */
static ks_state_t *load_group(private_ks_keeper_t *this, ks_kept_t *kept)
{
	ks_kept_report_t report;
	ks_instant_t now = get_now(this);

	if (!kept->load(kept, this->store, &now, &report))
	{
		/* whatever is wrong with it: don't write what we can't read */
		log_unusable(this, KS_STORE_UNREADABLE);
		this->stage = STAGE_OFF;
	}
	log_found(this, kept->get_group(kept), &report);
	return report.state;
}

/**
 * Take a group that waits, if there is nothing to wait for
 *
 * @param state			set to its keys, if there are any
 * @return				group with a reference
 */
static ks_group_t *take_waiting(private_ks_keeper_t *this, ks_state_t **state)
{
	ks_group_t *group = NULL;
	ks_kept_t *kept;

	*state = NULL;
	this->mutex->lock(this->mutex);
	if (this->stage != STAGE_WAITING &&
		this->waiting->remove_first(this->waiting, (void**)&kept) == SUCCESS)
	{
		group = kept->get_group(kept);
		group->get_ref(group);
		this->running->insert_last(this->running, kept);
		if (this->stage == STAGE_OPEN)
		{
			*state = load_group(this, kept);
		}
	}
	this->mutex->unlock(this->mutex);
	return group;
}

/**
 * Find what is kept of a group; lock held
 */
static ks_kept_t *find_running(private_ks_keeper_t *this, ks_group_t *group)
{
	enumerator_t *enumerator;
	ks_kept_t *kept, *found = NULL;

	enumerator = this->running->create_enumerator(this->running);
	while (!found && enumerator->enumerate(enumerator, &kept))
	{
		if (kept->get_group(kept) == group)
		{
			found = kept;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(ks_keeper_t, secure, bool,
	private_ks_keeper_t *this, ks_group_t *group)
{
	ks_kept_t *kept;
	bool ok = TRUE;

	this->mutex->lock(this->mutex);
	if (this->stage == STAGE_OPEN)
	{
		kept = find_running(this, group);
		if (kept)
		{
			get_now(this);
			ok = account(this, kept->write_keys(kept, this->store,
												this->offset, 0));
		}
	}
	this->mutex->unlock(this->mutex);
	return ok;
}

/**
 * Begin the groups that have nothing to wait for
 */
static void begin_groups(private_ks_keeper_t *this)
{
	ks_group_t *group;
	ks_state_t *state;

	while ((group = take_waiting(this, &state)))
	{
		group->begin(group, state);
		ks_state_destroy(state);
		secure(this, group);
		group->destroy(group);
	}
}

METHOD(ks_keeper_t, attach, void,
	private_ks_keeper_t *this, ks_group_t *group)
{
	this->mutex->lock(this->mutex);
	this->waiting->insert_last(this->waiting, ks_kept_create(group));
	if (!this->deadline)
	{
		this->deadline = this->clock() + this->wait;
	}
	if (this->stage == STAGE_WAITING)
	{
		look_for_secret(this);
	}
	this->mutex->unlock(this->mutex);
	begin_groups(this);
}

/**
 * Remove a group from a list; lock held
 */
static void remove_group(linked_list_t *list, const char *name)
{
	enumerator_t *enumerator;
	ks_group_t *group;
	ks_kept_t *kept;

	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &kept))
	{
		group = kept->get_group(kept);
		if (streq(group->get_name(group), name))
		{
			list->remove_at(list, enumerator);
			kept->destroy(kept);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(ks_keeper_t, forget, void,
	private_ks_keeper_t *this, const char *name)
{
	this->mutex->lock(this->mutex);
	remove_group(this->waiting, name);
	remove_group(this->running, name);
	if (this->stage == STAGE_OPEN)
	{
		account(this, this->store->remove(this->store, name));
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Write what changed of all groups, one transaction each
 */
static void write_groups(private_ks_keeper_t *this)
{
	enumerator_t *enumerator;
	ks_kept_t *kept;
	bool ok = TRUE;

	this->mutex->lock(this->mutex);
	if (this->stage == STAGE_OPEN)
	{
		enumerator = this->running->create_enumerator(this->running);
		while (ok && enumerator->enumerate(enumerator, &kept))
		{
			ok = write_group(this, kept);
		}
		enumerator->destroy(enumerator);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_keeper_t, tick, void,
	private_ks_keeper_t *this)
{
	this->mutex->lock(this->mutex);
	if (this->stage == STAGE_WAITING &&
		this->waiting->get_count(this->waiting))
	{
		look_for_secret(this);
	}
	this->mutex->unlock(this->mutex);
	begin_groups(this);
	write_groups(this);
}

METHOD(ks_keeper_t, destroy, void,
	private_ks_keeper_t *this)
{
	write_groups(this);
	this->waiting->destroy_offset(this->waiting, offsetof(ks_kept_t, destroy));
	this->running->destroy_offset(this->running, offsetof(ks_kept_t, destroy));
	DESTROY_IF(this->store);
	this->mutex->destroy(this->mutex);
	free(this->uri);
	free(this->key);
	free(this);
}

/*
 * Described in header
 */
ks_keeper_t *ks_keeper_create(gdoi_log_t *log, ks_clock_t clock,
							  ks_clock_t wall)
{
	private_ks_keeper_t *this;
	char *uri, *key;
	uint32_t wait;

	uri = lib->settings->get_str(lib->settings, "%s.plugins.gdoi-ks.store.uri",
								 "", lib->ns);
	key = lib->settings->get_str(lib->settings, "%s.plugins.gdoi-ks.store.key",
								 KS_KEEPER_SECRET, lib->ns);
	wait = lib->settings->get_time(lib->settings,
								   "%s.plugins.gdoi-ks.store.wait",
								   KS_KEEPER_WAIT, lib->ns);
	if (!*uri)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.attach = _attach,
			.secure = _secure,
			.forget = _forget,
			.tick = _tick,
			.destroy = _destroy,
		},
		.uri = strdup(uri),
		.key = strdup(key),
		.wait = wait,
		.waiting = linked_list_create(),
		.running = linked_list_create(),
		.log = log,
		.clock = clock,
		.wall = wall,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
