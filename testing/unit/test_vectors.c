/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"

#include "exchanges/policy_codec.h"
#include "exchanges/pull_initiator.h"
#include "exchanges/pull_responder.h"
#include "exchanges/protected_message.h"
#include "exchanges/push_message.h"
#include "payloads/gdoi_basic.h"
#include "payloads/gdoi_kd.h"
#include "payloads/gdoi_sa.h"

#include <crypto/hashers/hasher.h>
#include <credentials/keys/public_key.h>

/**
 * A recorded exchange, with what is needed to take part in it.
 */
typedef struct {
	const char *file;
	gdoi_phase2_keys_t keys;
	uint32_t message_id;
	chunk_t iv;
	chunk_t wire[5];
	chunk_t plain[5];
} trace_t;

/**
 * Load four messages.
 */
static void load_messages(trace_t *trace, bool wire)
{
	char section[8];

	for (int i = 1; i <= 4; i++)
	{
		snprintf(section, sizeof(section), "PULL%d", i);
		trace->plain[i] = test_vector(trace->file, section, "plain");
		if (wire)
		{
			trace->wire[i] = test_vector(trace->file, section, "wire");
		}
	}
}

/**
 * Take a number of 8 octets from a file, as strongSwan keeps cookies.
 */
static uint64_t load_cookie(const char *file, const char *key)
{
	chunk_t value = test_vector(file, NULL, key);
	uint64_t cookie;

	ck_assert_uint_eq(value.len, sizeof(cookie));
	memcpy(&cookie, value.ptr, sizeof(cookie));
	chunk_free(&value);
	return cookie;
}

/**
 * Load trace A or B.
 */
static trace_t load_trace(const char *file, bool wire)
{
	trace_t trace = {
		.file = file,
		.keys = {
			.prf = PRF_HMAC_SHA1,
			.encr = ENCR_3DES,
		},
	};
	chunk_t mid;

	trace.keys.spi_i = load_cookie(file, "cookie_i");
	trace.keys.spi_r = load_cookie(file, "cookie_r");
	trace.keys.skeyid_a = test_vector(file, NULL, "skeyid_a");
	trace.keys.encr_key = test_vector(file, NULL, "phase1_key");
	trace.iv = test_vector(file, NULL, "first_iv");
	mid = test_vector(file, NULL, "message_id");
	trace.message_id = untoh32(mid.ptr);
	chunk_free(&mid);
	load_messages(&trace, wire);
	return trace;
}

/**
 * Load the exchange of the reference implementation, whose first IV has to be
 * made from the last block of phase 1.
 */
static trace_t load_reference(void)
{
	trace_t trace = {
		.file = "reference-peer.txt",
		.keys = {
			.prf = PRF_HMAC_SHA1,
			.encr = ENCR_AES_CBC,
		},
	};
	chunk_t last, mid, seed;
	hasher_t *hasher;

	trace.keys.skeyid_a = test_vector(trace.file, NULL, "skeyid_a");
	trace.keys.encr_key = test_vector(trace.file, NULL, "phase1_key");
	mid = test_vector(trace.file, NULL, "pull_msgid");
	trace.message_id = untoh32(mid.ptr);
	last = test_vector(trace.file, "MM6", "wire");
	memcpy(&trace.keys.spi_i, last.ptr, 8);
	memcpy(&trace.keys.spi_r, last.ptr + 8, 8);
	seed = chunk_cat("cm", chunk_skip(last, last.len - 16), mid);
	hasher = lib->crypto->create_hasher(lib->crypto, HASH_SHA1);
	ck_assert(hasher->allocate_hash(hasher, seed, &trace.iv));
	hasher->destroy(hasher);
	trace.iv.len = 16;
	chunk_free(&seed);
	chunk_free(&last);
	load_messages(&trace, TRUE);
	return trace;
}

/**
 * Free a trace.
 */
static void clear_trace(trace_t *trace)
{
	chunk_free(&trace->keys.skeyid_a);
	chunk_free(&trace->keys.encr_key);
	chunk_free(&trace->iv);
	for (int i = 1; i <= 4; i++)
	{
		chunk_free(&trace->wire[i]);
		chunk_free(&trace->plain[i]);
	}
}

/**
 * Protection of a trace's exchange.
 */
