/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_vici gm_vici
 * @{ @ingroup gdoi_member
 */

#ifndef GM_VICI_H_
#define GM_VICI_H_

#include "gm_group.h"

#include "../vici/gdoi_vici.h"

typedef struct gm_vici_t gm_vici_t;
typedef struct gm_directory_t gm_directory_t;

/**
 * Function that hands out rows of a group's status.
 *
 * @param status		status
 * @param config		configuration of the group
 * @param now			present time
 * @param row			called per row
 * @param user			passed to row
 */
typedef void (*gm_vici_rows_t)(const gm_status_t *status, gm_config_t *config,
							   uint64_t now, group_row_cb_t row, void *user);

/**
 * Finds groups. Called by any thread, with no lock held.
 */
struct gm_directory_t {

	/**
	 * Get a group by its name.
	 *
	 * @param name		name
	 * @return			group with a reference, or NULL
	 */
	gm_group_t *(*get_group)(gm_directory_t *this, const char *name);

	/**
	 * Get all groups.
	 *
	 * @return			list of gm_group_t, each with a reference
	 */
	linked_list_t *(*get_groups)(gm_directory_t *this);
};

/**
 * The member's commands over VICI, `register` and `direction`, and its
 * counters, "gm" and "crypto-map".
 */
struct gm_vici_t {

	/**
	 * Withdraw commands and counters, and destroy.
	 */
	void (*destroy)(gm_vici_t *this);
};

/**
 * Register commands and counters.
 *
 * @param vici			VICI service
 * @param directory		finds groups; lives longer
 */
gm_vici_t *gm_vici_create(gdoi_vici_t *vici, gm_directory_t *directory);

/**
 * Add the keys of list-groups' section "gm".
 *
 * @param group			group, NULL if it could not be made
 * @param now			present time
 * @param builder		open section
 */
void gm_vici_describe(gm_group_t *group, uint64_t now,
					  vici_builder_t *builder);

/**
 * Hand out rows of a group.
 *
 * @param group			group, NULL if it could not be made
 * @param now			present time
 * @param list			hands out those of a status
 * @param row			called per row
 * @param user			passed to row
 */
void gm_vici_list(gm_group_t *group, uint64_t now, gm_vici_rows_t list,
				  group_row_cb_t row, void *user);

#endif /** GM_VICI_H_ @}*/
