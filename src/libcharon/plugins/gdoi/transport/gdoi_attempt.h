/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_attempt gdoi_attempt
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_ATTEMPT_H_
#define GDOI_ATTEMPT_H_

#include "gdoi_bindings.h"

typedef struct gdoi_attempt_t gdoi_attempt_t;

/**
 * One try to get a phase 1, as the member asks for it.
 *
 * Reference counted; thread safe.
 */
struct gdoi_attempt_t {

	/**
	 * Queue the job that looks for a phase 1 to use again or starts one.
	 *
	 * @param bindings	table of the transport
	 */
	void (*start)(gdoi_attempt_t *this, gdoi_bindings_t *bindings);

	/**
	 * Give up: no established() and no failed() comes any more, unless phase 1
	 * is established already.
	 *
	 * @param bindings	table of the transport
	 */
	void (*abort)(gdoi_attempt_t *this, gdoi_bindings_t *bindings);

	/**
	 * Is this an attempt at a connection for a handler?
	 */
	bool (*matches)(gdoi_attempt_t *this, const char *connection,
					gdoi_handler_t *handler);

	/**
	 * Is this attempt over, as far as can be told?
	 */
	bool (*is_over)(gdoi_attempt_t *this, gdoi_bindings_t *bindings);

	/**
	 * Get another reference.
	 */
	gdoi_attempt_t *(*get_ref)(gdoi_attempt_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_attempt_t *this);
};

/**
 * Create an attempt.
 *
 * @param connection	name of the connection, cloned
 * @param local			source address, cloned, NULL for the connection's
 * @param slot			slot of the handler, referenced
 */
gdoi_attempt_t *gdoi_attempt_create(const char *connection, host_t *local,
									gdoi_slot_t *slot);

#endif /** GDOI_ATTEMPT_H_ @}*/
