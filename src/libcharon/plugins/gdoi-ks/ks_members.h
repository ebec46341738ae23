/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_members ks_members
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_MEMBERS_H_
#define KS_MEMBERS_H_

#include <library.h>
#include <networking/host.h>
#include <utils/identification.h>

typedef struct ks_members_t ks_members_t;
typedef struct ks_member_t ks_member_t;
typedef enum ks_members_result_t ks_members_result_t;

/**
 * Record of a member: one block of memory, of about 100 octets plus identity.
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

	/** octets of the identity's encoding */
	uint16_t id_len;

	/** encoding of the identity */
	uint8_t id[];
};

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
	 * @param features	features that it announced
	 * @param now		monotonic time
	 * @param expires	monotonic time when the keys it got end
	 * @return			result
	 */
	ks_members_result_t (*add)(ks_members_t *this, identification_t *id,
							   host_t *host, uint8_t features, time_t now,
							   time_t expires);

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

#endif /** KS_MEMBERS_H_ @}*/
