/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_changes ks_changes
 * @{ @ingroup gdoi_ks
 *
 * What a change of a group's configuration brings for its members: the change
 * tables REKEY-101 to REKEY-242, as far as there are settings for them. Pure
 * functions, any thread.
 *
 * ks_rekeyer_t doesn't ask for it: what it tells members follows from the keys
 * that are there and the configuration that asks for others. A test makes every
 * change there is and proves that both say the same.
 */

#ifndef KS_CHANGES_H_
#define KS_CHANGES_H_

#include "ks_config.h"

#include <config/group_change.h>

/**
 * Compare two configurations of a group key by key.
 *
 * @param old			configuration in force, NULL for a group that is new
 * @param new			configuration to come, NULL for a group that goes
 * @param change		called per difference
 * @param user			data to pass to change
 */
void ks_changes_report(ks_config_t *old, ks_config_t *new,
					   group_change_cb_t change, void *user);

#endif /** KS_CHANGES_H_ @}*/
