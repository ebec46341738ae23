/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_members ks_members
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_MEMBERS_H_
#define KS_MEMBERS_H_

#include "ks_member.h"

#include <collections/linked_list.h>

typedef struct ks_members_t ks_members_t;
typedef struct ks_target_t ks_target_t;
typedef enum ks_members_result_t ks_members_result_t;

/**
 * What became of a registration.
 */
enum ks_members_result_t {
	/** a record was made, it is the only one */
	KS_MEMBERS_FIRST,
	/** a record was made */
	KS_MEMBERS_ADDED,
	/** the record that was there counts one more */
	KS_MEMBERS_UPDATED,
	/** no room, nothing was changed */
	KS_MEMBERS_FULL,
};

/**
 * Where a rekey goes to: part of a record.
 */
struct ks_target_t {

	/** number of the record */
	uint64_t number;

	/** as in the record */
	uint8_t address[16], local[16];
	uint16_t family, port, local_port;
	uint8_t features;
};

/**
 * Members of one group, KS-004. A record is known by source address and
 * identity: two addresses of one member make two records (KS-021), and so do
 * two members behind one address translator.
 *
 * Thread-safe, by a lock of its own that is never held for long.
 */
struct ks_members_t {

	/**
	 * Is there a record, or room for it?
	 *
	 * @param id		authenticated identity
	 * @param host		source address
	 * @param now		monotonic time, records expired by then make room
	 * @return			FALSE if the table is full
	 */
	bool (*has_room)(ks_members_t *this, identification_t *id, host_t *host,
					 time_t now);

	/**
	 * Account for a completed registration.
	 *
	 * @param id		authenticated identity, at most 64 KiB
	 * @param host		source address and port
	 * @param local		our address and port
	 * @param features	features that it announced
	 * @param now		monotonic time
	 * @param expires	monotonic time when the keys it got end
	 * @param sids		Sender IDs that it got, NULL for none
	 * @return			result
	 */
	ks_members_result_t (*add)(ks_members_t *this, identification_t *id,
							   host_t *host, host_t *local, uint8_t features,
							   time_t now, time_t expires,
							   const ks_sid_lease_t *sids);

	/**
	 * Copy a few destinations, so that sending holds no lock.
	 *
	 * @param after		number of the last record seen, 0 to start
	 * @param pending	only members that did not acknowledge the present rekey
	 * @param targets	array that gets them in order of number
	 * @param max		room in the array
	 * @return			number copied, 0 at the end
	 */
	u_int (*get_targets)(ks_members_t *this, uint64_t after, bool pending,
						 ks_target_t *targets, u_int max);

	/**
	 * Note that a message was sent to members, before it is: an
	 * acknowledgement may be faster than whoever sends.
	 *
	 * @param targets	members, by their numbers
	 * @param count		number of them
	 * @param kek		tag of the KEK that it is sent under, ks_member_kek()
	 * @param seq		sequence number of the message
	 * @param retry		it is a retransmission of the present rekey
	 * @param now		monotonic time
	 */
	void (*mark_sent)(ks_members_t *this, const ks_target_t *targets,
					  u_int count, uint64_t kek, uint32_t seq, bool retry,
					  time_t now);

	/**
	 * A member that registered during the present rekey got keys from before
	 * it: it has to get and to acknowledge the rekey like others. Unless this
	 * is called those that registered meanwhile are neither sent
	 * retransmissions nor counted.
	 *
	 * @param number	number of the record
	 */
	void (*include)(ks_members_t *this, uint64_t number);

