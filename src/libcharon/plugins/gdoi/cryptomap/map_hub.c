/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "map_hub.h"
#include "map_freshness.h"

#include <pthread.h>
#include <stdio.h>

/**
 * All interfaces with groups, map_hub_t. The lock is taken with a hub's held,
 * never the other way round, and nothing is called with it held.
 */
static linked_list_t *hubs;
static pthread_mutex_t hubs_lock = PTHREAD_MUTEX_INITIALIZER;

/**
 * Names and numbers of the crypto maps there are, by index; owned by the hubs
 * and protected by hubs_lock.
 */
static cm_ids_t *taken[CRYPTO_MAP_INDEX_MAX + 1];

map_hub_t *map_hub_get(const char *interface)
{
	enumerator_t *enumerator;
	map_hub_t *hub, *found = NULL;

	pthread_mutex_lock(&hubs_lock);
	hubs = hubs ?: linked_list_create();
	enumerator = hubs->create_enumerator(hubs);
	while (!found && enumerator->enumerate(enumerator, &hub))
	{
		found = streq(hub->interface, interface) ? hub : NULL;
	}
	enumerator->destroy(enumerator);
	if (!found)
	{
		INIT(found,
			.interface = strdup(interface),
			.parts = linked_list_create(),
			.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		);
		hubs->insert_last(hubs, found);
	}
	found->refs++;
	pthread_mutex_unlock(&hubs_lock);
	return found;
}

void map_hub_put(map_hub_t *hub)
{
	bool last;

	pthread_mutex_lock(&hubs_lock);
	last = --hub->refs == 0;
	if (last)
	{
		hubs->remove(hubs, hub, NULL);
		if (!hubs->get_count(hubs))
		{
			hubs->destroy(hubs);
			hubs = NULL;
		}
	}
	pthread_mutex_unlock(&hubs_lock);
	if (last)
	{
		hub->parts->destroy(hub->parts);
		hub->mutex->destroy(hub->mutex);
		free(hub->interface);
		free(hub);
	}
}

/**
 * Find a crypto map that has one of our anchors.
 */
static cm_ids_t *find_rival(cm_ids_t *ids)
{
	u_int i, j;

	for (i = 0; i < countof(taken); i++)
	{
		for (j = 0; taken[i] && j < countof(ids->anchors); j++)
		{
			if (ids->anchors[j]->ip_equals(ids->anchors[j],
										   taken[i]->anchors[j]))
			{
				return taken[i];
			}
		}
	}
	return NULL;
}

/**
 * Take an index for the map of the interface, ours if it is free.
 *
 * @return			names and numbers, NULL with a reason
 */
static cm_ids_t *take_index(map_part_t *part, char **reason)
{
	crypto_map_params_t params;
	u_int i, index = part->ids->index;
	cm_ids_t *ids, *rival;

	pthread_mutex_lock(&hubs_lock);
	for (i = 0; taken[index] && i < countof(taken); i++)
	{
		index = i;
	}
	params = map_part_get_params(part, index);
	ids = taken[index] ? NULL : cm_ids_create(&params);
	rival = ids ? find_rival(ids) : NULL;
	if (!ids)
	{
		*reason = strdup("there are too many crypto maps");
	}
	else if (rival)
	{
		if (asprintf(reason, "interface %s has one of these anchors (give "
					 "every interface its own)", rival->interface) < 0)
		{
			*reason = NULL;
		}
		cm_ids_destroy(ids);
		ids = NULL;
	}
	else
	{
		taken[index] = ids;
	}
	pthread_mutex_unlock(&hubs_lock);
	return ids;
}

/**
 * Forget about the map of an interface.
 *
 * @param detach	TRUE to take it down as well
 */
static void drop_map(map_hub_t *hub, bool detach)
{
	if (detach)
	{
		hub->map->detach(hub->map);
	}
	hub->map->destroy(hub->map);
	hub->map = NULL;
	pthread_mutex_lock(&hubs_lock);
	taken[hub->ids->index] = NULL;
	pthread_mutex_unlock(&hubs_lock);
	cm_ids_destroy(hub->ids);
	hub->ids = NULL;
	free(hub->owner);
	hub->owner = NULL;
}

