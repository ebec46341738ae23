/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_group.h"
#include "ks_admission.h"
#include "ks_deny.h"
#include "ks_group_log.h"
#include "ks_keys.h"
#include "ks_rekeyer.h"
#include "ks_revocation.h"
#include "ks_roll.h"
#include "ks_sids.h"
#include "ks_status.h"
#include "ks_told.h"

#include <threading/mutex.h>

typedef struct private_ks_group_t private_ks_group_t;

/**
 * Private data
 */
struct private_ks_group_t {

	/**
	 * Public interface
	 */
	ks_group_t public;

	/**
	 * Name of the group
	 */
	char *name;

	/**
	 * Configuration
	 */
	ks_config_t *config;

	/**
	 * Keys, NULL once stopped
	 */
	ks_keys_t *keys;

	/**
	 * No keys are made until begin()
	 */
	bool held;

	/**
	 * All keys that the configuration asks for are there
	 */
	bool complete;

	/**
	 * Members
	 */
	ks_members_t *members;

	/**
	 * Finds members that may have the group no longer
	 */
	ks_revocation_t *revocation;

	/**
	 * Registrations completed and refused
	 */
	uint64_t succeeded, refused;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * Clock
	 */
	ks_clock_t clock;

	/**
	 * Sends rekeys, NULL if there is nothing to send them by
	 */
	ks_rekeyer_t *rekeyer;

	/**
	 * Gives Sender IDs
	 */
	ks_sids_t *sids;

	/**
	 * Protects configuration, keys and counters
	 */
	mutex_t *mutex;

	/**
	 * References
	 */
	refcount_t refs;
};

METHOD(ks_group_t, get_name, const char*,
	private_ks_group_t *this)
{
	return this->name;
}

METHOD(ks_group_t, get_config, ks_config_t*,
	private_ks_group_t *this)
{
	ks_config_t *config;

	this->mutex->lock(this->mutex);
	config = ks_config_get_ref(this->config);
	this->mutex->unlock(this->mutex);
	return config;
}

/**
 * Bring the keys up to date, and with them the number of members that there
 * may be; lock held
 */
static void update_keys(private_ks_group_t *this)
{
	u_int limit = ks_config_member_limit(this->config);

	if (this->keys && !this->held)
	{
		if (this->keys->get_replays(this->keys, this->clock()) &
			(1 << GROUP_REPLAY_COUNTER))
		{	/* there may be some although none are configured any more */
			limit = min(limit, KS_COUNTER_MEMBERS_MAX);
		}
		this->members->set_limit(this->members, limit);
		this->complete = this->keys->update(this->keys, this->config,
								this->members->get_count(this->members),
								this->clock());
	}
}

/**
 * Is the group in the configuration still, and may take in members?
 */
static bool is_running(private_ks_group_t *this)
{
	bool running;

	this->mutex->lock(this->mutex);
	running = this->keys && !this->held;
	this->mutex->unlock(this->mutex);
	return running;
}

/**
 * Let the rekeyer look at the keys
 */
static void tick_rekeyer(private_ks_group_t *this)
{
	if (this->rekeyer && is_running(this))
	{
		this->rekeyer->tick(this->rekeyer);
	}
}

METHOD(ks_group_t, configure, void,
	private_ks_group_t *this, ks_config_t *config)
{
	ks_config_t *old;
	bool begins;

	this->mutex->lock(this->mutex);
	old = this->config;
	this->config = config;
	update_keys(this);
	this->mutex->unlock(this->mutex);
	begins = ks_config_needs_sids(config) && !ks_config_needs_sids(old);
	ks_told_log_cut(config, this->log);
	if (!config->rekey)
	{	/* nobody is told before it registers again */
		ks_told_log(old, config, this->log);
	}
	this->revocation->configured(this->revocation, old, config);
	ks_config_destroy(old);
	if (begins && is_running(this))
	{
		this->sids->require(this->sids, config, this->rekeyer);
	}
	/* one rekey tells of all that changed, REKEY-240 */
	tick_rekeyer(this);
}

