/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_group.h"
#include "ks_admission.h"
#include "ks_keys.h"
#include "ks_rekeyer.h"
#include "ks_roll.h"
#include "ks_status.h"

#include <threading/mutex.h>

/** room for a printed identity in logs */
#define ID_TEXT_LEN 256

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
 * Bring the keys up to date; lock held
 */
static void update_keys(private_ks_group_t *this)
{
	if (this->keys && !this->held)
	{
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

	this->mutex->lock(this->mutex);
	old = this->config;
	this->config = config;
	update_keys(this);
	this->mutex->unlock(this->mutex);
	this->members->set_limit(this->members, config->max_members);
	ks_config_destroy(old);
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
 * Refuse a registration for want of room
 */
static void refuse_full(private_ks_group_t *this, ks_config_t *config,
						gdoi_phase1_t *phase1, gdoi_notify_t *notify,
						char **reason)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(phase1->get_other_id(phase1), text, sizeof(text));
	this->log->log(this->log, 3, "KS_MEMBERS_FULL", this->name, text,
				   "Group %s has %u members already, registration of %s is "
				   "refused (see max_members)", this->name,
				   config->max_members, text);
	*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
	*reason = strdup("member table is full");
}

/**
 * Get the policy for a member
 */
static group_policy_t *get_policy(private_ks_group_t *this,
								  ks_config_t *config, gdoi_phase1_t *phase1)
{
	group_policy_t *policy = NULL;
	group_ack_t ack = GROUP_ACK_NONE;
	host_t *me, *other, *src, *dst;

	me = phase1->get_my_host(phase1);
	other = phase1->get_other_host(phase1);
	dst = other;
	if (config->rekey)
	{	/* GM-005, ACK-013 */
		dst = config->rekey->address ?: other;
		ack = ks_ack_request(config->rekey->ack,
							 ks_peer(phase1->get_features(phase1)),
							 config->rekey->sha512);
	}
	src = ks_config_get_local(config, dst->get_family(dst)) ?: me;
	this->mutex->lock(this->mutex);
	update_keys(this);
	if (this->keys && !this->held)
	{
		policy = this->keys->get_policy(this->keys, KS_GIVE_LIVE,
										this->clock(), src, dst, ack);
	}
	this->mutex->unlock(this->mutex);
	me->destroy(me);
	other->destroy(other);
	return policy;
}

/**
 * Check the member and the room for it
 */
static bool admit(private_ks_group_t *this, ks_config_t *config,
				  gdoi_phase1_t *phase1, gdoi_notify_t *notify, char **reason)
{
	host_t *other;
	bool room;

	if (!ks_admission_check(config, phase1, this->log))
	{
		*notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
		*reason = strdup("not authorized");
		return FALSE;
	}
	other = phase1->get_other_host(phase1);
	room = this->members->has_room(this->members,
								   phase1->get_other_id(phase1), other,
								   this->clock());
	other->destroy(other);
	if (!room)
	{
		refuse_full(this, config, phase1, notify, reason);
	}
	return room;
}

/**
 * Refuse a registration because there are no keys, of a group that could not
 * make any or that ended meanwhile
 */
static void refuse_keyless(private_ks_group_t *this, gdoi_phase1_t *phase1)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(phase1->get_other_id(phase1), text, sizeof(text));
	this->log->log(this->log, 3, "KS_NO_KEYS", this->name, text,
				   "Group %s has no keys to give, registration of %s is "
				   "refused", this->name, text);
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
		if (!policy)
		{
			refuse_keyless(this, phase1);
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
 * Seconds until the last key of a policy ends
 */
static uint32_t policy_lifetime(group_policy_t *policy)
{
	enumerator_t *enumerator;
	uint32_t lifetime = 0;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		lifetime = max(lifetime, tek->get(tek)->lifetime);
	}
	enumerator->destroy(enumerator);
	return lifetime;
}

/**
 * Log a completed registration
 */
static void log_registered(private_ks_group_t *this, gdoi_phase1_t *phase1,
						   host_t *member, bool first)
{
	char text[64];
	host_t *me;

	snprintf(text, sizeof(text), "%H", member);
	if (first)
	{
		this->log->log(this->log, 6, "KS_FIRST_GM", this->name, text,
					   "First member %s joins group %s", text, this->name);
	}
	me = phase1->get_my_host(phase1);
	this->log->log(this->log, 5, "KS_REGG_COMPL", this->name, text,
				   "Registration of member %s (%Y) complete for group %s "
				   "using address %H", text, phase1->get_other_id(phase1),
				   this->name, me);
	me->destroy(me);
}

/**
 * Record a member
 */
static bool add_member(private_ks_group_t *this, gdoi_phase1_t *phase1,
					   group_policy_t *policy)
{
	ks_members_result_t result;
	host_t *me, *other;
	time_t now = this->clock();

	me = phase1->get_my_host(phase1);
	other = phase1->get_other_host(phase1);
	result = this->members->add(this->members, phase1->get_other_id(phase1),
								other, me, phase1->get_features(phase1), now,
								now + policy_lifetime(policy));
	if (result != KS_MEMBERS_FULL)
	{
		this->mutex->lock(this->mutex);
		this->succeeded++;
		this->mutex->unlock(this->mutex);
		log_registered(this, phase1, other, result == KS_MEMBERS_FIRST);
	}
	me->destroy(me);
	other->destroy(other);
	return result != KS_MEMBERS_FULL;
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

METHOD(ks_group_t, registered, bool,
	private_ks_group_t *this, gdoi_phase1_t *phase1, group_policy_t *policy,
	gdoi_notify_t *notify, char **reason)
{
	ks_config_t *config;
	bool ok = FALSE;

	config = get_config(this);
	/* the configuration may have changed since message 1 */
	if (!is_running(this))
	{
		refuse_keyless(this, phase1);
		*notify = GDOI_NOTIFY_INVALID_ID_INFORMATION;
		*reason = strdup("the group ended");
	}
	else if (admit(this, config, phase1, notify, reason))
	{
		ok = add_member(this, phase1, policy);
		if (ok)
		{
			complete_policy(this, phase1, policy);
		}
		else
		{
			refuse_full(this, config, phase1, notify, reason);
		}
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
	ks_member_t *last;
	char text[64];
	host_t *host;

	this->mutex->lock(this->mutex);
	update_keys(this);
	this->mutex->unlock(this->mutex);
	tick_rekeyer(this);
	this->members->purge(this->members, this->clock(), &last);
	if (last)
	{
		host = ks_member_get_host(last);
		snprintf(text, sizeof(text), "%H", host);
		this->log->log(this->log, 6, "KS_LAST_GM", this->name, text,
					   "Last member %s left group %s", text, this->name);
		host->destroy(host);
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

METHOD(ks_group_t, set_guard, void,
	private_ks_group_t *this, void (*secure)(void*, ks_group_t*), void *user)
{
	if (this->rekeyer)
	{
		this->rekeyer->set_guard(this->rekeyer, secure, user);
	}
}

/**
 * Take a picture of the group for listings
 */
static void get_status(private_ks_group_t *this, ks_status_t *status)
{
	status->now = this->clock();
	this->mutex->lock(this->mutex);
	status->config = ks_config_get_ref(this->config);
	status->keys = this->keys ? this->keys->describe(this->keys, status->now)
							  : linked_list_create();
	status->state = !this->keys ? "STOPPED" : this->complete ? "ACTIVE"
															 : "NO_KEYS";
	status->succeeded = this->succeeded;
	status->refused = this->refused;
	this->mutex->unlock(this->mutex);
	status->members = this->members->get_count(this->members);
	memset(&status->rekeyer, 0, sizeof(status->rekeyer));
	if (this->rekeyer)
	{
		this->rekeyer->get_status(this->rekeyer, &status->rekeyer);
	}
}

METHOD(ks_group_t, describe, void,
	private_ks_group_t *this, vici_builder_t *builder)
{
	ks_status_t status;

	get_status(this, &status);
	ks_status_describe(&status, builder);
	ks_status_clear(&status);
}

METHOD(ks_group_t, policies, void,
	private_ks_group_t *this, group_row_cb_t row, void *user)
{
	ks_status_t status;

	get_status(this, &status);
	ks_status_policies(&status, row, user);
	ks_status_clear(&status);
}

METHOD(ks_group_t, rekeys, void,
	private_ks_group_t *this, group_row_cb_t row, void *user)
{
	ks_status_t status;

	get_status(this, &status);
	ks_status_rekeys(&status, row, user);
	ks_status_clear(&status);
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
			.set_guard = _set_guard,
			.describe = _describe,
			.policies = _policies,
			.rekeys = _rekeys,
			.get_members = _get_members,
			.stop = _stop,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.name = strdup(config->group.name),
		.config = config,
		.keys = ks_keys_create(spis),
		.members = ks_members_create(config->max_members),
		.log = services->log,
		.clock = services->clock,
		.held = held,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.refs = 1,
	);
	update_keys(this);
	if (services->transport)
	{
		this->rekeyer = ks_rekeyer_create(&this->public, this->members,
										  this->keys, this->mutex, services);
	}
	return &this->public;
}
