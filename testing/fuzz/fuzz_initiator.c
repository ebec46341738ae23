/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/pull_initiator.h"

/** nonce of the member */
static const char nonce[] = "0123456789abcdef";

static bool accept_policy(void *user, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason)
{
	return TRUE;
}

/* message 2 behind a good HASH, and raw datagrams; see fuzz_protect() */
void fuzz_one(chunk_t data)
{
	const gdoi_pull_initiator_cb_t cb = {
		.accept_policy = accept_policy,
	};
	chunk_t ni = chunk_from_str((char*)nonce), datagram, request;
	group_id_t group = { GROUP_ID_NUMBER, 1234 };
	gdoi_phase2_t *sender = fuzz_phase2();
	gdoi_pull_initiator_t *initiator;
	gdoi_pull_result_t result;

	initiator = gdoi_pull_initiator_create(fuzz_phase2(), &group, ni,
										   GDOI_TOLERATE_LONG_ID_LEN, &cb);
	FUZZ_ASSERT(initiator->initiate(initiator, &request));
	sender->accept(sender, request);
	if (fuzz_protect(sender, GDOI_EXCH_PULL, &ni, 1, data, &datagram))
	{
		initiator->process(initiator, datagram, &result);
		FUZZ_ASSERT(result.status != GDOI_PULL_DONE);
		FUZZ_ASSERT((result.status == GDOI_PULL_SEND) ==
					(result.reason == NULL));
		FUZZ_ASSERT(!initiator->take_policy(initiator));
		gdoi_pull_result_clear(&result);
		chunk_free(&datagram);
	}
	chunk_free(&request);
	initiator->destroy(initiator);
	sender->destroy(sender);
}
