/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_listener.h"

#include <transport/gdoi_vendor_id.h>

/** what members announced */
#define NATIVE GDOI_FEATURES
#define OTHER GDOI_FEATURE_BASE

/** parts of sections */
#define BEGIN "local_address = 10.0.8.1\n connections = c\n "
#define KEK "kek {\n signature_key = rsa.der\n lifetime = 1d\n }\n "
#define MULTICAST KEK "rekey {\n transport = multicast\n " \
	"address = 239.0.1.2\n }\n "
#define TEKS(acl) "teks {\n data {\n acl = \"" acl "\"\n lifetime = 1h\n " \
	"}\n }\n"

/** lists: a deny line that takes packets from a permit line, and one that none
 *  gets to */
#define VPN "permit ip 10.1.0.0/16 10.1.0.0/16"
#define DENY "deny ip host 10.1.0.9 any; " VPN
#define TRAILING VPN "; deny ip any any"

/* does leaving out the deny lines make a difference, and whom is it told to? */
static const struct {
	const char *acl;
	bool denies, matters;
} lists[] = {
	{ VPN, FALSE, FALSE },
	{ DENY, TRUE, TRUE },
	{ TRAILING, TRUE, FALSE },
	/* other protocols, ports, families and networks don't overlap */
	{ "deny tcp any any; permit udp any any", TRUE, FALSE },
	{ "deny udp any any port 53; permit udp any any port 848", TRUE, FALSE },
	{ "deny udp any any port 53; permit udp any port 848 any", TRUE, TRUE },
	{ "deny ip 2001:db8::/32 any; " VPN, TRUE, FALSE },
	{ "deny ip 10.2.0.0/16 any; " VPN, TRUE, FALSE },
	{ "deny ip any 10.1.128.0/17; " VPN, TRUE, TRUE },
	{ "deny ip host 10.1.0.9 host 10.1.0.9; " VPN, TRUE, TRUE },
	{ "deny ospf any any; " VPN, TRUE, TRUE },
	/* no packet gets to the deny line */
	{ "permit ip 10.0.0.0/8 any; deny ip 10.1.0.0/16 any; permit ip any any",
	  TRUE, FALSE },
	{ "permit ip 10.1.0.0/17 any; deny ip 10.1.0.0/16 any; permit ip any any",
	  TRUE, TRUE },
	/* ... or none to the permit line but by the first one */
	{ "permit ip any any; deny ip 10.0.0.0/8 any; " VPN, TRUE, FALSE },
	/* all packets of the permit line are denied, others would protect them */
	{ "deny ip 10.0.0.0/8 any; " VPN, TRUE, TRUE },
	{ "deny ip 10.0.0.0/8 any; " VPN "; permit ip any any", TRUE, TRUE },
};

/* ACL-002, ACL-004 */
START_TEST(test_matters)
{
	char text[1024];
	ks_config_t *config;
	ks_told_t others;
	int i;

	for (i = 0; i < 2; i++)
	{
		snprintf(text, sizeof(text), BEGIN "%s teks {\n data {\n acl = "
				 "\"%s\"\n }\n }\n", i ? "deny_lines = ignore\n" : "",
				 lists[_i].acl);
		config = ks_fixture_config(text);
		ck_assert_int_eq(config->acl.has_deny, lists[_i].denies);
		ck_assert_msg(config->acl.matters == lists[_i].matters, "%s",
					  lists[_i].acl);
		ck_assert_int_eq(ks_config_acl_told(&config->acl, KS_PEER_NATIVE),
						 KS_TOLD_ALL);
		others = !lists[_i].matters ? KS_TOLD_ALL
									: i ? KS_TOLD_PERMITS : KS_TOLD_NOT;
		ck_assert_int_eq(ks_config_acl_told(&config->acl, KS_PEER_OTHER),
						 others);
		ck_assert_int_eq(ks_config_acl_form(&config->acl, KS_PEER_NATIVE),
						 lists[_i].denies ? GROUP_ACL_LISTS
										  : GROUP_ACL_STRICT);
		ck_assert_int_eq(ks_config_acl_form(&config->acl, KS_PEER_OTHER),
						 lists[_i].denies ? GROUP_ACL_PERMITS
										  : GROUP_ACL_STRICT);
		ks_config_destroy(config);
	}
}
END_TEST

