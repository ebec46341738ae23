/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fixture.h"

#include <exchanges/informational.h>
#include <exchanges/pull_initiator.h>

/** two groups of different access, and one for a single member */
#define CONFIG \
	"groups {\n" \
	" getvpn {\n id = 3333\n server {\n local_address = 10.0.8.1\n" \
	"  connections = members\n" \
	"  authorize {\n addresses = 10.1.0.0/16\n" \
	"   identities = \"OU=GETVPN, *\"\n }\n" \
	"  kek {\n signature_key = rsa.der\n }\n" \
	"  teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	" other {\n id = 10.9.9.9\n server {\n connections = members, others\n" \
	"  authorize {\n addresses = 10.1.1.1\n identities = deny any\n }\n" \
	"  teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	" small {\n id = 1\n server {\n connections = members\n" \
	"  max_members = 1\n teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	"}\n" \
	"acls {\n vpn {\n 10 = permit ip 10.1.0.0/16 10.1.0.0/16\n" \
	"  20 = permit udp 10.2.0.0/16 10.1.0.0/16 port 53\n }\n }\n"

static const group_id_t getvpn = { GROUP_ID_NUMBER, 3333 };
static const group_id_t other_group = { GROUP_ID_ADDRESS, 0x0a090909 };
static const group_id_t small = { GROUP_ID_NUMBER, 1 };
static const group_id_t unknown = { GROUP_ID_NUMBER, 4444 };

static ks_manager_t *manager;
static ks_pull_t *server;

static void setup()
{
	char *lines;

	ks_fixture_now = 1000000;
	manager = ks_fixture_manager_create();
	lines = ks_fixture_load(CONFIG, FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	server = ks_pull_create(manager, &ks_fixture_log, ks_fixture_clock);
}

static void teardown()
{
	server->destroy(server);
	ks_fixture_manager_destroy(manager);
}

/**
 * Implements gdoi_pull_initiator_cb_t.accept_policy
 */
static bool accept_policy(void *user, group_policy_t *policy, char **reason)
{
	return TRUE;
}

/**
 * Create a member's side
 */
static gdoi_pull_initiator_t *member(fake_phase1_t *phase1,
									 const group_id_t *group, uint32_t mid)
{
	gdoi_pull_initiator_cb_t cb = {
		.accept_policy = accept_policy,
	};
	uint8_t nonce[32];

	memset(nonce, mid, sizeof(nonce));
	return gdoi_pull_initiator_create(
						phase1->public.create_phase2(&phase1->public, mid),
						group, chunk_from_thing(nonce), 0, 0, &cb);
}

/**
 * Hand a datagram to the server and take its reply
 */
static chunk_t ask(fake_phase1_t *phase1, chunk_t datagram)
{
	server->handler.pull(&server->handler, &phase1->public, datagram);
	return fake_phase1_take(phase1);
}

/**
 * Number of members of a group
 */
static u_int members(const group_id_t *id)
{
	ks_group_t *group = manager->find(manager, id);
	ks_members_t *table = group->get_members(group);
	u_int count = table->get_count(table);

	group->destroy(group);
	return count;
}

/**
 * Value of a counter
 */
static uint64_t counter(char *name)
{
	vici_builder_t *builder = vici_builder_create();
	vici_message_t *message;
	uint64_t value;

	server->add_stats(server, builder);
	message = builder->finalize(builder);
	value = message->get_int(message, -1, "%s", name);
	message->destroy(message);
	return value;
}

/**
 * Number of lines of the log with a text
 */
static int logged(const char *text)
{
	const char *pos = ks_fixture_log_text;
	int count = 0;

	while ((pos = strstr(pos, text)))
	{
		count++;
		pos++;
	}
	return count;
}

/**
 * Type of the notify in an informational
 */
static int notify_type(fake_phase1_t *phase1, chunk_t datagram)
{
	gdoi_informational_t info;
	gdoi_phase2_t *phase2;
	const char *reason = NULL;
	int type = -1;

	ck_assert_uint_gt(datagram.len, 28);
	phase2 = phase1->public.create_phase2(&phase1->public,
										  untoh32(datagram.ptr + 20));
	ck_assert_msg(gdoi_informational_parse(phase2, datagram, &info, &reason),
				  "%s", reason);
	if (info.type == GDOI_PLD_NOTIFY)
	{
		type = info.notify.type;
	}
	gdoi_informational_clear(&info);
	phase2->destroy(phase2);
	return type;
}

/**
 * Run a whole registration.
 *
 * @return				policy with keys, NULL if the server refused
 */
static group_policy_t *enrol(fake_phase1_t *phase1, const group_id_t *group,
							 uint32_t mid)
{
	gdoi_pull_initiator_t *pull = member(phase1, group, mid);
	gdoi_pull_result_t result = {};
	group_policy_t *policy = NULL;
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	chunk_free(&message);
	if (reply.len && reply.ptr[18] == 32)
	{
		pull->process(pull, reply, &result);
		ck_assert_msg(result.status == GDOI_PULL_SEND, "%s", result.reason);
		chunk_free(&reply);
		reply = ask(phase1, result.out);
		gdoi_pull_result_clear(&result);
		if (reply.len && reply.ptr[18] == 32)
		{
			pull->process(pull, reply, &result);
			ck_assert_msg(result.status == GDOI_PULL_DONE, "%s",
						  result.reason);
			gdoi_pull_result_clear(&result);
			policy = pull->take_policy(pull);
		}
	}
	chunk_free(&reply);
	pull->destroy(pull);
	return policy;
}

/**
 * Register and expect to get keys
 */
static void expect_success(fake_phase1_t *phase1, const group_id_t *group,
						   uint32_t mid)
{
	group_policy_t *policy = enrol(phase1, group, mid);

	ck_assert(policy != NULL);
	policy->destroy(policy);
}

/**
 * Register and expect a refusal with a notify
 */
static void expect_refusal(fake_phase1_t *phase1, const group_id_t *group,
						   int type)
{
	gdoi_pull_initiator_t *pull = member(phase1, group, 99);
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	ck_assert_uint_eq(reply.ptr[18], 5);
	ck_assert_int_eq(notify_type(phase1, reply), type);
	chunk_free(&message);
	chunk_free(&reply);
	pull->destroy(pull);
}

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

	policy = enrol(phase1, &getvpn, 7);
	ck_assert(policy != NULL);
	ck_assert(policy->has_keys(policy));
	ck_assert_uint_eq(policy->get_tek_count(policy), 1);
	ck_assert_uint_eq(policy->get_sequence(policy), 0);
	kek = policy->get_kek(policy)->get(policy->get_kek(policy));
	ck_assert_uint_eq(kek->lifetime, 86400);
	ck_assert_uint_eq(kek->sig_key.len, 294);
	ck_assert_uint_eq(members(&getvpn), 1);
	ck_assert_str_eq(ks_fixture_log_text,
		"%GDOI-6-KS_FIRST_GM: First member 10.1.1.1 joins group getvpn\n"
		"%GDOI-5-KS_REGG_COMPL: Registration of member 10.1.1.1 (10.1.1.1) "
		"complete for group getvpn using address 10.0.8.1\n");

	ks_fixture_now += 100;
	again = enrol(second, &getvpn, 7);
	ck_assert_uint_eq(members(&getvpn), 2);
	ck_assert_int_eq(logged("KS_FIRST_GM"), 1);
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
	ck_assert_uint_eq(counter("pulls-completed"), 2);
	ck_assert(!phase1->terminated && !second->terminated);
	policy->destroy(policy);
	again->destroy(again);
	fake_phase1_destroy(phase1);
	fake_phase1_destroy(second);
}
END_TEST

/* KS-002, LOG-142: an unknown group gets no policy, notify 18 */
START_TEST(test_pull_unknown_group)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");

	expect_refusal(phase1, &unknown, 18);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-4-KS_BAD_ID: 10.1.1.1: "
					 "registration for group 4444, which is not configured "
					 "here\n");
	ck_assert(phase1->terminated);
	ck_assert_uint_eq(counter("pulls-refused"), 1);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	fake_phase1_destroy(phase1);
}
END_TEST

