/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "test_pair.h"

#include "exchanges/policy_codec.h"
#include "payloads/gdoi_chain.h"

/** what test_policy() was on the wire before there was any freshness: SA, SAK,
 *  delays in the GAP, two SATs */
#define HEAD "00000002" "00000000" "000f0000"
#define SAK "16000045" "11" "010350040a000001" "01035004ef010101" \
			"0102030405060708090a0b0c0d0e0f10" "00000000" "80020003" \
			"80030080" "00040004" "00015180" "80050003" "80060001" "80070800"
#define SAT_1 "0100040000080a000000ff000000040000080a000000ff000000" "0c" \
			  "00001000" "80040001" "80050005" "80010001" "80020e10" "80060100"
#define SAT_2 "0111040000080a010000ffff000001138c04ef020001" "0c" "00001000" \
			  "80040001" "80050005" "80010001" "80020e10" "80060100"
#define DELAYS "8001000a" "80020014"

/** the same with access lists */
#define ACL "00820030" "0101" "0002" \
			"01000000ffff0000ffff04080801" "0a000000" "0a000000" \
			"01110000ffff138c138c04102001" "0a010000" "ef020001"
#define SAT_ACL "0100040000080000000000000000040000080000000000000000" "0c" \
				"00001000" "80040001" "80050005" "80010001" "80020e10" \
				"80060100"
#define LIST "fd030001"

/** GAP attributes */
#define D3P "80800003" "00810004" "000003e8"
#define TIME "0083000c" "a1b2c3d4" "00000102" "000003e8"

/** SAT attributes */
#define COUNTER(window) "fd010001" "fd02" window
#define TIMED(window) "fd010002" "fd02" window
#define STAMPED "fd010003"
#define NO_METHOD "fd010004"

/**
 * Set method and window of a TEK.
 */
static group_tek_t *with_replay(group_tek_t *tek, group_replay_t replay,
								uint32_t window)
{
	group_tek_data_t data = *tek->get(tek);
	group_tek_t *changed;

	data.replay = replay;
	data.replay_window = window;
	changed = group_tek_create(&data);
	tek->destroy(tek);
	return changed;
}

/**
 * A TEK with a method.
 */
static group_tek_t *replay_tek(uint32_t spi, group_replay_t replay,
							   uint32_t window)
{
	return with_replay(test_tek(spi, "permit ip 10.0.0.0/8 10.0.0.0/8",
								"permit udp 10.0.0.0/8 192.0.2.0/24", NULL),
					   replay, window);
}

/**
 * The policy of test_policy(), with a method for its TEK.
 */
static group_policy_t *replay_policy(group_replay_t replay, uint32_t window)
{
	group_policy_t *old = test_policy(), *policy = group_policy_create();
	uint16_t atd, dtd;
	group_tek_t *tek;

	tek = old->find_tek(old, PROTO_ESP, htonl(0x1000));
	policy->set_kek(policy, old->get_kek(old)->get_ref(old->get_kek(old)));
	policy->add_tek(policy, with_replay(tek->get_ref(tek), replay, window));
	old->get_delays(old, &atd, &dtd);
	policy->set_delays(policy, atd, dtd);
	policy->set_sequence(policy, old->get_sequence(old));
	old->destroy(old);
	return policy;
}

/** pseudotime of all policies here */
static const group_pseudotime_t now = { 0xa1b2c3d4, 0x102, 1000 };

