/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_pull_responder gdoi_pull_responder
 * @{ @ingroup libgdoi_exchanges
 */

#ifndef GDOI_PULL_RESPONDER_H_
#define GDOI_PULL_RESPONDER_H_

#include "pull.h"
#include "phase2.h"

typedef struct gdoi_pull_responder_t gdoi_pull_responder_t;
typedef struct gdoi_pull_responder_cb_t gdoi_pull_responder_cb_t;

/** how often message 4 is sent again to a member that repeats message 3 */
#define GDOI_PULL_CACHED_REPLIES 8

/**
 * What the key server is asked during the exchange. Both callbacks run inside
 * process(), so they must not call the responder.
 */
struct gdoi_pull_responder_cb_t {

	/**
	 * Authorise a member for a group and give its policy. Called once, when
	 * message 1 verified. Must not create state for the member yet.
	 *
	 * @param user		as in the struct
	 * @param group		group that the member asks for
	 * @param notify	set to what the member hears, if NULL is returned:
	 *					GDOI_NOTIFY_INVALID_ID_INFORMATION for an unknown group,
	 *					GDOI_NOTIFY_AUTHENTICATION_FAILED if not authorised
	 * @param reason	set to why, allocated, if NULL is returned
	 * @return			policy with all keys and remaining lifetimes, gets
	 *					adopted; NULL to refuse
	 */
	group_policy_t* (*authorize)(void *user, const group_id_t *group,
								 gdoi_notify_t *notify, char **reason);

	/**
	 * The member proved that it is there: HASH(3) verified. Called once. Now
	 * create or update the member's record; SEQ and KD are sent after it.
	 *
	 * @param user		as in the struct
	 * @param group		group that the member asked for
	 * @param policy	policy of authorize(), owned by the exchange; set its
	 *					sequence number here to the KEK's current one
	 * @param sender_ids	Sender IDs that the member asked for, 0 if none
	 * @param notify	set to what the member hears, if FALSE is returned
	 * @param reason	set to why, allocated, if FALSE is returned
	 * @return			FALSE to end the exchange without keys
	 */
	bool (*registered)(void *user, const group_id_t *group,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason);

	/** passed to the callbacks */
	void *user;
};

/**
 * The key server's side of one GROUPKEY-PULL, RFC 6407 section 3.
 *
 *     WAIT_1 --message 1--> WAIT_3 --message 3--> DONE
 *        \---- refused ------/--> FAILED
 *
 * Keep the object for a while after GDOI_PULL_DONE (30 s suggested), to answer
 * a repeated message 3 from its cache, at most GDOI_PULL_CACHED_REPLIES times;
 * then put its message ID into a gdoi_pull_history_t. A repeated message 1
 * after the end is a replay and is ignored. Not thread-safe.
 */
struct gdoi_pull_responder_t {

	/**
	 * Process a received datagram of exchange 32.
	 *
	 * GDOI_PULL_SEND: message 2 is in result->out. GDOI_PULL_DONE: message 4
	 * is. GDOI_PULL_DUPLICATE: the reply sent before is. A datagram that does
	 * not authenticate is ignored and changes nothing.
	 *
	 * @param datagram	datagram without Non-ESP marker
	 * @param result	set to the result, clear it by gdoi_pull_result_clear()
	 */
	void (*process)(gdoi_pull_responder_t *this, chunk_t datagram,
					gdoi_pull_result_t *result);

	/**
	 * Get the group that the member asked for.
	 *
	 * @param group		set if TRUE is returned
	 * @return			FALSE before message 1 verified
	 */
	bool (*get_group)(gdoi_pull_responder_t *this, group_id_t *group);

	/**
	 * Check if message 4 was built.
	 */
	bool (*is_done)(gdoi_pull_responder_t *this);

	/**
	 * Check if message 1 verified and nothing ended the exchange yet. A
	 * responder for which this and is_done() are FALSE may go at once.
	 */
	bool (*is_active)(gdoi_pull_responder_t *this);

	/**
	 * Message ID of the exchange in host byte order.
	 */
	uint32_t (*get_message_id)(gdoi_pull_responder_t *this);

	/**
	 * Destroy the exchange, wiping keys.
	 */
	void (*destroy)(gdoi_pull_responder_t *this);
};

/**
 * Create the key server's side of a registration, when a datagram of exchange
 * 32 came in whose message ID no exchange of that phase 1 has.
 *
 * @param phase2	protection by phase 1, gets adopted
 * @param nonce		fresh random nonce, GDOI_NONCE_MIN..GDOI_NONCE_MAX octets
 *					(32 suggested), gets cloned
 * @param cb		callbacks, get copied
 * @return			NULL if the nonce has a bad length (phase2 is destroyed)
 */
gdoi_pull_responder_t *gdoi_pull_responder_create(gdoi_phase2_t *phase2,
								chunk_t nonce,
								const gdoi_pull_responder_cb_t *cb);

#endif /** GDOI_PULL_RESPONDER_H_ @}*/
