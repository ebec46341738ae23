/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_pull gdoi_pull
 * @{ @ingroup libgdoi_exchanges
 *
 * What both sides of a GROUPKEY-PULL share.
 */

#ifndef GDOI_PULL_H_
#define GDOI_PULL_H_

#include "../group/group_id.h"
#include "../group/group_policy.h"
#include "../payloads/gdoi_wire.h"

typedef struct gdoi_pull_result_t gdoi_pull_result_t;
typedef struct gdoi_pull_history_t gdoi_pull_history_t;
typedef enum gdoi_pull_status_t gdoi_pull_status_t;

/** how often an initiator sends a message before it gives up */
#define GDOI_PULL_SENDS 4

/**
 * What came out of a message.
 */
enum gdoi_pull_status_t {
	/** send result.out, the exchange goes on */
	GDOI_PULL_SEND = 0,
	/** the exchange is complete; responder: send result.out (message 4) */
	GDOI_PULL_DONE,
	/** responder: a retransmitted request, send the cached result.out;
	 *  initiator: message 2 came again, there is nothing to do */
	GDOI_PULL_DUPLICATE,
	/** nothing changed: count it, say result.reason, keep waiting */
	GDOI_PULL_IGNORED,
	/** the exchange is over; result.notify is what the peer should hear */
	GDOI_PULL_FAILED,
};

/**
 * Result of process() of gdoi_pull_initiator_t and gdoi_pull_responder_t.
 */
struct gdoi_pull_result_t {

	/** what to do */
	gdoi_pull_status_t status;

	/** datagram to send, allocated, empty if there is none; never with a
	 *  Non-ESP marker */
	chunk_t out;

	/** GDOI_PULL_FAILED: responder: notify type for the peer, to be sent by
	 *  gdoi_informational_notify(), GDOI_NOTIFY_NONE for nothing; initiator:
	 *  see its process(). GDOI_PULL_IGNORED: what it would have been */
	gdoi_notify_t notify;

	/** GDOI_PULL_IGNORED, GDOI_PULL_FAILED: why, a text without identities and
	 *  keys; allocated, otherwise NULL */
	char *reason;
};

/**
 * Free what a result holds.
 *
 * @param result		result, NULL values afterwards
 */
void gdoi_pull_result_clear(gdoi_pull_result_t *result);

/**
 * Set a result to GDOI_PULL_IGNORED.
 *
 * @param result		result, without anything to free
 * @param notify		what the peer would have heard
 * @param reason		why, copied
 */
void gdoi_pull_result_ignore(gdoi_pull_result_t *result, gdoi_notify_t notify,
							 const char *reason);

/**
 * How long an initiator waits for the reply to a message: 5, 10, 20 and 5
 * seconds after the first to fourth time it was sent; then it gives up and
 * takes the next key server. A pure function.
 *
 * @param sends		how often the message was sent already, from 1
 * @param jitter	random number, adds 0..10 % of the time
 * @return			milliseconds to wait; then send again if
 *					sends < GDOI_PULL_SENDS, give up otherwise; 0 if sends is
 *					out of range: give up now
 */
uint32_t gdoi_pull_retransmit_delay(u_int sends, uint16_t jitter);

/**
 * Bounded memory of finished exchanges of one phase 1, so that replays of them
 * are dropped (RFC 6407 section 3.3). Holds the last 16 message IDs.
 *
 * A replay that is older than these still can't finish, as it does not prove
 * the fresh nonce. Not thread-safe.
 */
struct gdoi_pull_history_t {

	/**
	 * Check if an exchange of this message ID was finished.
	 *
	 * @param message_id	message ID in host byte order
	 */
	bool (*contains)(gdoi_pull_history_t *this, uint32_t message_id);

	/**
	 * Remember an exchange, forgetting the oldest if needed.
	 *
	 * @param message_id	message ID in host byte order
	 */
	void (*add)(gdoi_pull_history_t *this, uint32_t message_id);

	/**
	 * Destroy the memory.
	 */
	void (*destroy)(gdoi_pull_history_t *this);
};

/**
 * Create an empty history.
 */
gdoi_pull_history_t *gdoi_pull_history_create();

#endif /** GDOI_PULL_H_ @}*/
