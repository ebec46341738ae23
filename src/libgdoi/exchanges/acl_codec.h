/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_acl_codec gdoi_acl_codec
 * @{ @ingroup libgdoi_exchanges
 *
 * Access lists with deny lines as value of the GAP attribute POLICY_ACL, a
 * private number of ours; README.md has its octets.
 */

#ifndef GDOI_ACL_CODEC_H_
#define GDOI_ACL_CODEC_H_

#include "../group/group_acl.h"

typedef struct gdoi_acl_set_t gdoi_acl_set_t;

/** most lists of a set, as their numbers have one octet */
#define GDOI_ACL_SET_MAX 255

/**
 * Lists of a policy in the order in which packets are matched with them. A
 * plain value; gdoi_acl_set_clear() it.
 */
struct gdoi_acl_set_t {

	/** lists, references; number n is lists[n - 1] */
	group_acl_t *lists[GDOI_ACL_SET_MAX];

	/** number of lists */
	u_int count;
};

/**
 * Add a list after the last one, unless it is equal to that.
 *
 * @param set		set
 * @param acl		list, gets referenced
 * @return			number of the list, from 1; 0 if there is no more room
 */
uint8_t gdoi_acl_set_add(gdoi_acl_set_t *set, group_acl_t *acl);

/**
 * Write the value of the attribute.
 *
 * @param set		set, with at least one list
 * @param value		value, allocated
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if there are no lines, if one can't be expressed, or
 *					if it is too long for an attribute
 */
bool gdoi_acl_set_write(gdoi_acl_set_t *set, chunk_t *value, char **reason);

/**
 * Read the value of the attribute, which has to be exactly as
 * gdoi_acl_set_write() makes it.
 *
 * @param value		value
 * @param set		set to the lists if TRUE is returned, lines are numbered
 *					from 1 in each
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 */
bool gdoi_acl_set_read(chunk_t value, gdoi_acl_set_t *set, char **reason);

/**
 * Give back the lists of a set.
 */
void gdoi_acl_set_clear(gdoi_acl_set_t *set);

/**
 * Octets that the lines of a list take.
 */
size_t gdoi_acl_octets(group_acl_t *acl);

#endif /** GDOI_ACL_CODEC_H_ @}*/
