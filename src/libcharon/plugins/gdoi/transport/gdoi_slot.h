/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_slot gdoi_slot
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_SLOT_H_
#define GDOI_SLOT_H_

#include "gdoi_transport.h"

typedef struct gdoi_slot_t gdoi_slot_t;

/**
 * Holds a handler, so that it may leave while phase 1 SAs and queued events
 * still refer to it. Reference counted, thread safe.
 */
struct gdoi_slot_t {

	/**
	 * Begin a call of the handler, end it with leave().
	 *
	 * @return			handler, NULL if it is gone (no leave() then)
	 */
	gdoi_handler_t *(*enter)(gdoi_slot_t *this);

	/**
	 * End a call begun with enter().
	 */
	void (*leave)(gdoi_slot_t *this);

	/**
	 * Is this the slot of a handler? Also after it left.
	 */
	bool (*is)(gdoi_slot_t *this, gdoi_handler_t *handler);

	/**
	 * Take the handler out; returns when no call of it is under way. Not to
	 * be called from within such a call.
	 */
	void (*vacate)(gdoi_slot_t *this);

	/**
	 * Get another reference.
	 */
	gdoi_slot_t *(*get_ref)(gdoi_slot_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_slot_t *this);
};

/**
 * Create a slot.
 *
 * @param handler		handler, not adopted
 */
gdoi_slot_t *gdoi_slot_create(gdoi_handler_t *handler);

#endif /** GDOI_SLOT_H_ @}*/
