/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_informational gdoi_informational
 * @{ @ingroup libgdoi_exchanges
 *
 * Informational exchange (type 5) under phase 1: HDR*, HASH(1), N or D
 * (RFC 2409 section 5.7). Every function takes a gdoi_phase2_t with a fresh
 * message ID of its own.
 */

#ifndef GDOI_INFORMATIONAL_H_
#define GDOI_INFORMATIONAL_H_

#include "phase2.h"
#include "../group/group_policy.h"
#include "../payloads/gdoi_notify.h"

typedef struct gdoi_informational_t gdoi_informational_t;

/**
 * Content of a received Informational. Clear it by gdoi_informational_clear().
 */
struct gdoi_informational_t {

	/** type of the payload: GDOI_PLD_NOTIFY or GDOI_PLD_DELETE */
	gdoi_payload_type_t type;

	/** GDOI_PLD_NOTIFY: notification; its chunks point into plain */
	gdoi_notify_payload_t notify;

	/** GDOI_PLD_DELETE: delete; its chunk points into plain */
	gdoi_delete_payload_t delete;

	/** decrypted message, allocated */
	chunk_t plain;
};

/**
 * Build an Informational with a notification of the GDOI domain.
 *
 * @param phase2	protection
 * @param notify	notify type
 * @param datagram	message, allocated
 * @return			FALSE if a primitive failed
 */
bool gdoi_informational_notify(gdoi_phase2_t *phase2, gdoi_notify_t notify,
							   chunk_t *datagram);

/**
 * Build an Informational with a Delete.
 *
 * @param phase2	protection
 * @param protocol	GDOI_PROTO_ESP or GDOI_PROTO_AH (SPIs of 4 octets), or
 *					GDOI_PROTO_KEK (SPIs of 16)
 * @param spis		SPIs one after the other, at least one
 * @param datagram	message, allocated
 * @return			FALSE if spis has a bad length, or a primitive failed
 */
bool gdoi_informational_delete(gdoi_phase2_t *phase2, gdoi_protocol_t protocol,
							   chunk_t spis, chunk_t *datagram);

/**
 * Build the Informational by which a member refuses a policy: a Delete of its
 * TEKs, of its KEK if it has no TEK, of all ESP SAs (SPI 0) without policy.
 *
 * @param phase2	protection
 * @param policy	refused policy, NULL if it was not understood
 * @param datagram	message, allocated
 * @return			FALSE if a primitive failed
 */
bool gdoi_informational_reject(gdoi_phase2_t *phase2, group_policy_t *policy,
							   chunk_t *datagram);

/**
 * Verify and parse an Informational.
 *
 * @param phase2	protection
 * @param datagram	message without Non-ESP marker
 * @param info		content, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 * @return			FALSE if it is not for this phase 1, does not verify, or is
 *					malformed
 */
bool gdoi_informational_parse(gdoi_phase2_t *phase2, chunk_t datagram,
							  gdoi_informational_t *info, const char **reason);

/**
 * Free what a received Informational holds.
 *
 * @param info		content
 */
void gdoi_informational_clear(gdoi_informational_t *info);

#endif /** GDOI_INFORMATIONAL_H_ @}*/
