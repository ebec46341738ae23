/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_phase1 gdoi_phase1
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_PHASE1_H_
#define GDOI_PHASE1_H_

#include <exchanges/phase2.h>

#include <library.h>
#include <networking/host.h>
#include <utils/identification.h>

typedef struct gdoi_phase1_t gdoi_phase1_t;

/**
 * A phase 1 IKE_SA that GDOI exchanges run under.
 *
 * Reference counted; keeps no IKE_SA checked out. Getters return data that
 * stays valid as long as the caller's reference, except the hosts, which are
 * clones because NAT traversal may change them. Thread safe.
 */
struct gdoi_phase1_t {

	/** Initiator cookie | responder cookie, 16 octets. */
	chunk_t (*get_cookies)(gdoi_phase1_t *this);

	/** Name of the connection in swanctl.conf. */
	const char *(*get_connection)(gdoi_phase1_t *this);

	/** Unique id of the IKE_SA, as in swanctl --list-sas. */
	uint32_t (*get_unique_id)(gdoi_phase1_t *this);

	/** TRUE if we are the initiator, that is a group member. */
	bool (*is_initiator)(gdoi_phase1_t *this);

	/** Local endpoint, with port; clone to destroy. */
	host_t *(*get_my_host)(gdoi_phase1_t *this);

	/** Remote endpoint, with port; clone to destroy. */
	host_t *(*get_other_host)(gdoi_phase1_t *this);

	/** Identity we authenticated with. */
	identification_t *(*get_my_id)(gdoi_phase1_t *this);

	/** Authenticated identity of the peer (AUTHZ-004). */
	identification_t *(*get_other_id)(gdoi_phase1_t *this);

	/**
	 * Protection of a new phase 2 exchange, gdoi-wire 1.3.
	 *
	 * Checks out the IKE_SA for a moment to get the IV, so no lock of the
	 * caller's that an IKE_SA's thread may want can be held.
	 *
	 * @param mid		message ID, not 0, host byte order
	 * @return			protection to destroy, NULL if the IKE_SA is gone
	 */
	gdoi_phase2_t *(*create_phase2)(gdoi_phase1_t *this, uint32_t mid);

	/**
	 * Send a datagram to the peer from the socket that phase 1 uses; on 4500
	 * the non-ESP marker gets added.
	 *
	 * @param datagram	complete ISAKMP message; not adopted
	 */
	void (*send)(gdoi_phase1_t *this, chunk_t datagram);

	/**
	 * Delete the IKE_SA from a job; charon tells the peer.
	 */
	void (*terminate)(gdoi_phase1_t *this);

	/** Get another reference. */
	gdoi_phase1_t *(*get_ref)(gdoi_phase1_t *this);

	/** Drop a reference; the last one wipes the keys. */
	void (*destroy)(gdoi_phase1_t *this);
};

#endif /** GDOI_PHASE1_H_ @}*/
