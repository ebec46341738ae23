/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "shared_map.h"
#include "map_freshness.h"

typedef struct private_shared_map_t private_shared_map_t;

/** all SAs that a group knows */
#define ALL_SAS ((uint32_t)((1ull << CRYPTO_MAP_SAS) - 1))

/**
 * Private data of a crypto_map_t object.
 */
struct private_shared_map_t {

	/**
	 * Public interface.
	 */
	crypto_map_t public;

	/**
	 * What we want.
	 */
	map_part_t *part;

	/**
	 * Shared with the other groups of the interface.
	 */
	map_hub_t *hub;

	/**
	 * Creates the map behind this.
	 */
	map_hub_create_t create;
};

METHOD(crypto_map_t, get_interface, const char*,
	private_shared_map_t *this)
{
	return this->hub->interface;
}

METHOD(crypto_map_t, get_anchor, host_t*,
	private_shared_map_t *this, int family, bool local)
{
	map_hub_t *hub = this->hub;
	host_t *anchor;

	hub->mutex->lock(hub->mutex);
	anchor = cm_ids_anchor(this->part->attached ? hub->ids : this->part->ids,
						   family, local);
	hub->mutex->unlock(hub->mutex);
	return anchor;
}

METHOD(crypto_map_t, get_if_id, uint32_t,
	private_shared_map_t *this)
{
	map_hub_t *hub = this->hub;
	uint32_t if_id;

	hub->mutex->lock(hub->mutex);
	if_id = this->part->attached ? hub->ids->if_id : this->part->ids->if_id;
	hub->mutex->unlock(hub->mutex);
	return if_id;
}

METHOD(crypto_map_t, get_mark, mark_t,
	private_shared_map_t *this, u_int sa, bool stamped)
{
	map_hub_t *hub = this->hub;
	mark_t mark = {};
	u_int real = sa;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		real = map_hub_get_sa(hub, this->part, sa);
	}
	if (real != MAP_PART_NONE)
	{
		mark = cm_ids_mark(real, stamped);
	}
	hub->mutex->unlock(hub->mutex);
	return mark;
}

METHOD(crypto_map_t, attach, bool,
	private_shared_map_t *this, char **reason)
{
	map_hub_t *hub = this->hub;
	char *why = NULL;
	bool good;

	hub->mutex->lock(hub->mutex);
	good = this->part->attached ||
		   map_hub_join(hub, this->part, this->create, &why);
	hub->mutex->unlock(hub->mutex);
	if (reason)
	{
		*reason = why;
	}
	else
	{
		free(why);
	}
	return good;
}

METHOD(crypto_map_t, detach, void,
	private_shared_map_t *this)
{
	map_hub_t *hub = this->hub;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		map_hub_leave(hub, this->part, TRUE);
	}
	hub->mutex->unlock(hub->mutex);
}

METHOD(crypto_map_t, refresh, bool,
	private_shared_map_t *this)
{
	map_hub_t *hub = this->hub;
	bool good = TRUE;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		good = hub->map->refresh(hub->map);
	}
	hub->mutex->unlock(hub->mutex);
	return good;
}

/**
 * There is no room for our list. What it protects must not pass in clear, and
 * the list before is of no use: the SAs are those of the new one. So nothing
 * passes that isn't on the others' lists.
 */
static void refuse_lines(private_shared_map_t *this, map_part_t *old)
{
	map_part_t *part = this->part;
	crypto_map_line_t *lines = part->lines;

	if (part->line_count)
	{
		lines[0] = (crypto_map_line_t){
			.ace = {
				.action = GROUP_ACE_PERMIT,
				.src = { .port_hi = UINT16_MAX },
				.dst = { .port_hi = UINT16_MAX },
			},
			.sa = CRYPTO_MAP_DROP,
		};
		part->line_count = 1;
		part->fallback = TRUE;
		if (map_hub_push_lines(this->hub))
		{
			free(old->lines);
			return;
		}
	}
	part->lines = old->lines;
	part->line_count = old->line_count;
	part->fallback = old->fallback;
	free(lines);
}

