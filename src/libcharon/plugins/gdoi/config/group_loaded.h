/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_loaded group_loaded
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_LOADED_H_
#define GROUP_LOADED_H_

#include "group_config.h"

#include <collections/array.h>

typedef struct group_loaded_t group_loaded_t;

/**
 * Which groups are in force, in which roles. Thread-safe; nothing is called
 * with its lock held, and what it hands out are copies.
 */
struct group_loaded_t {

	/**
	 * A group is in force in a role; nothing happens if it was before.
	 *
	 * @param group		group, copied
	 * @param role		role
	 */
	void (*add)(group_loaded_t *this, const group_entry_t *group,
				group_role_t *role);

	/**
	 * Find a group.
	 *
	 * @param name		name of the group
	 * @param role		role
	 * @param group		filled with the group if TRUE is returned
	 * @return			FALSE if it isn't in force in this role
	 */
	bool (*find)(group_loaded_t *this, const char *name, group_role_t *role,
				 group_entry_t *group);

	/**
	 * A group is in force in a role no more.
	 *
	 * @param name		name of the group
	 * @param role		role
	 */
	void (*remove)(group_loaded_t *this, const char *name, group_role_t *role);

	/**
	 * Take out the first group there is.
	 *
	 * @param role		of this role, NULL for any
	 * @param group		filled with the group if a role is returned
	 * @return			role, NULL if there is no group
	 */
	group_role_t *(*take)(group_loaded_t *this, group_role_t *role,
						  group_entry_t *group);

	/**
	 * Enumerate the groups and roles there are now.
	 *
	 * @return			enumerator over (const group_entry_t*, group_role_t*)
	 */
	enumerator_t *(*create_enumerator)(group_loaded_t *this);

	/**
	 * Enumerate the groups there are now, each once.
	 *
	 * @return			enumerator over (const group_entry_t*)
	 */
	enumerator_t *(*create_group_enumerator)(group_loaded_t *this);

	/**
	 * Get the roles that a group is in force in.
	 *
	 * @param name		name of the group
	 * @return			group_role_t*, to destroy
	 */
	array_t *(*get_roles)(group_loaded_t *this, const char *name);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(group_loaded_t *this);
};

/**
 * Create it without groups.
 */
group_loaded_t *group_loaded_create();

#endif /** GROUP_LOADED_H_ @}*/
