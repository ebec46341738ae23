/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_chain gdoi_chain
 * @{ @ingroup libgdoi_payloads
 *
 * Chains of payloads with generic headers, RFC 2408 section 3.2.
 */

#ifndef GDOI_CHAIN_H_
#define GDOI_CHAIN_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_payload_t gdoi_payload_t;
typedef struct gdoi_chain_t gdoi_chain_t;

/**
 * One payload. Chunks point into the parsed message.
 */
struct gdoi_payload_t {

	/** type, given by what precedes the payload */
	uint8_t type;

	/** payload with its generic header, as HASHes cover it */
	chunk_t whole;

	/** payload without its generic header */
	chunk_t body;
};

/**
 * All payloads of a message.
 */
struct gdoi_chain_t {

	/** payloads in their order */
	gdoi_payload_t payloads[GDOI_CHAIN_MAX];

	/** number of payloads */
	u_int count;

	/** all payloads with their headers, without padding */
	chunk_t whole;
};

/**
 * Take the next payload from a chain.
 *
 * @param in		chain, gets shortened
 * @param next		type of the payload, set to that of the following one
 * @param payload	payload, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 * @return			FALSE if the chain is too short for the payload, or the
 *					reserved octet is set
 */
bool gdoi_chain_next(chunk_t *in, uint8_t *next, gdoi_payload_t *payload,
					 const char **reason);

/**
 * Parse the payloads of a decrypted message.
 *
 * @param plain		payloads and padding
 * @param first		type of the first payload, from the header
 * @param block		block size of the cipher: padding must be shorter and zero;
 *					1 if there is no padding
 * @param chain		payloads
 * @param reason	set to a constant text if FALSE is returned
 * @return			FALSE if the chain is malformed or too long
 */
bool gdoi_chain_parse(chunk_t plain, uint8_t first, size_t block,
					  gdoi_chain_t *chain, const char **reason);

/**
 * Write a payload.
 *
 * @param writer	gets the payload with its generic header appended
 * @param next		type of the payload that follows, GDOI_PLD_NONE for none
 * @param body		payload without generic header, at most 65531 octets
 */
void gdoi_chain_write(bio_writer_t *writer, gdoi_payload_type_t next,
					  chunk_t body);

#endif /** GDOI_CHAIN_H_ @}*/