/**
 * Register a member.
 *
 * @param form			how its lists must travel
 * @return				FALSE if it was refused
 */
static bool enter(uint8_t features, group_acl_form_t form)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.7.7", "10.1.7.7", "c");
	gdoi_notify_t notify = GDOI_NOTIFY_NONE;
	group_policy_t *policy;
	char *reason = NULL;

	phase1->features = features;
	policy = listen_group->authorize(listen_group, &phase1->public, &notify,
									 &reason);
	if (policy)
	{
		ck_assert_int_eq(policy->get_acl_form(policy), form);
		listen_enter(phase1, policy);
		policy->destroy(policy);
	}
	else
	{
		ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
		ck_assert(strstr(reason, "access lists"));
	}
	free(reason);
	fake_phase1_destroy(phase1);
	return policy != NULL;
}

/* members that only speak RFC 6407 are refused by name, or get permit lines */
START_TEST(test_register)
{
	listen_begin_section(BEGIN KEK TEKS(DENY));
	ck_assert(enter(NATIVE, GROUP_ACL_LISTS));
	ck_assert_int_eq(listen_logged("KS_DENY_"), 0);
	ck_assert(!enter(OTHER, GROUP_ACL_STRICT));
	ck_assert_int_eq(listen_logged("KS_DENY_UNSUPPORTED"), 1);
	ck_assert_int_eq(listen_logged("10.1.7.7 (10.1.7.7) to group g is refused: "
								   "the access lists have deny lines"), 1);
	listen_end();

	listen_begin_section(BEGIN "deny_lines = ignore\n " KEK TEKS(DENY));
	ck_assert(enter(OTHER, GROUP_ACL_PERMITS));
	ck_assert_int_eq(listen_logged("KS_DENY_IGNORED"), 1);
	ck_assert_int_eq(listen_logged("got the permit lines only"), 1);
	listen_end();

	listen_begin_section(BEGIN KEK TEKS(TRAILING));
	ck_assert(enter(OTHER, GROUP_ACL_PERMITS));
	ck_assert(enter(NATIVE, GROUP_ACL_LISTS));
	ck_assert_int_eq(listen_logged("KS_DENY_"), 0);
	listen_end();

	/* more lines than SATs have room for */
	listen_begin_section(BEGIN "deny_lines = ignore\n " KEK TEKS("lines500"));
	ck_assert(enter(NATIVE, GROUP_ACL_LISTS));
	ck_assert(!enter(OTHER, GROUP_ACL_STRICT));
	ck_assert_int_eq(listen_logged("have so many lines"), 1);
	listen_end();
}
END_TEST

/* without rekeys the keys keep their list, which members must be told while
 * the configuration has no deny lines any more */
START_TEST(test_without_kek)
{
	listen_begin_section(BEGIN TEKS(DENY));
	ck_assert(enter(NATIVE, GROUP_ACL_LISTS));
	listen_load(BEGIN TEKS(VPN));
	ck_assert(enter(NATIVE, GROUP_ACL_LISTS));
	listen_wait(3600);
	ck_assert(enter(NATIVE, GROUP_ACL_STRICT));
	listen_end();
}
END_TEST

/* ACL-011: another list is one rekey, and all generations have it */
START_TEST(test_change_acl_011)
{
	listen_begin_section(BEGIN KEK TEKS(VPN));
	listen_enrol(2, NATIVE);
	listen_acking = 2;
	listen_wait(100);
	listen_load(BEGIN KEK TEKS(DENY));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].denies, 2);
	ck_assert_int_eq(heard[0].form, GROUP_ACL_LISTS);
	/* and one back */
	listen_load(BEGIN KEK TEKS(VPN));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].denies, 0);
	ck_assert_int_eq(heard[1].form, GROUP_ACL_STRICT);
	listen_end();
}
END_TEST

/* on a change, who can't be told is left out of the rekey and no member any
 * more: nothing opens or breaks its traffic silently */
