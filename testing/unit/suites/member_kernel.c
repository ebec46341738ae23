/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_fakes.h"

#include <member/gm_expiry.h>
#include <cryptomap/group_sa.h>
#include <member/gm_freshness.h>

#include <stdio.h>
#include <strings.h>

/* --- crypto map and SAs -------------------------------------------------- */

static const char *cm_get_interface(crypto_map_t *this)
{
	return ((fake_map_t*)this)->interface;
}

static bool cm_attach(crypto_map_t *this, char **reason)
{
	fake_map_t *map = (fake_map_t*)this;

	if (world->attach_error)
	{
		*reason = strdup(world->attach_error);
		return FALSE;
	}
	map->attached = TRUE;
	world_keep_line(world->trace, "attach %s", map->interface);
	return TRUE;
}

static void cm_detach(crypto_map_t *this)
{
	fake_map_t *map = (fake_map_t*)this;

	map->attached = FALSE;
	world_keep_line(world->trace, "detach %s", map->interface);
}

static bool cm_refresh(crypto_map_t *this)
{
	fake_map_t *map = (fake_map_t*)this;

	map->refreshed++;
	return world_has_interface(map->interface);
}

static bool cm_set_acl(crypto_map_t *this, const crypto_map_line_t *lines,
					   u_int count, bool fallback)
{
	fake_map_t *map = (fake_map_t*)this;

	ck_assert_uint_le(count, countof(map->lines));
	memcpy(map->lines, lines, count * sizeof(*lines));
	map->line_count = count;
	map->fallback = fallback;
	world_keep_line(world->trace, "acl %u", count);
	return TRUE;
}

static bool cm_set_spis(crypto_map_t *this, const uint32_t *spis,
						const uint32_t *sas, u_int count)
{
	fake_map_t *map = (fake_map_t*)this;
	u_int i;
	int lowest;

	ck_assert_uint_le(count, CRYPTO_MAP_SPIS);
	memcpy(map->spis, spis ?: map->spis, count * sizeof(*spis));
	memset(map->spi_sas, 0, sizeof(map->spi_sas));
	memcpy(map->spi_sas, sas ?: map->spi_sas, count * sizeof(*spis));
	map->spi_count = count;
	for (i = 0; i < count; i++)
	{	/* whose packets are looked at must say how before */
		lowest = ffs(map->spi_sas[i] & 0xffff);
		ck_assert(!(map->spi_sas[i] & CRYPTO_MAP_SPI_STAMPED) ||
				  (lowest && map->stamps[lowest - 1].method));
	}
	return TRUE;
}

static bool cm_set_freshness(crypto_map_t *this, u_int sa,
							 const freshness_policy_t *policy)
{
	static const char *names[] = { "none", "d3p", "tbar" };
	fake_map_t *map = (fake_map_t*)this;

	ck_assert_uint_lt(sa, CRYPTO_MAP_SAS);
	if (world->no_stamps)
	{
		return FALSE;
	}
	map->stamps[sa] = policy ? *policy : (freshness_policy_t){};
	world_keep_line(world->trace, "stamps %u %s %u", sa,
					names[map->stamps[sa].method],
					map->stamps[sa].allowed_ms);
	return TRUE;
}

static bool cm_get_freshness(crypto_map_t *this, u_int sa,
							 freshness_counters_t *counters)
{
	fake_map_t *map = (fake_map_t*)this;

	*counters = (freshness_counters_t){};
	if (map->stamps[sa].method)
	{
		counters->in = 7;
		counters->out = 5;
		counters->max_delta_ms = -4;
		counters->in_errors = sa ? 0 : map->refused;
		counters->errors[FRESHNESS_LATE] = counters->in_errors;
	}
	return map->stamps[sa].method;
}

static enumerator_t *cm_create_freshness_enumerator(crypto_map_t *this)
{
	fake_map_t *map = (fake_map_t*)this;

	return map->error.source ? enumerator_create_single(&map->error, NULL)
							 : enumerator_create_empty();
}

static void cm_reset_freshness(crypto_map_t *this, uint32_t sas)
{
	fake_map_t *map = (fake_map_t*)this;

	ck_assert_uint_eq(sas, UINT32_MAX);
	map->refused = 0;
	map->resets++;
}

static void cm_set_ready(crypto_map_t *this, u_int sa, bool ready)
{
	((fake_map_t*)this)->ready[sa] = ready;
	world_keep_line(world->trace, "ready %u %d", sa, ready);
}

static void cm_set_direction(crypto_map_t *this, u_int sa,
							 crypto_map_direction_t dir)
{
	ck_assert_uint_lt(sa, CRYPTO_MAP_SAS);
	((fake_map_t*)this)->directions[sa] = dir;
	world_keep_line(world->trace, "direction %u %d", sa, dir);
}

