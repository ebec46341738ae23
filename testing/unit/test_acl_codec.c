/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_pair.h"

#include "exchanges/acl_codec.h"
#include "exchanges/policy_codec.h"
#include "payloads/gdoi_attribute.h"

/** most lines of a group, CRYPTO_MAP's and the key server's */
#define LINES 1024

/** version, flags, number of lines */
#define HEAD(count) "01" "01" count

/** lines: permit ip 10.0.0.0/8 10.0.0.0/8, deny udp 10.1.0.0/16 port 848 any */
#define PERMIT(list) "01" "00" "0000ffff" "0000ffff" "04" "08" "08" list \
					 "0a000000" "0a000000"
#define DENY(list) "00" "11" "03500350" "0000ffff" "04" "10" "00" list \
				   "0a010000" "00000000"

/* values that are refused, and what is refused about them (GM rule 3 of RFC
 * 6407: what is not understood ends the exchange) */
static const struct {
	const char *hex;
	const char *reason;
} values[] = {
	{ HEAD("0002") DENY("01") PERMIT("01") },
	{ HEAD("0002") DENY("01") PERMIT("02") },
	{ "", "too short" },
	{ "010100", "too short" },
	{ "0001" "0001" PERMIT("01"), "version 0" },
	{ "0201" "0001" PERMIT("01"), "version 2" },
	{ "0100" "0001" PERMIT("01"), "flags 0x00" },
	{ "0103" "0001" PERMIT("01"), "flags 0x03" },
	{ HEAD("0000"), "0 lines" },
	{ HEAD("0000") PERMIT("01"), "0 lines" },
	{ HEAD("0002") PERMIT("01"), "2 lines in 22 octets" },
	{ HEAD("ffff") PERMIT("01"), "65535 lines" },
	{ HEAD("0001") PERMIT("01") "00", "1 octets after" },
	{ HEAD("0001") PERMIT("01") PERMIT("01"), "22 octets after" },
	/* lists out of order, left out, or none */
	{ HEAD("0001") PERMIT("00"), "list 0 after list 0" },
	{ HEAD("0001") PERMIT("02"), "list 2 after list 0" },
	{ HEAD("0002") PERMIT("01") PERMIT("03"), "list 3 after list 1" },
	{ HEAD("0003") PERMIT("01") PERMIT("02") PERMIT("01"),
	  "list 1 after list 2" },
	{ HEAD("0002") PERMIT("01") PERMIT("00"), "list 0 after list 1" },
	/* actions and families */
	{ HEAD("0001") "02" "00" "0000ffff" "0000ffff" "04" "08" "08" "01"
	  "0a000000" "0a000000", "action 2" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "05" "08" "08" "01"
	  "0a000000" "0a000000", "address family 5" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "00" "08" "08" "01"
	  "0a000000" "0a000000", "address family 0" },
	/* an IPv6 line in the room of an IPv4 line */
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "06" "08" "08" "01"
	  "0a000000" "0a000000", "ends within" },
	/* prefixes */
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "04" "21" "08" "01"
	  "0a000000" "0a000000", "prefix of 33" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "04" "08" "ff" "01"
	  "0a000000" "0a000000", "prefix of 255" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "04" "08" "07" "01"
	  "0a000000" "0b000000", "prefix of 7" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "04" "08" "08" "01"
	  "0a000001" "0a000000", "prefix of 8" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "04" "00" "08" "01"
	  "80000000" "0a000000", "prefix of 0" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "06" "81" "00" "01"
	  "20010db8000000000000000000000000" "00000000000000000000000000000000",
	  "prefix of 129" },
	{ HEAD("0001") "01" "00" "0000ffff" "0000ffff" "06" "20" "00" "01"
	  "20010db8000000000000000000000001" "00000000000000000000000000000000",
	  "prefix of 32" },
	/* GM-026: neither any nor one port */
	{ HEAD("0001") "01" "11" "00010002" "0000ffff" "04" "08" "08" "01"
	  "0a000000" "0a000000", "ports 1 to 2" },
	{ HEAD("0001") "01" "11" "0000ffff" "00020001" "04" "08" "08" "01"
	  "0a000000" "0a000000", "ports 2 to 1" },
	{ HEAD("0001") "01" "11" "00000000" "0000ffff" "04" "08" "08" "01"
	  "0a000000" "0a000000", "ports 0 to 0" },
	{ HEAD("0001") "01" "11" "0001ffff" "0000ffff" "04" "08" "08" "01"
	  "0a000000" "0a000000", "ports 1 to 65535" },
	{ HEAD("0001") "01" "11" "0000fffe" "0000ffff" "04" "08" "08" "01"
	  "0a000000" "0a000000", "ports 0 to 65534" },
};

