/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_runtime ks_runtime
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_RUNTIME_H_
#define KS_RUNTIME_H_

#include <library.h>

typedef struct ks_runtime_t ks_runtime_t;

/** a time that never comes */
#define KS_NEVER UINT64_MAX

/**
 * Clock and timers of the key server's rekeys, so that tests run a group
 * through hours in memory. Thread-safe.
 */
struct ks_runtime_t {

	/**
	 * Present time.
	 *
	 * @return			milliseconds of the monotonic clock that ks_clock_t
	 *					counts the seconds of
	 */
	uint64_t (*now)(ks_runtime_t *this);

	/**
	 * Call a function from a worker thread. Can't be cancelled.
	 *
	 * @param delay		milliseconds, 0 for at once
	 * @param callback	function to call
	 * @param data		passed to callback
	 * @param cleanup	called with data afterwards, or if the call is dropped;
	 *					may be NULL
	 */
	void (*call)(ks_runtime_t *this, uint64_t delay,
				 void (*callback)(void *data), void *data,
				 void (*cleanup)(void *data));

	/**
	 * Destroy the object. Calls scheduled stay scheduled.
	 */
	void (*destroy)(ks_runtime_t *this);
};

/**
 * Create a runtime over strongSwan's scheduler and processor.
 */
ks_runtime_t *ks_runtime_create();

#endif /** KS_RUNTIME_H_ @}*/
