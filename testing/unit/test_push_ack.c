/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "exchanges/push_ack.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_header.h"
#include "payloads/gdoi_lkh.h"

/** acknowledgement of rekey 7 by 10.0.3.1 */
#define SPI "7d32d2052b87cefe14060b58b0176129"
#define SEQ 7
#define KEY_128 "000102030405060708090a0b0c0d0e0f"
#define KEY_256 KEY_128 "101112131415161718191a1b1c1d1e1f"
#define HEADER SPI "0810230000000000"
#define COVERED "05000008000000070000000c010000000a000301"

/** keys and HASHes by base key, PRF and length */
static const struct {
	const char *base;
	group_ack_t ack;
	gdoi_push_ack_length_t length;
	const char *key;
	const char *hash;
} vectors[] = {
	{ KEY_128, GROUP_ACK_KEK_SHA256, GDOI_PUSH_ACK_LENGTH_BLOCK,
	  "94570347d8257d0f650f339ac31891873bd2709d871033adb5dbe4c54bd38187",
	  "07afcb0261784620d2c4da440b89a3f3d55c43e38c729cae9f3a43e4ef9e610f" },
	{ KEY_128, GROUP_ACK_KEK_SHA256, GDOI_PUSH_ACK_LENGTH_HASH,
	  "cae10bfe771e49d06adf07c67d3ab6646d1ac16d1e62c8463b537cb4d31016cd",
	  "47fe620772571852f3c036d3a4e95eab61db53798685b40cda4ca43c136980a6" },
	{ KEY_128, GROUP_ACK_KEK_SHA256, GDOI_PUSH_ACK_LENGTH_KEY,
	  "6853dc236a03645a0ad58721059f34c0941cd04f2310d15fafb293e3e22af451",
	  "8d53d0a43c48ae6d03e8a0c63702133512ff6a46e37b289d2bca6ad604c7db93" },
	{ KEY_256, GROUP_ACK_KEK_SHA512, GDOI_PUSH_ACK_LENGTH_BLOCK,
	  "f45bd2c5eb1a8046d8b9bb09d9d8d5cb3e5811ff475c0f957d8cdf6faffdd88b"
	  "8f10a10eae8c9a88386135699701e5dad98fb5ebad4f5358d814d3666f219532",
	  "e55d0aedda5da6014118c49d36076665721092522a86f26c9786e08d43b40b5e"
	  "e00b3fd3d79789e98d7536e71348a1f1335bf4a511221dc69de7dfeea2eb4edb" },
};

/** the encrypted kind, under KEY_128 and the IV a0...af, nonce 40...4f;
 *  computed by another program */
#define ENCRYPTED SPI "0a10f001000000000000006c" \
	"1aa7865d7ef7f5507ee8def9eae5ae482539750f09bbfae878157e9e66c669cc" \
	"8cb1692945242b202e99b1c3cc7ab11a09a6d7d5e8720b682993ff12b39c8faf" \
	"5a5f745999f20cf4bb38bffb8a108431"
#define IV "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define NONCE "404142434445464748494a4b4c4d4e4f"

/** exchange 35 by 2001:db8::1, under KEY_128 */
#define IPV6 SPI "081023000000000000000060" \
	"12000024" \
	"2e6475a6c8a66c85c91508529fbd099242e958dceadf77b54ea45464e2d17f83" \
	"0500000800000007" "000000180500000020010db8000000000000000000000001"

/**
 * A KEK with the keys of the vectors.
 */
static group_kek_t *create_kek(const char *base, group_ack_t ack)
{
	chunk_t spi = test_hex(SPI), iv = test_hex(IV), key = test_hex(base);
	group_kek_data_t data = {
		.encr = ENCR_AES_CBC,
		.encr_bits = (uint16_t)(8 * key.len),
		.iv = iv,
		.key = key,
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA256,
		.sig_key = key,
		.ack = ack,
	};
	group_kek_t *kek;

	memcpy(data.spi, spi.ptr, spi.len);
	kek = group_kek_create(&data);
	chunk_free(&spi);
	chunk_free(&iv);
	chunk_free(&key);
	return kek;
}

/**
 * The message of a vector.
 */
static chunk_t vector_message(u_int i)
{
	bool sha512 = vectors[i].ack == GROUP_ACK_KEK_SHA512;
	char buf[512];

	snprintf(buf, sizeof(buf), "%s%s%s%s", HEADER,
			 sha512 ? "00000074" "12000044" : "00000054" "12000024",
			 vectors[i].hash, COVERED);
	return test_hex(buf);
}

/**
 * Write an acknowledgement.
 */
