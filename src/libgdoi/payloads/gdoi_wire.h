/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup libgdoi_payloads payloads
 * @ingroup libgdoi
 *
 * @defgroup gdoi_wire gdoi_wire
 * @{ @ingroup libgdoi_payloads
 *
 * Numbers of the wire: RFC 2407/2408 where GDOI takes them over, RFC 6407,
 * RFC 8263. Kept apart from strongSwan's enums, as some numbers differ (a
 * Delete names ESP as 1, not as 3).
 */

#ifndef GDOI_WIRE_H_
#define GDOI_WIRE_H_

#include <library.h>

/** UDP port of key servers and of rekey messages */
#define GDOI_PORT 848

/** domain of interpretation in SA, N and D payloads */
#define GDOI_DOI 2

/** octets of the ISAKMP header */
#define GDOI_HEADER_LEN 28

/** octets of the generic payload header */
#define GDOI_GEN_LEN 4

/** octets of a nonce's body, RFC 6407 section 5.8 */
#define GDOI_NONCE_MIN 8
#define GDOI_NONCE_MAX 128

/** longest datagram that UDP over IPv4 carries */
#define GDOI_MESSAGE_MAX 65507

/** payloads that a message may hold: more is an attack (Delete payloads and
 *  notifies are the only ones that repeat) */
#define GDOI_CHAIN_MAX 64

/** SATs that an SA payload may hold, and key packets of a KD payload */
#define GDOI_SAT_MAX 1024

/** exchange types */
typedef enum {
	GDOI_EXCH_INFORMATIONAL = 5,
	GDOI_EXCH_PULL = 32,
	GDOI_EXCH_PUSH = 33,
	GDOI_EXCH_PUSH_ACK = 35,
	/** encrypted acknowledgement, a private number */
	GDOI_EXCH_ENCRYPTED_ACK = 240,
} gdoi_exchange_t;

/** flags of the ISAKMP header */
typedef enum {
	GDOI_FLAG_ENCRYPTED = 0x01,
	GDOI_FLAG_COMMIT = 0x02,
	GDOI_FLAG_AUTH_ONLY = 0x04,
} gdoi_flag_t;

/** payload types */
typedef enum {
	GDOI_PLD_NONE = 0,
	GDOI_PLD_SA = 1,
	GDOI_PLD_ID = 5,
	GDOI_PLD_HASH = 8,
	GDOI_PLD_SIG = 9,
	GDOI_PLD_NONCE = 10,
	GDOI_PLD_NOTIFY = 11,
	GDOI_PLD_DELETE = 12,
	GDOI_PLD_VENDOR_ID = 13,
	GDOI_PLD_SAK = 15,
	GDOI_PLD_SAT = 16,
	GDOI_PLD_KD = 17,
	GDOI_PLD_SEQ = 18,
	GDOI_PLD_GAP = 22,
} gdoi_payload_type_t;

/** identification types */
typedef enum {
	GDOI_ID_IPV4_ADDR = 1,
	GDOI_ID_IPV4_SUBNET = 4,
	GDOI_ID_IPV6_ADDR = 5,
	GDOI_ID_IPV6_SUBNET = 6,
	GDOI_ID_IPV4_RANGE = 7,
	GDOI_ID_IPV6_RANGE = 8,
	GDOI_ID_KEY_ID = 11,
	GDOI_ID_OID = 13,
} gdoi_id_type_t;

/** notify types used here */
typedef enum {
	GDOI_NOTIFY_NONE = 0,
	GDOI_NOTIFY_INVALID_PAYLOAD_TYPE = 1,
	GDOI_NOTIFY_DOI_NOT_SUPPORTED = 2,
	/** also: a SAT of a protocol that is neither ESP nor AH (LOG-169) */
	GDOI_NOTIFY_INVALID_PROTOCOL_ID = 10,
	GDOI_NOTIFY_NO_PROPOSAL_CHOSEN = 14,
	GDOI_NOTIFY_PAYLOAD_MALFORMED = 16,
	GDOI_NOTIFY_INVALID_ID_INFORMATION = 18,
	GDOI_NOTIFY_INVALID_HASH_INFORMATION = 23,
	GDOI_NOTIFY_AUTHENTICATION_FAILED = 24,
} gdoi_notify_t;

/** Protocol-ID of SAT and D payloads */
typedef enum {
	GDOI_PROTO_KEK = 0,
	GDOI_PROTO_ESP = 1,
	GDOI_PROTO_AH = 2,
	GDOI_PROTO_IEC_61850 = 3,
} gdoi_protocol_t;

