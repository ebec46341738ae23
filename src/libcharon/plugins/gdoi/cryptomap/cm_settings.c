/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "cm_settings.h"
#include "cm_acl.h"
#include "cm_wait.h"

#include <strings.h>
#include <sys/random.h>

/**
 * Change a word that programs read at any time, after all that it stands for.
 */
static void publish(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/*
 * Described in header
 */
void cm_settings_init(struct cm_shared *shared, cm_ids_t *ids)
{
	struct cm_config *config = &shared->config;
	void *to[] = {
		&config->local4, &config->remote4, config->local6, config->remote6,
	};
	chunk_t addr;
	int i;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < countof(to); i++)
	{
		addr = ids->anchors[i]->get_address(ids->anchors[i]);
		memcpy(to[i], addr.ptr, addr.len);
	}
	config->id = ids->index << CM_MARK_SA_SHIFT & CM_MARK_SA_MASK;
	config->cache_lines = CM_CACHE_LINES;
	if (getrandom(&config->seed, sizeof(config->seed), GRND_NONBLOCK) < 0)
	{	/* too early in boot: guessing it would gain nothing but slow flows */
		config->seed = time_monotonic(NULL);
	}
}

/*
 * Described in header
 */
bool cm_settings_acl(struct cm_shared *shared, const crypto_map_line_t *lines,
					 u_int count)
{
	struct cm_config *config = &shared->config;
	uint32_t next = config->acl + 1;

	if (count > CM_LINES)
	{
		return FALSE;
	}
	cm_wait_for_programs();
	cm_acl_compile(lines, count, &shared->acl[next & 1]);
	publish(&config->acl, next);
	return TRUE;
}

/*
 * Described in header
 */
bool cm_settings_spis(struct cm_shared *shared, const uint32_t *spis,
					  const uint32_t *sas, u_int count)
{
	struct cm_config *config = &shared->config;
	uint32_t next = !config->spis;
	struct cm_spis *set = &shared->spis[next];
	u_int i;
	bool all;

	if (count > CM_SPIS)
	{
		return FALSE;
	}
	cm_wait_for_programs();
	memset(set, 0, sizeof(*set));
	for (i = 0; i < count; i++)
	{
		set->spi[i] = spis[i];
		all = !sas || (sas[i] & CRYPTO_MAP_SPI_ALL_SAS);
		set->sas[i] = all ? CM_ALL_SAS : sas[i] & CM_ALL_SAS;
		if (sas && (sas[i] & CRYPTO_MAP_SPI_STAMPED))
		{	/* 1 + the lowest SA, and that is what ffs() gives. Without one
			 * nothing says how to check packets, so they are nobody's */
			set->stamped[i] = ffs(sas[i] & CM_ALL_SAS);
			set->sas[i] = set->stamped[i] ? set->sas[i] : 0;
		}
	}
	set->count = count;
	publish(&config->spis, next);
	return TRUE;
}

/**
 * Write an address as the programs compare them, IPv4 as a mapped one.
 */
static void map_address(host_t *host, uint32_t *words)
{
	chunk_t addr = host->get_address(host);

	memset(words, 0, 16);
	if (addr.len == 4)
	{
		words[2] = htonl(0xffff);
		memcpy(&words[3], addr.ptr, 4);
	}
	else
	{
		memcpy(words, addr.ptr, min(addr.len, 16));
	}
}

/*
 * Described in header
 */
bool cm_settings_servers(struct cm_shared *shared, host_t **servers,
						 u_int count)
{
	struct cm_config *config = &shared->config;
	uint32_t next = !config->servers;
	struct cm_servers *set = &shared->servers[next];
	u_int i;

	if (count > CM_SERVERS)
	{
		return FALSE;
	}
	cm_wait_for_programs();
	memset(set, 0, sizeof(*set));
	for (i = 0; i < count; i++)
	{
		map_address(servers[i], set->addr[i]);
	}
	set->count = count;
	publish(&config->servers, next);
	return TRUE;
}

/*
 * Described in header
 */
void cm_settings_esp(struct cm_shared *shared, u_int sa,
					 const crypto_map_esp_t *esp)
{
	struct cm_esp sizes = cm_esp_sizes(esp);
	uint32_t word;

	memcpy(&word, &sizes, sizeof(word));
	publish((uint32_t*)&shared->config.esp[sa % CM_SAS], word);
}

/*
 * Described in header
 */
void cm_settings_ready(struct cm_shared *shared, u_int sa, bool ready)
{
	uint32_t bit = 1u << sa % CM_SAS, word = shared->config.ready;

	publish(&shared->config.ready, ready ? word | bit : word & ~bit);
}

/*
 * Described in header
 */
void cm_settings_stamped(struct cm_shared *shared, u_int sa, bool stamped)
{
	uint32_t bit = 1u << sa % CM_SAS, word = shared->config.stamped;

	if (!(word & bit) == stamped)
	{
		publish(&shared->config.stamped, stamped ? word | bit : word & ~bit);
		cm_wait_for_programs();
	}
}

/*
 * Described in header
 */
void cm_settings_direction(struct cm_shared *shared, u_int sa,
						   crypto_map_direction_t dir)
{
	uint32_t out = CM_CLEAR_OUT(sa % CM_SAS), in = CM_CLEAR_IN(sa % CM_SAS);
	uint32_t word = shared->config.clear & ~(out | in);

	switch (dir)
	{
		case CRYPTO_MAP_BOTH:
			break;
		case CRYPTO_MAP_INBOUND_OPTIONAL:
			word |= in;
			break;
		case CRYPTO_MAP_INBOUND_ONLY:
			word |= in | out;
			break;
	}
	publish(&shared->config.clear, word);
}

/*
 * Described in header
 */
uint64_t cm_settings_count(struct cm_shared *shared, enum cm_stat stat)
{
	uint64_t sum = 0;
	u_int cpu;

	for (cpu = 0; cpu < CM_CPUS; cpu++)
	{
		sum += shared->cpu[cpu].stats[stat];
	}
	return sum;
}

/*
 * Described in header
 */
bool cm_settings_probe(struct cm_shared *shared, u_int slot, uint32_t spi,
					   uint64_t *iv)
{
	struct cm_probe *probe = &shared->probes[slot % CM_PROBES];

	if (__atomic_load_n(&probe->spi, __ATOMIC_ACQUIRE) != spi && spi)
	{
		return FALSE;
	}
	*iv = (uint64_t)ntohl(probe->iv[0]) << 32 | ntohl(probe->iv[1]);
	__atomic_store_n(&probe->spi, 0, __ATOMIC_RELEASE);
	return spi != 0;
}
