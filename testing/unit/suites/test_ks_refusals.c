/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pull_world.h"

/* KS-002, LOG-142: an unknown group gets no policy, notify 18 */
START_TEST(test_pull_unknown_group)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");

	pull_expect_refusal(phase1, &pull_unknown, 18);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-4-KS_BAD_ID: 10.1.1.1: "
					 "registration for group 4444, which is not configured "
					 "here\n");
	ck_assert(phase1->terminated);
	ck_assert_uint_eq(pull_counter("pulls-refused"), 1);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	fake_phase1_destroy(phase1);
}
END_TEST

/* AUTHZ-006, LOG-014 */
START_TEST(test_pull_unauthorized_address)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.2.1.9", "10.2.1.9",
											   "members");

	pull_expect_refusal(phase1, &pull_getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-UNAUTHORIZED_IPADDR: Group "
					 "getvpn received registration from unauthorized ip "
					 "address: 10.2.1.9\n");
	ck_assert(phase1->terminated);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 0);
	fake_phase1_destroy(phase1);
}
END_TEST

/* AUTHZ-005, AUTHZ-008, LOG-015 */
START_TEST(test_pull_unauthorized_identity)
{
	fake_phase1_t *phase1 = fake_phase1_create("CN=GroupMember-1, OU=TEST",
											   "10.1.1.9", "members");

	pull_expect_refusal(phase1, &pull_getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-UNAUTHORIZED_IDENTITY: "
					 "Group getvpn received registration from unauthorized "
					 "identity: Dist.name: CN=GroupMember-1, OU=TEST\n");
	fake_phase1_destroy(phase1);

	phase1 = fake_phase1_create("CN=GroupMember-1, OU=getvpn", "10.1.1.9",
								"members");
	pull_expect_success(phase1, &pull_getvpn, 1);
	fake_phase1_destroy(phase1);
}
END_TEST

/* KS-020, AUTHZ-003, LOG-161: phase 1 alone gives no group */
START_TEST(test_pull_wrong_connection)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "others");
	gdoi_handler_t *handler = &pull_server->handler;
	group_policy_t *policy;

	ck_assert(handler->claims(handler, "others", FALSE));
	ck_assert(handler->claims(handler, "members", FALSE));
	ck_assert(!handler->claims(handler, "members", TRUE));
	ck_assert(!handler->claims(handler, "site", FALSE));
	pull_expect_refusal(phase1, &pull_getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-KS_UNAUTHORIZED: "
					 "Unauthorized registration to group getvpn by 10.1.1.1: "
					 "connection others is not one of the group's\n");
	ck_assert(phase1->terminated);
	fake_phase1_destroy(phase1);
	/* KS-009: a group known by address */
	phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1", "others");
	policy = pull_enrol(phase1, &pull_other_group, 2);
	ck_assert(policy != NULL);
	ck_assert(policy->get_kek(policy) == NULL);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
}
END_TEST

/* LOG-015, gdoi-wire 3 rule 5: who has a group can't ask for others over the
 * same phase 1 without end, each time with a line of the log */
START_TEST(test_pull_many_refusals)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");
	gdoi_pull_initiator_t *pull;
	chunk_t message;
	int i;

	pull_expect_success(phase1, &pull_getvpn, 1);
	ks_fixture_log_text[0] = '\0';
	for (i = 1; i <= 3; i++)
	{
		ck_assert(!phase1->terminated);
		pull_expect_refusal(phase1, &pull_other_group, 24);
		ck_assert_int_eq(pull_logged("\n"), i);
	}
	ck_assert(phase1->terminated);
	/* until it is gone nothing begins anymore */
	for (i = 0; i < 5; i++)
	{
		pull = pull_member(phase1, i % 2 ? &pull_other_group : &pull_getvpn,
						   50 + i);
		ck_assert(pull->initiate(pull, &message));
		ck_assert_uint_eq(pull_ask(phase1, message).len, 0);
		chunk_free(&message);
		pull->destroy(pull);
	}
	ck_assert_int_eq(pull_logged("\n"), 3);
	ck_assert_uint_eq(pull_counter("pull-ignored"), 5);
	ck_assert_uint_eq(pull_counter("pulls-refused"), 3);
	fake_phase1_destroy(phase1);
}
END_TEST

