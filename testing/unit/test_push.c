/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "exchanges/push_message.h"

/** hashes of RSA signatures */
static const hash_algorithm_t hashes[] = {
	HASH_SHA256, HASH_SHA384, HASH_SHA512,
};

/** content of rekeys by kind */
enum {
	REKEY_TEK, REKEY_KEK, REKEY_BOTH, REKEY_SAME_KEK, REKEY_DELETE_TEK,
	REKEY_DELETE_ALL, REKEY_DELETE_KEK, REKEY_REPLACE, REKEYS,
};

/**
 * Compare the deletes of two rekeys.
 */
static void check_deletes(group_rekey_t *a, group_rekey_t *b)
{
	enumerator_t *x, *y;
	group_delete_t *one, *other;

	ck_assert_uint_eq(a->get_delete_count(a), b->get_delete_count(b));
	x = a->create_delete_enumerator(a);
	y = b->create_delete_enumerator(b);
	while (x->enumerate(x, &one))
	{
		ck_assert(y->enumerate(y, &other));
		ck_assert_int_eq(one->kek, other->kek);
		if (one->kek)
		{
			ck_assert(memeq(one->kek_spi, other->kek_spi,
							GROUP_KEK_SPI_LEN));
		}
		else
		{
			ck_assert_int_eq(one->protocol, other->protocol);
			ck_assert_uint_eq(one->spi, other->spi);
		}
	}
	x->destroy(x);
	y->destroy(y);
}

/**
 * Compare two rekeys.
 */
static void check_rekey(group_rekey_t *got, group_rekey_t *want)
{
	group_policy_t *a = got->get_policy(got), *b = want->get_policy(want);

	ck_assert_uint_eq(got->get_sequence(got), want->get_sequence(want));
	check_deletes(got, want);
	ck_assert((a != NULL) == (b != NULL));
	if (a)
	{
		ck_assert(a->has_keys(a));
		ck_assert(test_policy_equals(a, b));
	}
}

/**
 * Add the delete of a KEK.
 */
static void delete_kek(group_rekey_t *rekey, group_kek_t *kek)
{
	group_delete_t delete = { .kek = TRUE };

	if (kek)
	{
		memcpy(delete.kek_spi, kek->get(kek)->spi, GROUP_KEK_SPI_LEN);
	}
	ck_assert(rekey->add_delete(rekey, &delete));
}

/**
 * Make a rekey of a kind.
 */
static group_rekey_t *make_rekey(int kind, uint32_t seq, group_kek_t *kek,
								 group_kek_t *next)
{
	group_delete_t ah = { .protocol = PROTO_AH, .spi = htonl(0x2001) };
	group_rekey_t *rekey;
	group_policy_t *policy;

	switch (kind)
	{
		case REKEY_TEK:
			rekey = test_rekey(seq, 0x1000, NULL);
			policy = rekey->get_policy(rekey);
			policy->set_delays(policy, 30, 60);
			return rekey;
		case REKEY_KEK:
			return test_rekey(seq, 0, next);
		case REKEY_BOTH:
			return test_rekey(seq, 0x1001, next);
		case REKEY_SAME_KEK:
			return test_rekey(seq, 0x1002, kek);
		case REKEY_DELETE_TEK:
			rekey = test_rekey_delete(seq, 0x1000);
			ck_assert(rekey->add_delete(rekey, &ah));
			return rekey;
		case REKEY_DELETE_ALL:
			rekey = test_rekey_delete(seq, 0);
			delete_kek(rekey, NULL);
			return rekey;
		case REKEY_DELETE_KEK:
			rekey = group_rekey_create(seq);
			delete_kek(rekey, kek);
			return rekey;
		default:
			rekey = test_rekey(seq, 0x1003, next);
			ck_assert(rekey->add_delete(rekey, &ah));
			return rekey;
	}
}

/**
 * Write a rekey and read it.
 */
