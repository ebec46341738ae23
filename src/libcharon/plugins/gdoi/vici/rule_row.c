/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rule_row.h"

/*
 * Described in header
 */
void rule_row_add_line(vici_builder_t *builder, const group_rule_t *rule,
					   u_int place, uint32_t spi)
{
	char text[GROUP_ACE_TEXT_LEN];

	builder->add_kv(builder, "position", "%u", place + 1);
	builder->add_kv(builder, "action", "%N", group_rule_action_names,
					rule->action);
	builder->add_kv(builder, "origin", "%N", group_rule_origin_names,
					rule->origin);
	if (rule->list)
	{
		builder->add_kv(builder, "list", "%s", rule->list);
	}
	if (rule->ace.number)
	{
		builder->add_kv(builder, "number", "%u", rule->ace.number);
	}
	builder->add_kv(builder, "text", "%s",
					group_ace_print(&rule->ace, text, sizeof(text)));
	if (rule->action == GROUP_RULE_ENCRYPT && spi)
	{
		builder->add_kv(builder, "spi", "%08x", ntohl(spi));
	}
}

/*
 * Described in header
 */
vici_builder_t *rule_row_line(const group_rule_t *rule, u_int place,
							  uint32_t spi)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "line");
	rule_row_add_line(builder, rule, place, spi);
	return builder;
}

/*
 * Described in header
 */
vici_builder_t *rule_row_match(group_rule_action_t outbound, bool accepted,
							   const char *reason)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "match");
	builder->add_kv(builder, "outbound", "%N", group_rule_action_names,
					outbound);
	builder->add_kv(builder, "inbound", "%s", accepted ? "accept" : "drop");
	builder->add_kv(builder, "reason", "%s", reason);
	return builder;
}

/*
 * Described in header
 */
void rule_row_add_inbound(vici_builder_t *builder, u_int place)
{
	builder->add_kv(builder, "inbound-position", "%u", place + 1);
}

/*
 * Described in header
 */
void rule_row_add_acl(vici_builder_t *builder, char *key, group_acl_t *acl)
{
	char text[GROUP_ACE_TEXT_LEN];
	enumerator_t *enumerator;
	const group_ace_t *ace;

	builder->begin_list(builder, key);
	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		builder->add_li(builder, "%u %s", ace->number,
						group_ace_print(ace, text, sizeof(text)));
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
}
