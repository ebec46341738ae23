/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup map_hub map_hub
 * @{ @ingroup gdoi
 */

#ifndef MAP_HUB_H_
#define MAP_HUB_H_

#include "map_part.h"

#include <threading/mutex.h>

typedef struct map_hub_t map_hub_t;

/** creates a crypto map that has its interface for itself */
typedef crypto_map_t *(*map_hub_create_t)(const crypto_map_params_t *params);

/**
 * What the groups of an interface share.
 */
struct map_hub_t {

	/**
	 * Name of the interface.
	 */
	char *interface;

	/**
	 * The crypto map, NULL while no group is attached.
	 */
	crypto_map_t *map;

	/**
	 * Names and numbers of that map.
	 */
	cm_ids_t *ids;

	/**
	 * Group that came first.
	 */
	char *owner;

	/**
	 * What groups want, map_part_t.
	 */
	linked_list_t *parts;

	/**
	 * Protects what is above, and the parts. Held while the map is changed.
	 */
	mutex_t *mutex;

	/**
	 * Number of references, private.
	 */
	u_int refs;
};

/**
 * Get the hub of an interface. There is one for each name in this process.
 *
 * @param interface		name of the interface
 * @return				hub, to be given back with map_hub_put()
 */
map_hub_t *map_hub_get(const char *interface);

/**
 * Give a hub back. Its lock is not held, and no group is attached by the caller
 * any more.
 *
 * @param hub			hub
 */
void map_hub_put(map_hub_t *hub);

/*
 * The functions below want the lock of the hub held. Where they push, nothing
 * is changed if there is no room, which they tell by FALSE.
 */

/**
 * Attach a group: put a map on the interface, or join the one there is.
 *
 * @param hub			hub
 * @param part			part in its list that is not attached
 * @param create		creates a map
 * @param reason		set to why not, allocated, if FALSE is returned
 * @return				TRUE if attached
 */
bool map_hub_join(map_hub_t *hub, map_part_t *part, map_hub_create_t create,
				  char **reason);

/**
 * Detach a group. The last one takes the map with it.
 *
 * @param hub			hub
 * @param part			attached part
 * @param detach		FALSE to forget about the map, if this was the last one,
 *						but to leave it attached
 */
void map_hub_leave(map_hub_t *hub, map_part_t *part, bool detach);

/**
 * Push the access lists of all groups, in one step.
 *
 * @param hub			hub with a map
 */
bool map_hub_push_lines(map_hub_t *hub);

/**
 * Push the SPIs of all groups, in one step.
 *
 * @param hub			hub with a map
 */
bool map_hub_push_spis(map_hub_t *hub);

/**
 * Push the key servers of all groups, in one step.
 *
 * @param hub			hub with a map
 */
bool map_hub_push_servers(map_hub_t *hub);

/**
 * Get the index that an SA has in the map. If it is given out now, the group's
 * SPIs may bring its traffic.
 *
 * @param hub			hub with a map
 * @param part			attached part
 * @param sa			index that the group knows
 * @return				index, MAP_PART_NONE if all are in use
 */
u_int map_hub_get_sa(map_hub_t *hub, map_part_t *part, u_int sa);

/**
 * Tell all groups of the last unknown SPI, if there was one: any of them may
 * know it.
 *
 * @param hub			hub with a map
 */
void map_hub_spread_unknown_spi(map_hub_t *hub);

#endif /** MAP_HUB_H_ @}*/
