/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_members gm_members
 * @{ @ingroup gdoi_member
 */

#ifndef GM_MEMBERS_H_
#define GM_MEMBERS_H_

#include "gm_group.h"
#include "gm_link.h"
#include "gm_links.h"

#include <collections/linked_list.h>

typedef struct gm_members_t gm_members_t;
typedef struct gm_member_t gm_member_t;

/**
 * A group with its link.
 */
struct gm_member_t {

	/** configuration, as last applied */
	gm_config_t *config;

	/** group, NULL if it could not be made */
	gm_group_t *group;

	/** its way to phase 1 */
	gm_link_t *link;

	/** index of its crypto map */
	u_int index;
};

/**
 * The table of groups that this host is a member of.
 *
 * Thread safe. Calls nobody with its lock held but for references, so that it
 * may be asked with an IKE_SA locked. What add(), replace() and remove() return
 * is the caller's, one load at a time.
 */
struct gm_members_t {

	/**
	 * Add a group; its name is not in the table.
	 *
	 * @param member	group, adopted
	 */
	void (*add)(gm_members_t *this, gm_member_t *member);

	/**
	 * Take a group out of the table.
	 *
	 * @param name		name
	 * @return			group, to be destroyed by the caller; NULL if not there
	 */
	gm_member_t *(*remove)(gm_members_t *this, const char *name);

	/**
	 * Replace the configuration of a group that can take it over.
	 *
	 * @param config	configuration, adopted if TRUE is returned
	 * @param old		set to the configuration before, to give back
	 * @param group		set to the group, a reference for the caller
	 * @return			FALSE if there is no group for it, or of another place
	 */
	bool (*replace)(gm_members_t *this, gm_config_t *config, gm_config_t **old,
					gm_group_t **group);

	/**
	 * Get the name of some group, NULL if there is none.
	 *
	 * @return			name, valid until the group is removed
	 */
	const char *(*get_first)(gm_members_t *this);

	/**
	 * Get the lowest index that no group has.
	 */
	u_int (*get_index)(gm_members_t *this);

	/**
	 * Get a group.
	 *
	 * @param name		name
	 * @return			group with a reference, or NULL
	 */
	gm_group_t *(*get_group)(gm_members_t *this, const char *name);

	/**
	 * Get the configuration in force of a group.
	 *
	 * @param name		name
	 * @return			configuration with a reference, or NULL
	 */
	gm_config_t *(*get_config)(gm_members_t *this, const char *name);

	/**
	 * Does a group have a connection as one of its servers?
	 */
	bool (*has_server)(gm_members_t *this, const char *connection);

	/**
	 * Collect the groups that an event is for, so that they can be called
	 * without the lock.
	 *
	 * @param connection	those with this connection, NULL for any
	 * @param user			those that use this phase 1, NULL for any
	 * @return				list of gm_group_t, each with a reference
	 */
	linked_list_t *(*collect)(gm_members_t *this, const char *connection,
							  gdoi_phase1_t *user);

	/**
	 * Destroy the table, which is empty.
	 */
	void (*destroy)(gm_members_t *this);
};

/**
 * Create an empty table.
 *
 * @param links			who uses which phase 1, must live longer
 */
gm_members_t *gm_members_create(gm_links_t *links);

#endif /** GM_MEMBERS_H_ @}*/
