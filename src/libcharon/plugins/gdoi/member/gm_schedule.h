/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_member member
 * @ingroup gdoi
 *
 * @defgroup gm_schedule gm_schedule
 * @{ @ingroup gdoi_member
 *
 * When a group member does what: pure functions of policy, time and random
 * numbers. All times are milliseconds of a clock that is never set back.
 */

#ifndef GM_SCHEDULE_H_
#define GM_SCHEDULE_H_

#include <library.h>

typedef struct gm_retry_t gm_retry_t;
typedef struct gm_tek_time_t gm_tek_time_t;

/** default time before expiry at which a member registers again (GM-007) */
#define GM_REREGISTER_MARGIN 60000

/** how long before expiry a member sends with the next TEK (GM-007) */
#define GM_SWITCH_MARGIN 30000

/** shortest time that a TEK rests after it came if it has a predecessor, so
 *  that all others have it before it is sent with */
#define GM_SWITCH_HOLD 5000

/** no wait is shorter: a key server with nothing new must not be hammered */
#define GM_SHORTEST_WAIT 1000

/** a time that never comes */
#define GM_NEVER UINT64_MAX

/**
 * How a member waits between rounds over its key servers.
 */
struct gm_retry_t {

	/** wait after the first round, milliseconds, not 0 */
	uint32_t initial;

	/** longest wait, milliseconds, at least initial */
	uint32_t max;

	/** part of a wait that is random, 0..100 percent */
	uint32_t jitter;
};

/**
 * Life of an installed TEK.
 */
struct gm_tek_time_t {

	/** when it was installed */
	uint64_t installed;

	/** when it ends, T2 */
	uint64_t expires;

	/** FALSE if the policy lets members only receive with it */
	bool sends;

	/** when it takes over from its predecessor, by the key server's ATD; 0 to
	 *  do so when the predecessor is about to end (ATD-007) */
	uint64_t activates;
};

/**
 * Wait before the next round over all key servers.
 *
 * Doubles from initial to max. The random part is taken off, so that members
 * that lost their servers at the same moment don't come back as one.
 *
 * @param retry		how to wait
 * @param round		number of rounds that failed, from 1
 * @param random	random number
 * @return			milliseconds, at least GM_SHORTEST_WAIT
 */
uint64_t gm_schedule_backoff(const gm_retry_t *retry, u_int round,
							 uint32_t random);

/**
 * Wait before registering again, so that the request leaves some time before
 * expiry (GM-007, GM-010, REKEY-024), less a random part.
 *
 * The margin is a third of what is left if that is less than three margins:
 * key servers rekey in the middle of very short lives, which must come first.
 * And a server that hands out the same old TEK again is asked a few times more
 * until it expires, not all the time.
 *
 * @param remaining	milliseconds until the last TEK expires
 * @param margin	milliseconds before expiry
 * @param jitter	largest random part, milliseconds; at most an eighth of the
 *					wait is used
 * @param random	random number
 * @return			milliseconds, at least GM_SHORTEST_WAIT
 */
uint64_t gm_schedule_reregister(uint64_t remaining, uint64_t margin,
								uint64_t jitter, uint32_t random);

/**
 * Scale a random number.
 *
 * @param max		largest result
 * @param random	random number
 * @return			0 to max
 */
uint64_t gm_schedule_spread(uint64_t max, uint32_t random);

/**
 * How long before its expiry a TEK stops sending if there is a newer one.
 *
 * @param life		milliseconds between installation and expiry
 * @return			30 seconds, or a quarter of lives below 120 seconds
 */
uint64_t gm_schedule_switch_margin(uint64_t life);

/**
 * Choose the TEK to send with. TEKs follow each other in the order in which
 * they came, those that came together as they end. The first one sends until
 * its margin before expiry is reached, as others may not have the next one
 * yet (GM-006, GM-007), or until the time that the key server set for the next
 * one (ATD-001). The last one sends until it ends.
 *
 * @param teks		TEKs, in any order
 * @param count		number of TEKs
 * @param now		present time
 * @param next		set to when to ask again, GM_NEVER if nothing changes
 * @return			index, -1 if no TEK may send now
 */
int gm_schedule_outbound(const gm_tek_time_t *teks, u_int count, uint64_t now,
						 uint64_t *next);

#endif /** GM_SCHEDULE_H_ @}*/
