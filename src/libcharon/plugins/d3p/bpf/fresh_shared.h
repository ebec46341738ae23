/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Memory that the BPF programs of freshness and their user space share, for
 * one crypto map. As with cm_shared.h: types of fixed size, naturally aligned.
 *
 * @defgroup fresh_shared fresh_shared
 * @{ @ingroup d3p
 */

#ifndef FRESH_SHARED_H_
#define FRESH_SHARED_H_

#include <linux/types.h>

#include "cm_shared.h"

/** areas for CPUs, a power of two; with more CPUs some are shared, and the
 *  programs then count with atomic operations */
#define FRESH_CPUS 64

/** methods, as freshness_method_t has them */
#define FRESH_NONE 0
#define FRESH_D3P 1
#define FRESH_TBAR 2

/** octets of headers: the only length of D3P, those of TBAR */
#define FRESH_HEADER 12
#define FRESH_HEADER_LONG 16

/** types of D3P's header, and the version of TBAR's */
#define FRESH_TYPE_POSIX 1
#define FRESH_TYPE_MSEC 3
#define FRESH_VERSION 1

/** events of an SA in a minute at most (D3P-014) */
#define FRESH_EVENTS 10

/** why a packet is refused, as freshness_error_kind_t has it */
enum fresh_kind {
	FRESH_MISSING,
	FRESH_MALFORMED,
	FRESH_EPOCH,
	FRESH_EARLY,
	FRESH_LATE,
	FRESH_KINDS,
};

/**
 * What is asked of an SA's packets, see freshness_policy_t.
 */
struct fresh_profile {
	/** TBAR: instant of CLOCK_BOOTTIME at which it was this pseudotime */
	__u64 boot_ns;
	__u32 epoch;
	__u32 ticks;
	/** TBAR: milliseconds of a tick, not 0 */
	__u32 tick_ms;
	/** largest difference accepted, milliseconds, bounds included */
	__u32 allowed_ms;
	/** FRESH_NONE, FRESH_D3P or FRESH_TBAR */
	__u8 method;
	/** IP protocol of the header */
	__u8 protocol;
	/** D3P: FRESH_TYPE_* */
	__u8 type;
	/** octets that are sent, FRESH_HEADER or FRESH_HEADER_LONG */
	__u8 header;
	/** 1 if DF is never set outside */
	__u8 clear_df;
	__u8 pad[3];
};

/**
 * What is counted of an SA.
 */
struct fresh_counts {
	/** accepted, and sent with a header */
	__u64 in;
	__u64 out;
	/** not sent, as they could not get one */
	__u64 out_errors;
	/** refused, by enum fresh_kind */
	__u64 errors[FRESH_KINDS];
	/** largest difference accepted since user space set it to 0, milliseconds:
	 *  positive for what was old */
	__s64 max_delta_ms;
};

/**
 * The counters of a CPU.
 */
struct fresh_cpu {
	struct fresh_counts sas[CM_SAS];
} __attribute__((aligned(64)));

/**
 * When the last events were sent, as nanoseconds of CLOCK_BOOTTIME.
 */
struct fresh_limit {
	__u64 at[FRESH_EVENTS];
	__u32 next;
	__u32 pad;
};

/**
 * All of it, a map of its own.
 */
struct fresh_shared {
	/** two of each: user space writes the one not in use */
	struct fresh_profile profiles[2][CM_SAS];
	/** bit per SA: which of the two counts */
	__u32 current;
	/** device that cuts large packets into segments, 0 if there is none */
	__u32 segments;
	/** device that merges segments again, 0 if there is none */
	__u32 merge;
	__u32 pad;
	/** what makes the real time of CLOCK_BOOTTIME */
	__s64 realtime_offset_ns;
	/** for tests: CLOCK_BOOTTIME, if the programs were told to look here */
	__u64 fixed_ns;
	struct fresh_limit limits[CM_SAS];
	struct fresh_cpu cpu[FRESH_CPUS];
};

/**
 * A packet that was refused.
 */
struct fresh_event {
	/** index of the SA, and its method */
	__u32 sa;
	__u32 method;
	/** enum fresh_kind */
	__u32 kind;
	/** AF_INET or AF_INET6, and the source address outside */
	__u32 family;
	__u32 saddr[4];
	/** real time when it came, nanoseconds since 1970 */
	__u64 real_ns;
	/** our time and that of the packet, milliseconds: since 1970 for D3P, of
	 *  the pseudotime for TBAR; theirs is 0 if the packet shows none */
	__u64 mine_ms;
	__u64 theirs_ms;
	/** largest difference that was allowed */
	__u32 allowed_ms;
	__u32 pad;
};

#endif /** FRESH_SHARED_H_ @}*/
