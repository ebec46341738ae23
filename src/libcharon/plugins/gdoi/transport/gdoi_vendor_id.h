/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_vendor_id gdoi_vendor_id
 * @{ @ingroup gdoi_transport
 *
 * Our vendor ID, by which two of us know that they may use private numbers
 * (gdoi-wire 9), in messages of phase 1; gdoi_basic.h has its octets.
 */

#ifndef GDOI_VENDOR_ID_H_
#define GDOI_VENDOR_ID_H_

#include <encoding/message.h>

typedef enum gdoi_vendor_role_t gdoi_vendor_role_t;

/**
 * Role bits, what the sender is in this phase 1.
 */
enum gdoi_vendor_role_t {
	/** group member */
	GDOI_VENDOR_MEMBER = 1,
	/** key server */
	GDOI_VENDOR_SERVER = 2,
};

/** feature bit always set, so that a peer with our vendor ID has some */
#define GDOI_FEATURE_BASE 0x01

/** feature bit: makes and takes encrypted acknowledgements (exchange 240) */
#define GDOI_FEATURE_ENCRYPTED_ACK 0x02

/** feature bit: takes access lists with deny lines (GAP attribute 130) */
#define GDOI_FEATURE_POLICY_ACL 0x04

/** feature bit: takes time stamps and replay methods (GAP attributes 128, 129
 *  and 131, SAT attributes 32001 and 32002), as its data plane can do them */
#define GDOI_FEATURE_FRESHNESS 0x08

/** all feature bits that we announce in any case; GDOI_FEATURE_FRESHNESS comes
 *  in addition if freshness is provided for */
#define GDOI_FEATURES (GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK | \
					   GDOI_FEATURE_POLICY_ACL)

/**
 * The feature bits that we announce now: with GDOI_FEATURE_FRESHNESS if its
 * provider is there (FRESHNESS_NAME of libstrongswan's objects), or if members
 * only record their data plane.
 */
uint8_t gdoi_vendor_features(void);

/**
 * Add our vendor ID to an outgoing message, unless it is in there already.
 *
 * @param message		first message of phase 1 in its direction
 * @param role			our role
 */
void gdoi_vendor_id_add(message_t *message, gdoi_vendor_role_t role);

/**
 * Look for our vendor ID in a message.
 *
 * @param message		parsed message of phase 1
 * @return				feature bits, 0 if it isn't in there
 */
uint8_t gdoi_vendor_id_find(message_t *message);

#endif /** GDOI_VENDOR_ID_H_ @}*/
