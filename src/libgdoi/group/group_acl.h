/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_acl group_acl
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_ACL_H_
#define GROUP_ACL_H_

#include "group_ace.h"

#include <collections/enumerator.h>

typedef struct group_acl_t group_acl_t;

/**
 * List of lines, kept and evaluated in the order of their numbers.
 *
 * Fill a list before it is shared; from then on it must not change, and may be
 * used by several threads, each with its own reference.
 */
struct group_acl_t {

	/**
	 * Add a line at the place that its number asks for.
	 *
	 * @param ace		line, gets copied
	 * @return			FALSE if the list has a line of this number
	 */
	bool (*add)(group_acl_t *this, const group_ace_t *ace);

	/**
	 * Add a line after the last, with the next number.
	 *
	 * @param ace		line, gets copied, its number is ignored
	 */
	void (*append)(group_acl_t *this, const group_ace_t *ace);

	/**
	 * Number of lines.
	 */
	u_int (*get_count)(group_acl_t *this);

	/**
	 * Enumerate the lines by number.
	 *
	 * @return			enumerator over const group_ace_t*
	 */
	enumerator_t* (*create_enumerator)(group_acl_t *this);

	/**
	 * Find the first line that matches a packet.
	 *
	 * Parameters as for group_ace_matches().
	 *
	 * @return			line, NULL if none matches (the packet is clear then);
	 *					valid as long as the list
	 */
	const group_ace_t* (*lookup)(group_acl_t *this, uint8_t protocol,
								 uint16_t family, const uint8_t *src,
								 const uint8_t *dst, uint16_t sport,
								 uint16_t dport);

	/**
	 * Compare two lists: the same lines in the same order. Numbers count only
	 * by the order they give, as they don't travel in a SAT.
	 */
	bool (*equals)(group_acl_t *this, group_acl_t *other);

	/**
	 * Get another reference.
	 */
	group_acl_t* (*get_ref)(group_acl_t *this);

	/**
	 * Give back a reference.
	 */
	void (*destroy)(group_acl_t *this);
};

/**
 * Create an empty list.
 */
group_acl_t *group_acl_create();

#endif /** GROUP_ACL_H_ @}*/
