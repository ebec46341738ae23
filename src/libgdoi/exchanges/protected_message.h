/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_protected_message gdoi_protected_message
 * @{ @ingroup libgdoi_exchanges
 *
 * A received message under phase 1: decrypted, parsed as a chain, and its HASH
 * verified.
 */

#ifndef GDOI_PROTECTED_MESSAGE_H_
#define GDOI_PROTECTED_MESSAGE_H_

#include "phase2.h"
#include "../payloads/gdoi_chain.h"

typedef struct gdoi_protected_message_t gdoi_protected_message_t;

/**
 * An authenticated message. Clear it by gdoi_protected_message_clear().
 */
struct gdoi_protected_message_t {

	/** decrypted payloads and padding, allocated */
	chunk_t plain;

	/** payloads, the HASH is the first; chunks point into plain */
	gdoi_chain_t chain;

	/** payloads behind the HASH, as the HASH covers them */
	chunk_t covered;
};

/**
 * Open a message and verify its HASH over M-ID | extra | payloads behind it.
 * Does not advance the IV, see gdoi_phase2_t.accept().
 *
 * @param phase2	protection
 * @param exchange	exchange type that the message must have
 * @param datagram	message as received
 * @param extra		chunks that the HASH covers behind M-ID
 * @param count		number of extra chunks, at most 3
 * @param message	message, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 * @return			FALSE if the message does not authenticate
 */
bool gdoi_protected_message_open(gdoi_phase2_t *phase2,
								 gdoi_exchange_t exchange, chunk_t datagram,
								 const chunk_t *extra, u_int count,
								 gdoi_protected_message_t *message,
								 const char **reason);

/**
 * Wipe and free what a message holds.
 */
void gdoi_protected_message_clear(gdoi_protected_message_t *message);

#endif /** GDOI_PROTECTED_MESSAGE_H_ @}*/
