/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup fresh_history fresh_history
 * @{ @ingroup d3p
 *
 * The last packets of an SA that were refused.
 */

#ifndef FRESH_HISTORY_H_
#define FRESH_HISTORY_H_

#include <freshness.h>

#include "bpf/fresh_shared.h"

typedef struct fresh_history_t fresh_history_t;

/**
 * A bounded list of errors, the newest ones. Not thread safe.
 */
struct fresh_history_t {

	/**
	 * Take down an event of the programs; the oldest error makes room.
	 *
	 * @param event		event
	 */
	void (*add)(fresh_history_t *this, const struct fresh_event *event);

	/**
	 * Enumerate over a copy, which may outlive the history.
	 *
	 * @return			enumerator over freshness_error_t*, oldest first, each
	 *					valid until the next call
	 */
	enumerator_t *(*create_enumerator)(fresh_history_t *this);

	/**
	 * Forget all.
	 */
	void (*clear)(fresh_history_t *this);

	/**
	 * Destroy the history.
	 */
	void (*destroy)(fresh_history_t *this);
};

/**
 * Create an empty history.
 *
 * @param size			errors to keep, 1 or more; room for them is taken with
 *						the first one
 * @return				history
 */
fresh_history_t *fresh_history_create(u_int size);

#endif /** FRESH_HISTORY_H_ @}*/
