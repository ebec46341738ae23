/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_keys.h"

const test_cipher_t test_ciphers[TEST_CIPHERS] = {
	{ ENCR_AES_CBC, 128 },
	{ ENCR_AES_CBC, 192 },
	{ ENCR_AES_CBC, 256 },
	{ ENCR_3DES, 0 },
};

/** type, bits and algorithm of each kind of key */
static const struct {
	key_type_t type;
	u_int bits;
	group_sig_t sig;
	hash_algorithm_t hash;
} kinds[TEST_SIGS] = {
	{ KEY_RSA, 2048, GROUP_SIG_RSA, HASH_UNKNOWN },
	{ KEY_RSA, 3072, GROUP_SIG_RSA, HASH_UNKNOWN },
	{ KEY_RSA, 4096, GROUP_SIG_RSA, HASH_UNKNOWN },
	{ KEY_ECDSA, 256, GROUP_SIG_ECDSA_256, HASH_SHA256 },
	{ KEY_ECDSA, 384, GROUP_SIG_ECDSA_384, HASH_SHA384 },
	{ KEY_ECDSA, 521, GROUP_SIG_ECDSA_521, HASH_SHA512 },
};

/** keys made so far */
static private_key_t *keys[TEST_SIGS];

private_key_t *test_key(test_sig_t sig)
{
	if (!keys[sig])
	{
		keys[sig] = lib->creds->create(lib->creds, CRED_PRIVATE_KEY,
									   kinds[sig].type, BUILD_KEY_SIZE,
									   kinds[sig].bits, BUILD_END);
		ck_assert_msg(keys[sig] != NULL, "key %d is not made", sig);
	}
	return keys[sig];
}

void test_keys_forget(void)
{
	for (int i = 0; i < TEST_SIGS; i++)
	{
		DESTROY_IF(keys[i]);
		keys[i] = NULL;
	}
}

/**
 * Public key as SubjectPublicKeyInfo.
 */
static chunk_t get_public(test_sig_t sig)
{
	private_key_t *key = test_key(sig);
	public_key_t *public = key->get_public_key(key);
	chunk_t encoding;

	ck_assert(public && public->get_encoding(public, PUBKEY_SPKI_ASN1_DER,
											 &encoding));
	public->destroy(public);
	return encoding;
}

group_kek_t *test_signed_kek(uint8_t first, const test_cipher_t *cipher,
							 test_sig_t sig, hash_algorithm_t hash)
{
	chunk_t iv = test_random_chunk(group_kek_iv_len(cipher->encr));
	chunk_t key = test_random_chunk(group_kek_key_len(cipher->encr,
													  cipher->bits));
	chunk_t public = get_public(sig);
	group_kek_data_t data = {
		.spi = { first, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		.src = host_create_from_string("10.0.0.1", 848),
		.dst = host_create_from_string("0.0.0.0", 848),
		.encr = cipher->encr,
		.encr_bits = cipher->bits,
		.iv = iv,
		.key = key,
		.sig = kinds[sig].sig,
		.sig_hash = kinds[sig].hash == HASH_UNKNOWN ? hash : kinds[sig].hash,
		.sig_bits = kinds[sig].bits,
		.sig_key = public,
		.lifetime = 86400,
	};
	group_kek_t *kek = group_kek_create(&data);

	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	chunk_free(&iv);
	chunk_free(&key);
	chunk_free(&public);
	return kek;
}

chunk_t test_write(group_rekey_t *rekey, group_kek_t *kek, test_sig_t sig)
{
	chunk_t datagram = chunk_empty;
	char *reason = NULL;

	ck_assert_msg(gdoi_push_write(rekey, kek, test_key(sig),
								  GDOI_SIG_DIGEST_INFO, &datagram, &reason),
				  "%s", reason ?: "");
	rekey->destroy(rekey);
	return datagram;
}

group_rekey_t *test_rekey(uint32_t seq, uint32_t spi, group_kek_t *kek)
{
	group_rekey_t *rekey = group_rekey_create(seq);
	group_policy_t *policy = group_policy_create();

	if (kek)
	{
		policy->set_kek(policy, kek->get_ref(kek));
	}
	if (spi)
	{
		policy->add_tek(policy, test_tek(spi, "permit ip 10.0.0.0/8 "
										 "10.0.0.0/8", NULL));
	}
	rekey->set_policy(rekey, policy);
	return rekey;
}

group_rekey_t *test_rekey_delete(uint32_t seq, uint32_t spi)
{
	group_rekey_t *rekey = group_rekey_create(seq);
	group_delete_t delete = {
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
	};

	ck_assert(rekey->add_delete(rekey, &delete));
	return rekey;
}

group_rekey_t *test_process(gdoi_push_receiver_t *gm, chunk_t datagram,
							gdoi_push_status_t status, const char *reason)
{
	uint32_t before = gm->get_sequence(gm);
	gdoi_push_result_t result;
	gdoi_push_status_t got;
	group_rekey_t *rekey;

	got = gm->process(gm, datagram, &result);
	ck_assert_msg(got == status, "status %d, not %d: %s", got, status,
				  result.reason ?: "");
	ck_assert((result.rekey != NULL) == (got == GDOI_PUSH_NEW));
	ck_assert_uint_eq(gm->get_sequence(gm), before);
	if (reason)
	{
		ck_assert_reason(result.reason, reason);
	}
	else
	{
		ck_assert_msg(!result.reason, "%s", result.reason);
	}
	rekey = result.rekey;
	result.rekey = NULL;
	gdoi_push_result_clear(&result);
	return rekey;
}

void test_accept(gdoi_push_receiver_t *gm, chunk_t datagram)
{
	group_rekey_t *rekey = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);

	gm->accept(gm, datagram, rekey->get_sequence(rekey));
	ck_assert_uint_eq(gm->get_sequence(gm), rekey->get_sequence(rekey));
	rekey->destroy(rekey);
}

gdoi_push_receiver_t *test_receiver(group_kek_t *kek, uint32_t seq)
{
	gdoi_push_receiver_t *gm;

	gm = gdoi_push_receiver_create(kek, seq, GDOI_STRICT);
	ck_assert(gm != NULL);
	ck_assert_uint_eq(gm->get_sequence(gm), seq);
	return gm;
}

group_kek_t *test_usual_kek(uint8_t first)
{
	return test_signed_kek(first, &test_ciphers[0], TEST_RSA_2048,
						   HASH_SHA256);
}

chunk_t test_usual_push(group_kek_t *kek, uint32_t seq)
{
	return test_write(test_rekey(seq, 0x1000 + seq, NULL), kek, TEST_RSA_2048);
}