START_TEST(test_value_gm_026)
{
	chunk_t value = test_hex(values[_i].hex), again;
	gdoi_acl_set_t set;
	char *reason = NULL;
	bool good;

	good = gdoi_acl_set_read(value, &set, &reason);
	ck_assert_msg(good == !values[_i].reason, "%s", reason ?: "was taken");
	if (good)
	{
		ck_assert(gdoi_acl_set_write(&set, &again, &reason));
		ck_assert_chunk(again, value);
		chunk_free(&again);
		gdoi_acl_set_clear(&set);
	}
	else
	{
		ck_assert_uint_eq(set.count, 0);
		ck_assert_reason(reason, values[_i].reason);
		ck_assert(!gdoi_acl_set_read(value, &set, NULL));
	}
	chunk_free(&value);
}
END_TEST

/* every prefix of a good value is refused */
START_TEST(test_truncated)
{
	chunk_t value = test_hex(HEAD("0002") DENY("01") PERMIT("02")), part;
	gdoi_acl_set_t set;

	for (size_t len = 0; len < value.len; len++)
	{
		/* on the heap for the sanitizer to see what is read beyond it */
		part = chunk_clone(chunk_create(value.ptr, len));
		ck_assert(!gdoi_acl_set_read(part, &set, NULL));
		chunk_free(&part);
	}
	chunk_free(&value);
}
END_TEST

/**
 * A random line of one family.
 */
static group_ace_t random_ace(void)
{
	group_ace_side_t *sides[2];
	group_ace_t ace = {
		.action = test_random(2),
		.protocol = test_random(2) ? 17 : 0,
		.family = test_random(2) ? AF_INET6 : AF_INET,
	};
	u_int bits = ace.family == AF_INET6 ? 128 : 32;
	chunk_t addr;

	sides[0] = &ace.src;
	sides[1] = &ace.dst;
	for (u_int i = 0; i < countof(sides); i++)
	{
		addr = test_random_chunk(16);
		sides[i]->prefix = (uint8_t)test_random(bits + 1);
		for (u_int bit = 0; bit < sides[i]->prefix; bit++)
		{
			sides[i]->addr[bit / 8] |= addr.ptr[bit / 8] & (0x80 >> bit % 8);
		}
		chunk_free(&addr);
		sides[i]->port_hi = UINT16_MAX;
		if (ace.protocol && test_random(2))
		{
			sides[i]->port_lo = (uint16_t)(1 + test_random(UINT16_MAX));
			sides[i]->port_hi = sides[i]->port_lo;
		}
	}
	return ace;
}

/**
 * A TEK with a list.
 */
static group_tek_t *listed_tek(uint32_t spi, group_acl_t *acl)
{
	group_tek_t *base = test_tek(spi, NULL), *tek;
	group_tek_data_t data = *base->get(base);

	data.acl = acl;
	tek = group_tek_create(&data);
	base->destroy(base);
	return tek;
}

/**
 * A policy of random lists, each of one to three TEKs.
 */
static group_policy_t *random_policy(void)
{
	group_policy_t *policy = group_policy_create();
	uint32_t spi = 0x1000;
	group_acl_t *acl;
	group_ace_t ace;

	policy->set_acl_form(policy, GROUP_ACL_LISTS);
	if (test_random(2))
	{
		policy->set_kek(policy, test_kek((uint8_t)test_random(256)));
	}
	for (u_int n = 1 + test_random(6); n; n--)
	{
		acl = group_acl_create();
		for (u_int line = 1 + test_random(20); line; line--)
		{
			ace = random_ace();
			acl->append(acl, &ace);
		}
		for (u_int tek = 1 + test_random(3); tek; tek--)
		{
			policy->add_tek(policy, listed_tek(spi++, acl));
		}
		acl->destroy(acl);
	}
	return policy;
}

/**
 * SPIs of a policy's TEKs must come in the same order.
 */
static void check_order(group_policy_t *a, group_policy_t *b)
{
	enumerator_t *x, *y;
	group_tek_t *one, *other;

	x = a->create_tek_enumerator(a);
	y = b->create_tek_enumerator(b);
	while (x->enumerate(x, &one))
	{
		ck_assert(y->enumerate(y, &other));
		ck_assert_uint_eq(one->get(one)->spi, other->get(other)->spi);
	}
	x->destroy(x);
	y->destroy(y);
}

