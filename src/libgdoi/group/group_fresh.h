/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_fresh group_fresh
 * @{ @ingroup libgdoi_group
 *
 * What a receiver finds when it looks at the time stamp of a packet.
 */

#ifndef GROUP_FRESH_H_
#define GROUP_FRESH_H_

typedef enum group_fresh_t group_fresh_t;

/** octets of a D3P header, and of a TBAR header at least and at most */
#define GROUP_FRESH_HEADER_MIN 12
#define GROUP_FRESH_HEADER_MAX 16

/**
 * Verdicts about a stamp.
 */
enum group_fresh_t {
	/** within the window, bounds included */
	GROUP_FRESH = 0,
	/** truncated, or a field has a value that it can't have */
	GROUP_FRESH_MALFORMED,
	/** of another pseudotime clock */
	GROUP_FRESH_EPOCH,
	/** the stamp is ahead of the receiver's time by more than allowed */
	GROUP_FRESH_EARLY,
	/** the stamp is behind the receiver's time by more than allowed */
	GROUP_FRESH_LATE,
};

#endif /** GROUP_FRESH_H_ @}*/
