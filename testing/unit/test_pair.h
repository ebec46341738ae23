/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup test_pair test_pair
 * @{
 *
 * A member and a key server that talk in memory.
 */

#ifndef TEST_PAIR_H_
#define TEST_PAIR_H_

#include "test_helpers.h"

#include "exchanges/pull_initiator.h"
#include "exchanges/pull_responder.h"

/** message ID of the exchanges */
#define MID 0x12345678

/**
 * A member and a key server that talk in memory, and what they were asked.
 */
typedef struct {
	gdoi_pull_initiator_t *gm;
	gdoi_pull_responder_t *ks;
	group_policy_t *policy;
	bool refuse_policy;
	gdoi_notify_t refuse_member;
	bool refuse_registration;
	u_int accepted;
	u_int authorized;
	u_int registered;
	uint16_t wanted_ids;
	uint16_t sender_ids;
	const uint32_t *sids;
	u_int sid_count;
	uint8_t sid_bits;
	group_id_t group;
} pair_t;

/**
 * Create member and key server.
 *
 * @param sender_ids	Sender IDs that the member asks for
 * @param wrong_key		the key server has another SKEYID_a
 */
void pair_create(pair_t *pair, uint16_t sender_ids, bool wrong_key);

/**
 * Destroy them.
 */
void pair_destroy(pair_t *pair);

/**
 * Hand a datagram to the key server, expecting a result.
 *
 * @param status	result that must come
 * @param reason	part of the reason that must come, NULL for none
 * @return			datagram to send, allocated
 */
chunk_t to_ks(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
			  const char *reason);

/**
 * Hand a datagram to the member, expecting a result; as to_ks().
 */
chunk_t to_gm(pair_t *pair, chunk_t datagram, gdoi_pull_status_t status,
			  const char *reason);

#endif /** TEST_PAIR_H_ @}*/
