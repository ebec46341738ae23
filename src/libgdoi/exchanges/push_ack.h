/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_push_ack gdoi_push_ack
 * @{ @ingroup libgdoi_exchanges
 *
 * GROUPKEY-PUSH-ACK: the one of RFC 8263 (exchange 35), and our encrypted one
 * (exchange 240) for peers that announced it.
 *
 *   35:  HDR, HASH, SEQ, ID			HASH = prf(key, SEQ | ID)
 *   240: HDR*, NONCE, HASH, SEQ, ID	HASH = prf(key, NONCE | SEQ | ID)
 *
 * Payloads are hashed with their generic headers. An encrypted one is padded
 * by zeros and encrypted as rekeys are, under the IV of the KEK; its random
 * nonce comes first because that IV is always the same.
 */

#ifndef GDOI_PUSH_ACK_H_
#define GDOI_PUSH_ACK_H_

#include "../group/group_kek.h"

typedef struct gdoi_push_ack_t gdoi_push_ack_t;
typedef struct gdoi_push_ack_verifier_t gdoi_push_ack_verifier_t;
typedef enum gdoi_push_ack_kind_t gdoi_push_ack_kind_t;
typedef enum gdoi_push_ack_length_t gdoi_push_ack_length_t;

/** octets of the random nonce of an encrypted acknowledgement */
#define GDOI_PUSH_ACK_NONCE_LEN 16

/**
 * Kinds of acknowledgements.
 */
enum gdoi_push_ack_kind_t {
	/** exchange 35, authenticated in clear, RFC 8263 */
	GDOI_PUSH_ACK_CLEAR = 0,
	/** exchange 240, encrypted */
	GDOI_PUSH_ACK_ENCRYPTED,
};

/**
 * What the derivation of the key took as its length: the RFC contradicts
 * itself, so that peers may differ.
 */
enum gdoi_push_ack_length_t {
	/** bits of the hash's block: 512 or 1024, what we send */
	GDOI_PUSH_ACK_LENGTH_BLOCK = 0,
	/** bits of the hash */
	GDOI_PUSH_ACK_LENGTH_HASH,
	/** bits of the base key */
	GDOI_PUSH_ACK_LENGTH_KEY,
};

/**
 * Content of an acknowledgement.
 */
struct gdoi_push_ack_t {

	/** kind */
	gdoi_push_ack_kind_t kind;

	/** sequence number of the rekey */
	uint32_t seq;

	/** who acknowledges: the source address of its last registration; without
	 *  port, owned by whoever has this struct */
	host_t *id;

	/** length that its key was derived with */
	gdoi_push_ack_length_t length;
};

/**
 * Derive the key of acknowledgements, RFC 8263 section 3.
 *
 * @param kind		kind
 * @param ack		what the KEK's policy asks for, says the PRF; ignored for
 *					the encrypted kind
 * @param base		key of the KEK without IV; GROUP_ACK_LKH_*: key of the
 *					member's leaf without IV
 * @param spi		SPI of the KEK, 16 octets
 * @param length	length to put into the derivation
 * @param key		key, allocated, chunk_clear() it
 * @return			FALSE if the PRF is not available or ack asks for none
 */
bool gdoi_push_ack_key(gdoi_push_ack_kind_t kind, group_ack_t ack,
					   chunk_t base, chunk_t spi,
					   gdoi_push_ack_length_t length, chunk_t *key);

/**
 * Write an acknowledgement.
 *
 * @param kind		kind
 * @param kek		KEK that the rekey was protected with, not the one that it
 *					brought
 * @param seq		sequence number of the rekey
 * @param id		our address of the last registration; the port is ignored
 * @param nonce		encrypted kind: GDOI_PUSH_ACK_NONCE_LEN random octets
 * @param datagram	message without Non-ESP marker, allocated
 * @return			FALSE if the KEK asks for an acknowledgement that we can't
 *					make (LKH), for none and kind is GDOI_PUSH_ACK_CLEAR, if
 *					the nonce has another length, or a PRF or cipher is missing
 */
bool gdoi_push_ack_write(gdoi_push_ack_kind_t kind, group_kek_t *kek,
						 uint32_t seq, host_t *id, chunk_t nonce,
						 chunk_t *datagram);

/**
 * A key server's side of the acknowledgements under one KEK. Derives its keys
 * once. Not thread-safe.
 */
struct gdoi_push_ack_verifier_t {

	/**
	 * Check a message (ACK-017).
	 *
	 * @param datagram	message without Non-ESP marker
	 * @param ack		content, ack->id to destroy, if TRUE is returned
	 * @param reason	set to a constant text if FALSE is returned
	 * @return			FALSE if malformed or not authentic
	 */
	bool (*verify)(gdoi_push_ack_verifier_t *this, chunk_t datagram,
				   gdoi_push_ack_t *ack, const char **reason);

	/**
	 * Destroy it, wiping its keys.
	 */
	void (*destroy)(gdoi_push_ack_verifier_t *this);
};

/**
 * Create a verifier for all kinds that members of a KEK may use.
 *
 * @param kek			KEK with keys
 * @param sha512		exchange 35 is keyed by HMAC-SHA-512, not SHA-256
 * @return				verifier, NULL if a PRF or cipher is missing
 */
gdoi_push_ack_verifier_t *gdoi_push_ack_verifier_create(group_kek_t *kek,
														bool sha512);

#endif /** GDOI_PUSH_ACK_H_ @}*/
