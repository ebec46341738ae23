/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"
#include "group/group_rules.h"

#include <arpa/inet.h>
#include <stdarg.h>

/**
 * Make a list of texts, numbered 10, 20, ...; NULL ends them.
 */
static group_acl_t *make_acl(const char *line, ...)
{
	group_acl_t *acl = group_acl_create();
	group_ace_t ace;
	va_list args;
	u_int number = 0;

	va_start(args, line);
	while (line)
	{
		ck_assert_msg(group_ace_parse(line, &ace, NULL), "%s", line);
		ace.number = number += 10;
		ck_assert(acl->add(acl, &ace));
		line = va_arg(args, const char*);
	}
	va_end(args);
	return acl;
}

/**
 * Add a list to a set.
 */
static void add(group_rules_t *rules, group_rule_origin_t origin,
				const char *name, u_int sa, group_acl_t *acl)
{
	rules->add_acl(rules, acl, origin, name, sa);
	acl->destroy(acl);
}

/**
 * Parse a packet that is right.
 */
static group_packet_t parse(const char *text)
{
	group_packet_t packet;
	char *reason = NULL;

	ck_assert_msg(group_packet_parse(text, &packet, &reason), "%s", reason);
	return packet;
}

/**
 * Place of the rule that decides about a packet, -1 for none.
 */
static int place_of(group_rules_t *rules, group_packet_t packet)
{
	u_int place;

	return rules->classify(rules, &packet, &place) ? (int)place : -1;
}

/* ACL-003, ACL-004, ACL-008: own lines first, then the server's, the first
 * match decides, own permit lines drop */
START_TEST(test_order_acl_004)
{
	group_rules_t *rules = group_rules_create();
	const group_rule_t *rule;

	add(rules, GROUP_RULE_LOCAL, "own", 3,
		make_acl("deny ip host 10.1.0.1 host 10.1.0.2",
				 "permit tcp host 10.1.0.9 any", NULL));
	add(rules, GROUP_RULE_SERVER, NULL, 2,
		make_acl("deny udp any port 848 any port 848",
				 "permit ip 10.1.0.0/16 10.1.0.0/16", NULL));
	add(rules, GROUP_RULE_SERVER, NULL, 5,
		make_acl("permit ip 10.0.0.0/8 10.0.0.0/8", NULL));
	ck_assert_uint_eq(rules->get_count(rules), 5);
	ck_assert_ptr_null(rules->get(rules, 5));

	rule = rules->get(rules, 0);
	ck_assert_int_eq(rule->action, GROUP_RULE_CLEAR);
	ck_assert_int_eq(rule->origin, GROUP_RULE_LOCAL);
	ck_assert_str_eq(rule->list, "own");
	ck_assert_uint_eq(rule->ace.number, 10);
	rule = rules->get(rules, 1);
	ck_assert_int_eq(rule->action, GROUP_RULE_DROP);
	ck_assert_uint_eq(rule->sa, 0);
	rule = rules->get(rules, 3);
	ck_assert_int_eq(rule->action, GROUP_RULE_ENCRYPT);
	ck_assert_int_eq(rule->origin, GROUP_RULE_SERVER);
	ck_assert_ptr_null(rule->list);
	ck_assert_uint_eq(rule->sa, 2);

	ck_assert_int_eq(place_of(rules, parse("10.1.0.1 10.1.0.2 icmp")), 0);
	ck_assert_int_eq(place_of(rules, parse("10.1.0.9 10.1.0.2 tcp 1 2")), 1);
	ck_assert_int_eq(place_of(rules, parse("10.1.0.9 10.1.0.2 udp 1 2")), 3);
	ck_assert_int_eq(place_of(rules, parse("10.1.0.3 10.1.0.2 udp 848 848")),
					 2);
	ck_assert_int_eq(place_of(rules, parse("10.1.0.3 10.2.0.2 icmp")), 4);
	ck_assert_int_eq(place_of(rules, parse("10.1.0.3 192.0.2.1 icmp")), -1);
	rules->destroy(rules);
}
END_TEST

/* ACL-010, GM-055: inbound packets are matched from the other end */
START_TEST(test_mirror_acl_010)
{
	group_rules_t *rules = group_rules_create();
	group_packet_t out, in;

	add(rules, GROUP_RULE_SERVER, NULL, 0,
		make_acl("deny tcp host 10.1.0.1 port 22 host 10.1.0.2",
				 "permit ip 10.1.0.1 any", NULL));
	out = parse("10.1.0.1 10.1.0.2 tcp 22 40000");
	in = parse("10.1.0.2 10.1.0.1 tcp 40000 22");
	ck_assert_int_eq(place_of(rules, out), 0);
	ck_assert_int_eq(place_of(rules, in), -1);
	ck_assert_int_eq(place_of(rules, group_packet_mirror(&in)), 0);
	in = parse("10.1.0.2 10.1.0.1 tcp 22 40000");
	ck_assert_int_eq(place_of(rules, group_packet_mirror(&in)), 1);
	rules->destroy(rules);
}
END_TEST