START_TEST(test_leave_out)
{
	listen_begin_section(BEGIN KEK TEKS(VPN));
	listen_enrol(2, NATIVE);
	listen_enrol(1, OTHER);
	listen_acking = 3;
	listen_load(BEGIN KEK TEKS(DENY));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].denies, 2);
	ck_assert_uint_eq(listen_members(), 2);
	ck_assert_int_eq(listen_logged("KS_DENY_UNSUPPORTED"), 1);
	ck_assert_int_eq(listen_logged("Member 10.1.0.3 of group g is removed"), 1);
	listen_end();
}
END_TEST

/* ... or gets the permit lines, and is named once */
START_TEST(test_ignore)
{
	const char *changed = BEGIN "deny_lines = ignore\n " KEK TEKS(DENY);

	listen_begin_section(BEGIN KEK TEKS(VPN));
	listen_enrol(2, NATIVE);
	listen_enrol(1, OTHER);
	listen_acking = 3;
	listen_wait(1);
	listen_load(changed);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[0].seq, heard[1].seq);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].denies, 2);
	ck_assert_uint_eq(heard[1].receivers, 1);
	ck_assert_uint_eq(heard[1].denies, 0);
	ck_assert_uint_eq(heard[1].lines, 1);
	ck_assert_int_eq(heard[1].form, GROUP_ACL_STRICT);
	ck_assert_uint_eq(listen_members(), 3);
	ck_assert_int_eq(listen_logged("KS_DENY_IGNORED"), 1);
	ck_assert_int_eq(listen_logged("Member 10.1.0.3 of group g gets"), 1);
	listen_rekey(FALSE);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 4);
	ck_assert_int_eq(listen_logged("KS_DENY_IGNORED"), 1);
	listen_end();
}
END_TEST

/* a multicast rekey is what all members understand */
START_TEST(test_multicast)
{
	listen_begin_section(BEGIN MULTICAST TEKS(TRAILING));
	listen_enrol(2, NATIVE);
	listen_rekey(FALSE);
	listen_wait(1);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_int_eq(heard[0].form, GROUP_ACL_LISTS);
	listen_wait(100);
	heard_count = 0;
	listen_enrol(1, OTHER);
	listen_rekey(FALSE);
	listen_wait(1);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_int_eq(heard[0].form, GROUP_ACL_STRICT);
	ck_assert_uint_eq(heard[0].denies, 0);
	listen_end();
}
END_TEST

/* as many lines as there may be, in one rekey with two generations */
START_TEST(test_long)
{
	listen_begin_section(_i ? BEGIN KEK TEKS("lines6-1024")
							: BEGIN KEK TEKS("lines1024"));
	listen_enrol(1, NATIVE);
	listen_enrol(1, OTHER);
	listen_acking = 2;
	listen_rekey(FALSE);
	listen_wait(1);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 1);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].lines, 1024);
	ck_assert_uint_ge(heard[0].octets, 1024 * (_i ? 46 : 22));
	ck_assert_uint_le(heard[0].octets, 65507);
	ck_assert_uint_eq(listen_members(), 1);
	listen_end();
}
END_TEST

/* ACL-009, LOG-119: 100 and 101 lines, where 100 are used */
START_TEST(test_limit_acl_009)
{
	listen_begin_section(BEGIN "acl_limit = 100\n " KEK TEKS("lines100"));
	ck_assert_int_eq(listen_logged("GDOI_ACL_NUM"), 0);
	listen_enrol(1, NATIVE);
	listen_load(BEGIN "acl_limit = 100\n " KEK TEKS("lines101"));
	ck_assert_int_eq(listen_logged("GDOI_ACL_NUM"), 1);
	ck_assert_int_eq(listen_logged("have 101 lines, the first 100 are used"),
					 1);
	listen_wait(2);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].lines, 100);
	listen_end();

	/* also at the start */
	listen_begin_section(BEGIN "acl_limit = 100\n " KEK TEKS("lines101"));
	ck_assert_int_eq(listen_logged("GDOI_ACL_NUM"), 1);
	listen_end();
}
END_TEST

/* GM-036, GM-037, REKEY-108, REKEY-109, LOG-145, LOG-146: a rekey with new TEKs
 * tells of all TEKs which way they go from now on */
