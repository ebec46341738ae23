/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_sids.h"

#include <vici/policy_row.h>
#include <vici/vici_time.h>

#include <inttypes.h>

typedef struct private_ks_sids_t private_ks_sids_t;

/**
 * Private data
 */
struct private_ks_sids_t {

	/**
	 * Public interface
	 */
	ks_sids_t public;

	/**
	 * Group and its name
	 */
	ks_group_t *group;
	const char *name;

	/**
	 * Keys of the group, and what protects them and the rest of this
	 */
	ks_keys_t **keys;
	mutex_t *lock;

	/**
	 * Operator's log
	 */
	gdoi_log_t *log;

	/**
	 * Clock
	 */
	ks_clock_t clock;

	/**
	 * Writes down what is given, NULL if there is no store, with its argument
	 */
	bool (*secure)(void *user, ks_group_t *group);
	void *secure_user;

	/**
	 * A member came for which there was none: one more than the number of
	 * restarts that there had been then, 0 for never
	 */
	uint32_t asked;

	/**
	 * When all keys were ended last, 0 for never, and the seconds until they
	 * may be again
	 */
	time_t last;
	uint32_t interval;
};

/**
 * Did a member come for which there was none, since the last restart? Lock held
 */
static bool is_asked(private_ks_sids_t *this, const ks_sid_info_t *info)
{
	return this->asked == info->restarts + 1;
}

/**
 * Note that a member came for which there is none; lock held
 *
 * @return				TRUE if it is the first since the last restart
 */
static bool is_news(private_ks_sids_t *this, ks_sid_pool_t *pool)
{
	ks_sid_info_t info;
	bool news;

	pool->get_info(pool, &info);
	news = !is_asked(this, &info);
	this->asked = info.restarts + 1;
	return news;
}

/**
 * A member has to come again
 */
static bool refuse(private_ks_sids_t *this, bool news, char **reason)
{
	if (news)
	{
		this->log->log(this->log, 4, "KS_SIDS_EXHAUSTED", this->name, NULL,
					   "Group %s has no Sender IDs to give under its present "
					   "keys, members are refused until it has others",
					   this->name);
	}
	*reason = strdup("there are no Sender IDs to give");
	return FALSE;
}

METHOD(ks_sids_t, is_ready, bool,
	private_ks_sids_t *this, group_policy_t *policy, char **reason)
{
	ks_sid_pool_t *pool;
	bool ready = TRUE, news = FALSE;

	if (!policy->needs_sids(policy))
	{
		return TRUE;
	}
	this->lock->lock(this->lock);
	if (*this->keys)
	{
		pool = (*this->keys)->get_sids(*this->keys);
		ready = !pool->needs_restart(pool);
		news = !ready && is_news(this, pool);
	}
	this->lock->unlock(this->lock);
	return ready || refuse(this, news, reason);
}

/**
 * Is in the store what keeps a lease from being given again? Without a store a
 * restarted server makes new keys, under which it never was (ks_sid_pool_t).
 *
 * @param secure		set to what writes it there
 * @param user			set to the first argument of that
 */
static bool is_safe(private_ks_sids_t *this, const ks_sid_lease_t *lease,
					bool (**secure)(void*, ks_group_t*), void **user)
{
	ks_sid_pool_t *pool;
	bool safe;

	this->lock->lock(this->lock);
	*secure = this->secure;
	*user = this->secure_user;
	safe = !*secure;
	if (!safe && *this->keys)
	{
		pool = (*this->keys)->get_sids(*this->keys);
		safe = pool->is_saved(pool, lease);
	}
	this->lock->unlock(this->lock);
	return safe;
}

/**
 * Have that written to the store
 */
static bool save(private_ks_sids_t *this, const ks_sid_lease_t *lease)
{
	bool (*secure)(void*, ks_group_t*);
	ks_sid_pool_t *pool;
	void *user;

	if (is_safe(this, lease, &secure, &user))
	{
		return TRUE;
	}
	if (!secure(user, this->group))
	{
		return FALSE;
	}
	this->lock->lock(this->lock);
	if (*this->keys)
	{
		pool = (*this->keys)->get_sids(*this->keys);
		pool->saved(pool, lease);
	}
	this->lock->unlock(this->lock);
	return TRUE;
}

