/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "map_part.h"

#include <stdio.h>

map_part_t *map_part_create(const crypto_map_params_t *params)
{
	map_part_t *part;
	cm_ids_t *ids;

	ids = cm_ids_create(params);
	if (!ids)
	{
		return NULL;
	}
	INIT(part,
		.group = ids->group,
		.ids = ids,
		.given = {
			params->local4 != NULL, params->remote4 != NULL,
			params->local6 != NULL, params->remote6 != NULL,
		},
		.claims = linked_list_create(),
	);
	map_part_free_sas(part);
	return part;
}

crypto_map_params_t map_part_get_params(map_part_t *part, u_int index)
{
	host_t **anchors = part->ids->anchors;

	return (crypto_map_params_t){
		.group = part->group,
		.interface = part->ids->interface,
		.index = index,
		.local4 = part->given[0] ? anchors[0] : NULL,
		.remote4 = part->given[1] ? anchors[1] : NULL,
		.local6 = part->given[2] ? anchors[2] : NULL,
		.remote6 = part->given[3] ? anchors[3] : NULL,
	};
}

void map_part_insert(linked_list_t *parts, map_part_t *part)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	map_part_t *other;

	enumerator = parts->create_enumerator(parts);
	while (!found && enumerator->enumerate(enumerator, &other))
	{
		if (strcmp(other->group, part->group) > 0)
		{
			parts->insert_before(parts, enumerator, part);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	if (!found)
	{
		parts->insert_last(parts, part);
	}
}

u_int map_part_count(linked_list_t *parts, u_int *fallbacks)
{
	u_int count = 0, fallback = 0;
	enumerator_t *enumerator;
	map_part_t *part;

	enumerator = parts->create_enumerator(parts);
	while (enumerator->enumerate(enumerator, &part))
	{
		count += part->attached;
		fallback += part->attached && part->fallback;
	}
	enumerator->destroy(enumerator);
	if (fallbacks)
	{
		*fallbacks = fallback;
	}
	return count;
}

/**
 * Find out which indices of the interface are in use.
 */
static void get_used(linked_list_t *parts, bool *used)
{
	enumerator_t *enumerator;
	map_part_t *part;
	u_int i;

	enumerator = parts->create_enumerator(parts);
	while (enumerator->enumerate(enumerator, &part))
	{
		for (i = 0; i < CRYPTO_MAP_SAS; i++)
		{
			if (part->sas[i].real != MAP_PART_NONE)
			{
				used[part->sas[i].real] = TRUE;
			}
		}
	}
	enumerator->destroy(enumerator);
}

u_int map_part_get_sa(linked_list_t *parts, map_part_t *part, u_int sa)
{
	bool used[CRYPTO_MAP_SAS] = {};
	u_int i, free = sa;

	if (sa >= CRYPTO_MAP_SAS)
	{
		return MAP_PART_NONE;
	}
	if (part->sas[sa].real == MAP_PART_NONE)
	{
		get_used(parts, used);
		for (i = 0; used[free] && i < CRYPTO_MAP_SAS; i++)
		{
			free = i;
		}
		if (!used[free])
		{
			part->sas[sa].real = free;
		}
	}
	return part->sas[sa].real;
}

/**
 * Does the line name an SA?
 */
static bool has_sa(const crypto_map_line_t *line)
{
	return line->ace.action == GROUP_ACE_PERMIT && line->sa != CRYPTO_MAP_DROP;
}

/**
 * Has the part any index?
 */
static bool has_any_sa(map_part_t *part)
{
	bool found = FALSE;
	u_int i;

	for (i = 0; !found && i < CRYPTO_MAP_SAS; i++)
	{
		found = part->sas[i].real != MAP_PART_NONE;
	}
	return found;
}

/**
 * Did the group say something about the SA?
 */
static bool is_told(map_part_sa_t *sa)
{
	return sa->ready || sa->esp.block || sa->dir != CRYPTO_MAP_BOTH ||
		   sa->stamped || sa->freshness.method != FRESHNESS_NONE;
}

bool map_part_get_sas(linked_list_t *parts, map_part_t *part)
{
	bool wanted[CRYPTO_MAP_SAS] = {};
	u_int i;

	/* no SPI without an SA whose traffic it may bring */
	wanted[0] = part->spi_count && !has_any_sa(part);

	for (i = 0; i < part->line_count; i++)
	{
		if (has_sa(&part->lines[i]))
		{
			wanted[part->lines[i].sa % CRYPTO_MAP_SAS] = TRUE;
		}
	}
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if ((wanted[i] || is_told(&part->sas[i])) &&
			map_part_get_sa(parts, part, i) == MAP_PART_NONE)
		{
			return FALSE;
		}
	}
	return TRUE;
}

void map_part_free_sas(map_part_t *part)
{
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		part->sas[i].real = MAP_PART_NONE;
	}
}

/**
 * Append the lines of a part.
 */
static u_int add_lines(map_part_t *part, crypto_map_line_t *lines, u_int count)
{
	u_int i;

	for (i = 0; i < part->line_count; i++, count++)
	{
		if (count < CRYPTO_MAP_LINES)
		{
			lines[count] = part->lines[i];
			if (has_sa(&lines[count]))
			{
				lines[count].sa =
							part->sas[lines[count].sa % CRYPTO_MAP_SAS].real;
			}
		}
	}
	return count;
}

