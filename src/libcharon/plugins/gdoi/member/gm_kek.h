/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_kek gm_kek
 * @{ @ingroup gdoi_member
 */

#ifndef GM_KEK_H_
#define GM_KEK_H_

#include "gm_rekey_status.h"

#include <exchanges/push_ack.h>
#include <exchanges/push_receiver.h>
#include <group/group_rekey.h>

typedef struct gm_kek_t gm_kek_t;

/**
 * A KEK that rekeys come under. Not thread safe.
 */
struct gm_kek_t {

	/** checks rekeys */
	gdoi_push_receiver_t *receiver;

	/** when it came, ms */
	uint64_t since;

	/** when it ends, GM_NEVER if not known */
	uint64_t expires;

	/** lifetime that it began with, seconds */
	uint32_t lifetime;

	/** sequence number that was accepted before the last one */
	uint32_t before;

	/** acknowledgement of the last rekey, empty if there was none */
	chunk_t ack;

	/** TRUE if the transport delivers its rekeys */
	bool delivered;

	/** where that rekey came from, NULL if it was not answered */
	host_t *from;

	/** when a copy of that rekey may be answered again */
	uint64_t repeat;
};

/**
 * Start to use a KEK.
 *
 * @param kek			KEK with keys
 * @param seq			last sequence number used with it
 * @param tolerance		departures to take, gdoi_tolerance_t flags
 * @param now			when it came
 * @return				KEK, NULL if its public key can't be used
 */
gm_kek_t *gm_kek_create(group_kek_t *kek, uint32_t seq, u_int tolerance,
						uint64_t now);

/**
 * Destroy a KEK, wiping its keys.
 */
void gm_kek_destroy(gm_kek_t *this);

/**
 * Get the SPI.
 *
 * @return				SPI, valid until the KEK is described or destroyed
 */
chunk_t gm_kek_spi(gm_kek_t *this);

/**
 * Values of the KEK, valid until it is described or destroyed.
 */
const group_kek_data_t *gm_kek_data(gm_kek_t *this);

/**
 * Check if a description has the SPI of a KEK.
 *
 * @param this			KEK, may be NULL
 * @param kek			description
 */
bool gm_kek_is(gm_kek_t *this, group_kek_t *kek);

/**
 * Make a description of the same SPI one with the keys that are known.
 *
 * @param kek			description, its keys may be missing
 * @param sig_key		set to FALSE if it has another public key, which is
 *						left out
 * @return				description with keys, NULL if it has other keys
 */
group_kek_t *gm_kek_complete(gm_kek_t *this, group_kek_t *kek, bool *sig_key);

/**
 * Set the destination of a unicast KEK to our own address, which a rekey that
 * goes to all members can't tell.
 *
 * @param kek			KEK, adopted
 * @param local			our address, or NULL to leave the KEK alone
 * @return				KEK
 */
group_kek_t *gm_kek_localize(group_kek_t *kek, host_t *local);

/**
 * Take over a description: lifetime, transport, acknowledgement.
 *
 * @param kek			what gm_kek_complete() returned, referenced
 * @param now			when it came
 */
void gm_kek_describe(gm_kek_t *this, group_kek_t *kek, uint64_t now);

/**
 * Store that a rekey was accepted.
 *
 * @param datagram		message
 * @param seq			its sequence number
 */
void gm_kek_accept(gm_kek_t *this, chunk_t datagram, uint32_t seq);

/**
 * Find out how to acknowledge rekeys (ACK-016, ACK-019).
 *
 * @param encrypted		TRUE if an encrypted one may be sent without being
 *						asked for
 * @param kind			set to the kind
 * @return				FALSE if they are not to be acknowledged
 */
bool gm_kek_ack_kind(gm_kek_t *this, bool encrypted,
					 gdoi_push_ack_kind_t *kind);

/**
 * Check if a rekey deletes a KEK, without describing it again.
 *
 * @param this			KEK
 * @param rekey			rekey
 */
bool gm_kek_is_deleted(gm_kek_t *this, group_rekey_t *rekey);

/**
 * Fill in what is shown.
 *
 * @param this			KEK, may be NULL
 * @param info			info to fill in, with a reference
 */
void gm_kek_info(gm_kek_t *this, gm_kek_info_t *info);

#endif /** GM_KEK_H_ @}*/