/* AUTHZ-006, LOG-014 */
START_TEST(test_pull_unauthorized_address)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.2.1.9", "10.2.1.9",
											   "members");

	expect_refusal(phase1, &getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-UNAUTHORIZED_IPADDR: Group "
					 "getvpn received registration from unauthorized ip "
					 "address: 10.2.1.9\n");
	ck_assert(phase1->terminated);
	ck_assert_uint_eq(members(&getvpn), 0);
	fake_phase1_destroy(phase1);
}
END_TEST

/* AUTHZ-005, AUTHZ-008, LOG-015 */
START_TEST(test_pull_unauthorized_identity)
{
	fake_phase1_t *phase1 = fake_phase1_create("CN=GroupMember-1, OU=TEST",
											   "10.1.1.9", "members");

	expect_refusal(phase1, &getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-UNAUTHORIZED_IDENTITY: "
					 "Group getvpn received registration from unauthorized "
					 "identity: Dist.name: CN=GroupMember-1, OU=TEST\n");
	fake_phase1_destroy(phase1);

	phase1 = fake_phase1_create("CN=GroupMember-1, OU=getvpn", "10.1.1.9",
								"members");
	expect_success(phase1, &getvpn, 1);
	fake_phase1_destroy(phase1);
}
END_TEST

/* KS-020, AUTHZ-003, LOG-161: phase 1 alone gives no group */
START_TEST(test_pull_wrong_connection)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "others");
	group_policy_t *policy;

	ck_assert(server->handler.claims(&server->handler, "others", FALSE));
	ck_assert(server->handler.claims(&server->handler, "members", FALSE));
	ck_assert(!server->handler.claims(&server->handler, "members", TRUE));
	ck_assert(!server->handler.claims(&server->handler, "site", FALSE));
	expect_refusal(phase1, &getvpn, 24);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-1-KS_UNAUTHORIZED: "
					 "Unauthorized registration to group getvpn by 10.1.1.1: "
					 "connection others is not one of the group's\n");
	ck_assert(phase1->terminated);
	fake_phase1_destroy(phase1);
	/* KS-009: a group known by address */
	phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1", "others");
	policy = enrol(phase1, &other_group, 2);
	ck_assert(policy != NULL);
	ck_assert(policy->get_kek(policy) == NULL);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
}
END_TEST

