/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_stats gm_stats
 * @{ @ingroup gdoi_member
 */

#ifndef GM_STATS_H_
#define GM_STATS_H_

#include "gm_group.h"

#include <collections/linked_list.h>
#include <plugins/vici/vici_builder.h>

/**
 * Add counters of groups: groups, groups-ready, and the sums of registrations,
 * rekeys, acknowledgements and restored states of all that are there now.
 *
 * @param groups		list of gm_group_t
 * @param builder		open section
 */
void gm_stats_add_groups(linked_list_t *groups, vici_builder_t *builder);

/**
 * Add the sums of the groups' crypto map counters.
 *
 * @param groups		list of gm_group_t
 * @param builder		open section
 */
void gm_stats_add_maps(linked_list_t *groups, vici_builder_t *builder);

#endif /** GM_STATS_H_ @}*/
