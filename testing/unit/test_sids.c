/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"
#include "test_pair.h"

#include "exchanges/policy_codec.h"
#include "payloads/gdoi_attribute.h"
#include "payloads/gdoi_kd.h"

/**
 * A policy with an AES-GCM TEK, and without KEK.
 */
static group_policy_t *counter_policy()
{
	group_policy_t *policy = group_policy_create();
	group_ace_t ace = test_ace("permit ip 10.1.0.0/16 10.1.0.0/16");
	chunk_t key = test_random_chunk(36);
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = htonl(0x2000),
		.encr = ENCR_AES_GCM_ICV16,
		.encr_bits = 256,
		.integ = AUTH_UNDEFINED,
		.tunnel = TRUE,
		.lifetime = 3600,
		.preserve = GROUP_TEK_PRESERVE_BOTH,
		.encr_key = key,
		.acl = group_acl_create(),
	};

	data.acl->append(data.acl, &ace);
	policy->add_tek(policy, group_tek_create(&data));
	data.acl->destroy(data.acl);
	chunk_clear(&key);
	return policy;
}

/**
 * Fail unless a policy has these Sender IDs.
 */
static void check_sids(group_policy_t *policy, uint8_t bits,
					   const uint32_t *sids, u_int count)
{
	const uint32_t *got;
	u_int number;

	ck_assert_uint_eq(policy->get_sids(policy, &got, &number), bits);
	ck_assert_uint_eq(number, count);
	for (u_int i = 0; i < count; i++)
	{
		ck_assert_uint_eq(got[i], sids[i]);
	}
}

START_TEST(test_policy_sids)
{
	uint32_t sids[] = { 7, 8, 9 }, many[GROUP_POLICY_SIDS_MAX + 1] = {};
	group_policy_t *policy = test_policy(), *copy;
	const uint32_t *own;
	u_int count;

	ck_assert(!policy->needs_sids(policy));
	check_sids(policy, 0, NULL, 0);
	policy->set_sids(policy, 16, sids, countof(sids));
	copy = policy->clone(policy);
	policy->get_sids(policy, &own, &count);
	ck_assert(own != sids);
	policy->set_sids(policy, 12, own + 1, 2);
	check_sids(policy, 12, sids + 1, 2);
	check_sids(copy, 16, sids, 3);
	copy->set_sids(copy, 0, sids, 3);
	check_sids(copy, 0, NULL, 0);
	copy->set_sids(copy, 32, sids, 0);
	check_sids(copy, 0, NULL, 0);
	copy->set_sids(copy, 32, many, countof(many));
	check_sids(copy, 32, many, GROUP_POLICY_SIDS_MAX);
	copy->destroy(copy);
	policy->destroy(policy);
	policy = counter_policy();
	ck_assert(policy->needs_sids(policy));
	policy->destroy(policy);
}
END_TEST

/** what Sender IDs may be; values are 0, 1, ... with the last one given */
static const struct {
	uint32_t bits;
	u_int count;
	uint32_t last;
	const char *wrong;
} checks[] = {
	{ 8,	1,		0,			NULL },
	{ 8,	256,	255,		NULL },
	{ 12,	2,		0xfff,		NULL },
	{ 16,	2,		0xffff,		NULL },
	{ 32,	2,		0xffffffff,	NULL },
	{ 8,	0,		0,			"there is no Sender ID" },
	{ 16,	257,	256,		"too many" },
	{ 7,	1,		0,			"length" },
	{ 33,	1,		0,			"length" },
	{ 0,	1,		0,			"length" },
	{ 8,	2,		0x100,		"longer" },
	{ 12,	2,		0x1000,		"longer" },
	{ 31,	2,		0x80000000,	"longer" },
	{ 12,	3,		1,			"twice" },
};

START_TEST(test_check)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX + 1];
	const char *wrong = NULL;
	bool good;

	for (u_int i = 0; i < countof(sids); i++)
	{
		sids[i] = i;
	}
	if (checks[_i].count)
	{
		sids[checks[_i].count - 1] = checks[_i].last;
	}
	good = group_policy_check_sids(checks[_i].bits, sids, checks[_i].count,
								   &wrong);
	ck_assert(good == !checks[_i].wrong);
	ck_assert(good || strstr(wrong, checks[_i].wrong));
}
END_TEST