/* LOG-152: a wrong HASH(1) creates nothing, one line however often */
START_TEST(test_pull_wrong_hash_1)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	chunk_t message, reply;
	int i;

	ck_assert(pull->initiate(pull, &message));
	message.ptr[40] ^= 1;
	for (i = 0; i < 5; i++)
	{
		reply = pull_ask(phase1, message);
		ck_assert_uint_eq(reply.len, 0);
	}
	ck_assert_int_eq(pull_logged("\n"), 1);
	ck_assert_int_eq(pull_logged("%GDOI-3-KS_HASH_FAIL: 10.1.1.1: registration "
							"message dropped: "), 1);
	ck_assert_uint_eq(pull_counter("pull-hash-failures"), 5);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	message.ptr[40] ^= 1;
	reply = pull_ask(phase1, message);
	ck_assert_uint_gt(reply.len, 0);
	chunk_free(&reply);
	chunk_free(&message);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* gdoi-wire 3 rule 2: nothing of the member is kept before HASH(3) */
START_TEST(test_pull_wrong_hash_3)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	chunk_free(&message);
	pull->process(pull, reply, &result);
	ck_assert(result.status == GDOI_PULL_SEND);
	chunk_free(&reply);
	result.out.ptr[result.out.len - 20] ^= 1;
	reply = pull_ask(phase1, result.out);
	ck_assert_uint_eq(reply.len, 0);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 0);
	ck_assert_int_eq(pull_logged("KS_HASH_FAIL"), 1);
	/* the genuine message still counts */
	result.out.ptr[result.out.len - 20] ^= 1;
	reply = pull_ask(phase1, result.out);
	ck_assert_uint_gt(reply.len, 0);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	chunk_free(&reply);
	gdoi_pull_result_clear(&result);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* a full member table refuses new members and says so */
START_TEST(test_pull_member_table_full)
{
	fake_phase1_t *first = fake_phase1_create("gm1", "10.1.1.1", "members");
	fake_phase1_t *second = fake_phase1_create("gm2", "10.1.1.2", "members");

	pull_expect_success(first, &pull_small, 1);
	ks_fixture_log_text[0] = '\0';
	pull_expect_refusal(second, &pull_small, 14);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_MEMBERS_FULL: Group "
					 "small has 1 members already, registration of Hostname: "
					 "gm2 is refused (see max_members)\n");
	/* the member that is there may register again */
	pull_expect_success(first, &pull_small, 2);
	/* LOG-153: its keys end, it counts no more */
	ks_fixture_log_text[0] = '\0';
	ks_fixture_now += 3600;
	pull_manager->tick(pull_manager);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-6-KS_LAST_GM: Last member "
					 "10.1.1.1 left group small\n");
	ck_assert(second->terminated);
	fake_phase1_destroy(second);
	second = fake_phase1_create("gm2", "10.1.1.2", "members");
	pull_expect_success(second, &pull_small, 3);
	fake_phase1_destroy(first);
	fake_phase1_destroy(second);
}
END_TEST

/* max_exchanges of the fixture is 8: what doesn't fit is dropped, and time
 * makes room */
START_TEST(test_pull_exchange_table_full)
{
	fake_phase1_t *phase1[10];
	gdoi_pull_initiator_t *pull;
	chunk_t message, reply;
	int i;

	for (i = 0; i < countof(phase1); i++)
	{
		phase1[i] = fake_phase1_create("10.1.1.1", "10.1.1.1", "members");
		pull = pull_member(phase1[i], &pull_getvpn, 5);
		ck_assert(pull->initiate(pull, &message));
		reply = pull_ask(phase1[i], message);
		ck_assert(!reply.len == (i >= 8));
		chunk_free(&message);
		chunk_free(&reply);
		pull->destroy(pull);
	}
	ck_assert_uint_eq(pull_counter("pulls-open"), 8);
	ck_assert_uint_eq(pull_counter("pull-table-full"), 2);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_EXCHANGES_FULL: "
					 "10.1.1.1: too many registrations at a time, dropped (see "
					 "max_exchanges)\n");
	ks_fixture_now += 60;
	pull_server->sweep(pull_server);
	ck_assert_uint_eq(pull_counter("pull-timeouts"), 8);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	for (i = 0; i < countof(phase1); i++)
	{
		fake_phase1_destroy(phase1[i]);
	}
}
END_TEST

