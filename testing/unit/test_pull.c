/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"

#include "exchanges/informational.h"
#include "exchanges/policy_codec.h"
#include "exchanges/pull_initiator.h"
#include "exchanges/pull_responder.h"
#include "payloads/gdoi_chain.h"

/** message ID of the exchanges */
#define MID 0x12345678

/**
 * A member and a key server that talk in memory, and what they were asked.
 */
typedef struct {
	gdoi_pull_initiator_t *gm;
	gdoi_pull_responder_t *ks;
	group_policy_t *policy;
	bool refuse_policy;
	gdoi_notify_t refuse_member;
	bool refuse_registration;
	u_int accepted;
	u_int authorized;
	u_int registered;
	uint16_t sender_ids;
	group_id_t group;
} pair_t;

static bool accept_policy(void *user, group_policy_t *policy, char **reason)
{
	pair_t *pair = user;

	pair->accepted++;
	ck_assert(!policy->has_keys(policy));
	if (pair->refuse_policy)
	{
		*reason = strdup("test refuses");
		return FALSE;
	}
	return TRUE;
}

static group_policy_t *authorize(void *user, const group_id_t *group,
								 gdoi_notify_t *notify, char **reason)
{
	pair_t *pair = user;

	pair->authorized++;
	pair->group = *group;
	if (pair->refuse_member)
	{
		*notify = pair->refuse_member;
		*reason = strdup("test refuses");
		return NULL;
	}
	return pair->policy->clone(pair->policy);
}

static bool registered(void *user, const group_id_t *group,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason)
{
	pair_t *pair = user;

	pair->registered++;
	pair->sender_ids = sender_ids;
	ck_assert(group_id_equals(group, &pair->group));
	if (pair->refuse_registration)
	{
		*reason = strdup("test refuses");
		return FALSE;
	}
	policy->set_sequence(policy, 99);
	return TRUE;
}

/**
 * Create member and key server.
 */
static void pair_create(pair_t *pair, uint16_t sender_ids, bool wrong_key)
{
	group_id_t group = { GROUP_ID_ADDRESS, 0x0a0b0c0d };
	gdoi_pull_initiator_cb_t gm = {
		.accept_policy = accept_policy,
		.user = pair,
	};
	gdoi_pull_responder_cb_t ks = {
		.authorize = authorize,
		.registered = registered,
		.user = pair,
	};
	chunk_t ni = test_random_chunk(32), nr = test_random_chunk(32);

	memset(pair, 0, sizeof(*pair));
	pair->policy = test_policy();
	pair->gm = gdoi_pull_initiator_create(test_phase2(MID, FALSE), &group, ni,
										  sender_ids, GDOI_STRICT, &gm);
	pair->ks = gdoi_pull_responder_create(test_phase2(MID, wrong_key), nr,
										  &ks);
	ck_assert(pair->gm && pair->ks);
	chunk_free(&ni);
	chunk_free(&nr);
}

/**
 * Destroy them.
 */
static void pair_destroy(pair_t *pair)
{
	pair->gm->destroy(pair->gm);
	pair->ks->destroy(pair->ks);
	pair->policy->destroy(pair->policy);
}

/**
 * Hand a datagram to the key server, expecting a result.
 *
 * @return			datagram to send, allocated
 */
static chunk_t to_ks(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
					 const char *reason)
{
	gdoi_pull_result_t result;

	pair->ks->process(pair->ks, datagram, &result);
	ck_assert_msg(result.status == status, "%d %s", result.status,
				  result.reason ?: "");
	if (reason)
	{
		ck_assert_reason(result.reason, reason);
	}
	ck_assert(!result.reason);
	return result.out;
}

/**
 * Hand a datagram to the member, expecting a result.
 */
static chunk_t to_gm(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
					 const char *reason)
{
	gdoi_pull_result_t result;

	pair->gm->process(pair->gm, datagram, &result);
	ck_assert_msg(result.status == status, "%d %s", result.status,
				  result.reason ?: "");
	if (reason)
	{
		ck_assert_reason(result.reason, reason);
	}
	ck_assert(!result.reason);
	return result.out;
}

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
	/* message 2 comes twice */
	to_gm(&pair, m[2], GDOI_PULL_IGNORED, "");
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
		  "80060080" "fd010001", GDOI_NOTIFY_PAYLOAD_MALFORMED,
		  "unknown SAT attribute 32001" },
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
										  0, 0, &gm));
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

	tc = tcase_create("hostile");
	tcase_add_test(tc, test_replay);
	tcase_add_test(tc, test_replay_fresh_nonce);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_wrong_hash);
	tcase_add_loop_test(tc, test_bad_request, 0, 8);
	tcase_add_test(tc, test_create);
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
