/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_seal ks_seal
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SEAL_H_
#define KS_SEAL_H_

#include <library.h>

typedef struct ks_seal_t ks_seal_t;

/** octets of the random salt that goes with a store */
#define KS_SEAL_SALT_LEN 32

/** octets that sealing adds: salt of the row and tag */
#define KS_SEAL_OVERHEAD (16 + 16)

/**
 * Encrypts what the store has on disk: AES-256 in Galois/Counter Mode, with
 * a key for each row that is derived from the secret of the store and a random
 * salt of 16 octets. No nonce can come twice under a key that way, however
 * often rows are written.
 *
 * Not thread-safe.
 */
struct ks_seal_t {

	/**
	 * Encrypt and authenticate.
	 *
	 * @param assoc		what the data belongs to, authenticated as well
	 * @param plain		data
	 * @param sealed	allocated result
	 * @return			FALSE if there is no randomness or memory
	 */
	bool (*seal)(ks_seal_t *this, chunk_t assoc, chunk_t plain,
				 chunk_t *sealed);

	/**
	 * Verify and decrypt.
	 *
	 * @param assoc		what the data must belong to
	 * @param sealed	data, hostile
	 * @param plain		allocated result, to chunk_clear()
	 * @return			FALSE if it was not sealed with this secret, or
	 *					belongs to something else
	 */
	bool (*open)(ks_seal_t *this, chunk_t assoc, chunk_t sealed,
				 chunk_t *plain);

	/**
	 * Wipe the key.
	 */
	void (*destroy)(ks_seal_t *this);
};

/**
 * Create it.
 *
 * @param secret		secret with the strength of a key: it is not stretched
 * @param salt			salt of the store, KS_SEAL_SALT_LEN octets
 * @return				NULL without HMAC-SHA-256, AES-GCM or an RNG
 */
ks_seal_t *ks_seal_create(chunk_t secret, chunk_t salt);

/**
 * HKDF with SHA-256 (RFC 5869), for up to 64 octets.
 *
 * @param secret		input keying material
 * @param salt			salt
 * @param info			what the key is for
 * @param out			gets out.len octets of key
 * @return				FALSE without HMAC-SHA-256, or if out is too long
 */
bool ks_seal_derive(chunk_t secret, chunk_t salt, chunk_t info, chunk_t out);

#endif /** KS_SEAL_H_ @}*/