METHOD(ks_group_t, begin, void,
	private_ks_group_t *this, ks_state_t *state)
{
	this->mutex->lock(this->mutex);
	if (this->keys && this->held)
	{
		if (state)
		{
			this->keys->set_state(this->keys, state, this->config,
								  this->clock());
		}
		this->held = FALSE;
		update_keys(this);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_group_t, get_state, ks_state_t*,
	private_ks_group_t *this, time_t *now)
{
	ks_state_t *state = NULL;

	*now = this->clock();
	this->mutex->lock(this->mutex);
	if (this->keys && !this->held)
	{
		state = this->keys->get_state(this->keys, *now);
	}
	this->mutex->unlock(this->mutex);
	return state;
}

/**
 * Account for a refused registration
 */
static void count_refused(private_ks_group_t *this)
{
	this->mutex->lock(this->mutex);
	this->refused++;
	this->mutex->unlock(this->mutex);
}

/**
 * Get the policy for a member
 */
static group_policy_t *get_policy(private_ks_group_t *this,
								  ks_config_t *config, gdoi_phase1_t *phase1)
{
	ks_peer_t peer = ks_peer(phase1->get_features(phase1));
	group_policy_t *policy = NULL;
	group_ack_t ack = GROUP_ACK_NONE;
	host_t *me, *other, *src, *dst;

	me = phase1->get_my_host(phase1);
	other = phase1->get_other_host(phase1);
	dst = other;
	if (config->rekey)
	{	/* GM-005, ACK-013 */
		dst = config->rekey->address ?: other;
		ack = ks_ack_request(config->rekey->ack, peer, config->rekey->sha512);
	}
	src = ks_config_get_local(config, dst->get_family(dst)) ?: me;
	this->mutex->lock(this->mutex);
	update_keys(this);
	if (this->keys && !this->held)
	{
		policy = this->keys->get_policy(this->keys, KS_GIVE_LIVE,
										this->clock(), src, dst, ack);
	}
	if (policy)
	{	/* it has the lists of the configuration in force, or older ones */
		policy->set_acl_form(policy, ks_deny_form(this->config, peer, policy));
	}
	this->mutex->unlock(this->mutex);
	me->destroy(me);
	other->destroy(other);
	return policy;
}

/**
 * Replay protections of the TEKs in force, as flags
 */
static u_int get_replays(private_ks_group_t *this)
{
	u_int replays = 0;

	this->mutex->lock(this->mutex);
	if (this->keys)
	{
		replays = this->keys->get_replays(this->keys, this->clock());
	}
	this->mutex->unlock(this->mutex);
	return replays;
}

/**
 * Check the member and the room for it
 */
static bool admit(private_ks_group_t *this, ks_config_t *config,
				  gdoi_phase1_t *phase1, gdoi_notify_t *notify, char **reason)
{
	if (!ks_admission_check(config, phase1, this->log) ||
		!this->revocation->admits(this->revocation, phase1))
	{
		*notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
		*reason = strdup("not authorized");
		return FALSE;
	}
	return ks_admission_able(config, get_replays(this), phase1, this->log,
							 notify, reason) &&
		   ks_admission_room(config, this->members, phase1, this->clock(),
							 this->log, notify, reason);
}

METHOD(ks_group_t, authorize, group_policy_t*,
	private_ks_group_t *this, gdoi_phase1_t *phase1, gdoi_notify_t *notify,
	char **reason)
{
	group_policy_t *policy = NULL;
	ks_config_t *config;

	config = get_config(this);
	if (admit(this, config, phase1, notify, reason))
	{
		policy = get_policy(this, config, phase1);
		if (policy && !this->sids->is_ready(this->sids, policy, reason))
		{
			policy->destroy(policy);
			policy = NULL;
			*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
			this->sids->renew(this->sids, config, this->rekeyer);
		}
		else if (!policy)
		{
			ks_group_log_keyless(this->log, this->name, phase1);
			*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
			*reason = strdup("there are no keys to give");
		}
	}
	if (!policy)
	{
		count_refused(this);
	}
	ks_config_destroy(config);
	return policy;
}

/**
 * Record a member
 */
static bool add_member(private_ks_group_t *this, gdoi_phase1_t *phase1,
					   group_policy_t *policy, const ks_sid_lease_t *sids)
{
	ks_members_result_t result;
	host_t *other;

	result = ks_roll_add(this->members, phase1, policy, sids, this->clock());
	if (result == KS_MEMBERS_FULL)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	this->succeeded++;
	this->mutex->unlock(this->mutex);
	other = phase1->get_other_host(phase1);
	ks_group_log_registered(this->log, this->name, phase1, other,
							result == KS_MEMBERS_FIRST);
	other->destroy(other);
	return TRUE;
}

/**
 * Tell a new member from which sequence number on it has to take rekeys. If
 * one went by since message 1, the member gets it again.
 *
 * It is in the table already: a rekey that begins from here on goes to it.
 */
static void complete_policy(private_ks_group_t *this, gdoi_phase1_t *phase1,
							group_policy_t *policy)
{
	group_kek_t *kek = policy->get_kek(policy);
	bool outdated = FALSE;
	host_t *me, *other;

	me = phase1->get_my_host(phase1);
	other = phase1->get_other_host(phase1);
	this->mutex->lock(this->mutex);
	if (this->keys && kek)
	{
		policy->set_sequence(policy,
							 this->keys->get_sequence(this->keys, kek));
		outdated = this->keys->is_outdated(this->keys, policy,
											   this->clock());
	}
	this->mutex->unlock(this->mutex);
	if (this->rekeyer)
	{
		this->rekeyer->set_local(this->rekeyer, me);
		if (outdated)
		{
			this->rekeyer->newcomer(this->rekeyer, other);
		}
	}
	me->destroy(me);
	other->destroy(other);
}

/**
 * Take in a member that may be: Sender IDs first, as only they can take time
 */
static bool take_in(private_ks_group_t *this, ks_config_t *config,
					gdoi_phase1_t *phase1, group_policy_t *policy,
					uint16_t sender_ids, gdoi_notify_t *notify, char **reason)
{
	ks_sid_lease_t lease;

	if (!this->sids->give(this->sids, config, policy, sender_ids, &lease,
						  reason))
	{
		*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
		this->sids->renew(this->sids, config, this->rekeyer);
		return FALSE;
	}
	if (!add_member(this, phase1, policy, &lease))
	{
		ks_admission_full(config, this->members, phase1, this->log, notify,
						  reason);
		return FALSE;
	}
	this->revocation->note(this->revocation, phase1);
	if (!this->revocation->keeps(this->revocation, phase1))
	{
		*notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
		*reason = strdup("not authorized any more");
		return FALSE;
	}
	ks_deny_warn(config, phase1, this->log);
	complete_policy(this, phase1, policy);
	return TRUE;
}

METHOD(ks_group_t, registered, bool,
	private_ks_group_t *this, gdoi_phase1_t *phase1, group_policy_t *policy,
	uint16_t sender_ids, gdoi_notify_t *notify, char **reason)
{
	ks_config_t *config;
	bool ok = FALSE;

	config = get_config(this);
	/* the configuration may have changed since message 1 */
	if (!is_running(this))
	{
		ks_group_log_keyless(this->log, this->name, phase1);
		*notify = GDOI_NOTIFY_INVALID_ID_INFORMATION;
		*reason = strdup("the group ended");
	}
	else if (admit(this, config, phase1, notify, reason))
	{
		ok = take_in(this, config, phase1, policy, sender_ids, notify, reason);
	}
	if (!ok)
	{
		count_refused(this);
	}
	ks_config_destroy(config);
	return ok;
}

METHOD(ks_group_t, tick, void,
	private_ks_group_t *this)
{
	ks_config_t *config;
	ks_member_t *last;

	this->mutex->lock(this->mutex);
	update_keys(this);
	this->mutex->unlock(this->mutex);
	config = get_config(this);
	this->sids->renew(this->sids, config, this->rekeyer);
	this->revocation->tick(this->revocation, config);
	ks_config_destroy(config);
	tick_rekeyer(this);
	this->members->purge(this->members, this->clock(), &last);
	if (last)
	{
		ks_group_log_last(this->log, this->name, last);
		free(last);
	}
}

/**
 * Can members be told of other keys?
 */
static bool can_rekey(private_ks_group_t *this, const char **reason)
{
	bool able;

	this->mutex->lock(this->mutex);
	able = this->keys && !this->held && this->config->rekey;
	this->mutex->unlock(this->mutex);
	able = able && this->rekeyer;
	*reason = able ? NULL : "the group has no rekeys (see kek)";
	return able;
}

METHOD(ks_group_t, rekey, bool,
	private_ks_group_t *this, bool replace, const char **reason)
{
	if (!can_rekey(this, reason))
	{
		return FALSE;
	}
	this->rekeyer->rekey(this->rekeyer, replace);
	return TRUE;
}

METHOD(ks_group_t, remove_members, bool,
	private_ks_group_t *this, const char *id, bool now, u_int *count,
	const char **reason)
{
	if (!can_rekey(this, reason))
	{
		return FALSE;
	}
	*count = id ? ks_roll_remove(this->members, id) : 0;
	if (id && !*count)
	{
		*reason = "there is no such member";
		return FALSE;
	}
	if (!id || now)
	{	/* all have to register again */
		*count += this->members->get_count(this->members);
	}
	this->log->log(this->log, 5, "KS_CLEAR_REGISTER", this->name, id,
				   "%u members of group %s (%s) are removed by command%s",
				   *count, this->name, id ?: "all", now ? ", at once" : "");
	if (id && !now)
	{
		this->rekeyer->expel(this->rekeyer);
	}
	else
	{
		this->rekeyer->clear(this->rekeyer, now);
	}
	return TRUE;
}

/**
 * Members were removed that may have the group no longer; implements the
 * callback of ks_revocation_t
 */
static void on_removed(void *user)
{
	private_ks_group_t *this = user;
	const char *reason;

	if (can_rekey(this, &reason))
	{
		this->rekeyer->expel(this->rekeyer);
	}
}

METHOD(ks_group_t, recheck, void,
	private_ks_group_t *this)
{
	this->revocation->recheck(this->revocation);
}

METHOD(ks_group_t, set_guard, void,
	private_ks_group_t *this, bool (*secure)(void*, ks_group_t*), void *user)
{
	this->sids->set_guard(this->sids, secure, user);
	if (this->rekeyer)
	{
		this->rekeyer->set_guard(this->rekeyer, secure, user);
	}
}

METHOD(ks_group_t, get_status, void,
	private_ks_group_t *this, ks_status_t *status)
{
	*status = (ks_status_t){ .now = this->clock() };
	this->mutex->lock(this->mutex);
	status->config = ks_config_get_ref(this->config);
	status->keys = this->keys ? this->keys->describe(this->keys, status->now)
							  : linked_list_create();
	status->state = !this->keys ? "STOPPED" : this->complete ? "ACTIVE"
															 : "NO_KEYS";
	if (this->keys)
	{
		ks_status_note_time(status, this->keys);
	}
	status->succeeded = this->succeeded;
	status->refused = this->refused;
	this->mutex->unlock(this->mutex);
	ks_status_count(status, this->members);
	if (this->rekeyer)
	{
		this->rekeyer->get_status(this->rekeyer, &status->rekeyer);
	}
}

METHOD(ks_group_t, list_sids, void,
	private_ks_group_t *this, group_row_cb_t row, void *user)
{
	ks_config_t *config = get_config(this);

	this->sids->describe(this->sids, config, row, user);
	ks_config_destroy(config);
}

METHOD(ks_group_t, get_members, ks_members_t*,
	private_ks_group_t *this)
{
	return this->members;
}

METHOD(ks_group_t, stop, void,
	private_ks_group_t *this)
{
	if (this->rekeyer)
	{
		this->rekeyer->stop(this->rekeyer);
	}
	this->mutex->lock(this->mutex);
	DESTROY_IF(this->keys);
	this->keys = NULL;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_group_t, get_ref, ks_group_t*,
	private_ks_group_t *this)
{
	ref_get(&this->refs);
	return &this->public;
}

METHOD(ks_group_t, destroy, void,
	private_ks_group_t *this)
{
	if (ref_put(&this->refs))
	{
		stop(this);
		DESTROY_IF(this->rekeyer);
		this->revocation->destroy(this->revocation);
		this->sids->destroy(this->sids);
		this->members->destroy(this->members);
		ks_config_destroy(this->config);
		this->mutex->destroy(this->mutex);
		free(this->name);
		free(this);
	}
}

/*
 * Described in header
 */
ks_group_t *ks_group_create(ks_config_t *config, ks_spis_t *spis,
							const ks_services_t *services, bool held)
{
	private_ks_group_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_config = _get_config,
			.configure = _configure,
			.begin = _begin,
			.get_state = _get_state,
			.authorize = _authorize,
			.registered = _registered,
			.tick = _tick,
			.rekey = _rekey,
			.remove_members = _remove_members,
			.recheck = _recheck,
			.set_guard = _set_guard,
			.get_status = _get_status,
			.list_sids = _list_sids,
			.get_members = _get_members,
			.stop = _stop,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.name = strdup(config->group.name),
		.config = config,
		.keys = ks_keys_create(spis, services->boot),
		.members = ks_members_create(ks_config_member_limit(config)),
		.log = services->log,
		.clock = services->clock,
		.held = held,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.refs = 1,
	);
	this->sids = ks_sids_create(&this->public, this->name, &this->keys,
								this->mutex, services);
	ks_told_log_cut(config, this->log);
	this->revocation = ks_revocation_create(&this->public, this->members,
											services, on_removed, this);
	update_keys(this);
	if (services->transport)
	{
		this->rekeyer = ks_rekeyer_create(&this->public, this->members,
										  this->keys, this->mutex, services);
	}
	return &this->public;
}
