/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"
#include "group/group_id.h"

#include <arpa/inet.h>

/* KS-009: a number or an IPv4 address */
START_TEST(test_id_ks_009)
{
	static const struct {
		const char *text;
		bool good;
		group_id_t id;
	} cases[] = {
		{ "3333",			TRUE,	{ GROUP_ID_NUMBER, 3333 }			},
		{ "0",				TRUE,	{ GROUP_ID_NUMBER, 0 }				},
		{ "4294967295",		TRUE,	{ GROUP_ID_NUMBER, 4294967295 }		},
		{ "4294967296",		FALSE,	{}									},
		{ "99999999999",	FALSE,	{}									},
		{ "10.0.1.2",		TRUE,	{ GROUP_ID_ADDRESS, 0x0a000102 }	},
		{ "10.0.1",			FALSE,	{}									},
		{ "",				FALSE,	{}									},
		{ "-1",				FALSE,	{}									},
		{ "12a",			FALSE,	{}									},
		{ " 12",			FALSE,	{}									},
	};
	group_id_t id;
	char buf[16];

	ck_assert_int_eq(group_id_parse(cases[_i].text, &id), cases[_i].good);
	if (cases[_i].good)
	{
		ck_assert(group_id_equals(&id, &cases[_i].id));
		ck_assert_str_eq(group_id_print(&id, buf, sizeof(buf)), cases[_i].text);
		id.type = !id.type;
		ck_assert(!group_id_equals(&id, &cases[_i].id));
	}
}
END_TEST

static const struct {
	const char *text;
	/* canonical text, NULL if it is text already */
	const char *canonical;
} good_lines[] = {
	{ "permit ip 10.1.0.0/16 10.1.0.0/16" },
	{ "permit ip any any" },
	{ "deny udp any port 848 any port 848" },
	{ "DENY  UDP any\tport 848 any eq 848",
	  "deny udp any port 848 any port 848" },
	{ "permit tcp host 10.0.0.1 10.2.0.0/15 port 22" },
	{ "permit tcp 10.0.0.1 10.0.0.2/32",
	  "permit tcp host 10.0.0.1 host 10.0.0.2" },
	{ "permit ip 2001:db8::/32 host 2001:db8:1::1" },
	{ "permit ip 2001:db8::/32 ff0e::/16" },
	{ "permit ip any 10.0.0.0/8" },
	{ "permit ip 0.0.0.0/0 any", "permit ip 0.0.0.0/0 0.0.0.0/0" },
	{ "permit ip ::/0 ::/0" },
	{ "permit 17 any any port 0", "permit udp any any" },
	{ "permit 253 any any" },
	{ "deny icmpv6 any any" },
	{ "permit ip 10.128.0.0/9 128.0.0.0/1" },
};

START_TEST(test_ace_good)
{
	const char *text = good_lines[_i].text;
	group_ace_t ace = test_ace(text), again;
	char buf[GROUP_ACE_TEXT_LEN];

	group_ace_print(&ace, buf, sizeof(buf));
	ck_assert_str_eq(buf, good_lines[_i].canonical ?: text);
	again = test_ace(buf);
	ck_assert(group_ace_equals(&ace, &again));
	again.number = 10;
	ck_assert(!group_ace_equals(&ace, &again));
	again = group_ace_mirror(&ace);
	again = group_ace_mirror(&again);
	ck_assert(group_ace_equals(&ace, &again));
}
END_TEST

static const struct {
	const char *text;
	const char *reason;
} bad_lines[] = {
	{ "", "permit" },
	{ "permit", "protocol is missing" },
	{ "allow ip any any", "\"permit\" or \"deny\"" },
	{ "permit foo any any", "\"foo\" is not a protocol" },
	{ "permit 256 any any", "\"256\" is not a protocol" },
	{ "permit ip any", "destination is missing" },
	{ "permit ip host any", "is not an address" },
	{ "permit ip 10.0.0.0/33 any", "prefix" },
	{ "permit ip 10.0.0.0/ any", "prefix" },
	{ "permit ip 10.0.0.0/8x any", "prefix" },
	{ "permit ip 10.1.0.0/8 any", "write 10.0.0.0/8" },
	{ "permit ip 2001:db8::1/32 any", "write 2001:db8::/32" },
	{ "permit ip 10.0.0.1 2001:db8::/32", "address families" },
	{ "permit ip 10.1.0.0 0.0.255.255 10.1.0.0 0.0.255.255", "unexpected" },
	{ "permit ip any any port 80", "a port needs a protocol" },
	{ "permit udp any port 65536 any", "is not a port" },
	{ "permit udp any port any", "is not a port" },
	{ "permit udp any any port", "is not a port" },
	/* GM-026: an inclusive port range can't be matched */
	{ "permit udp any range 1 10 any", "range" },
	{ "permit udp any any port 1-10", "range" },
	{ "permit udp any gt 1023 any", "range" },
	{ "permit ip 300.0.0.1 any", "is not an address" },
	{ "permit ip any any log", "unexpected \"log\"" },
	{ "permit ip aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaa any", "too long" },
	{ "a a a a a a a a a a a a a a a a a a a a", "too long" },
};