static gdoi_phase2_t *protection(const trace_t *trace)
{
	gdoi_phase2_t *phase2;

	phase2 = gdoi_phase2_create(&trace->keys, trace->message_id, trace->iv);
	ck_assert(phase2 != NULL);
	return phase2;
}

/**
 * Parse the decrypted payloads of a message.
 */
static gdoi_chain_t parse_plain(chunk_t plain, uint8_t first, size_t block)
{
	const char *reason = "";
	gdoi_chain_t chain;

	ck_assert_msg(gdoi_chain_parse(plain, first, block, &chain, &reason), "%s",
				  reason);
	return chain;
}

/**
 * Policy of a trace, from the SA of message 2 and the KD of message 4.
 */
static group_policy_t *trace_policy(const trace_t *trace, size_t block)
{
	gdoi_chain_t chain = parse_plain(trace->plain[2], GDOI_PLD_HASH, block);
	group_policy_t *sa, *policy;
	gdoi_notify_t notify;
	char *reason = NULL;

	sa = gdoi_policy_read_sa(chain.payloads[2].body, GDOI_STRICT, &notify,
							 &reason);
	ck_assert_msg(sa != NULL, "%s", reason ?: "");
	chain = parse_plain(trace->plain[4], GDOI_PLD_HASH, block);
	policy = gdoi_policy_read_kd(sa, chain.payloads[chain.count - 1].body,
								 &reason);
	ck_assert_msg(policy != NULL, "%s", reason ?: "");
	sa->destroy(sa);
	return policy;
}

/** callbacks */
static bool accept_all(void *user, group_policy_t *policy,
					   uint16_t *sender_ids, char **reason)
{
	return TRUE;
}

static group_policy_t *authorize_1234(void *user, const group_id_t *group,
									  gdoi_notify_t *notify, char **reason)
{
	group_policy_t *policy = user;

	ck_assert(group->type == GROUP_ID_NUMBER && group->value == 1234);
	return policy->clone(policy);
}

static bool registered(void *user, const group_id_t *group,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason)
{
	ck_assert_uint_eq(sender_ids, 0);
	return TRUE;
}

static const gdoi_pull_initiator_cb_t member = {
	.accept_policy = accept_all,
};

/**
 * Create the member of a trace, with the recorded nonce.
 */
static gdoi_pull_initiator_t *create_member(const trace_t *trace, size_t block)
{
	gdoi_chain_t chain = parse_plain(trace->plain[1], GDOI_PLD_HASH, block);
	group_id_t group = { GROUP_ID_NUMBER, 1234 };

	return gdoi_pull_initiator_create(protection(trace), &group,
									  chain.payloads[1].body, GDOI_STRICT,
									  &member);
}

/* every HASH of every recorded message, over the recorded payloads */
START_TEST(test_hashes)
{
	static const char *files[] = { "trace-a.txt", "trace-b.txt", NULL };
	trace_t trace = files[_i] ? load_trace(files[_i], _i == 0)
							  : load_reference();
	size_t block = files[_i] ? 8 : 16;
	gdoi_phase2_t *phase2 = protection(&trace);
	chunk_t extra[3], nonce[2], digest;
	gdoi_chain_t chain;
	u_int count;

	for (int i = 1; i <= 4; i++)
	{
		chain = parse_plain(trace.plain[i], GDOI_PLD_HASH, block);
		if (i < 3)
		{
			nonce[i - 1] = chain.payloads[1].body;
		}
		count = i == 1 ? 0 : i == 2 ? 1 : 2;
		memcpy(extra, nonce, sizeof(nonce));
		extra[count] = chunk_skip(chain.whole, chain.payloads[0].whole.len);
		ck_assert(phase2->hash(phase2, extra, count + 1, &digest));
		ck_assert_chunk(digest, chain.payloads[0].body);
		chunk_free(&digest);
	}
	phase2->destroy(phase2);
	clear_trace(&trace);
}
END_TEST

