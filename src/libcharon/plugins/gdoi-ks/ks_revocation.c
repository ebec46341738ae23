/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_revocation.h"
#include "ks_id.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

/** records copied at a time */
#define CHUNK 64

/** room for a printed identity in logs */
#define ID_TEXT_LEN 256

typedef struct private_ks_revocation_t private_ks_revocation_t;
typedef struct sweep_t sweep_t;

/** why members are removed by the lists, and by their certificates */
static const char *unlisted = "it is not in the lists of authorize";
static const char *untrusted = "its certificate is revoked, has expired or is "
							   "not trusted";

/**
 * Private data
 */
struct private_ks_revocation_t {

	/**
	 * Public interface
	 */
	ks_revocation_t public;

	/**
	 * Group
	 */
	ks_group_t *group;

	/**
	 * Members of the group
	 */
	ks_members_t *members;

	/**
	 * What all groups use
	 */
	ks_services_t services;

	/**
	 * Called when members were removed, with user
	 */
	void (*removed)(void *user);
	void *user;

	/**
	 * Certificates of members
	 */
	ks_certificates_t *certificates;

	/**
	 * Identities left to check, identification_t*
	 */
	linked_list_t *pending;

	/**
	 * Identities that failed once, identification_t*
	 */
	linked_list_t *suspects;

	/**
	 * When to check the suspects again
	 */
	time_t again;

	/**
	 * When the last check of all began
	 */
	time_t begun;

	/**
	 * recheck() was called
	 */
	bool asked;

	/**
	 * The identities being checked failed once already
	 */
	bool second;

	/**
	 * A job is checking
	 */
	bool checking;

	/**
	 * Protects all from pending on
	 */
	mutex_t *mutex;
};

/**
 * A pass over the members
 */
struct sweep_t {

	/** lists to check members against, NULL to remove those of id */
	ks_authorizer_t *authorizer;

	/** identity of members to remove */
	identification_t *id;

	/** why, for the log */
	const char *why;

	/** members removed */
	u_int removed;
};

/**
 * Has a member to go?
 */
static bool is_revoked(sweep_t *sweep, identification_t *id)
{
	if (sweep->authorizer)
	{
		return sweep->authorizer->check(sweep->authorizer,
										id) != KS_AUTHORIZED;
	}
	return id->equals(id, sweep->id);
}

/**
 * Log a removed member, LOG-149; of many only the first
 */
static void log_revoked(private_ks_revocation_t *this, sweep_t *sweep,
						ks_member_t *member, identification_t *id)
{
	const char *group = this->group->get_name(this->group);
	gdoi_log_t *log = this->services.log;
	char text[ID_TEXT_LEN], peer[64];
	host_t *host;

	if (sweep->removed > KS_REVOCATION_LINES)
	{
		return;
	}
	host = ks_member_get_host(member);
	snprintf(peer, sizeof(peer), "%H", host);
	host->destroy(host);
	ks_authorizer_print_id(id, text, sizeof(text));
	log->log(log, 1, "KS_GM_REVOKED", group, peer, "Member %s (%s) of group "
			 "%s is no longer authorized: %s", peer, text, group, sweep->why);
}

/**
 * Remove a member if it has to go
 */
static void sweep_member(private_ks_revocation_t *this, sweep_t *sweep,
						 ks_member_t *member)
{
	identification_t *id = ks_member_get_id(member);
	ks_member_t *removed;

	if (is_revoked(sweep, id))
	{
		removed = this->members->remove(this->members, member->number);
		if (removed)
		{
			sweep->removed++;
			log_revoked(this, sweep, removed, id);
			free(removed);
		}
	}
	id->destroy(id);
}

/**
 * Log how many members were removed that have no line, and have others given
 * new keys
 */
static void swept(private_ks_revocation_t *this, sweep_t *sweep)
{
	const char *group = this->group->get_name(this->group);
	gdoi_log_t *log = this->services.log;

	if (sweep->removed > KS_REVOCATION_LINES)
	{
		log->log(log, 1, "KS_GM_REVOKED", group, NULL, "%u more members of "
				 "group %s are no longer authorized: %s",
				 sweep->removed - KS_REVOCATION_LINES, group, sweep->why);
	}
	if (sweep->removed)
	{
		this->removed(this->user);
	}
}

/**
 * Go over all members
 */
static void sweep_members(private_ks_revocation_t *this, sweep_t *sweep)
{
	ks_member_t *rows[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = this->members->snapshot(this->members, after, rows,
											CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			sweep_member(this, sweep, rows[i]);
			free(rows[i]);
		}
	}
}