static chunk_t write_ack(gdoi_push_ack_kind_t kind, group_kek_t *kek,
						 uint32_t seq, const char *address)
{
	host_t *id = host_create_from_string((char*)address, 4500);
	chunk_t nonce = test_hex(NONCE), datagram = chunk_empty;

	ck_assert(gdoi_push_ack_write(kind, kek, seq, id, nonce, &datagram));
	chunk_free(&nonce);
	id->destroy(id);
	return datagram;
}

/**
 * Verify a message that must be good.
 */
static void check_good(gdoi_push_ack_verifier_t *ks, chunk_t datagram,
					   gdoi_push_ack_kind_t kind, uint32_t seq,
					   const char *address, gdoi_push_ack_length_t length)
{
	host_t *id = host_create_from_string((char*)address, 0);
	const char *reason = "";
	gdoi_push_ack_t ack;

	ck_assert_msg(ks->verify(ks, datagram, &ack, &reason), "%s", reason);
	ck_assert_int_eq(ack.kind, kind);
	ck_assert_uint_eq(ack.seq, seq);
	ck_assert_int_eq(ack.length, length);
	/* address and port, which is 0 */
	ck_assert(ack.id->equals(ack.id, id));
	ack.id->destroy(ack.id);
	id->destroy(id);
}

/**
 * Verify a message that must be refused.
 */
static void check_bad(gdoi_push_ack_verifier_t *ks, chunk_t datagram,
					  const char *text)
{
	const char *reason = NULL;
	gdoi_push_ack_t ack = {};

	ck_assert(!ks->verify(ks, datagram, &ack, &reason));
	ck_assert_msg(reason && strstr(reason, text), "\"%s\" has no \"%s\"",
				  reason ?: "", text);
	ck_assert(!ack.id);
}

/* keys of RFC 8263 section 3; those of LKH come from the leaf the same way */
START_TEST(test_key_derivation)
{
	group_ack_t lkh = vectors[_i].ack == GROUP_ACK_KEK_SHA512
						? GROUP_ACK_LKH_SHA512 : GROUP_ACK_LKH_SHA256;
	chunk_t base = test_hex(vectors[_i].base), spi = test_hex(SPI), key;
	chunk_t want = test_hex(vectors[_i].key);

	ck_assert(gdoi_push_ack_key(GDOI_PUSH_ACK_CLEAR, vectors[_i].ack, base,
								spi, vectors[_i].length, &key));
	ck_assert_chunk(key, want);
	chunk_clear(&key);
	ck_assert(gdoi_push_ack_key(GDOI_PUSH_ACK_CLEAR, lkh, base, spi,
								vectors[_i].length, &key));
	ck_assert_chunk(key, want);
	chunk_clear(&key);
	ck_assert(!gdoi_push_ack_key(GDOI_PUSH_ACK_CLEAR, GROUP_ACK_NONE, base,
								 spi, vectors[_i].length, &key));
	chunk_free(&base);
	chunk_free(&spi);
	chunk_free(&want);
}
END_TEST

/**
 * Write an LKH_DOWNLOAD_ARRAY of a leaf and a root.
 */
static chunk_t write_download(chunk_t leaf, chunk_t root)
{
	gdoi_lkh_array_t array = { .count = 2 };
	gdoi_lkh_key_t keys[] = {
		{ .id = 9, .type = 3, .handle = 1, .data = leaf },
		{ .id = 1, .type = 3, .handle = 2, .data = root },
	};
	bio_writer_t *writer = bio_writer_create(128);
	chunk_t value;

	gdoi_lkh_write_head(&array, FALSE, writer);
	gdoi_lkh_write(&keys[0], writer);
	gdoi_lkh_write(&keys[1], writer);
	value = writer->extract_buf(writer);
	writer->destroy(writer);
	return value;
}

/* the base key is the leaf of a downloaded array of LKH keys, its first one,
 * without the IV */
