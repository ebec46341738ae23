/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_recovery gm_recovery
 * @{ @ingroup gdoi_member
 */

#ifndef GM_RECOVERY_H_
#define GM_RECOVERY_H_

#include "gm_runtime.h"
#include "gm_schedule.h"

typedef struct gm_recovery_t gm_recovery_t;

/** times the interval that recoveries without result are apart, at most */
#define GM_RECOVERY_BACKOFF 16

/** part of the interval over which members spread that were hinted at the same
 *  moment */
#define GM_RECOVERY_SPREAD 4

/** longest time that registrations without result are apart, ms, if keys are
 *  so short that others would follow at once */
#define GM_RECOVERY_PAUSE 60000

/**
 * What hints at keys that the group has and we don't.
 */
typedef enum {
	/** a rekey came under a KEK that we don't know */
	GM_HINT_KEK,
	/** a packet came under a TEK that we don't know */
	GM_HINT_SPI,
	/** the key server ended the phase 1 that was kept */
	GM_HINT_PHASE1,
	/** no Sender ID is left to send with */
	GM_HINT_SIDS,
} gm_hint_t;

/**
 * Decides when to register again because of hints that anybody may fake: after
 * a short random delay, with an interval between, which doubles as long as
 * registering brings nothing new. Not thread safe.
 */
struct gm_recovery_t {

	/**
	 * There is a hint.
	 *
	 * The end of a phase 1 is none any more once registering for it brought
	 * nothing new, until registering does: it is the normal one (KS-016).
	 *
	 * @param hint		hint
	 * @param spi		GM_HINT_SPI: SPI in network order
	 * @param delay		longest random delay, ms
	 * @return			TRUE if it is followed
	 */
	bool (*hint)(gm_recovery_t *this, gm_hint_t hint, uint32_t spi,
				 uint32_t delay);

	/**
	 * Get the hint to follow now: to take() or cancel().
	 *
	 * @param hint		set to the hint
	 * @param spi		set to its SPI
	 * @return			FALSE if there is none
	 */
	bool (*get_due)(gm_recovery_t *this, gm_hint_t *hint, uint32_t *spi);

	/**
	 * The hint is followed: don't follow another one for some time.
	 *
	 * @param interval	shortest time until then, ms
	 */
	void (*take)(gm_recovery_t *this, uint32_t interval);

	/**
	 * When to call get_due(), GM_NEVER if no hint is to be followed.
	 */
	uint64_t (*get_deadline)(gm_recovery_t *this);

	/**
	 * A registration is complete, so that no hint from before counts.
	 *
	 * @param fresh		TRUE if it brought new keys
	 */
	void (*registered)(gm_recovery_t *this, bool fresh);

	/**
	 * A rekey was acted on: what has to be recovered from now on is another
	 * loss, to be followed as soon as the first.
	 */
	void (*rekeyed)(gm_recovery_t *this);

	/**
	 * Get the shortest time from the last registration to the next one, which
	 * doubles as long as registering brings nothing new.
	 *
	 * @return			milliseconds, GM_SHORTEST_WAIT to GM_RECOVERY_PAUSE
	 */
	uint64_t (*get_pause)(gm_recovery_t *this);

	/**
	 * Forget the hint.
	 */
	void (*cancel)(gm_recovery_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_recovery_t *this);
};

/**
 * Text for the log: why the keys may be outdated.
 *
 * @param hint			hint
 */
const char *gm_recovery_text(gm_hint_t hint);

/**
 * Create an object without hint.
 *
 * @param runtime		clock and random numbers
 */
gm_recovery_t *gm_recovery_create(gm_runtime_t *runtime);

#endif /** GM_RECOVERY_H_ @}*/
