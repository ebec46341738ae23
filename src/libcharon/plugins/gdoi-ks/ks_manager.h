/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_manager ks_manager
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_MANAGER_H_
#define KS_MANAGER_H_

#include "ks_group.h"
#include "store/ks_keeper.h"

typedef struct ks_manager_t ks_manager_t;

/**
 * All groups of this key server (KS-005), as the configuration has them.
 *
 * Thread-safe.
 */
struct ks_manager_t {

	/**
	 * The role "server" of group_config_t.
	 */
	group_role_t role;

	/**
	 * Find a group by what a member asks for.
	 *
	 * @param id		identity of the group
	 * @return			group with a reference, NULL if there is none
	 */
	ks_group_t *(*find)(ks_manager_t *this, const group_id_t *id);

	/**
	 * Does any group take members of a connection? Answers from memory.
	 *
	 * @param connection	name of the connection
	 */
	bool (*claims)(ks_manager_t *this, const char *connection);

	/**
	 * Get the groups.
	 *
	 * @param name		name of the only one to get, NULL for all
	 * @return			ks_group_t* with references, in order of creation
	 */
	linked_list_t *(*list)(ks_manager_t *this, const char *name);

	/**
	 * Have new groups kept over restarts, and removed ones forgotten. Not while
	 * groups come or go.
	 *
	 * @param keeper	keeper, NULL to leave everything to itself
	 */
	void (*set_keeper)(ks_manager_t *this, ks_keeper_t *keeper);

	/**
	 * Let time work in all groups.
	 */
	void (*tick)(ks_manager_t *this);

	/**
	 * End all groups.
	 */
	void (*destroy)(ks_manager_t *this);
};

/**
 * Create a manager without groups.
 *
 * @param services		what groups use, copied
 */
ks_manager_t *ks_manager_create(const ks_services_t *services);

#endif /** KS_MANAGER_H_ @}*/
