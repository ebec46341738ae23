/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rules.h"
#include "ks_config_tek.h"
#include "ks_key_entry.h"

#include <vici/rule_row.h>

/**
 * Merge the lists; the SA of a line is the place of its TEK's section
 */
static group_rules_t *merge(ks_config_t *config)
{
	group_rules_t *rules = group_rules_create();
	enumerator_t *enumerator;
	ks_config_tek_t *tek;
	u_int sa = 0;

	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		rules->add_acl(rules, tek->acl, GROUP_RULE_SERVER, tek->name, sa++);
	}
	enumerator->destroy(enumerator);
	return rules;
}

/**
 * Find the TEK in use that encrypts by a rule
 *
 * @return				values, valid as long as the picture; NULL if none does
 */
static const group_tek_data_t *get_tek(ks_status_t *status,
									   const group_rule_t *rule)
{
	const group_tek_data_t *found = NULL;
	enumerator_t *enumerator;
	ks_key_info_t *info;

	if (!rule || rule->action != GROUP_RULE_ENCRYPT)
	{
		return NULL;
	}
	enumerator = status->keys->create_enumerator(status->keys);
	while (!found && enumerator->enumerate(enumerator, &info))
	{
		if (info->tek && streq(info->state, "CURRENT") &&
			streq(info->name, rule->list))
		{
			found = info->tek->get(info->tek);
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * What members do with a packet that they send
 *
 * @param reason		set to why
 */
static group_rule_action_t judge(const group_rule_t *rule,
								 const group_tek_data_t *tek,
								 const char **reason)
{
	if (!rule)
	{
		*reason = "no line matches";
		return GROUP_RULE_CLEAR;
	}
	if (rule->action == GROUP_RULE_CLEAR)
	{
		*reason = "the line leaves it in clear";
		return GROUP_RULE_CLEAR;
	}
	if (!tek)
	{
		*reason = "the line wants it encrypted, but there is no key";
		return GROUP_RULE_DROP;
	}
	if (tek->direction == GROUP_TEK_RECEIVER_ONLY)
	{	/* GM-036 */
		*reason = "the line wants it encrypted, but the group is receive-only";
		return GROUP_RULE_CLEAR;
	}
	*reason = "the line wants it encrypted";
	return GROUP_RULE_ENCRYPT;
}

/**
 * Do members take a packet that arrives in clear?
 */
static bool is_accepted(ks_status_t *status, const group_rule_t *rule)
{
	const group_tek_data_t *tek = get_tek(status, rule);

	return !rule || rule->action == GROUP_RULE_CLEAR ||
		   (tek && tek->direction == GROUP_TEK_RECEIVER_ONLY);
}

/**
 * Build the row about a packet
 */
static vici_builder_t *match_row(ks_status_t *status, group_rules_t *rules,
								 const group_packet_t *packet)
{
	group_packet_t mirror = group_packet_mirror(packet);
	const group_rule_t *rule, *inbound;
	const group_tek_data_t *tek;
	group_rule_action_t outbound;
	vici_builder_t *builder;
	u_int place, inbound_place;
	const char *reason;

	rule = rules->classify(rules, packet, &place);
	mirror.loose = packet->protocol == IPPROTO_ESP;
	inbound = rules->classify(rules, &mirror, &inbound_place);
	tek = get_tek(status, rule);
	outbound = judge(rule, tek, &reason);
	builder = rule_row_match(outbound, is_accepted(status, inbound), reason);
	if (rule)
	{
		rule_row_add_line(builder, rule, place, tek ? tek->spi : 0);
	}
	if (inbound)
	{
		rule_row_add_inbound(builder, inbound_place);
	}
	return builder;
}

/*
 * Described in header
 */
void ks_rules_list(ks_status_t *status, const group_packet_t *packet,
				   group_row_cb_t row, void *user)
{
	group_rules_t *rules = merge(status->config);
	const group_tek_data_t *tek;
	const group_rule_t *rule;
	u_int i;

	if (packet)
	{
		row(user, match_row(status, rules, packet));
	}
	for (i = 0; !packet && (rule = rules->get(rules, i)); i++)
	{
		tek = get_tek(status, rule);
		row(user, rule_row_line(rule, i, tek ? tek->spi : 0));
	}
	rules->destroy(rules);
}