/* GM-051, GM-052: what no exception names is dropped, in both families */
START_TEST(test_fail_close_gm_051)
{
	group_rules_t *rules = group_rules_create();
	const group_rule_t *rule;

	add(rules, GROUP_RULE_EXCEPTION, "open", 0,
		make_acl("deny tcp any port 22 any", NULL));
	rules->add_fail_close(rules);
	ck_assert_int_eq(place_of(rules, parse("10.0.0.1 10.0.0.2 tcp 22 9")), 0);
	ck_assert_int_eq(place_of(rules, parse("10.0.0.1 10.0.0.2 tcp 9 22")), 1);
	ck_assert_int_eq(place_of(rules, parse("2001:db8::1 ff0e::1 udp 1 2")), 1);
	rule = rules->get(rules, 1);
	ck_assert_int_eq(rule->action, GROUP_RULE_DROP);
	ck_assert_int_eq(rule->origin, GROUP_RULE_FAIL_CLOSE);
	ck_assert_ptr_null(rule->list);
	rules->destroy(rules);
}
END_TEST

/* later fragments: lines with ports match them only if they protect */
START_TEST(test_fragments)
{
	group_rules_t *rules = group_rules_create();
	group_packet_t packet;

	add(rules, GROUP_RULE_SERVER, NULL, 0,
		make_acl("deny udp any port 500 any",
				 "permit udp any port 7 10.1.0.0/16",
				 "deny udp any any", NULL));
	packet = parse("10.0.0.1 10.1.0.2 udp 500 7");
	ck_assert_int_eq(place_of(rules, packet), 0);
	packet.later = TRUE;
	ck_assert_int_eq(place_of(rules, packet), 1);
	packet = parse("10.0.0.1 10.2.0.2 udp 500 7");
	packet.later = TRUE;
	ck_assert_int_eq(place_of(rules, packet), 2);
	rules->destroy(rules);
}
END_TEST

/* ESP hides protocol and ports */
START_TEST(test_loose)
{
	group_rules_t *rules = group_rules_create();
	group_packet_t packet = parse("10.0.0.1 10.1.0.2 esp");

	add(rules, GROUP_RULE_SERVER, NULL, 0,
		make_acl("deny tcp any any", "deny udp any port 848 any",
				 "permit udp any port 7 10.1.0.0/16",
				 "deny esp any any", NULL));
	ck_assert_int_eq(place_of(rules, packet), 3);
	packet.loose = TRUE;
	ck_assert_int_eq(place_of(rules, packet), 2);
	packet = parse("10.0.0.1 10.2.0.2 esp");
	packet.loose = TRUE;
	ck_assert_int_eq(place_of(rules, packet), 3);
	rules->destroy(rules);
}
END_TEST

START_TEST(test_equals)
{
	group_rules_t *a = group_rules_create(), *b = group_rules_create();
	group_rules_t *ref;

	ck_assert(a->equals(a, b));
	add(a, GROUP_RULE_SERVER, "a", 1, make_acl("permit ip any any", NULL));
	ck_assert(!a->equals(a, b));
	add(b, GROUP_RULE_SERVER, "b", 1, make_acl("permit ip any any", NULL));
	ck_assert(a->equals(a, b));
	add(a, GROUP_RULE_LOCAL, "a", 0, make_acl("deny ip any any", NULL));
	add(b, GROUP_RULE_EXCEPTION, "a", 0, make_acl("deny ip any any", NULL));
	ck_assert(!a->equals(a, b));
	ref = a->get_ref(a);
	a->destroy(a);
	ck_assert_uint_eq(ref->get_count(ref), 2);
	ck_assert_str_eq(ref->get(ref, 0)->list, "a");
	ref->destroy(ref);
	b->destroy(b);
}
END_TEST