/* what is not used is not written, and what is used has its octets */
static const struct {
	/* section of the recorded octets, which other decoders read */
	const char *name;
	group_replay_t replay;
	uint32_t window;
	bool d3p;
	bool timed;
	bool lists;
	const char *hex;
} octets[] = {
	{ "none", GROUP_REPLAY_NONE, 0, FALSE, FALSE, FALSE,
	  HEAD SAK "1000000c" DELAYS "10000037" SAT_1 "00000033" SAT_2 },
	{ "lists", GROUP_REPLAY_NONE, 0, FALSE, FALSE, TRUE,
	  HEAD SAK "10000040" DELAYS ACL "0000003b" SAT_ACL LIST },
	/* D3P-004, D3P-005 */
	{ "d3p", GROUP_REPLAY_D3P, 1000, TRUE, FALSE, FALSE,
	  HEAD SAK "10000018" DELAYS D3P "1000003b" SAT_1 STAMPED
	  "00000037" SAT_2 STAMPED },
	/* attributes of GAP and SAT come in the order of their numbers */
	{ "d3p-lists", GROUP_REPLAY_D3P, 1000, TRUE, FALSE, TRUE,
	  HEAD SAK "1000004c" DELAYS D3P ACL "0000003f"
	  SAT_ACL STAMPED LIST },
	/* an SA from before D3P, that still is told */
	{ "d3p-old", GROUP_REPLAY_NONE, 0, TRUE, FALSE, FALSE,
	  HEAD SAK "10000018" DELAYS D3P "1000003b" SAT_1 NO_METHOD
	  "00000037" SAT_2 NO_METHOD },
	/* TBAR-003, TBAR-005 */
	{ "pseudotime", GROUP_REPLAY_TIME, 100000, FALSE, TRUE, FALSE,
	  HEAD SAK "1000001c" DELAYS TIME "1000003f" SAT_1 TIMED("0064")
	  "0000003b" SAT_2 TIMED("0064") },
	/* a clock that no SA uses yet */
	{ "pseudotime-idle", GROUP_REPLAY_NONE, 0, FALSE, TRUE, FALSE,
	  HEAD SAK "1000001c" DELAYS TIME "10000037" SAT_1 "00000033" SAT_2 },
	{ "counter", GROUP_REPLAY_COUNTER, 64, FALSE, FALSE, FALSE,
	  HEAD SAK "1000000c" DELAYS "1000003f" SAT_1 COUNTER("0040")
	  "0000003b" SAT_2 COUNTER("0040") },
};

START_TEST(test_octets_d3p_004_tbar_003)
{
	group_policy_t *policy = replay_policy(octets[_i].replay,
										   octets[_i].window), *again;
	chunk_t want = test_hex(octets[_i].hex), body;
	gdoi_notify_t notify;
	char *reason = NULL;
	chunk_t recorded = test_vector("freshness.txt", octets[_i].name, "sa");

	policy->set_acl_form(policy, octets[_i].lists ? GROUP_ACL_LISTS
												  : GROUP_ACL_STRICT);
	policy->set_d3p(policy, octets[_i].d3p ? D3P_POSIX_TIME_MSEC : 0, 1000);
	policy->set_pseudotime(policy, octets[_i].timed ? &now : NULL);
	ck_assert_msg(gdoi_policy_write_sa(policy, &body, &reason), "%s",
				  reason ?: "");
	ck_assert_chunk(body, want);
	ck_assert_chunk(body, recorded);
	chunk_free(&recorded);
	again = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
	ck_assert_msg(again != NULL, "%s", reason ?: "");
	ck_assert(test_policy_equals(policy, again));
	again->destroy(again);
	policy->destroy(policy);
	chunk_free(&body);
	chunk_free(&want);
}
END_TEST

/**
 * An SA payload with a GAP and one or two SATs of the SPIs 0x1000 and 0x1001
 * that have further attributes.
 */
static chunk_t make_sa(const char *gap, const char *first, const char *second)
{
	const char *more[] = { first, second };
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t base = test_hex(SAT_1), value, body;
	u_int count = second ? 2 : 1;

	writer->write_uint32(writer, GDOI_DOI);
	writer->write_uint32(writer, 0);
	writer->write_uint32(writer, GDOI_PLD_GAP << 16);
	value = test_hex(gap);
	gdoi_chain_write(writer, GDOI_PLD_SAT, value);
	chunk_free(&value);
	for (u_int i = 0; i < count; i++)
	{
		/* last octet of the SPI */
		base.ptr[30] = (uint8_t)i;
		value = test_hex(more[i]);
		body = chunk_cat("cm", base, value);
		gdoi_chain_write(writer, i + 1 < count ? GDOI_PLD_SAT : GDOI_PLD_NONE,
						 body);
		chunk_free(&body);
	}
	chunk_free(&base);
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	return body;
}

