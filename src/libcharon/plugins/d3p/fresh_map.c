/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE

#include "fresh_map.h"
#include "fresh_history.h"

#include <cm_wait.h>

#include <threading/mutex.h>

/** milliseconds between looks at the largest difference, and between two
 *  warnings about the same SA */
#define MINUTE 60000
#define WARN_AGAIN (10 * MINUTE)

typedef struct private_fresh_map_t private_fresh_map_t;
typedef struct fresh_sa_t fresh_sa_t;

/**
 * What is known of an SA
 */
struct fresh_sa_t {

	/**
	 * Policy; method FRESHNESS_NONE if there is none
	 */
	freshness_policy_t policy;

	/**
	 * Counters at the last reset, as the programs don't stop counting
	 */
	freshness_counters_t base;

	/**
	 * Largest differences since the last reset, and since the last look for a
	 * warning, milliseconds
	 */
	int64_t worst;
	int64_t recent;

	/**
	 * Boot time before which there is no further warning, milliseconds
	 */
	uint64_t quiet;

	/**
	 * TRUE if packets may have seen the profile that is not in use
	 */
	bool seen;

	/**
	 * Refused packets
	 */
	fresh_history_t *history;
};

/**
 * Private data
 */
struct private_fresh_map_t {

	/**
	 * Public interface
	 */
	fresh_map_t public;

	/**
	 * Settings
	 */
	fresh_map_params_t params;

	/**
	 * Interface
	 */
	char *interface;

	/**
	 * Programs, and the memory shared with them
	 */
	fresh_programs_t *programs;
	struct fresh_shared *shared;

	/**
	 * Guards what follows, and the writing of profiles
	 */
	mutex_t *mutex;

	/**
	 * SAs
	 */
	fresh_sa_t sas[CM_SAS];

	/**
	 * Boot time of the next look at differences, milliseconds, 0 before the
	 * first one
	 */
	uint64_t look;
};

/**
 * The one of two differences that is further from nothing
 */
static int64_t larger(int64_t a, int64_t b)
{
	return llabs(b) > llabs(a) ? b : a;
}

/**
 * Write a policy the way the programs read it
 */
static void fill_profile(struct fresh_profile *profile,
						 const freshness_policy_t *policy)
{
	*profile = (struct fresh_profile){
		.boot_ns = policy->boot_ns,
		.epoch = policy->epoch,
		.ticks = policy->ticks,
		.tick_ms = max(policy->tick_ms, 1),
		.allowed_ms = policy->allowed_ms,
		.method = policy->method,
		.protocol = policy->protocol,
		.type = policy->type,
		.header = policy->header,
		.clear_df = policy->clear_df,
	};
}

METHOD(freshness_map_t, set_policy, void,
	private_fresh_map_t *this, u_int sa, const freshness_policy_t *policy)
{
	freshness_policy_t none = { .method = FRESHNESS_NONE };
	uint32_t current, bit = 1u << sa;
	fresh_sa_t *entry;

	if (sa >= CM_SAS)
	{
		return;
	}
	policy = policy ?: &none;
	entry = &this->sas[sa];
	this->mutex->lock(this->mutex);
	if (policy->method != entry->policy.method ||
		policy->allowed_ms != entry->policy.allowed_ms)
	{
		entry->recent = 0;
		entry->quiet = 0;
	}
	entry->policy = *policy;
	if (entry->seen)
	{	/* a packet under way may still read what was in use before this one */
		this->params.wait();
	}
	entry->seen = TRUE;
	current = this->shared->current ^ bit;
	fill_profile(&this->shared->profiles[(current & bit) != 0][sa], policy);
	/* the profile must be complete when packets begin to use it */
	__atomic_store_n(&this->shared->current, current, __ATOMIC_RELEASE);
	this->mutex->unlock(this->mutex);
}

/**
 * Sum up what the CPUs counted for an SA since the programs were loaded
 */
