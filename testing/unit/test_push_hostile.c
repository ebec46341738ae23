/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "exchanges/policy_codec.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_header.h"
#include "payloads/gdoi_kd.h"

/**
 * A damaged message must be refused, and change nothing.
 */
static void check_refused(gdoi_push_receiver_t *gm, chunk_t datagram,
						  size_t at)
{
	gdoi_push_result_t result;
	gdoi_push_status_t status;

	status = gm->process(gm, datagram, &result);
	ck_assert_msg(status == GDOI_PUSH_INVALID || status == GDOI_PUSH_SEQUENCE,
				  "status %d after damage at %zu", status, at);
	ck_assert(!result.rekey && result.reason);
	ck_assert_uint_eq(gm->get_sequence(gm), 4);
	gdoi_push_result_clear(&result);
}

/* every octet of a message damaged in one bit, the header in every bit */
START_TEST(test_bit_errors)
{
	test_sig_t sig = _i ? TEST_ECDSA_256 : TEST_RSA_2048;
	group_kek_t *kek = test_signed_kek(1, &test_ciphers[_i ? 3 : 0], sig,
									   HASH_SHA256);
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	chunk_t datagram = test_write(test_rekey(5, 0x1000, kek), kek, sig);
	group_rekey_t *rekey;
	u_int bit;

	for (size_t at = 0; at < datagram.len; at++)
	{
		bit = 1u << test_random(8);
		for (u_int mask = 1; mask < 256; mask <<= 1)
		{
			/* the minor version is to be ignored, but it is signed as 0 */
			if ((at < GDOI_HEADER_LEN && (at != 17 || mask > 8)) ||
				(at >= GDOI_HEADER_LEN && mask == bit))
			{
				datagram.ptr[at] ^= (uint8_t)mask;
				check_refused(gm, datagram, at);
				datagram.ptr[at] ^= (uint8_t)mask;
			}
		}
	}
	rekey = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);
	rekey->destroy(rekey);
	gm->destroy(gm);
	chunk_free(&datagram);
	kek->destroy(kek);
}
END_TEST

/* cut short anywhere, with the length of the header as it was or made to fit;
 * and with octets behind it */
START_TEST(test_truncation)
{
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	chunk_t datagram = test_usual_push(kek, 5), cut, more;

	for (size_t len = 0; len < datagram.len; len++)
	{
		cut = chunk_clone(chunk_create(datagram.ptr, len));
		check_refused(gm, cut, len);
		if (len >= GDOI_HEADER_LEN)
		{
			htoun32(cut.ptr + 24, (uint32_t)len);
			check_refused(gm, cut, len);
		}
		chunk_free(&cut);
	}
	for (size_t len = 1; len <= 32; len++)
	{
		more = chunk_alloc(datagram.len + len);
		memset(more.ptr, 0, more.len);
		memcpy(more.ptr, datagram.ptr, datagram.len);
		htoun32(more.ptr + 24, (uint32_t)more.len);
		check_refused(gm, more, more.len);
		chunk_free(&more);
	}
	gm->destroy(gm);
	chunk_free(&datagram);
	kek->destroy(kek);
}
END_TEST

/**
 * Sign and encrypt payloads that the writer would not make.
 *
 * @param payloads	generic headers and bodies up to SIG
 * @param padded	count the padding in the signed length
 */