/* what a reader makes of attributes */
static const struct {
	const char *gap;
	const char *sats[2];
	/* part of the reason why it is refused, NULL if it is taken */
	const char *reason;
	/* method and window of each TEK */
	group_replay_t replay[2];
	uint32_t window[2];
} readings[] = {
	{ DELAYS, { "", "" }, NULL, { GROUP_REPLAY_NONE, GROUP_REPLAY_NONE } },
	/* D3P-006: for all SAs of the group, if none says otherwise */
	{ D3P, { "", "" }, NULL, { GROUP_REPLAY_D3P, GROUP_REPLAY_D3P },
	  { 1000, 1000 } },
	{ D3P, { STAMPED, STAMPED }, NULL,
	  { GROUP_REPLAY_D3P, GROUP_REPLAY_D3P }, { 1000, 1000 } },
	/* old and new SAs in one message */
	{ D3P, { NO_METHOD, STAMPED }, NULL,
	  { GROUP_REPLAY_NONE, GROUP_REPLAY_D3P }, { 0, 1000 } },
	{ D3P, { STAMPED, COUNTER("0020") }, NULL,
	  { GROUP_REPLAY_D3P, GROUP_REPLAY_COUNTER }, { 1000, 32 } },
	{ TIME, { TIMED("0001"), TIMED("0064") }, NULL,
	  { GROUP_REPLAY_TIME, GROUP_REPLAY_TIME }, { 1000, 100000 } },
	{ TIME, { COUNTER("0040"), TIMED("000a") }, NULL,
	  { GROUP_REPLAY_COUNTER, GROUP_REPLAY_TIME }, { 64, 10000 } },
	{ TIME, { NO_METHOD, TIMED("000a") }, NULL,
	  { GROUP_REPLAY_NONE, GROUP_REPLAY_TIME }, { 0, 10000 } },
	{ TIME, { "", "" }, NULL, { GROUP_REPLAY_NONE, GROUP_REPLAY_NONE } },
	{ DELAYS, { COUNTER("0001"), COUNTER("1000") }, NULL,
	  { GROUP_REPLAY_COUNTER, GROUP_REPLAY_COUNTER }, { 1, 4096 } },
	{ DELAYS, { NO_METHOD, NO_METHOD }, NULL },
	/* the other layout, and the bounds of windows and ticks */
	{ "80800001" "00810004" "00000001", { "", "" }, NULL,
	  { GROUP_REPLAY_D3P, GROUP_REPLAY_D3P }, { 1, 1 } },
	{ "80800003" "00810004" "000186a0", { "", "" }, NULL,
	  { GROUP_REPLAY_D3P, GROUP_REPLAY_D3P }, { 100000, 100000 } },
	{ "0083000c" "00000000" "00000000" "00000001", { "", "" }, NULL },
	{ "0083000c" "ffffffff" "ffffffff" "00002710", { "", "" }, NULL },
	/* forms that we don't write */
	{ "0080000103" "808103e8", { "7d01000103", STAMPED }, NULL,
	  { GROUP_REPLAY_D3P, GROUP_REPLAY_D3P }, { 1000, 1000 } },

	/* D3P: both or none, known, in range */
	{ "80800003", { "", "" }, "only one of" },
	{ "00810004" "000003e8", { "", "" }, "only one of" },
	{ "80800000" "00810004" "000003e8", { "", "" }, "D3P_TYPE 0" },
	{ "80800002" "00810004" "000003e8", { "", "" }, "D3P_TYPE 2" },
	{ "80800004" "00810004" "000003e8", { "", "" }, "D3P_TYPE 4" },
	{ "00800004" "00010003" "00810004" "000003e8", { "", "" },
	  "D3P_TYPE 65539" },
	{ "80800003" "00810004" "00000000", { "", "" }, "WINDOWSIZE of 0 ms" },
	{ "80800003" "00810004" "000186a1", { "", "" }, "of 100001 ms" },
	{ "80800003" "00810004" "ffffffff", { "", "" }, "of 4294967295 ms" },
	{ DELAYS, { STAMPED, NO_METHOD }, "SAT has D3P, but the GAP has not" },
	{ TIME, { STAMPED, NO_METHOD }, "SAT has D3P, but the GAP has not" },
	{ D3P, { STAMPED "fd0203e8", NO_METHOD }, "no method that takes one" },
	/* D3P-011 */
	{ D3P TIME, { "", "" }, "at once" },
	{ TIME D3P, { STAMPED, TIMED("000a") }, "at once" },
	/* pseudotime */
	{ DELAYS, { TIMED("000a"), NO_METHOD }, "there is no PSEUDOTIME" },
	{ D3P, { TIMED("000a"), STAMPED }, "there is no PSEUDOTIME" },
	{ TIME, { "fd010002", NO_METHOD }, "window of 0 s" },
	{ TIME, { TIMED("0065"), NO_METHOD }, "window of 101 s" },
	{ TIME, { "fd010002" "7d020004" "00010001", NO_METHOD },
	  "window of 65537 s" },
	{ "0083000c" "a1b2c3d4" "00000102" "00000000", { "", "" },
	  "ticks of 0 ms" },
	{ "0083000c" "a1b2c3d4" "00000102" "00002711", { "", "" },
	  "ticks of 10001 ms" },
	/* counter */
	{ DELAYS, { "fd010001", NO_METHOD }, "window of 0 packets" },
	{ DELAYS, { COUNTER("1001"), NO_METHOD }, "window of 4097 packets" },
	/* methods */
	{ DELAYS, { "fd010005", NO_METHOD }, "unknown REPLAY_METHOD 5" },
	{ D3P, { "fd01ffff", NO_METHOD }, "unknown REPLAY_METHOD 65535" },
	{ TIME, { "7d010004" "00010002" "fd02000a", NO_METHOD },
	  "no method that takes one" },
	{ DELAYS, { NO_METHOD "fd020001", NO_METHOD }, "no method that takes one" },
	{ DELAYS, { "fd020040", "" }, "no method that takes one" },
	{ D3P, { STAMPED, "" }, "others have none" },
	{ D3P, { "", NO_METHOD }, "others have none" },
	{ DELAYS, { "", COUNTER("0040") }, "others have none" },
};