/* KS-020: a refused group doesn't end the phase 1 that another one uses */
START_TEST(test_pull_two_groups)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");

	expect_success(phase1, &getvpn, 1);
	expect_refusal(phase1, &other_group, 24);
	ck_assert(!phase1->terminated);
	ck_assert_uint_eq(members(&getvpn), 1);
	ck_assert_uint_eq(members(&other_group), 0);
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

	expect_success(phase1, &getvpn, 1);
	ks_fixture_log_text[0] = '\0';
	for (i = 1; i <= 3; i++)
	{
		ck_assert(!phase1->terminated);
		expect_refusal(phase1, &other_group, 24);
		ck_assert_int_eq(logged("\n"), i);
	}
	ck_assert(phase1->terminated);
	/* until it is gone nothing begins anymore */
	for (i = 0; i < 5; i++)
	{
		pull = member(phase1, i % 2 ? &other_group : &getvpn, 50 + i);
		ck_assert(pull->initiate(pull, &message));
		ck_assert_uint_eq(ask(phase1, message).len, 0);
		chunk_free(&message);
		pull->destroy(pull);
	}
	ck_assert_int_eq(logged("\n"), 3);
	ck_assert_uint_eq(counter("pull-ignored"), 5);
	ck_assert_uint_eq(counter("pulls-refused"), 3);
	fake_phase1_destroy(phase1);
}
END_TEST

/* LOG-152: a wrong HASH(1) creates nothing, one line however often */
START_TEST(test_pull_wrong_hash_1)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	chunk_t message, reply;
	int i;

	ck_assert(pull->initiate(pull, &message));
	message.ptr[40] ^= 1;
	for (i = 0; i < 5; i++)
	{
		reply = ask(phase1, message);
		ck_assert_uint_eq(reply.len, 0);
	}
	ck_assert_int_eq(logged("\n"), 1);
	ck_assert_int_eq(logged("%GDOI-3-KS_HASH_FAIL: 10.1.1.1: registration "
							"message dropped: "), 1);
	ck_assert_uint_eq(counter("pull-hash-failures"), 5);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	message.ptr[40] ^= 1;
	reply = ask(phase1, message);
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
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	chunk_free(&message);
	pull->process(pull, reply, &result);
	ck_assert(result.status == GDOI_PULL_SEND);
	chunk_free(&reply);
	result.out.ptr[result.out.len - 20] ^= 1;
	reply = ask(phase1, result.out);
	ck_assert_uint_eq(reply.len, 0);
	ck_assert_uint_eq(members(&getvpn), 0);
	ck_assert_int_eq(logged("KS_HASH_FAIL"), 1);
	/* the genuine message still counts */
	result.out.ptr[result.out.len - 20] ^= 1;
	reply = ask(phase1, result.out);
	ck_assert_uint_gt(reply.len, 0);
	ck_assert_uint_eq(members(&getvpn), 1);
	chunk_free(&reply);
	gdoi_pull_result_clear(&result);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* retransmitted requests get the identical reply; later ones are replays */
