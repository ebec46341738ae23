/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup map_freshness map_freshness
 * @{ @ingroup gdoi
 *
 * Freshness where groups share the crypto map of an interface: what a group
 * wants of its SAs, by the index that it knows. Unless said otherwise, the
 * functions take the lock of the hub; none calls back.
 */

#ifndef MAP_FRESHNESS_H_
#define MAP_FRESHNESS_H_

#include "map_hub.h"

/**
 * Set the policy of an SA, see crypto_map_t.set_freshness(). That of a group
 * that isn't attached is kept for attach().
 *
 * @param hub			hub
 * @param part			part of the group
 * @param sa			index that the group knows
 * @param policy		policy, copied; NULL for none
 * @return				FALSE if the map refuses it or has no room for the SA
 */
bool map_freshness_set_policy(map_hub_t *hub, map_part_t *part, u_int sa,
							  const freshness_policy_t *policy);

/**
 * Have outbound packets of an SA carry a header or not, see
 * crypto_map_t.set_stamped().
 *
 * @param hub			hub
 * @param part			part of the group
 * @param sa			index that the group knows
 * @param stamped		TRUE for a header
 */
void map_freshness_set_stamped(map_hub_t *hub, map_part_t *part, u_int sa,
							   bool stamped);

/**
 * Get the counters of an SA, see crypto_map_t.get_freshness().
 *
 * @param hub			hub
 * @param part			part of the group
 * @param sa			index that the group knows
 * @param counters		filled in
 * @return				FALSE if there are none
 */
bool map_freshness_get(map_hub_t *hub, map_part_t *part, u_int sa,
					   freshness_counters_t *counters);

/**
 * Enumerate the errors of a group, see
 * crypto_map_t.create_freshness_enumerator().
 *
 * @param hub			hub
 * @param part			part of the group
 * @return				enumerator over freshness_error_t*, whose SA is the
 *						index that the group knows
 */
enumerator_t *map_freshness_create_enumerator(map_hub_t *hub,
											  map_part_t *part);

/**
 * Reset counters and errors, see crypto_map_t.reset_freshness().
 *
 * @param hub			hub
 * @param part			part of the group
 * @param sas			bit for each SA, by the index that the group knows
 */
void map_freshness_reset(map_hub_t *hub, map_part_t *part, uint32_t sas);

/**
 * Push what a group said to the map, which it joins. With the lock held.
 *
 * @param hub			hub with a map
 * @param part			part whose SAs have indices
 */
void map_freshness_push(map_hub_t *hub, map_part_t *part);

/**
 * Take back what was pushed, and what was counted: the next group that gets
 * the index begins anew. With the lock held.
 *
 * @param hub			hub with a map
 * @param part			part whose SAs still have indices
 */
void map_freshness_pull(map_hub_t *hub, map_part_t *part);

#endif /** MAP_FRESHNESS_H_ @}*/
