/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_ack_mode.h"

#include <transport/gdoi_vendor_id.h>

ENUM(ks_ack_mode_names, KS_ACK_CISCO, KS_ACK_NONE,
	"cisco",
	"interoperable",
	"any",
	"none",
);

/*
 * Described in header
 */
ks_peer_t ks_peer(uint8_t features)
{
	uint8_t native = GDOI_FEATURE_ENCRYPTED_ACK | GDOI_FEATURE_POLICY_ACL;

	return (features & native) == native ? KS_PEER_NATIVE : KS_PEER_OTHER;
}

/*
 * Described in header
 */
group_ack_t ks_ack_request(ks_ack_mode_t mode, ks_peer_t peer, bool sha512)
{
	group_ack_t ack = sha512 ? GROUP_ACK_KEK_SHA512 : GROUP_ACK_KEK_SHA256;

	switch (mode)
	{
		case KS_ACK_INTEROPERABLE:
			return ack;
		case KS_ACK_ANY:
			return peer == KS_PEER_NATIVE ? GROUP_ACK_NONE : ack;
		case KS_ACK_CISCO:
		case KS_ACK_NONE:
			break;
	}
	return GROUP_ACK_NONE;
}

/*
 * Described in header
 */
bool ks_ack_accepts(ks_ack_mode_t mode, gdoi_push_ack_kind_t kind)
{
	switch (mode)
	{
		case KS_ACK_CISCO:
			return kind == GDOI_PUSH_ACK_ENCRYPTED;
		case KS_ACK_INTEROPERABLE:
			return kind == GDOI_PUSH_ACK_CLEAR;
		case KS_ACK_ANY:
			return TRUE;
		case KS_ACK_NONE:
			break;
	}
	return FALSE;
}

/*
 * Described in header
 */
bool ks_ack_wants_atd(ks_peer_t peer)
{
	return peer != KS_PEER_NATIVE;
}