/* decrypting the recorded datagrams gives the recorded plain text */
START_TEST(test_decrypt)
{
	trace_t trace = _i ? load_reference() : load_trace("trace-a.txt", TRUE);
	gdoi_phase2_t *phase2 = protection(&trace);
	const char *reason = "";
	gdoi_header_t header;
	chunk_t plain;

	for (int i = 1; i <= 4; i++)
	{
		ck_assert_msg(phase2->decrypt(phase2, trace.wire[i], GDOI_EXCH_PULL,
									  &header, &plain, &reason), "%s", reason);
		ck_assert_chunk(plain, trace.plain[i]);
		ck_assert_uint_eq(header.next, GDOI_PLD_HASH);
		chunk_free(&plain);
		phase2->accept(phase2, trace.wire[i]);
	}
	phase2->destroy(phase2);
	clear_trace(&trace);
}
END_TEST

/* trace A: our member sends the recorded datagrams and gets the keys */
START_TEST(test_member_trace_a)
{
	trace_t trace = load_trace("trace-a.txt", TRUE);
	gdoi_pull_initiator_t *gm = create_member(&trace, 8);
	chunk_t hex = test_hex("4142434445464748494a4b4c4d4e4f505152535455565758");
	gdoi_pull_result_t result;
	const group_tek_data_t *tek;
	group_policy_t *policy;
	chunk_t out;

	ck_assert(gm->initiate(gm, &out));
	ck_assert_chunk(out, trace.wire[1]);
	chunk_free(&out);
	gm->process(gm, trace.wire[2], &result);
	ck_assert_int_eq(result.status, GDOI_PULL_SEND);
	ck_assert_chunk(result.out, trace.wire[3]);
	gdoi_pull_result_clear(&result);
	gm->process(gm, trace.wire[4], &result);
	ck_assert_int_eq(result.status, GDOI_PULL_DONE);
	gdoi_pull_result_clear(&result);
	policy = gm->take_policy(gm);
	ck_assert(policy && policy->has_keys(policy) && !policy->get_kek(policy));
	ck_assert(gm->take_policy(gm) == NULL);
	ck_assert_uint_eq(policy->get_tek_count(policy), 2);
	tek = policy->find_tek(policy, PROTO_ESP, htonl(0x1122aabb))->get(
				policy->find_tek(policy, PROTO_ESP, htonl(0x1122aabb)));
	ck_assert_chunk(tek->encr_key, hex);
	ck_assert_int_eq(tek->encr, ENCR_3DES);
	ck_assert_int_eq(tek->integ, AUTH_HMAC_SHA1_96);
	ck_assert_uint_eq(tek->lifetime, 3600);
	ck_assert(tek->tunnel);
	policy->destroy(policy);
	gm->destroy(gm);
	chunk_free(&hex);
	clear_trace(&trace);
}
END_TEST

/* trace A and B: our key server sends the recorded payloads, A on the wire */
START_TEST(test_server)
{
	trace_t trace = load_trace(_i ? "trace-b.txt" : "trace-a.txt", !_i);
	gdoi_chain_t chain = parse_plain(trace.plain[2], GDOI_PLD_HASH, 8);
	gdoi_pull_responder_cb_t cb = {
		.authorize = authorize_1234,
		.registered = registered,
		.user = trace_policy(&trace, 8),
	};
	gdoi_phase2_t *peer = protection(&trace), *reader = protection(&trace);
	group_policy_t *policy = cb.user;
	gdoi_pull_responder_t *ks;
	gdoi_pull_result_t result;
	gdoi_header_t header;
	const char *reason;
	chunk_t request, plain;

	ks = gdoi_pull_responder_create(protection(&trace),
									chain.payloads[1].body, &cb);
	for (int i = 1; i < 5; i += 2)
	{
		gdoi_chain_t sent = parse_plain(trace.plain[i], GDOI_PLD_HASH, 8);
		chunk_t extra[] = { parse_plain(trace.plain[1], GDOI_PLD_HASH,
										8).payloads[1].body,
							chain.payloads[1].body };

		/* the peer's message, encrypted anew as trace B has no datagrams */
		ck_assert(peer->protect(peer, GDOI_EXCH_PULL, extra, i == 1 ? 0 : 2,
						i == 1 ? GDOI_PLD_NONCE : GDOI_PLD_NONE,
						chunk_skip(sent.whole, sent.payloads[0].whole.len),
						&request));
		if (trace.wire[i].len)
		{
			ck_assert_chunk(request, trace.wire[i]);
		}
		ks->process(ks, request, &result);
		ck_assert_msg(result.status == (i == 1 ? GDOI_PULL_SEND
											   : GDOI_PULL_DONE), "%s",
					  result.reason ?: "");
		if (trace.wire[i + 1].len)
		{
			ck_assert_chunk(result.out, trace.wire[i + 1]);
		}
		reader->accept(reader, request);
		ck_assert(reader->decrypt(reader, result.out, GDOI_EXCH_PULL, &header,
								  &plain, &reason));
		ck_assert_chunk(plain, trace.plain[i + 1]);
		chunk_free(&plain);
		reader->accept(reader, result.out);
		peer->accept(peer, result.out);
		gdoi_pull_result_clear(&result);
		chunk_free(&request);
	}
	ck_assert(ks->is_done(ks));
	ks->destroy(ks);
	peer->destroy(peer);
	reader->destroy(reader);
	policy->destroy(policy);
	clear_trace(&trace);
}
END_TEST

