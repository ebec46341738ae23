/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_pair.h"

#include "exchanges/informational.h"
#include "exchanges/policy_codec.h"
#include "payloads/gdoi_chain.h"

/* a finished exchange's first message is a replay */
START_TEST(test_replay)
{
	gdoi_pull_history_t *history = gdoi_pull_history_create();
	chunk_t m[5] = {};
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	to_ks(&pair, m[1], GDOI_PULL_IGNORED, "replay of a finished exchange");
	to_ks(&pair, m[2], GDOI_PULL_IGNORED, "replay");
	ck_assert_uint_eq(pair.registered, 1);
	ck_assert(!history->contains(history, MID));
	history->add(history, MID);
	for (uint32_t i = 1; i < 16; i++)
	{
		history->add(history, i);
		ck_assert(history->contains(history, MID));
	}
	history->add(history, 16);
	ck_assert(!history->contains(history, MID));
	ck_assert(!history->contains(history, 0));
	history->destroy(history);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* a replayed message 1 against a fresh responder does not register: the
 * recorded message 3 does not prove the fresh nonce */
START_TEST(test_replay_fresh_nonce)
{
	chunk_t m[5] = {}, reply;
	pair_t pair, fresh;

	pair_create(&pair, 0, FALSE);
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	pair_create(&fresh, 0, FALSE);
	reply = to_ks(&fresh, m[1], GDOI_PULL_SEND, NULL);
	chunk_free(&reply);
	to_ks(&fresh, m[3], GDOI_PULL_IGNORED, "");
	ck_assert_uint_eq(fresh.registered, 0);
	ck_assert(fresh.ks->is_active(fresh.ks));
	for (int i = 1; i < 4; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
	pair_destroy(&fresh);
}
END_TEST

/**
 * Damage a datagram: a bit, its end, or its last block with a length to match.
 *
 * @return			damaged copy, allocated; empty if nothing was damaged that
 *					anybody looks at (the minor version)
 */
static chunk_t damage(chunk_t datagram)
{
	chunk_t copy = chunk_clone(datagram);
	uint32_t at;

	switch (test_random(3))
	{
		case 0:
			at = test_random((uint32_t)copy.len);
			copy.ptr[at] ^= (uint8_t)(1 << test_random(8));
			if (at == 17 && copy.ptr[at] >> 4 == datagram.ptr[at] >> 4)
			{
				chunk_free(&copy);
			}
			break;
		case 1:
			copy.len = 1 + test_random((uint32_t)copy.len - 1);
			break;
		default:
			copy.len -= 16;
			htoun32(copy.ptr + 24, (uint32_t)copy.len);
			break;
	}
	return copy;
}

/**
 * Hand damaged copies of a datagram to the side that waits for it.
 */
static void send_damaged(pair_t *pair, chunk_t datagram, bool to_server)
{
	chunk_t copy;

	for (int i = 0; i < 200; i++)
	{
		copy = damage(datagram);
		if (copy.len && to_server)
		{
			to_ks(pair, copy, GDOI_PULL_IGNORED, "");
		}
		else if (copy.len)
		{
			to_gm(pair, copy, GDOI_PULL_IGNORED, "");
		}
		chunk_free(&copy);
	}
}

/* forged and damaged datagrams change nothing; the true one is taken after */
START_TEST(test_damage)
{
	chunk_t m[5] = {};
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	send_damaged(&pair, m[1], TRUE);
	ck_assert(!pair.ks->is_active(pair.ks));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	send_damaged(&pair, m[2], FALSE);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	send_damaged(&pair, m[3], TRUE);
	ck_assert_uint_eq(pair.registered, 0);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	send_damaged(&pair, m[4], FALSE);
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* wrong SKEYID_a: the HASH does not verify on either side */
START_TEST(test_wrong_hash)
{
	gdoi_pull_result_t result;
	pair_t pair;
	chunk_t out;

	pair_create(&pair, 0, TRUE);
	ck_assert(pair.gm->initiate(pair.gm, &out));
	pair.ks->process(pair.ks, out, &result);
	ck_assert_int_eq(result.status, GDOI_PULL_IGNORED);
	ck_assert_int_eq(result.notify, GDOI_NOTIFY_INVALID_HASH_INFORMATION);
	ck_assert_str_eq(result.reason, "HASH does not verify");
	ck_assert_uint_eq(pair.authorized, 0);
	gdoi_pull_result_clear(&result);
	chunk_free(&out);
	pair_destroy(&pair);
}
END_TEST

/* authenticated requests that are malformed */
START_TEST(test_bad_request)
{
	static const struct {
		gdoi_payload_type_t first;
		const char *payloads;
		gdoi_notify_t notify;
		const char *reason;
	} cases[] = {
		{ GDOI_PLD_NONCE, "0500000c0102030405060708" "0000000c0b000000000004d2",
		  GDOI_NOTIFY_NONE, NULL },
		{ GDOI_PLD_NONCE, "0500000b01020304050607" "0000000c0b000000000004d2",
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "payloads" },
		{ GDOI_PLD_NONCE, "0000000c0102030405060708",
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "payloads" },
		{ GDOI_PLD_ID, "0a00000c0b000000000004d2" "0000000c0102030405060708",
		  GDOI_NOTIFY_PAYLOAD_MALFORMED, "payloads" },
		{ GDOI_PLD_NONCE, "0500000c0102030405060708" "0000000c0b000001000004d2",
		  GDOI_NOTIFY_INVALID_ID_INFORMATION, "protocol or port" },
		{ GDOI_PLD_NONCE, "0500000c0102030405060708" "0000000b0b0000000004d2",
		  GDOI_NOTIFY_INVALID_ID_INFORMATION, "type 11 with 3 octets" },
		{ GDOI_PLD_NONCE, "0500000c0102030405060708" "0000000c02000000000004d2",
		  GDOI_NOTIFY_INVALID_ID_INFORMATION, "type 2" },
		{ GDOI_PLD_NONCE, "0500000c0102030405060708" "0000000700000000",
		  GDOI_NOTIFY_NONE, "" },
	};
	gdoi_phase2_t *phase2 = test_phase2(MID, FALSE);
	chunk_t payloads = test_hex(cases[_i].payloads), out;
	gdoi_pull_result_t result;
	pair_t pair;

	if (_i == 7)
	{
		payloads.len--;
	}
	pair_create(&pair, 0, FALSE);
	ck_assert(phase2->protect(phase2, GDOI_EXCH_PULL, NULL, 0, cases[_i].first,
							  payloads, &out));
	pair.ks->process(pair.ks, out, &result);
	if (_i == 7)
	{
		/* the padding of zeros completes it to an identification of none */
		ck_assert_int_ne(result.status, GDOI_PULL_SEND);
	}
	else if (cases[_i].reason)
	{
		ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
		ck_assert_int_eq(result.notify, cases[_i].notify);
		ck_assert_reason(result.reason, cases[_i].reason);
	}
	else
	{
		ck_assert_int_eq(result.status, GDOI_PULL_SEND);
	}
	gdoi_pull_result_clear(&result);
	chunk_free(&out);
	chunk_free(&payloads);
	phase2->destroy(phase2);
	pair_destroy(&pair);
}
END_TEST

START_TEST(test_create)
{
	group_id_t group = { GROUP_ID_NUMBER, 1 };
	gdoi_pull_initiator_cb_t gm = {};
	gdoi_pull_responder_cb_t ks = {};
	chunk_t nonce = test_random_chunk(129);
	gdoi_phase2_keys_t keys = {
		.prf = PRF_HMAC_SHA2_256,
		.skeyid_a = nonce,
		.encr = ENCR_AES_CBC,
		.encr_key = chunk_create(nonce.ptr, 16),
	};
	chunk_t iv = chunk_create(nonce.ptr, 16);
	gdoi_phase2_t *phase2;

	ck_assert(!gdoi_pull_initiator_create(test_phase2(1, FALSE), &group, nonce,
										  GDOI_STRICT, &gm));
	ck_assert(!gdoi_pull_responder_create(test_phase2(1, FALSE),
										  chunk_create(nonce.ptr, 7), &ks));
	phase2 = gdoi_phase2_create(&keys, 1, iv);
	ck_assert(phase2 != NULL);
	phase2->destroy(phase2);
	ck_assert(!gdoi_phase2_create(&keys, 0, iv));
	ck_assert(!gdoi_phase2_create(&keys, 1, chunk_create(iv.ptr, 15)));
	ck_assert(!gdoi_phase2_create(&keys, 1, chunk_empty));
	keys.encr_key.len = 15;
	ck_assert(!gdoi_phase2_create(&keys, 1, iv));
	keys.encr_key.len = 20;
	keys.encr = ENCR_AES_CTR;
	ck_assert(!gdoi_phase2_create(&keys, 1, iv));
	keys.encr = ENCR_AES_CBC;
	keys.encr_key.len = 16;
	keys.prf = PRF_UNDEFINED;
	ck_assert(!gdoi_phase2_create(&keys, 1, iv));
	chunk_free(&nonce);
}
END_TEST

/**
 * Protect payloads written in hex.
 */
static chunk_t protect_hex(gdoi_phase2_t *phase2, const chunk_t *extra,
						   u_int count, gdoi_payload_type_t first,
						   const char *hex)
{
	chunk_t payloads = test_hex(hex), out;

	ck_assert(phase2->protect(phase2, GDOI_EXCH_PULL, extra, count, first,
							  payloads, &out));
	chunk_free(&payloads);
	return out;
}

/**
 * Take the nonce out of a message, and its last block as next IV.
 */
static chunk_t take_nonce(gdoi_phase2_t *phase2, chunk_t datagram)
{
	const char *reason = "";
	gdoi_header_t header;
	gdoi_chain_t chain;
	chunk_t plain, nonce;

	ck_assert(phase2->decrypt(phase2, datagram, GDOI_EXCH_PULL, &header, &plain,
							  &reason));
	ck_assert(gdoi_chain_parse(plain, header.next, 16, &chain, &reason));
	phase2->accept(phase2, datagram);
	nonce = chunk_clone(chain.payloads[1].body);
	chunk_free(&plain);
	return nonce;
}

/* a member that proves itself, and asks for what it must not */
START_TEST(test_bad_message_3)
{
	static const struct {
		gdoi_payload_type_t first;
		const char *payloads;
		const char *reason;
	} cases[] = {
		{ GDOI_PLD_NONE, "", NULL },
		{ GDOI_PLD_GAP, "00000008" "80030002", NULL },
		{ GDOI_PLD_GAP, "00000008" "80010002", "more than a request" },
		{ GDOI_PLD_GAP, "0000000c" "80030002" "80020002", "more than" },
		/* what only a key server tells */
		{ GDOI_PLD_GAP, "00000008" "80800003", "more than a request" },
		{ GDOI_PLD_GAP, "00000014" "0083000c" "000000010000000200000003",
		  "more than a request" },
		{ GDOI_PLD_GAP, "00000008" "80040002", "unknown GAP attribute 4" },
		{ GDOI_PLD_NONCE, "0000000c" "0102030405060708", "other payloads" },
		{ GDOI_PLD_GAP, "16000008" "80030002" "00000008" "80030002",
		  "other payloads" },
	};
	gdoi_phase2_t *phase2 = test_phase2(MID, FALSE);
	chunk_t extra[2] = { test_hex("0102030405060708") }, m1, m2, m3;
	gdoi_pull_result_t result;
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	m1 = protect_hex(phase2, NULL, 0, GDOI_PLD_NONCE,
					 "0500000c0102030405060708" "0000000c0b000000000004d2");
	m2 = to_ks(&pair, m1, GDOI_PULL_SEND, NULL);
	extra[1] = take_nonce(phase2, m2);
	m3 = protect_hex(phase2, extra, 2, cases[_i].first, cases[_i].payloads);
	pair.ks->process(pair.ks, m3, &result);
	if (cases[_i].reason)
	{
		ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
		ck_assert_int_eq(result.notify, GDOI_NOTIFY_PAYLOAD_MALFORMED);
		ck_assert_reason(result.reason, cases[_i].reason);
	}
	else
	{
		ck_assert_int_eq(result.status, GDOI_PULL_DONE);
	}
	ck_assert_uint_eq(pair.registered, cases[_i].reason ? 0 : 1);
	gdoi_pull_result_clear(&result);
	phase2->destroy(phase2);
	chunk_free(&extra[0]);
	chunk_free(&extra[1]);
	chunk_free(&m1);
	chunk_free(&m2);
	chunk_free(&m3);
	pair_destroy(&pair);
}
END_TEST

/** what a key server sends instead of SEQ and KD */
enum {
	SEND_GOOD, SEND_NO_SEQ, SEND_NO_KD, SEND_TWICE, SEND_SHORT_SEQ, SEND_CASES,
};

/**
 * Write SEQ and KD of message 4, or something else.
 */
static chunk_t write_4(group_policy_t *policy, int which,
					   gdoi_payload_type_t *first)
{
	chunk_t seq = chunk_from_chars(0, 0, 0, 5), kd;
	bio_writer_t *writer = bio_writer_create(0);

	ck_assert(gdoi_policy_write_kd(policy, &kd, NULL));
	*first = which == SEND_NO_SEQ ? GDOI_PLD_KD : GDOI_PLD_SEQ;
	if (which == SEND_SHORT_SEQ)
	{
		seq.len--;
	}
	if (which != SEND_NO_SEQ)
	{
		gdoi_chain_write(writer, which == SEND_NO_KD ? GDOI_PLD_NONE
						 : GDOI_PLD_KD, seq);
	}
	if (which != SEND_NO_KD)
	{
		gdoi_chain_write(writer, which == SEND_TWICE ? GDOI_PLD_KD
						 : GDOI_PLD_NONE, kd);
	}
	if (which == SEND_TWICE)
	{
		gdoi_chain_write(writer, GDOI_PLD_NONE, kd);
	}
	chunk_clear(&kd);
	kd = writer->extract_buf(writer);
	writer->destroy(writer);
	return kd;
}

/* a key server that verifies, and whose message 4 is not as it must be */
START_TEST(test_bad_message_4)
{
	gdoi_phase2_t *phase2 = test_phase2(MID, FALSE);
	chunk_t extra[2] = { chunk_empty, test_hex("0102030405060708") };
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t m1, m2, m3, m4, body, payloads;
	gdoi_payload_type_t first;
	gdoi_pull_result_t result;
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	ck_assert(pair.gm->initiate(pair.gm, &m1));
	extra[0] = take_nonce(phase2, m1);
	ck_assert(gdoi_policy_write_sa(pair.policy, &body, NULL));
	gdoi_chain_write(writer, GDOI_PLD_SA, extra[1]);
	gdoi_chain_write(writer, GDOI_PLD_NONE, body);
	ck_assert(phase2->protect(phase2, GDOI_EXCH_PULL, extra, 1, GDOI_PLD_NONCE,
							  writer->get_buf(writer), &m2));
	m3 = to_gm(&pair, m2, GDOI_PULL_SEND, NULL);
	phase2->accept(phase2, m3);
	payloads = write_4(pair.policy, _i, &first);
	ck_assert(phase2->protect(phase2, GDOI_EXCH_PULL, extra, 2, first,
							  payloads, &m4));
	pair.gm->process(pair.gm, m4, &result);
	if (_i == SEND_GOOD)
	{
		ck_assert_int_eq(result.status, GDOI_PULL_DONE);
	}
	else
	{
		ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
		ck_assert_int_eq(result.notify, GDOI_NOTIFY_PAYLOAD_MALFORMED);
		ck_assert_reason(result.reason, "message 4 has not the payloads");
		ck_assert(pair.gm->take_policy(pair.gm) == NULL);
	}
	gdoi_pull_result_clear(&result);
	writer->destroy(writer);
	phase2->destroy(phase2);
	chunk_free(&extra[0]);
	chunk_free(&extra[1]);
	chunk_free(&m1);
	chunk_free(&m2);
	chunk_free(&m3);
	chunk_free(&m4);
	chunk_free(&body);
	chunk_clear(&payloads);
	pair_destroy(&pair);
}
END_TEST

/* an Informational of two notifications is refused as a whole */
START_TEST(test_informational_two)
{
	gdoi_phase2_t *phase2 = test_phase2(MID, FALSE);
	chunk_t payloads = test_hex("0b00000c" "0000000200000012"
								"0000000c" "0000000200000018"), out;
	gdoi_informational_t info;
	const char *reason = "";

	ck_assert(phase2->protect(phase2, GDOI_EXCH_INFORMATIONAL, NULL, 0,
							  GDOI_PLD_NOTIFY, payloads, &out));
	phase2->destroy(phase2);
	phase2 = test_phase2(MID, FALSE);
	ck_assert(!gdoi_informational_parse(phase2, out, &info, &reason));
	ck_assert(strstr(reason, "one of N and D"));
	phase2->destroy(phase2);
	chunk_free(&payloads);
	chunk_free(&out);
}
END_TEST

Suite *suite_hostile(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tc;

	tc = tcase_create("pull");
	tcase_add_test(tc, test_replay);
	tcase_add_test(tc, test_replay_fresh_nonce);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_wrong_hash);
	tcase_add_loop_test(tc, test_bad_request, 0, 8);
	tcase_add_loop_test(tc, test_bad_message_3, 0, 9);
	tcase_add_loop_test(tc, test_bad_message_4, 0, SEND_CASES);
	tcase_add_test(tc, test_informational_two);
	tcase_add_test(tc, test_create);
	suite_add_tcase(suite, tc);
	return suite;
}
