/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_acl.h"

/** octets of SPI and sequence number */
#define ESP_HEADER 8

/**
 * Make address and mask of one side.
 */
static void compile_side(const group_ace_side_t *side, uint32_t *addr,
						 uint32_t *mask, u_int words)
{
	uint32_t word;
	u_int i, bits = side->prefix;

	for (i = 0; i < words; i++)
	{
		mask[i] = bits >= 32 ? 0xffffffff
							 : bits ? htonl(0xffffffffu << (32 - bits)) : 0;
		bits -= bits >= 32 ? 32 : bits;
		memcpy(&word, side->addr + 4 * i, sizeof(word));
		addr[i] = word & mask[i];
	}
}

/**
 * Does a line look at ports?
 */
static bool has_ports(const group_ace_t *ace)
{
	return ace->src.port_lo || ace->src.port_hi != 0xffff ||
		   ace->dst.port_lo || ace->dst.port_hi != 0xffff;
}

/**
 * Verdict of a line.
 */
static uint8_t get_verdict(const crypto_map_line_t *line)
{
	if (line->ace.action != GROUP_ACE_PERMIT)
	{
		return CM_CLEAR;
	}
	return line->sa == CRYPTO_MAP_DROP ? CM_DROP : 1 + line->sa % CM_SAS;
}

/** the fields that both kinds of rules share */
#define compile_upper(rule, line) ({ \
	(rule)->sport_lo = (line)->ace.src.port_lo; \
	(rule)->sport_hi = (line)->ace.src.port_hi; \
	(rule)->dport_lo = (line)->ace.dst.port_lo; \
	(rule)->dport_hi = (line)->ace.dst.port_hi; \
	(rule)->protocol = (line)->ace.protocol; \
	(rule)->verdict = get_verdict(line); \
	(rule)->flags = has_ports(&(line)->ace) ? CM_RULE_PORTS : 0; })

bool cm_acl_compile(const crypto_map_line_t *lines, u_int count,
					struct cm_acl *acl)
{
	struct cm_rule4 *rule4;
	struct cm_rule6 *rule6;
	u_int i;

	if (count > CM_LINES)
	{
		return FALSE;
	}
	memset(acl, 0, sizeof(*acl));
	for (i = 0; i < count; i++)
	{
		if (lines[i].ace.family != AF_INET6)
		{
			rule4 = &acl->rules4[acl->count4++];
			compile_side(&lines[i].ace.src, &rule4->src, &rule4->smask, 1);
			compile_side(&lines[i].ace.dst, &rule4->dst, &rule4->dmask, 1);
			compile_upper(rule4, &lines[i]);
		}
		if (lines[i].ace.family != AF_INET)
		{
			rule6 = &acl->rules6[acl->count6++];
			compile_side(&lines[i].ace.src, rule6->src, rule6->smask, 4);
			compile_side(&lines[i].ace.dst, rule6->dst, rule6->dmask, 4);
			compile_upper(rule6, &lines[i]);
		}
		if (has_ports(&lines[i].ace))
		{
			acl->flags |= CM_ACL_PORTS;
		}
		if (get_verdict(&lines[i]) == CM_DROP)
		{
			acl->flags |= CM_ACL_DROPS;
		}
	}
	return TRUE;
}

struct cm_esp cm_esp_sizes(const crypto_map_esp_t *esp)
{
	return (struct cm_esp){
		.block = max(esp->block, 4),
		.fixed = ESP_HEADER + esp->iv + esp->icv,
	};
}
