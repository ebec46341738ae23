/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_confirm group_confirm
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_CONFIRM_H_
#define GROUP_CONFIRM_H_

#include "config_node.h"

typedef struct group_confirm_t group_confirm_t;

/**
 * Remembers what runs and, while a load waits to be confirmed, what ran before.
 *
 * What is gone back to is what was last in force for good: several loads that
 * wait, each of which takes the place of the one before, are undone together.
 *
 * Whoever may load groups calls this, one thread at a time; only the timer
 * comes by itself.
 */
struct group_confirm_t {

	/**
	 * Groups were loaded.
	 *
	 * @param root		tree that is in force now, copied
	 * @param changed	it is another than before
	 * @param seconds	time to confirm it, 0 if it is in force for good
	 */
	void (*loaded)(group_confirm_t *this, config_node_t *root, bool changed,
				   uint32_t seconds);

	/**
	 * Keep what runs.
	 *
	 * @return			FALSE if nothing waits to be confirmed
	 */
	bool (*confirm)(group_confirm_t *this);

	/**
	 * Seconds that are left to confirm.
	 *
	 * @return			seconds, at least 1; 0 if nothing waits
	 */
	uint32_t (*get_remaining)(group_confirm_t *this);

	/**
	 * The time is over: end the waiting.
	 *
	 * @param number	what the timer called with
	 * @return			tree to load again, to destroy; NULL if what the timer
	 *					was for waits no more
	 */
	config_node_t *(*expire)(group_confirm_t *this, u_int number);

	/**
	 * Forget what waits, and go back to nothing.
	 */
	void (*cancel)(group_confirm_t *this);

	/**
	 * Destroy the object; waits for the timer's call to return.
	 */
	void (*destroy)(group_confirm_t *this);
};

/**
 * Create it with no groups in force.
 *
 * @param expired		called by a job, with no lock held, when the time of a
 *						load is over; to call expire() with the number
 * @param user			data to pass to expired
 */
group_confirm_t *group_confirm_create(void (*expired)(void *user,
													  u_int number),
									  void *user);

#endif /** GROUP_CONFIRM_H_ @}*/