START_TEST(test_receive_only_gm_037)
{
	listen_begin_section(BEGIN "receive_only = no\n " KEK TEKS(VPN));
	listen_enrol(2, _i ? OTHER : NATIVE);
	listen_acking = 2;
	listen_wait(100);
	listen_load(BEGIN "receive_only = yes\n " KEK TEKS(VPN));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, _i ? heard_count : 1);
	ck_assert_uint_eq(heard[0].teks, 2);
	ck_assert_uint_eq(heard[0].inbound, 2);
	ck_assert_int_eq(listen_logged("KS_CONV_SAS_INGRESS"), 1);
	ck_assert_int_eq(listen_logged("KS_CONV_SAS_DUPLEX"), 0);
	listen_wait(200);
	heard_count = 0;
	listen_load(BEGIN KEK TEKS(VPN));
	listen_wait(10);
	ck_assert_uint_ge(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 3);
	ck_assert_uint_eq(heard[0].inbound, 0);
	ck_assert_int_eq(listen_logged("KS_CONV_SAS_INGRESS"), 1);
	ck_assert_int_eq(listen_logged("KS_CONV_SAS_DUPLEX"), 1);
	listen_end();
}
END_TEST

/** two TEKs in an order */
#define PAIR(a, x, b, y) BEGIN KEK "teks {\n " a " {\n acl = \"" x "\"\n }\n " \
	b " {\n acl = \"" y "\"\n }\n }\n"

/* ACL-004: lists are one after the other as configured, whatever was made
 * first; another order is told by a rekey without new TEKs */
START_TEST(test_order_acl_004)
{
	listen_begin_section(PAIR("a", "permit ip any 10.1.0.0/16",
							  "b", "permit ip any 10.2.0.0/16"));
	listen_enrol(2, NATIVE);
	listen_acking = 2;
	listen_wait(100);
	listen_rekey(FALSE);
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 4);
	ck_assert_str_eq(heard[0].first_line, "permit ip any 10.1.0.0/16");
	ck_assert_str_eq(heard[0].last_line, "permit ip any 10.2.0.0/16");
	listen_load(PAIR("b", "permit ip any 10.2.0.0/16",
					 "a", "permit ip any 10.1.0.0/16"));
	listen_wait(10);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].teks, 4);
	ck_assert_str_eq(heard[1].first_line, "permit ip any 10.2.0.0/16");
	ck_assert_str_eq(heard[1].last_line, "permit ip any 10.1.0.0/16");
	listen_end();
}
END_TEST

/* deny lines count beyond their own TEK */
START_TEST(test_concatenated_acl_004)
{
	ks_config_t *config;

	config = ks_fixture_config(PAIR("a", "deny ip host 10.2.0.9 any; "
									"permit ip any 10.1.0.0/16",
									"b", "permit ip any 10.2.0.0/16"));
	ck_assert(config->acl.matters);
	ck_assert_uint_eq(config->acl.used, 3);
	ks_config_destroy(config);
	config = ks_fixture_config(PAIR("b", "permit ip any 10.2.0.0/16",
									"a", "permit ip any 10.1.0.0/16; "
									"deny ip host 10.2.0.9 any"));
	ck_assert(!config->acl.matters);
	ks_config_destroy(config);
}
END_TEST

Suite *ks_deny_suite()
{
	Suite *suite = suite_create("key server: deny lines");
	TCase *tc = tcase_create("deny");

	tcase_add_loop_test(tc, test_matters, 0, countof(lists));
	tcase_add_test(tc, test_register);
	tcase_add_test(tc, test_without_kek);
	tcase_add_test(tc, test_change_acl_011);
	tcase_add_test(tc, test_leave_out);
	tcase_add_test(tc, test_ignore);
	tcase_add_test(tc, test_multicast);
	tcase_add_loop_test(tc, test_long, 0, 2);
	tcase_add_test(tc, test_limit_acl_009);
	tcase_add_loop_test(tc, test_receive_only_gm_037, 0, 2);
	tcase_add_test(tc, test_order_acl_004);
	tcase_add_test(tc, test_concatenated_acl_004);
	suite_add_tcase(suite, tc);
	return suite;
}
