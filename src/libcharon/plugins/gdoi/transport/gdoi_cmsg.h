/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_cmsg gdoi_cmsg
 * @{ @ingroup gdoi_transport
 *
 * Control messages of datagrams: addresses, interface, TTL, DSCP.
 */

#ifndef GDOI_CMSG_H_
#define GDOI_CMSG_H_

#include <networking/host.h>

#include <sys/socket.h>

/** room for all control messages that a datagram has in either direction */
#define GDOI_CMSG_LEN 128

/**
 * Find the address that a received datagram was sent to.
 *
 * @param msg		message with the socket's packet information
 * @param port		port of the socket
 * @return			address and port, NULL without packet information
 */
host_t *gdoi_cmsg_get_destination(struct msghdr *msg, uint16_t port);

/**
 * Append source address and interface of a datagram to send.
 *
 * @param msg		message; msg_control has room for GDOI_CMSG_LEN octets, of
 *					which msg_controllen are in use
 * @param src		source, whose family is the socket's; with an any address
 *					the route decides
 * @param index		index of the interface to send on, 0 for the route's
 */
void gdoi_cmsg_add_source(struct msghdr *msg, host_t *src, u_int index);

/**
 * Append the TTL or hop limit, unless it is 0.
 *
 * @param msg		as for gdoi_cmsg_add_source()
 * @param family	family of the socket
 * @param ttl		TTL, 0 for the system's default
 */
void gdoi_cmsg_add_ttl(struct msghdr *msg, int family, uint8_t ttl);

/**
 * Append the DSCP, unless it is 0.
 *
 * @param msg		as for gdoi_cmsg_add_source()
 * @param family	family of the socket
 * @param dscp		DSCP, 6 bits
 */
void gdoi_cmsg_add_dscp(struct msghdr *msg, int family, uint8_t dscp);

#endif /** GDOI_CMSG_H_ @}*/
