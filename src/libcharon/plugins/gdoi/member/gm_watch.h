/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_watch gm_watch
 * @{ @ingroup gdoi_member
 */

#ifndef GM_WATCH_H_
#define GM_WATCH_H_

#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_recovery.h"
#include "gm_runtime.h"

typedef struct gm_watch_t gm_watch_t;

/**
 * Watches for keys that the group has and we don't: collects hints, asks the
 * crypto map for packets of unknown SPIs, and says when to register again. Not
 * thread safe; calls into the kernel, so no lock may be held.
 */
struct gm_watch_t {

	/**
	 * Use another configuration from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_watch_t *this, gm_config_t *config);

	/**
	 * A registration is complete: forget hints from before and watch.
	 *
	 * @param fresh		TRUE if it brought new keys
	 */
	void (*registered)(gm_watch_t *this, bool fresh);

	/**
	 * A rekey was acted on.
	 */
	void (*rekeyed)(gm_watch_t *this);

	/**
	 * There is a hint.
	 *
	 * @param hint		hint, but GM_HINT_SPI
	 * @param kek		our KEK, NULL without
	 */
	void (*hint)(gm_watch_t *this, gm_hint_t hint, group_kek_t *kek);

	/**
	 * Do what is due.
	 *
	 * @param accept	FALSE to not take new hints
	 * @return			why to register again, for the log; NULL to not do so
	 */
	const char *(*run)(gm_watch_t *this, bool accept);

	/**
	 * When to call run().
	 */
	uint64_t (*get_deadline)(gm_watch_t *this);

	/**
	 * Get the shortest time from this registration to the next one, ms.
	 */
	uint64_t (*get_pause)(gm_watch_t *this);

	/**
	 * Forget the hint, as a registration begins.
	 */
	void (*cancel)(gm_watch_t *this);

	/**
	 * Forget the hint and don't watch, as there are no keys.
	 */
	void (*stop)(gm_watch_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_watch_t *this);
};

/**
 * Create an object that does not watch yet.
 *
 * @param config		configuration of the group, referenced
 * @param runtime		clock and random numbers
 * @param dataplane		knows SPIs and the crypto map
 */
gm_watch_t *gm_watch_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_dataplane_t *dataplane);

#endif /** GM_WATCH_H_ @}*/
