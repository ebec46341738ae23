/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"

#include "exchanges/algorithm_map.h"
#include "exchanges/policy_codec.h"
#include "payloads/gdoi_kd.h"
#include "payloads/gdoi_sa.h"

/**
 * Write and read a policy, with its keys.
 */
static group_policy_t *round_trip(group_policy_t *policy)
{
	group_policy_t *sa, *full;
	gdoi_notify_t notify;
	char *reason = NULL;
	chunk_t body;

	ck_assert_msg(gdoi_policy_write_sa(policy, &body, &reason), "%s",
				  reason ?: "");
	sa = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
	ck_assert_msg(sa != NULL, "%s", reason ?: "");
	ck_assert(!sa->has_keys(sa));
	chunk_free(&body);
	ck_assert_msg(gdoi_policy_write_kd(policy, &body, &reason), "%s",
				  reason ?: "");
	full = gdoi_policy_read_kd(sa, body, &reason);
	ck_assert_msg(full != NULL, "%s", reason ?: "");
	ck_assert(full->has_keys(full));
	sa->destroy(sa);
	chunk_clear(&body);
	return full;
}

START_TEST(test_round_trip)
{
	group_policy_t *policy = test_policy(), *again;

	again = round_trip(policy);
	ck_assert(test_policy_equals(policy, again));
	again->destroy(again);
	policy->set_kek(policy, NULL);
	again = round_trip(policy);
	ck_assert(test_policy_equals(policy, again));
	again->destroy(again);
	policy->destroy(policy);
}
END_TEST

/** ciphers with integrity that a TEK may have */
static const struct {
	encryption_algorithm_t encr;
	uint16_t bits;
	integrity_algorithm_t integ;
} suites[] = {
	{ ENCR_AES_CBC,				128,	AUTH_HMAC_SHA2_256_128	},
	{ ENCR_AES_CBC,				192,	AUTH_HMAC_SHA1_96		},
	{ ENCR_AES_CBC,				256,	AUTH_HMAC_SHA2_512_256	},
	{ ENCR_3DES,				0,		AUTH_HMAC_SHA2_384_192	},
	{ ENCR_DES,					0,		AUTH_HMAC_MD5_96		},
	{ ENCR_NULL,				0,		AUTH_HMAC_SHA2_256_128	},
	{ ENCR_AES_CTR,				128,	AUTH_HMAC_SHA2_256_128	},
	{ ENCR_AES_GCM_ICV16,		256,	AUTH_UNDEFINED			},
	{ ENCR_AES_GCM_ICV8,		128,	AUTH_UNDEFINED			},
	{ ENCR_AES_CCM_ICV12,		192,	AUTH_UNDEFINED			},
	{ ENCR_NULL_AUTH_AES_GMAC,	128,	AUTH_UNDEFINED			},
};

/**
 * A random list of permit lines.
 */
static group_acl_t *random_acl(void)
{
	static const char *lines[] = {
		"permit ip 10.0.0.0/8 10.0.0.0/8",
		"permit ip host 10.0.0.1 host 239.1.1.1",
		"permit udp 10.0.0.0/9 port 123 0.0.0.0/0 port 123",
		"permit ip 0.0.0.0/0 0.0.0.0/0",
		"permit ip ::/0 ::/0",
		"permit tcp 2001:db8::/32 host 2001:db8::1 port 443",
		"permit icmp any 10.64.0.0/10",
		"permit ip 2001:db8::/33 ff3e::/16",
	};
	group_acl_t *acl = group_acl_create();
	group_ace_t ace;

	for (u_int n = 1 + test_random(6); n; n--)
	{
		ace = test_ace(lines[test_random(countof(lines))]);
		acl->append(acl, &ace);
	}
	return acl;
}

/**
 * A random TEK with keys.
 */
static group_tek_t *random_tek(uint32_t spi)
{
	u_int n = test_random(countof(suites));
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
		.encr = suites[n].encr,
		.encr_bits = suites[n].bits,
		.integ = suites[n].integ,
		.tunnel = test_random(2),
		.lifetime = 1 + test_random(test_random(2) ? 0xffff : 0x7fffffff),
		.direction = test_random(3),
		.preserve = test_random(4),
		.acl = random_acl(),
	};
	group_tek_t *tek;

	if (!test_random(4))
	{
		data.protocol = PROTO_AH;
		data.encr = ENCR_UNDEFINED;
		data.encr_bits = 0;
		data.integ = AUTH_HMAC_SHA2_256_128;
	}
	data.encr_key = test_random_chunk(group_tek_encr_key_len(data.encr,
															 data.encr_bits));
	data.integ_key = test_random_chunk(group_tek_integ_key_len(data.integ));
	tek = group_tek_create(&data);
	data.acl->destroy(data.acl);
	chunk_free(&data.encr_key);
	chunk_free(&data.integ_key);
	return tek;
}