START_TEST(test_pull_duplicates_and_replay)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply, again;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	again = ask(phase1, message);
	ck_assert(chunk_equals(reply, again));
	chunk_free(&again);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	reply = ask(phase1, result.out);
	again = ask(phase1, result.out);
	ck_assert_uint_gt(reply.len, 0);
	ck_assert(chunk_equals(reply, again));
	ck_assert_uint_eq(members(&getvpn), 1);
	ck_assert_uint_eq(counter("pull-duplicates"), 2);
	chunk_free(&reply);
	chunk_free(&again);

	ks_fixture_now += 31;
	server->sweep(server);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	ck_assert_uint_eq(ask(phase1, message).len, 0);
	ck_assert_uint_eq(ask(phase1, result.out).len, 0);
	ck_assert_uint_eq(counter("pull-replays"), 2);
	ck_assert_uint_eq(counter("pull-timeouts"), 0);
	chunk_free(&message);
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

	expect_success(first, &small, 1);
	ks_fixture_log_text[0] = '\0';
	expect_refusal(second, &small, 14);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_MEMBERS_FULL: Group "
					 "small has 1 members already, registration of Hostname: "
					 "gm2 is refused (see max_members)\n");
	/* the member that is there may register again */
	expect_success(first, &small, 2);
	/* LOG-153: its keys end, it counts no more */
	ks_fixture_log_text[0] = '\0';
	ks_fixture_now += 3600;
	manager->tick(manager);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-6-KS_LAST_GM: Last member "
					 "10.1.1.1 left group small\n");
	ck_assert(second->terminated);
	fake_phase1_destroy(second);
	second = fake_phase1_create("gm2", "10.1.1.2", "members");
	expect_success(second, &small, 3);
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
		pull = member(phase1[i], &getvpn, 5);
		ck_assert(pull->initiate(pull, &message));
		reply = ask(phase1[i], message);
		ck_assert(!reply.len == (i >= 8));
		chunk_free(&message);
		chunk_free(&reply);
		pull->destroy(pull);
	}
	ck_assert_uint_eq(counter("pulls-open"), 8);
	ck_assert_uint_eq(counter("pull-table-full"), 2);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-3-KS_EXCHANGES_FULL: "
					 "10.1.1.1: too many registrations at a time, dropped (see "
					 "max_exchanges)\n");
	ks_fixture_now += 60;
	server->sweep(server);
	ck_assert_uint_eq(counter("pull-timeouts"), 8);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	for (i = 0; i < countof(phase1); i++)
	{
		fake_phase1_destroy(phase1[i]);
	}
}
END_TEST

/* LOG-148, GM rule 2: a member refuses by deleting phase 1 */
START_TEST(test_pull_member_rejects)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	server->handler.closed(&server->handler, &phase1->public);
	ck_assert_str_eq(ks_fixture_log_text, "%GDOI-4-KS_GM_REJECTS_SA_PAYLOAD: "
					 "10.1.1.1: phase 1 ended before the member accepted the "
					 "policy of group getvpn\n");
	ck_assert_uint_eq(members(&getvpn), 0);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	chunk_free(&message);
	chunk_free(&reply);
	pull->destroy(pull);
	fake_phase1_destroy(phase1);
}
END_TEST

/* LOG-148: no member refused anything if we end phase 1 ourselves */
START_TEST(test_pull_ended_by_us)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.2", "10.1.1.2",
											   "members");
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	chunk_t message, reply;
	int i;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	ck_assert_uint_gt(reply.len, 0);
	for (i = 0; i < 3; i++)
	{
		expect_refusal(phase1, &other_group, 24);
	}
	ck_assert(phase1->terminated);
	server->handler.closed(&server->handler, &phase1->public);
	ck_assert_int_eq(logged("UNAUTHORIZED_IPADDR"), 3);
	ck_assert_int_eq(logged("KS_GM_REJECTS_SA_PAYLOAD"), 0);
	ck_assert_uint_eq(counter("pulls-open"), 0);
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
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = ask(phase1, message);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	manager->role.remove(&manager->role, "getvpn");
	reply = ask(phase1, result.out);
	ck_assert_uint_eq(reply.ptr[18], 5);
	ck_assert_int_eq(notify_type(phase1, reply), 18);
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