START_TEST(test_reading_d3p_006_d3p_011)
{
	chunk_t body = make_sa(readings[_i].gap, readings[_i].sats[0],
						   readings[_i].sats[1]);
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason = NULL;
	group_tek_t *tek;

	policy = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
	ck_assert_msg(!policy == (readings[_i].reason != NULL), "%s",
				  reason ?: "was taken");
	if (policy)
	{
		for (uint32_t i = 0; i < 2; i++)
		{
			tek = policy->find_tek(policy, PROTO_ESP, htonl(0x1000 + i));
			ck_assert_int_eq(tek->get(tek)->replay, readings[_i].replay[i]);
			ck_assert_uint_eq(tek->get(tek)->replay_window,
							  readings[_i].window[i]);
		}
		policy->destroy(policy);
	}
	else
	{
		ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
		ck_assert_reason(reason, readings[_i].reason);
		ck_assert(!gdoi_policy_read_sa(body, GDOI_STRICT, &notify, NULL));
	}
	chunk_free(&body);
}
END_TEST

/* SATs of one SPI are one TEK, and so agree in this too */
START_TEST(test_one_tek)
{
	static const struct {
		const char *first;
		const char *second;
		bool good;
	} cases[] = {
		{ COUNTER("0040"), COUNTER("0040"), TRUE },
		{ COUNTER("0040"), COUNTER("0041"), FALSE },
		{ COUNTER("0040"), NO_METHOD, FALSE },
		{ STAMPED, NO_METHOD, FALSE },
		/* windows of the same number, in other units */
		{ COUNTER("03e8"), STAMPED, FALSE },
	};
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason;
	chunk_t body;

	for (u_int i = 0; i < countof(cases); i++)
	{
		reason = NULL;
		body = make_sa(D3P, cases[i].first, cases[i].second);
		/* the SPI of the second SAT, the last SAT's length is behind it */
		ck_assert_uint_eq(body.ptr[body.len - strlen(cases[i].second) / 2 -
								   21], 1);
		body.ptr[body.len - strlen(cases[i].second) / 2 - 21] = 0;
		policy = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
		ck_assert_int_eq(policy != NULL, cases[i].good);
		if (policy)
		{
			ck_assert_uint_eq(policy->get_tek_count(policy), 1);
			policy->destroy(policy);
		}
		else
		{
			ck_assert_reason(reason, "differ in more than their selectors");
		}
		chunk_free(&body);
	}
}
END_TEST

