/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_neighbours gm_neighbours
 * @{ @ingroup gdoi_member
 */

#ifndef GM_NEIGHBOURS_H_
#define GM_NEIGHBOURS_H_

#include "gm_config.h"

/**
 * Check that two groups of one configuration can be on this host together:
 * groups of an interface share its crypto map and so have the same anchors,
 * those of different interfaces have none in common.
 *
 * @param config		configuration of a group
 * @param node			its `member` section
 * @param reader		gets an error with the path of the key
 * @param other			configuration of another group
 */
void gm_neighbours_check(gm_config_t *config, config_node_t *node,
						 config_reader_t *reader, gm_config_t *other);

#endif /** GM_NEIGHBOURS_H_ @}*/
