/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

/** first and second key server */
#define KS1 (&world->servers[0])
#define KS2 (&world->servers[1])

/** a group with keys beyond the usual two */
#define APPLY(name, id, servers, ...) \
	world_apply(name, id, "servers", servers, "interface", "eth0", \
				##__VA_ARGS__, NULL)

/* GM-001, LOG-018, LOG-124, LOG-135 */
START_TEST(test_register)
{
	APPLY("getvpn", 3333, "ks1");
	ck_assert_int_eq(world_state("getvpn"), GM_WAITING_INTERFACE);
	world_settle();
	ck_assert_int_eq(world_state("getvpn"), GM_REGISTERED);
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(KS1->messages, 2);
	ck_assert(world->map->attached && world->map->ready[0]);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->line_count, 1);
	/* GM-056 */
	ck_assert_uint_ge(world->map->server_count, 1);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_CM_ATTACH: Crypto map of group "
								  "getvpn attached to interface eth0"), 1);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_REGSTER: Start registration to "
			"KS 10.0.8.1 for group getvpn using address 10.0.1.1"), 1);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_REGS_COMPL: Registration to KS "
			"10.0.8.1 complete for group getvpn using address 10.0.1.1"), 1);
}
END_TEST

/* KS-016: phase 1 goes after registration, or stays when told to */
START_TEST(test_phase1_dropped)
{
	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert_int_eq(world_phase1s(), 0);
	ck_assert_int_eq(KS1->terminated, 1);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	/* the key server's own Delete changes nothing either */
	ck_assert(world->map->ready[0]);
}
END_TEST

/* KS-016: a phase 1 that is kept serves the next registration */
START_TEST(test_phase1_kept)
{
	APPLY("g", 1, "ks1", "keep_phase1", "yes");
	world_settle();
	ck_assert_int_eq(world_phase1s(), 1);
	world_advance(3545 * 1000);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(KS1->established, 1);
	ck_assert_int_eq(world_phase1s(), 1);
	/* one that the key server ended is made anew, as it may have restarted */
	world_close(KS1);
	world_advance(3000);
	ck_assert_int_eq(KS1->registered, 3);
	ck_assert_int_eq(KS1->established, 2);
}
END_TEST

/* GM-002, GM-003: up to eight servers, in the order of the configuration */
START_TEST(test_order)
{
	int i;

	for (i = 0; i < countof(world->servers) - 1; i++)
	{
		world->servers[i].phase1 = PHASE1_FAILS;
	}
	APPLY("g", 1, "ks1,ks2,ks3,ks4,ks5,ks6,ks7,ks8");
	world_advance(7 * 20 + 10);
	for (i = 0; i < countof(world->servers); i++)
	{
		ck_assert_int_eq(world->servers[i].initiated, 1);
	}
	world_settle();
	ck_assert_int_eq(world->servers[7].registered, 1);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(world_logged("GM_REGS_FAILED"), 7);
	ck_assert_int_eq(world_logged("with ks3 for group g failed: phase 1 could "
								  "not be established"), 1);
}
END_TEST

/* GM-003: another order of the same servers */
START_TEST(test_other_order)
{
	APPLY("g", 1, "ks2, ks1");
	world_settle();
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(KS1->initiated, 0);
}
END_TEST

/* a server that never answers in phase 1 costs register_timeout */
START_TEST(test_silent)
{
	KS1->phase1 = PHASE1_SILENT;
	APPLY("g", 1, "ks1, ks2", "register_timeout", "20s");
	world_advance(19999);
	ck_assert_int_eq(world_state("g"), GM_CONNECTING);
	ck_assert_int_eq(KS2->initiated, 0);
	world_advance(200);
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(world_logged("no phase 1 within register_timeout"), 1);
}
END_TEST

/** server dying: replies it sends, messages it gets until it is given up */
static const struct {
	int replies;
	int messages;
} dying[] = {
	/* no message 2: message 1 four times */
	{ 0, 4 },
	/* no message 4: message 1 once, message 3 four times */
	{ 1, 5 },
};

START_TEST(test_dies)
{
	KS1->replies = dying[_i].replies;
	APPLY("g", 1, "ks1, ks2", "register_timeout", "60s");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERING);
	/* 5, 10, 20 and 5 seconds, plus jitter of at most a tenth */
	world_advance(39 * 1000);
	ck_assert_int_eq(KS1->messages, dying[_i].messages);
	ck_assert_int_eq(KS2->initiated, 0);
	world_advance(6 * 1000);
	ck_assert_int_eq(KS1->messages, dying[_i].messages);
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(KS1->terminated, 1);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
}
END_TEST