/**
 * Make the map of the interface.
 */
static bool make_map(map_hub_t *hub, map_part_t *part,
					 map_hub_create_t create, char **reason)
{
	crypto_map_params_t params;

	hub->ids = take_index(part, reason);
	if (!hub->ids)
	{
		return FALSE;
	}
	params = map_part_get_params(part, hub->ids->index);
	hub->map = create(&params);
	hub->owner = strdup(part->group);
	return TRUE;
}

bool map_hub_push_lines(map_hub_t *hub)
{
	crypto_map_line_t *lines;
	u_int count, parts, fallbacks;
	bool good;

	lines = calloc(CRYPTO_MAP_LINES, sizeof(*lines));
	count = map_part_unite_lines(hub->parts, lines);
	parts = map_part_count(hub->parts, &fallbacks);
	good = count <= CRYPTO_MAP_LINES &&
		   hub->map->set_acl(hub->map, lines, count,
							 parts && fallbacks == parts);
	free(lines);
	return good;
}

bool map_hub_push_spis(map_hub_t *hub)
{
	uint32_t spis[CRYPTO_MAP_SPIS], sas[CRYPTO_MAP_SPIS];
	bool alone = map_part_count(hub->parts, NULL) < 2, stamped = FALSE;
	u_int i, count;

	count = map_part_unite_spis(hub->parts, spis, sas);
	for (i = 0; i < min(count, CRYPTO_MAP_SPIS); i++)
	{
		stamped |= (sas[i] & CRYPTO_MAP_SPI_STAMPED) != 0;
		sas[i] |= alone ? CRYPTO_MAP_SPI_ALL_SAS : 0;
	}
	return count <= CRYPTO_MAP_SPIS &&
		   hub->map->set_spis(hub->map, spis, alone && !stamped ? NULL : sas,
							  count);
}

bool map_hub_push_servers(map_hub_t *hub)
{
	host_t *servers[CRYPTO_MAP_SERVERS];
	u_int count;

	count = map_part_unite_servers(hub->parts, servers);
	return count <= CRYPTO_MAP_SERVERS &&
		   hub->map->set_servers(hub->map, servers, count);
}

/**
 * Push what we said about our SAs, except that they can encrypt.
 */
static void push_sas(map_hub_t *hub, map_part_t *part)
{
	crypto_map_t *map = hub->map;
	map_part_sa_t *sa;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		sa = &part->sas[i];
		if (sa->real == MAP_PART_NONE)
		{
			continue;
		}
		if (sa->esp.block)
		{
			map->set_esp(map, sa->real, &sa->esp);
		}
		if (sa->dir != CRYPTO_MAP_BOTH)
		{
			map->set_direction(map, sa->real, sa->dir);
		}
	}
	map_freshness_push(hub, part);
}

/**
 * Push that our SAs can encrypt, or take that back.
 */
static void push_ready(map_hub_t *hub, map_part_t *part, bool ready)
{
	crypto_map_t *map = hub->map;
	map_part_sa_t *sa;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		sa = &part->sas[i];
		if (sa->real != MAP_PART_NONE && sa->ready)
		{
			map->set_ready(map, sa->real, ready);
		}
	}
}

/**
 * Push all that we want, the list at last: what it selects is dropped until
 * then nowhere.
 */
static bool push_all(map_hub_t *hub, map_part_t *part)
{
	if (!map_part_get_sas(hub->parts, part) ||
		(part->server_count && !map_hub_push_servers(hub)))
	{
		return FALSE;
	}
	push_sas(hub, part);
	if ((part->spi_count || map_part_count(hub->parts, NULL) > 1) &&
		!map_hub_push_spis(hub))
	{
		return FALSE;
	}
	push_ready(hub, part, TRUE);
	return map_hub_push_lines(hub);
}

/**
 * Take back all that we pushed, the list first: without SAs it would drop.
 */