u_int map_part_unite_lines(linked_list_t *parts, crypto_map_line_t *lines)
{
	enumerator_t *enumerator;
	map_part_t *part;
	u_int count = 0;
	int fallback;

	for (fallback = FALSE; fallback <= TRUE; fallback++)
	{
		enumerator = parts->create_enumerator(parts);
		while (enumerator->enumerate(enumerator, &part))
		{
			if (part->attached && part->fallback == fallback)
			{
				count = add_lines(part, lines, count);
			}
		}
		enumerator->destroy(enumerator);
	}
	return count;
}

uint32_t map_part_translate_sas(map_part_t *part, uint32_t sas)
{
	uint32_t set = 0;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (sas & 1u << i && part->sas[i].real != MAP_PART_NONE)
		{
			set |= 1u << part->sas[i].real;
		}
	}
	return set;
}

u_int map_part_unite_spis(linked_list_t *parts, uint32_t *spis, uint32_t *sas)
{
	enumerator_t *enumerator;
	map_part_t *part;
	u_int i, count = 0;

	enumerator = parts->create_enumerator(parts);
	while (enumerator->enumerate(enumerator, &part))
	{
		for (i = 0; part->attached && i < part->spi_count; i++, count++)
		{
			if (count < CRYPTO_MAP_SPIS)
			{
				spis[count] = part->spis[i];
				sas[count] = map_part_translate_sas(part, part->spi_sas[i]);
				sas[count] |= part->spi_sas[i] & CRYPTO_MAP_SPI_STAMPED;
			}
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Append a server unless it is there.
 */
static u_int add_server(host_t **servers, u_int count, host_t *server)
{
	u_int i;

	for (i = 0; i < min(count, CRYPTO_MAP_SERVERS); i++)
	{
		if (servers[i]->ip_equals(servers[i], server))
		{
			return count;
		}
	}
	if (count < CRYPTO_MAP_SERVERS)
	{
		servers[count] = server;
	}
	return count + 1;
}

u_int map_part_unite_servers(linked_list_t *parts, host_t **servers)
{
	enumerator_t *enumerator;
	map_part_t *part;
	u_int i, count = 0;

	enumerator = parts->create_enumerator(parts);
	while (enumerator->enumerate(enumerator, &part))
	{
		for (i = 0; part->attached && i < part->server_count; i++)
		{
			count = add_server(servers, count, part->servers[i]);
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

map_part_t *map_part_find_claim(linked_list_t *parts, uint32_t spi)
{
	enumerator_t *enumerator, *claims;
	map_part_t *part, *found = NULL;
	uintptr_t claim;

	enumerator = parts->create_enumerator(parts);
	while (!found && enumerator->enumerate(enumerator, &part))
	{
		claims = part->claims->create_enumerator(part->claims);
		while (!found && claims->enumerate(claims, &claim))
		{
			found = claim == spi ? part : NULL;
		}
		claims->destroy(claims);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find a line of the first part that takes traffic from the second.
 */
static char *compare_lists(map_part_t *first, map_part_t *second)
{
	char line[GROUP_ACE_TEXT_LEN], other[GROUP_ACE_TEXT_LEN], *text;
	u_int i, j;

	for (j = 0; j < second->line_count; j++)
	{
		for (i = 0; has_sa(&second->lines[j]) && i < first->line_count; i++)
		{
			if (!group_ace_overlaps(&first->lines[i].ace,
									&second->lines[j].ace))
			{
				continue;
			}
			if (asprintf(&text, "'%s' of group %s decides about traffic of "
						 "'%s' of group %s, which is behind it",
						 group_ace_print(&first->lines[i].ace, line,
										 sizeof(line)), first->group,
						 group_ace_print(&second->lines[j].ace, other,
										 sizeof(other)), second->group) < 0)
			{
				text = NULL;
			}
			return text;
		}
	}
	return NULL;
}

char *map_part_find_overlap(linked_list_t *parts, map_part_t *part)
{
	enumerator_t *enumerator;
	bool behind = FALSE;
	map_part_t *other;
	char *text = NULL;

	enumerator = parts->create_enumerator(parts);
	while (!part->fallback && !text &&
		   enumerator->enumerate(enumerator, &other))
	{
		if (other == part)
		{
			behind = TRUE;
		}
		else if (other->attached && !other->fallback)
		{
			text = behind ? compare_lists(part, other)
						  : compare_lists(other, part);
		}
	}
	enumerator->destroy(enumerator);
	if (text && part->overlap && streq(text, part->overlap))
	{
		free(text);
		return NULL;
	}
	free(part->overlap);
	part->overlap = strdupnull(text);
	return text;
}

void map_part_destroy(map_part_t *part)
{
	while (part->server_count--)
	{
		part->servers[part->server_count]->destroy(
										part->servers[part->server_count]);
	}
	part->claims->destroy(part->claims);
	cm_ids_destroy(part->ids);
	free(part->overlap);
	free(part->lines);
	free(part);
}
