/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_flows.h"

/*
 * Described in header
 */
void gm_flows_clear(gm_flow_t *flows)
{
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		DESTROY_IF(flows[i].acl);
		flows[i].acl = NULL;
	}
}

/*
 * Described in header
 */
int gm_flows_find(gm_flow_t *flows, group_acl_t *acl)
{
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (flows[i].acl && flows[i].acl->equals(flows[i].acl, acl))
		{
			return i;
		}
	}
	return -1;
}

/*
 * Described in header
 */
int gm_flows_add(gm_flow_t *flows, group_acl_t *acl, int order)
{
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (!flows[i].acl)
		{
			flows[i].acl = acl->get_ref(acl);
			flows[i].order = order;
			flows[i].silent = FALSE;
			return i;
		}
	}
	return -1;
}

/*
 * Described in header
 */
void gm_flows_copy(gm_flow_t *flows, gm_flow_t *copy)
{
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		copy[i] = flows[i];
		if (flows[i].acl)
		{
			flows[i].acl->get_ref(flows[i].acl);
		}
	}
}

/*
 * Described in header
 */
int gm_flows_first(gm_flow_t *flows)
{
	int i, first = 0;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (flows[i].acl)
		{
			first = min(first, flows[i].order);
		}
	}
	return first;
}

/*
 * Described in header
 */
u_int gm_flows_count_lines(gm_flow_t *flows)
{
	u_int count = 0;
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (flows[i].acl)
		{
			count += flows[i].acl->get_count(flows[i].acl);
		}
	}
	return count;
}

/**
 * Is an address within a prefix?
 */
static bool has_prefix(const group_ace_side_t *side, const uint8_t *addr)
{
	uint8_t mask = 0xff << (8 - side->prefix % 8);
	u_int octets = side->prefix / 8;

	return memeq(side->addr, addr, octets) && (side->prefix % 8 == 0 ||
			(side->addr[octets] & mask) == (addr[octets] & mask));
}

/**
 * May one address and port be on both of two sides?
 */
static bool sides_overlap(const group_ace_side_t *a, const group_ace_side_t *b)
{
	const group_ace_side_t *wide = a->prefix < b->prefix ? a : b;
	const group_ace_side_t *narrow = wide == a ? b : a;

	return has_prefix(wide, narrow->addr) &&
		   a->port_lo <= b->port_hi && b->port_lo <= a->port_hi;
}

/**
 * May one packet match two lines?
 */
static bool lines_overlap(const group_ace_t *a, const group_ace_t *b)
{
	if (a->family != b->family && a->family != AF_UNSPEC &&
		b->family != AF_UNSPEC)
	{
		return FALSE;
	}
	if (a->protocol != b->protocol && a->protocol && b->protocol)
	{
		return FALSE;
	}
	return sides_overlap(&a->src, &b->src) && sides_overlap(&a->dst, &b->dst);
}

/*
 * Described in header
 */
bool gm_flows_overlap(group_acl_t *a, group_acl_t *b)
{
	const group_ace_t *line, *other;
	enumerator_t *lines, *others;
	bool found = FALSE;

	lines = a->create_enumerator(a);
	while (!found && lines->enumerate(lines, &line))
	{
		others = b->create_enumerator(b);
		while (!found && others->enumerate(others, &other))
		{
			found = lines_overlap(line, other);
		}
		others->destroy(others);
	}
	lines->destroy(lines);
	return found;
}

/**
 * Append the lines of a flow
 *
 * @param count			number of lines, updated
 */
static void add_lines(gm_flow_t *flow, u_int index, crypto_map_line_t *lines,
					  u_int *count)
{
	enumerator_t *enumerator;
	const group_ace_t *ace;

	enumerator = flow->acl->create_enumerator(flow->acl);
	while (*count < CRYPTO_MAP_LINES && enumerator->enumerate(enumerator, &ace))
	{
		lines[*count].ace = *ace;
		lines[(*count)++].sa = index;
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void gm_flows_push(gm_flow_t *flows, crypto_map_t *map)
{
	bool done[CRYPTO_MAP_SAS] = {};
	crypto_map_line_t *lines;
	u_int count = 0;
	int i, next;

	lines = calloc(CRYPTO_MAP_LINES, sizeof(*lines));
	do
	{
		next = -1;
		for (i = 0; i < CRYPTO_MAP_SAS; i++)
		{
			if (flows[i].acl && !flows[i].silent && !done[i] &&
				(next < 0 || flows[i].order < flows[next].order))
			{
				next = i;
			}
		}
		if (next >= 0)
		{
			add_lines(&flows[next], next, lines, &count);
			done[next] = TRUE;
		}
	}
	while (next >= 0);
	map->set_acl(map, lines, count, FALSE);
	free(lines);
}

/*
 * Described in header
 */
void gm_flows_push_initial(crypto_map_t *map, bool fail_close)
{
	crypto_map_line_t any = {
		.ace = {
			.action = GROUP_ACE_PERMIT,
			.family = AF_UNSPEC,
			.src = { .port_hi = UINT16_MAX },
			.dst = { .port_hi = UINT16_MAX },
		},
		.sa = CRYPTO_MAP_DROP,
	};

	map->set_acl(map, &any, fail_close ? 1 : 0, TRUE);
}