/* a group without keys refuses, and says so: no member is refused silently */
START_TEST(test_pull_no_keys)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.1.1", "10.1.1.1",
											   "members");
	ks_group_t *group = manager->find(manager, &getvpn);
	gdoi_notify_t notify = GDOI_NOTIFY_NONE;
	char *reason = NULL;

	manager->role.remove(&manager->role, "getvpn");
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
	gdoi_pull_initiator_t *pull = member(phase1, &getvpn, 5);
	gdoi_pull_result_t result = {};
	chunk_t message, reply, part;
	size_t len;

	ck_assert(pull->initiate(pull, &message));
	for (len = 0; len < message.len; len++)
	{
		part = chunk_clone(chunk_create(message.ptr, len));
		ck_assert_uint_eq(ask(phase1, part).len, 0);
		chunk_free(&part);
	}
	part = chunk_cat("cc", message, chunk_from_chars(0));
	ck_assert_uint_eq(ask(phase1, part).len, 0);
	chunk_free(&part);
	ck_assert_uint_eq(counter("pulls-open"), 0);
	reply = ask(phase1, message);
	ck_assert_uint_gt(reply.len, 0);
	pull->process(pull, reply, &result);
	chunk_free(&reply);
	for (len = 0; len < result.out.len; len++)
	{
		part = chunk_clone(chunk_create(result.out.ptr, len));
		ck_assert_uint_eq(ask(phase1, part).len, 0);
		chunk_free(&part);
	}
	ck_assert_uint_eq(members(&getvpn), 0);
	ck_assert_int_le(logged("\n"), 1);
	reply = ask(phase1, result.out);
	ck_assert_uint_eq(members(&getvpn), 1);
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
		expect_success(first, &getvpn, 1 + i);
		expect_success(second, &getvpn, 1 + i);
	}
	ck_assert_uint_eq(members(&getvpn), 2);
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

	before = enrol(phase1, &getvpn, 1);
	lines = ks_fixture_load("groups {\n getvpn {\n id = 3333\n "
							"server {\n conections = x\n }\n }\n }\n", FALSE);
	ck_assert_str_ne(lines, "");
	free(lines);
	lines = ks_fixture_load(CONFIG, FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	after = enrol(phase1, &getvpn, 2);
	enumerator = before->create_tek_enumerator(before);
	while (enumerator->enumerate(enumerator, &tek))
	{
		ck_assert(after->find_tek(after, PROTO_ESP, tek->get(tek)->spi));
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(members(&getvpn), 1);
	before->destroy(before);
	after->destroy(after);
	fake_phase1_destroy(phase1);
}
END_TEST

Suite *ks_pull_suite()
{
	Suite *suite = suite_create("key server: registration");
	TCase *tc = tcase_create("pull");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_pull_registration);
	tcase_add_test(tc, test_pull_unknown_group);
	tcase_add_test(tc, test_pull_unauthorized_address);
	tcase_add_test(tc, test_pull_unauthorized_identity);
	tcase_add_test(tc, test_pull_wrong_connection);
	tcase_add_test(tc, test_pull_two_groups);
	tcase_add_test(tc, test_pull_many_refusals);
	tcase_add_test(tc, test_pull_wrong_hash_1);
	tcase_add_test(tc, test_pull_wrong_hash_3);
	tcase_add_test(tc, test_pull_duplicates_and_replay);
	tcase_add_test(tc, test_pull_member_table_full);
	tcase_add_test(tc, test_pull_exchange_table_full);
	tcase_add_test(tc, test_pull_member_rejects);
	tcase_add_test(tc, test_pull_ended_by_us);
	tcase_add_test(tc, test_pull_group_removed);
	tcase_add_test(tc, test_pull_no_keys);
	tcase_add_test(tc, test_pull_truncated);
	tcase_add_test(tc, test_pull_two_addresses);
	tcase_add_test(tc, test_pull_reload);
	suite_add_tcase(suite, tc);
	return suite;
}
