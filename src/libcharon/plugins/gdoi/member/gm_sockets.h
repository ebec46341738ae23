/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_sockets gm_sockets
 * @{ @ingroup gdoi_member
 *
 * Established TCP connections of this host, as the kernel lists them.
 */

#ifndef GM_SOCKETS_H_
#define GM_SOCKETS_H_

#include <collections/linked_list.h>
#include <networking/host.h>

#include <stdio.h>

typedef struct gm_tcp_t gm_tcp_t;

/** ports that administrators come in by, at most */
#define GM_MANAGEMENT_PORTS 16

/**
 * A TCP connection.
 */
struct gm_tcp_t {

	/** this end, with its port */
	host_t *local;

	/** other end, with its port */
	host_t *remote;
};

/**
 * Parse a list of ports.
 *
 * @param text			ports by commas or blanks; what is no port is left out
 * @param ports			gets the ports, GM_MANAGEMENT_PORTS at most
 * @return				number of ports
 */
u_int gm_sockets_ports(const char *text, uint16_t *ports);

/**
 * Read connections from a list of the kernel's: established ones that others
 * opened to a port, but for those from this host itself. IPv4 addresses mapped
 * into IPv6 become IPv4.
 *
 * @param file			open file, in the form of /proc/net/tcp or tcp6
 * @param ports			local ports to look for
 * @param count			number of ports
 * @param list			list of gm_tcp_t to add to
 */
void gm_sockets_read(FILE *file, const uint16_t *ports, u_int count,
					 linked_list_t *list);

/**
 * Destroy a connection of a list.
 */
void gm_tcp_destroy(gm_tcp_t *tcp);

#endif /** GM_SOCKETS_H_ @}*/