/** KEK attributes, RFC 6407 section 5.3 and RFC 8263 */
typedef enum {
	GDOI_KEK_MANAGEMENT = 1,
	GDOI_KEK_ALGORITHM = 2,
	GDOI_KEK_KEY_LENGTH = 3,
	GDOI_KEK_KEY_LIFETIME = 4,
	GDOI_KEK_SIG_HASH = 5,
	GDOI_KEK_SIG_ALGORITHM = 6,
	GDOI_KEK_SIG_KEY_LENGTH = 7,
	GDOI_KEK_ACK_REQUESTED = 9,
} gdoi_kek_attr_t;

/** GAP attributes, RFC 6407 section 5.4 */
typedef enum {
	GDOI_GAP_ATD = 1,
	GDOI_GAP_DTD = 2,
	GDOI_GAP_SENDER_ID_REQUEST = 3,
	/** layout of IP-D3P's header and window in ms, private numbers */
	GDOI_GAP_D3P_TYPE = 128,
	GDOI_GAP_D3P_WINDOWSIZE = 129,
	/** ordered lines of access lists, a private number */
	GDOI_GAP_POLICY_ACL = 130,
	/** epoch, ticks and ms of a tick, a private number */
	GDOI_GAP_PSEUDOTIME = 131,
} gdoi_gap_attr_t;

/** SAT attributes: those of IPsec SAs and RFC 6407 section 5.5 */
typedef enum {
	GDOI_TEK_LIFE_TYPE = 1,
	GDOI_TEK_LIFE_DURATION = 2,
	GDOI_TEK_ENCAPSULATION = 4,
	GDOI_TEK_AUTH_ALGORITHM = 5,
	GDOI_TEK_KEY_LENGTH = 6,
	GDOI_TEK_ADDRESS_PRESERVATION = 14,
	GDOI_TEK_DIRECTION = 15,
	/** gdoi_replay_method_t, a private number */
	GDOI_TEK_REPLAY_METHOD = 32001,
	/** packets or seconds, a private number */
	GDOI_TEK_REPLAY_WINDOW = 32002,
	/** number of the TEK's list in GDOI_GAP_POLICY_ACL, a private number */
	GDOI_TEK_ACL_LIST = 32003,
} gdoi_tek_attr_t;

/** values of GDOI_TEK_REPLAY_METHOD */
typedef enum {
	/** ESP sequence numbers, window in packets */
	GDOI_REPLAY_COUNTER = 1,
	/** pseudotime, window in seconds */
	GDOI_REPLAY_TIME = 2,
	/** IP-D3P, window in the GAP */
	GDOI_REPLAY_D3P = 3,
	/** none */
	GDOI_REPLAY_NONE = 4,
} gdoi_replay_method_t;

/** key packets of a KD payload, RFC 6407 section 5.6 */
typedef enum {
	GDOI_KD_TEK = 1,
	GDOI_KD_KEK = 2,
	GDOI_KD_LKH = 3,
	GDOI_KD_SID = 4,
} gdoi_kd_type_t;

/** attributes of TEK, KEK, LKH and SID key packets */
typedef enum {
	GDOI_KD_TEK_ALGORITHM_KEY = 1,
	GDOI_KD_TEK_INTEGRITY_KEY = 2,
	GDOI_KD_TEK_SOURCE_AUTH_KEY = 3,
	GDOI_KD_KEK_ALGORITHM_KEY = 1,
	GDOI_KD_KEK_SIG_KEY = 2,
	GDOI_KD_LKH_DOWNLOAD = 1,
	GDOI_KD_LKH_UPDATE = 2,
	GDOI_KD_LKH_SIG_KEY = 3,
	GDOI_KD_SID_BITS = 1,
	GDOI_KD_SID_VALUE = 2,
} gdoi_kd_attr_t;

/**
 * Departures from RFC 6407 that a reader tolerates; all others are refused.
 *
 * Always tolerated: integers as TV or TLV, two surplus reserved octets in a
 * SAK (the 2011 reference code sends six instead of four).
 */
typedef enum {
	/** nothing beyond that */
	GDOI_STRICT = 0,
	/** read the lengths of identification data in SAK and SAT as two octets
	 *  where one octet does not fit */
	GDOI_TOLERATE_LONG_ID_LEN = 1,
	/** skip SATs of unknown protocols instead of refusing the SA */
	GDOI_TOLERATE_UNKNOWN_SAT = 2,
} gdoi_tolerance_t;

#endif /** GDOI_WIRE_H_ @}*/