/**
 * Check the KEK of trace B.
 */
static void check_trace_b_kek(group_policy_t *policy)
{
	group_kek_t *kek = policy->get_kek(policy);
	const group_kek_data_t *data;

	ck_assert(kek && kek->has_keys(kek));
	data = kek->get(kek);
	ck_assert(memeq(data->spi, "abcdefgh01234567", 16));
	ck_assert_int_eq(data->encr, ENCR_3DES);
	ck_assert_chunk(data->iv, chunk_from_str("IVIVIVIV"));
	ck_assert_chunk(data->key, chunk_from_str("ABCDEFGHIJKLMNOPQRSTUVWX"));
	ck_assert_int_eq(data->sig, GROUP_SIG_RSA);
	ck_assert_int_eq(data->sig_hash, HASH_SHA1);
	ck_assert_uint_eq(data->sig_key.len, 162);
	ck_assert_uint_eq(data->src->get_port(data->src), 848);
	ck_assert(data->multicast);
	ck_assert_uint_eq(data->lifetime, 0);
}

/**
 * Verify a signature whose padding has the hash without DigestInfo.
 */
static void verify_bare(const group_kek_data_t *kek, chunk_t hash, chunk_t sig,
						bool good)
{
	public_key_t *key;

	key = lib->creds->create(lib->creds, CRED_PUBLIC_KEY, KEY_ANY,
							 BUILD_BLOB_ASN1_DER, kek->sig_key, BUILD_END);
	ck_assert_msg(key != NULL, "SubjectPublicKeyInfo is not read");
	ck_assert_int_eq(key->verify(key, SIGN_RSA_EMSA_PKCS1_NULL, NULL, hash,
								 sig), good);
	key->destroy(key);
}

/**
 * Hash the signed text of a rekey.
 */
static chunk_t hash_signed(const gdoi_push_message_t *push, bool padded,
						   hash_algorithm_t alg)
{
	chunk_t text = gdoi_push_message_signed(push, padded), hash;
	hasher_t *hasher = lib->crypto->create_hasher(lib->crypto, alg);

	ck_assert(hasher && hasher->allocate_hash(hasher, text, &hash));
	hasher->destroy(hasher);
	chunk_free(&text);
	return hash;
}

