/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_push_receiver gdoi_push_receiver
 * @{ @ingroup libgdoi_exchanges
 */

#ifndef GDOI_PUSH_RECEIVER_H_
#define GDOI_PUSH_RECEIVER_H_

#include "../group/group_rekey.h"

typedef struct gdoi_push_receiver_t gdoi_push_receiver_t;
typedef struct gdoi_push_result_t gdoi_push_result_t;
typedef enum gdoi_push_status_t gdoi_push_status_t;

/**
 * What became of a received rekey.
 */
enum gdoi_push_status_t {
	/** authentic and new: act on result.rekey, then accept() it */
	GDOI_PUSH_NEW = 0,
	/** the very message that was accepted last came again: answer it as then */
	GDOI_PUSH_DUPLICATE,
	/** sequence number is not above the last accepted one, REKEY-016;
	 *  not authenticated */
	GDOI_PUSH_SEQUENCE,
	/** does not decrypt, is malformed or its signature is wrong; LOG-120 */
	GDOI_PUSH_INVALID,
	/** authentic, but can't be understood: policy or keys are bad */
	GDOI_PUSH_UNUSABLE,
};

/**
 * Result of process(). Clear it by gdoi_push_result_clear().
 */
struct gdoi_push_result_t {

	/** GDOI_PUSH_NEW: content with keys, otherwise NULL. A KEK of the
	 *  receiver's SPI has its key, IV and algorithms; its public key may
	 *  differ, which is not to be believed (LOG-167). */
	group_rekey_t *rekey;

	/** sequence number of the message, if it decrypted */
	uint32_t seq;

	/** why not, without identities and keys; allocated or NULL */
	char *reason;
};

/**
 * A member's side of the rekeys under one KEK: checks them in the order of RFC
 * 6407 section 4.4 and stores nothing before the signature was verified.
 *
 * Not thread-safe.
 */
struct gdoi_push_receiver_t {

	/**
	 * Check a message. Changes nothing: a message is new until accept().
	 *
	 * @param datagram	message without Non-ESP marker
	 * @param result	gets the result
	 * @return			status
	 */
	gdoi_push_status_t (*process)(gdoi_push_receiver_t *this,
								  chunk_t datagram,
								  gdoi_push_result_t *result);

	/**
	 * Store the sequence number of a message that process() found to be new
	 * (or unusable), whether it could be acted on or not.
	 *
	 * @param datagram	that message
	 * @param seq		its sequence number
	 */
	void (*accept)(gdoi_push_receiver_t *this, chunk_t datagram, uint32_t seq);

	/**
	 * Last accepted sequence number.
	 */
	uint32_t (*get_sequence)(gdoi_push_receiver_t *this);

	/**
	 * KEK of the receiver, no new reference.
	 */
	group_kek_t *(*get_kek)(gdoi_push_receiver_t *this);

	/**
	 * Take over the same KEK described again: lifetime, acknowledgement. The
	 * public key stays the one that the receiver was created with.
	 *
	 * @param kek		KEK of the same SPI and keys, referenced
	 */
	void (*set_kek)(gdoi_push_receiver_t *this, group_kek_t *kek);

	/**
	 * Destroy it.
	 */
	void (*destroy)(gdoi_push_receiver_t *this);
};

/**
 * Create a receiver.
 *
 * @param kek			KEK with keys, referenced
 * @param seq			last sequence number used with it, as registration or
 *						the rekey that brought it tell (0 for a new KEK)
 * @param tolerance		departures to take, gdoi_tolerance_t flags
 * @return				receiver, NULL if its public key can't be parsed
 */
gdoi_push_receiver_t *gdoi_push_receiver_create(group_kek_t *kek, uint32_t seq,
												u_int tolerance);

/**
 * Free what a result holds.
 */
void gdoi_push_result_clear(gdoi_push_result_t *result);

#endif /** GDOI_PUSH_RECEIVER_H_ @}*/
