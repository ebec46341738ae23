/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_change.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * Described in header
 */
bool gm_change_fail(gm_change_t *change, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&change->reason, fmt, args) < 0)
	{
		change->reason = NULL;
	}
	va_end(args);
	return FALSE;
}

/*
 * Described in header
 */
bool gm_change_refused(gm_change_t *change, crypto_map_t *map, uint32_t spi)
{
	char *owner = NULL;

	if (map->claim_spi(map, spi, &owner))
	{
		map->release_spi(map, spi);
		return gm_change_fail(change, "the kernel refused SA %08x",
							  ntohl(spi));
	}
	gm_change_fail(change, "SPI %08x is in use by group %s on the same "
				   "interface", ntohl(spi), owner);
	free(owner);
	return FALSE;
}

/**
 * Keep the flows of installed TEKs that a registration's policy has again
 */
static void keep_described(gm_change_t *change, gm_teks_t *teks)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	group_acl_t *acl;
	gm_tek_t *old;
	int order = 0;

	enumerator = change->policy->create_tek_enumerator(change->policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		acl = tek->get(tek)->acl;
		old = teks->find(teks, tek->get(tek)->spi);
		if (old && !change->flows[old->flow].acl &&
			gm_flows_find(change->flows, acl) < 0)
		{
			change->flows[old->flow].acl = acl->get_ref(acl);
			change->flows[old->flow].order = order;
		}
		order++;
	}
	enumerator->destroy(enumerator);
}

/**
 * Does a policy have a TEK with an access list?
 */
static bool has_acl(group_policy_t *policy, group_acl_t *acl)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		found = acl->equals(acl, tek->get(tek)->acl);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Change the access lists of flows whose installed TEKs a rekey describes with
 * another one: they go on, only what they protect is another (REKEY-104)
 *
 * @param order			place of the lines of the first TEK
 */
static void follow_described(gm_change_t *change, gm_teks_t *teks, int order)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	group_acl_t *acl;
	gm_flow_t *flow;
	gm_tek_t *old;

	enumerator = change->policy->create_tek_enumerator(change->policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		acl = tek->get(tek)->acl;
		old = teks->find(teks, tek->get(tek)->spi);
		flow = old ? &change->flows[old->flow] : NULL;
		if (flow && flow->acl && gm_flows_find(change->flows, acl) < 0 &&
			!has_acl(change->policy, flow->acl))
		{
			flow->acl->destroy(flow->acl);
			flow->acl = acl->get_ref(acl);
			flow->order = order;
		}
		order++;
	}
	enumerator->destroy(enumerator);
}

/**
 * Give up flows that a rekey does not have any more, but has others for the
 * same traffic: their access list was changed (REKEY-104)
 */
static void drop_replaced(gm_change_t *change, group_acl_t *acl)
{
	int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (change->flows[i].acl &&
			!has_acl(change->policy, change->flows[i].acl) &&
			gm_flows_overlap(change->flows[i].acl, acl))
		{
			change->flows[i].acl->destroy(change->flows[i].acl);
			change->flows[i].acl = NULL;
		}
	}
}

/**
 * Give a flow to every access list of a policy that has none
 *
 * @param order			place of the lines of the first TEK
 */
static bool add_flows(gm_change_t *change, int order, bool replace)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	group_acl_t *acl;
	bool done = TRUE;

	enumerator = change->policy->create_tek_enumerator(change->policy);
	while (done && enumerator->enumerate(enumerator, &tek))
	{
		acl = tek->get(tek)->acl;
		if (gm_flows_find(change->flows, acl) < 0)
		{
			if (replace)
			{
				drop_replaced(change, acl);
			}
			done = gm_flows_add(change->flows, acl, order) >= 0;
		}
		order++;
	}
	enumerator->destroy(enumerator);
	if (!done || gm_flows_count_lines(change->flows) > change->room)
	{
		return gm_change_fail(change, "there is no room for its access lists "
							  "beside those in use");
	}
	return TRUE;
}

/**
 * Is there a TEK of a policy to send with by an access list?
 */
static bool has_sender(group_policy_t *policy, group_acl_t *acl)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		found = tek->get(tek)->direction != GROUP_TEK_RECEIVER_ONLY &&
				acl->equals(acl, tek->get(tek)->acl);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Leave out the lines of flows that a policy has only to receive, if others
 * send the same traffic: an access list that was changed (REKEY-104)
 */
static void silence_flows(gm_change_t *change)
{
	gm_flow_t *flows = change->flows;
	int i, j;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (!flows[i].acl || !has_acl(change->policy, flows[i].acl))
		{
			continue;
		}
		flows[i].silent = FALSE;
		for (j = 0; j < CRYPTO_MAP_SAS; j++)
		{
			if (i != j && flows[j].acl &&
				!has_sender(change->policy, flows[i].acl) &&
				has_sender(change->policy, flows[j].acl) &&
				gm_flows_overlap(flows[i].acl, flows[j].acl))
			{
				flows[i].silent = TRUE;
			}
		}
	}
}