/* a thousand lines keep their order */
START_TEST(test_many)
{
	group_rules_t *rules = group_rules_create();
	group_acl_t *acl = group_acl_create();
	group_packet_t packet;
	group_ace_t ace;
	char text[64];
	u_int i;

	for (i = 0; i < 1024; i++)
	{
		snprintf(text, sizeof(text), "permit ip host 10.0.%u.%u any", i / 256,
				 i % 256);
		ck_assert(group_ace_parse(text, &ace, NULL));
		acl->append(acl, &ace);
	}
	add(rules, GROUP_RULE_SERVER, "many", 0, acl);
	ck_assert_uint_eq(rules->get_count(rules), 1024);
	for (i = 0; i < 1024; i++)
	{
		snprintf(text, sizeof(text), "10.0.%u.%u 10.9.9.9 gre", i / 256,
				 i % 256);
		packet = parse(text);
		ck_assert_int_eq(place_of(rules, packet), i);
	}
	rules->destroy(rules);
}
END_TEST

static const struct {
	const char *text;
	/* beginning of the reason, NULL if it is right */
	const char *reason;
} packets[] = {
	{ "10.1.0.1 10.2.0.1 tcp 40000 443" },
	{ "10.1.0.1\t10.2.0.1  ICMP" },
	{ "10.1.0.1 10.2.0.1 89" },
	{ "2001:db8::1 ff0e::1 udp 0 65535" },
	{ "", "\"\" is not a packet (write SRC DST PROTO" },
	{ "10.1.0.1 10.2.0.1", "\"10.1.0.1 10.2.0.1\" is not a packet" },
	{ "10.1.0.1 10.2.0.1 tcp 1 2 3", "\"10.1.0.1 10.2.0.1 tcp 1 2 3\" is" },
	{ "10.1.0.0/16 10.2.0.1 gre", "\"10.1.0.0/16\" is not an address" },
	{ "10.1.0.1 host gre", "\"host\" is not an address" },
	{ "10.1.0.1 2001:db8::1 gre", "10.1.0.1 and 2001:db8::1 are of two" },
	{ "10.1.0.1 10.2.0.1 ip", "\"ip\" is not the protocol of a packet" },
	{ "10.1.0.1 10.2.0.1 256", "\"256\" is not the protocol" },
	{ "10.1.0.1 10.2.0.1 frob", "\"frob\" is not the protocol" },
	{ "10.1.0.1 10.2.0.1 tcp", "protocol tcp needs two ports" },
	{ "10.1.0.1 10.2.0.1 udp 5", "protocol udp needs two ports" },
	{ "10.1.0.1 10.2.0.1 gre 5 6", "protocol gre has no ports" },
	{ "10.1.0.1 10.2.0.1 udp 5 65536", "\"65536\" is not a port" },
	{ "10.1.0.1 10.2.0.1 udp 5 123456", "\"123456\" is not a port" },
	{ "10.1.0.1 10.2.0.1 udp x 6", "\"x\" is not a port" },
	{ "10.1.0.1 10.2.0.1 udp 5 6x", "\"6x\" is not a port" },
	{ "10.1.0.1 10.2.0.1 permit_any_any_word_that_is_longer_than_all_others_by"
	  "_far", "\"permit_any" },
};

START_TEST(test_packet_parse)
{
	group_packet_t packet;
	char *reason = NULL;
	bool good;

	good = group_packet_parse(packets[_i].text, &packet, &reason);
	ck_assert_msg(good == !packets[_i].reason, "%s", packets[_i].text);
	if (!good)
	{
		ck_assert_msg(strpfx(reason, packets[_i].reason), "%s", reason);
		free(reason);
	}
}
END_TEST

START_TEST(test_packet_values)
{
	group_packet_t packet = parse("10.1.0.1 10.2.0.3 tcp 40000 443");
	uint8_t src[] = { 10, 1, 0, 1 }, dst[] = { 10, 2, 0, 3 };

	ck_assert_int_eq(packet.family, AF_INET);
	ck_assert_int_eq(packet.protocol, IPPROTO_TCP);
	ck_assert(memeq(packet.src, src, 4) && memeq(packet.dst, dst, 4));
	ck_assert_int_eq(packet.sport, 40000);
	ck_assert_int_eq(packet.dport, 443);
	ck_assert(!packet.later);
}
END_TEST

Suite *suite_group_rules(void)
{
	Suite *suite = suite_create("group rules");
	TCase *tcase;

	tcase = tcase_create("rules");
	tcase_add_test(tcase, test_order_acl_004);
	tcase_add_test(tcase, test_mirror_acl_010);
	tcase_add_test(tcase, test_fail_close_gm_051);
	tcase_add_test(tcase, test_fragments);
	tcase_add_test(tcase, test_loose);
	tcase_add_test(tcase, test_equals);
	tcase_add_test(tcase, test_many);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("packet");
	tcase_add_loop_test(tcase, test_packet_parse, 0, countof(packets));
	tcase_add_test(tcase, test_packet_values);
	suite_add_tcase(suite, tcase);
	return suite;
}