/**
 * A random KEK with keys.
 */
static group_kek_t *random_kek(void)
{
	static const group_sig_t sigs[] = {
		GROUP_SIG_RSA, GROUP_SIG_ECDSA_256, GROUP_SIG_ECDSA_384,
		GROUP_SIG_ECDSA_521,
	};
	group_kek_t *base = test_kek((uint8_t)test_random(256)), *kek;
	group_kek_data_t data = *base->get(base);
	host_t *dst = host_create_from_string(test_random(2) ? "10.0.0.9"
														 : "2001:db8::9", 4500);

	data.dst = dst;
	data.sig = sigs[test_random(countof(sigs))];
	data.sig_hash = gdoi_map_implied_hash(data.sig);
	if (data.sig_hash == HASH_UNKNOWN)
	{
		data.sig_hash = HASH_SHA512;
	}
	data.ack = test_random(5);
	data.lifetime = test_random(100000);
	kek = group_kek_create(&data);
	dst->destroy(dst);
	base->destroy(base);
	return kek;
}

START_TEST(test_round_trip_random)
{
	group_policy_t *policy, *again;
	uint16_t atd;

	for (int i = 0; i < 300; i++)
	{
		policy = group_policy_create();
		if (test_random(2))
		{
			policy->set_kek(policy, random_kek());
		}
		for (u_int n = 1 + test_random(5); n; n--)
		{
			policy->add_tek(policy, random_tek(n * 1000 + test_random(1000)));
		}
		atd = (uint16_t)test_random(1000);
		policy->set_delays(policy, atd, test_random(2) ? atd + 1 : 0);
		again = round_trip(policy);
		ck_assert(test_policy_equals(policy, again));
		again->destroy(again);
		policy->destroy(policy);
	}
}
END_TEST

/* "any any" goes as one SAT per family */
START_TEST(test_any)
{
	group_policy_t *policy = group_policy_create(), *again;
	group_tek_t *tek;

	policy->add_tek(policy, test_tek(0x2000, "permit udp any any port 5000",
									 NULL));
	again = round_trip(policy);
	tek = again->find_tek(again, PROTO_ESP, htonl(0x2000));
	ck_assert(tek != NULL);
	ck_assert_uint_eq(tek->get(tek)->acl->get_count(tek->get(tek)->acl), 2);
	policy->destroy(policy);
	again->destroy(again);
}
END_TEST

/* what a SAT can't say is not sent */
START_TEST(test_not_expressible)
{
	static const char *lines[] = {
		"deny ip 10.0.0.0/8 10.0.0.0/8", NULL,
	};
	group_policy_t *policy = group_policy_create();
	char *reason = NULL;
	chunk_t body;

	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "empty");
	ck_assert(!gdoi_policy_write_kd(policy, &body, &reason));
	ck_assert_reason(reason, "no keys");
	policy->add_tek(policy, test_tek(0x2000, lines[_i], NULL));
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, lines[_i] ? "denies" : "no lines");
	policy->destroy(policy);
}
END_TEST

START_TEST(test_too_many_lines)
{
	group_policy_t *policy = group_policy_create();
	group_tek_t *tek = test_tek(0x2000, "permit ip 10.0.0.0/8 any", NULL);
	group_acl_t *acl = tek->get(tek)->acl;
	group_ace_t ace = test_ace("permit ip 10.0.0.0/8 any");
	char *reason = NULL;
	chunk_t body;

	for (int i = 1; i < GDOI_SAT_MAX; i++)
	{
		acl->append(acl, &ace);
	}
	policy->add_tek(policy, tek);
	ck_assert(gdoi_policy_write_sa(policy, &body, &reason));
	chunk_free(&body);
	acl->append(acl, &ace);
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "more than 1024 lines");
	policy->destroy(policy);
}
END_TEST

/** SAT of ESP with everything but its attributes */
#define SAT_HEAD "01" "00" "01000004" "0a000001" "01000004" "0a000002" "0c"
#define SPI "00001000"
#define ATTR "80040001" "80050005" "80060080"