START_TEST(test_lkh_leaf)
{
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_LKH_SHA256);
	chunk_t leaf = test_hex(IV KEY_128), spi = test_hex(SPI), key, value;
	chunk_t want = test_hex(vectors[0].key), nonce = chunk_empty, datagram;
	chunk_t root = test_hex(IV IV);
	host_t *id = host_create_from_string("10.0.3.1", 0);
	gdoi_lkh_array_t array;
	gdoi_lkh_key_t first;

	value = write_download(leaf, root);
	ck_assert(gdoi_lkh_parse(value, FALSE, &array));
	ck_assert(gdoi_lkh_next(&array, 128, &first));
	ck_assert(gdoi_push_ack_key(GDOI_PUSH_ACK_CLEAR, GROUP_ACK_LKH_SHA256,
								chunk_skip(first.data,
										   group_kek_iv_len(ENCR_AES_CBC)),
								spi, GDOI_PUSH_ACK_LENGTH_BLOCK, &key));
	ck_assert_chunk(key, want);
	chunk_clear(&key);
	/* a KEK alone can't make it */
	ck_assert(!gdoi_push_ack_write(GDOI_PUSH_ACK_CLEAR, kek, SEQ, id, nonce,
								   &datagram));
	id->destroy(id);
	kek->destroy(kek);
	chunk_free(&value);
	chunk_free(&root);
	chunk_free(&leaf);
	chunk_free(&spi);
	chunk_free(&want);
}
END_TEST

/* what we write is the vector, octet by octet; any of the lengths verifies */
START_TEST(test_clear)
{
	bool sha512 = vectors[_i].ack == GROUP_ACK_KEK_SHA512;
	group_kek_t *kek = create_kek(vectors[_i].base, vectors[_i].ack);
	gdoi_push_ack_verifier_t *ks, *other;
	chunk_t want = vector_message(_i), datagram;

	if (vectors[_i].length == GDOI_PUSH_ACK_LENGTH_BLOCK)
	{
		datagram = write_ack(GDOI_PUSH_ACK_CLEAR, kek, SEQ, "10.0.3.1");
		ck_assert_chunk(datagram, want);
		chunk_free(&datagram);
	}
	ks = gdoi_push_ack_verifier_create(kek, sha512);
	ck_assert(ks != NULL);
	check_good(ks, want, GDOI_PUSH_ACK_CLEAR, SEQ, "10.0.3.1",
			   vectors[_i].length);
	other = gdoi_push_ack_verifier_create(kek, !sha512);
	check_bad(other, want, "does not verify");
	other->destroy(other);
	ks->destroy(ks);
	kek->destroy(kek);
	chunk_free(&want);
}
END_TEST

/* an IPv6 member */
START_TEST(test_ipv6)
{
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_KEK_SHA256);
	gdoi_push_ack_verifier_t *ks = gdoi_push_ack_verifier_create(kek, FALSE);
	chunk_t want = test_hex(IPV6), datagram;

	datagram = write_ack(GDOI_PUSH_ACK_CLEAR, kek, SEQ, "2001:db8::1");
	ck_assert_chunk(datagram, want);
	check_good(ks, want, GDOI_PUSH_ACK_CLEAR, SEQ, "2001:db8::1",
			   GDOI_PUSH_ACK_LENGTH_BLOCK);
	ks->destroy(ks);
	kek->destroy(kek);
	chunk_free(&datagram);
	chunk_free(&want);
}
END_TEST

/* the encrypted kind, asked for by no attribute (ACK-019) */
START_TEST(test_encrypted)
{
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_NONE);
	gdoi_push_ack_verifier_t *ks = gdoi_push_ack_verifier_create(kek, FALSE);
	chunk_t want = test_hex(ENCRYPTED), datagram, nonce = test_hex(NONCE);
	host_t *id = host_create_from_string("10.0.3.1", 0);

	datagram = write_ack(GDOI_PUSH_ACK_ENCRYPTED, kek, SEQ, "10.0.3.1");
	ck_assert_chunk(datagram, want);
	check_good(ks, datagram, GDOI_PUSH_ACK_ENCRYPTED, SEQ, "10.0.3.1",
			   GDOI_PUSH_ACK_LENGTH_BLOCK);
	chunk_free(&datagram);
	ck_assert(!gdoi_push_ack_write(GDOI_PUSH_ACK_ENCRYPTED, kek, SEQ, id,
								   chunk_skip(nonce, 1), &datagram));
	/* without the attribute there is none in clear */
	ck_assert(!gdoi_push_ack_write(GDOI_PUSH_ACK_CLEAR, kek, SEQ, id, nonce,
								   &datagram));
	id->destroy(id);
	ks->destroy(ks);
	kek->destroy(kek);
	chunk_free(&nonce);
	chunk_free(&want);
}
END_TEST

