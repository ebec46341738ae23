/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup libgdoi_exchanges exchanges
 * @ingroup libgdoi
 *
 * @defgroup gdoi_phase2 gdoi_phase2
 * @{ @ingroup libgdoi_exchanges
 */

#ifndef GDOI_PHASE2_H_
#define GDOI_PHASE2_H_

#include "../payloads/gdoi_wire.h"
#include "../payloads/gdoi_header.h"

#include <crypto/crypters/crypter.h>
#include <crypto/prfs/prf.h>

typedef struct gdoi_phase2_t gdoi_phase2_t;
typedef struct gdoi_phase2_keys_t gdoi_phase2_keys_t;

/**
 * What phase 1 gives to the exchanges below it. All chunks are cloned by
 * gdoi_phase2_create().
 */
struct gdoi_phase2_keys_t {

	/** initiator and responder cookie in network byte order, as
	 *  ike_sa_id_t.get_initiator_spi() and get_responder_spi() give them */
	uint64_t spi_i;
	uint64_t spi_r;

	/** prf of phase 1, e.g. PRF_HMAC_SHA2_256 */
	pseudo_random_function_t prf;

	/** SKEYID_a */
	chunk_t skeyid_a;

	/** cipher of phase 1 (ENCR_AES_CBC, ENCR_3DES, ENCR_DES) */
	encryption_algorithm_t encr;

	/** cipher key of phase 1 (from SKEYID_e), also gives the key length */
	chunk_t encr_key;
};

/**
 * Protection that phase 1 gives to one exchange (one message ID): encryption
 * with chained IVs, and the prf of the HASH payloads. RFC 2409 section 5.5,
 * RFC 6407 section 3.2.
 *
 * Not thread-safe: belongs to one exchange.
 */
struct gdoi_phase2_t {

	/**
	 * Message ID in host byte order.
	 */
	uint32_t (*get_message_id)(gdoi_phase2_t *this);

	/**
	 * Block size of the cipher in octets: padding is shorter.
	 */
	size_t (*get_block_size)(gdoi_phase2_t *this);

	/**
	 * Compute prf(SKEYID_a, M-ID | parts...).
	 *
	 * @param parts		chunks to feed, in this order
	 * @param count		number of parts
	 * @param hash		digest, allocated
	 * @return			FALSE if the prf failed
	 */
	bool (*hash)(gdoi_phase2_t *this, const chunk_t *parts, u_int count,
				 chunk_t *hash);

	/**
	 * Build a HASH payload in front of other payloads and encrypt all.
	 *
	 * @param exchange	exchange type of the header
	 * @param extra		chunks to feed after M-ID and before the payloads
	 * @param count		number of extra chunks
	 * @param first		type of the first payload, GDOI_PLD_NONE if none
	 * @param payloads	payloads with generic headers; covered by the hash
	 * @param datagram	complete message, allocated
	 * @return			FALSE if cipher or prf failed, or message too long
	 */
	bool (*protect)(gdoi_phase2_t *this, gdoi_exchange_t exchange,
					const chunk_t *extra, u_int count,
					gdoi_payload_type_t first, chunk_t payloads,
					chunk_t *datagram);

	/**
	 * Decrypt a message, without taking its last block as next IV yet.
	 *
	 * @param datagram	message as received, not changed
	 * @param exchange	exchange type that the header must have
	 * @param header	parsed header
	 * @param plain		payloads and padding, allocated
	 * @param reason	set to a constant text if FALSE is returned
	 * @return			FALSE if the header does not belong to this exchange or
	 *					the length is no multiple of the block
	 */
	bool (*decrypt)(gdoi_phase2_t *this, chunk_t datagram,
					gdoi_exchange_t exchange, gdoi_header_t *header,
					chunk_t *plain, const char **reason);

	/**
	 * Take the last block of an authenticated message as next IV.
	 *
	 * Apart from decrypt(), so that a forged message does not break the chain.
	 *
	 * @param datagram	message that verified
	 */
	void (*accept)(gdoi_phase2_t *this, chunk_t datagram);

	/**
	 * Wipe the keys and destroy the object.
	 */
	void (*destroy)(gdoi_phase2_t *this);
};

/**
 * Create the protection of one exchange.
 *
 * @param keys			keys of phase 1
 * @param message_id	message ID in host byte order, not 0
 * @param iv			first IV for this message ID, one block: what
 *						keymat_v1_t.get_iv() gives; gets cloned
 * @return				NULL if an algorithm is not available or a key or the
 *						IV has the wrong length
 */
gdoi_phase2_t *gdoi_phase2_create(const gdoi_phase2_keys_t *keys,
								  uint32_t message_id, chunk_t iv);

#endif /** GDOI_PHASE2_H_ @}*/
