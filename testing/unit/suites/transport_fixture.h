/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup transport_fixture transport_fixture
 * @{
 *
 * The whole transport with its sockets, a thread in the place of charon's
 * receiver, and peers to send from and to.
 */

#ifndef TRANSPORT_FIXTURE_H_
#define TRANSPORT_FIXTURE_H_

#include "test_transport.h"

#include <transport/gdoi_socket.h>
#include <transport/gdoi_transport.h>

/**
 * What is tested, and what came of it
 */
typedef struct {
	/** charon's socket, and the transport over it */
	gdoi_socket_t *sock;
	gdoi_transport_t *transport;
	/** family under test */
	int family;
	/** ports of GDOI and of NAT traversal */
	uint16_t port, natt;
	/** datagrams that charon got */
	refcount_t charons;
	/** messages that fx_handler got, and the last one */
	refcount_t calls;
	packet_t *last;
	/** the machine's own network namespace while in another, or -1 */
	int home;
} fx_t;

extern fx_t fx;

/** SPI of the messages that fx_make(1, ...) makes */
extern chunk_t fx_spi;

/** counts messages and keeps the last */
extern gdoi_kek_handler_t fx_handler;

/**
 * Open all, on a port that is free.
 *
 * @param af		family under test
 */
void fx_open(int af);

/**
 * Close all.
 */
void fx_close();

/**
 * Enter a network namespace of our own with an interface that knows multicast,
 * which the loopback interface does not for IPv6; before fx_open().
 */
void fx_enter();

/**
 * Return from it; after fx_close().
 */
void fx_leave();

/**
 * Address of the loopback interface, of which IPv4 has many; or one in our
 * namespace.
 *
 * @param number	port
 */
host_t *fx_loopback(uint16_t number);

/**
 * Interface to send on and to receive on.
 */
char *fx_interface();

/**
 * Open a UDP socket.
 *
 * @param host		address to bind to
 */
int fx_open_on(host_t *host);

/**
 * Open a socket of a peer, on fx_loopback() and any port.
 */
int fx_open_peer();

/**
 * Get the local address of a socket.
 */
host_t *fx_address_of(int fd);

/**
 * Send from a peer to a port on fx_loopback().
 */
void fx_peer_send(int fd, chunk_t data, uint16_t number);

/**
 * Receive at a peer.
 *
 * @param ttl		if not NULL: 0 not to wait; set to TTL or hop limit
 * @return			packet, NULL if none came
 */
packet_t *fx_peer_receive(int fd, int *ttl);

/**
 * Get a counter of the transport by its name.
 */
uint64_t fx_count(const char *wanted);

/**
 * Make a message, allocated.
 *
 * @param cookie	value of all octets of both cookies
 * @param exchange	exchange
 * @param marker	TRUE to put a Non-ESP marker before it
 */
chunk_t fx_make(uint8_t cookie, uint8_t exchange, bool marker);

/**
 * Set an impairment, "" to remove it; before fx_open().
 */
void fx_impair(const char *action, const char *value);

#endif /** TRANSPORT_FIXTURE_H_ @}*/
