/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_changes_freshness ks_changes_freshness
 * @{ @ingroup gdoi_ks
 *
 * The part of ks_changes.h that is about replay protection: REKEY-105 to
 * REKEY-107, REKEY-221 to REKEY-224, REKEY-242 as X15 has it, D3P-004 and
 * D3P-011. Pure functions, any thread.
 */

#ifndef KS_CHANGES_FRESHNESS_H_
#define KS_CHANGES_FRESHNESS_H_

#include "ks_config.h"

#include <config/group_diff.h>

/**
 * Compare the settings of two configurations.
 *
 * @param a				configuration in force
 * @param b				configuration to come
 * @param diff			gets the values
 */
void ks_changes_freshness_compare(ks_config_t *a, ks_config_t *b,
								  group_diff_t *diff);

/**
 * Fill in what follows from a change of such a setting, which depends on the
 * values; other changes are left alone.
 *
 * @param a				configuration in force
 * @param b				configuration to come
 * @param change		change with key and values
 */
void ks_changes_freshness_adapt(ks_config_t *a, ks_config_t *b,
								group_change_t *change);

#endif /** KS_CHANGES_FRESHNESS_H_ @}*/