/**
 * Replace our list, and tell the map.
 */
static bool replace_lines(private_shared_map_t *this, crypto_map_line_t *lines,
						  u_int count, bool fallback)
{
	map_part_t *part = this->part, old = *part;

	part->lines = lines;
	part->line_count = count;
	part->fallback = fallback;
	if (part->attached && (!map_part_get_sas(this->hub->parts, part) ||
						   !map_hub_push_lines(this->hub)))
	{
		refuse_lines(this, &old);
		return FALSE;
	}
	if (part->attached && part->spi_count &&
		!memeq(old.sas, part->sas, sizeof(old.sas)))
	{
		map_hub_push_spis(this->hub);
	}
	free(old.lines);
	return TRUE;
}

METHOD(crypto_map_t, set_acl, bool,
	private_shared_map_t *this, const crypto_map_line_t *lines, u_int count,
	bool fallback)
{
	crypto_map_line_t *copy;
	map_hub_t *hub = this->hub;
	char *overlap = NULL;
	bool good;

	if (count > CRYPTO_MAP_LINES)
	{
		return FALSE;
	}
	copy = calloc(max(count, 1), sizeof(*copy));
	if (count)
	{
		memcpy(copy, lines, count * sizeof(*copy));
	}
	hub->mutex->lock(hub->mutex);
	good = replace_lines(this, copy, count, fallback);
	if (good && this->part->attached)
	{
		overlap = map_part_find_overlap(hub->parts, this->part);
	}
	hub->mutex->unlock(hub->mutex);
	if (!good)
	{
		DBG1(DBG_CFG, "the crypto map of %s has no room for the access list of "
			 "group %s", hub->interface, this->part->group);
	}
	if (overlap)
	{
		DBG1(DBG_CFG, "groups on %s overlap: %s", hub->interface, overlap);
		free(overlap);
	}
	return good;
}

METHOD(crypto_map_t, set_spis, bool,
	private_shared_map_t *this, const uint32_t *spis, const uint32_t *sas,
	u_int count)
{
	map_part_t *part = this->part, old;
	map_hub_t *hub = this->hub;
	bool good = TRUE;
	u_int i;

	if (count > CRYPTO_MAP_SPIS)
	{
		return FALSE;
	}
	hub->mutex->lock(hub->mutex);
	old = *part;
	for (i = 0; i < count; i++)
	{
		part->spis[i] = spis[i];
		part->spi_sas[i] = sas ? sas[i] : ALL_SAS;
	}
	part->spi_count = count;
	if (part->attached &&
		(!map_part_get_sas(hub->parts, part) || !map_hub_push_spis(hub)))
	{
		memcpy(part->spis, old.spis, sizeof(old.spis));
		memcpy(part->spi_sas, old.spi_sas, sizeof(old.spi_sas));
		part->spi_count = old.spi_count;
		good = FALSE;
	}
	hub->mutex->unlock(hub->mutex);
	if (!good)
	{
		DBG1(DBG_CFG, "the crypto map of %s has no room for the SPIs of group "
			 "%s", hub->interface, part->group);
	}
	return good;
}

METHOD(crypto_map_t, set_esp, void,
	private_shared_map_t *this, u_int sa, const crypto_map_esp_t *esp)
{
	map_hub_t *hub = this->hub;
	u_int real;

	hub->mutex->lock(hub->mutex);
	this->part->sas[sa % CRYPTO_MAP_SAS].esp = *esp;
	if (this->part->attached)
	{
		real = map_hub_get_sa(hub, this->part, sa);
		if (real != MAP_PART_NONE)
		{
			hub->map->set_esp(hub->map, real, esp);
		}
	}
	hub->mutex->unlock(hub->mutex);
}

METHOD(crypto_map_t, set_ready, void,
	private_shared_map_t *this, u_int sa, bool ready)
{
	map_hub_t *hub = this->hub;
	u_int real;

	hub->mutex->lock(hub->mutex);
	this->part->sas[sa % CRYPTO_MAP_SAS].ready = ready;
	if (this->part->attached)
	{
		real = map_hub_get_sa(hub, this->part, sa);
		if (real != MAP_PART_NONE)
		{
			hub->map->set_ready(hub->map, real, ready);
		}
	}
	hub->mutex->unlock(hub->mutex);
}

