/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup fresh_timer fresh_timer
 * @{ @ingroup d3p
 *
 * A timer that also tells at once when the real time clock is set.
 */

#ifndef FRESH_TIMER_H_
#define FRESH_TIMER_H_

#include <library.h>

typedef struct fresh_timer_t fresh_timer_t;

/**
 * Called from a worker thread, never twice at the same time.
 *
 * @param user			as given to fresh_timer_create()
 */
typedef void (*fresh_timer_cb_t)(void *user);

/**
 * Timer.
 */
struct fresh_timer_t {

	/**
	 * Stop the timer. When this returns no call is under way, so hold no lock
	 * that the callback takes.
	 */
	void (*destroy)(fresh_timer_t *this);
};

/**
 * Start a timer, which calls when an interval is over and at once when the real
 * time clock was set.
 *
 * @param interval		seconds between calls
 * @param cb			called
 * @param user			handed to cb
 * @return				timer, NULL if the kernel gives none
 */
fresh_timer_t *fresh_timer_create(u_int interval, fresh_timer_cb_t cb,
								  void *user);

#endif /** FRESH_TIMER_H_ @}*/
