/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_kek_queue gdoi_kek_queue
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_KEK_QUEUE_H_
#define GDOI_KEK_QUEUE_H_

#include "gdoi_transport.h"

typedef struct gdoi_kek_queue_t gdoi_kek_queue_t;

/** messages that may wait at most, whatever a handler asks for */
#define GDOI_KEK_QUEUE_MAX 65536

/** octets that may wait per message of a queue's length; beyond that there is
 *  room for one message of the greatest length */
#define GDOI_KEK_QUEUE_OCTETS 1024

/**
 * Messages that wait for a handler, and the one worker that brings them.
 *
 * The receiving thread adds; as long as there is something a single job
 * delivers, in order. Reference counted, thread safe.
 */
struct gdoi_kek_queue_t {

	/**
	 * Is this the queue of a handler?
	 */
	bool (*is)(gdoi_kek_queue_t *this, gdoi_kek_handler_t *handler);

	/**
	 * Append a message. Never blocks for long.
	 *
	 * @param packet	message, adopted
	 * @return			FALSE if it was dropped: too much waits, or closed
	 */
	bool (*add)(gdoi_kek_queue_t *this, packet_t *packet);

	/**
	 * Drop what waits and deliver nothing any more. Returns when no call of
	 * the handler is under way, except from within such a call.
	 */
	void (*close)(gdoi_kek_queue_t *this);

	/**
	 * Get another reference.
	 */
	gdoi_kek_queue_t *(*get_ref)(gdoi_kek_queue_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_kek_queue_t *this);
};

/**
 * Create a queue.
 *
 * @param handler	handler, not adopted; not called after close()
 * @param max		messages that may wait, 1 to GDOI_KEK_QUEUE_MAX
 */
gdoi_kek_queue_t *gdoi_kek_queue_create(gdoi_kek_handler_t *handler,
										u_int max);

#endif /** GDOI_KEK_QUEUE_H_ @}*/
