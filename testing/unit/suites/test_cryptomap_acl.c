/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Lists as the programs get them, and the sizes of encapsulation.
 */

#include "cryptomap_suites.h"

#include <cm_acl.h>

/** list under test; too big for a stack */
static struct cm_acl acl;

/**
 * Read a line.
 */
static crypto_map_line_t line(const char *text, u_int sa)
{
	crypto_map_line_t res = { .sa = sa };
	char *reason = NULL;

	ck_assert_msg(group_ace_parse(text, &res.ace, &reason), "%s", reason);
	return res;
}

/* ACL-002, ACL-010: permit and deny lines with their masks */
START_TEST(test_rule4)
{
	crypto_map_line_t lines[] = {
		line("deny tcp host 10.0.0.1 10.2.128.0/17 port 22", 3),
		line("permit ip 10.0.0.0/8 any", 5),
	};
	struct cm_rule4 *rule = acl.rules4;

	ck_assert(cm_acl_compile(lines, 2, &acl));
	ck_assert_uint_eq(acl.count4, 2);
	ck_assert_uint_eq(acl.count6, 0);
	ck_assert_uint_eq(acl.flags, CM_ACL_PORTS);
	ck_assert_uint_eq(rule->src, htonl(0x0a000001));
	ck_assert_uint_eq(rule->smask, 0xffffffff);
	ck_assert_uint_eq(rule->dst, htonl(0x0a028000));
	ck_assert_uint_eq(rule->dmask, htonl(0xffff8000));
	ck_assert_uint_eq(rule->protocol, 6);
	ck_assert_uint_eq(rule->verdict, CM_CLEAR);
	ck_assert_uint_eq(rule->flags, CM_RULE_PORTS);
	ck_assert_uint_eq(rule->sport_lo, 0);
	ck_assert_uint_eq(rule->sport_hi, 0xffff);
	ck_assert_uint_eq(rule->dport_lo, 22);
	ck_assert_uint_eq(rule->dport_hi, 22);
	rule++;
	ck_assert_uint_eq(rule->smask, htonl(0xff000000));
	ck_assert_uint_eq(rule->dst, 0);
	ck_assert_uint_eq(rule->dmask, 0);
	ck_assert_uint_eq(rule->protocol, 0);
	ck_assert_uint_eq(rule->verdict, 1 + 5);
	ck_assert_uint_eq(rule->flags, 0);
}
END_TEST

/* ACL-003: permit lines that drop */
START_TEST(test_drop)
{
	crypto_map_line_t lines[] = {
		line("permit ip 10.0.0.0/8 any", CRYPTO_MAP_SAS - 1),
		line("deny ip 10.0.0.0/7 any", CRYPTO_MAP_DROP),
		line("permit ip any any", CRYPTO_MAP_DROP),
	};

	ck_assert(cm_acl_compile(lines, 2, &acl));
	ck_assert_uint_eq(acl.rules4[0].verdict, CRYPTO_MAP_SAS);
	ck_assert_uint_eq(acl.rules4[1].verdict, CM_CLEAR);
	ck_assert_uint_eq(acl.flags, 0);
	ck_assert(cm_acl_compile(lines, 3, &acl));
	ck_assert_uint_eq(acl.rules4[2].verdict, CM_DROP);
	ck_assert_uint_eq(acl.rules6[0].verdict, CM_DROP);
	ck_assert_uint_eq(acl.flags, CM_ACL_DROPS);
}
END_TEST

START_TEST(test_rule6)
{
	crypto_map_line_t lines[] = {
		line("permit ip 2001:db8:1234:5600::/58 host 2001:db8::1", 7),
	};
	struct cm_rule6 *rule = acl.rules6;
	int i;

	ck_assert(cm_acl_compile(lines, 1, &acl));
	ck_assert_uint_eq(acl.count4, 0);
	ck_assert_uint_eq(acl.count6, 1);
	ck_assert_uint_eq(acl.flags, 0);
	ck_assert_uint_eq(rule->src[0], htonl(0x20010db8));
	ck_assert_uint_eq(rule->src[1], htonl(0x12345600));
	ck_assert_uint_eq(rule->smask[0], 0xffffffff);
	ck_assert_uint_eq(rule->smask[1], htonl(0xffffffc0));
	ck_assert_uint_eq(rule->smask[2], 0);
	ck_assert_uint_eq(rule->smask[3], 0);
	for (i = 0; i < 4; i++)
	{
		ck_assert_uint_eq(rule->dmask[i], 0xffffffff);
	}
	ck_assert_uint_eq(rule->dst[3], htonl(1));
	ck_assert_uint_eq(rule->verdict, 1 + 7);
}
END_TEST

