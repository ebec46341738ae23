/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "map_freshness.h"

typedef struct error_filter_t error_filter_t;

/**
 * Tells which errors are those of a group.
 */
struct error_filter_t {

	/** index that the group knows by that of the interface, or
	 *  MAP_PART_NONE */
	u_int known[CRYPTO_MAP_SAS];

	/** what the caller gets */
	freshness_error_t current;
};

bool map_freshness_set_policy(map_hub_t *hub, map_part_t *part, u_int sa,
							  const freshness_policy_t *policy)
{
	freshness_policy_t new = {};
	bool good = TRUE;
	u_int real;

	if (sa >= CRYPTO_MAP_SAS)
	{
		return FALSE;
	}
	if (policy)
	{
		new = *policy;
	}
	hub->mutex->lock(hub->mutex);
	if (part->attached)
	{
		real = map_hub_get_sa(hub, part, sa);
		good = real != MAP_PART_NONE &&
			   hub->map->set_freshness(hub->map, real, policy);
	}
	if (good)
	{
		part->sas[sa].freshness = new;
	}
	hub->mutex->unlock(hub->mutex);
	return good;
}

void map_freshness_set_stamped(map_hub_t *hub, map_part_t *part, u_int sa,
							   bool stamped)
{
	u_int real;

	if (sa >= CRYPTO_MAP_SAS)
	{
		return;
	}
	hub->mutex->lock(hub->mutex);
	part->sas[sa].stamped = stamped;
	if (part->attached)
	{
		real = map_hub_get_sa(hub, part, sa);
		if (real != MAP_PART_NONE)
		{
			hub->map->set_stamped(hub->map, real, stamped);
		}
	}
	hub->mutex->unlock(hub->mutex);
}

bool map_freshness_get(map_hub_t *hub, map_part_t *part, u_int sa,
					   freshness_counters_t *counters)
{
	bool found = FALSE;

	memset(counters, 0, sizeof(*counters));
	hub->mutex->lock(hub->mutex);
	if (part->attached && sa < CRYPTO_MAP_SAS &&
		part->sas[sa].real != MAP_PART_NONE)
	{
		found = hub->map->get_freshness(hub->map, part->sas[sa].real,
										counters);
	}
	hub->mutex->unlock(hub->mutex);
	return found;
}

CALLBACK(filter_error, bool,
	error_filter_t *filter, enumerator_t *orig, va_list args)
{
	freshness_error_t *error, **out;

	VA_ARGS_VGET(args, out);
	while (orig->enumerate(orig, &error))
	{
		if (error->sa < CRYPTO_MAP_SAS &&
			filter->known[error->sa] != MAP_PART_NONE)
		{
			filter->current = *error;
			filter->current.sa = filter->known[error->sa];
			*out = &filter->current;
			return TRUE;
		}
	}
	return FALSE;
}

enumerator_t *map_freshness_create_enumerator(map_hub_t *hub, map_part_t *part)
{
	enumerator_t *enumerator;
	error_filter_t *filter;
	u_int i;

	INIT(filter);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		filter->known[i] = MAP_PART_NONE;
	}
	hub->mutex->lock(hub->mutex);
	if (part->attached)
	{
		for (i = 0; i < CRYPTO_MAP_SAS; i++)
		{
			if (part->sas[i].real != MAP_PART_NONE)
			{
				filter->known[part->sas[i].real] = i;
			}
		}
		enumerator = hub->map->create_freshness_enumerator(hub->map);
	}
	else
	{
		enumerator = enumerator_create_empty();
	}
	hub->mutex->unlock(hub->mutex);
	return enumerator_create_filter(enumerator, filter_error, filter,
									(void*)free);
}

void map_freshness_reset(map_hub_t *hub, map_part_t *part, uint32_t sas)
{
	hub->mutex->lock(hub->mutex);
	if (part->attached)
	{
		hub->map->reset_freshness(hub->map, map_part_translate_sas(part, sas));
	}
	hub->mutex->unlock(hub->mutex);
}

void map_freshness_push(map_hub_t *hub, map_part_t *part)
{
	map_part_sa_t *sa;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		sa = &part->sas[i];
		if (sa->real == MAP_PART_NONE)
		{
			continue;
		}
		if (sa->freshness.method != FRESHNESS_NONE &&
			!hub->map->set_freshness(hub->map, sa->real, &sa->freshness))
		{
			DBG1(DBG_CFG, "packets of group %s on %s are dropped, as their "
				 "freshness can't be shown", part->group, hub->interface);
		}
		if (sa->stamped)
		{
			hub->map->set_stamped(hub->map, sa->real, TRUE);
		}
	}
}

void map_freshness_pull(map_hub_t *hub, map_part_t *part)
{
	map_part_sa_t *sa;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		sa = &part->sas[i];
		if (sa->real == MAP_PART_NONE)
		{
			continue;
		}
		if (sa->stamped)
		{
			hub->map->set_stamped(hub->map, sa->real, FALSE);
		}
		if (sa->freshness.method != FRESHNESS_NONE)
		{
			hub->map->set_freshness(hub->map, sa->real, NULL);
		}
	}
	hub->map->reset_freshness(hub->map, map_part_translate_sas(part, ~0u));
}
