/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pull_world.h"

/* KS-001 to KS-004, LOG-147, LOG-156: member and server have the same keys */
START_TEST(test_pull_registration)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	fake_phase1_t *second = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");
	group_policy_t *policy, *again;
	enumerator_t *enumerator;
	group_tek_t *tek, *same;
	const group_kek_data_t *kek;

	policy = pull_enrol(phase1, &pull_getvpn, 7);
	ck_assert(policy != NULL);
	ck_assert(policy->has_keys(policy));
	ck_assert_uint_eq(policy->get_tek_count(policy), 1);
	ck_assert_uint_eq(policy->get_sequence(policy), 0);
	kek = policy->get_kek(policy)->get(policy->get_kek(policy));
	ck_assert_uint_eq(kek->lifetime, 86400);
	ck_assert_uint_eq(kek->sig_key.len, 294);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	ck_assert_str_eq(ks_fixture_log_text,
		"%GDOI-6-KS_FIRST_GM: First member 10.1.1.1 joins group getvpn\n"
		"%GDOI-5-KS_REGG_COMPL: Registration of member 10.1.1.1 (10.1.1.1) "
		"complete for group getvpn using address 10.0.8.1\n");

	ks_fixture_now += 100;
	again = pull_enrol(second, &pull_getvpn, 7);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 2);
	ck_assert_int_eq(pull_logged("KS_FIRST_GM"), 1);
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		ck_assert_uint_eq(tek->get(tek)->lifetime, 3600);
		ck_assert_uint_eq(tek->get(tek)->acl->get_count(tek->get(tek)->acl), 2);
		same = again->find_tek(again, PROTO_ESP, tek->get(tek)->spi);
		ck_assert(same != NULL);
		ck_assert(chunk_equals(tek->get(tek)->encr_key,
							   same->get(same)->encr_key));
		ck_assert(chunk_equals(tek->get(tek)->integ_key,
							   same->get(same)->integ_key));
		/* what is left of it */
		ck_assert_uint_eq(same->get(same)->lifetime, 3500);
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(pull_counter("pulls-completed"), 2);
	ck_assert(!phase1->terminated && !second->terminated);
	policy->destroy(policy);
	again->destroy(again);
	fake_phase1_destroy(phase1);
	fake_phase1_destroy(second);
}
END_TEST

/* KS-020: a refused group doesn't end the phase 1 that another one uses */
START_TEST(test_pull_two_groups)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");

	pull_expect_success(phase1, &pull_getvpn, 1);
	pull_expect_refusal(phase1, &pull_other_group, 24);
	ck_assert(!phase1->terminated);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	ck_assert_uint_eq(pull_members(&pull_other_group), 0);
	fake_phase1_destroy(phase1);
}
END_TEST

/* retransmitted requests get the identical reply; later ones are replays */
START_TEST(test_pull_duplicates_and_replay)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply, again;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	again = pull_ask(phase1, message);
	ck_assert(chunk_equals(reply, again));
	chunk_free(&again);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	reply = pull_ask(phase1, result.out);
	again = pull_ask(phase1, result.out);
	ck_assert_uint_gt(reply.len, 0);
	ck_assert(chunk_equals(reply, again));
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	ck_assert_uint_eq(pull_counter("pull-duplicates"), 2);
	chunk_free(&reply);
	chunk_free(&again);

	ks_fixture_now += 31;
	pull_server->sweep(pull_server);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	ck_assert_uint_eq(pull_ask(phase1, message).len, 0);
	ck_assert_uint_eq(pull_ask(phase1, result.out).len, 0);
	ck_assert_uint_eq(pull_counter("pull-replays"), 2);
	ck_assert_uint_eq(pull_counter("pull-timeouts"), 0);
	chunk_free(&message);
	gdoi_pull_result_clear(&result);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* LOG-148: no member refused anything if we end phase 1 ourselves */
START_TEST(test_pull_ended_by_us)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	chunk_t message, reply;
	int i;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	ck_assert_uint_gt(reply.len, 0);
	for (i = 0; i < 3; i++)
	{
		pull_expect_refusal(phase1, &pull_other_group, 24);
	}
	ck_assert(phase1->terminated);
	pull_server->handler.closed(&pull_server->handler, &phase1->public);
	ck_assert_int_eq(pull_logged("UNAUTHORIZED_IPADDR"), 3);
	ck_assert_int_eq(pull_logged("KS_GM_REJECTS_SA_PAYLOAD"), 0);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	chunk_free(&message);
	chunk_free(&reply);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* a group that ends while a member registers gives no keys */
START_TEST(test_pull_group_removed)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	pull_manager->role.remove(&pull_manager->role, "getvpn");
	reply = pull_ask(phase1, result.out);
	ck_assert_uint_eq(reply.ptr[18], 5);
	ck_assert_int_eq(pull_notify_type(phase1, reply), 18);
	ck_assert(phase1->terminated);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_NO_KEYS: Group getvpn "
					 "has no keys to give, registration of 10.1.1.1 is "
					 "refused\n");
	chunk_free(&message);
	chunk_free(&reply);
	gdoi_pull_result_clear(&result);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* KS-021: two source addresses of one member give two records */
START_TEST(test_pull_two_addresses)
{
	fake_phase1_t *first = fake_phase1_create("CN=gm, OU=GETVPN", "10.1.1.1",
											  "members");
	fake_phase1_t *second = fake_phase1_create("CN=gm, OU=GETVPN", "10.1.1.2",
											   "members");
	int i;

	for (i = 0; i < 2; i++)
	{
		pull_expect_success(first, &pull_getvpn, 1 + i);
		pull_expect_success(second, &pull_getvpn, 1 + i);
	}
	ck_assert_uint_eq(pull_members(&pull_getvpn), 2);
	fake_phase1_destroy(first);
	fake_phase1_destroy(second);
}
END_TEST

/* loading again changes nothing, a refused file leaves groups running */
START_TEST(test_pull_reload)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	group_policy_t *before, *after;
	enumerator_t *enumerator;
	group_tek_t *tek;
	char *lines;

	before = pull_enrol(phase1, &pull_getvpn, 1);
	lines = ks_fixture_load("groups {\n getvpn {\n id = 3333\n "
							"server {\n conections = x\n }\n }\n }\n", FALSE);
	ck_assert_str_ne(lines, "");
	free(lines);
	lines = ks_fixture_load(PULL_CONFIG, FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	after = pull_enrol(phase1, &pull_getvpn, 2);
	enumerator = before->create_tek_enumerator(before);
	while (enumerator->enumerate(enumerator, &tek))
	{
		ck_assert(after->find_tek(after, PROTO_ESP, tek->get(tek)->spi));
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	before->destroy(before);
	after->destroy(after);
	fake_phase1_destroy(phase1);
}
END_TEST

Suite *ks_pull_suite()
{
	Suite *suite = suite_create("key server: registration");
	TCase *tc = tcase_create("pull");

	tcase_add_checked_fixture(tc, pull_setup, pull_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_pull_registration);
	tcase_add_test(tc, test_pull_two_groups);
	tcase_add_test(tc, test_pull_duplicates_and_replay);
	tcase_add_test(tc, test_pull_ended_by_us);
	tcase_add_test(tc, test_pull_group_removed);
	tcase_add_test(tc, test_pull_two_addresses);
	tcase_add_test(tc, test_pull_reload);
	suite_add_tcase(suite, tc);
	return suite;
}
