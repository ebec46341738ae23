/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_pseudotime group_pseudotime
 * @{ @ingroup libgdoi_group
 *
 * The clock of time-based anti-replay: how it advances, and who follows whom
 * (TBAR-020 to TBAR-030). Pure functions of values, any thread.
 */

#ifndef GROUP_PSEUDOTIME_H_
#define GROUP_PSEUDOTIME_H_

#include "group_fresh.h"

#include <library.h>

typedef struct group_pseudotime_t group_pseudotime_t;
typedef enum pseudotime_verdict_t pseudotime_verdict_t;

/** milliseconds of a tick that are taken */
#define PSEUDOTIME_TICK_MIN 1
#define PSEUDOTIME_TICK_MAX 10000

/** seconds of a window, TBAR-007 */
#define PSEUDOTIME_WINDOW_MIN 1
#define PSEUDOTIME_WINDOW_MAX 100

/** seconds that pseudotimes may differ with a window above that, TBAR-020 */
#define PSEUDOTIME_SKEW_MAX 30

/**
 * The pseudotime of a group at an instant.
 */
struct group_pseudotime_t {

	/** random number of the clock: stamps of other clocks tell nothing */
	uint32_t epoch;

	/** ticks since the clock was started; wraps around */
	uint32_t ticks;

	/** length of a tick in milliseconds, PSEUDOTIME_TICK_MIN..MAX */
	uint32_t tick_ms;
};

/**
 * What becomes of a pseudotime that came in a message.
 */
enum pseudotime_verdict_t {
	/** take the message, adopt its pseudotime */
	PSEUDOTIME_ADOPT = 0,
	/** the same, and log that it is ahead by more than expected */
	PSEUDOTIME_ADOPT_LARGE,
	/** take the message, set the own clock back to its pseudotime */
	PSEUDOTIME_ADOPT_SMALLER,
	/** take the message, go on with the own pseudotime */
	PSEUDOTIME_KEEP,
	/** drop the message, and log it */
	PSEUDOTIME_TOO_OLD,
};

/**
 * Check that a pseudotime has a length of its ticks that is taken.
 */
bool pseudotime_is_valid(const group_pseudotime_t *time);

/**
 * The pseudotime some time later.
 *
 * Advance always from the same base: what is left of a tick is dropped.
 *
 * @param base			pseudotime at the beginning
 * @param elapsed_ms	milliseconds since then, of a clock that nobody sets
 * @return				pseudotime, with the epoch and ticks of the base
 */
group_pseudotime_t pseudotime_advance(const group_pseudotime_t *base,
									  uint64_t elapsed_ms);

/**
 * A pseudotime in milliseconds since the clock was started.
 */
uint64_t pseudotime_ms(const group_pseudotime_t *time);

/**
 * How far another pseudotime is ahead, in milliseconds; epochs don't matter.
 *
 * With ticks of the same length they are compared modulo 2^32.
 *
 * @return				negative if theirs is behind
 */
int64_t pseudotime_ahead(const group_pseudotime_t *own,
						 const group_pseudotime_t *theirs);

/**
 * Allowable difference of pseudotimes in the control plane, TBAR-020.
 *
 * @param window		window of the group in seconds
 * @return				seconds
 */
uint32_t pseudotime_allowable(uint32_t window);

/**
 * A member got a rekey, TBAR-021 to TBAR-023. A registration is no case for
 * this: its pseudotime is always adopted.
 *
 * Epochs are not compared: the message is authentic, and so a new clock is
 * adopted under the same rules.
 *
 * @param own			pseudotime of the member at receipt
 * @param theirs		pseudotime of the rekey
 * @param window		window of the group in seconds
 * @return				any but PSEUDOTIME_KEEP
 */
pseudotime_verdict_t pseudotime_judge_member(const group_pseudotime_t *own,
											 const group_pseudotime_t *theirs,
											 uint32_t window);

/**
 * A secondary key server got an announcement, TBAR-024 and TBAR-025.
 *
 * Parameters and verdicts as for pseudotime_judge_member().
 */
pseudotime_verdict_t pseudotime_judge_secondary(
											const group_pseudotime_t *own,
											const group_pseudotime_t *theirs,
											uint32_t window);

/**
 * A primary key server got a message of a secondary, TBAR-028: what is smaller
 * within the allowable difference is taken, but the clock goes on; what is
 * larger is adopted, TBAR-029.
 *
 * Parameters as for pseudotime_judge_member().
 *
 * @return				any but PSEUDOTIME_ADOPT_SMALLER
 */
pseudotime_verdict_t pseudotime_judge_primary(const group_pseudotime_t *own,
											  const group_pseudotime_t *theirs,
											  uint32_t window);

/**
 * Two halves of a group find together again: the larger pseudotime wins,
 * TBAR-029. Both sides get the same, whoever is a and b.
 *
 * @param a				pseudotime of one half
 * @param b				pseudotime of the other at the same instant
 * @param window		window of the group in seconds
 * @param rekey			set to whether all members need a rekey: the difference
 *						exceeds the allowable one, or the clocks have other
 *						epochs, so that the halves refuse each other's packets
 * @return				pseudotime of the merged group
 */
group_pseudotime_t pseudotime_merge(const group_pseudotime_t *a,
									const group_pseudotime_t *b,
									uint32_t window, bool *rekey);

/**
 * Is the stamp of a packet fresh, TBAR-006? It is if the difference is at most
 * the window; ticks are compared modulo 2^32.
 *
 * @param own			pseudotime of the receiver
 * @param epoch			epoch of the stamp
 * @param ticks			ticks of the stamp
 * @param window_ms		window in milliseconds
 * @return				GROUP_FRESH, _EPOCH, _EARLY or _LATE
 */
group_fresh_t pseudotime_accepts(const group_pseudotime_t *own, uint32_t epoch,
								 uint32_t ticks, uint32_t window_ms);

#endif /** GROUP_PSEUDOTIME_H_ @}*/