/* the whole of a server's time is bounded too */
START_TEST(test_register_timeout)
{
	KS1->replies = 1;
	APPLY("g", 1, "ks1, ks2", "register_timeout", "12s");
	world_advance(12500);
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(world_logged("no keys within register_timeout"), 1);
}
END_TEST

/* phase 1 ends in the middle of the exchange */
START_TEST(test_closed)
{
	KS1->replies = 1;
	APPLY("g", 1, "ks1, ks2");
	world_settle();
	world_close(KS1);
	world_settle();
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(world_logged("phase 1 ended before the keys came"), 1);
}
END_TEST

/* lost messages are sent again */
START_TEST(test_loss)
{
	KS1->lose = _i;
	APPLY("g", 1, "ks1", "register_timeout", "60s");
	world_advance(36 * 1000);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(KS1->initiated, 1);
}
END_TEST

/* LOG-129: a wrong HASH is logged once, changes nothing, and the next server
 * gets its chance */
START_TEST(test_wrong_hash)
{
	KS1->wrong_keys = TRUE;
	APPLY("g", 1, "ks1, ks2", "register_timeout", "30s");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERING);
	ck_assert_int_eq(world->sas, 0);
	world_advance(31 * 1000);
	ck_assert_int_eq(world_logged("%GDOI-3-GM_HASH_FAIL: Registration: message "
								  "of KS 10.0.8.1 in group g"), 1);
	ck_assert_int_eq(KS1->registered, 0);
	ck_assert_int_eq(KS2->registered, 1);
}
END_TEST

/** error notifies of the key server and what is said of them */
static const struct {
	uint16_t type;
	const char *reason;
} notifies[] = {
	{ 18, "ks1 for group g failed: the key server does not know the group" },
	{ 24, "ks1 for group g failed: the key server does not authorise us" },
	{ 16, "ks1 for group g failed: the key server sent error notify 16" },
};

START_TEST(test_notify)
{
	KS1->notify = notifies[_i].type;
	APPLY("g", 1, "ks1, ks2");
	world_settle();
	ck_assert_int_eq(world_logged(notifies[_i].reason), 1);
	ck_assert_int_eq(KS1->terminated, 1);
	ck_assert_int_eq(KS2->registered, 1);
}
END_TEST

/**
 * A policy that no member takes
 */
static group_policy_t *short_icv(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();
	group_tek_t *tek = test_tek(0x99, "permit ip any any", NULL);
	group_tek_data_t data = *tek->get(tek);
	chunk_t key = test_random_chunk(36);

	data.encr = ENCR_AES_GCM_ICV8;
	data.encr_bits = 256;
	data.integ = AUTH_UNDEFINED;
	data.encr_key = key;
	data.integ_key = chunk_empty;
	policy->add_tek(policy, group_tek_create(&data));
	tek->destroy(tek);
	chunk_free(&key);
	return policy;
}

/**
 * A policy without a KEK
 */
static group_policy_t *no_kek(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->add_tek(policy, world_tek(0x77, 3600, "permit ip any any"));
	return policy;
}

/* LOG-136, gdoi-wire 3 GM rule 2: Informational with Delete, no message 3,
 * phase 1 torn down */
START_TEST(test_policy_refused)
{
	KS1->policy = short_icv;
	APPLY("g", 1, "ks1, ks2");
	world_settle();
	ck_assert_int_eq(world_logged("%GDOI-4-GM_REJECTING_SA_PAYLOAD: "
			"Registration: policy of KS 10.0.8.1 in group g is rejected: TEK "
			"00000099 with AES_GCM_8"), 1);
	ck_assert_int_eq(KS1->informationals, 1);
	ck_assert_int_eq(KS1->messages, 1);
	ck_assert_int_eq(KS1->terminated, 1);
	ck_assert_int_eq(KS1->registered, 0);
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert_int_eq(world_traced("install 99", 0), -1);
}
END_TEST

/* the kernel's refusal ends an attempt, not the group */
START_TEST(test_kernel_refuses)
{
	gm_status_t status;

	world->refused = WORLD_SPI;
	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_RETRYING);
	status = world_status("g");
	ck_assert_str_eq(status.reason, "ks1: the kernel refused SA 00001000");
	ck_assert(!status.ready);
	ck_assert_int_eq(world_phase1s(), 0);
	world->refused = 0;
	world_advance(11 * 1000);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}
END_TEST