/**
 * Take Sender IDs.
 *
 * @param lease			set to those taken, with none if there are none left
 * @param news			set if that is news
 * @return				FALSE if the policy is not in force any more
 */
static bool take(private_ks_sids_t *this, group_policy_t *policy, u_int wanted,
				 ks_sid_lease_t *lease, bool *news)
{
	bool taken = FALSE;

	*news = FALSE;
	this->lock->lock(this->lock);
	if (*this->keys)
	{
		taken = (*this->keys)->take_sids(*this->keys, policy, wanted, lease,
										 this->clock());
		*news = taken && !lease->count &&
				is_news(this, (*this->keys)->get_sids(*this->keys));
	}
	this->lock->unlock(this->lock);
	return taken;
}

METHOD(ks_sids_t, give, bool,
	private_ks_sids_t *this, ks_config_t *config, group_policy_t *policy,
	uint16_t wanted, ks_sid_lease_t *lease, char **reason)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	bool news;

	memset(lease, 0, sizeof(*lease));
	if (!policy->needs_sids(policy))
	{
		return TRUE;
	}
	/* one is implied, RFC 6407 section 5.4 */
	wanted = max(1, wanted);
	wanted = min(wanted, config->sids ? config->sids->max_per_member
									  : KS_SID_PER_MEMBER_DEFAULT);
	if (!take(this, policy, wanted, lease, &news))
	{
		*reason = strdup("the keys were replaced meanwhile");
		return FALSE;
	}
	if (!lease->count)
	{
		return refuse(this, news, reason);
	}
	if (!save(this, lease))
	{
		this->log->log(this->log, 2, "KS_SIDS_NOT_SAVED", this->name, NULL,
					   "Group %s gives no Sender IDs, members are refused: the "
					   "store can't be written, and a restarted server would "
					   "give the same again", this->name);
		*reason = strdup("Sender IDs can't be kept");
		return FALSE;
	}
	ks_sid_lease_values(lease, sids);
	policy->set_sids(policy, lease->format.bits, sids, lease->count);
	return TRUE;
}

/**
 * When may all keys be ended again? Lock held
 */
static time_t next_time(private_ks_sids_t *this)
{
	return this->last ? this->last + this->interval : 0;
}

/**
 * Note that all keys are ended now; lock held
 */
static void note_restart(private_ks_sids_t *this, time_t now)
{
	if (this->last && now - this->last < 2 * (time_t)this->interval)
	{	/* they did not last */
		this->interval = min(2 * this->interval, KS_SIDS_INTERVAL_MAX);
	}
	else
	{
		this->interval = KS_SIDS_INTERVAL_MIN;
	}
	this->last = now;
}

/**
 * Have all keys to be ended now? Logged if so, and not said again for a while
 */
static bool is_due(private_ks_sids_t *this)
{
	ks_sid_info_t info = {};
	ks_sid_pool_t *pool;
	time_t now = this->clock();
	bool due = FALSE;

	this->lock->lock(this->lock);
	if (*this->keys)
	{
		pool = (*this->keys)->get_sids(*this->keys);
		pool->get_info(pool, &info);
		due = pool->needs_restart(pool) && now >= next_time(this) &&
			  (info.outdated || is_asked(this, &info));
	}
	if (due)
	{
		note_restart(this, now);
	}
	this->lock->unlock(this->lock);
	if (due)
	{
		this->log->log(this->log, 4, "KS_SIDS_REINIT", this->name, NULL,
					   "Group %s ends all keys, as %s: members register again",
					   this->name, info.outdated ?
							"its Sender IDs are to look different" :
							"all Sender IDs were given");
	}
	return due;
}

METHOD(ks_sids_t, renew, void,
	private_ks_sids_t *this, ks_config_t *config, ks_rekeyer_t *rekeyer)
{
	u_int what = KS_STAGE_TEKS | KS_STAGE_REPLACE | KS_STAGE_RESTART;
	ks_keys_t *keys;

	if (!is_due(this))
	{
		return;
	}
	if (rekeyer && config->rekey)
	{
		rekeyer->clear(rekeyer, TRUE);
		return;
	}
	if (config->kek)
	{
		what |= KS_STAGE_KEK;
	}
	this->lock->lock(this->lock);
	keys = *this->keys;
	if (keys && keys->stage(keys, config, what, this->clock()))
	{
		keys->commit(keys);
	}
	this->lock->unlock(this->lock);
}