static bool cm_set_servers(crypto_map_t *this, host_t **servers, u_int count)
{
	ck_assert_uint_le(count, CRYPTO_MAP_SERVERS);
	((fake_map_t*)this)->server_count = count;
	return TRUE;
}

static bool cm_get_unknown_spi(crypto_map_t *this, uint32_t *spi)
{
	fake_map_t *map = (fake_map_t*)this;

	*spi = htonl(map->unknown_spi);
	map->unknown_spi = 0;
	return *spi != 0;
}

static enumerator_t *cm_create_stats_enumerator(crypto_map_t *this)
{
	static crypto_map_stat_t stat = { .name = "encrypted", .value = 3 };

	return enumerator_create_single(&stat, NULL);
}

static void cm_destroy(crypto_map_t *this)
{
	DESTROY_IF(((fake_map_t*)this)->error.source);
	world->maps->remove(world->maps, this, NULL);
	if (world->map == (fake_map_t*)this)
	{
		world->map = NULL;
	}
	free(this);
}

static bool cm_claim_spi(crypto_map_t *this, uint32_t spi, char **owner)
{
	return TRUE;
}

crypto_map_t *crypto_map_create(const crypto_map_params_t *params)
{
	fake_map_t *this;

	INIT(this,
		.public = {
			.get_interface = cm_get_interface,
			.attach = cm_attach,
			.detach = cm_detach,
			.refresh = cm_refresh,
			.set_acl = cm_set_acl,
			.set_spis = cm_set_spis,
			.set_esp = (void*)nop,
			.set_ready = cm_set_ready,
			.set_direction = cm_set_direction,
			.set_servers = cm_set_servers,
			.get_unknown_spi = cm_get_unknown_spi,
			.set_freshness = cm_set_freshness,
			.get_freshness = cm_get_freshness,
			.create_freshness_enumerator = cm_create_freshness_enumerator,
			.reset_freshness = cm_reset_freshness,
			.claim_spi = cm_claim_spi,
			.release_spi = (void*)nop,
			.create_stats_enumerator = cm_create_stats_enumerator,
			.destroy = cm_destroy,
		},
		.index = params->index,
	);
	snprintf(this->interface, sizeof(this->interface), "%s", params->interface);
	world->maps->insert_last(world->maps, this);
	world->map = this;
	return &this->public;
}

/** a fake group SA */
typedef struct {
	group_sa_t public;
	fake_map_t *map;
	uint32_t spi;
	u_int index;
	group_replay_t replay;
	bool installed;
	bool active;
	/** outbound states that need Sender IDs, and those that lack one */
	u_int counter;
	u_int missing;
} fake_sa_t;

static uint32_t sa_get_spi(group_sa_t *this)
{
	return htonl(((fake_sa_t*)this)->spi);
}

static bool sa_install(group_sa_t *this, bool clear_df)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	if (world->refused == sa->spi)
	{
		return FALSE;
	}
	/* the map must know what packets look like before there are any */
	ck_assert(!gm_freshness_is_stamped(sa->replay) ||
			  sa->map->stamps[sa->index].method);
	sa->installed = TRUE;
	world->sas++;
	world_keep_line(world->trace, "install %x", sa->spi);
	return TRUE;
}

static bool sa_activate(group_sa_t *this, group_sa_t *old)
{
	fake_sa_t *sa = (fake_sa_t*)this, *before = (fake_sa_t*)old;

	ck_assert(sa->installed);
	if (sa->missing)
	{
		return FALSE;
	}
	/* whoever is active at an index must be named, or there are two */
	if (sa->map->sends[sa->index])
	{
		ck_assert(before && before->active);
		ck_assert_uint_eq(sa->map->sends[sa->index], before->spi);
	}
	if (before)
	{
		before->active = FALSE;
	}
	sa->active = TRUE;
	sa->map->sends[sa->index] = sa->spi;
	world_keep_line(world->trace, "activate %x", sa->spi);
	return TRUE;
}

static bool sa_needs_sid(group_sa_t *this)
{
	return ((fake_sa_t*)this)->missing != 0;
}

static sid_sampler_status_t sa_sample(group_sa_t *this, uint8_t bits,
									  const uint32_t *sids, u_int count,
									  u_int ms, uint32_t *sid)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	ck_assert(sa->installed && sa->missing);
	ck_assert(bits >= SID_SAMPLER_BITS_MIN && bits <= SID_SAMPLER_BITS_MAX);
	ck_assert(count && ms && ms <= 100);
	if (world->slices)
	{
		world->slices--;
		return SID_SAMPLER_MORE;
	}
	if (world->no_sids)
	{
		return SID_SAMPLER_FAILED;
	}
	*sid = sids[0];
	sa->missing--;
	world_keep_line(world->trace, "sid %x %u", sa->spi, *sid);
	return SID_SAMPLER_DONE;
}