/* GM-003: after the last server a growing wait, and again from the first */
START_TEST(test_backoff)
{
	static const int wait[] = { 10, 20, 40, 60, 60 };
	gm_status_t status;
	int i;

	KS1->phase1 = KS2->phase1 = PHASE1_FAILS;
	APPLY("g", 1, "ks1, ks2", "retry_initial", "10s", "retry_max", "1m",
		  "retry_jitter", "0");
	world_settle();
	for (i = 0; i < countof(wait); i++)
	{
		status = world_status("g");
		ck_assert_int_eq(world_state("g"), GM_RETRYING);
		ck_assert_uint_le(status.retry, wait[i]);
		ck_assert_uint_ge(status.retry, wait[i] - 1);
		ck_assert_int_eq(KS1->initiated, i + 1);
		ck_assert_int_eq(KS2->initiated, i + 1);
		world_advance(wait[i] * 1000);
		world_settle();
	}
	KS1->phase1 = PHASE1_UP;
	world_advance(61 * 1000);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	status = world_status("g");
	ck_assert_str_eq(status.reason, "");
	ck_assert_uint_eq(status.succeeded, 1);
	ck_assert_uint_eq(status.attempted, 13);
}
END_TEST

/* jitter shortens waits, within its bounds */
START_TEST(test_backoff_jitter)
{
	KS1->phase1 = PHASE1_FAILS;
	world->jitter = UINT32_MAX;
	APPLY("g", 1, "ks1", "retry_initial", "100s", "retry_jitter", "40");
	world_advance(59 * 1000);
	ck_assert_int_eq(KS1->initiated, 1);
	world_advance(2 * 1000);
	ck_assert_int_eq(KS1->initiated, 2);
}
END_TEST

/* KS-021: a source address of the configuration */
START_TEST(test_local_address)
{
	APPLY("g", 1, "ks1", "local_address", "10.9.9.9");
	world_settle();
	ck_assert(KS1->local != NULL);
	ck_assert_int_eq(world_logged("using address 10.9.9.9"), 2);
}
END_TEST

/* GM-015: the address of a loopback, which may come later */
START_TEST(test_local_interface)
{
	APPLY("g", 1, "ks1", "local_address", "lo1");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_RETRYING);
	ck_assert_str_eq(world_status("g").reason,
					 "local_address: interface lo1 has no address");
	ck_assert_int_eq(KS1->initiated, 0);
	world->lo1 = host_create_from_string("10.7.7.7", 0);
	world_advance(1200);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert(KS1->local->ip_equals(KS1->local, world->lo1));
}
END_TEST

/* GM-051, GM-056: fail_close must know the key servers' addresses before a
 * packet, so names are warned of; the address is learned from phase 1 */
START_TEST(test_server_name)
{
	KS1->named = TRUE;
	APPLY("g", 1, "ks1", "fail_close", _i ? "yes" : "no");
	world_settle();
	ck_assert_int_eq(world_logged("GM_FAIL_CLOSE"), _i);
	ck_assert_uint_eq(world->map->server_count, 1);
}
END_TEST

/* connections that are loaded after groups are found soon; GM-004, LOG-130 */
START_TEST(test_connection_later)
{
	KS1->loaded = FALSE;
	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_RETRYING);
	ck_assert_int_eq(world_logged("no IKEv1 connection of this name"), 1);
	world_advance(5000);
	ck_assert_int_eq(world_logged("no IKEv1 connection of this name"), 1);
	ck_assert_int_eq(world_logged("GM_INCOMPLETE_CFG"), 0);
	world_advance(60 * 1000);
	ck_assert_int_eq(world_logged("GM_INCOMPLETE_CFG"), 1);
	KS1->loaded = TRUE;
	world_advance(1200);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}
END_TEST

/* several groups over one connection: one phase 1, a PULL each */
START_TEST(test_shared)
{
	APPLY("a", 1, "ks1");
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	world_settle();
	ck_assert_int_eq(KS1->initiated, 1);
	ck_assert_int_eq(KS1->established, 1);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(world_state("b"), GM_REGISTERED);
	ck_assert_int_eq(world->maps->get_count(world->maps), 2);
	ck_assert_uint_eq(world->map->index, 1);
	/* it goes when nobody needs it any more */
	ck_assert_int_eq(world_phase1s(), 0);
	ck_assert_int_eq(KS1->terminated, 1);
}
END_TEST

