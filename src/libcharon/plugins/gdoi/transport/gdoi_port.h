/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_port gdoi_port
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_PORT_H_
#define GDOI_PORT_H_

#include "gdoi_fanout.h"

#include <networking/packet.h>

#include <poll.h>

typedef struct gdoi_port_t gdoi_port_t;

/**
 * The UDP sockets of the GDOI port, IPv4 and IPv6.
 *
 * They don't block: whoever receives polls their descriptors. receive() is
 * for one thread, send() for any.
 */
struct gdoi_port_t {

	/**
	 * Get the port.
	 *
	 * @return			port in host byte order
	 */
	uint16_t (*get_number)(gdoi_port_t *this);

	/**
	 * Does any of the two sockets work?
	 */
	bool (*is_open)(gdoi_port_t *this);

	/**
	 * Fill in what to poll; -1 for a family that isn't available.
	 *
	 * @param pfd		two elements
	 */
	void (*get_pollfds)(gdoi_port_t *this, struct pollfd pfd[2]);

	/**
	 * Take one datagram from a socket that poll() found readable.
	 *
	 * @param pfd		element filled in by get_pollfds()
	 * @return			packet with source, destination and data as received;
	 *					NULL if there is none (it was bad, or gone)
	 */
	packet_t *(*receive)(gdoi_port_t *this, struct pollfd *pfd);

	/**
	 * Send a datagram from the packet's source address.
	 *
	 * @param packet	packet, not adopted
	 * @return			FALSE if the system refused, which is logged
	 */
	bool (*send)(gdoi_port_t *this, packet_t *packet);

	/**
	 * Send a message to many receivers, see gdoi_fanout_send(). Any thread.
	 *
	 * @param fanout	message and receivers
	 * @return			number of datagrams that the system took
	 */
	u_int (*send_fanout)(gdoi_port_t *this, const gdoi_fanout_t *fanout);

	/**
	 * Join or leave a multicast group on an interface. Any thread. Who
	 * joined a group leaves it once; others may have it as well.
	 *
	 * @param group		multicast address, IPv4 or IPv6; the port is ignored
	 * @param interface	name of the interface
	 * @param join		TRUE to join, FALSE to leave
	 * @return			FALSE if the system refused, which is logged if it was
	 *					to join
	 */
	bool (*set_member)(gdoi_port_t *this, host_t *group,
					   const char *interface, bool join);

	/**
	 * Close the sockets.
	 */
	void (*destroy)(gdoi_port_t *this);
};

/**
 * Open the sockets on all addresses, exempt from IPsec policies. Failures are
 * logged; the object works for the families that could be had.
 *
 * @param port			port in host byte order
 * @return				port, maybe not open
 */
gdoi_port_t *gdoi_port_create(uint16_t port);

/**
 * Note with a packet how gdoi_port_t.send() is to send it to a multicast group.
 *
 * @param packet		packet to send
 * @param interface	name of the interface, NULL for the route's
 * @param ttl			TTL or hop limit, 0 for the system's default
 */
void gdoi_port_set_multicast(packet_t *packet, const char *interface,
							 uint8_t ttl);

#endif /** GDOI_PORT_H_ @}*/