	/**
	 * Book an acknowledgement that was verified, ACK-003 and ACK-018.
	 *
	 * The member is the one that has the address that the message names; of
	 * several that with the port it came from, then that whose identity is the
	 * address, then that which registered last. Members behind an address
	 * translator, who name addresses of theirs that nobody knows, are found by
	 * where the message came from.
	 *
	 * @param id		address that it names, without port
	 * @param src		where it came from, with port
	 * @param kek		tag of the KEK that it came under, ks_member_kek()
	 * @param seq		sequence number
	 * @param length	length that its key was derived with
	 * @param now		monotonic time
	 */
	ks_booking_t (*book)(ks_members_t *this, host_t *id, host_t *src,
						 uint64_t kek, uint32_t seq, uint8_t length,
						 time_t now);

	/**
	 * A rekey begins: from here on it is the present one. Who acknowledges it
	 * is kept until its keys end, and so is who it is sent to if its misses
	 * tell that it is gone (ks_member_answers()).
	 *
	 * @param expires	monotonic time when the keys that it brings end
	 */
	void (*begin_rekey)(ks_members_t *this, time_t expires);

	/**
	 * The present rekey is over, as the next one is about to begin: count
	 * those that did not acknowledge it within KS_MEMBER_ACK_WAIT, and remove
	 * who has missed too many (ACK-004). Members that never acknowledged and
	 * did not announce that they can are not removed for that.
	 *
	 * @param threshold	consecutive misses that eject, 0 for never
	 * @param now		monotonic time
	 * @return			removed records, ks_member_t* to free()
	 */
	linked_list_t *(*end_rekey)(ks_members_t *this, u_int threshold,
								time_t now);

	/**
	 * Members that the present rekey was sent to, and those of them that
	 * acknowledged. Who registered since is not counted: it has the keys.
	 */
	void (*get_progress)(ks_members_t *this, u_int *sent, u_int *acked);

	/**
	 * Put a record back that a restarted key server kept, with its counters
	 * and history, as the last one.
	 *
	 * @param record	record, copied; its times are of the present clock
	 * @return			FALSE if there is one of its address and identity
	 *					already, or no room
	 */
	bool (*restore)(ks_members_t *this, const ks_member_t *record);

	/**
	 * Remove a record.
	 *
	 * @param number	number of the record
	 * @return			the record, to free(); NULL if there is none
	 */
	ks_member_t *(*remove)(ks_members_t *this, uint64_t number);

	/**
	 * Keep members that nobody can tell from gone ones (multicast) as long as
	 * the keys that were just sent to all. If the table gets full, those that
	 * registered longest ago make room.
	 *
	 * @param expires	monotonic time when those end
	 */
	void (*extend)(ks_members_t *this, time_t expires);

	/**
	 * Remove the records whose keys ended.
	 *
	 * @param now		monotonic time
	 * @param last		set to a copy of the last record to go if none is left
	 *					and one was there, NULL otherwise; to free()
	 * @return			number of removed records
	 */
	u_int (*purge)(ks_members_t *this, time_t now, ks_member_t **last);

	/**
	 * Copy a few records, so that a listing holds no lock.
	 *
	 * @param after		number of the last record seen, 0 to start
	 * @param rows		array that gets copies in order of number, to free()
	 * @param max		room in the array
	 * @return			number of records copied, 0 at the end
	 */
	u_int (*snapshot)(ks_members_t *this, uint64_t after, ks_member_t **rows,
					  u_int max);

	/**
	 * Number of records.
	 */
	u_int (*get_count)(ks_members_t *this);

	/**
	 * Number that goes up whenever a record comes, goes or changes; wraps. Who
	 * keeps records elsewhere looks at it, before it takes a snapshot.
	 */
	uint32_t (*get_changes)(ks_members_t *this);

	/**
	 * Set the largest number of records. Records above it stay.
	 *
	 * @param limit		number, from 1
	 */
	void (*set_limit)(ks_members_t *this, u_int limit);

	/**
	 * Remove all records and destroy the table.
	 */
	void (*destroy)(ks_members_t *this);
};

/**
 * Create an empty table.
 *
 * @param limit			largest number of records
 */
ks_members_t *ks_members_create(u_int limit);

#endif /** KS_MEMBERS_H_ @}*/
