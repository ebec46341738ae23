/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_sender gdoi_sender
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_SENDER_H_
#define GDOI_SENDER_H_

#include "gdoi_counters.h"
#include "gdoi_fanout.h"
#include "gdoi_impair.h"
#include "gdoi_socket.h"

typedef struct gdoi_sender_t gdoi_sender_t;

/**
 * Sends messages outside of phase 1. Thread safe.
 */
struct gdoi_sender_t {

	/**
	 * Send a message to many receivers, see gdoi_transport_t.
	 *
	 * @param fanout	message and receivers
	 * @return			number of datagrams that the system took; one that an
	 *					impairment took counts
	 */
	u_int (*send)(gdoi_sender_t *this, const gdoi_fanout_t *fanout);

	/**
	 * Destroy it.
	 */
	void (*destroy)(gdoi_sender_t *this);
};

/**
 * Create a sender.
 *
 * @param socket		socket, outlives it
 * @param counters		counters, referenced
 * @param impair		impairments, referenced; NULL for none
 */
gdoi_sender_t *gdoi_sender_create(gdoi_socket_t *socket,
								  gdoi_counters_t *counters,
								  gdoi_impair_t *impair);

/**
 * Put the Non-ESP marker before a message, where the sockets expect one: as
 * charon's sender does it, if neither port is 500.
 *
 * @param packet		message without marker
 */
void gdoi_sender_mark(packet_t *packet);

#endif /** GDOI_SENDER_H_ @}*/
