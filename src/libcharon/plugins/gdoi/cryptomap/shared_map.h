/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup shared_map shared_map
 * @{ @ingroup gdoi
 */

#ifndef SHARED_MAP_H_
#define SHARED_MAP_H_

#include "map_hub.h"

/**
 * Create a group's view of the crypto map of an interface: all groups of this
 * process that sit on one interface share one map with one XFRM interface and
 * one set of anchors, which is there while any of them is attached.
 *
 * - Access lists are searched one after the other, by the names of the groups;
 *   the first match over all of them decides. Fallback lists come behind, so
 *   that a group that is not registered yet leaves the others' traffic alone.
 * - SAs and SPIs are put together. The map has CRYPTO_MAP_SAS, CRYPTO_MAP_SPIS
 *   and CRYPTO_MAP_LINES for all groups; who comes too late is refused. If that
 *   is the first list of a group, all traffic is dropped that no other group
 *   has a line for, as the list's own would pass in clear. What arrives under a
 *   key of one group and is another group's traffic is dropped.
 * - Key servers of one group pass the lists of all.
 * - The counters are those of the interface; the group with the first name has
 *   them, the others have none, so that sums are right.
 * - All groups of an interface have the same anchors; attach() refuses others,
 *   and anchors that another interface has.
 *
 * Every interface has a lock, which is held while its map is changed: calls for
 * groups of one interface wait for each other, those for different ones don't.
 * The programs of the map never wait.
 *
 * @param params		parameters, cloned. The index is a wish: the map takes
 *						that of the group which attaches first, if it is free.
 * @param create		creates the map behind it
 * @return				crypto map, NULL if parameters are out of range
 */
crypto_map_t *shared_map_create(const crypto_map_params_t *params,
								map_hub_create_t create);

#endif /** SHARED_MAP_H_ @}*/
