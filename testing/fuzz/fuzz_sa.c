/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/policy_codec.h"

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
		again->destroy(again);
		chunk_free(&body);
	}
	policy->destroy(policy);
}
