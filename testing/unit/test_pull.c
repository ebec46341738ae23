/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_pair.h"

#include "exchanges/informational.h"
#include "payloads/gdoi_chain.h"

/* KS-002, KS-004: policy before keys, a record only after HASH(3) */
START_TEST(test_register_ks_002)
{
	group_policy_t *policy;
	chunk_t m[5] = {};
	group_id_t group;
	pair_t pair;

	pair_create(&pair, _i ? 3 : 0, FALSE);
	ck_assert(!pair.ks->get_group(pair.ks, &group));
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	ck_assert(!pair.gm->initiate(pair.gm, &m[2]));
	ck_assert_chunk(pair.gm->get_last(pair.gm), m[1]);
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	ck_assert_uint_eq(pair.authorized, 1);
	ck_assert_uint_eq(pair.registered, 0);
	ck_assert(pair.ks->get_group(pair.ks, &group));
	ck_assert(group.type == GROUP_ID_ADDRESS && group.value == 0x0a0b0c0d);
	ck_assert(pair.ks->is_active(pair.ks) && !pair.ks->is_done(pair.ks));
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	ck_assert_chunk(pair.gm->get_last(pair.gm), m[3]);
	ck_assert_uint_eq(pair.accepted, 1);
	ck_assert(pair.gm->take_policy(pair.gm) == NULL);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	ck_assert_uint_eq(pair.registered, 1);
	ck_assert_uint_eq(pair.sender_ids, _i ? 3 : 0);
	ck_assert(pair.ks->is_done(pair.ks) && !pair.ks->is_active(pair.ks));
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	ck_assert_uint_eq(pair.gm->get_last(pair.gm).len, 0);
	policy = pair.gm->take_policy(pair.gm);
	ck_assert(policy && policy->has_keys(policy));
	ck_assert(test_policy_equals(policy, pair.policy));
	ck_assert_uint_eq(policy->get_sequence(policy), 99);
	policy->destroy(policy);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* every message lost once, and every reply repeated from the cache */
START_TEST(test_loss)
{
	chunk_t m[5] = {}, again;
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	/* message 1 lost, and sent again; message 2 lost */
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, pair.gm->get_last(pair.gm), GDOI_PULL_SEND, NULL);
	again = to_ks(&pair, pair.gm->get_last(pair.gm), GDOI_PULL_DUPLICATE, NULL);
	ck_assert_chunk(again, m[2]);
	chunk_free(&again);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	/* message 2 comes twice, which is no bad hash (LOG-129) */
	again = to_gm(&pair, m[2], GDOI_PULL_DUPLICATE, NULL);
	ck_assert_uint_eq(again.len, 0);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	/* message 4 lost, message 3 sent again, up to a limit */
	for (int i = 0; i < GDOI_PULL_CACHED_REPLIES; i++)
	{
		again = to_ks(&pair, m[3], GDOI_PULL_DUPLICATE, NULL);
		ck_assert_chunk(again, m[4]);
		chunk_free(&again);
	}
	to_ks(&pair, m[3], GDOI_PULL_IGNORED, "too often");
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	to_gm(&pair, m[4], GDOI_PULL_IGNORED, "waits for no message");
	ck_assert_uint_eq(pair.authorized, 1);
	ck_assert_uint_eq(pair.registered, 1);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* AUTHZ: refused at message 1, no policy, and the notify that was chosen */
START_TEST(test_refused_member)
{
	static const gdoi_notify_t notifies[] = {
		GDOI_NOTIFY_INVALID_ID_INFORMATION, GDOI_NOTIFY_AUTHENTICATION_FAILED,
	};
	gdoi_pull_result_t result;
	pair_t pair;
	chunk_t out;

	pair_create(&pair, 0, FALSE);
	pair.refuse_member = notifies[_i];
	ck_assert(pair.gm->initiate(pair.gm, &out));
	pair.ks->process(pair.ks, out, &result);
	ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
	ck_assert_int_eq(result.notify, notifies[_i]);
	ck_assert_str_eq(result.reason, "test refuses");
	ck_assert_uint_eq(result.out.len, 0);
	ck_assert(!pair.ks->is_active(pair.ks) && !pair.ks->is_done(pair.ks));
	gdoi_pull_result_clear(&result);
	to_ks(&pair, out, GDOI_PULL_IGNORED, "failed before");
	ck_assert_uint_eq(pair.authorized, 1);
	chunk_free(&out);
	pair_destroy(&pair);
}
END_TEST

/* refused after HASH(3), e.g. because the table is full: no keys */
START_TEST(test_refused_registration)
{
	gdoi_pull_result_t result;
	chunk_t m[4] = {};
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	pair.refuse_registration = TRUE;
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	pair.ks->process(pair.ks, m[3], &result);
	ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
	ck_assert_uint_eq(result.out.len, 0);
	gdoi_pull_result_clear(&result);
	for (int i = 1; i < 4; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* GM_REJECTING_SA_PAYLOAD (LOG-136): no message 3, an Informational instead */
START_TEST(test_refused_policy_log_136)
{
	gdoi_phase2_t *phase2 = test_phase2(77, FALSE);
	gdoi_informational_t info;
	gdoi_pull_result_t result;
	const char *reason;
	chunk_t m[3] = {}, out;
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	pair.refuse_policy = TRUE;
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	pair.gm->process(pair.gm, m[2], &result);
	ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
	ck_assert_int_eq(result.notify, GDOI_NOTIFY_NONE);
	ck_assert_str_eq(result.reason, "test refuses");
	ck_assert_uint_eq(result.out.len, 0);
	gdoi_pull_result_clear(&result);
	ck_assert_uint_eq(pair.gm->get_last(pair.gm).len, 0);

	ck_assert(gdoi_informational_reject(phase2, pair.gm->get_policy(pair.gm),
										&out));
	phase2->destroy(phase2);
	phase2 = test_phase2(77, FALSE);
	ck_assert(gdoi_informational_parse(phase2, out, &info, &reason));
	ck_assert_int_eq(info.type, GDOI_PLD_DELETE);
	ck_assert_uint_eq(info.delete.doi, GDOI_DOI);
	ck_assert_uint_eq(info.delete.protocol, GDOI_PROTO_ESP);
	ck_assert_uint_eq(info.delete.count, 1);
	ck_assert_uint_eq(untoh32(info.delete.spis.ptr), 0x1000);
	gdoi_informational_clear(&info);
	phase2->destroy(phase2);
	chunk_free(&out);
	chunk_free(&m[1]);
	chunk_free(&m[2]);
	pair_destroy(&pair);
}
END_TEST

START_TEST(test_informational)
{
	gdoi_phase2_t *phase2 = test_phase2(78, FALSE);
	gdoi_informational_t info;
	group_policy_t *policy = group_policy_create();
	const char *reason = "";
	chunk_t out, seq = chunk_from_chars(0, 0, 0, 8, 0, 0, 0, 1);

	ck_assert(gdoi_informational_notify(phase2,
								GDOI_NOTIFY_INVALID_ID_INFORMATION, &out));
	phase2->destroy(phase2);
	/* under another key, damaged, and right */
	phase2 = test_phase2(78, TRUE);
	ck_assert(!gdoi_informational_parse(phase2, out, &info, &reason));
	phase2->destroy(phase2);
	phase2 = test_phase2(78, FALSE);
	out.ptr[out.len - 1] ^= 1;
	ck_assert(!gdoi_informational_parse(phase2, out, &info, &reason));
	out.ptr[out.len - 1] ^= 1;
	ck_assert_msg(gdoi_informational_parse(phase2, out, &info, &reason), "%s",
				  reason);
	ck_assert_int_eq(info.type, GDOI_PLD_NOTIFY);
	ck_assert_uint_eq(info.notify.type, GDOI_NOTIFY_INVALID_ID_INFORMATION);
	ck_assert_uint_eq(info.notify.doi, GDOI_DOI);
	gdoi_informational_clear(&info);
	chunk_free(&out);
	phase2->destroy(phase2);

	/* reject without a policy, and one with a KEK only */
	phase2 = test_phase2(79, FALSE);
	ck_assert(gdoi_informational_reject(phase2, NULL, &out));
	chunk_free(&out);
	policy->set_kek(policy, test_kek(4));
	ck_assert(gdoi_informational_reject(phase2, policy, &out));
	policy->destroy(policy);
	chunk_free(&out);
	ck_assert(!gdoi_informational_delete(phase2, GDOI_PROTO_ESP,
										 chunk_create(seq.ptr, 3), &out));
	ck_assert(!gdoi_informational_delete(phase2, GDOI_PROTO_KEK,
										 chunk_create(seq.ptr, 4), &out));
	/* something else than N or D */
	ck_assert(phase2->protect(phase2, GDOI_EXCH_INFORMATIONAL, NULL, 0,
							  GDOI_PLD_SEQ, seq, &out));
	phase2->destroy(phase2);
	chunk_free(&out);
}
END_TEST

/**
 * Answer message 1 with an SA payload of our own, authenticated.
 */
static void answer_sa(pair_t *pair, chunk_t request, chunk_t sa,
					  gdoi_pull_result_t *result)
{
	gdoi_phase2_t *phase2 = test_phase2(MID, FALSE);
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t nonce = test_random_chunk(16), out, plain, ni;
	gdoi_header_t header;
	const char *reason = "";
	gdoi_chain_t chain;

	ck_assert(phase2->decrypt(phase2, request, GDOI_EXCH_PULL, &header, &plain,
							  &reason));
	ck_assert(gdoi_chain_parse(plain, header.next, 16, &chain, &reason));
	phase2->accept(phase2, request);
	ni = chain.payloads[1].body;
	gdoi_chain_write(writer, GDOI_PLD_SA, nonce);
	gdoi_chain_write(writer, GDOI_PLD_NONE, sa);
	ck_assert(phase2->protect(phase2, GDOI_EXCH_PULL, &ni, 1, GDOI_PLD_NONCE,
							  writer->get_buf(writer), &out));
	pair->gm->process(pair->gm, out, result);
	writer->destroy(writer);
	phase2->destroy(phase2);
	chunk_free(&nonce);
	chunk_free(&plain);
	chunk_free(&out);
}

/* GM rule 3: an unknown attribute, or protocol (LOG-169), ends the exchange */
START_TEST(test_unknown_log_169)
{
	static const struct {
		const char *sat;
		gdoi_notify_t notify;
		const char *reason;
	} cases[] = {
		{ "0100010000040a000001010000040a0000020c000010008004000180050005"
		  "80060080" "fd040001", GDOI_NOTIFY_PAYLOAD_MALFORMED,
		  "unknown SAT attribute 32004" },
		{ "03ffff", GDOI_NOTIFY_INVALID_PROTOCOL_ID,
		  "unsupported protocol 3" },
	};
	gdoi_pull_result_t result;
	chunk_t sat = test_hex(cases[_i].sat), request, sa;
	bio_writer_t *writer = bio_writer_create(0);
	pair_t pair;

	writer->write_uint32(writer, GDOI_DOI);
	writer->write_uint32(writer, 0);
	writer->write_uint32(writer, GDOI_PLD_SAT << 16);
	gdoi_chain_write(writer, GDOI_PLD_NONE, sat);
	sa = writer->extract_buf(writer);
	pair_create(&pair, 0, FALSE);
	ck_assert(pair.gm->initiate(pair.gm, &request));
	answer_sa(&pair, request, sa, &result);
	ck_assert_int_eq(result.status, GDOI_PULL_FAILED);
	ck_assert_int_eq(result.notify, cases[_i].notify);
	ck_assert_reason(result.reason, cases[_i].reason);
	ck_assert_uint_eq(pair.accepted, 0);
	ck_assert(pair.gm->get_policy(pair.gm) == NULL);
	gdoi_pull_result_clear(&result);
	pair_destroy(&pair);
	writer->destroy(writer);
	chunk_free(&sat);
	chunk_free(&sa);
	chunk_free(&request);
}
END_TEST

/* a member's lost messages: 5, 10, 20 and 5 seconds, then the next server */
START_TEST(test_retransmit_delay)
{
	static const uint32_t delays[] = { 0, 5000, 10000, 20000, 5000, 0, 0 };
	uint32_t delay = gdoi_pull_retransmit_delay(_i, 0);

	ck_assert_uint_eq(delay, delays[_i]);
	ck_assert_uint_eq(gdoi_pull_retransmit_delay(_i, UINT16_MAX),
					  delay + delay / 10);
	for (int i = 0; i < 100; i++)
	{
		uint32_t jittered;

		jittered = gdoi_pull_retransmit_delay(_i, (uint16_t)test_random(65536));
		ck_assert(jittered >= delay && jittered <= delay + delay / 10);
	}
}
END_TEST

Suite *suite_pull(void)
{
	Suite *suite = suite_create("pull");
	TCase *tc;

	tc = tcase_create("good");
	tcase_add_loop_test(tc, test_register_ks_002, 0, 2);
	tcase_add_test(tc, test_loss);
	tcase_add_loop_test(tc, test_retransmit_delay, 0, 7);
	suite_add_tcase(suite, tc);

	tc = tcase_create("refused");
	tcase_add_loop_test(tc, test_refused_member, 0, 2);
	tcase_add_test(tc, test_refused_registration);
	tcase_add_test(tc, test_refused_policy_log_136);
	tcase_add_test(tc, test_informational);
	tcase_add_loop_test(tc, test_unknown_log_169, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