/* ACL-002: lines, actions and the order of all lists survive the wire */
START_TEST(test_round_trip_acl_002)
{
	group_policy_t *policy, *again;
	gdoi_notify_t notify;
	char *reason = NULL;
	chunk_t body;

	for (int i = 0; i < 300; i++)
	{
		policy = random_policy();
		ck_assert_msg(gdoi_policy_write_sa(policy, &body, &reason), "%s",
					  reason);
		again = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
		ck_assert_msg(again != NULL, "%s", reason);
		ck_assert(test_policy_equals(policy, again));
		ck_assert_int_eq(again->get_acl_form(again), GROUP_ACL_LISTS);
		check_order(policy, again);
		again->destroy(again);
		policy->destroy(policy);
		chunk_free(&body);
	}
}
END_TEST

/* a line for both families is a line per family */
START_TEST(test_both_families)
{
	group_policy_t *policy = group_policy_create(), *again;
	gdoi_notify_t notify;
	group_tek_t *tek;
	chunk_t body;

	policy->set_acl_form(policy, GROUP_ACL_LISTS);
	policy->add_tek(policy, test_tek(0x2000, "deny ospf any any",
									 "permit ip 10.0.0.0/8 any", NULL));
	ck_assert(gdoi_policy_write_sa(policy, &body, NULL));
	again = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, NULL);
	ck_assert(again != NULL);
	tek = again->find_tek(again, PROTO_ESP, htonl(0x2000));
	ck_assert(tek != NULL);
	ck_assert_uint_eq(tek->get(tek)->acl->get_count(tek->get(tek)->acl), 3);
	again->destroy(again);
	policy->destroy(policy);
	chunk_free(&body);
}
END_TEST

/* those that only speak RFC 6407 get the permit lines, if that is wanted */
START_TEST(test_permits_only)
{
	group_policy_t *policy = group_policy_create(), *again;
	gdoi_notify_t notify;
	char *reason = NULL;
	group_tek_t *tek;
	chunk_t body;

	policy->add_tek(policy, test_tek(0x2000, "deny ip 10.1.0.0/16 any",
									 "permit ip 10.0.0.0/8 any", NULL));
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "denies");
	policy->set_acl_form(policy, GROUP_ACL_PERMITS);
	ck_assert(gdoi_policy_write_sa(policy, &body, NULL));
	again = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, NULL);
	ck_assert(again != NULL);
	ck_assert_int_eq(again->get_acl_form(again), GROUP_ACL_STRICT);
	tek = again->find_tek(again, PROTO_ESP, htonl(0x2000));
	ck_assert_uint_eq(tek->get(tek)->acl->get_count(tek->get(tek)->acl), 1);
	again->destroy(again);
	chunk_free(&body);
	policy->add_tek(policy, test_tek(0x2001, "deny ip any any", NULL));
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "no line that permits");
	policy->destroy(policy);
}
END_TEST

/** SA payload: DOI, Situation, first nested payload */
#define SA(first) "00000002" "00000000" first "0000"
/** GAP with one line of each list */
#define GAP1 "10" "00" "0022" "0082" "001a" HEAD("0001") PERMIT("01")
#define GAP2 "10" "00" "0038" "0082" "0030" HEAD("0002") DENY("01") PERMIT("02")
/** SAT of any address, SPI ends with the given octet, maybe a list */
#define SAT_ANY(next, len, spi, list) next "00" len "01" "00" \
	"04000008" "0000000000000000" "04000008" "0000000000000000" "0c" \
	"000010" spi "80040001" "80050005" "80060080" list
#define LISTED(next, spi, list) SAT_ANY(next, "0033", spi, "fd03" "00" list)
#define PLAIN(next, spi) SAT_ANY(next, "002f", spi, "")

