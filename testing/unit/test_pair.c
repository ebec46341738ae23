/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_pair.h"

static bool accept_policy(void *user, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason)
{
	pair_t *pair = user;

	pair->accepted++;
	ck_assert(!policy->has_keys(policy));
	ck_assert_uint_eq(*sender_ids, 0);
	*sender_ids = pair->wanted_ids;
	if (pair->refuse_policy)
	{
		*reason = strdup("test refuses");
		return FALSE;
	}
	return TRUE;
}

static group_policy_t *authorize(void *user, const group_id_t *group,
								 gdoi_notify_t *notify, char **reason)
{
	pair_t *pair = user;

	pair->authorized++;
	pair->group = *group;
	if (pair->refuse_member)
	{
		*notify = pair->refuse_member;
		*reason = strdup("test refuses");
		return NULL;
	}
	return pair->policy->clone(pair->policy);
}

static bool registered(void *user, const group_id_t *group,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason)
{
	pair_t *pair = user;

	pair->registered++;
	pair->sender_ids = sender_ids;
	ck_assert(group_id_equals(group, &pair->group));
	if (pair->refuse_registration)
	{
		*reason = strdup("test refuses");
		return FALSE;
	}
	policy->set_sequence(policy, 99);
	policy->set_sids(policy, pair->sid_bits, pair->sids, pair->sid_count);
	return TRUE;
}

/**
 * Create member and key server.
 */
void pair_create(pair_t *pair, uint16_t sender_ids, bool wrong_key)
{
	group_id_t group = { GROUP_ID_ADDRESS, 0x0a0b0c0d };
	gdoi_pull_initiator_cb_t gm = {
		.accept_policy = accept_policy,
		.user = pair,
	};
	gdoi_pull_responder_cb_t ks = {
		.authorize = authorize,
		.registered = registered,
		.user = pair,
	};
	chunk_t ni = test_random_chunk(32), nr = test_random_chunk(32);

	memset(pair, 0, sizeof(*pair));
	pair->wanted_ids = sender_ids;
	pair->policy = test_policy();
	pair->gm = gdoi_pull_initiator_create(test_phase2(MID, FALSE), &group, ni,
										  GDOI_STRICT, &gm);
	pair->ks = gdoi_pull_responder_create(test_phase2(MID, wrong_key), nr,
										  &ks);
	ck_assert(pair->gm && pair->ks);
	chunk_free(&ni);
	chunk_free(&nr);
}

/**
 * Destroy them.
 */
void pair_destroy(pair_t *pair)
{
	pair->gm->destroy(pair->gm);
	pair->ks->destroy(pair->ks);
	pair->policy->destroy(pair->policy);
}

/**
 * Hand a datagram to the key server, expecting a result.
 *
 * @return			datagram to send, allocated
 */
chunk_t to_ks(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
					 const char *reason)
{
	gdoi_pull_result_t result;

	pair->ks->process(pair->ks, datagram, &result);
	ck_assert_msg(result.status == status, "%d %s", result.status,
				  result.reason ?: "");
	if (reason)
	{
		ck_assert_reason(result.reason, reason);
	}
	ck_assert(!result.reason);
	return result.out;
}

/**
 * Hand a datagram to the member, expecting a result.
 */
chunk_t to_gm(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
					 const char *reason)
{
	gdoi_pull_result_t result;

	pair->gm->process(pair->gm, datagram, &result);
	ck_assert_msg(result.status == status, "%d %s", result.status,
				  result.reason ?: "");
	if (reason)
	{
		ck_assert_reason(result.reason, reason);
	}
	ck_assert(!result.reason);
	return result.out;
}