/* SATs that parse, and make no sense */
static const struct {
	const char *sats[2];
	const char *reason;
} refused[] = {
	{ { SAT_HEAD "00000000" ATTR }, "SPI zero" },
	{ { SAT_HEAD SPI "80050005" "80060080" }, "neither tunnel nor" },
	{ { SAT_HEAD SPI "80040003" "80050005" "80060080" }, "neither tunnel" },
	{ { SAT_HEAD SPI "80040001" "80060080" }, "no integrity" },
	{ { SAT_HEAD SPI "80040001" "80050003" "80060080" },
	  "Authentication Algorithm 3" },
	{ { SAT_HEAD SPI "80040001" "80050005" }, "no valid Key Length" },
	{ { SAT_HEAD SPI "80040001" "80050005" "80060081" }, "Key Length" },
	{ { SAT_HEAD SPI "80040001" "80050005" "0006000400010080" },
	  "no valid Key Length" },
	{ { SAT_HEAD SPI ATTR "800e0000" }, "Address Preservation 0" },
	{ { SAT_HEAD SPI ATTR "800e0005" }, "Address Preservation 5" },
	{ { SAT_HEAD SPI ATTR "800f0000" }, "SA Direction 0" },
	{ { SAT_HEAD SPI ATTR "800f0004" }, "SA Direction 4" },
	{ { SAT_HEAD SPI ATTR "80010002" "80020064" }, "kilobytes" },
	{ { SAT_HEAD SPI ATTR, SAT_HEAD SPI ATTR "800f0002" }, "two SATs" },
	/* integrity twice: GCM with HMAC */
	{ { "0100010000040a000001010000040a00000214" SPI ATTR }, "twice" },
	/* unknown transform */
	{ { "0100010000040a000001010000040a00000263" SPI ATTR }, "transform 99" },
	{ { "0200010000040a000001010000040a00000263" SPI ATTR }, "transform 99" },
	{ { "0200010000040a000001010000040a00000205" SPI "80040001" "80050002" },
	  "not its transform's" },
	/* identifications: range, FQDN, wrong length, mask with holes, families */
	{ { "0100070000080a0000010a000009010000040a0000020c" SPI ATTR },
	  "source of type 7" },
	{ { "0100010000040a000001020000040a0000020c" SPI ATTR },
	  "destination of type 2" },
	{ { "0100010000050a00000100010000040a0000020c" SPI ATTR }, "source" },
	{ { "0100040000080a000000ff00ff00010000040a0000020c" SPI ATTR },
	  "source" },
	{ { "010001000003000001010000040a0000020c" SPI ATTR }, "source" },
	{ { "0100010000040a00000105000010" "20010db8000000000000000000000001" "0c"
		SPI ATTR }, "families" },
};

/**
 * SA payload of SATs.
 */
static chunk_t make_sa(const char *const *sats, u_int count)
{
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t body;

	writer->write_uint32(writer, GDOI_DOI);
	writer->write_uint32(writer, 0);
	writer->write_uint32(writer, GDOI_PLD_SAT << 16);
	for (u_int i = 0; i < count && sats[i]; i++)
	{
		body = test_hex(sats[i]);
		writer->write_uint16(writer, i + 1 < count && sats[i + 1]
							 ? GDOI_PLD_SAT << 8 : 0);
		writer->write_uint16(writer, (uint16_t)(4 + body.len));
		writer->write_data(writer, body);
		chunk_free(&body);
	}
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	return body;
}

START_TEST(test_refused)
{
	chunk_t body = make_sa(refused[_i].sats, 2);
	gdoi_notify_t notify = GDOI_NOTIFY_NONE;
	char *reason = NULL;

	ck_assert(!gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason));
	ck_assert_reason(reason, refused[_i].reason);
	ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
	chunk_free(&body);
}
END_TEST