/* SA payloads whose SATs and lists don't go together */
static const struct {
	const char *hex;
	const char *reason;
} payloads[] = {
	{ SA("0016") GAP1 LISTED("00", "00", "01") },
	{ SA("0016") GAP1 LISTED("10", "00", "01") LISTED("00", "01", "01") },
	{ SA("0016") GAP2 LISTED("10", "00", "01") LISTED("00", "01", "02") },
	{ SA("0010") PLAIN("00", "00") },
	/* one attribute without the other */
	{ SA("0016") GAP1 PLAIN("00", "00"), "access list 0 of 1" },
	{ SA("0016") GAP1 LISTED("10", "00", "01") PLAIN("00", "01"),
	  "access list 0 of 1" },
	{ SA("0010") LISTED("00", "00", "01"), "no POLICY_ACL" },
	{ SA("0016") "10" "00" "0008" "8001000a" LISTED("00", "00", "01"),
	  "no POLICY_ACL" },
	/* lists without SATs, SATs without lists, out of order */
	{ SA("0016") GAP2 LISTED("00", "00", "01"), "has 2 access lists" },
	{ SA("0016") GAP2 LISTED("00", "00", "02"), "list 2 of 2, after list 0" },
	{ SA("0016") GAP1 LISTED("10", "00", "01") LISTED("00", "01", "02"),
	  "list 2 of 1" },
	{ SA("0016") GAP2 LISTED("10", "00", "01") LISTED("10", "01", "02")
	  LISTED("00", "02", "01"), "list 1 of 2, after list 2" },
	/* a number of no list, of two octets, twice */
	{ SA("0016") GAP1 LISTED("00", "00", "00"), "bad or second number" },
	{ SA("0016") GAP1 SAT_ANY("00", "0033", "00", "fd03" "0100"),
	  "bad or second number" },
	{ SA("0016") GAP1 SAT_ANY("00", "0037", "00", "fd030001" "fd030001"),
	  "bad or second number" },
	/* one SPI of two SATs */
	{ SA("0016") GAP1 LISTED("10", "00", "01") LISTED("00", "00", "01"),
	  "have the SPI 00001000" },
	/* POLICY_ACL empty, short, twice, or damaged */
	{ SA("0016") "10" "00" "0008" "00820000" LISTED("00", "00", "01"),
	  "short, empty or second" },
	{ SA("0016") "10" "00" "0008" "80820001" LISTED("00", "00", "01"),
	  "short, empty or second" },
	{ SA("0016") "10" "00" "0040" "0082" "001a" HEAD("0001") PERMIT("01")
	  "0082" "001a" HEAD("0001") PERMIT("01") LISTED("00", "00", "01"),
	  "short, empty or second" },
	{ SA("0016") "10" "00" "0022" "0082" "001a" HEAD("0009") PERMIT("01")
	  LISTED("00", "00", "01"), "9 lines in 22 octets" },
	/* a selector beside the list */
	{ SA("0016") GAP1 "00" "00" "0033" "01" "00" "04000008" "0a000000ff000000"
	  "04000008" "0000000000000000" "0c" "00001000" "80040001" "80050005"
	  "80060080" "fd030001", "access list and a selector" },
	{ SA("0016") GAP1 "00" "00" "0033" "01" "11" "04000008" "0000000000000000"
	  "04000008" "0000000000000000" "0c" "00001000" "80040001" "80050005"
	  "80060080" "fd030001", "access list and a selector" },
};

START_TEST(test_payloads)
{
	chunk_t body = test_hex(payloads[_i].hex);
	group_policy_t *policy;
	gdoi_notify_t notify;
	char *reason = NULL;

	policy = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, &reason);
	ck_assert_msg(!policy == (payloads[_i].reason != NULL), "%s",
				  reason ?: "was taken");
	if (payloads[_i].reason)
	{
		ck_assert_reason(reason, payloads[_i].reason);
		ck_assert_int_ne(notify, GDOI_NOTIFY_NONE);
	}
	DESTROY_IF(policy);
	chunk_free(&body);
}
END_TEST

/**
 * A policy with a list of as many lines as a group may have.
 */
static group_policy_t *large_policy(bool ipv6)
{
	group_policy_t *policy = test_policy();
	group_acl_t *acl = group_acl_create();
	group_ace_t ace;

	ace = test_ace(ipv6 ? "deny udp host 2001:db8::1 port 9 host 2001:db8::2"
						: "deny udp host 10.0.0.1 port 9 host 10.0.0.2");
	for (u_int i = 0; i < LINES; i++)
	{
		ace.action = i % 2;
		htoun16(ace.dst.addr + (ipv6 ? 14 : 2), (uint16_t)i);
		acl->append(acl, &ace);
	}
	for (uint32_t spi = 0x2000; spi < 0x2004; spi++)
	{
		policy->add_tek(policy, listed_tek(spi, acl));
	}
	acl->destroy(acl);
	policy->set_acl_form(policy, GROUP_ACL_LISTS);
	return policy;
}