/* trace B: decrypt the rekey, verify its signature, read its policy */
START_TEST(test_push_trace_b)
{
	trace_t trace = load_trace("trace-b.txt", FALSE);
	chunk_t wire = test_vector(trace.file, "PUSH", "wire");
	chunk_t plain = test_vector(trace.file, "PUSH", "plain");
	chunk_t unpadded = test_vector(trace.file, NULL, "signed_hash");
	chunk_t padded = test_vector(trace.file, NULL, "signed_hash_padded");
	group_policy_t *policy = trace_policy(&trace, 8), *sa, *rekey;
	group_kek_t *kek = policy->get_kek(policy);
	gdoi_push_message_t push;
	gdoi_notify_t notify;
	const char *reason = "";
	chunk_t hash;

	check_trace_b_kek(policy);
	ck_assert_msg(gdoi_push_message_open(wire, kek, &push, &reason), "%s",
				  reason);
	ck_assert_chunk(push.plain, plain);
	ck_assert_uint_eq(push.seq, 1);
	hash = hash_signed(&push, TRUE, HASH_SHA1);
	ck_assert_chunk(hash, padded);
	verify_bare(kek->get(kek), hash, push.sig, FALSE);
	chunk_free(&hash);
	hash = hash_signed(&push, FALSE, HASH_SHA1);
	ck_assert_chunk(hash, unpadded);
	verify_bare(kek->get(kek), hash, push.sig, TRUE);
	chunk_free(&hash);

	sa = gdoi_policy_read_sa(push.sa, GDOI_STRICT, &notify, NULL);
	ck_assert(sa != NULL);
	rekey = gdoi_policy_read_kd(sa, push.kd, NULL);
	ck_assert(rekey && rekey->has_keys(rekey));
	ck_assert(rekey->find_tek(rekey, PROTO_ESP, htonl(0x2e22fbb7)));
	ck_assert(rekey->find_tek(rekey, PROTO_ESP, htonl(0x2123d5f2)));
	rekey->destroy(rekey);
	sa->destroy(sa);
	gdoi_push_message_clear(&push);
	/* cookies, exchange, flags and message ID are all of the KEK's rekeys */
	for (size_t at = 0; at < 24; at += at == 15 ? 3 : 1)
	{
		wire.ptr[at] ^= 4;
		ck_assert(!gdoi_push_message_open(wire, kek, &push, &reason));
		wire.ptr[at] ^= 4;
	}
	policy->destroy(policy);
	chunk_free(&wire);
	chunk_free(&plain);
	chunk_free(&padded);
	chunk_free(&unpadded);
	clear_trace(&trace);
}
END_TEST

/**
 * Parse the SA payload of the reference exchange.
 */
static gdoi_sa_t reference_sa(chunk_t body)
{
	gdoi_notify_t notify;
	char *reason = NULL;
	gdoi_sa_t sa;

	ck_assert_msg(gdoi_sa_parse(body, GDOI_STRICT, &sa, &notify, &reason),
				  "%s", reason ?: "");
	ck_assert(sa.has_sak && sa.has_gap);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_ALGORITHM], 3);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_KEY_LENGTH], 128);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_KEY_LIFETIME], 25);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_SIG_HASH], 3);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_SIG_ALGORITHM], 1);
	ck_assert_uint_eq(sa.sak.values[GDOI_KEK_SIG_KEY_LENGTH], 2048);
	ck_assert_uint_eq(sa.gap.values[GDOI_GAP_ATD], 5);
	return sa;
}

/* reference: six reserved octets in SAK; Key Length 0 and Address Preservation
 * 0 in SAT, which are read but can't be taken for AES */
START_TEST(test_reference_sa)
{
	trace_t trace = load_reference();
	gdoi_chain_t chain = parse_plain(trace.plain[2], GDOI_PLD_HASH, 16);
	gdoi_sa_t sa = reference_sa(chain.payloads[2].body);
	gdoi_notify_t notify;
	char *reason = NULL;

	ck_assert_uint_eq(sa.gap.values[GDOI_GAP_DTD], 7);
	ck_assert_uint_eq(sa.sat_count, 1);
	ck_assert_uint_eq(sa.sats[0].transform, 12);
	ck_assert_uint_eq(sa.sats[0].seconds, 120);
	ck_assert_uint_eq(sa.sats[0].values[GDOI_TEK_AUTH_ALGORITHM], 5);
	ck_assert(sa.sats[0].present & 1 << GDOI_TEK_KEY_LENGTH);
	ck_assert_uint_eq(sa.sats[0].values[GDOI_TEK_KEY_LENGTH], 0);
	ck_assert_uint_eq(untoh32(sa.sats[0].spi.ptr), 0x5e2795f7);
	gdoi_sa_clear(&sa);
	ck_assert(!gdoi_policy_read_sa(chain.payloads[2].body, GDOI_STRICT,
								   &notify, &reason));
	ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
	ck_assert_reason(reason, "no valid Key Length");
	clear_trace(&trace);
}
END_TEST

