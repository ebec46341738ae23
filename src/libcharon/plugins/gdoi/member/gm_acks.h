/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_acks gm_acks
 * @{ @ingroup gdoi_member
 */

#ifndef GM_ACKS_H_
#define GM_ACKS_H_

#include "gm_config.h"
#include "gm_kek.h"
#include "gm_link.h"
#include "gm_runtime.h"

typedef struct gm_acks_t gm_acks_t;

/** shortest time between answers to copies of the same rekey, ms */
#define GM_ACKS_REPEAT_INTERVAL 1000

/**
 * Acknowledges rekeys (RFC 8263; ACK-001, ACK-016, ACK-019). Not thread safe;
 * calls out, so no lock may be held.
 */
struct gm_acks_t {

	/**
	 * Note a registration.
	 *
	 * @param phase1	phase 1 that it used: our address is the one that
	 *					acknowledgements name
	 */
	void (*registered)(gm_acks_t *this, gdoi_phase1_t *phase1);

	/**
	 * Get our address of the last registration, NULL before.
	 */
	host_t *(*get_local)(gm_acks_t *this);

	/**
	 * Write the acknowledgement of a rekey, if it is to have one.
	 *
	 * @param kek		KEK that protected the rekey; keeps it
	 * @param seq		sequence number of the rekey
	 * @param dst		where the rekey went to: none is sent for multicast
	 *					unless the KEK asks for it (ACK-002), whatever the
	 *					transport will be from now on
	 */
	void (*make)(gm_acks_t *this, gm_kek_t *kek, uint32_t seq, host_t *dst);

	/**
	 * Answer a rekey with the acknowledgement that its KEK keeps, if any: at
	 * once, or after a random delay if all members got it at the same moment.
	 *
	 * @param kek		KEK
	 * @param src		where the rekey came from
	 * @param dst		where it went to
	 * @param delay		longest delay, ms
	 */
	void (*answer)(gm_acks_t *this, gm_kek_t *kek, host_t *src, host_t *dst,
				   uint32_t delay);

	/**
	 * Answer a copy of a rekey, as answer() does, but not too often, and only
	 * to where the rekey came from: anybody may have copies.
	 */
	void (*repeat)(gm_acks_t *this, gm_kek_t *kek, host_t *src, host_t *dst,
				   uint32_t delay);

	/**
	 * Send what is due.
	 */
	void (*run)(gm_acks_t *this);

	/**
	 * When to call run(), GM_NEVER if nothing waits.
	 */
	uint64_t (*get_deadline)(gm_acks_t *this);

	/**
	 * Number of acknowledgements sent.
	 */
	uint64_t (*get_count)(gm_acks_t *this);

	/**
	 * Forget what waits.
	 */
	void (*clear)(gm_acks_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_acks_t *this);
};

/**
 * Create an object.
 *
 * @param runtime		clock and random numbers
 * @param link			way to the transport
 */
gm_acks_t *gm_acks_create(gm_runtime_t *runtime, gm_link_t *link);

/**
 * Is an address a multicast group?
 *
 * @param host			address
 */
bool gm_acks_is_multicast(host_t *host);

#endif /** GM_ACKS_H_ @}*/