/* what can't be told isn't written */
static const struct {
	uint8_t type;
	uint32_t d3p;
	uint32_t tick_ms;
	group_replay_t replay;
	uint32_t window;
	const char *reason;
} writings[] = {
	{ 0, 0, 0, GROUP_REPLAY_D3P, 1000, "a TEK has D3P, but the policy" },
	{ 0, 0, 1000, GROUP_REPLAY_D3P, 1000, "a TEK has D3P, but the policy" },
	{ 3, 0, 0, GROUP_REPLAY_D3P, 1000, "of 0 ms" },
	{ 3, 100001, 0, GROUP_REPLAY_D3P, 1000, "of 100001 ms" },
	{ 2, 1000, 0, GROUP_REPLAY_D3P, 1000, "D3P_TYPE 2" },
	{ 3, 1000, 1000, GROUP_REPLAY_NONE, 0, "at once" },
	{ 0, 0, 0, GROUP_REPLAY_TIME, 10000, "no pseudotime" },
	{ 3, 1000, 0, GROUP_REPLAY_TIME, 10000, "no pseudotime" },
	{ 0, 0, 1000, GROUP_REPLAY_TIME, 0, "window of 0 s" },
	{ 0, 0, 1000, GROUP_REPLAY_TIME, 101000, "window of 101 s" },
	{ 0, 0, 1000, GROUP_REPLAY_TIME, 1500, "no whole seconds" },
	{ 0, 0, 10001, GROUP_REPLAY_TIME, 10000, "ticks of 10001 ms" },
	{ 0, 0, 0, GROUP_REPLAY_COUNTER, 0, "window of 0 packets" },
	{ 0, 0, 0, GROUP_REPLAY_COUNTER, 4097, "window of 4097 packets" },
};

START_TEST(test_writing_refused)
{
	group_policy_t *policy = replay_policy(writings[_i].replay,
										   writings[_i].window);
	group_pseudotime_t time = { 1, 2, writings[_i].tick_ms };
	char *reason = NULL;
	chunk_t body;

	policy->set_d3p(policy, writings[_i].type, writings[_i].d3p);
	policy->set_pseudotime(policy, time.tick_ms ? &time : NULL);
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, writings[_i].reason);
	ck_assert(!gdoi_policy_write_sa(policy, &body, NULL));
	policy->destroy(policy);
}
END_TEST

/**
 * Add TEKs with methods at random, to a policy with D3P, with pseudotime, or
 * with neither.
 */
static void add_random(group_policy_t *policy)
{
	static const uint8_t types[] = { D3P_POSIX_TIME, D3P_POSIX_TIME_MSEC };
	uint32_t window = 1 + test_random(D3P_WINDOW_MAX), method;
	u_int kind = test_random(3);
	group_pseudotime_t time = {
		test_random(UINT32_MAX), test_random(UINT32_MAX),
		1 + test_random(PSEUDOTIME_TICK_MAX),
	};

	if (kind == 1)
	{
		policy->set_d3p(policy, types[test_random(2)], window);
	}
	if (kind == 2)
	{
		policy->set_pseudotime(policy, &time);
	}
	for (uint32_t i = 0, count = test_random(5); i < count; i++)
	{
		method = test_random(kind ? 3 : 2);
		if (method == 0)
		{
			policy->add_tek(policy, replay_tek(0x3000 + i, GROUP_REPLAY_NONE,
											   0));
		}
		else if (method == 1)
		{
			policy->add_tek(policy, replay_tek(0x3000 + i, GROUP_REPLAY_COUNTER,
						1 + test_random(GROUP_REPLAY_PACKETS_MAX)));
		}
		else if (kind == 1)
		{
			policy->add_tek(policy, replay_tek(0x3000 + i, GROUP_REPLAY_D3P,
											   window));
		}
		else
		{
			policy->add_tek(policy, replay_tek(0x3000 + i, GROUP_REPLAY_TIME,
						1000 * (1 + test_random(PSEUDOTIME_WINDOW_MAX))));
		}
	}
}