static const struct {
	gdoi_phase1_end_t end;
	const char *log;
} rejections[] = {
	{ GDOI_PHASE1_REFUSED, "%GDOI-4-KS_GM_REJECTS_SA_PAYLOAD: 10.1.1.1: member "
	  "refused the policy of group getvpn\n" },
	{ GDOI_PHASE1_PEER, "%GDOI-4-KS_GM_REJECTS_SA_PAYLOAD: 10.1.1.1: member "
	  "ended phase 1 before it accepted the policy of group getvpn\n" },
	{ GDOI_PHASE1_LOST, "" },
	{ GDOI_PHASE1_OURS, "" },
};

/* LOG-148, GM rule 2: a member refuses by deleting SAs and phase 1, and by
 * nothing else that ends it */
START_TEST(test_pull_member_rejects)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	phase1->end = rejections[_i].end;
	pull_server->handler.closed(&pull_server->handler, &phase1->public);
	ck_assert_str_eq(ks_fixture_log_text, rejections[_i].log);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 0);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	chunk_free(&message);
	chunk_free(&reply);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* a group without keys refuses, and says so: no member is refused silently */
START_TEST(test_pull_no_keys)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	ks_group_t *group = pull_manager->find(pull_manager, &pull_getvpn);
	gdoi_notify_t notify = GDOI_NOTIFY_NONE;
	char *reason = NULL;

	pull_manager->role.remove(&pull_manager->role, "getvpn");
	ck_assert(!group->authorize(group, &phase1->public, &notify, &reason));
	ck_assert_int_eq(notify, GDOI_NOTIFY_NO_PROPOSAL_CHOSEN);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_NO_KEYS: Group getvpn "
					 "has no keys to give, registration of 10.1.1.1 is "
					 "refused\n");
	free(reason);
	group->destroy(group);
	fake_phase1_destroy(phase1);
}
END_TEST

/* every truncation of messages 1 and 3, and one octet too much */
START_TEST(test_pull_truncated)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = pull_member(phase1, &pull_getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply, part;
	size_t len;

	ck_assert(pull->initiate(pull, &message));
	for (len = 0; len < message.len; len++)
	{
		part = chunk_clone(chunk_create(message.ptr, len));
		ck_assert_uint_eq(pull_ask(phase1, part).len, 0);
		chunk_free(&part);
	}
	part = chunk_cat("cc", message, chunk_from_chars(0));
	ck_assert_uint_eq(pull_ask(phase1, part).len, 0);
	chunk_free(&part);
	ck_assert_uint_eq(pull_counter("pulls-open"), 0);
	reply = pull_ask(phase1, message);
	ck_assert_uint_gt(reply.len, 0);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	for (len = 0; len < result.out.len; len++)
	{
		part = chunk_clone(chunk_create(result.out.ptr, len));
		ck_assert_uint_eq(pull_ask(phase1, part).len, 0);
		chunk_free(&part);
	}
	ck_assert_uint_eq(pull_members(&pull_getvpn), 0);
	ck_assert_int_le(pull_logged("\n"), 1);
	reply = pull_ask(phase1, result.out);
	ck_assert_uint_eq(pull_members(&pull_getvpn), 1);
	chunk_free(&message);
	chunk_free(&reply);
	gdoi_pull_result_clear(&result);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

Suite *ks_refusals_suite()
{
	Suite *suite = suite_create("key server: refused registrations");
	TCase *tc = tcase_create("refusals");

	tcase_add_checked_fixture(tc, pull_setup, pull_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_pull_unknown_group);
	tcase_add_test(tc, test_pull_unauthorized_address);
	tcase_add_test(tc, test_pull_unauthorized_identity);
	tcase_add_test(tc, test_pull_wrong_connection);
	tcase_add_test(tc, test_pull_many_refusals);
	tcase_add_test(tc, test_pull_wrong_hash_1);
	tcase_add_test(tc, test_pull_wrong_hash_3);
	tcase_add_test(tc, test_pull_member_table_full);
	tcase_add_test(tc, test_pull_exchange_table_full);
	tcase_add_loop_test(tc, test_pull_member_rejects, 0, countof(rejections));
	tcase_add_test(tc, test_pull_no_keys);
	tcase_add_test(tc, test_pull_truncated);
	suite_add_tcase(suite, tc);
	return suite;
}
