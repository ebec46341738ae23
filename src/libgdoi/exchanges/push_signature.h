/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_push_signature gdoi_push_signature
 * @{ @ingroup libgdoi_exchanges
 *
 * What writer and receiver of rekeys share about their signatures, RFC 6407
 * section 4.3. No state.
 */

#ifndef GDOI_PUSH_SIGNATURE_H_
#define GDOI_PUSH_SIGNATURE_H_

#include "../group/group_kek.h"

#include <credentials/keys/public_key.h>

/**
 * Signature scheme of a KEK's rekeys. Without a hash in the policy of an RSA
 * key SHA-256 is taken, which RFC 6407 section 5.3.6 makes mandatory.
 *
 * @param kek		values of the KEK
 * @return			scheme, SIGN_UNKNOWN if there is none
 */
signature_scheme_t gdoi_push_scheme(const group_kek_data_t *kek);

/**
 * Type of the key that makes these signatures.
 *
 * @return			KEY_RSA or KEY_ECDSA, KEY_ANY for an unknown algorithm
 */
key_type_t gdoi_push_key_type(group_sig_t sig);

/**
 * Octets of a signature.
 *
 * @param sig		algorithm
 * @param bits		length of an RSA modulus in bits, ignored for ECDSA
 * @return			octets, 0 for an unknown algorithm
 */
size_t gdoi_push_signature_len(group_sig_t sig, int bits);

/**
 * Hash a text as the KEK's signatures do.
 *
 * @param hash		hash, allocated, set only if TRUE is returned
 * @return			FALSE if the hash is not available
 */
bool gdoi_push_hash(const group_kek_data_t *kek, chunk_t text, chunk_t *hash);

#endif /** GDOI_PUSH_SIGNATURE_H_ @}*/
