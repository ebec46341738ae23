/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_link gm_link
 * @{ @ingroup gdoi_member
 */

#ifndef GM_LINK_H_
#define GM_LINK_H_

#include <transport/gdoi_transport.h>

typedef struct gm_link_t gm_link_t;

/** rekeys under one KEK that may wait for the group */
#define GM_LINK_QUEUE 16

/**
 * A group's way to the transport: to phase 1 IKE_SAs, which it may share with
 * other groups, and to the rekeys under its KEKs.
 *
 * Called with no lock held; answers come as events of the group, those about
 * phase 1 never before the call returns. Used by one thread at a time.
 */
struct gm_link_t {

	/**
	 * Check if a connection is loaded.
	 */
	bool (*is_known)(gm_link_t *this, const char *connection);

	/**
	 * Start or find a phase 1.
	 *
	 * @param connection	name of the connection
	 * @param local			source address, or NULL for the connection's own
	 */
	void (*initiate)(gm_link_t *this, const char *connection, host_t *local);

	/**
	 * Don't wait for a phase 1 any more.
	 */
	void (*abort)(gm_link_t *this, const char *connection);

	/**
	 * Use a phase 1 from now on.
	 */
	void (*acquire)(gm_link_t *this, gdoi_phase1_t *phase1);

	/**
	 * Don't use a phase 1 any more.
	 *
	 * @param end			TRUE to end it if no other group uses it
	 */
	void (*release)(gm_link_t *this, gdoi_phase1_t *phase1, bool end);

	/**
	 * End a phase 1 that can't be used any more, whoever uses it.
	 */
	void (*kill)(gm_link_t *this, gdoi_phase1_t *phase1);

	/**
	 * Join a multicast group that rekeys come to (GM-005), after leaving the
	 * one before.
	 *
	 * @param group			multicast address, NULL for none
	 * @param interface		interface to receive on, NULL without group
	 */
	void (*join)(gm_link_t *this, host_t *group, const char *interface);

	/**
	 * Have rekeys under a KEK delivered.
	 *
	 * @param spi			SPI of the KEK
	 * @param handler		gets the rekeys
	 * @return				FALSE if the SPI is taken
	 */
	bool (*add_kek)(gm_link_t *this, chunk_t spi, gdoi_kek_handler_t *handler);

	/**
	 * Have no more rekeys under a KEK delivered.
	 */
	void (*remove_kek)(gm_link_t *this, chunk_t spi,
					   gdoi_kek_handler_t *handler);

	/**
	 * Send an acknowledgement.
	 *
	 * @param datagram		message without Non-ESP marker
	 * @param src			own address and port
	 * @param dst			key server's address and port
	 * @return				FALSE if the system refused
	 */
	bool (*send)(gm_link_t *this, chunk_t datagram, host_t *src, host_t *dst);
};

#endif /** GM_LINK_H_ @}*/