static chunk_t forge(group_kek_t *kek, chunk_t payloads, bool padded)
{
	const group_kek_data_t *data = kek->get(kek);
	private_key_t *key = test_key(TEST_RSA_2048);
	size_t len = GDOI_HEADER_LEN + payloads.len + 4 + 256;
	size_t whole = GDOI_HEADER_LEN + round_up(len - GDOI_HEADER_LEN, 16);
	chunk_t text = chunk_alloc(5 + whole), sig, datagram;
	gdoi_header_t header = {
		.next = GDOI_PLD_SEQ,
		.exchange = GDOI_EXCH_PUSH,
		.flags = GDOI_FLAG_ENCRYPTED,
		.length = (uint32_t)(padded ? whole : len),
	};
	crypter_t *crypter;

	memset(text.ptr, 0, text.len);
	memcpy(text.ptr, "rekey", 5);
	memcpy(&header.spi_i, data->spi, 8);
	memcpy(&header.spi_r, data->spi + 8, 8);
	gdoi_header_write(&header, text.ptr + 5);
	memcpy(text.ptr + 33, payloads.ptr, payloads.len);
	ck_assert(key->sign(key, SIGN_RSA_EMSA_PKCS1_SHA2_256, NULL,
						chunk_create(text.ptr, 33 + payloads.len), &sig));
	htoun16(text.ptr + 33 + payloads.len + 2, 4 + 256);
	memcpy(text.ptr + 33 + payloads.len + 4, sig.ptr, sig.len);
	htoun32(text.ptr + 5 + 24, (uint32_t)whole);
	datagram = chunk_clone(chunk_skip(text, 5));
	crypter = lib->crypto->create_crypter(lib->crypto, data->encr, 16);
	ck_assert(crypter && crypter->set_key(crypter, data->key));
	ck_assert(crypter->encrypt(crypter, chunk_skip(datagram, 28), data->iv,
							   NULL));
	crypter->destroy(crypter);
	chunk_free(&sig);
	chunk_free(&text);
	return datagram;
}

/**
 * Process forged payloads.
 */
static void check_forged(group_kek_t *kek, chunk_t payloads,
						 gdoi_push_status_t status, const char *reason)
{
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);

	for (int padded = FALSE; padded <= TRUE; padded++)
	{
		chunk_t datagram = forge(kek, payloads, padded);
		group_rekey_t *rekey = test_process(gm, datagram, status, reason);

		DESTROY_IF(rekey);
		chunk_free(&datagram);
	}
	gm->destroy(gm);
	chunk_free(&payloads);
}

/* signed well, but not understood: authentic and unusable, or malformed; a
 * signature that counts the padding verifies as well */
START_TEST(test_unusable)
{
	static const struct {
		const char *hex;
		gdoi_push_status_t status;
		const char *reason;
	} cases[] = {
		/* D of ESP 7 */
		{ "0c00000800000005" "0900001000000002" "0104000100000007",
		  GDOI_PUSH_NEW, NULL },
		/* D of the IPsec domain, of protocol 3, of an SPI size of 3, of
		 * another length than its SPIs, of no SPI */
		{ "0c00000800000005" "0900001000000001" "0104000100000007",
		  GDOI_PUSH_UNUSABLE, "domain or protocol" },
		{ "0c00000800000005" "0900001000000002" "0304000100000007",
		  GDOI_PUSH_UNUSABLE, "domain or protocol" },
		{ "0c00000800000005" "0900000f00000002" "01030001000007",
		  GDOI_PUSH_UNUSABLE, "SPI size" },
		{ "0c00000800000005" "0900001000000002" "0104000200000007",
		  GDOI_PUSH_UNUSABLE, "another length" },
		{ "0c00000800000005" "0900000c00000002" "01040000",
		  GDOI_PUSH_UNUSABLE, "another length" },
		/* SEQ and SIG only; SEQ of three octets; SA without KD; both empty */
		{ "0900000800000005", GDOI_PUSH_INVALID, "has not the payloads" },
		{ "0c00000700000509" "00001000000002010400010000000700",
		  GDOI_PUSH_INVALID, NULL },
		{ "0100000800000005" "0900000800000002", GDOI_PUSH_INVALID,
		  "has not the payloads" },
		{ "0100000800000005" "11000004" "09000004", GDOI_PUSH_INVALID,
		  "has not the payloads" },
		/* SA and KD with nothing of sense */
		{ "0100000800000005" "1100000800000002" "0900000800000000",
		  GDOI_PUSH_UNUSABLE, "" },
	};
	group_kek_t *kek = test_usual_kek(1);

	for (u_int i = 0; i < countof(cases); i++)
	{
		check_forged(kek, test_hex(cases[i].hex), cases[i].status,
					 cases[i].status == GDOI_PUSH_NEW
						? NULL : cases[i].reason ?: "");
	}
	kek->destroy(kek);
}
END_TEST