static void sum_counters(private_fresh_map_t *this, u_int sa,
						 freshness_counters_t *sum)
{
	struct fresh_counts *counts;
	u_int cpu, kind;

	*sum = (freshness_counters_t){};
	for (cpu = 0; cpu < FRESH_CPUS; cpu++)
	{
		counts = &this->shared->cpu[cpu].sas[sa];
		sum->in += __atomic_load_n(&counts->in, __ATOMIC_RELAXED);
		sum->out += __atomic_load_n(&counts->out, __ATOMIC_RELAXED);
		sum->out_errors += __atomic_load_n(&counts->out_errors,
										   __ATOMIC_RELAXED);
		for (kind = 0; kind < FRESHNESS_ERROR_KINDS; kind++)
		{
			sum->errors[kind] += __atomic_load_n(&counts->errors[kind],
												 __ATOMIC_RELAXED);
		}
	}
}

/**
 * Take the largest differences of an SA from the CPUs. A program may write one
 * while we clear another, then one of them is lost: the next packet brings it.
 */
static void take_delta(private_fresh_map_t *this, u_int sa)
{
	fresh_sa_t *entry = &this->sas[sa];
	int64_t *delta, taken;
	u_int cpu;

	for (cpu = 0; cpu < FRESH_CPUS; cpu++)
	{
		delta = (int64_t*)&this->shared->cpu[cpu].sas[sa].max_delta_ms;
		if (__atomic_load_n(delta, __ATOMIC_RELAXED))
		{
			taken = __atomic_exchange_n(delta, 0, __ATOMIC_RELAXED);
			entry->worst = larger(entry->worst, taken);
			entry->recent = larger(entry->recent, taken);
		}
	}
}

METHOD(freshness_map_t, get_counters, void,
	private_fresh_map_t *this, u_int sa, freshness_counters_t *counters)
{
	fresh_sa_t *entry;
	u_int kind;

	if (sa >= CM_SAS)
	{
		*counters = (freshness_counters_t){};
		return;
	}
	entry = &this->sas[sa];
	this->mutex->lock(this->mutex);
	sum_counters(this, sa, counters);
	take_delta(this, sa);
	counters->in -= entry->base.in;
	counters->out -= entry->base.out;
	counters->out_errors -= entry->base.out_errors;
	for (kind = 0; kind < FRESHNESS_ERROR_KINDS; kind++)
	{
		counters->errors[kind] -= entry->base.errors[kind];
		counters->in_errors += counters->errors[kind];
	}
	counters->max_delta_ms = entry->worst;
	this->mutex->unlock(this->mutex);
}

METHOD(freshness_map_t, create_history_enumerator, enumerator_t*,
	private_fresh_map_t *this, u_int sa)
{
	fresh_history_t *history;
	enumerator_t *enumerator;

	if (sa >= CM_SAS)
	{
		return enumerator_create_empty();
	}
	history = this->sas[sa].history;
	this->mutex->lock(this->mutex);
	enumerator = history->create_enumerator(history);
	this->mutex->unlock(this->mutex);
	return enumerator;
}

METHOD(freshness_map_t, reset, void,
	private_fresh_map_t *this, u_int sa)
{
	fresh_sa_t *entry;

	if (sa >= CM_SAS)
	{
		return;
	}
	entry = &this->sas[sa];
	this->mutex->lock(this->mutex);
	sum_counters(this, sa, &entry->base);
	take_delta(this, sa);
	entry->worst = 0;
	entry->history->clear(entry->history);
	this->mutex->unlock(this->mutex);
}

METHOD(fresh_map_t, set_offset, void,
	private_fresh_map_t *this, int64_t offset)
{
	__atomic_store_n(&this->shared->realtime_offset_ns, offset,
					 __ATOMIC_RELAXED);
}

METHOD(fresh_map_t, needs_clock, bool,
	private_fresh_map_t *this)
{
	bool needs = FALSE;
	u_int sa;

	this->mutex->lock(this->mutex);
	for (sa = 0; sa < CM_SAS && !needs; sa++)
	{
		needs = this->sas[sa].policy.method == FRESHNESS_D3P;
	}
	this->mutex->unlock(this->mutex);
	return needs;
}

METHOD(fresh_map_t, get_interface, const char*,
	private_fresh_map_t *this)
{
	return this->interface;
}

