/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * What the programs of freshness know and count, and their clocks.
 *
 * Included by one file only, the programs; nothing here is for user space.
 */

#ifndef FRESH_STATE_H_
#define FRESH_STATE_H_

#include "packet.h"
#include "fresh_shared.h"

#define MILLISECOND 1000000ull
#define SECOND 1000000000ull

/** in which no more than FRESH_EVENTS are sent */
#define EVENT_PERIOD (60 * SECOND)

/** all that is shared with user space, beside what the crypto map shares: its
 *  .bss, which is why this has to be elsewhere */
struct fresh_shared fresh SEC(".data.fresh");

/** TRUE if there are more CPUs than areas for them; set before load */
const volatile __u32 fresh_cpus_shared = 0;

/** TRUE to take the time from fresh.fixed_ns; set before load, by tests */
const volatile __u32 fresh_fixed_clock = 0;

/** packets that were refused, for user space; when full, they are lost */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} refused SEC(".maps");

/**
 * Increase a counter.
 */
INLINE void increase(__u64 *counter)
{
	if (fresh_cpus_shared)
	{
		__sync_fetch_and_add(counter, 1);
	}
	else
	{
		(*counter)++;
	}
}

/**
 * Get the counters of an SA.
 */
INLINE struct fresh_counts *get_counts(__u32 sa)
{
	__u32 cpu = bpf_get_smp_processor_id() & (FRESH_CPUS - 1);

	return &fresh.cpu[cpu].sas[sa & (CM_SAS - 1)];
}

/**
 * Get the profile of an SA.
 */
INLINE const struct fresh_profile *get_profile(__u32 sa)
{
	__u32 which;

	sa &= CM_SAS - 1;
	which = READ_ONCE(fresh.current) >> sa & 1;
	return &fresh.profiles[which][sa];
}

/**
 * Get the time since boot, in nanoseconds.
 */
INLINE __u64 get_boot_time()
{
	return fresh_fixed_clock ? fresh.fixed_ns : bpf_ktime_get_boot_ns();
}

/**
 * Get the real time that belongs to a time since boot.
 */
INLINE __u64 get_real_time(__u64 boot)
{
	return boot + READ_ONCE(fresh.realtime_offset_ns);
}

/**
 * Get the pseudotime that belongs to a time since boot, in ticks.
 */
INLINE __u32 get_ticks(const struct fresh_profile *profile, __u64 boot)
{
	__u64 since = profile->boot_ns;

	if (boot <= since)
	{
		return profile->ticks;
	}
	return profile->ticks + (boot - since) / (profile->tick_ms * MILLISECOND);
}

/**
 * Get the time that packets are compared to, in milliseconds.
 */
INLINE __u64 get_own_time(const struct fresh_profile *profile, __u64 boot)
{
	if (profile->method == FRESH_TBAR)
	{
		return (__u64)get_ticks(profile, boot) * profile->tick_ms;
	}
	return get_real_time(boot) / MILLISECOND;
}

/**
 * Ask for leave to send an event. The one before the last FRESH_EVENTS must be
 * over for long enough; CPUs that want the same place get it once.
 */
INLINE int may_report(__u32 sa, __u64 boot)
{
	struct fresh_limit *limit = &fresh.limits[sa & (CM_SAS - 1)];
	__u32 n = READ_ONCE(limit->next);
	__u64 last;

	if (n >= FRESH_EVENTS)
	{
		return 0;
	}
	last = READ_ONCE(limit->at[n]);
	/* another CPU may have read the clock a moment later */
	if (last && (__s64)(boot - last) < (__s64)EVENT_PERIOD)
	{
		return 0;
	}
	if (__sync_val_compare_and_swap(&limit->at[n], last, boot) != last)
	{
		return 0;
	}
	limit->next = n + 1 < FRESH_EVENTS ? n + 1 : 0;
	return 1;
}

#endif /** FRESH_STATE_H_ */
