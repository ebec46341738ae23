/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_push_message gdoi_push_message
 * @{ @ingroup libgdoi_exchanges
 *
 * A received GROUPKEY-PUSH: decryption with the KEK, the chain of payloads,
 * and what its signature covers. RFC 6407 section 4. No state, no verification
 * of the signature, no replay check: those belong to the exchange.
 */

#ifndef GDOI_PUSH_MESSAGE_H_
#define GDOI_PUSH_MESSAGE_H_

#include "../group/group_kek.h"
#include "../payloads/gdoi_chain.h"
#include "../payloads/gdoi_header.h"

typedef struct gdoi_push_message_t gdoi_push_message_t;

/**
 * A decrypted rekey message. Clear it by gdoi_push_message_clear().
 */
struct gdoi_push_message_t {

	/** header of the message */
	gdoi_header_t header;

	/** decrypted payloads and padding, allocated */
	chunk_t plain;

	/** payloads: SEQ, [D...,] [SA, KD,] SIG; chunks point into plain */
	gdoi_chain_t chain;

	/** sequence number */
	uint32_t seq;

	/** bodies of SA and KD, both or none of them empty */
	chunk_t sa;
	chunk_t kd;

	/** signature */
	chunk_t sig;
};

/**
 * Decrypt a rekey message and parse its chain.
 *
 * @param datagram	message without Non-ESP marker
 * @param kek		KEK with keys, of the SPI that the cookies are
 * @param message	message, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 * @return			FALSE if the message is not of this KEK or malformed
 */
bool gdoi_push_message_open(chunk_t datagram, group_kek_t *kek,
							gdoi_push_message_t *message,
							const char **reason);

/**
 * Get the octets that the signature covers: "rekey", header, and all payloads
 * before SIG.
 *
 * @param message	message
 * @param padded	count the padding in the Length of the header, as on the
 *					wire; senders are meant not to
 * @return			text, allocated
 */
chunk_t gdoi_push_message_signed(const gdoi_push_message_t *message,
								 bool padded);

/**
 * Wipe and free what a message holds.
 */
void gdoi_push_message_clear(gdoi_push_message_t *message);

#endif /** GDOI_PUSH_MESSAGE_H_ @}*/
