/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/push_ack.h"
#include "payloads/gdoi_header.h"

/** what the first octet of an input asks for */
#define FLAG_ENCRYPTED 1
#define FLAG_AUTHENTIC 2

/** octets of a HASH and a nonce payload */
#define HASH_LEN 36
#define NONCE_LEN 20

/**
 * Write a generic header.
 */
static void write_gen(uint8_t *pos, uint8_t next, uint16_t len)
{
	pos[0] = next;
	pos[1] = 0;
	htoun16(pos + 2, len);
}

/**
 * Put nonce and HASH in front of payloads.
 */
static chunk_t authenticate(const group_kek_data_t *kek, bool encrypted,
							chunk_t covered)
{
	size_t skip = encrypted ? NONCE_LEN : 0;
	chunk_t out = chunk_alloc(skip + HASH_LEN + covered.len), ack_key;
	prf_t *prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);

	memset(out.ptr, 0, out.len);
	if (encrypted)
	{
		write_gen(out.ptr, GDOI_PLD_HASH, NONCE_LEN);
	}
	write_gen(out.ptr + skip, GDOI_PLD_SEQ, HASH_LEN);
	if (covered.len)
	{
		memcpy(out.ptr + skip + HASH_LEN, covered.ptr, covered.len);
	}
	FUZZ_ASSERT(gdoi_push_ack_key(encrypted ? GDOI_PUSH_ACK_ENCRYPTED
											: GDOI_PUSH_ACK_CLEAR,
								  GROUP_ACK_KEK_SHA256, kek->key,
								  chunk_create((u_char*)kek->spi, 16),
								  GDOI_PUSH_ACK_LENGTH_BLOCK, &ack_key));
	FUZZ_ASSERT(prf && prf->set_key(prf, ack_key));
	FUZZ_ASSERT(prf->get_bytes(prf, chunk_create(out.ptr, skip), NULL));
	FUZZ_ASSERT(prf->get_bytes(prf, covered, out.ptr + skip + 4));
	prf->destroy(prf);
	chunk_free(&ack_key);
	return out;
}

/**
 * Make a message of payloads.
 */
static chunk_t make_message(const group_kek_data_t *kek, bool encrypted,
							chunk_t payloads)
{
	size_t block = encrypted ? kek->iv.len : 1;
	chunk_t out = chunk_alloc(GDOI_HEADER_LEN +
							  round_up(payloads.len, block));
	gdoi_header_t header = {
		.next = encrypted ? GDOI_PLD_NONCE : GDOI_PLD_HASH,
		.exchange = encrypted ? GDOI_EXCH_ENCRYPTED_ACK : GDOI_EXCH_PUSH_ACK,
		.flags = encrypted ? GDOI_FLAG_ENCRYPTED : 0,
		.length = (uint32_t)out.len,
	};
	crypter_t *crypter;

	memset(out.ptr, 0, out.len);
	memcpy(&header.spi_i, kek->spi, 8);
	memcpy(&header.spi_r, kek->spi + 8, 8);
	gdoi_header_write(&header, out.ptr);
	if (payloads.len)
	{
		memcpy(out.ptr + GDOI_HEADER_LEN, payloads.ptr, payloads.len);
	}
	if (encrypted && payloads.len)
	{
		crypter = lib->crypto->create_crypter(lib->crypto, kek->encr,
											  kek->key.len);
		FUZZ_ASSERT(crypter && crypter->set_key(crypter, kek->key));
		FUZZ_ASSERT(crypter->encrypt(crypter, chunk_skip(out,
									 GDOI_HEADER_LEN), kek->iv, NULL));
		crypter->destroy(crypter);
	}
	return out;
}

/**
 * What verifies can be written, and verifies again.
 */
static void check_ack(gdoi_push_ack_verifier_t *ks, group_kek_t *kek,
					  const gdoi_push_ack_t *ack)
{
	uint8_t nonce[GDOI_PUSH_ACK_NONCE_LEN] = {};
	const char *reason = NULL;
	gdoi_push_ack_t again;
	chunk_t datagram;

	FUZZ_ASSERT(ack->id != NULL && ack->id->get_port(ack->id) == 0);
	FUZZ_ASSERT(gdoi_push_ack_write(ack->kind, kek, ack->seq, ack->id,
									chunk_from_thing(nonce), &datagram));
	FUZZ_ASSERT(ks->verify(ks, datagram, &again, &reason));
	FUZZ_ASSERT(again.seq == ack->seq && again.kind == ack->kind);
	FUZZ_ASSERT(again.id->equals(again.id, ack->id));
	again.id->destroy(again.id);
	chunk_free(&datagram);
}

/* the first octet says how the payloads behind it become a message; 0xff takes
 * them as raw datagram */
void fuzz_one(chunk_t data)
{
	group_policy_t *policy = fuzz_policy(TRUE);
	group_kek_data_t values = *policy->get_kek(policy)->get(
												policy->get_kek(policy));
	gdoi_push_ack_verifier_t *ks;
	group_kek_t *kek;
	gdoi_push_ack_t ack = {};
	const char *reason = NULL;
	chunk_t datagram, payloads;
	uint8_t flags = data.len ? data.ptr[0] : 0xff;

	values.ack = GROUP_ACK_KEK_SHA256;
	kek = group_kek_create(&values);
	data = chunk_skip(data, 1);
	if (flags == 0xff)
	{
		datagram = chunk_clone(data);
	}
	else
	{
		payloads = flags & FLAG_AUTHENTIC
			? authenticate(&values, flags & FLAG_ENCRYPTED, data)
			: chunk_clone(data);
		datagram = make_message(&values, flags & FLAG_ENCRYPTED, payloads);
		chunk_free(&payloads);
	}
	ks = gdoi_push_ack_verifier_create(kek, FALSE);
	FUZZ_ASSERT(ks != NULL);
	if (ks->verify(ks, datagram, &ack, &reason))
	{
		check_ack(ks, kek, &ack);
		ack.id->destroy(ack.id);
	}
	else
	{
		FUZZ_ASSERT(reason != NULL && !ack.id);
	}
	ks->destroy(ks);
	kek->destroy(kek);
	policy->destroy(policy);
	chunk_free(&datagram);
}