/*
 * Described in header
 */
bool gm_change_plan(gm_change_t *change, gm_teks_t *teks)
{
	keep_described(change, teks);
	if (!add_flows(change, 0, FALSE))
	{
		return FALSE;
	}
	silence_flows(change);
	return TRUE;
}

/*
 * Described in header
 */
bool gm_change_plan_rekey(gm_change_t *change, gm_teks_t *teks)
{
	group_policy_t *policy = change->policy;
	int first;

	first = gm_flows_first(change->flows) - policy->get_tek_count(policy);
	follow_described(change, teks, first);
	if (!add_flows(change, first, TRUE))
	{
		return FALSE;
	}
	silence_flows(change);
	return TRUE;
}

/**
 * Take over from a policy what it says about installed TEKs
 */
static void describe(gm_change_t *change, gm_teks_t *teks)
{
	enumerator_t *enumerator;
	group_tek_t *said;
	gm_tek_t *tek;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		said = change->policy->find_tek(change->policy, PROTO_ESP,
										tek->sa->get_spi(tek->sa));
		if (said)
		{
			gm_tek_describe(tek, said, change->now);
			tek->current = TRUE;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Does a flow get a TEK?
 */
static bool has_fresh(gm_change_t *change, u_int flow)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	gm_tek_t *tek;

	enumerator = change->fresh->create_enumerator(change->fresh);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		found = tek->flow == flow;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Set when what is new takes over, and when what it takes over from ends
 */
static void set_delays(gm_change_t *change, gm_teks_t *teks)
{
	enumerator_t *enumerator;
	uint16_t atd, dtd;
	gm_tek_t *tek;

	change->policy->get_delays(change->policy, &atd, &dtd);
	enumerator = change->fresh->create_enumerator(change->fresh);
	while (atd && enumerator->enumerate(enumerator, &tek))
	{
		tek->info.time.activates = change->now + atd * 1000;
	}
	enumerator->destroy(enumerator);
	enumerator = teks->create_enumerator(teks);
	while (dtd && enumerator->enumerate(enumerator, &tek))
	{
		if (has_fresh(change, tek->flow))
		{
			tek->limit = min(tek->limit, change->now + dtd * 1000);
			tek->info.time.expires = min(tek->info.time.expires, tek->limit);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void gm_change_describe(gm_change_t *change, gm_teks_t *teks)
{
	describe(change, teks);
	set_delays(change, teks);
}

/*
 * Described in header
 */
void gm_change_retire(gm_teks_t *teks)
{
	enumerator_t *enumerator;
	gm_tek_t *tek;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		tek->current = FALSE;
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void gm_change_delete(group_rekey_t *rekey, gm_teks_t *teks)
{
	group_policy_t *policy = rekey->get_policy(rekey);
	enumerator_t *deletes, *enumerator;
	group_delete_t *delete;
	gm_tek_t *tek;
	uint32_t spi;

	deletes = rekey->create_delete_enumerator(rekey);
	while (deletes->enumerate(deletes, &delete))
	{
		enumerator = teks->create_enumerator(teks);
		while (enumerator->enumerate(enumerator, &tek))
		{
			spi = tek->sa->get_spi(tek->sa);
			tek->deleted |= !delete->kek && delete->protocol == PROTO_ESP &&
							(!delete->spi || delete->spi == spi) &&
							!(policy && policy->find_tek(policy, PROTO_ESP,
														 spi));
		}
		enumerator->destroy(enumerator);
	}
	deletes->destroy(deletes);
}

/**
 * Does a rekey delete TEKs of a flow, and all of them?
 */
static bool is_deleted(gm_teks_t *teks, u_int flow)
{
	enumerator_t *enumerator;
	bool deleted = FALSE, left = FALSE;
	gm_tek_t *tek;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow == flow)
		{
			deleted |= tek->deleted;
			left |= !tek->deleted;
		}
	}
	enumerator->destroy(enumerator);
	return deleted && !left;
}

/*
 * Described in header
 */
void gm_change_drop_deleted(gm_change_t *change, gm_teks_t *teks)
{
	gm_flow_t *flow;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		flow = &change->flows[i];
		if (flow->acl && change->policy->get_tek_count(change->policy) &&
			!has_acl(change->policy, flow->acl) && is_deleted(teks, i))
		{
			flow->acl->destroy(flow->acl);
			flow->acl = NULL;
		}
	}
}

/*
 * Described in header
 */
void gm_change_retire_rekey(gm_change_t *change, gm_flow_t *flows,
							gm_teks_t *teks)
{
	enumerator_t *enumerator;
	gm_tek_t *tek;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->deleted || !flows[tek->flow].acl ||
			!change->flows[tek->flow].acl ||
			!flows[tek->flow].acl->equals(flows[tek->flow].acl,
												change->flows[tek->flow].acl))
		{
			tek->current = FALSE;
		}
	}
	enumerator->destroy(enumerator);
}