/* registration of a native member with deny lines, also as many lines as may
 * be: all in one message 2 */
START_TEST(test_pair_acl_002)
{
	group_policy_t *policy;
	chunk_t m[5] = {};
	pair_t pair;

	pair_create(&pair, 0, FALSE);
	if (_i)
	{
		pair.policy->destroy(pair.policy);
		pair.policy = large_policy(_i == 2);
	}
	else
	{
		pair.policy->add_tek(pair.policy, test_tek(0x2000,
									"deny udp any any port 848",
									"permit ip 10.0.0.0/8 10.0.0.0/8", NULL));
		pair.policy->set_acl_form(pair.policy, GROUP_ACL_LISTS);
	}
	ck_assert(pair.gm->initiate(pair.gm, &m[1]));
	m[2] = to_ks(&pair, m[1], GDOI_PULL_SEND, NULL);
	ck_assert_uint_le(m[2].len, GDOI_MESSAGE_MAX);
	m[3] = to_gm(&pair, m[2], GDOI_PULL_SEND, NULL);
	m[4] = to_ks(&pair, m[3], GDOI_PULL_DONE, NULL);
	to_gm(&pair, m[4], GDOI_PULL_DONE, NULL);
	policy = pair.gm->take_policy(pair.gm);
	ck_assert(policy && policy->has_keys(policy));
	if (_i)
	{
		ck_assert(test_policy_equals(policy, pair.policy));
	}
	ck_assert_int_eq(policy->get_acl_form(policy), GROUP_ACL_LISTS);
	policy->destroy(policy);
	for (int i = 1; i < 5; i++)
	{
		chunk_free(&m[i]);
	}
	pair_destroy(&pair);
}
END_TEST

/* what does not fit is not sent; GDOI has no fragments of its own */
START_TEST(test_too_long)
{
	group_policy_t *policy = group_policy_create();
	group_acl_t *acl = group_acl_create();
	group_ace_t ace = test_ace("deny ip 2001:db8::/32 any");
	gdoi_acl_set_t set = {};
	char *reason = NULL;
	chunk_t body;

	while (gdoi_acl_octets(acl) + 46 <= UINT16_MAX - 4)
	{
		acl->append(acl, &ace);
	}
	ck_assert_uint_eq(gdoi_acl_set_add(&set, acl), 1);
	ck_assert_uint_eq(gdoi_acl_set_add(&set, acl), 1);
	ck_assert(gdoi_acl_set_write(&set, &body, &reason));
	chunk_free(&body);
	gdoi_acl_set_clear(&set);
	/* it fits into the attribute, but not into the payload */
	policy->add_tek(policy, listed_tek(0x2000, acl));
	policy->set_acl_form(policy, GROUP_ACL_LISTS);
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "does not fit");
	acl->append(acl, &ace);
	ck_assert(!gdoi_policy_write_sa(policy, &body, &reason));
	ck_assert_reason(reason, "more than an attribute");
	policy->destroy(policy);
	acl->destroy(acl);
}
END_TEST

/* a list without lines is no list */
START_TEST(test_empty)
{
	group_acl_t *acl = group_acl_create();
	gdoi_acl_set_t set = {};
	char *reason = NULL;
	chunk_t value;

	ck_assert(!gdoi_acl_set_write(&set, &value, &reason));
	ck_assert_reason(reason, "no lines");
	gdoi_acl_set_add(&set, acl);
	ck_assert(!gdoi_acl_set_write(&set, &value, &reason));
	ck_assert_reason(reason, "no lines");
	gdoi_acl_set_clear(&set);
	acl->destroy(acl);
}
END_TEST

Suite *suite_acl_codec(void)
{
	Suite *suite = suite_create("access lists on the wire");
	TCase *tc;

	tc = tcase_create("value");
	tcase_add_loop_test(tc, test_value_gm_026, 0, countof(values));
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_empty);
	suite_add_tcase(suite, tc);

	tc = tcase_create("policy");
	tcase_add_test(tc, test_round_trip_acl_002);
	tcase_add_test(tc, test_both_families);
	tcase_add_test(tc, test_permits_only);
	tcase_add_loop_test(tc, test_payloads, 0, countof(payloads));
	tcase_add_test(tc, test_too_long);
	suite_add_tcase(suite, tc);

	tc = tcase_create("registration");
	tcase_add_loop_test(tc, test_pair_acl_002, 0, 3);
	suite_add_tcase(suite, tc);

	return suite;
}