static void sa_renew(group_sa_t *this)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	ck_assert(!sa->active);
	sa->missing = sa->counter;
	world_keep_line(world->trace, "renew %x", sa->spi);
}

static status_t sa_restore(group_sa_t *this, host_t *dst, uint32_t seconds)
{
	fake_sa_t *sa = (fake_sa_t*)this;
	char text[INET6_ADDRSTRLEN];

	ck_assert(sa->installed);
	snprintf(text, sizeof(text), "%H", dst);
	if (world->no_states)
	{
		return FAILED;
	}
	if (streq(text, WORLD_OUTBOUND) && sa->counter)
	{
		return NEED_MORE;
	}
	if (!streq(text, WORLD_OUTBOUND) && !streq(text, WORLD_INBOUND))
	{
		return NOT_FOUND;
	}
	world_keep_line(world->trace, "restore %x %s %u", sa->spi, text, seconds);
	return SUCCESS;
}

static bool sa_query(group_sa_t *this, bool inbound, uint64_t *bytes,
					 uint64_t *packets)
{
	*bytes = 0;
	*packets = inbound ? 0 : world->sent;
	return TRUE;
}

static bool sa_is_active(group_sa_t *this)
{
	return ((fake_sa_t*)this)->active;
}

static void sa_deactivate(group_sa_t *this)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	if (sa->active)
	{	/* the map must know before */
		ck_assert(!sa->map->ready[sa->index]);
		sa->map->sends[sa->index] = 0;
		sa->active = FALSE;
	}
}

static void sa_destroy(group_sa_t *this)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	sa_deactivate(this);
	if (sa->installed)
	{
		world->sas--;
		world_keep_line(world->trace, "remove %x", sa->spi);
	}
	free(sa);
}

group_sa_t *group_sa_create(crypto_map_t *map, group_tek_t *tek, u_int sa,
							uint32_t reqid)
{
	fake_sa_t *this;

	ck_assert(tek->has_keys(tek) && sa < CRYPTO_MAP_SAS && reqid);
	INIT(this,
		.public = {
			.get_spi = sa_get_spi,
			.install = sa_install,
			.needs_sid = sa_needs_sid,
			.sample = sa_sample,
			.renew = sa_renew,
			.restore = sa_restore,
			.query = sa_query,
			.activate = sa_activate,
			.is_active = sa_is_active,
			.deactivate = sa_deactivate,
			.destroy = sa_destroy,
		},
		.map = (fake_map_t*)map,
		.spi = ntohl(tek->get(tek)->spi),
		.index = sa,
		.replay = tek->get(tek)->replay,
		.counter = group_sa_count_sids(tek),
	);
	this->missing = this->counter;
	return &this->public;
}

u_int group_sa_count_sids(group_tek_t *tek)
{
	return group_tek_is_counter_mode(tek->get(tek)->encr) ? 2 : 0;
}

bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp)
{
	*esp = (crypto_map_esp_t){ 16, 16, 16 };
	return TRUE;
}

bool world_stamped(fake_map_t *map, uint32_t spi)
{
	u_int i;

	for (i = 0; i < map->spi_count; i++)
	{
		if (map->spis[i] == htonl(spi))
		{
			return map->spi_sas[i] & CRYPTO_MAP_SPI_STAMPED;
		}
	}
	ck_abort_msg("SPI %x is not decrypted", spi);
	return FALSE;
}

/** a group that hears of states */
typedef struct {
	gm_expiry_t public;
	void (*expired)(void *user, uint32_t spi, host_t *dst);
	void *user;
} fake_expiry_t;

static void ex_destroy(gm_expiry_t *this)
{
	world->expiries->remove(world->expiries, this, NULL);
	free(this);
}

gm_expiry_t *gm_expiry_create(void (*expired)(void *user, uint32_t spi,
											  host_t *dst), void *user)
{
	fake_expiry_t *this;

	INIT(this,
		.public = {
			.destroy = ex_destroy,
		},
		.expired = expired,
		.user = user,
	);
	world->expiries->insert_last(world->expiries, this);
	return &this->public;
}

void world_expire(uint32_t spi, char *dst)
{
	host_t *host = host_create_from_string(dst, 0);
	enumerator_t *enumerator;
	fake_expiry_t *expiry;

	enumerator = world->expiries->create_enumerator(world->expiries);
	while (enumerator->enumerate(enumerator, &expiry))
	{
		expiry->expired(expiry->user, htonl(spi), host);
	}
	enumerator->destroy(enumerator);
	host->destroy(host);
}

bool world_decrypts(fake_map_t *map, uint32_t spi)
{
	u_int i;

	for (i = 0; i < map->spi_count; i++)
	{
		if (map->spis[i] == htonl(spi))
		{
			return TRUE;
		}
	}
	return FALSE;
}
