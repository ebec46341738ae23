/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_stamps.h"
#include "gm_log.h"

#include "../vici/replay_row.h"

#include <stdio.h>

typedef struct private_gm_stamps_t private_gm_stamps_t;

/** what the log calls the errors */
ENUM(error_names, FRESHNESS_MISSING, FRESHNESS_LATE,
	"no time stamp",
	"malformed time stamp",
	"time stamp of another epoch",
	"too early",
	"too late",
);

/**
 * Private data of an gm_stamps_t object.
 */
struct private_gm_stamps_t {

	/**
	 * Public interface
	 */
	gm_stamps_t public;

	/**
	 * Name of the group
	 */
	char *name;

	/**
	 * Crypto map
	 */
	crypto_map_t *map;

	/**
	 * Installed TEKs
	 */
	gm_teks_t *teks;

	/**
	 * Clocks
	 */
	gm_runtime_t *runtime;

	/**
	 * What the key server says
	 */
	gm_freshness_t *freshness;

	/**
	 * What became of the pseudotime that is tried, and when it came
	 */
	gm_sync_t sync;
	uint64_t since;

	/**
	 * SAs that were ever in use, a bit each: the crypto map gives what it has
	 * of them to packets of all
	 */
	uint32_t used;

	/**
	 * SAs that the crypto map has a policy of, a bit each, and what it is
	 */
	uint32_t set;
	freshness_policy_t policies[CRYPTO_MAP_SAS];

	/**
	 * When to look for refused packets, and until when not to log
	 */
	uint64_t look_at;
	uint64_t quiet;

	/**
	 * Refused packets that were logged, or that came before
	 */
	uint64_t told;
};

/**
 * Boot clock at a time of the member's clock
 */
static uint64_t get_boot(private_gm_stamps_t *this, uint64_t since)
{
	uint64_t boot = this->runtime->boot_ns(this->runtime), ago;

	ago = this->runtime->now(this->runtime);
	ago = ago > since ? (ago - since) * 1000000 : 0;
	return boot > ago ? boot - ago : 0;
}

METHOD(gm_stamps_t, configure, void,
	private_gm_stamps_t *this, gm_config_t *config)
{
	const gm_config_data_t *data = config->get(config);

	this->freshness->configure(this->freshness, &data->stamps, data->clear_df);
}

/**
 * Find the newest TEK with time stamps that is installed and not about to go,
 * and the newest of all
 *
 * @param any			set to the newest TEK, or NULL; may be NULL
 * @return				TEK, or NULL
 */
static const group_tek_data_t *find_newest(private_gm_stamps_t *this,
										   const group_tek_data_t **any)
{
	const group_tek_data_t *data, *found = NULL, *last = NULL;
	enumerator_t *enumerator;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->info.tek->get(tek->info.tek);
		this->used |= 1u << tek->flow;
		last = data;
		if (!tek->deleted && gm_freshness_is_stamped(data->replay))
		{
			found = data;
		}
	}
	enumerator->destroy(enumerator);
	if (any)
	{
		*any = last;
	}
	return found;
}

/**
 * Find the last TEK of a policy with time stamps
 *
 * @return				TEK, or NULL
 */
