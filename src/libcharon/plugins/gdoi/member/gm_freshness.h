/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_freshness gm_freshness
 * @{ @ingroup gdoi_member
 */

#ifndef GM_FRESHNESS_H_
#define GM_FRESHNESS_H_

#include "gm_stamp_config.h"

#include <cryptomap/freshness.h>
#include <group/group_policy.h>

typedef struct gm_freshness_t gm_freshness_t;
typedef struct gm_freshness_status_t gm_freshness_status_t;
typedef struct gm_sync_t gm_sync_t;

/**
 * What became of the pseudotime of a message.
 */
struct gm_sync_t {

	/** TRUE if there was one, and one of ours to compare it with */
	bool judged;

	/** verdict, PSEUDOTIME_ADOPT if it was not judged */
	pseudotime_verdict_t verdict;

	/** our pseudotime at receipt and the message's, seconds */
	uint64_t mine;
	uint64_t theirs;

	/** allowable difference, seconds (TBAR-020) */
	uint32_t allowable;
};

/**
 * What can be seen of it. A plain value.
 */
struct gm_freshness_status_t {

	/** method of the newest TEK of the group */
	group_replay_t replay;

	/** its window in force: packets, or milliseconds */
	uint32_t window;

	/** TRUE if the window is the member's own (D3P-002) */
	bool override;

	/** layout of IP-D3P, d3p_type_t */
	uint8_t type;

	/** TRUE if there is a pseudotime: its base, and when that was on the boot
	 *  clock, ns */
	bool timed;
	group_pseudotime_t base;
	uint64_t boot_ns;

	/** pseudotimes that differed by more than is allowable, be it that they
	 *  were adopted (TBAR-021) or not (TBAR-023) */
	uint64_t sync_errors;

	/** largest difference of a pseudotime that came in a rekey, ms */
	uint64_t sync_max;

	/** when a pseudotime was adopted last, member's clock, 0 for never */
	uint64_t sync_last;
};

/**
 * What a group's key server says of time stamps, and the group's pseudotime.
 *
 * Calls nobody; time is passed in, of a clock that nobody sets and that goes
 * on while the host sleeps (CLOCK_BOOTTIME). Not thread safe.
 */
struct gm_freshness_t {

	/**
	 * Use other settings from now on.
	 *
	 * @param config	settings, copied
	 * @param clear_df	TRUE to clear the outer DF bit
	 */
	void (*configure)(gm_freshness_t *this, const gm_stamp_config_t *config,
					  bool clear_df);

	/**
	 * Take over what a message says, until commit() for a try.
	 *
	 * The pseudotime of a registration is adopted whatever it is, that of a
	 * rekey by TBAR-021 to TBAR-023.
	 *
	 * @param policy	policy of the message
	 * @param window	window of the pseudotime in force, seconds; 0 to adopt
	 *					whatever comes
	 * @param boot_ns	boot clock when the message came
	 * @param sync		set to what became of its pseudotime
	 * @return			FALSE if it is too old (TBAR-023): nothing was changed,
	 *					the message is to be dropped
	 */
	bool (*begin)(gm_freshness_t *this, group_policy_t *policy,
				  uint32_t window, uint64_t boot_ns, gm_sync_t *sync);

	/**
	 * Keep what begin() took over.
	 *
	 * @param now		time of the member when it came
	 */
	void (*commit)(gm_freshness_t *this, uint64_t now);

	/**
	 * Go back to what was before begin().
	 */
	void (*abort)(gm_freshness_t *this);

	/**
	 * Does a policy bring another layout of IP-D3P than that in use?
	 */
	bool (*has_other_type)(gm_freshness_t *this, group_policy_t *policy);

	/**
	 * Get what packets of a TEK must look like.
	 *
	 * @param tek		TEK with GROUP_REPLAY_TIME or GROUP_REPLAY_D3P
	 * @param policy	filled in, padding too
	 */
	void (*get_policy)(gm_freshness_t *this, const group_tek_data_t *tek,
					   freshness_policy_t *policy);

	/**
	 * Forget counters, not the pseudotime.
	 */
	void (*reset)(gm_freshness_t *this);

	/**
	 * Get what can be seen of it.
	 *
	 * @param tek		newest TEK, NULL for none
	 * @param status	filled in
	 */
	void (*get_status)(gm_freshness_t *this, const group_tek_data_t *tek,
					   gm_freshness_status_t *status);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_freshness_t *this);
};

/**
 * Do the packets of a TEK carry a time stamp?
 *
 * @param replay		its replay protection
 */
bool gm_freshness_is_stamped(group_replay_t replay);

/**
 * Create an object for a group without policy.
 */
gm_freshness_t *gm_freshness_create();

#endif /** GM_FRESHNESS_H_ @}*/
