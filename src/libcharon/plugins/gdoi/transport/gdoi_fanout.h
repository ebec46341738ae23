/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_fanout gdoi_fanout
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_FANOUT_H_
#define GDOI_FANOUT_H_

#include <networking/host.h>

typedef struct gdoi_fanout_t gdoi_fanout_t;

/**
 * A message for many receivers.
 */
struct gdoi_fanout_t {

	/** message without Non-ESP marker */
	chunk_t datagram;

	/** source: a local address with port 848 or 4500; the destinations' family
	 *  is its own */
	host_t *src;

	/** destinations with ports */
	host_t **dsts;

	/** number of destinations */
	u_int count;

	/** multicast: interface to send on, NULL for the route's */
	const char *interface;

	/** multicast: TTL or hop limit, 0 for the system's default (1) */
	uint8_t ttl;
};

/**
 * Send a message to many receivers with few system calls.
 *
 * A receiver that the system refuses is passed over; when its buffers are full
 * it gets some time. Errors are logged once, with their number.
 *
 * @param fd			UDP socket of the source's family
 * @param fanout		message and receivers
 * @return				number of datagrams that the system took
 */
u_int gdoi_fanout_send(int fd, const gdoi_fanout_t *fanout);

#endif /** GDOI_FANOUT_H_ @}*/
