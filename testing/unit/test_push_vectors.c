/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_kd.h"

/** recorded exchanges between instances of the reference implementation */
#define TRACE "trace-b.txt"
#define REFERENCE "reference-peer.txt"

/**
 * KEK of a file: policy is given, IV, key and public key are in the KD of
 * message 4, the SPI in a rekey.
 */
static group_kek_t *load_kek(const char *file, const char *push,
							 group_kek_data_t data)
{
	size_t block = group_kek_iv_len(data.encr);
	chunk_t plain = test_vector(file, "PULL4", "plain");
	chunk_t wire = test_vector(file, push, "wire");
	gdoi_chain_t chain;
	const char *reason;
	group_kek_t *kek;
	gdoi_kd_t kd;

	ck_assert(gdoi_chain_parse(plain, GDOI_PLD_HASH, block, &chain, &reason));
	ck_assert(gdoi_kd_parse(chain.payloads[chain.count - 1].body, &kd, NULL));
	ck_assert_int_eq(kd.packets[0].type, GDOI_KD_KEK);
	memcpy(data.spi, wire.ptr, sizeof(data.spi));
	data.iv = chunk_create(kd.packets[0].key.ptr, block);
	data.key = chunk_skip(kd.packets[0].key, block);
	data.sig = GROUP_SIG_RSA;
	data.sig_key = kd.packets[0].sig_key;
	kek = group_kek_create(&data);
	gdoi_kd_clear(&kd);
	chunk_free(&plain);
	chunk_free(&wire);
	return kek;
}

/**
 * Flip a bit of each octet behind the header: no such message is authentic.
 */
static void check_damage(gdoi_push_receiver_t *gm, chunk_t wire)
{
	gdoi_push_result_t result;
	gdoi_push_status_t status;

	for (size_t at = GDOI_HEADER_LEN; at < wire.len; at++)
	{
		wire.ptr[at] ^= 0x10;
		status = gm->process(gm, wire, &result);
		ck_assert_msg(status == GDOI_PUSH_INVALID ||
					  status == GDOI_PUSH_SEQUENCE, "status %d after damage "
					  "at %zu", status, at);
		gdoi_push_result_clear(&result);
		wire.ptr[at] ^= 0x10;
	}
}

/* trace B: 3DES, SHA-1, a bare hash in the signature; two TEKs without KEK */
START_TEST(test_trace_b)
{
	group_kek_data_t data = { .encr = ENCR_3DES, .sig_hash = HASH_SHA1 };
	group_kek_t *kek = load_kek(TRACE, "PUSH", data);
	gdoi_push_receiver_t *gm = test_receiver(kek, 0);
	chunk_t wire = test_vector(TRACE, "PUSH", "wire");
	group_rekey_t *rekey;
	group_policy_t *policy;

	check_damage(gm, wire);
	rekey = test_process(gm, wire, GDOI_PUSH_NEW, NULL);
	ck_assert_uint_eq(rekey->get_sequence(rekey), 1);
	ck_assert_uint_eq(rekey->get_delete_count(rekey), 0);
	policy = rekey->get_policy(rekey);
	ck_assert(policy->has_keys(policy) && !policy->get_kek(policy));
	ck_assert_uint_eq(policy->get_tek_count(policy), 2);
	ck_assert(policy->find_tek(policy, PROTO_ESP, htonl(0x2e22fbb7)));
	ck_assert(policy->find_tek(policy, PROTO_ESP, htonl(0x2123d5f2)));
	gm->accept(gm, wire, 1);
	test_process(gm, wire, GDOI_PUSH_DUPLICATE, NULL);
	rekey->destroy(rekey);
	gm->destroy(gm);
	kek->destroy(kek);
	chunk_free(&wire);
}
END_TEST

/* reference exchange: AES-CBC-128, SHA-256, a bare hash, six reserved octets
 * in the SAK; authentic, but its TEKs name AES without length and key, which
 * no tolerance makes usable */
START_TEST(test_reference)
{
	group_kek_data_t data = {
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.sig_hash = HASH_SHA256,
	};
	group_kek_t *kek = load_kek(REFERENCE, "PUSH1", data);
	gdoi_push_receiver_t *gm;
	chunk_t one = test_vector(REFERENCE, "PUSH1", "wire");
	chunk_t two = test_vector(REFERENCE, "PUSH2", "wire");

	gm = gdoi_push_receiver_create(kek, 0, GDOI_TOLERATE_LONG_ID_LEN |
								   GDOI_TOLERATE_UNKNOWN_SAT);
	ck_assert(gm != NULL);
	check_damage(gm, one);
	test_process(gm, one, GDOI_PUSH_UNUSABLE, "no valid Key Length");
	gm->accept(gm, one, 1);
	test_process(gm, one, GDOI_PUSH_DUPLICATE, NULL);
	check_damage(gm, two);
	test_process(gm, two, GDOI_PUSH_UNUSABLE, "no valid Key Length");
	gm->accept(gm, two, 2);
	test_process(gm, one, GDOI_PUSH_SEQUENCE, "not above");
	gm->destroy(gm);
	kek->destroy(kek);
	chunk_free(&one);
	chunk_free(&two);
}
END_TEST

Suite *suite_push_vectors(void)
{
	Suite *suite = suite_create("push-vectors");
	TCase *tc = tcase_create("receiver");

	tcase_add_test(tc, test_trace_b);
	tcase_add_test(tc, test_reference);
	suite_add_tcase(suite, tc);
	return suite;
}