METHOD(ks_sids_t, require, void,
	private_ks_sids_t *this, ks_config_t *config, ks_rekeyer_t *rekeyer)
{
	if (rekeyer && config->rekey)
	{
		this->log->log(this->log, 5, "KS_SIDS_BEGIN", this->name, NULL,
					   "Group %s has a counter mode from now on, members "
					   "register again to get Sender IDs", this->name);
		rekeyer->clear(rekeyer, FALSE);
	}
}

METHOD(ks_sids_t, set_guard, void,
	private_ks_sids_t *this, bool (*secure)(void*, ks_group_t*), void *user)
{
	this->lock->lock(this->lock);
	this->secure = secure;
	this->secure_user = user;
	this->lock->unlock(this->lock);
}

/**
 * Add the counter modes in the configuration
 */
static void add_transforms(ks_config_t *config, vici_builder_t *builder)
{
	enumerator_t *enumerator;
	ks_config_tek_t *tek;

	builder->begin_list(builder, "transforms");
	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (group_tek_is_counter_mode(tek->encr))
		{
			policy_row_add_transform(builder, tek->encr, tek->encr_bits);
		}
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
}

/**
 * Add what was given and what is left
 */
static void add_numbers(ks_config_t *config, const ks_sid_info_t *info,
						vici_builder_t *builder)
{
	const ks_sid_format_t *format = &info->format;

	builder->add_kv(builder, "bits", "%u", format->bits);
	builder->add_kv(builder, "server-bits", "%u", format->server_bits);
	builder->add_kv(builder, "server-id", "%u", format->server_id);
	if (config->sids)
	{
		builder->add_kv(builder, "per-member", "%u",
						config->sids->max_per_member);
	}
	builder->add_kv(builder, "given", "%" PRIu64, info->given);
	builder->add_kv(builder, "used", "%" PRIu64, info->next);
	builder->add_kv(builder, "available", "%" PRIu64, info->available);
	if (info->given)
	{
		builder->add_kv(builder, "last-sid", "%u",
						ks_sid_value(format, info->next - 1));
	}
	if (info->available)
	{
		builder->add_kv(builder, "next-sid", "%u",
						ks_sid_value(format, info->next));
	}
	builder->add_kv(builder, "reinitialisations", "%u", info->restarts);
}

METHOD(ks_sids_t, describe, void,
	private_ks_sids_t *this, ks_config_t *config, group_row_cb_t row,
	void *user)
{
	time_t last, next, now = this->clock();
	vici_builder_t *builder;
	ks_sid_info_t info = {};
	ks_sid_pool_t *pool;

	this->lock->lock(this->lock);
	if (*this->keys)
	{
		pool = (*this->keys)->get_sids(*this->keys);
		pool->get_info(pool, &info);
	}
	last = this->last;
	next = next_time(this);
	this->lock->unlock(this->lock);
	if (!info.configured)
	{
		return;
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "state", "%s", info.outdated ? "CHANGING" :
					info.available ? "READY" : "EXHAUSTED");
	add_numbers(config, &info, builder);
	if (last)
	{
		vici_time_add_ago(builder, "last-reinitialised-for", now - last);
	}
	if (info.outdated || !info.available)
	{
		vici_time_add_in(builder, "reinitialise-in", max(0, next - now));
	}
	add_transforms(config, builder);
	row(user, builder);
}

METHOD(ks_sids_t, destroy, void,
	private_ks_sids_t *this)
{
	free(this);
}

/*
 * Described in header
 */
ks_sids_t *ks_sids_create(ks_group_t *group, const char *name,
						  ks_keys_t **keys, mutex_t *lock,
						  const ks_services_t *services)
{
	private_ks_sids_t *this;

	INIT(this,
		.public = {
			.is_ready = _is_ready,
			.give = _give,
			.renew = _renew,
			.require = _require,
			.set_guard = _set_guard,
			.describe = _describe,
			.destroy = _destroy,
		},
		.group = group,
		.name = name,
		.keys = keys,
		.lock = lock,
		.log = services->log,
		.clock = services->clock,
	);
	return &this->public;
}
