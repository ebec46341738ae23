/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "policy_row.h"
#include "replay_row.h"

/**
 * Name of a cipher, as README.md has it
 */
static char *cipher_name(encryption_algorithm_t encr)
{
	switch (encr)
	{
		case ENCR_AES_CBC:
			return "aes-cbc";
		case ENCR_3DES:
			return "3des-cbc";
		case ENCR_DES:
			return "des-cbc";
		case ENCR_AES_GCM_ICV8:
		case ENCR_AES_GCM_ICV12:
		case ENCR_AES_GCM_ICV16:
			return "aes-gcm";
		case ENCR_AES_CCM_ICV8:
		case ENCR_AES_CCM_ICV12:
		case ENCR_AES_CCM_ICV16:
			return "aes-ccm";
		case ENCR_AES_CTR:
			return "aes-ctr";
		case ENCR_NULL_AUTH_AES_GMAC:
			return "aes-gmac";
		case ENCR_NULL:
			return "null";
		case ENCR_UNDEFINED:
			return "none";
		default:
			return "unknown";
	}
}

/**
 * Name of an integrity algorithm
 */
static char *integrity_name(integrity_algorithm_t integ)
{
	switch (integ)
	{
		case AUTH_HMAC_MD5_96:
			return "hmac-md5";
		case AUTH_HMAC_SHA1_96:
			return "hmac-sha1";
		case AUTH_HMAC_SHA2_256_128:
			return "hmac-sha2-256";
		case AUTH_HMAC_SHA2_384_192:
			return "hmac-sha2-384";
		case AUTH_HMAC_SHA2_512_256:
			return "hmac-sha2-512";
		case AUTH_UNDEFINED:
			return "none";
		default:
			return "unknown";
	}
}

/**
 * Name of a signature algorithm
 */
static char *signature_name(group_sig_t sig)
{
	switch (sig)
	{
		case GROUP_SIG_RSA:
			return "rsa";
		case GROUP_SIG_DSS:
			return "dss";
		default:
			return "ecdsa";
	}
}

/**
 * Name of a hash
 */
static char *hash_name(hash_algorithm_t hash)
{
	switch (hash)
	{
		case HASH_MD5:
			return "md5";
		case HASH_SHA1:
			return "sha1";
		case HASH_SHA256:
			return "sha256";
		case HASH_SHA384:
			return "sha384";
		case HASH_SHA512:
			return "sha512";
		default:
			return "unknown";
	}
}

/**
 * Name of the addresses that are preserved
 */
static char *preserve_name(group_tek_preserve_t preserve)
{
	switch (preserve)
	{
		case GROUP_TEK_PRESERVE_NONE:
			return "none";
		case GROUP_TEK_PRESERVE_SRC:
			return "source";
		case GROUP_TEK_PRESERVE_DST:
			return "destination";
		default:
			return "both";
	}
}

/*
 * Described in header
 */
vici_builder_t *policy_row_kek(const group_kek_data_t *kek)
{
	chunk_t spi = chunk_create((u_char*)kek->spi, sizeof(kek->spi));
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "kek");
	builder->add_kv(builder, "spi", "%+B", &spi);
	builder->add_kv(builder, "transport", "%s",
					kek->multicast ? "multicast" : "unicast");
	builder->add_kv(builder, "encryption", "%s", cipher_name(kek->encr));
	builder->add_kv(builder, "encryption-bits", "%u", kek->encr_bits ?:
					(u_int)group_kek_key_len(kek->encr, 0) * 8);
	builder->add_kv(builder, "signature", "%s", signature_name(kek->sig));
	builder->add_kv(builder, "signature-hash", "%s", hash_name(kek->sig_hash));
	builder->add_kv(builder, "signature-bits", "%u", kek->sig_bits);
	builder->add_kv(builder, "lifetime", "%u", kek->lifetime);
	return builder;
}

/*
 * Described in header
 */
vici_builder_t *policy_row_tek(const group_tek_data_t *tek)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "tek");
	builder->add_kv(builder, "spi", "%08x", ntohl(tek->spi));
	builder->add_kv(builder, "protocol", "%s",
					tek->protocol == PROTO_AH ? "ah" : "esp");
	builder->add_kv(builder, "mode", "%s",
					tek->tunnel ? "tunnel" : "transport");
	builder->add_kv(builder, "address-preservation", "%s",
					preserve_name(tek->preserve));
	builder->add_kv(builder, "encryption", "%s", cipher_name(tek->encr));
	builder->add_kv(builder, "encryption-bits", "%u", tek->encr_bits ?:
					(u_int)group_tek_encr_key_len(tek->encr, 0) * 8);
	builder->add_kv(builder, "integrity", "%s", integrity_name(tek->integ));
	builder->add_kv(builder, "integrity-bits", "%u",
					(u_int)group_tek_integ_key_len(tek->integ) * 8);
	builder->add_kv(builder, "lifetime", "%u", tek->lifetime);
	return builder;
}

/*
 * Described in header
 */
void policy_row_add_replay(vici_builder_t *builder, const group_tek_data_t *tek)
{
	builder->add_kv(builder, "replay", "%s", replay_row_method(tek->replay));
	if (tek->replay != GROUP_REPLAY_NONE)
	{
		builder->add_kv(builder, "replay-window", "%u", tek->replay_window);
	}
}

/*
 * Described in header
 */
void policy_row_add_transform(vici_builder_t *builder,
							  encryption_algorithm_t encr, uint16_t bits)
{
	builder->add_li(builder, "%s-%u", cipher_name(encr), bits);
}

/*
 * Described in header
 */
void policy_row_add_acl(vici_builder_t *builder, group_acl_t *acl)
{
	char text[GROUP_ACE_TEXT_LEN];
	enumerator_t *enumerator;
	const group_ace_t *ace;

	builder->begin_list(builder, "acl");
	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		builder->add_li(builder, "%s",
						group_ace_print(ace, text, sizeof(text)));
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
}