START_TEST(test_ace_bad_gm_026)
{
	group_ace_t ace = { .number = 77 };
	char *reason = NULL;

	ck_assert(!group_ace_parse(bad_lines[_i].text, &ace, &reason));
	ck_assert_int_eq(ace.number, 77);
	ck_assert_reason(reason, bad_lines[_i].reason);
	ck_assert(!group_ace_parse(bad_lines[_i].text, &ace, NULL));
}
END_TEST

/**
 * A random line with bits behind the prefix clear.
 */
static void random_side(group_ace_side_t *side, uint16_t family, bool ports)
{
	u_int max = family == AF_INET6 ? 128 : 32, i;
	chunk_t addr = test_random_chunk(16);

	side->prefix = (uint8_t)test_random(max + 1);
	for (i = 0; i < side->prefix; i++)
	{
		side->addr[i / 8] |= addr.ptr[i / 8] & (0x80 >> i % 8);
	}
	chunk_free(&addr);
	side->port_hi = 65535;
	if (ports && test_random(2))
	{
		side->port_lo = side->port_hi = (uint16_t)(1 + test_random(65535));
	}
}

START_TEST(test_ace_round_trip)
{
	char buf[GROUP_ACE_TEXT_LEN];

	for (int i = 0; i < 2000; i++)
	{
		group_ace_t ace = {}, again;
		bool ports = test_random(2);

		ace.action = test_random(2);
		ace.family = test_random(2) ? AF_INET : AF_INET6;
		ace.protocol = ports ? 17 : (uint8_t)test_random(256);
		random_side(&ace.src, ace.family, ports);
		random_side(&ace.dst, ace.family, ports);
		again = test_ace(group_ace_print(&ace, buf, sizeof(buf)));
		ck_assert_msg(group_ace_equals(&ace, &again), "%s", buf);
	}
}
END_TEST

/**
 * Look up a packet in a list.
 */
static const group_ace_t *look(group_acl_t *acl, const char *src,
							   const char *dst, uint8_t protocol,
							   uint16_t dport)
{
	uint8_t saddr[16], daddr[16];
	uint16_t family = strchr(src, ':') ? AF_INET6 : AF_INET;

	ck_assert_int_eq(inet_pton(family, src, saddr), 1);
	ck_assert_int_eq(inet_pton(family, dst, daddr), 1);
	return acl->lookup(acl, protocol, family, saddr, daddr, 1024, dport);
}

START_TEST(test_acl)
{
	group_acl_t *acl = group_acl_create(), *other = group_acl_create();
	enumerator_t *enumerator;
	const group_ace_t *found;
	group_ace_t ace, *line;
	uint32_t last = 0;

	ace = test_ace("permit ip 10.0.0.0/8 10.0.0.0/8");
	ace.number = 20;
	ck_assert(acl->add(acl, &ace));
	ck_assert(!acl->add(acl, &ace));
	other->append(other, &ace);
	ace = test_ace("deny udp any any port 848");
	ace.number = 10;
	ck_assert(acl->add(acl, &ace));
	ck_assert(!acl->equals(acl, other));
	ace = test_ace("permit ip 2001:db8::/33 any");
	acl->append(acl, &ace);
	ck_assert_uint_eq(acl->get_count(acl), 3);
	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &line))
	{
		ck_assert_uint_gt(line->number, last);
		last = line->number;
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(last, 21);

	found = look(acl, "10.1.0.1", "10.2.0.1", 17, 848);
	ck_assert(found && found->action == GROUP_ACE_DENY);
	found = look(acl, "10.1.0.1", "10.2.0.1", 17, 849);
	ck_assert(found && found->number == 20);
	ck_assert(look(acl, "11.1.0.1", "10.2.0.1", 17, 849) == NULL);
	ck_assert(look(acl, "2001:db8:7fff::1", "2001:db9::1", 6, 1) != NULL);
	ck_assert(look(acl, "2001:db8:8000::1", "2001:db9::1", 6, 1) == NULL);
	ck_assert(acl->get_ref(acl) == acl);
	acl->destroy(acl);
	ck_assert_uint_eq(acl->get_count(acl), 3);
	acl->destroy(acl);
	other->destroy(other);
}
END_TEST