/* a line without addresses is one of both families, in order (ACL-004) */
START_TEST(test_both_families)
{
	crypto_map_line_t lines[] = {
		line("deny udp any port 848 any port 848", 0),
		line("permit ip 10.0.0.0/8 10.0.0.0/8", 1),
		line("permit ip any any", 2),
	};

	ck_assert(cm_acl_compile(lines, 3, &acl));
	ck_assert_uint_eq(acl.count4, 3);
	ck_assert_uint_eq(acl.count6, 2);
	ck_assert_uint_eq(acl.rules4[0].verdict, CM_CLEAR);
	ck_assert_uint_eq(acl.rules4[1].verdict, 1 + 1);
	ck_assert_uint_eq(acl.rules4[2].verdict, 1 + 2);
	ck_assert_uint_eq(acl.rules6[0].verdict, CM_CLEAR);
	ck_assert_uint_eq(acl.rules6[0].protocol, 17);
	ck_assert_uint_eq(acl.rules6[1].verdict, 1 + 2);
}
END_TEST

/* every prefix length selects what it should, compared with the value's own
 * idea of a match */
START_TEST(test_prefixes)
{
	uint8_t src[4] = { 10, 170, 85, 204 }, dst[4] = { 1, 2, 3, 4 };
	crypto_map_line_t lines[1] = { line("permit ip any any", 0) };
	group_ace_t *ace = &lines[0].ace;
	uint32_t word, probe;
	int bit;

	ace->family = AF_INET;
	ace->src.prefix = _i;
	memcpy(&word, src, sizeof(word));
	word = _i ? word & htonl(0xffffffffu << (32 - _i)) : 0;
	memcpy(ace->src.addr, &word, sizeof(word));
	ck_assert(cm_acl_compile(lines, 1, &acl));
	for (bit = 0; bit < 32; bit++)
	{
		memcpy(&probe, src, sizeof(probe));
		probe ^= htonl(1u << bit);
		ck_assert_int_eq((probe & acl.rules4[0].smask) == acl.rules4[0].src,
						 group_ace_matches(ace, 0, AF_INET, (uint8_t*)&probe,
										   dst, 0, 0));
	}
}
END_TEST

START_TEST(test_size)
{
	crypto_map_line_t *lines = calloc(CM_LINES + 1, sizeof(*lines));
	int i;

	ck_assert_int_eq(CM_LINES, CRYPTO_MAP_LINES);
	ck_assert_int_eq(CM_SAS, CRYPTO_MAP_SAS);
	ck_assert_int_eq(CM_SPIS, CRYPTO_MAP_SPIS);
	ck_assert_int_eq(CM_SERVERS, CRYPTO_MAP_SERVERS);
	for (i = 0; i <= CM_LINES; i++)
	{
		lines[i] = line("permit ip any any", i % CRYPTO_MAP_SAS);
	}
	ck_assert(cm_acl_compile(lines, 0, &acl));
	ck_assert_uint_eq(acl.count4 + acl.count6, 0);
	ck_assert(cm_acl_compile(lines, CM_LINES, &acl));
	ck_assert_uint_eq(acl.count4, CM_LINES);
	ck_assert_uint_eq(acl.count6, CM_LINES);
	ck_assert(!cm_acl_compile(lines, CM_LINES + 1, &acl));
	ck_assert_uint_eq(acl.count4, CM_LINES);
	free(lines);
}
END_TEST

static const struct {
	crypto_map_esp_t esp;
	uint32_t mtu;
	uint32_t inner4;
	uint32_t inner6;
} sizes[] = {
	/* AES-GCM, as measured on Linux 6.1 */
	{ { 4, 8, 16 }, 1500, 1446, 1426 },
	{ { 4, 8, 16 }, 1400, 1346, 1326 },
	/* AES-CBC with HMAC-SHA-256, as Linux 6.1 answers */
	{ { 16, 16, 16 }, 1500, 1438, 1406 },
	{ { 16, 16, 16 }, 1400, 1326, 1310 },
	/* 3DES with HMAC-SHA-1 */
	{ { 8, 8, 12 }, 1500, 1446, 1430 },
	/* nothing fits */
	{ { 16, 16, 16 }, 60, 0, 0 },
	{ { 16, 16, 16 }, 0, 0, 0 },
	/* a block of zero is none, but no division either */
	{ { 0, 8, 16 }, 1500, 1446, 1426 },
};

/* GM-020: the size that fits, for both outer headers */
START_TEST(test_inner_mtu)
{
	struct cm_esp esp = cm_esp_sizes(&sizes[_i].esp), none = { 0, 0 };
	uint32_t mtu = sizes[_i].mtu;

	ck_assert_uint_eq(cm_inner_mtu(mtu, 20, &esp), sizes[_i].inner4);
	ck_assert_uint_eq(cm_inner_mtu(mtu, 40, &esp), sizes[_i].inner6);
	ck_assert_uint_eq(cm_inner_mtu(mtu, 20, &none), 0);
}
END_TEST

Suite *cryptomap_acl_suite(void)
{
	Suite *suite = suite_create("crypto map lists");
	TCase *tcase = tcase_create("compile");

	tcase_add_test(tcase, test_rule4);
	tcase_add_test(tcase, test_drop);
	tcase_add_test(tcase, test_rule6);
	tcase_add_test(tcase, test_both_families);
	tcase_add_loop_test(tcase, test_prefixes, 0, 33);
	tcase_add_test(tcase, test_size);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("sizes");
	tcase_add_loop_test(tcase, test_inner_mtu, 0, countof(sizes));
	suite_add_tcase(suite, tcase);
	return suite;
}
