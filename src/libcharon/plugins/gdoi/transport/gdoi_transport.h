/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_transport gdoi_transport
 * @{ @ingroup gdoi
 *
 * Carries GDOI messages over charon: the UDP 848 socket, the binding to phase
 * 1 IKE_SAs, NAT traversal.
 */

#ifndef GDOI_TRANSPORT_H_
#define GDOI_TRANSPORT_H_

#include "gdoi_fanout.h"
#include "gdoi_phase1.h"

typedef struct gdoi_transport_t gdoi_transport_t;
typedef struct gdoi_handler_t gdoi_handler_t;
typedef struct gdoi_kek_handler_t gdoi_kek_handler_t;
typedef enum gdoi_kek_use_t gdoi_kek_use_t;

/** name under which the gdoi_transport_t is registered with lib->set() */
#define GDOI_TRANSPORT_NAME "gdoi-transport"

/**
 * A user of the transport: the group members, the key servers.
 *
 * All calls come from worker threads with no lock of the transport held;
 * calls for one phase 1 SA are serialised, in the order of their events. At
 * most 8 events wait per phase 1 SA, more messages are dropped and counted.
 * The IKE_SA may end while events wait, then create_phase2() returns NULL.
 */
struct gdoi_handler_t {

	/**
	 * Does this role use a connection for GDOI? Asked early in phase 1, inside
	 * a bus callback with the IKE_SA locked: answer from memory, at once, and
	 * take no lock under which you call create_phase2() of a phase 1.
	 *
	 * A phase 1 that nobody claims when it is established is not for GDOI as
	 * long as it lives.
	 *
	 * @param connection	name of the connection in swanctl.conf
	 * @param initiator		TRUE if we are the initiator
	 * @return				TRUE if GDOI exchanges under it go to this handler
	 */
	bool (*claims)(gdoi_handler_t *this, const char *connection,
				   bool initiator);

	/**
	 * Phase 1 is established, or initiate() found one that is. Also called for
	 * those that nobody asked for: the peer's, the operator's, and those that
	 * charon makes as replacement.
	 *
	 * @param phase1		phase 1; get a reference to keep it
	 */
	void (*established)(gdoi_handler_t *this, gdoi_phase1_t *phase1);

	/**
	 * A GROUPKEY-PULL message (exchange 32) came in under a phase 1 SA.
	 *
	 * @param datagram		whole ISAKMP message, header checked for length
	 */
	void (*pull)(gdoi_handler_t *this, gdoi_phase1_t *phase1,
				 chunk_t datagram);

	/**
	 * An authenticated error notify of the peer came in.
	 *
	 * @param type			notify type, e.g. 18 INVALID-ID-INFORMATION
	 */
	void (*notify)(gdoi_handler_t *this, gdoi_phase1_t *phase1, uint16_t type);

	/**
	 * Phase 1 ended, by either side or a failure.
	 *
	 * @param phase1		phase 1, for identification
	 */
	void (*closed)(gdoi_handler_t *this, gdoi_phase1_t *phase1);

	/**
	 * An attempt started by initiate() ended without a phase 1.
	 *
	 * @param connection	name of the connection
	 */
	void (*failed)(gdoi_handler_t *this, const char *connection);
};

/**
 * Which messages under a KEK go to a handler.
 */
enum gdoi_kek_use_t {
	/** rekeys (exchange 33): a member */
	GDOI_KEK_PUSH = 0,
	/** acknowledgements (exchanges 35 and 240): a key server */
	GDOI_KEK_ACK,
};

/**
 * Gets the messages under a KEK, known by their cookies alone: nothing of them
 * is authenticated.
 */
struct gdoi_kek_handler_t {

	/**
	 * A message came in, on the GDOI port or on that of NAT traversal.
	 *
	 * Called from a worker with no lock of the transport held; calls for one
	 * registration are serialised, in order of receipt. A bounded number
	 * waits, more are dropped and counted.
	 *
	 * @param packet		datagram without Non-ESP marker, with its endpoints
	 *						as received; not adopted
	 */
	void (*message)(gdoi_kek_handler_t *this, packet_t *packet);
};

/**
 * Transport for GDOI exchanges.
 */
struct gdoi_transport_t {

	/**
	 * Add a handler; the first that claims a connection gets it.
	 */
	void (*add_handler)(gdoi_transport_t *this, gdoi_handler_t *handler);

	/**
	 * Remove a handler; returns when no call of it is under way.
	 */
	void (*remove_handler)(gdoi_transport_t *this, gdoi_handler_t *handler);

	/**
	 * Start phase 1 of a connection, from a job, without blocking. An IKE_SA
	 * that exists already for the same connection, source and destination is
	 * used again: established() is called for it.
	 *
	 * @param connection	name of a connection, any configuration backend
	 * @param local			source address to use (KS-021, GM-015), NULL for
	 *						the connection's own; cloned
	 * @param handler		gets established() or failed()
	 */
	void (*initiate)(gdoi_transport_t *this, const char *connection,
					 host_t *local, gdoi_handler_t *handler);

	/**
	 * Give up an attempt of initiate() that has not been established yet;
	 * neither established() nor failed() is called for it afterwards.
	 */
	void (*abort)(gdoi_transport_t *this, const char *connection,
				  gdoi_handler_t *handler);

	/**
	 * Join or leave a multicast group on the GDOI port (GM-005). Any thread.
	 * Who joined a group leaves it once; others may have it as well.
	 *
	 * @param group		multicast address, IPv4 or IPv6; the port is ignored
	 * @param interface	name of the interface to receive on
	 * @param join		TRUE to join, FALSE to leave
	 * @return			FALSE if the system refused
	 */
	bool (*set_member)(gdoi_transport_t *this, host_t *group,
					   const char *interface, bool join);

	/**
	 * Have messages under a KEK delivered. Any thread.
	 *
	 * @param spi		SPI of the KEK, 16 octets: the cookies of its messages
	 * @param use		which messages
	 * @param handler	handler
	 * @param queue		messages that may wait, at most 65536
	 * @return			FALSE if there is a handler for this use already
	 */
	bool (*add_kek)(gdoi_transport_t *this, chunk_t spi, gdoi_kek_use_t use,
					gdoi_kek_handler_t *handler, u_int queue);

	/**
	 * End a registration; messages that wait are dropped. Returns when no call
	 * of the handler for it is under way, except from within such a call.
	 */
	void (*remove_kek)(gdoi_transport_t *this, chunk_t spi,
					   gdoi_kek_use_t use, gdoi_kek_handler_t *handler);

	/**
	 * Hear of rekeys on the GDOI port under KEKs that nobody knows: perhaps
	 * the key server made a new one that we missed. Anybody can send such, so
	 * at most one call a second is made per source, and 64 in all, from a
	 * worker.
	 *
	 * @param unknown	function, gets source and destination; NULL to end,
	 *					which returns when no call is under way
	 * @param user		passed to it
	 */
	void (*set_unknown)(gdoi_transport_t *this,
						void (*unknown)(void *user, host_t *src, host_t *dst),
						void *user);

	/**
	 * Send a message outside of phase 1, from a worker: no lock of an IKE_SA
	 * is taken. To many receivers on the GDOI port this costs few system calls
	 * (sendmmsg); impairments and counters apply.
	 *
	 * @param fanout	message and receivers, not adopted
	 * @return			number of datagrams that the system took
	 */
	u_int (*send)(gdoi_transport_t *this, const gdoi_fanout_t *fanout);

	/**
	 * Counters since start, for stats.
	 *
	 * @return				enumerator over (const char *name, uint64_t value)
	 */
	enumerator_t *(*create_counter_enumerator)(gdoi_transport_t *this);

	/**
	 * Destroy the transport.
	 */
	void (*destroy)(gdoi_transport_t *this);
};

/**
 * Create the transport.
 *
 * @return					transport, NULL if UDP 848 can't be bound
 */
gdoi_transport_t *gdoi_transport_create();

#endif /** GDOI_TRANSPORT_H_ @}*/
