/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_plan group_plan
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_PLAN_H_
#define GROUP_PLAN_H_

#include "group_config.h"

#include <collections/array.h>

/** longest name of a group or an ACL, VICI wraps beyond 255 octets */
#define GROUP_NAME_MAX 64

typedef struct group_plan_t group_plan_t;
typedef struct group_plan_item_t group_plan_item_t;

/**
 * What one role is to do for one group.
 */
struct group_plan_item_t {

	/** group */
	group_entry_t group;

	/** role that parsed its section */
	group_role_t *role;

	/** what the role made of it; whoever takes it sets NULL here */
	void *parsed;
};

/**
 * All groups of a configuration, parsed and checked, but not in force.
 *
 * Belongs to the load that made it; not thread safe.
 */
struct group_plan_t {

	/**
	 * Enumerate what is to be in force, in order of the source.
	 *
	 * @return			enumerator over (group_plan_item_t*)
	 */
	enumerator_t *(*create_enumerator)(group_plan_t *this);

	/**
	 * Find the item of a group and role.
	 *
	 * @return			item, NULL if there is none
	 */
	group_plan_item_t *(*find)(group_plan_t *this, const char *name,
							   group_role_t *role);

	/**
	 * Enumerate the groups that can't be registered for because their section
	 * lacks the group's identity or a key server (GM-004).
	 *
	 * @return			enumerator over (const char *name)
	 */
	enumerator_t *(*create_incomplete_enumerator)(group_plan_t *this);

	/**
	 * Enumerate what roles refused, in order of the source.
	 *
	 * @return			enumerator over (group_plan_item_t*), parsed is NULL
	 */
	enumerator_t *(*create_refused_enumerator)(group_plan_t *this);

	/**
	 * Destroy the plan, with everything parsed that nobody took.
	 */
	void (*destroy)(group_plan_t *this);
};

/**
 * Parse the sections "groups" and "acls" of a tree.
 *
 * Every mistake is recorded, so that the plan is only of use if the reader has
 * no errors afterwards.
 *
 * @param root		tree
 * @param reader	gets errors and warnings
 * @param roles		roles to parse with, group_role_t*
 * @return			plan, never NULL
 */
group_plan_t *group_plan_create(config_node_t *root, config_reader_t *reader,
								array_t *roles);

#endif /** GROUP_PLAN_H_ @}*/
