/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup acl_table acl_table
 * @{ @ingroup gdoi_config
 */

#ifndef ACL_TABLE_H_
#define ACL_TABLE_H_

#include "config_reader.h"

#include <group/group_acl.h>

typedef struct acl_table_t acl_table_t;

/**
 * The ACLs of a configuration by name. Belongs to one load; not thread safe.
 */
struct acl_table_t {

	/**
	 * Look up an ACL, and note that it is used.
	 *
	 * @param name		name
	 * @return			new reference, NULL if there is none of this name
	 */
	group_acl_t *(*lookup)(acl_table_t *this, const char *name);

	/**
	 * Warn about ACLs that nobody looked up.
	 *
	 * @param reader	gets the warnings
	 */
	void (*warn_unused)(acl_table_t *this, config_reader_t *reader);

	/**
	 * Destroy the table; references handed out live on.
	 */
	void (*destroy)(acl_table_t *this);
};

/**
 * Parse ACLs: a section per list, in it a line per number.
 *
 *     acls { vpn { 10 = permit ip 10.1.0.0/16 10.1.0.0/16 } }
 *
 * @param root		tree that has the section "acls", or hasn't
 * @param reader	gets errors
 * @return			table of the lists, those without a good line are empty
 */
acl_table_t *acl_table_create(config_node_t *root, config_reader_t *reader);

#endif /** ACL_TABLE_H_ @}*/
