/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_listener gdoi_listener
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_LISTENER_H_
#define GDOI_LISTENER_H_

#include "gdoi_bindings.h"

#include <bus/listeners/listener.h>

typedef struct gdoi_listener_t gdoi_listener_t;

/**
 * Finds the handler of a connection; called inside bus callbacks.
 *
 * @param user			user data
 * @param connection	name of the connection
 * @param initiator		TRUE if we are the initiator
 * @return				slot, a new reference, NULL if nobody claims it
 */
typedef gdoi_slot_t *(*gdoi_claim_t)(void *user, const char *connection,
									 bool initiator);

/**
 * Watches IKEv1 IKE_SAs through phase 1 and to their end.
 *
 * - Writes DOI 2 (RFC 6407 section 2) and our vendor ID into the phase 1 SA
 *   of claimed connections, as responder if the peer did so. The hash of phase
 *   1 covers the octets sent, so both sides agree on it.
 * - Keeps SKEYID_a and the encryption key until phase 1 is established, and
 *   wipes them if it isn't or if nobody claims the connection.
 * - Moves an initiator to UDP 4500 if there is a NAT in the path; charon does
 *   that only from port 500. A responder answers where it was asked.
 * - Refuses GDOI under a phase 1 that the peer made with DOI 1, unless
 *   charon.plugins.gdoi.accept_ipsec_doi allows that.
 * - Passes on error notifies and the end of IKE_SAs.
 */
struct gdoi_listener_t {

	/**
	 * Implements listener_t; charon calls it with the IKE_SA checked out.
	 */
	listener_t listener;

	/**
	 * Destroy the listener, which must not be on the bus any more.
	 */
	void (*destroy)(gdoi_listener_t *this);
};

/**
 * Create the listener.
 *
 * @param bindings		table to keep, has to outlive the listener
 * @param counters		counters, referenced
 * @param impair		impairments for phase 1 SAs, referenced, may be NULL
 * @param port			GDOI port
 * @param claim			finds handlers
 * @param user			passed to claim
 */
gdoi_listener_t *gdoi_listener_create(gdoi_bindings_t *bindings,
									  gdoi_counters_t *counters,
									  gdoi_impair_t *impair, uint16_t port,
									  gdoi_claim_t claim, void *user);

#endif /** GDOI_LISTENER_H_ @}*/