/* reference: the KD's packets, one by one */
START_TEST(test_reference_kd)
{
	trace_t trace = load_reference();
	gdoi_chain_t chain = parse_plain(trace.plain[4], GDOI_PLD_HASH, 16);
	chunk_t iv = test_vector(trace.file, NULL, "kek_iv");
	chunk_t key = test_vector(trace.file, NULL, "kek_key");
	chunk_t spki = test_vector(trace.file, NULL, "kek_pub_spki");
	chunk_t both = chunk_cat("cc", iv, key);
	uint32_t seq = 1;
	gdoi_kd_t kd;

	ck_assert_uint_eq(chain.payloads[1].type, GDOI_PLD_SEQ);
	ck_assert(gdoi_seq_parse(chain.payloads[1].body, &seq));
	ck_assert_uint_eq(seq, 0);
	ck_assert(gdoi_kd_parse(chain.payloads[2].body, &kd, NULL));
	ck_assert_uint_eq(kd.count, 2);
	ck_assert_int_eq(kd.packets[0].type, GDOI_KD_KEK);
	ck_assert_chunk(kd.packets[0].key, both);
	ck_assert_chunk(kd.packets[0].sig_key, spki);
	ck_assert_int_eq(kd.packets[1].type, GDOI_KD_TEK);
	ck_assert_uint_eq(kd.packets[1].key.len, 0);
	ck_assert_uint_eq(kd.packets[1].integ_key.len, 32);
	gdoi_kd_clear(&kd);
	chunk_free(&iv);
	chunk_free(&key);
	chunk_free(&both);
	chunk_free(&spki);
	clear_trace(&trace);
}
END_TEST

/**
 * KEK of the reference exchange.
 */
static group_kek_t *reference_kek(void)
{
	chunk_t iv = test_vector("reference-peer.txt", NULL, "kek_iv");
	chunk_t key = test_vector("reference-peer.txt", NULL, "kek_key");
	chunk_t spki = test_vector("reference-peer.txt", NULL, "kek_pub_spki");
	chunk_t wire = test_vector("reference-peer.txt", "PUSH1", "wire");
	group_kek_data_t data = {
		.encr = ENCR_AES_CBC,
		.encr_bits = 128,
		.iv = iv,
		.key = key,
		.sig = GROUP_SIG_RSA,
		.sig_hash = HASH_SHA256,
		.sig_key = spki,
	};
	group_kek_t *kek;

	memcpy(data.spi, wire.ptr, sizeof(data.spi));
	kek = group_kek_create(&data);
	chunk_free(&iv);
	chunk_free(&key);
	chunk_free(&spki);
	chunk_free(&wire);
	return kek;
}

/* reference: two rekeys, decrypted, verified, and parsed */
START_TEST(test_reference_push)
{
	const char *section = _i ? "PUSH2" : "PUSH1", *reason = "";
	chunk_t wire = test_vector("reference-peer.txt", section, "wire");
	chunk_t plain = test_vector("reference-peer.txt", section, "plain"), hash;
	group_kek_t *kek = reference_kek();
	gdoi_push_message_t push;
	gdoi_sa_t sa;
	gdoi_kd_t kd;

	ck_assert_msg(gdoi_push_message_open(wire, kek, &push, &reason), "%s",
				  reason);
	ck_assert_chunk(push.plain, plain);
	ck_assert_uint_eq(push.seq, _i + 1);
	hash = hash_signed(&push, FALSE, HASH_SHA256);
	verify_bare(kek->get(kek), hash, push.sig, TRUE);
	chunk_free(&hash);
	sa = reference_sa(push.sa);
	ck_assert_uint_eq(sa.sat_count, _i ? 1 : 2);
	gdoi_sa_clear(&sa);
	ck_assert(gdoi_kd_parse(push.kd, &kd, NULL));
	ck_assert_uint_eq(kd.count, _i ? 2 : 3);
	gdoi_kd_clear(&kd);
	gdoi_push_message_clear(&push);
	kek->destroy(kek);
	chunk_free(&wire);
	chunk_free(&plain);
}
END_TEST

Suite *suite_vectors(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tc;

	tc = tcase_create("pull");
	tcase_add_loop_test(tc, test_hashes, 0, 3);
	tcase_add_loop_test(tc, test_decrypt, 0, 2);
	tcase_add_test(tc, test_member_trace_a);
	tcase_add_loop_test(tc, test_server, 0, 2);
	tcase_add_test(tc, test_reference_sa);
	tcase_add_test(tc, test_reference_kd);
	suite_add_tcase(suite, tc);

	tc = tcase_create("push");
	tcase_add_test(tc, test_push_trace_b);
	tcase_add_loop_test(tc, test_reference_push, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
