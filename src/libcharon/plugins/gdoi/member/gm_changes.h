/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_changes gm_changes
 * @{ @ingroup gdoi_member
 *
 * What a change of a group's configuration at a member brings: what it keeps
 * its keys for, and what it drops them for. Pure functions, any thread.
 */

#ifndef GM_CHANGES_H_
#define GM_CHANGES_H_

#include "gm_config.h"

#include "../config/group_change.h"

/**
 * Compare two configurations of a group key by key.
 *
 * @param old			configuration in force, NULL for a group that is new
 * @param new			configuration to come, NULL for a group that goes
 * @param change		called per difference
 * @param user			data to pass to change
 */
void gm_changes_report(gm_config_t *old, gm_config_t *new,
					   group_change_cb_t change, void *user);

#endif /** GM_CHANGES_H_ @}*/
