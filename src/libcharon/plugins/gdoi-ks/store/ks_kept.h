/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_kept ks_kept
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_KEPT_H_
#define KS_KEPT_H_

#include "ks_member_codec.h"
#include "ks_store.h"

#include "../ks_group.h"

typedef struct ks_kept_t ks_kept_t;
typedef struct ks_kept_report_t ks_kept_report_t;

/**
 * What reading a group from the store found.
 */
struct ks_kept_report_t {

	/** keys, NULL if there are none */
	ks_state_t *state;

	/** keys that ended meanwhile */
	u_int ended;

	/** pages that were not written by us, or make no sense */
	u_int bad;

	/** the keys were written later than now */
	bool clock;
};

/**
 * One group as it is in the store: knows what was written, and writes what is
 * different. Not thread-safe.
 */
struct ks_kept_t {

	/**
	 * The group, owned by this.
	 */
	ks_group_t *(*get_group)(ks_kept_t *this);

	/**
	 * Read the group. Members go to the group's table at once.
	 *
	 * @param store		store
	 * @param now		present moment
	 * @param report	filled; the state is the caller's
	 * @return			FALSE if the database failed
	 */
	bool (*load)(ks_kept_t *this, ks_store_t *store, const ks_instant_t *now,
				 ks_kept_report_t *report);

	/**
	 * Write keys and the bound of sequence numbers if they changed. Needs no
	 * transaction.
	 *
	 * @param store		store
	 * @param offset	seconds from the monotonic to the wall clock
	 * @param spare		write a new bound already if fewer numbers are left
	 * @return			FALSE if the database failed
	 */
	bool (*write_keys)(ks_kept_t *this, ks_store_t *store, time_t offset,
					   uint32_t spare);

	/**
	 * Write the pages of members that changed.
	 *
	 * @param store		store
	 * @param now		present moment
	 * @return			FALSE if the database failed: call lost() then
	 */
	bool (*write_members)(ks_kept_t *this, ks_store_t *store,
						  const ks_instant_t *now);

	/**
	 * A transaction failed: what was written in it has to be written again.
	 */
	void (*lost)(ks_kept_t *this);

	/**
	 * Destroy it, not what is in the store.
	 */
	void (*destroy)(ks_kept_t *this);
};

/**
 * Create it, as of a group of which nothing is in the store.
 *
 * @param group			group, gets referenced
 */
ks_kept_t *ks_kept_create(ks_group_t *group);

#endif /** KS_KEPT_H_ @}*/
