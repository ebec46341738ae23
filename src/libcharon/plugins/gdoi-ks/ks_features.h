/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_features ks_features
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_FEATURES_H_
#define KS_FEATURES_H_

#include "ks_config.h"
#include "ks_members.h"

#include <config/group_config.h>

/**
 * Hand out the rows of list-features: of this key server, then of each member,
 * by what they announced in phase 1 (KS-027, SHOW-001, SHOW-002). Any thread.
 *
 * @param config		configuration of the group
 * @param members		members of the group
 * @param row			called per row, with no lock held
 * @param user			data to pass to row
 */
void ks_features_list(ks_config_t *config, ks_members_t *members,
					  group_row_cb_t row, void *user);

#endif /** KS_FEATURES_H_ @}*/
