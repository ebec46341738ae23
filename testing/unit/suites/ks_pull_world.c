/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pull_world.h"

const group_id_t pull_getvpn = { GROUP_ID_NUMBER, 3333 };
const group_id_t pull_other_group = { GROUP_ID_ADDRESS, 0x0a090909 };
const group_id_t pull_small = { GROUP_ID_NUMBER, 1 };
const group_id_t pull_unknown = { GROUP_ID_NUMBER, 4444 };

ks_manager_t *pull_manager;
ks_pull_t *pull_server;

void pull_setup()
{
	char *lines;

	ks_fixture_now = 1000000;
	pull_manager = ks_fixture_manager_create();
	lines = ks_fixture_load(PULL_CONFIG, FALSE);
	ck_assert_str_eq(lines, "");
	free(lines);
	pull_server = ks_pull_create(pull_manager, &ks_fixture_log,
								 ks_fixture_clock);
}

void pull_teardown()
{
	pull_server->destroy(pull_server);
	ks_fixture_manager_destroy(pull_manager);
}

/**
 * Implements gdoi_pull_initiator_cb_t.accept_policy
 */
static bool accept_policy(void *user, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason)
{
	return TRUE;
}

/**
 * Create a member's side
 */
gdoi_pull_initiator_t *pull_member(fake_phase1_t *phase1,
									 const group_id_t *group, uint32_t mid)
{
	gdoi_pull_initiator_cb_t cb = {
		.accept_policy = accept_policy,
	};
	uint8_t nonce[32];

	memset(nonce, mid, sizeof(nonce));
	return gdoi_pull_initiator_create(
						phase1->public.create_phase2(&phase1->public, mid),
						group, chunk_from_thing(nonce), GDOI_STRICT,
						&cb);
}

/**
 * Hand a datagram to the server and take its reply
 */
chunk_t pull_ask(fake_phase1_t *phase1, chunk_t datagram)
{
	pull_server->handler.pull(&pull_server->handler, &phase1->public, datagram);
	return fake_phase1_take(phase1);
}

/**
 * Number of members of a group
 */
u_int pull_members(const group_id_t *id)
{
	ks_group_t *group = pull_manager->find(pull_manager, id);
	ks_members_t *table = group->get_members(group);
	u_int count = table->get_count(table);

	group->destroy(group);
	return count;
}

/**
 * Value of a counter
 */
uint64_t pull_counter(char *name)
{
	vici_builder_t *builder = vici_builder_create();
	vici_message_t *message;
	uint64_t value;

	pull_server->add_stats(pull_server, builder);
	message = builder->finalize(builder);
	value = message->get_int(message, -1, "%s", name);
	message->destroy(message);
	return value;
}

/**
 * Number of lines of the log with a text
 */
int pull_logged(const char *text)
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
int pull_notify_type(fake_phase1_t *phase1, chunk_t datagram)
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
group_policy_t *pull_enrol(fake_phase1_t *phase1, const group_id_t *group,
							 uint32_t mid)
{
	gdoi_pull_initiator_t *pull = pull_member(phase1, group, mid);
	gdoi_pull_result_t result = {};
	group_policy_t *policy = NULL;
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	chunk_free(&message);
	if (reply.len && reply.ptr[18] == 32)
	{
		pull->process(pull, reply, &result);
		ck_assert_msg(result.status == GDOI_PULL_SEND, "%s", result.reason);
		chunk_free(&reply);
		reply = pull_ask(phase1, result.out);
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
void pull_expect_success(fake_phase1_t *phase1, const group_id_t *group,
						   uint32_t mid)
{
	group_policy_t *policy = pull_enrol(phase1, group, mid);

	ck_assert(policy != NULL);
	policy->destroy(policy);
}

/**
 * Register and expect a refusal with a notify
 */
void pull_expect_refusal(fake_phase1_t *phase1, const group_id_t *group,
						   int type)
{
	gdoi_pull_initiator_t *pull = pull_member(phase1, group, 99);
	chunk_t message, reply;

	ck_assert(pull->initiate(pull, &message));
	reply = pull_ask(phase1, message);
	ck_assert_uint_eq(reply.ptr[18], 5);
	ck_assert_int_eq(pull_notify_type(phase1, reply), type);
	chunk_free(&message);
	chunk_free(&reply);
	pull->destroy(pull);
}
