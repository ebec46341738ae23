/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_kek group_kek
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_KEK_H_
#define GROUP_KEK_H_

#include <library.h>
#include <networking/host.h>
#include <crypto/crypters/crypter.h>
#include <crypto/hashers/hasher.h>

typedef struct group_kek_t group_kek_t;
typedef struct group_kek_data_t group_kek_data_t;
typedef enum group_sig_t group_sig_t;
typedef enum group_ack_t group_ack_t;

/** length of a KEK's SPI, which is the pair of cookies of its rekeys */
#define GROUP_KEK_SPI_LEN 16

/**
 * Signature algorithm of the rekey messages.
 */
enum group_sig_t {
	/** RSA, PKCS#1 v1.5 padding, with the hash of sig_hash */
	GROUP_SIG_RSA = 1,
	/** DSS with SHA-1; can be named, not used */
	GROUP_SIG_DSS = 2,
	/** ECDSA on P-256 with SHA-256 */
	GROUP_SIG_ECDSA_256 = 4,
	/** ECDSA on P-384 with SHA-384 */
	GROUP_SIG_ECDSA_384 = 5,
	/** ECDSA on P-521 with SHA-512 */
	GROUP_SIG_ECDSA_521 = 6,
};

/**
 * Acknowledgement of rekeys that the key server asks for (RFC 8263).
 */
enum group_ack_t {
	/** none */
	GROUP_ACK_NONE = 0,
	/** HMAC-SHA-256 keyed by the KEK */
	GROUP_ACK_KEK_SHA256 = 1,
	/** HMAC-SHA-256 keyed by the member's LKH leaf */
	GROUP_ACK_LKH_SHA256 = 2,
	/** HMAC-SHA-512 keyed by the KEK */
	GROUP_ACK_KEK_SHA512 = 3,
	/** HMAC-SHA-512 keyed by the member's LKH leaf */
	GROUP_ACK_LKH_SHA512 = 4,
};

/**
 * Values of a KEK.
 */
struct group_kek_data_t {

	/** SPI, first eight octets are the initiator cookie of rekeys */
	uint8_t spi[GROUP_KEK_SPI_LEN];

	/** rekeys go to a multicast group (the destination decides; kept beside
	 *  it for readers) */
	bool multicast;

	/** where rekeys come from: address and port */
	host_t *src;

	/** where rekeys go to: address and port; for unicast the member's own
	 *  address, see with_destination() */
	host_t *dst;

	/** ENCR_AES_CBC, ENCR_3DES or ENCR_DES */
	encryption_algorithm_t encr;

	/** key length in bits, 0 if the cipher has only one */
	uint16_t encr_bits;

	/** the IV that every rekey under this KEK starts with, one block; empty
	 *  if not known yet */
	chunk_t iv;

	/** key, empty if not known yet */
	chunk_t key;

	/** signature algorithm */
	group_sig_t sig;

	/** hash of the signature; HASH_UNKNOWN on receive if the peer left it out
	 *  with RSA (the member decides) */
	hash_algorithm_t sig_hash;

	/** length of the signature key in bits (RSA modulus, curve), 0 if the
	 *  peer did not say */
	uint16_t sig_bits;

	/** public key as DER SubjectPublicKeyInfo, empty if not known yet */
	chunk_t sig_key;

	/** seconds that the KEK lives, counted from its delivery; 0 if the peer
	 *  did not say */
	uint32_t lifetime;

	/** acknowledgement asked for */
	group_ack_t ack;
};

/**
 * A key encryption key and its policy: an immutable value that threads share
 * by reference.
 */
struct group_kek_t {

	/**
	 * Get the values.
	 *
	 * @return			values, valid as long as the reference; read only
	 */
	const group_kek_data_t* (*get)(group_kek_t *this);

	/**
	 * Check if IV, key and public key are there.
	 */
	bool (*has_keys)(group_kek_t *this);

	/**
	 * Make the same KEK with keys.
	 *
	 * @param iv		IV, one block of the cipher, gets cloned
	 * @param key		key, gets cloned
	 * @param sig_key	public key as DER, gets cloned
	 * @return			new KEK, NULL if IV or key have the wrong length
	 */
	group_kek_t* (*with_keys)(group_kek_t *this, chunk_t iv, chunk_t key,
							  chunk_t sig_key);

	/**
	 * Make the same KEK with another lifetime, e.g. the remaining one.
	 *
	 * @param lifetime	seconds
	 * @return			new KEK
	 */
	group_kek_t* (*with_lifetime)(group_kek_t *this, uint32_t lifetime);

	/**
	 * Make the same KEK with another destination: the member's address and
	 * port, for unicast rekeys.
	 *
	 * @param dst		destination, gets cloned
	 * @return			new KEK
	 */
	group_kek_t* (*with_destination)(group_kek_t *this, host_t *dst);

	/**
	 * Get another reference.
	 */
	group_kek_t* (*get_ref)(group_kek_t *this);

	/**
	 * Give back a reference; the last one wipes the keys.
	 */
	void (*destroy)(group_kek_t *this);
};

/**
 * Create a KEK.
 *
 * @param data		values; hosts and chunks get cloned
 * @return			KEK with one reference
 */
group_kek_t *group_kek_create(const group_kek_data_t *data);

/**
 * Length of a KEK cipher's key.
 *
 * @param encr		ENCR_AES_CBC, ENCR_3DES or ENCR_DES
 * @param bits		key length in bits, ignored for DES and 3DES
 * @return			octets, 0 if GDOI has no such KEK
 */
size_t group_kek_key_len(encryption_algorithm_t encr, uint16_t bits);

/**
 * Length of a KEK cipher's IV, that is its block.
 *
 * @return			octets, 0 if GDOI has no such KEK
 */
size_t group_kek_iv_len(encryption_algorithm_t encr);

#endif /** GROUP_KEK_H_ @}*/
