/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup load_client load_client
 * @{
 *
 * One simulated member: IKEv1 Main Mode with a pre-shared key, GROUPKEY-PULL,
 * and the end of phase 1. Datagrams in, datagrams out; no socket, no clock.
 */

#ifndef LOAD_CLIENT_H_
#define LOAD_CLIENT_H_

#include "group/group_id.h"
#include "group/group_policy.h"

#include <library.h>
#include <crypto/key_exchange.h>

typedef struct load_client_t load_client_t;
typedef struct load_config_t load_config_t;
typedef enum load_state_t load_state_t;

/**
 * What all simulated members have in common.
 */
struct load_config_t {

	/** pre-shared key */
	chunk_t psk;

	/** group to register with */
	group_id_t group;

	/** announce by Vendor ID that we can make encrypted acknowledgements */
	bool native;

	/** stop after phase 1, for comparison */
	bool phase1_only;

	/** policy with keys that the first member to get one leaves here; owned by
	 *  whoever has the configuration */
	group_policy_t *policy;

	/** registrations per phase 1, usually 1; more show what they cost alone */
	u_int pulls;

	/** key exchange of all members, of which only the shared secret is computed
	 *  per member: the server is to be measured, not the generator */
	key_exchange_t *ke;

	/** private value of ke to set before each use, as gmp's MODP groups compute
	 *  only once otherwise; empty for none */
	chunk_t private;

	/** public value of ke */
	chunk_t public;

	/** prf, hash and cipher are fixed: HMAC-SHA-256, SHA-256, AES-256; these
	 *  are shared, too */
	prf_t *prf;
	hasher_t *hasher;
	rng_t *rng;
};

/**
 * How far a member got.
 */
enum load_state_t {
	/** waits for the reply to the datagram sent last */
	LOAD_BUSY,
	/** registered (or phase 1 is up): the datagram to send is the Delete of
	 *  phase 1, nothing comes after it */
	LOAD_DONE,
	/** failed for good */
	LOAD_FAILED,
};

/**
 * A simulated member.
 */
struct load_client_t {

	/**
	 * Build the first datagram.
	 *
	 * @return			datagram, internal data
	 */
	chunk_t (*start)(load_client_t *this);

	/**
	 * Process a datagram.
	 *
	 * @param datagram	received datagram
	 * @param out		datagram to send, internal data; empty for none
	 * @return			state of the member
	 */
	load_state_t (*process)(load_client_t *this, chunk_t datagram,
							chunk_t *out);

	/**
	 * Datagram to send again if no reply comes.
	 */
	chunk_t (*get_last)(load_client_t *this);

	/**
	 * Why the member failed.
	 */
	const char* (*get_reason)(load_client_t *this);

	/**
	 * Destroy the member.
	 */
	void (*destroy)(load_client_t *this);
};

/**
 * Create a member.
 *
 * @param config	configuration, has to live as long as the member
 * @param address	own IPv4 address, 4 octets, is the identity of phase 1
 */
load_client_t *load_client_create(load_config_t *config, chunk_t address);

#endif /** LOAD_CLIENT_H_ @}*/
