/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_verdict.h"

#include <netinet/in.h>

/*
 * Described in header
 */
void gm_view_clone(const gm_view_t *view, gm_view_t *copy)
{
	u_int i;

	*copy = *view;
	if (view->rules)
	{
		copy->rules = view->rules->get_ref(view->rules);
	}
	for (i = 0; i < view->server_count; i++)
	{
		copy->servers[i] = view->servers[i]->clone(view->servers[i]);
	}
}

/*
 * Described in header
 */
void gm_view_clear(gm_view_t *view)
{
	DESTROY_IF(view->rules);
	while (view->server_count)
	{
		view->server_count--;
		view->servers[view->server_count]->destroy(
										view->servers[view->server_count]);
	}
	*view = (gm_view_t){};
}

/**
 * Is a port one that key servers listen on?
 */
static bool is_ike(uint16_t port)
{
	return port == 500 || port == 848 || port == 4500;
}

/**
 * Does a packet go to a key server (GM-056)?
 *
 * @param packet		packet as if it was outbound
 */
static bool is_server(const gm_view_t *view, const group_packet_t *packet)
{
	chunk_t addr;
	u_int i;

	if (packet->protocol != IPPROTO_UDP ||
		(!packet->later && (!is_ike(packet->sport) || !is_ike(packet->dport))))
	{
		return FALSE;
	}
	for (i = 0; i < view->server_count; i++)
	{
		addr = view->servers[i]->get_address(view->servers[i]);
		if (view->servers[i]->get_family(view->servers[i]) == packet->family &&
			memeq(addr.ptr, packet->dst, addr.len))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Set what happens to an outbound packet, and why
 */
static void set_outbound(gm_verdict_t *verdict, group_rule_action_t action,
						 const char *reason)
{
	verdict->outbound = action;
	verdict->reason = reason;
}

/**
 * Judge an outbound packet that is a matter of the key server's permit lines
 */
static void judge_protected(const gm_view_t *view, gm_verdict_t *verdict)
{
	u_int sa = verdict->rule->sa;

	if (view->directions[sa] == CRYPTO_MAP_INBOUND_ONLY)
	{
		set_outbound(verdict, GROUP_RULE_CLEAR, "the line wants it encrypted, "
					 "but the direction is inbound-only");
	}
	else if (!view->spis[sa])
	{	/* ACL-007 */
		set_outbound(verdict, GROUP_RULE_DROP, "the line wants it encrypted, "
					 "but there is no key");
	}
	else
	{
		set_outbound(verdict, GROUP_RULE_ENCRYPT, "the line wants it "
					 "encrypted");
	}
}

/**
 * Judge an outbound packet
 */
static void judge_outbound(const gm_view_t *view, const group_packet_t *packet,
						   gm_verdict_t *verdict)
{
	if (is_server(view, packet))
	{
		set_outbound(verdict, GROUP_RULE_CLEAR, "it is between this host and "
					 "a key server");
		return;
	}
	verdict->rule = view->rules->classify(view->rules, packet,
										  &verdict->place);
	if (!verdict->rule)
	{
		set_outbound(verdict, GROUP_RULE_CLEAR, view->rules->get_count(
							view->rules) ? "no line matches" :
							"there is no list before the registration");
		return;
	}
	switch (verdict->rule->action)
	{
		case GROUP_RULE_CLEAR:
			set_outbound(verdict, GROUP_RULE_CLEAR,
						 "the line leaves it in clear");
			break;
		case GROUP_RULE_DROP:
			set_outbound(verdict, GROUP_RULE_DROP, verdict->rule->origin ==
						 GROUP_RULE_FAIL_CLOSE ? "fail_close drops all that "
						 "no exception names" : "permit is not supported in a "
						 "list of the member's own");
			break;
		case GROUP_RULE_ENCRYPT:
			judge_protected(view, verdict);
			break;
	}
}

/**
 * Judge a packet that comes in in clear
 */
static void judge_inbound(const gm_view_t *view, const group_packet_t *packet,
						  gm_verdict_t *verdict)
{
	group_packet_t mirror = group_packet_mirror(packet);
	const group_rule_t *rule;

	if (is_server(view, &mirror))
	{
		verdict->accepted = TRUE;
		return;
	}
	mirror.loose = packet->protocol == IPPROTO_ESP;
	rule = view->rules->classify(view->rules, &mirror,
								 &verdict->inbound_place);
	verdict->inbound_rule = rule;
	verdict->accepted = !rule || rule->action == GROUP_RULE_CLEAR ||
						(rule->action == GROUP_RULE_ENCRYPT &&
						 view->directions[rule->sa] != CRYPTO_MAP_BOTH);
}

/*
 * Described in header
 */
void gm_verdict_judge(const gm_view_t *view, const group_packet_t *packet,
					  gm_verdict_t *verdict)
{
	*verdict = (gm_verdict_t){};
	if (!view->attached || !view->rules)
	{
		verdict->accepted = TRUE;
		set_outbound(verdict, GROUP_RULE_CLEAR,
					 "the crypto map is not on its interface");
		return;
	}
	judge_outbound(view, packet, verdict);
	judge_inbound(view, packet, verdict);
}