/* a member does not take another key for the KEK that protects the rekey, only
 * its lifetime and acknowledgement (KS-017); rekeys still verify by the public
 * key that it began with */
START_TEST(test_same_spi)
{
	group_kek_t *kek = test_usual_kek(1), *forged, *described;
	group_kek_data_t data = *kek->get(kek);
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	chunk_t *parts[] = { &data.key, &data.iv };
	group_rekey_t *rekey;
	group_policy_t *policy;
	chunk_t datagram;

	for (u_int i = 0; i < countof(parts); i++)
	{
		parts[i]->ptr[0] ^= 1;
		forged = group_kek_create(&data);
		parts[i]->ptr[0] ^= 1;
		datagram = test_write(test_rekey(5, 0x1000, forged), kek,
							  TEST_RSA_2048);
		test_process(gm, datagram, GDOI_PUSH_UNUSABLE, "another key");
		forged->destroy(forged);
		chunk_free(&datagram);
	}
	data.sig_hash = HASH_SHA512;
	forged = group_kek_create(&data);
	data.sig_hash = HASH_SHA256;
	datagram = test_write(test_rekey(5, 0x1000, forged), kek, TEST_RSA_2048);
	test_process(gm, datagram, GDOI_PUSH_UNUSABLE, "algorithms");
	forged->destroy(forged);
	chunk_free(&datagram);
	data.sig = GROUP_SIG_ECDSA_256;
	forged = group_kek_create(&data);
	data.sig = GROUP_SIG_RSA;
	datagram = test_write(test_rekey(5, 0x1000, forged), kek, TEST_RSA_2048);
	test_process(gm, datagram, GDOI_PUSH_UNUSABLE, "algorithms");
	forged->destroy(forged);
	chunk_free(&datagram);
	data.lifetime = 77;
	data.ack = GROUP_ACK_KEK_SHA512;
	data.sig_key.ptr[100] ^= 1;
	described = group_kek_create(&data);
	data.sig_key.ptr[100] ^= 1;
	datagram = test_write(test_rekey(5, 0x1000, described), kek,
						  TEST_RSA_2048);
	rekey = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);
	policy = rekey->get_policy(rekey);
	gm->accept(gm, datagram, 5);
	gm->set_kek(gm, policy->get_kek(policy));
	rekey->destroy(rekey);
	ck_assert_uint_eq(gm->get_kek(gm)->get(gm->get_kek(gm))->lifetime, 77);
	chunk_free(&datagram);
	datagram = test_usual_push(kek, 6);
	test_accept(gm, datagram);
	chunk_free(&datagram);
	described->destroy(described);
	gm->destroy(gm);
	kek->destroy(kek);
}
END_TEST

/**
 * Write a KD with the packet of a KEK, but without a public key.
 */
static chunk_t write_keyless(group_kek_t *kek)
{
	const group_kek_data_t *data = kek->get(kek);
	gdoi_kd_packet_t packet = {
		.type = GDOI_KD_KEK,
		.spi = chunk_create((u_char*)data->spi, sizeof(data->spi)),
		.key = chunk_cat("cc", data->iv, data->key),
	};
	bio_writer_t *writer = bio_writer_create(64);
	chunk_t body;

	gdoi_kd_write_head(1, writer);
	gdoi_kd_write(&packet, writer);
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	chunk_free(&packet.key);
	return body;
}

/**
 * Process a rekey of a policy, and of a KD that is given.
 *
 * @param kd		body, gets freed
 */