static void check_roundtrip(group_rekey_t *rekey, group_kek_t *kek,
							test_sig_t sig, gdoi_sig_form_t form)
{
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	group_rekey_t *got;
	chunk_t datagram;
	char *reason = NULL;

	ck_assert_msg(gdoi_push_write(rekey, kek, test_key(sig), form, &datagram,
								  &reason), "%s", reason ?: "");
	ck_assert_uint_eq((datagram.len - GDOI_HEADER_LEN) %
					  kek->get(kek)->iv.len, 0);
	got = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);
	check_rekey(got, rekey);
	got->destroy(got);
	gm->destroy(gm);
	chunk_free(&datagram);
}

/* every cipher with every signature; RSA in both forms with every hash */
START_TEST(test_matrix)
{
	const test_cipher_t *cipher = &test_ciphers[_i / TEST_SIGS];
	test_sig_t sig = _i % TEST_SIGS;
	bool rsa = sig <= TEST_RSA_4096;
	group_rekey_t *rekey;
	group_kek_t *kek;

	for (u_int i = 0; i < (rsa ? countof(hashes) : 1); i++)
	{
		kek = test_signed_kek(1, cipher, sig, hashes[i]);
		rekey = test_rekey(5, 0x1000, kek);
		check_roundtrip(rekey, kek, sig, GDOI_SIG_DIGEST_INFO);
		check_roundtrip(rekey, kek, sig, GDOI_SIG_RAW);
		rekey->destroy(rekey);
		kek->destroy(kek);
	}
}
END_TEST

/* each kind of content comes out as it went in */
START_TEST(test_content)
{
	group_kek_t *kek = test_usual_kek(1), *next;
	group_rekey_t *rekey;

	next = test_signed_kek(9, &test_ciphers[2], TEST_ECDSA_256, HASH_SHA256);
	rekey = make_rekey(_i, 5, kek, next);
	check_roundtrip(rekey, kek, TEST_RSA_2048, GDOI_SIG_DIGEST_INFO);
	rekey->destroy(rekey);
	next->destroy(next);
	kek->destroy(kek);
}
END_TEST

/**
 * Verify a signature by a scheme; SIGN_RSA_EMSA_PKCS1_NULL takes the SHA-256
 * hash.
 */
static bool verifies(group_kek_t *kek, const gdoi_push_message_t *message,
					 signature_scheme_t scheme, bool padded)
{
	chunk_t text = gdoi_push_message_signed(message, padded), hash;
	hasher_t *hasher;
	public_key_t *key;
	bool good;

	if (scheme == SIGN_RSA_EMSA_PKCS1_NULL)
	{
		hasher = lib->crypto->create_hasher(lib->crypto, HASH_SHA256);
		ck_assert(hasher && hasher->allocate_hash(hasher, text, &hash));
		hasher->destroy(hasher);
		chunk_free(&text);
		text = hash;
	}
	key = lib->creds->create(lib->creds, CRED_PUBLIC_KEY, KEY_ANY,
							 BUILD_BLOB_ASN1_DER, kek->get(kek)->sig_key,
							 BUILD_END);
	ck_assert(key != NULL);
	good = key->verify(key, scheme, NULL, text, message->sig);
	key->destroy(key);
	chunk_free(&text);
	return good;
}

/* a DigestInfo unless the raw form is asked for */
START_TEST(test_forms)
{
	bool raw = _i == GDOI_SIG_RAW;
	group_kek_t *kek = test_usual_kek(1);
	group_rekey_t *rekey = test_rekey(5, 0x1000, NULL);
	gdoi_push_message_t message;
	const char *reason;
	chunk_t datagram;

	ck_assert(gdoi_push_write(rekey, kek, test_key(TEST_RSA_2048), _i,
							  &datagram, NULL));
	ck_assert(gdoi_push_message_open(datagram, kek, &message, &reason));
	ck_assert_int_eq(verifies(kek, &message, SIGN_RSA_EMSA_PKCS1_SHA2_256,
							  FALSE), !raw);
	ck_assert_int_eq(verifies(kek, &message, SIGN_RSA_EMSA_PKCS1_NULL, FALSE),
					 raw);
	gdoi_push_message_clear(&message);
	chunk_free(&datagram);
	rekey->destroy(rekey);
	kek->destroy(kek);
}
END_TEST

