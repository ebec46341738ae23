/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "push_signature.h"

/**
 * Hash of a KEK's signatures.
 */
static hash_algorithm_t get_hash(const group_kek_data_t *kek)
{
	return kek->sig_hash == HASH_UNKNOWN ? HASH_SHA256 : kek->sig_hash;
}

signature_scheme_t gdoi_push_scheme(const group_kek_data_t *kek)
{
	switch (kek->sig)
	{
		case GROUP_SIG_ECDSA_256:
			return SIGN_ECDSA_256;
		case GROUP_SIG_ECDSA_384:
			return SIGN_ECDSA_384;
		case GROUP_SIG_ECDSA_521:
			return SIGN_ECDSA_521;
		case GROUP_SIG_RSA:
			break;
		default:
			return SIGN_UNKNOWN;
	}
	switch (get_hash(kek))
	{
		case HASH_MD5:
			return SIGN_RSA_EMSA_PKCS1_MD5;
		case HASH_SHA1:
			return SIGN_RSA_EMSA_PKCS1_SHA1;
		case HASH_SHA256:
			return SIGN_RSA_EMSA_PKCS1_SHA2_256;
		case HASH_SHA384:
			return SIGN_RSA_EMSA_PKCS1_SHA2_384;
		case HASH_SHA512:
			return SIGN_RSA_EMSA_PKCS1_SHA2_512;
		default:
			return SIGN_UNKNOWN;
	}
}

key_type_t gdoi_push_key_type(group_sig_t sig)
{
	switch (sig)
	{
		case GROUP_SIG_RSA:
			return KEY_RSA;
		case GROUP_SIG_ECDSA_256:
		case GROUP_SIG_ECDSA_384:
		case GROUP_SIG_ECDSA_521:
			return KEY_ECDSA;
		default:
			return KEY_ANY;
	}
}

size_t gdoi_push_signature_len(group_sig_t sig, int bits)
{
	switch (sig)
	{
		case GROUP_SIG_RSA:
			return ((size_t)max(bits, 0) + 7) / 8;
		case GROUP_SIG_ECDSA_256:
			return 64;
		case GROUP_SIG_ECDSA_384:
			return 96;
		case GROUP_SIG_ECDSA_521:
			return 132;
		default:
			return 0;
	}
}

bool gdoi_push_hash(const group_kek_data_t *kek, chunk_t text, chunk_t *hash)
{
	hasher_t *hasher;
	bool good;

	hasher = lib->crypto->create_hasher(lib->crypto, get_hash(kek));
	good = hasher && hasher->allocate_hash(hasher, text, hash);
	DESTROY_IF(hasher);
	return good;
}