/* defaults, and three octets of zero as any source */
START_TEST(test_defaults)
{
	const char *sats[] = {
		SAT_HEAD SPI ATTR,
		"01" "11" "00000003" "000000" "04000008" "efffff01ff000000" "0c" SPI
		ATTR,
	};
	chunk_t body = make_sa(sats, 2);
	const group_tek_data_t *data;
	char buf[GROUP_ACE_TEXT_LEN];
	enumerator_t *enumerator;
	group_policy_t *policy;
	gdoi_notify_t notify;
	group_ace_t *ace;
	group_tek_t *tek;

	policy = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, NULL);
	ck_assert(policy != NULL);
	ck_assert_uint_eq(policy->get_tek_count(policy), 1);
	tek = policy->find_tek(policy, PROTO_ESP, htonl(0x1000));
	data = tek->get(tek);
	ck_assert_uint_eq(data->lifetime, 28800);
	ck_assert_int_eq(data->preserve, GROUP_TEK_PRESERVE_BOTH);
	ck_assert_int_eq(data->direction, GROUP_TEK_BOTH);
	ck_assert_uint_eq(data->acl->get_count(data->acl), 2);
	enumerator = data->acl->create_enumerator(data->acl);
	ck_assert(enumerator->enumerate(enumerator, &ace));
	ck_assert_str_eq(group_ace_print(ace, buf, sizeof(buf)),
					 "permit ip host 10.0.0.1 host 10.0.0.2");
	ck_assert(enumerator->enumerate(enumerator, &ace));
	/* bits behind a mask count for nothing */
	ck_assert_str_eq(group_ace_print(ace, buf, sizeof(buf)),
					 "permit udp any 239.0.0.0/8");
	enumerator->destroy(enumerator);
	policy->destroy(policy);
	chunk_free(&body);
}
END_TEST

/** what is wrong with a KD */
enum {
	KD_MISSING_TEK, KD_FOREIGN_TEK, KD_TWICE, KD_SHORT_KEY, KD_NO_KEK,
	KD_FOREIGN_KEK, KD_NO_SIG, KD_LKH, KD_UNASKED_KEK, KD_CASES,
};

/**
 * Write a KD of the given packets.
 */
static chunk_t make_kd(const gdoi_kd_packet_t *packets, u_int count)
{
	bio_writer_t *writer = bio_writer_create(0);
	chunk_t body;

	gdoi_kd_write_head((uint16_t)count, writer);
	for (u_int i = 0; i < count; i++)
	{
		gdoi_kd_write(&packets[i], writer);
	}
	body = writer->extract_buf(writer);
	writer->destroy(writer);
	return body;
}

START_TEST(test_kd_mismatch)
{
	static const char *reasons[] = {
		"no keys for the TEK 00001000", "00001001 that the SA has not",
		"00001000 twice", "algorithms don't take", "no keys for the KEK",
		"KEK that the SA has not", "no public key", "LKH",
		"KEK that the SA has not",
	};
	group_policy_t *policy = test_policy();
	group_kek_t *kek = policy->get_kek(policy);
	group_tek_t *tek = policy->find_tek(policy, PROTO_ESP, htonl(0x1000));
	uint32_t other = htonl(0x1001);
	chunk_t both = chunk_cat("cc", kek->get(kek)->iv, kek->get(kek)->key);
	gdoi_kd_packet_t packets[] = {
		{
			.type = GDOI_KD_KEK,
			.spi = chunk_from_thing(kek->get(kek)->spi),
			.key = both,
			.sig_key = kek->get(kek)->sig_key,
		}, {
			.type = GDOI_KD_TEK,
			.spi = chunk_from_thing(tek->get(tek)->spi),
			.key = tek->get(tek)->encr_key,
			.integ_key = tek->get(tek)->integ_key,
		},
	}, out[3] = { packets[0], packets[1], packets[1] };
	u_int count = 2, first = 0;
	group_policy_t *full;
	char *reason = NULL;
	chunk_t body;

	switch (_i)
	{
		case KD_MISSING_TEK:
			count = 1;
			break;
		case KD_FOREIGN_TEK:
			out[1].spi = chunk_from_thing(other);
			break;
		case KD_TWICE:
			count = 3;
			break;
		case KD_SHORT_KEY:
			out[1].key.len--;
			break;
		case KD_NO_KEK:
			first = 1;
			count = 1;
			break;
		case KD_FOREIGN_KEK:
			out[0].spi = chunk_create(both.ptr, 16);
			break;
		case KD_NO_SIG:
			out[0].sig_key = chunk_empty;
			break;
		case KD_LKH:
			out[2] = (gdoi_kd_packet_t){ .type = GDOI_KD_LKH,
				.spi = packets[0].spi };
			count = 3;
			break;
		case KD_UNASKED_KEK:
			policy->set_kek(policy, NULL);
			out[0].spi = chunk_create(both.ptr, 16);
			out[0].sig_key = chunk_create(both.ptr, 8);
			break;
		default:
			break;
	}
	body = make_kd(out + first, count);
	full = gdoi_policy_read_kd(policy, body, &reason);
	if (_i < KD_CASES)
	{
		ck_assert(!full);
		ck_assert_reason(reason, reasons[_i]);
	}
	else
	{
		ck_assert(full && test_policy_equals(policy, full));
		full->destroy(full);
	}
	chunk_free(&body);
	chunk_clear(&both);
	policy->destroy(policy);
}
END_TEST