START_TEST(test_tek_value)
{
	group_tek_t *tek = test_tek(0x1234, "permit ip any any", NULL), *other;
	const group_tek_data_t *data = tek->get(tek);
	chunk_t key = data->encr_key;

	ck_assert(tek->has_keys(tek));
	ck_assert_uint_eq(data->spi, htonl(0x1234));
	other = tek->with_lifetime(tek, 30);
	ck_assert_uint_eq(other->get(other)->lifetime, 30);
	ck_assert_uint_eq(data->lifetime, 3600);
	ck_assert_chunk(other->get(other)->encr_key, key);
	ck_assert_ptr_ne(other->get(other)->encr_key.ptr, key.ptr);
	other->destroy(other);
	ck_assert(!tek->with_keys(tek, key, chunk_empty));
	ck_assert(!tek->with_keys(tek, chunk_skip(key, 1), data->integ_key));
	other = tek->with_keys(tek, key, key);
	ck_assert(other && other->has_keys(other));
	other->destroy(other);
	ck_assert(tek->get_ref(tek) == tek);
	tek->destroy(tek);
	tek->destroy(tek);
}
END_TEST

START_TEST(test_key_lengths)
{
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_AES_CBC, 128), 16);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_AES_CBC, 129), 0);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_AES_CBC, 0), 0);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_3DES, 0), 24);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_AES_GCM_ICV16, 128), 20);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_AES_CCM_ICV8, 256), 35);
	ck_assert_uint_eq(group_tek_encr_key_len(ENCR_NULL, 0), 0);
	ck_assert_uint_eq(group_tek_integ_key_len(AUTH_HMAC_SHA2_512_256), 64);
	ck_assert_uint_eq(group_tek_integ_key_len(AUTH_UNDEFINED), 0);
	ck_assert(group_tek_is_counter_mode(ENCR_AES_GCM_ICV16));
	ck_assert(group_tek_is_counter_mode(ENCR_NULL_AUTH_AES_GMAC));
	ck_assert(!group_tek_is_counter_mode(ENCR_AES_CBC));
	ck_assert_uint_eq(group_kek_key_len(ENCR_AES_CBC, 192), 24);
	ck_assert_uint_eq(group_kek_key_len(ENCR_AES_CTR, 128), 0);
	ck_assert_uint_eq(group_kek_iv_len(ENCR_3DES), 8);
}
END_TEST

START_TEST(test_kek_value)
{
	group_kek_t *kek = test_kek(9), *other;
	const group_kek_data_t *data = kek->get(kek);
	host_t *host = host_create_from_string("2001:db8::7", 4500);

	ck_assert(data->multicast);
	other = kek->with_destination(kek, host);
	ck_assert(!other->get(other)->multicast);
	ck_assert(host->equals(host, other->get(other)->dst));
	ck_assert(other->has_keys(other));
	other->destroy(other);
	host->destroy(host);
	other = kek->with_lifetime(kek, 5);
	ck_assert_uint_eq(other->get(other)->lifetime, 5);
	other->destroy(other);
	ck_assert(!kek->with_keys(kek, data->iv, data->sig_key, data->sig_key));
	ck_assert(!kek->with_keys(kek, chunk_empty, data->key, data->sig_key));
	other = kek->with_keys(kek, data->iv, data->key, chunk_empty);
	ck_assert(other && !other->has_keys(other));
	other->destroy(other);
	kek->destroy(kek);
}
END_TEST

START_TEST(test_policy_value)
{
	group_policy_t *policy = test_policy(), *clone;
	uint16_t atd, dtd;

	ck_assert(policy->has_keys(policy));
	clone = policy->clone(policy);
	ck_assert(test_policy_equals(policy, clone));
	ck_assert_uint_eq(clone->get_sequence(clone), 7);
	clone->get_delays(clone, &atd, &dtd);
	ck_assert_uint_eq(atd, 10);
	ck_assert_uint_eq(dtd, 20);
	ck_assert(policy->find_tek(policy, PROTO_ESP, htonl(0x1000)));
	ck_assert(!policy->find_tek(policy, PROTO_AH, htonl(0x1000)));
	ck_assert(!policy->find_tek(policy, PROTO_ESP, htonl(0x1001)));
	clone->set_kek(clone, NULL);
	ck_assert(!test_policy_equals(policy, clone));
	policy->destroy(policy);
	ck_assert(clone->has_keys(clone));
	clone->destroy(clone);
}
END_TEST

Suite *suite_group(void)
{
	Suite *suite = suite_create("group");
	TCase *tc;

	tc = tcase_create("identity");
	tcase_add_loop_test(tc, test_id_ks_009, 0, 11);
	suite_add_tcase(suite, tc);

	tc = tcase_create("lines");
	tcase_add_loop_test(tc, test_ace_good, 0, countof(good_lines));
	tcase_add_loop_test(tc, test_ace_bad_gm_026, 0, countof(bad_lines));
	tcase_add_test(tc, test_ace_round_trip);
	tcase_add_test(tc, test_acl);
	suite_add_tcase(suite, tc);

	tc = tcase_create("keys");
	tcase_add_test(tc, test_tek_value);
	tcase_add_test(tc, test_key_lengths);
	tcase_add_test(tc, test_kek_value);
	tcase_add_test(tc, test_policy_value);
	suite_add_tcase(suite, tc);
	return suite;
}
