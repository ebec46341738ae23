/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_ack_mode ks_ack_mode
 * @{ @ingroup gdoi_ks
 *
 * Which acknowledgements a key server asks for and takes, ACK-008 to ACK-015:
 * pure functions.
 */

#ifndef KS_ACK_MODE_H_
#define KS_ACK_MODE_H_

#include <exchanges/push_ack.h>

typedef enum ks_ack_mode_t ks_ack_mode_t;
typedef enum ks_peer_t ks_peer_t;

/**
 * Setting "acknowledgement" of a group.
 */
enum ks_ack_mode_t {
	/** encrypted ones only, the default */
	KS_ACK_CISCO = 0,
	/** those of RFC 8263 only */
	KS_ACK_INTEROPERABLE,
	/** whatever the member can do */
	KS_ACK_ANY,
	/** none: multicast, ACK-002 */
	KS_ACK_NONE,
};

/**
 * enum names for ks_ack_mode_t, as in the configuration.
 */
extern enum_name_t *ks_ack_mode_names;

/**
 * Kind of a member, by what it announced.
 */
enum ks_peer_t {
	/** announced encrypted acknowledgements ("new Cisco GM" of ACK-013) and
	 *  access lists with deny lines */
	KS_PEER_NATIVE = 0,
	/** ASR 9000; can't be told from others on the wire, for completeness */
	KS_PEER_ASR9000,
	/** anyone else */
	KS_PEER_OTHER,
};

/**
 * Kind of a member.
 *
 * @param features		feature bits of its Vendor ID
 */
ks_peer_t ks_peer(uint8_t features);

/**
 * What to ask a member for in the KEK's policy, ACK-013.
 *
 * @param sha512		ask for HMAC-SHA-512 instead of HMAC-SHA-256
 * @return				GROUP_ACK_NONE for no attribute
 */
group_ack_t ks_ack_request(ks_ack_mode_t mode, ks_peer_t peer, bool sha512);

/**
 * Is this kind of acknowledgement taken, ACK-015?
 */
bool ks_ack_accepts(ks_ack_mode_t mode, gdoi_push_ack_kind_t kind);

/**
 * Does a member get the activation time delay, ATD-004? In multicast groups
 * nobody does (ATD-006).
 */
bool ks_ack_wants_atd(ks_peer_t peer);

#endif /** KS_ACK_MODE_H_ @}*/
