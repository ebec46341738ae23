/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/push_receiver.h"
#include "exchanges/push_writer.h"
#include "payloads/gdoi_header.h"

/** what is signed: "rekey", header, SEQ; and a SIG payload of ECDSA-256 */
#define PREFIX 5
#define SEQ_LEN 8
#define SIG_LEN 68

/** the key server's signature key and KEK, made once */
static private_key_t *key;
static group_kek_t *kek;

/**
 * Make key and KEK.
 */
static void setup(void)
{
	chunk_t aes = chunk_from_str("0123456789abcdef");
	group_kek_data_t data = {
		.spi = "abcdefgh0123456",
		.src = host_create_from_string("10.0.0.1", 848),
		.dst = host_create_from_string("0.0.0.0", 848),
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.iv = aes,
		.key = aes,
		.sig = GROUP_SIG_ECDSA_256,
		.sig_hash = HASH_SHA256,
	};
	public_key_t *public;

	key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_ECDSA,
							 BUILD_KEY_SIZE, 256, BUILD_END);
	FUZZ_ASSERT(key != NULL);
	public = key->get_public_key(key);
	FUZZ_ASSERT(public->get_encoding(public, PUBKEY_SPKI_ASN1_DER,
									 &data.sig_key));
	public->destroy(public);
	kek = group_kek_create(&data);
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	chunk_free(&data.sig_key);
}

/**
 * Make a rekey of payloads: SEQ in front, SIG behind, signed and encrypted.
 */
static chunk_t protect(uint8_t first, chunk_t payloads)
{
	const group_kek_data_t *data = kek->get(kek);
	size_t covered = PREFIX + GDOI_HEADER_LEN + SEQ_LEN + payloads.len;
	size_t padded = GDOI_HEADER_LEN + round_up(SEQ_LEN + payloads.len +
											   SIG_LEN, 16);
	chunk_t text = chunk_alloc(PREFIX + padded), message, sig;
	gdoi_header_t header = {
		.next = GDOI_PLD_SEQ,
		.exchange = GDOI_EXCH_PUSH,
		.flags = GDOI_FLAG_ENCRYPTED,
		.length = (uint32_t)(covered - PREFIX + SIG_LEN),
	};
	crypter_t *crypter;

	memset(text.ptr, 0, text.len);
	memcpy(text.ptr, "rekey", PREFIX);
	memcpy(&header.spi_i, data->spi, 8);
	memcpy(&header.spi_r, data->spi + 8, 8);
	message = chunk_skip(text, PREFIX);
	gdoi_header_write(&header, message.ptr);
	message.ptr[GDOI_HEADER_LEN] = first;
	htoun16(message.ptr + GDOI_HEADER_LEN + 2, SEQ_LEN);
	htoun32(message.ptr + GDOI_HEADER_LEN + 4, 5);
	if (payloads.len)
	{
		memcpy(message.ptr + GDOI_HEADER_LEN + SEQ_LEN, payloads.ptr,
			   payloads.len);
	}
	FUZZ_ASSERT(key->sign(key, SIGN_ECDSA_256, NULL,
						  chunk_create(text.ptr, covered), &sig));
	FUZZ_ASSERT(sig.len == SIG_LEN - 4);
	htoun16(text.ptr + covered + 2, SIG_LEN);
	memcpy(text.ptr + covered + 4, sig.ptr, sig.len);
	htoun32(message.ptr + 24, (uint32_t)message.len);
	crypter = lib->crypto->create_crypter(lib->crypto, data->encr, 16);
	FUZZ_ASSERT(crypter && crypter->set_key(crypter, data->key));
	FUZZ_ASSERT(crypter->encrypt(crypter, chunk_skip(message,
								 GDOI_HEADER_LEN), data->iv, NULL));
	crypter->destroy(crypter);
	chunk_free(&sig);
	message = chunk_clone(message);
	chunk_free(&text);
	return message;
}

/**
 * What was read can be written, unless SATs multiply or a source is missing,
 * and then is read again.
 */
static void check_rekey(gdoi_push_receiver_t *gm, group_rekey_t *rekey)
{
	group_policy_t *policy = rekey->get_policy(rekey);
	gdoi_push_result_t result;
	gdoi_push_status_t status;
	chunk_t datagram;

	FUZZ_ASSERT(rekey->get_sequence(rekey) == 5);
	FUZZ_ASSERT(policy || rekey->get_delete_count(rekey));
	FUZZ_ASSERT(!policy || policy->has_keys(policy));
	if (gdoi_push_write(rekey, kek, key, GDOI_SIG_DIGEST_INFO, &datagram,
						NULL))
	{
		status = gm->process(gm, datagram, &result);
		FUZZ_ASSERT(status == GDOI_PUSH_NEW);
		FUZZ_ASSERT(result.rekey->get_delete_count(result.rekey) ==
					rekey->get_delete_count(rekey));
		gdoi_push_result_clear(&result);
		chunk_free(&datagram);
	}
}

/* authentic rekeys: the first octet is the type of the payload behind SEQ, the
 * last payload must name SIG (9) as the next */
void fuzz_one(chunk_t data)
{
	gdoi_push_receiver_t *gm;
	gdoi_push_result_t result;
	gdoi_push_status_t status;
	chunk_t datagram;

	if (!data.len || data.len > 4096)
	{
		return;
	}
	if (!key)
	{
		setup();
	}
	gm = gdoi_push_receiver_create(kek, 4, data.len % 4);
	FUZZ_ASSERT(gm != NULL);
	datagram = protect(data.ptr[0], chunk_skip(data, 1));
	status = gm->process(gm, datagram, &result);
	FUZZ_ASSERT(gm->get_sequence(gm) == 4);
	FUZZ_ASSERT((result.rekey != NULL) == (status == GDOI_PUSH_NEW));
	FUZZ_ASSERT((result.reason == NULL) == (status == GDOI_PUSH_NEW));
	FUZZ_ASSERT(status != GDOI_PUSH_SEQUENCE && status != GDOI_PUSH_DUPLICATE);
	if (result.rekey)
	{
		check_rekey(gm, result.rekey);
	}
	gdoi_push_result_clear(&result);
	chunk_free(&datagram);
	gm->destroy(gm);
}
