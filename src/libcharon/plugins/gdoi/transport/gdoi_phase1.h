/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_phase1 gdoi_phase1
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_PHASE1_H_
#define GDOI_PHASE1_H_

#include "gdoi_counters.h"
#include "gdoi_impair.h"

#include <exchanges/phase2.h>

#include <sa/ike_sa.h>

typedef struct gdoi_phase1_t gdoi_phase1_t;
typedef enum gdoi_phase1_end_t gdoi_phase1_end_t;
typedef struct gdoi_phase1_keys_t gdoi_phase1_keys_t;

/**
 * Algorithms and keys that phase 1 agreed on.
 */
struct gdoi_phase1_keys_t {

	/** for gdoi_phase2_t; the chunks are owned by this struct */
	gdoi_phase2_keys_t phase2;

	/** hash algorithm, makes the IVs */
	hash_algorithm_t hash;
};

/**
 * How a phase 1 ended.
 */
enum gdoi_phase1_end_t {
	/** without a message: it timed out, or was destroyed */
	GDOI_PHASE1_LOST = 0,
	/** we deleted it: terminate(), its lifetime, the operator */
	GDOI_PHASE1_OURS,
	/** the peer deleted it */
	GDOI_PHASE1_PEER,
	/** the peer deleted SAs of GDOI that we offered under it, by which a
	 *  member refuses a policy (gdoi-wire 3, GM rule 2) */
	GDOI_PHASE1_REFUSED,
};

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
	 * Certificate that the peer authenticated with, NULL if it did not by one
	 * (AUTHZ-002).
	 */
	certificate_t *(*get_certificate)(gdoi_phase1_t *this);

	/**
	 * Feature bits of the peer's vendor ID (gdoi-wire 9).
	 *
	 * @return			0 if the peer didn't send one of ours
	 */
	uint8_t (*get_features)(gdoi_phase1_t *this);

	/**
	 * Protection of a new phase 2 exchange, gdoi-wire 1.3.
	 *
	 * The first call checks out the IKE_SA for a moment to get the last
	 * octets of phase 1, so no lock of the caller's that an IKE_SA's thread
	 * may want can be held.
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

	/**
	 * TRUE once terminate() was called: no new user should take it.
	 */
	bool (*is_ending)(gdoi_phase1_t *this);

	/**
	 * For the transport: the endpoints have changed.
	 *
	 * @param me		local endpoint, cloned
	 * @param other		remote endpoint, cloned
	 */
	void (*update_hosts)(gdoi_phase1_t *this, host_t *me, host_t *other);

	/**
	 * For the transport: the IKE_SA is gone, create_phase2() and send() do
	 * nothing any more. Getters still work.
	 */
	void (*invalidate)(gdoi_phase1_t *this);

	/**
	 * For the transport: does create_phase2() need no IKE_SA?
	 */
	bool (*has_phase2)(gdoi_phase1_t *this);

	/**
	 * For the transport: note how it ends. The first call counts, unless
	 * terminate() was before.
	 */
	void (*set_end)(gdoi_phase1_t *this, gdoi_phase1_end_t end);

	/**
	 * How it ended, once closed() of the handler was called.
	 */
	gdoi_phase1_end_t (*get_end)(gdoi_phase1_t *this);

	/** Get another reference. */
	gdoi_phase1_t *(*get_ref)(gdoi_phase1_t *this);

	/** Drop a reference; the last one wipes the keys. */
	void (*destroy)(gdoi_phase1_t *this);
};

/**
 * Create a phase 1 from an IKE_SA that is being established, in its thread.
 *
 * @param ike_sa		IKE_SA with its configuration and identities
 * @param keys			keys, get adopted
 * @param features		feature bits of the peer
 * @param counters		counters, referenced
 * @param impair		impairments, referenced; NULL for none
 */
gdoi_phase1_t *gdoi_phase1_create(ike_sa_t *ike_sa, gdoi_phase1_keys_t *keys,
								  uint8_t features, gdoi_counters_t *counters,
								  gdoi_impair_t *impair);

/**
 * Collect algorithms and keys of an IKE_SA whose keys are being derived.
 *
 * @param ike_sa		IKE_SA with a selected proposal and both cookies
 * @param skeyid_a		SKEYID_a, cloned
 * @param encr_key		encryption key, cloned
 * @return				keys, NULL if the proposal lacks an algorithm
 */
gdoi_phase1_keys_t *gdoi_phase1_keys_create(ike_sa_t *ike_sa,
											chunk_t skeyid_a, chunk_t encr_key);

/**
 * Wipe and free keys.
 *
 * @param keys			keys, or NULL
 */
void gdoi_phase1_keys_destroy(gdoi_phase1_keys_t *keys);

#endif /** GDOI_PHASE1_H_ @}*/
