/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_kek ks_config_kek
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_CONFIG_KEK_H_
#define KS_CONFIG_KEK_H_

#include <config/config_reader.h>
#include <exchanges/push_writer.h>
#include <group/group_kek.h>
#include <credentials/keys/private_key.h>

typedef struct ks_config_kek_t ks_config_kek_t;

/** default lifetime of a KEK in seconds, KS-014 */
#define KS_KEK_LIFETIME_DEFAULT 86400

/**
 * Configuration of a KEK. Owned by a ks_config_t, read only.
 */
struct ks_config_kek_t {

	/** cipher */
	encryption_algorithm_t encr;

	/** key length in bits, 0 for 3DES */
	uint16_t encr_bits;

	/** lifetime in seconds */
	uint32_t lifetime;

	/** name of the signature key, as configured */
	char *key_name;

	/** signature key */
	private_key_t *key;

	/** its public key as DER SubjectPublicKeyInfo */
	chunk_t public_key;

	/** signature algorithm, by the type of the key */
	group_sig_t sig;

	/** hash of the signature */
	hash_algorithm_t sig_hash;

	/** size of the signature key in bits */
	uint16_t sig_bits;

	/** form of RSA signatures */
	gdoi_sig_form_t form;
};

/**
 * Parse a kek section.
 *
 * @param node			section
 * @param reader		gets errors and warnings
 * @param keydir		folder that has private keys in private, rsa and ecdsa
 * @return				configuration to destroy; NULL if there was an error
 */
ks_config_kek_t *ks_config_kek_parse(config_node_t *node,
									 config_reader_t *reader,
									 const char *keydir);

/**
 * Compare configurations; the same key under another name is equal.
 *
 * @param a				configuration, may be NULL
 * @param b				configuration, may be NULL
 */
bool ks_config_kek_equals(ks_config_kek_t *a, ks_config_kek_t *b);

/**
 * Destroy a configuration.
 *
 * @param kek			configuration, may be NULL
 */
void ks_config_kek_destroy(ks_config_kek_t *kek);

#endif /** KS_CONFIG_KEK_H_ @}*/