/**
 * Is the difference of the last minute worth a warning? With TBAR all packets
 * of a tick have the same stamp, so that a tick is no difference.
 */
static bool is_skewed(private_fresh_map_t *this, const fresh_sa_t *entry)
{
	int64_t delta = llabs(entry->recent);

	if (entry->policy.method == FRESHNESS_NONE)
	{
		return FALSE;
	}
	if (entry->policy.method == FRESHNESS_TBAR)
	{
		delta -= entry->policy.tick_ms;
	}
	return delta * 100 > (int64_t)entry->policy.allowed_ms * this->params.warn;
}

/**
 * Warn about an SA if it is time to
 */
static bool take_skew(private_fresh_map_t *this, u_int sa, uint64_t boot_ms,
					  fresh_skew_t *skew)
{
	fresh_sa_t *entry = &this->sas[sa];
	bool due;

	take_delta(this, sa);
	due = boot_ms >= entry->quiet && is_skewed(this, entry);
	if (due)
	{
		entry->quiet = boot_ms + WARN_AGAIN;
		*skew = (fresh_skew_t){
			.sa = sa,
			.method = entry->policy.method,
			.delta_ms = entry->recent,
			.allowed_ms = entry->policy.allowed_ms,
		};
	}
	entry->recent = 0;
	return due;
}

METHOD(fresh_map_t, take_skews, u_int,
	private_fresh_map_t *this, uint64_t boot_ms, fresh_skew_t *skews)
{
	u_int sa, count = 0;

	if (!this->params.warn)
	{
		return 0;
	}
	this->mutex->lock(this->mutex);
	if (boot_ms >= this->look)
	{
		for (sa = 0; this->look && sa < CM_SAS; sa++)
		{
			count += take_skew(this, sa, boot_ms, &skews[count]);
		}
		this->look = boot_ms + MINUTE;
	}
	this->mutex->unlock(this->mutex);
	return count;
}

/**
 * Take down a refused packet; called by a thread of the watcher
 */
static void take_event(private_fresh_map_t *this,
					   const struct fresh_event *event)
{
	fresh_history_t *history;

	if (event->sa < CM_SAS && event->kind < FRESHNESS_ERROR_KINDS)
	{
		history = this->sas[event->sa].history;
		this->mutex->lock(this->mutex);
		history->add(history, event);
		this->mutex->unlock(this->mutex);
	}
}

/**
 * Free what does without the programs
 */
static void free_map(private_fresh_map_t *this)
{
	u_int sa;

	for (sa = 0; sa < CM_SAS; sa++)
	{
		this->sas[sa].history->destroy(this->sas[sa].history);
	}
	this->mutex->destroy(this->mutex);
	free(this->interface);
	free(this);
}

METHOD(freshness_map_t, destroy, void,
	private_fresh_map_t *this, bool keep)
{
	if (this->params.gone)
	{
		this->params.gone(this->params.user, &this->public);
	}
	this->programs->destroy(this->programs, keep);
	free_map(this);
}

/*
 * Described in header
 */
fresh_map_t *fresh_map_create(const freshness_place_t *place,
							  const fresh_map_params_t *params, int *err)
{
	private_fresh_map_t *this;
	u_int sa;

	INIT(this,
		.public = {
			.map = {
				.set_policy = _set_policy,
				.get_counters = _get_counters,
				.create_history_enumerator = _create_history_enumerator,
				.reset = _reset,
				.destroy = _destroy,
			},
			.set_offset = _set_offset,
			.needs_clock = _needs_clock,
			.get_interface = _get_interface,
			.take_skews = _take_skews,
		},
		.params = *params,
		.interface = strdup(place->interface ?: ""),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->params.wait = params->wait ?: cm_wait_for_programs;
	for (sa = 0; sa < CM_SAS; sa++)
	{
		this->sas[sa].history = fresh_history_create(params->history);
	}
	this->programs = params->loader(place, (fresh_programs_cb_t)take_event,
									this, err);
	if (!this->programs)
	{
		free_map(this);
		return NULL;
	}
	this->shared = this->programs->get_shared(this->programs);
	return &this->public;
}
