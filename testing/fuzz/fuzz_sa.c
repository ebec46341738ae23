/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/policy_codec.h"

/**
 * Freshness of policies has to be the same.
 */
static void check_freshness(group_policy_t *policy, group_policy_t *again)
{
	group_pseudotime_t time[2] = {};
	group_tek_t *tek, *other;
	enumerator_t *enumerator;
	uint32_t window[2] = {};
	uint8_t type[2] = {};

	FUZZ_ASSERT(policy->get_d3p(policy, &type[0], &window[0]) ==
				again->get_d3p(again, &type[1], &window[1]));
	FUZZ_ASSERT(type[0] == type[1] && window[0] == window[1]);
	FUZZ_ASSERT(policy->get_pseudotime(policy, &time[0]) ==
				again->get_pseudotime(again, &time[1]));
	FUZZ_ASSERT(memeq(&time[0], &time[1], sizeof(time[0])));
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		other = again->find_tek(again, tek->get(tek)->protocol,
								tek->get(tek)->spi);
		FUZZ_ASSERT(other != NULL);
		FUZZ_ASSERT(tek->get(tek)->replay == other->get(other)->replay);
		FUZZ_ASSERT(tek->get(tek)->replay_window ==
					other->get(other)->replay_window);
	}
	enumerator->destroy(enumerator);
}

/* body of an SA payload, with all that is nested; the first octet is the
 * tolerance */
void fuzz_one(chunk_t data)
{
	group_policy_t *policy, *again;
	gdoi_notify_t notify;
	char *reason = NULL;
	chunk_t body;

	if (!data.len)
	{
		return;
	}
	policy = gdoi_policy_read_sa(chunk_skip(data, 1), data.ptr[0] & 3, &notify,
								 &reason);
	FUZZ_ASSERT(!policy == (reason != NULL));
	free(reason);
	if (!policy)
	{
		return;
	}
	FUZZ_ASSERT(!policy->has_keys(policy) || policy->get_tek_count(policy));
	/* what was understood can be written, and read back strictly */
	if (gdoi_policy_write_sa(policy, &body, NULL))
	{
		again = gdoi_policy_read_sa(body, GDOI_STRICT, &notify, NULL);
		FUZZ_ASSERT(again != NULL);
		FUZZ_ASSERT(again->get_tek_count(again) ==
					policy->get_tek_count(policy));
		check_freshness(policy, again);
		again->destroy(again);
		chunk_free(&body);
	}
	policy->destroy(policy);
}