static const group_tek_data_t *find_stamped(group_policy_t *policy)
{
	const group_tek_data_t *found = NULL;
	enumerator_t *enumerator;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (gm_freshness_is_stamped(tek->get(tek)->replay))
		{
			found = tek->get(tek);
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find an installed TEK that goes on, but with other time stamps than a policy
 *
 * @param mark			TRUE to mark all that the policy does not have as
 *						deleted, instead of finding one
 * @return				TEK, or NULL
 */
static gm_tek_t *find_conflict(private_gm_stamps_t *this,
							   group_policy_t *policy, bool mark)
{
	const group_tek_data_t *stamped = find_stamped(policy), *data;
	gm_tek_t *tek, *found = NULL;
	enumerator_t *enumerator;
	bool other_type;

	if (!stamped)
	{
		return NULL;
	}
	other_type = stamped->replay == GROUP_REPLAY_D3P &&
				 this->freshness->has_other_type(this->freshness, policy);
	enumerator = this->teks->create_enumerator(this->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		data = tek->info.tek->get(tek->info.tek);
		if (tek->deleted || !gm_freshness_is_stamped(data->replay) ||
			(data->replay == stamped->replay && !other_type))
		{
			continue;
		}
		if (!mark)
		{
			found = tek;
		}
		else if (!policy->find_tek(policy, PROTO_ESP, data->spi))
		{
			tek->deleted = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_stamps_t, registered, void,
	private_gm_stamps_t *this, group_policy_t *policy, uint64_t since)
{
	find_conflict(this, policy, TRUE);
	this->since = since;
	this->freshness->begin(this->freshness, policy, 0, get_boot(this, since),
						   &this->sync);
}

/**
 * Window of the pseudotime in force, that of the newest TEK with it, even if it
 * is about to go: a rekey that replaces all keys is none the newer for it
 *
 * @return				seconds, 0 if there is no such TEK
 */
static uint32_t get_time_window(private_gm_stamps_t *this)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	uint32_t window = 0;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->info.tek->get(tek->info.tek);
		if (data->replay == GROUP_REPLAY_TIME)
		{
			window = data->replay_window / 1000;
		}
	}
	enumerator->destroy(enumerator);
	return window;
}

METHOD(gm_stamps_t, rekeyed, bool,
	private_gm_stamps_t *this, group_policy_t *policy, uint64_t now,
	char **reason)
{
	gm_sync_t *sync = &this->sync;
	gm_tek_t *conflict;

	*reason = NULL;
	conflict = find_conflict(this, policy, FALSE);
	if (conflict)
	{
		if (asprintf(reason, "it has time stamps of another kind than TEK "
					 "%08x, which it does not replace",
					 ntohl(conflict->sa->get_spi(conflict->sa))) < 0)
		{
			*reason = NULL;
		}
		return FALSE;
	}
	this->since = now;
	if (this->freshness->begin(this->freshness, policy, get_time_window(this),
							   get_boot(this, now), sync))
	{
		return TRUE;
	}
	gm_log(3, "PSEUDO_TIME_TOO_OLD", this->name, NULL, "Rekey received in "
		   "group %s is too old and fail PST check: my_pst is %llu sec, "
		   "peer_pst is %llu sec, allowable_skew is %u sec", this->name,
		   (unsigned long long)sync->mine, (unsigned long long)sync->theirs,
		   sync->allowable);
	return FALSE;
}

/**
 * Set the policy of all SAs that were ever in use
 *
 * @return				FALSE if the crypto map can't do it
 */
static bool set_policies(private_gm_stamps_t *this,
						 const freshness_policy_t *policy)
{
	uint32_t bit;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		bit = 1u << i;
		if (!(this->used & bit) ||
			((this->set & bit) && memeq(&this->policies[i], policy,
										sizeof(*policy))))
		{
			continue;
		}
		if (!this->map->set_freshness(this->map, i, policy))
		{
			return FALSE;
		}
		this->policies[i] = *policy;
		this->set |= bit;
	}
	return TRUE;
}

/**
 * Take the policies of all SAs away
 */
static void clear_policies(private_gm_stamps_t *this)
{
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->set & (1u << i))
		{
			this->map->set_freshness(this->map, i, NULL);
		}
	}
	this->set = 0;
}

METHOD(gm_stamps_t, prepare, bool,
	private_gm_stamps_t *this, gm_change_t *change)
{
	const group_tek_data_t *installed = find_newest(this, NULL), *tek;
	freshness_policy_t policy;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		this->used |= change->flows[i].acl ? 1u << i : 0;
	}
	tek = find_stamped(change->policy) ?: installed;
	if (!tek)
	{
		return TRUE;
	}
	this->freshness->get_policy(this->freshness, tek, &policy);
	if (set_policies(this, &policy))
	{
		return TRUE;
	}
	if (tek->replay == GROUP_REPLAY_TIME)
	{	/* GM-030 */
		gm_log(3, "GM_NO_CRYPT0_ENGINE", this->name, NULL, "Group %s demands "
			   "time-based anti-replay, which this member has no crypto engine "
			   "for", this->name);
	}
	return gm_change_fail(change, "TEK %08x asks for time stamps in packets, "
						  "which can't be made here: that takes plugin d3p",
						  ntohl(tek->spi));
}

METHOD(gm_stamps_t, follow, void,
	private_gm_stamps_t *this)
{
	const group_tek_data_t *tek = find_newest(this, NULL);
	freshness_policy_t policy;

	if (tek)
	{
		this->freshness->get_policy(this->freshness, tek, &policy);
		set_policies(this, &policy);
		this->look_at = min(this->look_at, this->runtime->now(this->runtime) +
							GM_STAMPS_INTERVAL);
	}
	else
	{
		clear_policies(this);
		this->look_at = GM_NEVER;
	}
}