/* both kinds under each cipher, written and verified */
START_TEST(test_each_cipher)
{
	const test_cipher_t *cipher = &test_ciphers[_i / 2];
	gdoi_push_ack_kind_t kind = _i % 2;
	group_kek_t *plain = test_signed_kek(3, cipher, TEST_RSA_2048,
										 HASH_SHA256), *kek;
	group_kek_data_t data = *plain->get(plain);
	gdoi_push_ack_verifier_t *ks;
	chunk_t datagram;

	for (int sha512 = FALSE; sha512 <= TRUE; sha512++)
	{
		data.ack = sha512 ? GROUP_ACK_KEK_SHA512 : GROUP_ACK_KEK_SHA256;
		kek = group_kek_create(&data);
		ks = gdoi_push_ack_verifier_create(kek, sha512);
		datagram = write_ack(kind, kek, UINT32_MAX, "192.0.2.9");
		check_good(ks, datagram, kind, UINT32_MAX, "192.0.2.9",
				   GDOI_PUSH_ACK_LENGTH_BLOCK);
		chunk_free(&datagram);
		ks->destroy(ks);
		kek->destroy(kek);
	}
	plain->destroy(plain);
}
END_TEST

/* ACK-017: damage in any bit, and cut short anywhere */
START_TEST(test_damage)
{
	gdoi_push_ack_kind_t kind = _i;
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_KEK_SHA256);
	gdoi_push_ack_verifier_t *ks = gdoi_push_ack_verifier_create(kek, FALSE);
	chunk_t datagram = write_ack(kind, kek, SEQ, "10.0.3.1"), cut;

	for (size_t bit = 0; bit < 8 * datagram.len; bit++)
	{
		/* the minor version is to be ignored */
		if (bit / 8 != 17 || bit % 8 > 3)
		{
			datagram.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
			check_bad(ks, datagram, "");
			datagram.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	for (size_t len = 0; len < datagram.len; len++)
	{
		cut = chunk_clone(chunk_create(datagram.ptr, len));
		check_bad(ks, cut, "");
		if (len >= GDOI_HEADER_LEN)
		{
			htoun32(cut.ptr + 24, (uint32_t)len);
			check_bad(ks, cut, "");
		}
		chunk_free(&cut);
	}
	check_good(ks, datagram, kind, SEQ, "10.0.3.1",
			   GDOI_PUSH_ACK_LENGTH_BLOCK);
	chunk_free(&datagram);
	ks->destroy(ks);
	kek->destroy(kek);
}
END_TEST

/**
 * An acknowledgement of exchange 35 with payloads that we would not write.
 *
 * @param covered	SEQ and ID payloads in hex
 */
static chunk_t forge(const char *covered)
{
	chunk_t key = test_hex(vectors[0].key), payloads = test_hex(covered);
	chunk_t head = test_hex(HEADER "00000000" "12000024"), digest, datagram;
	prf_t *prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);

	ck_assert(prf && prf->set_key(prf, key) &&
			  prf->allocate_bytes(prf, payloads, &digest));
	datagram = chunk_cat("mmm", head, digest, payloads);
	htoun32(datagram.ptr + 24, (uint32_t)datagram.len);
	prf->destroy(prf);
	chunk_free(&key);
	return datagram;
}

/* authentic, but no sense */
START_TEST(test_unusable)
{
	static const struct {
		const char *covered;
		const char *reason;
	} cases[] = {
		/* ID_OID, an address of another length, a port */
		{ "0500000800000007" "0000000a0d0000002a03", "no address" },
		{ "0500000800000007" "0000000b010000000a0003", "no address" },
		{ "0500000800000007" "0000000c011103500a000301", "protocol or port" },
		{ "0500000800000007" "0000000b0500000020010d", "no address" },
		/* SEQ of five octets; ID first; a payload too much */
		{ "050000090000000700" "0000000c010000000a000301", "sequence" },
		{ "0500000800000007" "0500000c010000000a000301" "00000004",
		  "has not the payloads" },
		{ "1200000800000007" "0000000c010000000a000301",
		  "has not the payloads" },
		{ "0000000800000007", "has not the payloads" },
	};
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_KEK_SHA256);
	gdoi_push_ack_verifier_t *ks = gdoi_push_ack_verifier_create(kek, FALSE);
	chunk_t datagram;

	for (u_int i = 0; i < countof(cases); i++)
	{
		datagram = forge(cases[i].covered);
		check_bad(ks, datagram, cases[i].reason);
		chunk_free(&datagram);
	}
	datagram = forge(COVERED);
	check_good(ks, datagram, GDOI_PUSH_ACK_CLEAR, SEQ, "10.0.3.1",
			   GDOI_PUSH_ACK_LENGTH_BLOCK);
	chunk_free(&datagram);
	ks->destroy(ks);
	kek->destroy(kek);
}
END_TEST

