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
 * Get what two sides have in common; they overlap
 */
static group_ace_side_t intersect_sides(const group_ace_side_t *a,
										const group_ace_side_t *b)
{
	group_ace_side_t both = a->prefix > b->prefix ? *a : *b;

	both.port_lo = max(a->port_lo, b->port_lo);
	both.port_hi = min(a->port_hi, b->port_hi);
	return both;
}

/**
 * Get what two lines have in common; they overlap
 */
static group_ace_t intersect(const group_ace_t *a, const group_ace_t *b)
{
	group_ace_t both = *a;

	both.family = a->family == AF_UNSPEC ? b->family : a->family;
	both.protocol = a->protocol ?: b->protocol;
	both.src = intersect_sides(&a->src, &b->src);
	both.dst = intersect_sides(&a->dst, &b->dst);
	return both;
}

/**
 * Does a deny line of a list, before one of its lines, match all that a line
 * does?
 */
static bool is_denied(group_acl_t *acl, const group_ace_t *before,
					  const group_ace_t *what)
{
	enumerator_t *enumerator;
	const group_ace_t *line;
	bool denied = FALSE;
	group_ace_t both;

	enumerator = acl->create_enumerator(acl);
	while (!denied && enumerator->enumerate(enumerator, &line) &&
		   line != before)
	{
		if (line->action == GROUP_ACE_DENY && group_ace_overlaps(line, what))
		{
			both = intersect(line, what);
			denied = group_ace_same_selector(&both, what);
		}
	}
	enumerator->destroy(enumerator);
	return denied;
}

/**
 * Does a line of one list select packets that permit lines of another do?
 */
static bool line_overlaps(group_acl_t *a, const group_ace_t *line,
						  group_acl_t *b)
{
	enumerator_t *enumerator;
	const group_ace_t *other;
	bool found = FALSE;
	group_ace_t both;

	enumerator = b->create_enumerator(b);
	while (!found && enumerator->enumerate(enumerator, &other))
	{
		if (other->action == GROUP_ACE_PERMIT &&
			group_ace_overlaps(line, other))
		{
			both = intersect(line, other);
			found = !is_denied(a, line, &both) && !is_denied(b, other, &both);
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
bool gm_flows_overlap(group_acl_t *a, group_acl_t *b)
{
	enumerator_t *enumerator;
	const group_ace_t *line;
	bool found = FALSE;

	enumerator = a->create_enumerator(a);
	while (!found && enumerator->enumerate(enumerator, &line))
	{
		found = line->action == GROUP_ACE_PERMIT && line_overlaps(a, line, b);
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
void gm_flows_merge(gm_flow_t *flows, group_rules_t *rules)
{
	bool done[CRYPTO_MAP_SAS] = {};
	int i, next;

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
			rules->add_acl(rules, flows[next].acl, GROUP_RULE_SERVER, NULL,
						   next);
			done[next] = TRUE;
		}
	}
	while (next >= 0);
}