/* a policy that names no hash for RSA means SHA-256 */
START_TEST(test_default_hash)
{
	group_kek_t *kek = test_usual_kek(1), *silent;
	group_kek_data_t data = *kek->get(kek);
	chunk_t datagram = test_usual_push(kek, 5);
	gdoi_push_receiver_t *gm;

	data.sig_hash = HASH_UNKNOWN;
	silent = group_kek_create(&data);
	gm = test_receiver(silent, 4);
	test_accept(gm, datagram);
	gm->destroy(gm);
	silent->destroy(silent);
	kek->destroy(kek);
	chunk_free(&datagram);
}
END_TEST

/* source and destination of rekeys: unicast without a member's address, and
 * groups, of both families */
START_TEST(test_destinations)
{
	static const char *hosts[][2] = {
		{ "10.0.0.1", "0.0.0.0" }, { "10.0.0.1", "239.1.1.1" },
		{ "2001:db8::1", "::" }, { "2001:db8::1", "ff08::1:1" },
	};
	group_kek_t *usual = test_usual_kek(1), *kek;
	group_kek_data_t data = *usual->get(usual);
	group_rekey_t *rekey;

	data.src = host_create_from_string((char*)hosts[_i][0], 848);
	data.dst = host_create_from_string((char*)hosts[_i][1], 848);
	kek = group_kek_create(&data);
	ck_assert_int_eq(kek->get(kek)->multicast, _i % 2);
	rekey = test_rekey(5, 0x1000, kek);
	check_roundtrip(rekey, kek, TEST_RSA_2048, GDOI_SIG_DIGEST_INFO);
	rekey->destroy(rekey);
	kek->destroy(kek);
	usual->destroy(usual);
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
}
END_TEST

/* SEQ, D of ESP, AH and KEK, SA, KD, SIG; E is the only flag, the message ID
 * zero; the text that is signed does not count the padding */
START_TEST(test_layout)
{
	static const uint8_t types[] = { 18, 12, 12, 12, 1, 17, 9 };
	group_kek_t *kek = test_usual_kek(1);
	group_rekey_t *rekey = test_rekey(5, 0x1000, kek);
	group_delete_t ah = { .protocol = PROTO_AH }, esp = { .spi = 7,
						  .protocol = PROTO_ESP };
	gdoi_push_message_t message;
	const char *reason = "";
	chunk_t datagram, text;

	delete_kek(rekey, kek);
	ck_assert(rekey->add_delete(rekey, &ah));
	ck_assert(rekey->add_delete(rekey, &esp));
	/* twice, so that there is padding */
	ck_assert(rekey->add_delete(rekey, &esp));
	datagram = test_write(rekey, kek, TEST_RSA_2048);
	ck_assert(memeq(datagram.ptr, kek->get(kek)->spi, 16));
	ck_assert(memeq(datagram.ptr + 16, "\x12\x10\x21\x01\0\0\0\0", 8));
	ck_assert_uint_eq(untoh32(datagram.ptr + 24), datagram.len);
	ck_assert_msg(gdoi_push_message_open(datagram, kek, &message, &reason),
				  "%s", reason);
	ck_assert_uint_eq(message.chain.count, countof(types));
	for (u_int i = 0; i < countof(types); i++)
	{
		ck_assert_uint_eq(message.chain.payloads[i].type, types[i]);
	}
	/* protocol and SPI size of the deletes */
	for (u_int i = 0; i < 3; i++)
	{
		static const uint8_t heads[][2] = { { 1, 4 }, { 2, 4 }, { 0, 16 } };

		ck_assert(memeq(message.chain.payloads[1 + i].body.ptr + 4, heads[i],
						2));
	}
	ck_assert_uint_lt(message.chain.whole.len, message.plain.len);
	ck_assert(verifies(kek, &message, SIGN_RSA_EMSA_PKCS1_SHA2_256, FALSE));
	ck_assert(!verifies(kek, &message, SIGN_RSA_EMSA_PKCS1_SHA2_256, TRUE));
	text = gdoi_push_message_signed(&message, FALSE);
	ck_assert(memeq(text.ptr, "rekey", 5));
	ck_assert_uint_eq(untoh32(text.ptr + 5 + 24),
					  GDOI_HEADER_LEN + message.chain.whole.len);
	chunk_free(&text);
	gdoi_push_message_clear(&message);
	chunk_free(&datagram);
	kek->destroy(kek);
}
END_TEST