/* an encrypted one whose nonce has another length, with a HASH that is right */
START_TEST(test_bad_nonce)
{
	static const size_t lens[] = { 8, 15, 16, 17, 32 };
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_NONE);
	const group_kek_data_t *data = kek->get(kek);
	chunk_t spi = test_hex(SPI), key, covered = test_hex(COVERED);
	gdoi_push_ack_verifier_t *ks = gdoi_push_ack_verifier_create(kek, FALSE);
	prf_t *prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);
	crypter_t *crypter = lib->crypto->create_crypter(lib->crypto, data->encr,
													 16);

	ck_assert(gdoi_push_ack_key(GDOI_PUSH_ACK_ENCRYPTED, GROUP_ACK_NONE,
								data->key, spi, 0, &key));
	ck_assert(prf->set_key(prf, key) && crypter->set_key(crypter, data->key));
	for (u_int i = 0; i < countof(lens); i++)
	{
		bio_writer_t *writer = bio_writer_create(200);
		chunk_t nonce = test_random_chunk(lens[i]), digest, datagram;
		chunk_t head = test_hex(SPI "0a10f0010000000000000000");

		gdoi_chain_write(writer, GDOI_PLD_HASH, nonce);
		ck_assert(prf->get_bytes(prf, writer->get_buf(writer), NULL));
		ck_assert(prf->allocate_bytes(prf, covered, &digest));
		gdoi_chain_write(writer, GDOI_PLD_SEQ, digest);
		writer->write_data(writer, covered);
		while (writer->get_buf(writer).len % 16)
		{
			writer->write_uint8(writer, 0);
		}
		datagram = chunk_cat("mc", head, writer->get_buf(writer));
		htoun32(datagram.ptr + 24, (uint32_t)datagram.len);
		ck_assert(crypter->encrypt(crypter, chunk_skip(datagram, 28),
								   data->iv, NULL));
		if (lens[i] == GDOI_PUSH_ACK_NONCE_LEN)
		{
			check_good(ks, datagram, GDOI_PUSH_ACK_ENCRYPTED, SEQ, "10.0.3.1",
					   GDOI_PUSH_ACK_LENGTH_BLOCK);
		}
		else
		{
			check_bad(ks, datagram, "has not the payloads");
		}
		writer->destroy(writer);
		chunk_free(&nonce);
		chunk_free(&digest);
		chunk_free(&datagram);
	}
	crypter->destroy(crypter);
	prf->destroy(prf);
	ks->destroy(ks);
	kek->destroy(kek);
	chunk_free(&spi);
	chunk_free(&key);
	chunk_free(&covered);
}
END_TEST

/* a KEK of other keys, of another SPI, without keys */
START_TEST(test_other_kek)
{
	group_kek_t *kek = create_kek(KEY_128, GROUP_ACK_KEK_SHA256), *other;
	group_kek_data_t data = *kek->get(kek);
	gdoi_push_ack_verifier_t *ks;
	chunk_t datagram;

	for (int kind = 0; kind < 2; kind++)
	{
		datagram = write_ack(kind, kek, SEQ, "10.0.3.1");
		data.key.ptr[0] ^= 1;
		other = group_kek_create(&data);
		data.key.ptr[0] ^= 1;
		ks = gdoi_push_ack_verifier_create(other, FALSE);
		check_bad(ks, datagram, "");
		ks->destroy(ks);
		other->destroy(other);
		data.spi[15] ^= 1;
		other = group_kek_create(&data);
		data.spi[15] ^= 1;
		ks = gdoi_push_ack_verifier_create(other, FALSE);
		check_bad(ks, datagram, "under this KEK");
		ks->destroy(ks);
		other->destroy(other);
		chunk_free(&datagram);
	}
	data.key = data.iv = chunk_empty;
	other = group_kek_create(&data);
	ck_assert(!gdoi_push_ack_verifier_create(other, FALSE));
	other->destroy(other);
	kek->destroy(kek);
}
END_TEST

Suite *suite_push_ack(void)
{
	Suite *suite = suite_create("push-ack");
	TCase *tc;

	tc = tcase_create("vectors");
	tcase_add_loop_test(tc, test_key_derivation, 0, countof(vectors));
	tcase_add_test(tc, test_lkh_leaf);
	tcase_add_loop_test(tc, test_clear, 0, countof(vectors));
	tcase_add_test(tc, test_ipv6);
	tcase_add_test(tc, test_encrypted);
	tcase_add_loop_test(tc, test_each_cipher, 0, 2 * TEST_CIPHERS);
	suite_add_tcase(suite, tc);

	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, test_damage, 0, 2);
	tcase_add_test(tc, test_unusable);
	tcase_add_test(tc, test_bad_nonce);
	tcase_add_test(tc, test_other_kek);
	suite_add_tcase(suite, tc);
	return suite;
}