METHOD(crypto_map_t, set_direction, void,
	private_shared_map_t *this, u_int sa, crypto_map_direction_t dir)
{
	map_hub_t *hub = this->hub;
	u_int real;

	hub->mutex->lock(hub->mutex);
	this->part->sas[sa % CRYPTO_MAP_SAS].dir = dir;
	if (this->part->attached)
	{
		real = map_hub_get_sa(hub, this->part, sa);
		if (real != MAP_PART_NONE)
		{
			hub->map->set_direction(hub->map, real, dir);
		}
	}
	hub->mutex->unlock(hub->mutex);
}

METHOD(crypto_map_t, set_freshness, bool,
	private_shared_map_t *this, u_int sa, const freshness_policy_t *policy)
{
	return map_freshness_set_policy(this->hub, this->part, sa, policy);
}

METHOD(crypto_map_t, set_stamped, void,
	private_shared_map_t *this, u_int sa, bool stamped)
{
	map_freshness_set_stamped(this->hub, this->part, sa, stamped);
}

METHOD(crypto_map_t, get_freshness, bool,
	private_shared_map_t *this, u_int sa, freshness_counters_t *counters)
{
	return map_freshness_get(this->hub, this->part, sa, counters);
}

METHOD(crypto_map_t, create_freshness_enumerator, enumerator_t*,
	private_shared_map_t *this)
{
	return map_freshness_create_enumerator(this->hub, this->part);
}

METHOD(crypto_map_t, reset_freshness, void,
	private_shared_map_t *this, uint32_t sas)
{
	map_freshness_reset(this->hub, this->part, sas);
}

METHOD(crypto_map_t, set_servers, bool,
	private_shared_map_t *this, host_t **servers, u_int count)
{
	host_t *old[CRYPTO_MAP_SERVERS], **gone;
	map_part_t *part = this->part;
	map_hub_t *hub = this->hub;
	u_int i, before;
	bool good;

	if (count > CRYPTO_MAP_SERVERS)
	{
		return FALSE;
	}
	hub->mutex->lock(hub->mutex);
	memcpy(old, part->servers, sizeof(old));
	before = part->server_count;
	for (i = 0; i < count; i++)
	{
		part->servers[i] = servers[i]->clone(servers[i]);
	}
	part->server_count = count;
	good = !part->attached || map_hub_push_servers(hub);
	gone = good ? old : part->servers;
	for (i = 0; i < (good ? before : count); i++)
	{
		gone[i]->destroy(gone[i]);
	}
	if (!good)
	{
		memcpy(part->servers, old, sizeof(old));
		part->server_count = before;
	}
	hub->mutex->unlock(hub->mutex);
	if (!good)
	{
		DBG1(DBG_CFG, "the crypto map of %s has no room for the key servers of "
			 "group %s", hub->interface, part->group);
	}
	return good;
}

METHOD(crypto_map_t, claim_spi, bool,
	private_shared_map_t *this, uint32_t spi, char **owner)
{
	map_hub_t *hub = this->hub;
	map_part_t *other;

	hub->mutex->lock(hub->mutex);
	other = map_part_find_claim(hub->parts, spi);
	if (!other || other == this->part)
	{
		this->part->claims->insert_last(this->part->claims,
										(void*)(uintptr_t)spi);
		other = NULL;
	}
	if (owner)
	{
		*owner = other ? strdup(other->group) : NULL;
	}
	hub->mutex->unlock(hub->mutex);
	return !other;
}

