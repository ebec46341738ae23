/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_member ks_member
 * @{ @ingroup gdoi_ks
 *
 * Record of one member: what a key server knows of it. No locks in here.
 */

#ifndef KS_MEMBER_H_
#define KS_MEMBER_H_

#include "ks_sid_pool.h"

#include <library.h>
#include <networking/host.h>
#include <utils/identification.h>

typedef struct ks_member_t ks_member_t;
typedef struct ks_rekey_mark_t ks_rekey_mark_t;
typedef enum ks_booking_t ks_booking_t;

/** rekeys that a record remembers */
#define KS_MEMBER_HISTORY 4

/** indexes of a table beside the one by address and identity */
#define KS_MEMBER_INDEXES 2

/** seconds that a member has for its acknowledgement (RFC 8263): a rekey that
 *  was sent later than that before the next one is not counted as missed */
#define KS_MEMBER_ACK_WAIT 10

/**
 * A rekey sent to a member, or acknowledged by it.
 */
struct ks_rekey_mark_t {

	/** sequence number, 0 if there is none */
	uint32_t seq;

	/** monotonic time, seconds, low 32 bits */
	uint32_t time;
};

/**
 * Record of a member: one block of memory, of about 250 octets plus identity.
 */
struct ks_member_t {

	/** number of the record, ascending in order of first registrations */
	uint64_t number;

	/** monotonic time of the first registration, seconds */
	time_t since;

	/** monotonic time of the last registration, seconds */
	time_t last;

	/** monotonic time when its keys end, seconds */
	time_t expires;

	/** completed registrations */
	uint32_t registrations;

	/** address it registered from, IPv4 in the first four octets */
	uint8_t address[16];

	/** AF_INET or AF_INET6 */
	uint16_t family;

	/** source port of the last registration */
	uint16_t port;

	/** features that it announced in phase 1 */
	uint8_t features;

	/** type of the identity, an id_type_t */
	uint8_t id_type;

	/** local address that it registered at, as address */
	uint8_t local[16];

	/** local port that it registered at, 848 or 4500 */
	uint16_t local_port;

	/** consecutive rekeys without acknowledgement, ACK-004 */
	uint8_t missed;

	/** it is kept without a sign of life since it registered (multicast) */
	bool assumed;

	/** it has acknowledged since it registered; without that it is not
	 *  ejected unless it announced that it can (RFC 8263) */
	bool acknowledged;

	/** first of the Sender IDs that it got when it registered last, and how
	 *  many follow each other; none after a restart of the server, which need
	 *  not know who has which */
	uint32_t sid;
	uint16_t sid_count;

	/** length that its keys are derived with, gdoi_push_ack_length_t */
	uint8_t ack_length;

	/** rekeys sent, not counting retransmissions, and those */
	uint32_t rekeys, retries;

	/** rekeys acknowledged and not acknowledged */
	uint32_t acks, acks_missed;

	/** last sequence numbers sent and acknowledged, newest first */
	ks_rekey_mark_t sent[KS_MEMBER_HISTORY];
	ks_rekey_mark_t acked[KS_MEMBER_HISTORY];

	/** first octets of the SPI of the KEK that the last message to it was sent
	 *  under: numbers begin anew with each KEK */
	uint64_t kek;

	/** which rekey of its table was sent to it last, 0 for none */
	uint32_t rekey;

	/** monotonic time when that was first sent, seconds, low 32 bits */
	uint32_t rekey_time;

	/** it acknowledged that one */
	bool answered;

	/** during which rekey of its table it registered last: it has the keys
	 *  then and may well ignore the rekey */
	uint32_t fresh;

	/** other records in the same places of its table's indexes; NULL in
	 *  copies */
	ks_member_t *next[KS_MEMBER_INDEXES];

	/** octets of the identity's encoding */
	uint16_t id_len;

	/** encoding of the identity */
	uint8_t id[];
};

/**
 * What became of an acknowledgement.
 */
enum ks_booking_t {
	/** noted */
	KS_BOOKED,
	/** this rekey is acknowledged already */
	KS_BOOKED_BEFORE,
	/** not the last sequence number sent, nothing is noted (ACK-018) */
	KS_BOOKED_STALE,
	/** no such member, or nothing was sent to it (LOG-162) */
	KS_BOOKED_UNKNOWN,
};

/**
 * Make a record that no table has yet.
 *
 * @param id			identity, at most 64 KiB
 * @param host			source address and port
 * @return				record, to free()
 */
ks_member_t *ks_member_create(identification_t *id, host_t *host);

/**
 * Note that a member registered.
 *
 * @param local			our address and port
 * @param features		features that it announced
 * @param now			monotonic time
 * @param expires		monotonic time when the keys end that it got
 * @param sids			Sender IDs that it got, NULL for none
 */
void ks_member_registered(ks_member_t *member, host_t *local,
						  uint8_t features, time_t now, time_t expires,
						  const ks_sid_lease_t *sids);

/**
 * Copy a record.
 *
 * @return				copy, to free()
 */
ks_member_t *ks_member_clone(const ks_member_t *member);

/**
 * Hash of what identifies a record: address and identity; for hash tables.
 *
 * @param key			record, ks_member_t*
 */
u_int ks_member_hash(const void *key);

/**
 * Are two records of the same address and identity? For hash tables.
 *
 * @param key			record, ks_member_t*
 * @param other_key		another
 */
bool ks_member_equals(const void *key, const void *other_key);

/**
 * Note that a message is sent.
 *
 * @param kek			tag of the KEK, see ks_member_kek()
 * @param seq			sequence number
 * @param rekey			which rekey of the table it is
 * @param retry			it is a retransmission
 * @param now			monotonic time
 */
void ks_member_sent(ks_member_t *member, uint64_t kek, uint32_t seq,
					uint32_t rekey, bool retry, time_t now);

/**
 * Book an acknowledgement, ACK-018: it has to name the last sequence number
 * sent, under the KEK that this was sent under.
 *
 * @param kek			tag of the KEK
 * @param seq			sequence number
 * @param length		length that its key was derived with
 * @param now			monotonic time
 */
ks_booking_t ks_member_book(ks_member_t *member, uint64_t kek, uint32_t seq,
							uint8_t length, time_t now);

/**
 * Is it told by its missing acknowledgements that a member is gone? It is if
 * it acknowledged before, or announced that it can (RFC 8263).
 */
bool ks_member_answers(const ks_member_t *member);

/**
 * Of members whose records nothing but their number ends, find the one that
 * registered longest ago.
 *
 * @param members		records
 * @param count			number of records
 * @return				index, -1 if there is no such record
 */
int ks_member_find_assumed(ks_member_t **members, u_int count);

/**
 * The rekey sent last is over: count it as missed if it was not acknowledged
 * in time.
 *
 * @param threshold		consecutive misses that eject, 0 for never
 * @param now			monotonic time
 * @return				TRUE if the member has to go, ACK-004
 */
bool ks_member_missed(ks_member_t *member, u_int threshold, time_t now);

/**
 * Tag that tells the KEKs of a group apart.
 *
 * @param spi			SPI, or a message that begins with it; at least 8
 *						octets, else the tag is 0
 */
uint64_t ks_member_kek(chunk_t spi);

/**
 * Address of a member.
 *
 * @return				host with port, to destroy
 */
host_t *ks_member_get_host(ks_member_t *member);

/**
 * Identity of a member.
 *
 * @return				identity, to destroy
 */
identification_t *ks_member_get_id(ks_member_t *member);

#endif /** KS_MEMBER_H_ @}*/