/* D3P-004, TBAR-003: a registration, in both forms of access lists */
START_TEST(test_pull_d3p_004_tbar_003)
{
	group_policy_t *policy;
	chunk_t m[5] = {};
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	add_random(pair.policy);
	pair.policy->set_acl_form(pair.policy, _i % 2 ? GROUP_ACL_LISTS
												  : GROUP_ACL_STRICT);
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	policy = pair.gm->take_policy(pair.gm);
	ck_assert(policy && policy->has_keys(policy));
	ck_assert(test_policy_equals(policy, pair.policy));
	policy->destroy(policy);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* D3P-004, TBAR-004: a rekey */
START_TEST(test_push_d3p_004_tbar_004)
{
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	group_rekey_t *rekey = test_rekey(5, 0x1000, _i % 2 ? kek : NULL), *got;
	char *reason = NULL;
	chunk_t datagram;

	add_random(rekey->get_policy(rekey));
	ck_assert_msg(gdoi_push_write(rekey, kek, test_key(TEST_RSA_2048),
								  GDOI_SIG_DIGEST_INFO, &datagram, &reason),
				  "%s", reason ?: "");
	got = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);
	ck_assert(test_policy_equals(got->get_policy(got),
								 rekey->get_policy(rekey)));
	got->destroy(got);
	rekey->destroy(rekey);
	gm->destroy(gm);
	kek->destroy(kek);
	chunk_free(&datagram);
}
END_TEST

/* TBAR-004: a rekey that only tells the time has the KEK and no TEK */
START_TEST(test_sync_tbar_004)
{
	group_kek_t *kek = test_usual_kek(1);
	gdoi_push_receiver_t *gm = test_receiver(kek, 4);
	group_rekey_t *rekey = test_rekey(5, 0, kek), *got;
	group_policy_t *policy = rekey->get_policy(rekey);
	group_pseudotime_t time;
	chunk_t datagram;

	policy->set_pseudotime(policy, &now);
	datagram = test_write(rekey, kek, TEST_RSA_2048);
	got = test_process(gm, datagram, GDOI_PUSH_NEW, NULL);
	policy = got->get_policy(got);
	ck_assert_uint_eq(policy->get_tek_count(policy), 0);
	ck_assert(policy->get_pseudotime(policy, &time));
	ck_assert(memeq(&time, &now, sizeof(now)));
	got->destroy(got);
	gm->destroy(gm);
	kek->destroy(kek);
	chunk_free(&datagram);
}
END_TEST

/* accessors: none at first, set, replaced, taken away; copies are copies */
START_TEST(test_accessors)
{
	group_policy_t *policy = test_policy(), *copy, *other = test_policy();
	group_pseudotime_t time;
	uint32_t window = 7;
	uint8_t type = 7;

	ck_assert(!policy->get_d3p(policy, &type, &window));
	ck_assert(!policy->get_pseudotime(policy, &time));
	ck_assert(type == 7 && window == 7);
	policy->set_d3p(policy, D3P_POSIX_TIME, 500);
	policy->set_pseudotime(policy, &now);
	copy = policy->clone(policy);
	ck_assert(test_policy_equals(policy, copy));
	group_policy_copy_freshness(policy, other);
	ck_assert(other->get_d3p(other, &type, &window));
	ck_assert(type == D3P_POSIX_TIME && window == 500);
	policy->set_d3p(policy, 0, 0);
	policy->set_pseudotime(policy, NULL);
	ck_assert(!policy->get_d3p(policy, &type, &window));
	ck_assert(!policy->get_pseudotime(policy, &time));
	ck_assert(copy->get_d3p(copy, &type, &window));
	ck_assert(copy->get_pseudotime(copy, &time));
	ck_assert(memeq(&time, &now, sizeof(now)));
	group_policy_copy_freshness(policy, other);
	ck_assert(!other->get_d3p(other, &type, &window));
	ck_assert(!other->get_pseudotime(other, &time));
	other->destroy(other);
	copy->destroy(copy);
	policy->destroy(policy);
}
END_TEST

Suite *suite_freshness(void)
{
	Suite *s = suite_create("freshness on the wire");
	TCase *tc;

	tc = tcase_create("policy");
	tcase_add_test(tc, test_accessors);
	tcase_add_loop_test(tc, test_octets_d3p_004_tbar_003, 0, countof(octets));
	tcase_add_loop_test(tc, test_reading_d3p_006_d3p_011, 0,
						countof(readings));
	tcase_add_test(tc, test_one_tek);
	tcase_add_loop_test(tc, test_writing_refused, 0, countof(writings));
	suite_add_tcase(s, tc);

	tc = tcase_create("messages");
	tcase_add_loop_test(tc, test_pull_d3p_004_tbar_003, 0, 100);
	tcase_add_loop_test(tc, test_push_d3p_004_tbar_004, 0, 100);
	tcase_add_test(tc, test_sync_tbar_004);
	suite_add_tcase(s, tc);
	return s;
}