static void pull_all(map_hub_t *hub, map_part_t *part)
{
	crypto_map_t *map = hub->map;
	map_part_sa_t *sa;
	u_int i;

	part->attached = FALSE;
	map_hub_push_lines(hub);
	push_ready(hub, part, FALSE);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		sa = &part->sas[i];
		if (sa->real != MAP_PART_NONE && sa->dir != CRYPTO_MAP_BOTH)
		{
			map->set_direction(map, sa->real, CRYPTO_MAP_BOTH);
		}
	}
	map_hub_push_spis(hub);
	map_freshness_pull(hub, part);
	if (part->server_count)
	{
		map_hub_push_servers(hub);
	}
}

void map_hub_leave(map_hub_t *hub, map_part_t *part, bool detach)
{
	part->attached = FALSE;
	if (map_part_count(hub->parts, NULL))
	{
		pull_all(hub, part);
	}
	else
	{
		drop_map(hub, detach);
	}
	map_part_free_sas(part);
	part->unknown_spi = 0;
}

/**
 * Do our anchors agree with those of the map? What nobody asked for may differ.
 */
static bool has_anchors(map_hub_t *hub, map_part_t *part)
{
	cm_ids_t *ids = hub->ids;
	u_int i;

	for (i = 0; i < countof(part->given); i++)
	{
		if (part->given[i] &&
			!part->ids->anchors[i]->ip_equals(part->ids->anchors[i],
											  ids->anchors[i]))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Join a map that other groups have put on the interface.
 */
static bool join(map_hub_t *hub, map_part_t *part, char **reason)
{
	char *text = NULL;
	int len = 0;

	if (!has_anchors(hub, part))
	{
		len = asprintf(&text, "group '%s' has other anchors on this interface "
					   "(write the same for all groups of an interface)",
					   hub->owner);
	}
	else if (!hub->map->refresh(hub->map))
	{
		len = asprintf(&text, "the crypto map of group '%s' is about to leave "
					   "this interface", hub->owner);
	}
	else
	{
		part->attached = TRUE;
		if (push_all(hub, part))
		{
			return TRUE;
		}
		map_hub_leave(hub, part, TRUE);
		text = strdup("the crypto map of the interface has no room for this "
					  "group");
	}
	*reason = len < 0 ? NULL : text;
	return FALSE;
}

/**
 * Put a map on the interface.
 */
static bool found(map_hub_t *hub, map_part_t *part, map_hub_create_t create,
				  char **reason)
{
	if (!make_map(hub, part, create, reason))
	{
		return FALSE;
	}
	part->attached = TRUE;
	if (push_all(hub, part) && hub->map->attach(hub->map, reason))
	{
		return TRUE;
	}
	map_hub_leave(hub, part, FALSE);
	return FALSE;
}

bool map_hub_join(map_hub_t *hub, map_part_t *part, map_hub_create_t create,
				  char **reason)
{
	*reason = NULL;
	return hub->map ? join(hub, part, reason)
					: found(hub, part, create, reason);
}

u_int map_hub_get_sa(map_hub_t *hub, map_part_t *part, u_int sa)
{
	bool fresh;
	u_int real;

	fresh = sa < CRYPTO_MAP_SAS && part->sas[sa].real == MAP_PART_NONE;
	real = map_part_get_sa(hub->parts, part, sa);
	if (fresh && real != MAP_PART_NONE && part->spi_count)
	{
		map_hub_push_spis(hub);
	}
	return real;
}

void map_hub_spread_unknown_spi(map_hub_t *hub)
{
	enumerator_t *enumerator;
	map_part_t *part;
	uint32_t spi;

	if (!hub->map->get_unknown_spi(hub->map, &spi))
	{
		return;
	}
	enumerator = hub->parts->create_enumerator(hub->parts);
	while (enumerator->enumerate(enumerator, &part))
	{
		if (part->attached)
		{
			part->unknown_spi = spi;
		}
	}
	enumerator->destroy(enumerator);
}
