/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_unknown gdoi_unknown
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_UNKNOWN_H_
#define GDOI_UNKNOWN_H_

#include <networking/packet.h>

typedef struct gdoi_unknown_t gdoi_unknown_t;
typedef void (*gdoi_unknown_cb_t)(void *user, host_t *src, host_t *dst);

/** least milliseconds between two calls for a source: anybody can send such
 *  messages */
#define GDOI_UNKNOWN_INTERVAL 1000

/**
 * Tells of rekeys under KEKs that nobody knows, from a worker and not often.
 * Reference counted, thread safe.
 */
struct gdoi_unknown_t {

	/**
	 * Set who is told.
	 *
	 * Returns when no call of the former function is under way, except from
	 * within such a call.
	 *
	 * @param unknown	gets source and destination; NULL for nobody
	 * @param user		passed to it
	 */
	void (*set)(gdoi_unknown_t *this, gdoi_unknown_cb_t unknown, void *user);

	/**
	 * Such a message came in; on the receiving thread.
	 *
	 * @param packet	message, not adopted
	 */
	void (*hear)(gdoi_unknown_t *this, packet_t *packet);

	/**
	 * Get another reference.
	 */
	gdoi_unknown_t *(*get_ref)(gdoi_unknown_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_unknown_t *this);
};

/**
 * Create it, telling nobody.
 */
gdoi_unknown_t *gdoi_unknown_create();

#endif /** GDOI_UNKNOWN_H_ @}*/
