/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_pull_initiator gdoi_pull_initiator
 * @{ @ingroup libgdoi_exchanges
 */

#ifndef GDOI_PULL_INITIATOR_H_
#define GDOI_PULL_INITIATOR_H_

#include "pull.h"
#include "phase2.h"

typedef struct gdoi_pull_initiator_t gdoi_pull_initiator_t;
typedef struct gdoi_pull_initiator_cb_t gdoi_pull_initiator_cb_t;

/**
 * What the member is asked during the exchange.
 */
struct gdoi_pull_initiator_cb_t {

	/**
	 * Judge the policy of message 2, before keys are asked for (KS-002).
	 *
	 * @param user		as in the struct
	 * @param policy	policy without keys, owned by the exchange
	 * @param sender_ids	set to how many Sender IDs to ask for in message
	 *					3; 0, as it is before, to send no GAP
	 * @param reason	set to why it is refused, allocated, if FALSE is
	 *					returned
	 * @return			TRUE to go on and fetch the keys
	 */
	bool (*accept_policy)(void *user, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason);

	/** passed to the callback */
	void *user;
};

/**
 * The member's side of one GROUPKEY-PULL, RFC 6407 section 3.
 *
 *     CREATED --initiate--> WAIT_2 --message 2--> WAIT_4 --message 4--> DONE
 *                              \------- unacceptable -----/--> FAILED
 *
 * No clock and no socket: the caller sends what initiate(), process() and
 * get_last() give, and retransmits by gdoi_pull_retransmit_delay(). The count
 * of sends starts anew with every GDOI_PULL_SEND. Not thread-safe.
 */
struct gdoi_pull_initiator_t {

	/**
	 * Build message 1.
	 *
	 * @param out		datagram, allocated
	 * @return			FALSE if called twice or if a primitive failed
	 */
	bool (*initiate)(gdoi_pull_initiator_t *this, chunk_t *out);

	/**
	 * Process a received datagram of exchange 32.
	 *
	 * GDOI_PULL_SEND: message 3 is in result->out. GDOI_PULL_DONE: the policy
	 * with keys waits in take_policy(). GDOI_PULL_FAILED: notify is
	 * GDOI_NOTIFY_NONE if the policy was refused by accept_policy(),
	 * GDOI_NOTIFY_INVALID_PROTOCOL_ID if a SAT has an unsupported protocol
	 * (LOG-169), something else if the message was malformed. In all cases the
	 * caller sends gdoi_informational_reject() with get_policy() and closes
	 * phase 1 (RFC 6407 section 3.2). A datagram that does not authenticate is
	 * ignored.
	 *
	 * @param datagram	datagram without Non-ESP marker
	 * @param result	set to the result, clear it by gdoi_pull_result_clear()
	 */
	void (*process)(gdoi_pull_initiator_t *this, chunk_t datagram,
					gdoi_pull_result_t *result);

	/**
	 * Get the datagram to retransmit.
	 *
	 * @return			last datagram built, internal data; empty before
	 *					initiate() and when nothing is to be sent any more
	 */
	chunk_t (*get_last)(gdoi_pull_initiator_t *this);

	/**
	 * Get the policy of message 2.
	 *
	 * @return			policy, with keys only after GDOI_PULL_DONE; internal
	 *					data; NULL if none was understood
	 */
	group_policy_t* (*get_policy)(gdoi_pull_initiator_t *this);

	/**
	 * Take over the policy with its keys.
	 *
	 * @return			policy, owned by the caller; NULL if not done or if it
	 *					was taken
	 */
	group_policy_t* (*take_policy)(gdoi_pull_initiator_t *this);

	/**
	 * Message ID of the exchange in host byte order.
	 */
	uint32_t (*get_message_id)(gdoi_pull_initiator_t *this);

	/**
	 * Destroy the exchange, wiping keys.
	 */
	void (*destroy)(gdoi_pull_initiator_t *this);
};

/**
 * Create the member's side of a registration.
 *
 * @param phase2	protection by phase 1, gets adopted
 * @param group		group to register with
 * @param nonce		fresh random nonce, GDOI_NONCE_MIN..GDOI_NONCE_MAX octets
 *					(32 suggested), gets cloned
 * @param tolerance	departures to take, gdoi_tolerance_t flags
 * @param cb		callbacks, get copied
 * @return			NULL if the nonce has a bad length (phase2 is destroyed)
 */
gdoi_pull_initiator_t *gdoi_pull_initiator_create(gdoi_phase2_t *phase2,
								const group_id_t *group, chunk_t nonce,
								u_int tolerance,
								const gdoi_pull_initiator_cb_t *cb);

#endif /** GDOI_PULL_INITIATOR_H_ @}*/
