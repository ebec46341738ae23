/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_socket gdoi_socket
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_SOCKET_H_
#define GDOI_SOCKET_H_

#include "gdoi_counters.h"
#include "gdoi_fanout.h"

#include <network/socket.h>

typedef struct gdoi_socket_t gdoi_socket_t;

/** name under which the gdoi_socket_t is registered with lib->set() */
#define GDOI_SOCKET_NAME "gdoi-socket"

/**
 * Looks at a received datagram before charon does, on the receiving thread:
 * must not block.
 *
 * @param user			user data
 * @param packet		datagram without Non-ESP marker; adopted if TRUE is
 *						returned
 * @param own_port		TRUE if it came in on the GDOI port
 * @return				TRUE if it is taken, FALSE if charon shall have it
 */
typedef bool (*gdoi_inbound_t)(void *user, packet_t *packet, bool own_port);

/**
 * charon's socket with one more port.
 *
 * Puts the packaged default socket implementation and the sockets of the GDOI
 * port behind one socket_t. Ports 500 and 4500 behave as without us.
 */
struct gdoi_socket_t {

	/**
	 * Implements socket_t.
	 */
	socket_t socket;

	/**
	 * Get the GDOI port.
	 *
	 * @return			port in host byte order, 0 if it could not be opened
	 */
	uint16_t (*get_gdoi_port)(gdoi_socket_t *this);

	/**
	 * Set who sees received datagrams first.
	 *
	 * Waits for a call under way, so that afterwards the former function is
	 * called no more.
	 *
	 * @param inbound	function, NULL to drop what only GDOI could use
	 * @param user		passed to it
	 */
	void (*set_inbound)(gdoi_socket_t *this, gdoi_inbound_t inbound,
						void *user);

	/**
	 * Join or leave a multicast group on the GDOI port (GM-005). Any thread.
	 * Who joined a group leaves it once; others may have it as well.
	 *
	 * @param group		multicast address, IPv4 or IPv6; the port is ignored
	 * @param interface	name of the interface to receive on
	 * @param join		TRUE to join, FALSE to leave
	 * @return			FALSE if the system refused
	 */
	bool (*set_member)(gdoi_socket_t *this, host_t *group,
					   const char *interface, bool join);

	/**
	 * Send a message to many receivers from the GDOI port. Any thread.
	 *
	 * @param fanout	message and receivers
	 * @return			number of datagrams that the system took
	 */
	u_int (*send_fanout)(gdoi_socket_t *this, const gdoi_fanout_t *fanout);

	/**
	 * Get the counters, which the transport shares.
	 *
	 * @return			counters, a new reference
	 */
	gdoi_counters_t *(*get_counters)(gdoi_socket_t *this);
};

/**
 * Create the socket; a socket_constructor_t.
 *
 * Reads charon.plugins.gdoi.port (848) and registers itself with lib->set().
 *
 * @return				socket, NULL if the default socket can't be created;
 *						if only the GDOI port fails, charon still gets its
 *						socket and get_gdoi_port() returns 0
 */
socket_t *gdoi_socket_create();

#endif /** GDOI_SOCKET_H_ @}*/