METHOD(gm_stamps_t, commit, void,
	private_gm_stamps_t *this)
{
	gm_sync_t *sync = &this->sync;

	this->freshness->commit(this->freshness, this->since);
	if (sync->judged && sync->verdict == PSEUDOTIME_ADOPT_LARGE)
	{
		gm_log(3, "PSEUDO_TIME_LARGE", this->name, NULL, "Pseudotime "
			   "difference between key server (%llu sec) and GM (%llu sec) is "
			   "larger than expected in group %s. Adjust to new pseudotime",
			   (unsigned long long)sync->theirs,
			   (unsigned long long)sync->mine, this->name);
	}
	*sync = (gm_sync_t){};
}

METHOD(gm_stamps_t, abort_, void,
	private_gm_stamps_t *this)
{
	this->freshness->abort(this->freshness);
	this->sync = (gm_sync_t){};
	follow(this);
}

/**
 * Count the packets that were refused
 */
static uint64_t count_errors(private_gm_stamps_t *this)
{
	freshness_counters_t counters;
	uint64_t sum = 0;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if ((this->used & (1u << i)) &&
			this->map->get_freshness(this->map, i, &counters))
		{
			sum += counters.in_errors;
		}
	}
	return sum;
}

/**
 * Write seconds
 */
static char *print_seconds(double value, char *buf)
{
	return replay_row_print(value > 0 ? value * 1000 + 0.5 : 0, buf);
}

/**
 * Log the packet that was refused last (TBAR-008)
 */
static void log_error(private_gm_stamps_t *this, uint64_t count)
{
	char mine[REPLAY_ROW_TIME_LEN], theirs[REPLAY_ROW_TIME_LEN];
	char window[REPLAY_ROW_TIME_LEN], last[192] = "";
	freshness_error_t *error;
	enumerator_t *enumerator;

	enumerator = this->map->create_freshness_enumerator(this->map);
	while (enumerator->enumerate(enumerator, &error))
	{
		snprintf(last, sizeof(last), ", the last noted from %H: %N, "
				 "my_time=%s sec, peer_time=%s sec, window=%s sec",
				 error->source, error_names, error->kind,
				 print_seconds(error->my_time, mine),
				 print_seconds(error->peer_time, theirs),
				 print_seconds(error->window, window));
	}
	enumerator->destroy(enumerator);
	gm_log(4, "REPLAY_FAILED", this->name, NULL, "Replay check failed for %llu "
		   "packets in group %s%s", (unsigned long long)count, this->name,
		   last);
}

METHOD(gm_stamps_t, run, uint64_t,
	private_gm_stamps_t *this, uint64_t now)
{
	uint64_t errors;

	if (now < this->look_at)
	{
		return this->look_at;
	}
	this->look_at = now + GM_STAMPS_INTERVAL;
	errors = count_errors(this);
	if (errors < this->told)
	{	/* somebody else has set them back */
		this->told = 0;
	}
	if (errors > this->told && now >= this->quiet)
	{
		log_error(this, errors - this->told);
		this->told = errors;
		this->quiet = now + GM_STAMPS_LOG_INTERVAL;
	}
	return this->look_at;
}

METHOD(gm_stamps_t, reset, void,
	private_gm_stamps_t *this)
{
	this->freshness->reset(this->freshness);
	this->map->reset_freshness(this->map, ~0);
	this->told = 0;
}

METHOD(gm_stamps_t, get_status, void,
	private_gm_stamps_t *this, gm_freshness_status_t *status)
{
	const group_tek_data_t *newest;

	find_newest(this, &newest);
	this->freshness->get_status(this->freshness, newest, status);
}

METHOD(gm_stamps_t, destroy, void,
	private_gm_stamps_t *this)
{
	this->freshness->destroy(this->freshness);
	free(this->name);
	free(this);
}

/*
 * Described in header
 */
gm_stamps_t *gm_stamps_create(gm_config_t *config, crypto_map_t *map,
							  gm_teks_t *teks, gm_runtime_t *runtime)
{
	private_gm_stamps_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.registered = _registered,
			.rekeyed = _rekeyed,
			.prepare = _prepare,
			.commit = _commit,
			.abort = _abort_,
			.follow = _follow,
			.run = _run,
			.reset = _reset,
			.get_status = _get_status,
			.destroy = _destroy,
		},
		.name = strdup(config->get(config)->group.name),
		.map = map,
		.teks = teks,
		.runtime = runtime,
		.freshness = gm_freshness_create(),
		.look_at = GM_NEVER,
	);
	configure(this, config);
	return &this->public;
}