/* RFC 6407 section 5.6.4: the key server sets them when the member has proved
 * that it is there, message 4 brings them */
START_TEST(test_registration)
{
	uint32_t sids[] = { 0x0fff, 0, 17 };
	group_policy_t *policy;
	chunk_t m[5] = {};
	pair_t pair;

	pair_create(&pair, 3, FALSE);
	pair.policy->destroy(pair.policy);
	pair.policy = counter_policy();
	pair.sids = sids;
	pair.sid_count = countof(sids);
	pair.sid_bits = 12;
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	policy = pair.gm->get_policy(pair.gm);
	ck_assert(policy->needs_sids(policy));
	check_sids(policy, 0, NULL, 0);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	ck_assert_uint_eq(pair.sender_ids, 3);
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	policy = pair.gm->take_policy(pair.gm);
	check_sids(policy, 12, sids, countof(sids));
	ck_assert(policy->has_keys(policy));
	policy->destroy(policy);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* what is no set of Sender IDs isn't sent */
START_TEST(test_write_refused)
{
	uint32_t sids[] = { 1, 256 };
	group_policy_t *policy = counter_policy();
	char *reason = NULL;
	chunk_t body;

	policy->set_sids(policy, 8, sids, 2);
	ck_assert(!gdoi_policy_write_kd(policy, &body, &reason));
	ck_assert_reason(reason, "longer");
	policy->set_sids(policy, 40, sids, 2);
	ck_assert(!gdoi_policy_write_kd(policy, &body, &reason));
	ck_assert_reason(reason, "length");
	policy->destroy(policy);
}
END_TEST

/** attributes of SID packets, two for those that have a separator */
static const struct {
	const char *hex;
	const char *wrong;
	uint8_t bits;
	uint32_t first;
	u_int count;
} packets[] = {
	/* as we write it */
	{ "80010010 0002000400000007",			NULL,	16,	7, 1 },
	/* shorter values, the length as TLV, and behind the values */
	{ "80010008 0002000107",				NULL,	8,	7, 1 },
	{ "0001000400000010 000200020007",		NULL,	16,	7, 1 },
	{ "80020007 80020008 8001000c",			NULL,	12,	7, 2 },
	{ "80010020 00020004ffffffff",			NULL,	32,	0xffffffff, 1 },
	/* none, no length, bad lengths */
	{ "80010010",							"no Sender ID" },
	{ "0002000400000007",					"length" },
	{ "80010007 0002000107",				"length" },
	{ "80010021 0002000107",				"length" },
	{ "80010041 0002000107",				"number of bits" },
	{ "80010010 80010010 0002000107",		"number of bits" },
	/* bad values */
	{ "80010008 000200020100",				"longer" },
	{ "8001000c 000200021000",				"longer" },
	{ "80010010 00020000",					"empty" },
	{ "80010020 000200050000000007",		"more than 32 bits" },
	{ "80010010 80020007 80020007",			"twice" },
	{ "80010010 80020007 000200050000",		"within an attribute" },
	{ "80010010 80020007 80030007",			"unknown attribute" },
	/* a second packet, even of other values */
	{ "80010010 80020007 | 80010010 80020008",	"second packet" },
};

/**
 * Write a KD of the policy's TEK and of SID packets.
 */
static chunk_t make_kd(group_policy_t *policy, const char *hex)
{
	bio_writer_t *writer = bio_writer_create(0);
	gdoi_kd_packet_t packet = { .type = GDOI_KD_SID };
	char text[128], *next, *part, *out;
	chunk_t own, kd;

	ck_assert(gdoi_policy_write_kd(policy, &own, NULL));
	gdoi_kd_write_head(strchr(hex, '|') ? 3 : 2, writer);
	writer->write_data(writer, chunk_skip(own, 4));
	for (part = (char*)hex; part; part = next)
	{
		next = strchr(part, '|');
		out = text;
		for (; *part && part != next; part++)
		{
			if (*part != ' ')
			{
				*out++ = *part;
			}
		}
		*out = '\0';
		packet.attributes = test_hex(text);
		gdoi_kd_write(&packet, writer);
		chunk_free(&packet.attributes);
		next = next ? next + 1 : NULL;
	}
	kd = writer->extract_buf(writer);
	writer->destroy(writer);
	chunk_clear(&own);
	return kd;
}

START_TEST(test_packets)
{
	group_policy_t *policy = counter_policy(), *full;
	const uint32_t *sids;
	char *reason = NULL;
	u_int count;
	chunk_t kd;

	kd = make_kd(policy, packets[_i].hex);
	full = gdoi_policy_read_kd(policy, kd, &reason);
	if (packets[_i].wrong)
	{
		ck_assert(!full);
		ck_assert_reason(reason, packets[_i].wrong);
	}
	else
	{
		ck_assert_msg(full != NULL, "%s", reason ?: "");
		ck_assert_uint_eq(full->get_sids(full, &sids, &count),
						  packets[_i].bits);
		ck_assert_uint_eq(count, packets[_i].count);
		ck_assert_uint_eq(sids[0], packets[_i].first);
		full->destroy(full);
	}
	chunk_clear(&kd);
	policy->destroy(policy);
}
END_TEST

/* as many as one message may bring, and one more */
START_TEST(test_most)
{
	gdoi_kd_packet_t packet = { .type = GDOI_KD_SID };
	group_policy_t *policy = counter_policy(), *full;
	bio_writer_t *writer, *out;
	char *reason = NULL;
	chunk_t own, kd;

	for (u_int extra = 0; extra <= 1; extra++)
	{
		writer = bio_writer_create(0);
		gdoi_attribute_write_basic(writer, GDOI_KD_SID_BITS, 16);
		for (u_int i = 0; i < GROUP_POLICY_SIDS_MAX + extra; i++)
		{
			gdoi_attribute_write_u32(writer, GDOI_KD_SID_VALUE, i);
		}
		packet.attributes = writer->get_buf(writer);
		ck_assert(gdoi_policy_write_kd(policy, &own, NULL));
		out = bio_writer_create(0);
		gdoi_kd_write_head(2, out);
		out->write_data(out, chunk_skip(own, 4));
		gdoi_kd_write(&packet, out);
		kd = out->get_buf(out);
		full = gdoi_policy_read_kd(policy, kd, &reason);
		ck_assert(!full == (extra == 1));
		DESTROY_IF(full);
		out->destroy(out);
		writer->destroy(writer);
		chunk_clear(&own);
	}
	ck_assert_reason(reason, "too many");
	policy->destroy(policy);
}
END_TEST

/* what all members get must not bring them: not written, and if another key
 * server does, they are nobody's */
START_TEST(test_push)
{
	uint32_t sids[] = { 1, 2 };
	group_kek_t *kek = test_usual_kek(1);
	group_rekey_t *rekey = test_rekey(5, 0x1000, kek);
	group_policy_t *policy = counter_policy(), *full;
	char *reason = NULL;
	chunk_t datagram, kd;
	const uint32_t *got;
	u_int count;

	policy->set_sids(policy, 16, sids, 2);
	rekey->get_policy(rekey)->set_sids(rekey->get_policy(rekey), 16, sids, 2);
	ck_assert(!gdoi_push_write(rekey, kek, test_key(TEST_RSA_2048),
							   GDOI_SIG_DIGEST_INFO, &datagram, &reason));
	ck_assert_reason(reason, "Sender IDs");
	rekey->destroy(rekey);
	ck_assert(gdoi_policy_write_kd(policy, &kd, NULL));
	full = gdoi_policy_read_rekey(policy, kek, kd, &reason);
	ck_assert_msg(full != NULL, "%s", reason ?: "");
	ck_assert_uint_eq(full->get_sids(full, &got, &count), 0);
	full->destroy(full);
	policy->destroy(policy);
	chunk_clear(&kd);
	kek->destroy(kek);
}
END_TEST

Suite *suite_sids(void)
{
	Suite *s = suite_create("Sender IDs");
	TCase *tc = tcase_create("values");

	tcase_add_test(tc, test_policy_sids);
	tcase_add_loop_test(tc, test_check, 0, countof(checks));
	suite_add_tcase(s, tc);
	tc = tcase_create("messages");
	tcase_add_test(tc, test_registration);
	tcase_add_test(tc, test_write_refused);
	tcase_add_loop_test(tc, test_packets, 0, countof(packets));
	tcase_add_test(tc, test_most);
	tcase_add_test(tc, test_push);
	suite_add_tcase(s, tc);
	return s;
}