/** SAKs that parse, and make no sense */
START_TEST(test_kek_refused)
{
	static const struct {
		const char *from;
		const char *to;
		const char *reason;
	} cases[] = {
		/* replaced within 0350 040a000001 ... 80020003 80030080 ... */
		{ "80020003", "80020004", "KEK_ALGORITHM" },
		{ "80020003", "", "KEK_ALGORITHM" },
		{ "80030080", "80030081", "KEK_KEY_LENGTH" },
		{ "80030080", "", "KEK_KEY_LENGTH" },
		{ "80060001", "80060003", "SIG_ALGORITHM" },
		{ "80060001", "80060007", "SIG_ALGORITHM" },
		{ "80060001", "", "SIG_ALGORITHM" },
		{ "80050003", "80050006", "SIG_HASH" },
		{ "80060001", "80060006", "SIG_HASH" },
		{ "80070800", "80070800" "80090000", "acknowledgement 0" },
		{ "80070800", "80070800" "80090005", "acknowledgement 5" },
		{ "0004000400015180", "80040000", "lifetime of zero" },
		{ "110103", "060103", "IP protocol 6" },
		{ "040a000001", "030a0001", "no address" },
	};
	static const char sak[] = "1101035004" "0a000001" "01035004ef010101"
		"000102030405060708090a0b0c0d0e0f" "00000000" "80020003" "80030080"
		"0004000400015180" "80050003" "80060001" "80070800";
	char hex[512], *at;
	gdoi_notify_t notify;
	char *reason = NULL;
	size_t before;
	chunk_t body;

	at = strstr(sak, cases[_i].from);
	ck_assert(at != NULL);
	before = (size_t)(at - sak);
	snprintf(hex, sizeof(hex), "0000000200000000000f00000000%.4zx%.*s%s%s",
			 4 + (strlen(sak) - strlen(cases[_i].from) +
				  strlen(cases[_i].to)) / 2,
			 (int)before, sak, cases[_i].to, at + strlen(cases[_i].from));
	body = test_hex(hex);
	ck_assert(!gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason));
	ck_assert_reason(reason, cases[_i].reason);
	chunk_free(&body);
}
END_TEST

/* delays: DTD must exceed ATD, Sender IDs are not for key servers to ask */
START_TEST(test_delays)
{
	static const struct {
		const char *gap;
		const char *reason;
	} cases[] = {
		{ "8001000a" "8002000a", "does not exceed" },
		{ "80020000", "does not exceed" },
		{ "80030001", "Sender IDs" },
		{ "8001000a" "8002000b", NULL },
	};
	char hex[512];
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason = NULL;
	chunk_t body;

	snprintf(hex, sizeof(hex), "00000002000000000016000010" "00%.4zx%s"
			 "0000%.4zx%s", 4 + strlen(cases[_i].gap) / 2, cases[_i].gap,
			 4 + strlen(SAT_HEAD SPI ATTR) / 2, SAT_HEAD SPI ATTR);
	body = test_hex(hex);
	policy = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
	if (cases[_i].reason)
	{
		ck_assert(!policy);
		ck_assert_reason(reason, cases[_i].reason);
	}
	else
	{
		ck_assert(policy != NULL);
		policy->destroy(policy);
	}
	chunk_free(&body);
}
END_TEST

Suite *suite_policy(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc;

	tc = tcase_create("write");
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_round_trip_random);
	tcase_add_test(tc, test_any);
	tcase_add_loop_test(tc, test_not_expressible, 0, 2);
	tcase_add_test(tc, test_too_many_lines);
	suite_add_tcase(suite, tc);

	tc = tcase_create("read");
	tcase_add_loop_test(tc, test_refused, 0, countof(refused));
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_kd_mismatch, 0, KD_CASES + 1);
	tcase_add_loop_test(tc, test_kek_refused, 0, 14);
	tcase_add_loop_test(tc, test_delays, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