METHOD(ks_revocation_t, configured, void,
	private_ks_revocation_t *this, ks_config_t *old, ks_config_t *config)
{
	sweep_t sweep = {
		.authorizer = config->authorizer,
		.why = unlisted,
	};

	if (!old || !old->authorizer->equals(old->authorizer, config->authorizer))
	{
		sweep_members(this, &sweep);
		swept(this, &sweep);
	}
}

METHOD(ks_revocation_t, admits, bool,
	private_ks_revocation_t *this, gdoi_phase1_t *phase1)
{
	const char *group = this->group->get_name(this->group);
	certificate_t *certificate = phase1->get_certificate(phase1);
	identification_t *id = phase1->get_other_id(phase1);
	gdoi_log_t *log = this->services.log;
	char text[ID_TEXT_LEN];

	if (!certificate ||
		!this->certificates->is_refused(this->certificates, id, certificate))
	{
		return TRUE;
	}
	ks_authorizer_print_id(id, text, sizeof(text));
	log->log(log, 1, "KS_UNAUTHORIZED", group, text, "Unauthorized "
			 "registration to group %s by %s: %s", group, text, untrusted);
	return FALSE;
}

METHOD(ks_revocation_t, keeps, bool,
	private_ks_revocation_t *this, gdoi_phase1_t *phase1)
{
	ks_config_t *config = this->group->get_config(this->group);
	sweep_t sweep = {
		.id = phase1->get_other_id(phase1),
	};

	if (config->authorizer->check(config->authorizer,
								  sweep.id) != KS_AUTHORIZED)
	{
		sweep.why = unlisted;
	}
	else if (!admits(this, phase1))
	{
		sweep.why = untrusted;
	}
	ks_config_destroy(config);
	if (sweep.why)
	{
		sweep_members(this, &sweep);
		swept(this, &sweep);
	}
	return !sweep.why;
}

METHOD(ks_revocation_t, note, void,
	private_ks_revocation_t *this, gdoi_phase1_t *phase1)
{
	this->certificates->note(this->certificates, phase1->get_other_id(phase1),
							 phase1->get_certificate(phase1));
}

METHOD(ks_revocation_t, recheck, void,
	private_ks_revocation_t *this)
{
	this->mutex->lock(this->mutex);
	this->asked = TRUE;
	this->mutex->unlock(this->mutex);
}

/**
 * Is it time to check all, or the suspects? Hold the lock.
 */
static bool is_time(private_ks_revocation_t *this, uint32_t interval,
					time_t now)
{
	if (this->suspects->get_count(this->suspects))
	{
		return now >= this->again;
	}
	return this->asked || (interval && now - this->begun >= interval);
}

/**
 * Is there a certificate to check? If so, this thread has to see to it.
 */
static bool start_check(private_ks_revocation_t *this, uint32_t interval,
						time_t now)
{
	bool due;

	this->mutex->lock(this->mutex);
	this->begun = this->begun ?: now;
	due = !this->checking && (this->pending->get_count(this->pending) ||
							  is_time(this, interval, now));
	this->checking = this->checking || due;
	this->mutex->unlock(this->mutex);
	return due;
}

/**
 * Begin with the suspects, if it is time to.
 *
 * @return				TRUE if there is something left to check
 */
static bool begin_suspects(private_ks_revocation_t *this, time_t now)
{
	linked_list_t *empty;
	bool begun;

	this->mutex->lock(this->mutex);
	empty = this->pending;
	begun = this->pending->get_count(this->pending);
	if (!begun && this->suspects->get_count(this->suspects))
	{
		begun = TRUE;
		if (now >= this->again)
		{
			this->second = TRUE;
			this->pending = this->suspects;
			this->suspects = empty;
		}
	}
	this->mutex->unlock(this->mutex);
	return begun;
}

/**
 * Collect the identities of all members.
 *
 * @return				identification_t* as keys and values
 */
