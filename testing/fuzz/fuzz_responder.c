/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/pull_responder.h"

static group_policy_t *authorize(void *user, const group_id_t *group,
								 gdoi_notify_t *notify, char **reason)
{
	return fuzz_policy(TRUE);
}

static bool registered(void *user, const group_id_t *group,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason)
{
	fuzz_fail("registered without message 3", __FILE__, __LINE__);
}

/* message 1 behind a good HASH, and raw datagrams; see fuzz_protect() */
void fuzz_one(chunk_t data)
{
	const gdoi_pull_responder_cb_t cb = {
		.authorize = authorize,
		.registered = registered,
	};
	gdoi_phase2_t *sender = fuzz_phase2();
	gdoi_pull_responder_t *responder;
	gdoi_pull_result_t result;
	chunk_t datagram;

	responder = gdoi_pull_responder_create(fuzz_phase2(),
										   chunk_from_str("0123456789abcdef"),
										   &cb);
	if (fuzz_protect(sender, GDOI_EXCH_PULL, NULL, 0, data, &datagram))
	{
		responder->process(responder, datagram, &result);
		FUZZ_ASSERT((result.status == GDOI_PULL_SEND) ==
					(result.reason == NULL));
		gdoi_pull_result_clear(&result);
		responder->process(responder, datagram, &result);
		FUZZ_ASSERT(result.status == GDOI_PULL_DUPLICATE ||
					result.status == GDOI_PULL_IGNORED);
		gdoi_pull_result_clear(&result);
		chunk_free(&datagram);
	}
	responder->destroy(responder);
	sender->destroy(sender);
}
