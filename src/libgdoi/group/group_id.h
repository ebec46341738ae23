/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_id group_id
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_ID_H_
#define GROUP_ID_H_

#include <library.h>

typedef struct group_id_t group_id_t;
typedef enum group_id_type_t group_id_type_t;

/**
 * The two forms of a group's identity (KS-009).
 */
enum group_id_type_t {
	/** a 32-bit number, ID_KEY_ID with four octets on the wire */
	GROUP_ID_NUMBER = 0,
	/** an IPv4 address, ID_IPV4_ADDR on the wire */
	GROUP_ID_ADDRESS = 1,
};

/**
 * Identity of a group. A plain value: copy it freely.
 *
 * A number and an address of the same 32 bits are different groups.
 */
struct group_id_t {

	/** form of the identity */
	group_id_type_t type;

	/** number, or IPv4 address with its first octet most significant
	 *  (host byte order in both cases) */
	uint32_t value;
};

/**
 * Parse a group identity as an administrator writes it.
 *
 * @param text		decimal number 0..4294967295, or dotted IPv4 address
 * @param id		identity, set only if TRUE is returned
 * @return			FALSE if the text is neither
 */
bool group_id_parse(const char *text, group_id_t *id);

/**
 * Print a group identity, as group_id_parse() takes it.
 *
 * @param id		identity
 * @param buf		buffer for the zero terminated text
 * @param len		size of buf, 16 octets are always enough
 * @return			buf
 */
char *group_id_print(const group_id_t *id, char *buf, size_t len);

/**
 * Compare two group identities.
 *
 * @return			TRUE if form and value are the same
 */
bool group_id_equals(const group_id_t *a, const group_id_t *b);

#endif /** GROUP_ID_H_ @}*/