static hashtable_t *collect_members(private_ks_revocation_t *this)
{
	hashtable_t *found = hashtable_create(ks_id_hash, ks_id_equals, 8);
	ks_member_t *rows[CHUNK];
	identification_t *id;
	uint64_t after = 0;
	u_int count, i;

	while ((count = this->members->snapshot(this->members, after, rows,
											CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			id = ks_member_get_id(rows[i]);
			id = found->put(found, id, id);
			DESTROY_IF(id);
			free(rows[i]);
		}
	}
	return found;
}

/**
 * Destroy an identity of a table
 */
static void destroy_id(void *value, const void *key)
{
	identification_t *id = value;

	id->destroy(id);
}

/**
 * Begin with all certificates; those that no member has any more go.
 */
static void begin_all(private_ks_revocation_t *this, time_t now)
{
	linked_list_t *ids = this->certificates->get_ids(this->certificates);
	hashtable_t *found = collect_members(this);
	enumerator_t *enumerator;
	identification_t *id;

	enumerator = ids->create_enumerator(ids);
	while (enumerator->enumerate(enumerator, &id))
	{
		if (!found->get(found, id) &&
			!this->certificates->is_refused(this->certificates, id, NULL))
		{
			this->certificates->forget(this->certificates, id);
			ids->remove_at(ids, enumerator);
			id->destroy(id);
		}
	}
	enumerator->destroy(enumerator);
	found->destroy_function(found, destroy_id);
	this->mutex->lock(this->mutex);
	this->pending->destroy(this->pending);
	this->pending = ids;
	this->asked = this->second = FALSE;
	this->begun = now;
	this->mutex->unlock(this->mutex);
}

/**
 * A certificate failed for the first time
 */
static void suspect(private_ks_revocation_t *this, identification_t *id)
{
	this->mutex->lock(this->mutex);
	this->suspects->insert_last(this->suspects, id->clone(id));
	this->again = this->services.clock() + KS_REVOCATION_AGAIN;
	this->mutex->unlock(this->mutex);
}

/**
 * Take the next identity to check.
 *
 * @param second		set to whether it failed once already
 */
static bool take_next(private_ks_revocation_t *this, identification_t **id,
					  bool *second)
{
	bool taken;

	this->mutex->lock(this->mutex);
	taken = this->pending->remove_first(this->pending, (void**)id) == SUCCESS;
	*second = this->second;
	this->mutex->unlock(this->mutex);
	return taken;
}

/**
 * Check the next few certificates; all of those that failed once, so that there
 * is one expulsion.
 */
static void step(private_ks_revocation_t *this)
{
	sweep_t sweep = {
		.why = untrusted,
	};
	bool second = FALSE;
	u_int count = 0;

	if (!begin_suspects(this, this->services.clock()))
	{
		begin_all(this, this->services.clock());
	}
	while ((second || count++ < KS_REVOCATION_STEP) &&
		   take_next(this, &sweep.id, &second))
	{
		if (this->certificates->check(this->certificates, sweep.id))
		{	/* keep it */
		}
		else if (!second)
		{
			suspect(this, sweep.id);
		}
		else
		{
			this->certificates->refuse(this->certificates, sweep.id);
			sweep_members(this, &sweep);
		}
		sweep.id->destroy(sweep.id);
	}
	swept(this, &sweep);
}

/**
 * Check the next few certificates, from a job
 */
static void check_next(void *data)
{
	private_ks_revocation_t *this = data;

	step(this);
	this->mutex->lock(this->mutex);
	this->checking = FALSE;
	this->mutex->unlock(this->mutex);
}

/**
 * Give back the group that a job has kept this by
 */
static void release(void *data)
{
	private_ks_revocation_t *this = data;

	this->group->destroy(this->group);
}

METHOD(ks_revocation_t, tick, void,
	private_ks_revocation_t *this, ks_config_t *config)
{
	ks_runtime_t *runtime = this->services.runtime;

	if (runtime && start_check(this, config->recheck, this->services.clock()))
	{
		this->group->get_ref(this->group);
		runtime->call(runtime, 0, check_next, this, release);
	}
}

METHOD(ks_revocation_t, destroy, void,
	private_ks_revocation_t *this)
{
	this->pending->destroy_offset(this->pending,
								  offsetof(identification_t, destroy));
	this->suspects->destroy_offset(this->suspects,
								   offsetof(identification_t, destroy));
	this->certificates->destroy(this->certificates);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_revocation_t *ks_revocation_create(ks_group_t *group,
									  ks_members_t *members,
									  const ks_services_t *services,
									  void (*removed)(void *user), void *user)
{
	private_ks_revocation_t *this;

	INIT(this,
		.public = {
			.configured = _configured,
			.admits = _admits,
			.keeps = _keeps,
			.note = _note,
			.recheck = _recheck,
			.tick = _tick,
			.destroy = _destroy,
		},
		.group = group,
		.members = members,
		.services = *services,
		.removed = removed,
		.user = user,
		.certificates = ks_certificates_create(services->trust ?:
											   ks_certificates_trusted),
		.pending = linked_list_create(),
		.suspects = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
