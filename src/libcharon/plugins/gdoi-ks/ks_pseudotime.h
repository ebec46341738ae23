/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_pseudotime ks_pseudotime
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_PSEUDOTIME_H_
#define KS_PSEUDOTIME_H_

#include "ks_boot.h"

#include <group/group_policy.h>
#include <group/pseudotime.h>

typedef struct ks_pseudotime_t ks_pseudotime_t;
typedef struct ks_pseudotime_state_t ks_pseudotime_state_t;

/**
 * What a store keeps of a pseudotime: values that stay the same until members
 * are told the time again.
 */
struct ks_pseudotime_state_t {

	/** random number of the clock, 0 if it was never started */
	uint32_t epoch;

	/** milliseconds that it had when members were told last */
	uint64_t value;

	/** when that was: milliseconds of ks_boot_t, and which boot */
	uint64_t boot;
	uint8_t boot_id[KS_BOOT_ID_LEN];

	/** and by the wall clock, seconds since 1970 */
	uint64_t wall;
};

/**
 * The pseudotime of a group on its key server, TBAR-001 to TBAR-005: runs on
 * the clock of the boot, from the first registration on, and knows when
 * members were told of it last.
 *
 * Thread-safe, by a lock of its own that is held while nothing else is called.
 */
struct ks_pseudotime_t {

	/**
	 * Start the clock from zero with a random epoch, unless it runs already;
	 * members are being told of it (TBAR-002).
	 *
	 * @return			FALSE if there is no randomness for an epoch
	 */
	bool (*start)(ks_pseudotime_t *this);

	/**
	 * Get the pseudotime of this moment.
	 *
	 * @param tick		milliseconds of a tick, not 0
	 * @param time		filled
	 * @return			FALSE if the clock was not started
	 */
	bool (*get)(ks_pseudotime_t *this, uint32_t tick,
				group_pseudotime_t *time);

	/**
	 * Take over the pseudotime of another key server, which
	 * pseudotime_judge_secondary(), pseudotime_judge_primary() or
	 * pseudotime_merge() said is to be adopted.
	 *
	 * @param time		pseudotime of this moment
	 */
	void (*adopt)(ks_pseudotime_t *this, const group_pseudotime_t *time);

	/**
	 * Members are being told of the pseudotime by a rekey.
	 */
	void (*told)(ks_pseudotime_t *this);

	/**
	 * Seconds since members were told by a rekey, or the clock was started.
	 *
	 * @return			seconds, 0 if the clock was not started
	 */
	uint32_t (*get_age)(ks_pseudotime_t *this);

	/**
	 * Get what a store keeps.
	 */
	void (*get_state)(ks_pseudotime_t *this, ks_pseudotime_state_t *state);

	/**
	 * Carry on with what a store kept: by the clock of the boot if it is the
	 * same, otherwise by the wall clock, but never below what was kept.
	 */
	void (*set_state)(ks_pseudotime_t *this,
					  const ks_pseudotime_state_t *state);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_pseudotime_t *this);
};

/**
 * Create a clock that does not run.
 *
 * @param boot			clock of the boot, copied; NULL for that of this host
 */
ks_pseudotime_t *ks_pseudotime_create(const ks_boot_t *boot);

/**
 * Get the smallest window of the TEKs of a policy that have pseudotime.
 *
 * @param policy		policy
 * @return				milliseconds, 0 if there are none
 */
uint32_t ks_pseudotime_window(group_policy_t *policy);

#endif /** KS_PSEUDOTIME_H_ @}*/