METHOD(crypto_map_t, release_spi, void,
	private_shared_map_t *this, uint32_t spi)
{
	linked_list_t *claims = this->part->claims;
	map_hub_t *hub = this->hub;
	enumerator_t *enumerator;
	void *claim;

	hub->mutex->lock(hub->mutex);
	enumerator = claims->create_enumerator(claims);
	while (enumerator->enumerate(enumerator, &claim))
	{
		if ((uintptr_t)claim == spi)
		{
			claims->remove_at(claims, enumerator);
			break;
		}
	}
	enumerator->destroy(enumerator);
	hub->mutex->unlock(hub->mutex);
}

/**
 * Is it our turn to have the counters of the interface?
 */
static bool has_stats(private_shared_map_t *this)
{
	enumerator_t *enumerator;
	map_part_t *part, *first = NULL;

	enumerator = this->hub->parts->create_enumerator(this->hub->parts);
	while (!first && enumerator->enumerate(enumerator, &part))
	{
		first = part->attached ? part : NULL;
	}
	enumerator->destroy(enumerator);
	return first == this->part;
}

METHOD(crypto_map_t, create_sampler, sid_sampler_t*,
	private_shared_map_t *this, int family, uint32_t spi, uint8_t bits,
	const uint32_t *sids, u_int count)
{
	sid_sampler_t *sampler = NULL;
	map_hub_t *hub = this->hub;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		sampler = hub->map->create_sampler(hub->map, family, spi, bits, sids,
										   count);
	}
	hub->mutex->unlock(hub->mutex);
	return sampler;
}

METHOD(crypto_map_t, create_stats_enumerator, enumerator_t*,
	private_shared_map_t *this)
{
	enumerator_t *enumerator;
	map_hub_t *hub = this->hub;

	hub->mutex->lock(hub->mutex);
	enumerator = has_stats(this) ? hub->map->create_stats_enumerator(hub->map)
								 : enumerator_create_empty();
	hub->mutex->unlock(hub->mutex);
	return enumerator;
}

METHOD(crypto_map_t, get_unknown_spi, bool,
	private_shared_map_t *this, uint32_t *spi)
{
	map_hub_t *hub = this->hub;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		map_hub_spread_unknown_spi(hub);
	}
	*spi = this->part->unknown_spi;
	this->part->unknown_spi = 0;
	hub->mutex->unlock(hub->mutex);
	return *spi != 0;
}

METHOD(crypto_map_t, destroy, void,
	private_shared_map_t *this)
{
	map_hub_t *hub = this->hub;

	hub->mutex->lock(hub->mutex);
	if (this->part->attached)
	{
		map_hub_leave(hub, this->part, FALSE);
	}
	hub->parts->remove(hub->parts, this->part, NULL);
	hub->mutex->unlock(hub->mutex);
	map_part_destroy(this->part);
	map_hub_put(hub);
	free(this);
}

crypto_map_t *shared_map_create(const crypto_map_params_t *params,
								map_hub_create_t create)
{
	private_shared_map_t *this;
	map_part_t *part;

	part = map_part_create(params);
	if (!part)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.get_interface = _get_interface,
			.get_anchor = _get_anchor,
			.get_if_id = _get_if_id,
			.get_mark = _get_mark,
			.attach = _attach,
			.detach = _detach,
			.refresh = _refresh,
			.set_acl = _set_acl,
			.set_spis = _set_spis,
			.set_esp = _set_esp,
			.set_ready = _set_ready,
			.set_direction = _set_direction,
			.set_freshness = _set_freshness,
			.set_stamped = _set_stamped,
			.get_freshness = _get_freshness,
			.create_freshness_enumerator = _create_freshness_enumerator,
			.reset_freshness = _reset_freshness,
			.set_servers = _set_servers,
			.claim_spi = _claim_spi,
			.release_spi = _release_spi,
			.create_sampler = _create_sampler,
			.create_stats_enumerator = _create_stats_enumerator,
			.get_unknown_spi = _get_unknown_spi,
			.destroy = _destroy,
		},
		.part = part,
		.hub = map_hub_get(params->interface),
		.create = create,
	);
	this->hub->mutex->lock(this->hub->mutex);
	map_part_insert(this->hub->parts, part);
	this->hub->mutex->unlock(this->hub->mutex);
	return &this->public;
}