/* what can't be written */
START_TEST(test_write_refused)
{
	group_kek_t *kek = test_usual_kek(1), *other;
	group_rekey_t *rekey = group_rekey_create(1), *keyless;
	group_kek_data_t data = *kek->get(kek);
	group_policy_t *policy;
	chunk_t datagram;
	char *reason = NULL;

	ck_assert(!gdoi_push_write(rekey, kek, test_key(TEST_RSA_2048), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "neither deletes nor installs");
	rekey->destroy(rekey);
	rekey = test_rekey(1, 0x1000, NULL);
	ck_assert(!gdoi_push_write(rekey, kek, test_key(TEST_ECDSA_256), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "not of the kind");
	other = test_signed_kek(1, &test_ciphers[0], TEST_ECDSA_384, HASH_SHA256);
	ck_assert(!gdoi_push_write(rekey, other, test_key(TEST_ECDSA_256), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "could not be signed");
	other->destroy(other);
	data.key = chunk_empty;
	other = group_kek_create(&data);
	ck_assert(!gdoi_push_write(rekey, other, test_key(TEST_RSA_2048), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "has no keys");
	policy = group_policy_create();
	policy->set_kek(policy, other);
	keyless = group_rekey_create(1);
	keyless->set_policy(keyless, policy);
	ck_assert(!gdoi_push_write(keyless, kek, test_key(TEST_RSA_2048), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "has not all its keys");
	keyless->destroy(keyless);
	for (uint32_t i = 0; i < 600; i++)
	{
		policy = rekey->get_policy(rekey);
		policy->add_tek(policy, test_tek(0x2000 + i, "permit ip 10.0.0.0/8 "
										 "10.0.0.0/8", NULL));
	}
	ck_assert(!gdoi_push_write(rekey, kek, test_key(TEST_RSA_2048), 0,
							   &datagram, &reason));
	ck_assert_reason(reason, "does not fit into a datagram");
	rekey->destroy(rekey);
	kek->destroy(kek);
}
END_TEST

/* deletes fill a rekey up to its limit, and arrive */
START_TEST(test_many_deletes)
{
	group_kek_t *kek = test_usual_kek(1);
	group_rekey_t *rekey = group_rekey_create(5);
	group_delete_t delete = { .protocol = PROTO_ESP };

	for (uint32_t i = 0; i < GROUP_REKEY_DELETES; i++)
	{
		delete.spi = htonl(i + 1);
		ck_assert(rekey->add_delete(rekey, &delete));
	}
	ck_assert(!rekey->add_delete(rekey, &delete));
	ck_assert_uint_eq(rekey->get_delete_count(rekey), GROUP_REKEY_DELETES);
	check_roundtrip(rekey, kek, TEST_RSA_2048, GDOI_SIG_DIGEST_INFO);
	rekey->destroy(rekey);
	kek->destroy(kek);
}
END_TEST

/* REKEY-016: lower or equal is dropped, any larger one taken */
START_TEST(test_sequence)
{
	static const struct {
		uint32_t last;
		uint32_t seq;
		gdoi_push_status_t status;
	} cases[] = {
		{ 0, 0, GDOI_PUSH_SEQUENCE },
		{ 0, 1, GDOI_PUSH_NEW },
		{ 7, 6, GDOI_PUSH_SEQUENCE },
		{ 7, 7, GDOI_PUSH_SEQUENCE },
		{ 7, 8, GDOI_PUSH_NEW },
		{ 7, 1000000, GDOI_PUSH_NEW },
		{ 7, 0x80000008, GDOI_PUSH_NEW },
		{ 7, UINT32_MAX, GDOI_PUSH_NEW },
		{ UINT32_MAX - 1, UINT32_MAX, GDOI_PUSH_NEW },
		{ UINT32_MAX - 1, 0, GDOI_PUSH_SEQUENCE },
		{ UINT32_MAX, UINT32_MAX, GDOI_PUSH_SEQUENCE },
		{ UINT32_MAX, 0, GDOI_PUSH_SEQUENCE },
		{ UINT32_MAX, 1, GDOI_PUSH_SEQUENCE },
	};
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gm = test_receiver(kek, cases[_i].last);
	chunk_t datagram = test_usual_push(kek, cases[_i].seq);
	bool new = cases[_i].status == GDOI_PUSH_NEW;
	group_rekey_t *rekey;

	rekey = test_process(gm, datagram, cases[_i].status,
						 new ? NULL : "not above the last one");
	DESTROY_IF(rekey);
	gm->destroy(gm);
	chunk_free(&datagram);
	kek->destroy(kek);
}
END_TEST

/* the message accepted last is a duplicate, each other old one a replay; a
 * message is new until it is accepted */
START_TEST(test_replay)
{
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gm = test_receiver(kek, 0);
	chunk_t one = test_usual_push(kek, 1), two = test_usual_push(kek, 2);
	chunk_t other = test_usual_push(kek, 2);
	group_rekey_t *rekey;

	for (int i = 0; i < 3; i++)
	{
		rekey = test_process(gm, one, GDOI_PUSH_NEW, NULL);
		rekey->destroy(rekey);
	}
	test_accept(gm, one);
	test_process(gm, one, GDOI_PUSH_DUPLICATE, NULL);
	test_accept(gm, two);
	test_process(gm, two, GDOI_PUSH_DUPLICATE, NULL);
	test_process(gm, one, GDOI_PUSH_SEQUENCE, "not above");
	/* the same number, but not the same message */
	test_process(gm, other, GDOI_PUSH_SEQUENCE, "not above");
	test_process(gm, two, GDOI_PUSH_DUPLICATE, NULL);
	/* accept() never goes back */
	gm->accept(gm, one, 1);
	ck_assert_uint_eq(gm->get_sequence(gm), 2);
	test_process(gm, two, GDOI_PUSH_DUPLICATE, NULL);
	gm->destroy(gm);
	chunk_free(&one);
	chunk_free(&two);
	chunk_free(&other);
	kek->destroy(kek);
}
END_TEST

/**
 * A member with at most two KEKs, as far as receivers go.
 */
typedef struct {
	gdoi_push_receiver_t *gm;
	u_int dropped;
} member_t;

/**
 * Deliver a rekey to a member that switches to the KEK it brings, and drops
 * the old one.
 */
static void deliver(member_t *member, chunk_t datagram)
{
	gdoi_push_receiver_t *gm = member->gm, *next;
	gdoi_push_result_t result;
	group_policy_t *policy;

	if (gm->process(gm, datagram, &result) == GDOI_PUSH_NEW)
	{
		policy = result.rekey->get_policy(result.rekey);
		gm->accept(gm, datagram, result.seq);
		if (policy->get_kek(policy))
		{
			next = test_receiver(policy->get_kek(policy), 0);
			gm->destroy(gm);
			member->gm = next;
		}
	}
	else
	{
		member->dropped++;
	}
	gdoi_push_result_clear(&result);
}

/* REKEY-015: five retransmissions of a KEK rekey under the old KEK: who got #1
 * drops #2 to #6, who missed #1 takes #2 and drops #3 to #6 */
START_TEST(test_retransmissions)
{
	group_kek_t *old = test_usual_kek(1), *new = test_usual_kek(2);
	member_t first = { test_receiver(old, 10) };
	member_t missed = { test_receiver(old, 10) };
	chunk_t datagram;

	for (uint32_t i = 0; i < 6; i++)
	{
		datagram = test_write(test_rekey(11 + i, 0, new), old, TEST_RSA_2048);
		deliver(&first, datagram);
		if (i)
		{
			deliver(&missed, datagram);
		}
		chunk_free(&datagram);
	}
	ck_assert_uint_eq(first.dropped, 5);
	ck_assert_uint_eq(missed.dropped, 4);

	/* REKEY-017: the first rekey under the new KEK has the number 1, however
	 * far the old one had come */
	datagram = test_usual_push(new, 1);
	deliver(&first, datagram);
	deliver(&missed, datagram);
	chunk_free(&datagram);
	ck_assert_uint_eq(first.dropped, 5);
	ck_assert_uint_eq(missed.dropped, 4);
	ck_assert_uint_eq(first.gm->get_sequence(first.gm), 1);
	ck_assert_uint_eq(missed.gm->get_sequence(missed.gm), 1);
	/* and the next one 2 */
	datagram = test_usual_push(new, 2);
	test_accept(first.gm, datagram);
	chunk_free(&datagram);
	first.gm->destroy(first.gm);
	missed.gm->destroy(missed.gm);
	old->destroy(old);
	new->destroy(new);
}
END_TEST

/** what the network test sends, to whom, and how far messages are reordered */
#define NETWORK_REKEYS 60
#define NETWORK_MEMBERS 5
#define NETWORK_WINDOW 4

/**
 * Deliver a message over a network that loses, damages and repeats: what is
 * taken is what was sent, once, and in order.
 */
static void deliver_badly(gdoi_push_receiver_t *gm, chunk_t sent)
{
	chunk_t datagram = chunk_clone(sent);
	bool damaged = !test_random(5);
	gdoi_push_result_t result;

	if (damaged)
	{	/* but not the minor version, which is ignored */
		datagram.ptr[18 + test_random(datagram.len - 18)] ^=
											(uint8_t)(1u << test_random(8));
	}
	for (u_int i = test_random(10) ? test_random(3) : 0; i; i--)
	{
		if (gm->process(gm, datagram, &result) == GDOI_PUSH_NEW)
		{
			ck_assert(!damaged);
			ck_assert_uint_gt(result.seq, gm->get_sequence(gm));
			gm->accept(gm, datagram, result.seq);
		}
		gdoi_push_result_clear(&result);
	}
	chunk_free(&datagram);
}

/* loss, repetition, damage and another order do no harm; who gets the last
 * message is current */
START_TEST(test_network)
{
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gms[NETWORK_MEMBERS];
	chunk_t sent[NETWORK_REKEYS];

	for (u_int i = 0; i < countof(gms); i++)
	{
		gms[i] = test_receiver(kek, 0);
	}
	for (uint32_t seq = 0; seq < countof(sent); seq++)
	{
		sent[seq] = test_usual_push(kek, seq + 1);
		for (u_int i = 0; i < countof(gms); i++)
		{
			deliver_badly(gms[i], sent[seq - test_random(min(seq,
												NETWORK_WINDOW) + 1)]);
		}
	}
	for (u_int i = 0; i < countof(gms); i++)
	{
		gdoi_push_result_t result;
		gdoi_push_status_t status;

		status = gms[i]->process(gms[i], sent[countof(sent) - 1], &result);
		ck_assert(status == GDOI_PUSH_NEW || status == GDOI_PUSH_DUPLICATE);
		ck_assert_uint_eq(result.seq, NETWORK_REKEYS);
		gdoi_push_result_clear(&result);
		gms[i]->destroy(gms[i]);
	}
	for (u_int i = 0; i < countof(sent); i++)
	{
		chunk_free(&sent[i]);
	}
	kek->destroy(kek);
}
END_TEST

Suite *suite_push(void)
{
	Suite *suite = suite_create("push");
	TCase *tc;

	tc = tcase_create("pairs");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_matrix, 0, TEST_CIPHERS * TEST_SIGS);
	tcase_add_loop_test(tc, test_content, 0, REKEYS);
	tcase_add_test(tc, test_layout);
	tcase_add_loop_test(tc, test_forms, GDOI_SIG_DIGEST_INFO, GDOI_SIG_RAW + 1);
	tcase_add_test(tc, test_default_hash);
	tcase_add_loop_test(tc, test_destinations, 0, 4);
	tcase_add_test(tc, test_write_refused);
	tcase_add_test(tc, test_many_deletes);
	suite_add_tcase(suite, tc);

	tc = tcase_create("sequence");
	tcase_add_loop_test(tc, test_sequence, 0, 13);
	tcase_add_test(tc, test_replay);
	tcase_add_test(tc, test_retransmissions);
	tcase_add_test(tc, test_network);
	suite_add_tcase(suite, tc);
	return suite;
}
