/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_runtime gm_runtime
 * @{ @ingroup gdoi_member
 */

#ifndef GM_RUNTIME_H_
#define GM_RUNTIME_H_

#include <library.h>

typedef struct gm_runtime_t gm_runtime_t;

/**
 * Clock, timers and random numbers of the member.
 *
 * Nothing in the member asks the system for these, so that tests run a group
 * through hours of its life in memory. Thread safe.
 */
struct gm_runtime_t {

	/**
	 * Present time.
	 *
	 * @return			milliseconds, never set back
	 */
	uint64_t (*now)(gm_runtime_t *this);

	/**
	 * Time since the host was started, with that it slept: what pseudotimes
	 * run on, as those of the kernel do.
	 *
	 * @return			nanoseconds, never set back
	 */
	uint64_t (*boot_ns)(gm_runtime_t *this);

	/**
	 * Call a function from a worker thread. Can't be cancelled.
	 *
	 * @param delay		milliseconds; may come earlier if this is above 2^31
	 * @param callback	function to call
	 * @param data		passed to callback
	 * @param cleanup	called with data afterwards, or if the call is dropped
	 */
	void (*call)(gm_runtime_t *this, uint64_t delay,
				 void (*callback)(void *data), void *data,
				 void (*cleanup)(void *data));

	/**
	 * Random number for jitter, not for keys.
	 */
	uint32_t (*jitter)(gm_runtime_t *this);

	/**
	 * Random octets for nonces.
	 *
	 * @param len		number of octets
	 * @param buf		gets the octets
	 * @return			FALSE if there is no source of randomness
	 */
	bool (*random)(gm_runtime_t *this, size_t len, uint8_t *buf);

	/**
	 * Destroy the object. Calls scheduled stay scheduled.
	 */
	void (*destroy)(gm_runtime_t *this);
};

/**
 * Create a runtime over strongSwan's scheduler and processor.
 */
gm_runtime_t *gm_runtime_create();

#endif /** GM_RUNTIME_H_ @}*/