static void check_kd(group_kek_t *kek, group_policy_t *policy, chunk_t kd,
					 gdoi_push_status_t status, const char *reason)
{
	bio_writer_t *writer = bio_writer_create(1024);
	chunk_t seq = chunk_from_chars(0, 0, 0, 5), sa;

	ck_assert(gdoi_policy_write_sa(policy, &sa, NULL));
	gdoi_chain_write(writer, GDOI_PLD_SA, seq);
	gdoi_chain_write(writer, GDOI_PLD_KD, sa);
	gdoi_chain_write(writer, GDOI_PLD_SIG, kd);
	check_forged(kek, writer->extract_buf(writer), status, reason);
	writer->destroy(writer);
	chunk_free(&sa);
	chunk_free(&kd);
}

/* the KEK that protects the rekey may be described without its keys or without
 * its public key; a new one may not */
START_TEST(test_known_kek)
{
	group_kek_t *kek = test_usual_kek(1), *next = test_usual_kek(2);
	group_policy_t *policy, *teks;
	chunk_t kd;

	for (int new = FALSE; new <= TRUE; new++)
	{
		group_kek_t *described = new ? next : kek;
		gdoi_push_status_t status = new ? GDOI_PUSH_UNUSABLE : GDOI_PUSH_NEW;

		policy = group_policy_create();
		teks = group_policy_create();
		teks->add_tek(teks, test_tek(1, "permit ip any any", NULL));
		policy->set_kek(policy, described->get_ref(described));
		check_kd(kek, policy, write_keyless(described), status,
				 new ? "no public key" : NULL);
		policy->destroy(policy);
		policy = teks->clone(teks);
		policy->set_kek(policy, described->get_ref(described));
		ck_assert(gdoi_policy_write_kd(teks, &kd, NULL));
		check_kd(kek, policy, kd, status,
				 new ? "no keys for the KEK" : NULL);
		policy->destroy(policy);
		teks->destroy(teks);
	}
	next->destroy(next);
	kek->destroy(kek);
}
END_TEST

/* signed well, with a good policy, but its keys are malformed, of a wrong
 * length, or missing */
START_TEST(test_bad_keys)
{
	group_kek_t *kek = test_usual_kek(1), *longer;
	group_policy_t *policy = group_policy_create();
	chunk_t kd;

	longer = test_signed_kek(1, &test_ciphers[2], TEST_RSA_2048, HASH_SHA256);
	policy->set_kek(policy, kek->get_ref(kek));
	policy->add_tek(policy, test_tek(1, "permit ip any any", NULL));
	check_kd(kek, policy, test_hex("00010000ff"), GDOI_PUSH_UNUSABLE,
			 "KD has not the");
	check_kd(kek, policy, write_keyless(longer), GDOI_PUSH_UNUSABLE,
			 "wrong length");
	check_kd(kek, policy, write_keyless(kek), GDOI_PUSH_UNUSABLE,
			 "no keys for the TEK");
	policy->destroy(policy);
	/* the other way round: more keys than policy */
	policy = group_policy_create();
	policy->add_tek(policy, test_tek(1, "permit ip any any", NULL));
	check_kd(kek, policy, write_keyless(kek), GDOI_PUSH_UNUSABLE,
			 "a KEK that the SA has not");
	ck_assert(gdoi_policy_write_kd(policy, &kd, NULL));
	policy->destroy(policy);
	policy = group_policy_create();
	policy->set_kek(policy, kek->get_ref(kek));
	check_kd(kek, policy, kd, GDOI_PUSH_UNUSABLE, "that the SA has not");
	policy->destroy(policy);
	longer->destroy(longer);
	kek->destroy(kek);
}
END_TEST

