/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_member_index ks_member_index
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_MEMBER_INDEX_H_
#define KS_MEMBER_INDEX_H_

#include "ks_member.h"

typedef struct ks_member_index_t ks_member_index_t;

/**
 * Finds the record that an acknowledgement is for, in constant time. Does not
 * own the records. Not thread-safe.
 */
struct ks_member_index_t {

	/**
	 * Add a record. Neither its address nor its port may change as long as it
	 * is in here.
	 */
	void (*add)(ks_member_index_t *this, ks_member_t *member);

	/**
	 * Remove a record that is in here.
	 */
	void (*remove)(ks_member_index_t *this, ks_member_t *member);

	/**
	 * Find the member that sent an acknowledgement. ks_members_t.book() says
	 * how.
	 *
	 * @param id		address that the acknowledgement names, without port
	 * @param src		where it came from
	 * @return			record, NULL if there is none
	 */
	ks_member_t *(*find)(ks_member_index_t *this, host_t *id, host_t *src);

	/**
	 * Destroy the index, not the records.
	 */
	void (*destroy)(ks_member_index_t *this);
};

/**
 * Create an empty index.
 */
ks_member_index_t *ks_member_index_create();

#endif /** KS_MEMBER_INDEX_H_ @}*/