/* a group that keeps phase 1 keeps it for itself */
START_TEST(test_shared_kept)
{
	APPLY("a", 1, "ks1", "keep_phase1", "yes");
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	world_settle();
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_phase1s(), 1);
	world->manager->role.remove(&world->manager->role, "a");
	world_settle();
	ck_assert_int_eq(world_phase1s(), 0);
	ck_assert_int_eq(world_state("b"), GM_REGISTERED);
}
END_TEST

/* GM-005: the multicast group of the KEK is joined on the interface, once,
 * and left with the keys; the world checks that none stays */
START_TEST(test_multicast)
{
	group_role_t *role = &world->manager->role;
	host_t *expected = host_create_from_string("239.1.1.1", 0);

	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert(world->joined &&
			  world->joined->ip_equals(world->joined, expected));
	ck_assert_str_eq(world->joined_on, "eth0");
	world_advance(3545 * 1000);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world->memberships, 1);
	role->remove(role, "g");
	ck_assert_int_eq(world->memberships, 0);
	/* without a KEK there is nothing to join */
	KS1->policy = no_kek;
	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(world->memberships, 0);
	expected->destroy(expected);
}
END_TEST

/* AUTHZ-005: one group's refusal is not taken for another's, and leaves the
 * phase 1 to it */
START_TEST(test_shared_refused)
{
	KS1->refused = 2;
	APPLY("a", 1, "ks1", "keep_phase1", _i ? "yes" : "no");
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	world_settle();
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_uint_eq(world_status("a").attempted, 1);
	/* b is sure when nothing else comes */
	world_advance(6000);
	ck_assert_int_eq(world_state("b"), GM_RETRYING);
	ck_assert_str_eq(world_status("b").reason,
					 "ks1: the key server does not authorise us");
	ck_assert_int_eq(world_logged("GM_REGS_FAILED"), 1);
	/* the retries of b don't end what a keeps */
	world_advance(60000);
	ck_assert_int_eq(world_phase1s(), _i);
	ck_assert_int_eq(KS1->registered, 1);
	if (_i)
	{
		ck_assert_int_eq(KS1->terminated, 0);
	}
}
END_TEST

/* two groups that are both refused hear of it */
START_TEST(test_shared_both_refused)
{
	KS1->notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
	APPLY("a", 1, "ks1");
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	world_advance(11500);
	ck_assert_int_eq(world_logged("for group a failed: the key server does "
								  "not authorise us"), 1);
	ck_assert_int_eq(world_logged("for group b failed: the key server does "
								  "not authorise us"), 1);
	ck_assert_int_eq(world_logged("GM_REGS_FAILED"), 2);
}
END_TEST

/* a policy that one group refuses does not end the phase 1 of another */
START_TEST(test_shared_policy_refused)
{
	APPLY("a", 1, "ks1", "keep_phase1", "yes");
	world_settle();
	KS1->policy = short_icv;
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	world_settle();
	ck_assert_int_eq(world_logged("GM_REJECTING_SA_PAYLOAD"), 1);
	ck_assert_int_eq(KS1->terminated, 0);
	ck_assert_int_eq(world_phase1s(), 1);
}
END_TEST

Suite *member_registration_suite(void)
{
	Suite *s = suite_create("member registration");
	TCase *tc = tcase_create("registration");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_register);
	tcase_add_test(tc, test_phase1_dropped);
	tcase_add_test(tc, test_phase1_kept);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_other_order);
	tcase_add_test(tc, test_silent);
	tcase_add_loop_test(tc, test_dies, 0, countof(dying));
	tcase_add_test(tc, test_register_timeout);
	tcase_add_test(tc, test_closed);
	tcase_add_loop_test(tc, test_loss, 0, 4);
	tcase_add_test(tc, test_wrong_hash);
	tcase_add_loop_test(tc, test_notify, 0, countof(notifies));
	tcase_add_test(tc, test_policy_refused);
	tcase_add_test(tc, test_kernel_refuses);
	tcase_add_test(tc, test_backoff);
	tcase_add_test(tc, test_backoff_jitter);
	tcase_add_test(tc, test_local_address);
	tcase_add_test(tc, test_local_interface);
	tcase_add_loop_test(tc, test_server_name, 0, 2);
	tcase_add_test(tc, test_connection_later);
	tcase_add_test(tc, test_shared);
	tcase_add_test(tc, test_shared_kept);
	tcase_add_test(tc, test_multicast);
	tcase_add_loop_test(tc, test_shared_refused, 0, 2);
	tcase_add_test(tc, test_shared_both_refused);
	tcase_add_test(tc, test_shared_policy_refused);
	suite_add_tcase(s, tc);
	return s;
}