/* as many deletes as are taken, and one more, in two payloads */
START_TEST(test_too_many_deletes)
{
	uint8_t head[] = { 0, 0, 0, GDOI_DOI, GDOI_PROTO_ESP, 4, 0, 0 };
	uint8_t body[8 + 4 * GROUP_REKEY_DELETES];
	chunk_t seq = chunk_from_chars(0, 0, 0, 5);
	group_kek_t *kek = test_usual_kek(1);
	bio_writer_t *writer;

	for (u_int extra = 0; extra <= 1; extra++)
	{
		memset(body, 1, sizeof(body));
		head[7] = GROUP_REKEY_DELETES;
		memcpy(body, head, sizeof(head));
		writer = bio_writer_create(1024);
		gdoi_chain_write(writer, GDOI_PLD_DELETE, seq);
		gdoi_chain_write(writer, extra ? GDOI_PLD_DELETE : GDOI_PLD_SIG,
						 chunk_from_thing(body));
		if (extra)
		{
			head[7] = 1;
			memcpy(body, head, sizeof(head));
			gdoi_chain_write(writer, GDOI_PLD_SIG, chunk_create(body, 12));
		}
		check_forged(kek, writer->extract_buf(writer),
					 extra ? GDOI_PUSH_UNUSABLE : GDOI_PUSH_NEW,
					 extra ? "deletes more than" : NULL);
		writer->destroy(writer);
	}
	kek->destroy(kek);
}
END_TEST

/* signed by another key, or under another KEK of the same SPI */
START_TEST(test_forgery)
{
	group_kek_t *kek = test_usual_kek(1), *other = test_usual_kek(1), *next;
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	chunk_t datagram = test_write(test_rekey(5, 0x1000, NULL), kek,
								  TEST_RSA_3072);

	test_process(gm, datagram, GDOI_PUSH_INVALID, "signature");
	chunk_free(&datagram);
	datagram = test_usual_push(other, 5);
	test_process(gm, datagram, GDOI_PUSH_INVALID, "");
	chunk_free(&datagram);
	next = test_usual_kek(2);
	datagram = test_usual_push(next, 5);
	test_process(gm, datagram, GDOI_PUSH_INVALID, "no rekey under this KEK");
	chunk_free(&datagram);
	next->destroy(next);
	other->destroy(other);
	gm->destroy(gm);
	kek->destroy(kek);
}
END_TEST

/* a KEK whose public key can't be parsed or is of another kind */
START_TEST(test_bad_key)
{
	group_kek_t *kek = test_kek(1), *ecdsa;
	group_kek_data_t data;

	ck_assert(!gdoi_push_receiver_create(kek, 0, GDOI_STRICT));
	ecdsa = test_signed_kek(1, &test_ciphers[0], TEST_ECDSA_256, HASH_SHA256);
	data = *ecdsa->get(ecdsa);
	data.sig = GROUP_SIG_RSA;
	kek->destroy(kek);
	kek = group_kek_create(&data);
	ck_assert(!gdoi_push_receiver_create(kek, 0, GDOI_STRICT));
	kek->destroy(kek);
	data.sig = GROUP_SIG_DSS;
	kek = group_kek_create(&data);
	ck_assert(!gdoi_push_receiver_create(kek, 0, GDOI_STRICT));
	kek->destroy(kek);
	ecdsa->destroy(ecdsa);
}
END_TEST

Suite *suite_push_hostile(void)
{
	Suite *suite = suite_create("push-hostile");
	TCase *tc;

	tc = tcase_create("hostile");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_bit_errors, 0, 2);
	tcase_add_test(tc, test_truncation);
	tcase_add_test(tc, test_unusable);
	tcase_add_test(tc, test_same_spi);
	tcase_add_test(tc, test_known_kek);
	tcase_add_test(tc, test_bad_keys);
	tcase_add_test(tc, test_too_many_deletes);
	tcase_add_test(tc, test_forgery);
	tcase_add_test(tc, test_bad_key);
	suite_add_tcase(suite, tc);
	return suite;
}
