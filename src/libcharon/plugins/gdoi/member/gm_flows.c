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
void gm_flows_push(gm_flow_t *flows, crypto_map_t *map)
{
	crypto_map_line_t *lines;
	enumerator_t *enumerator;
	const group_ace_t *ace;
	group_acl_t *acl;
	u_int i, count = 0;

	lines = calloc(CRYPTO_MAP_LINES, sizeof(*lines));
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		acl = flows[i].acl;
		if (!acl)
		{
			continue;
		}
		enumerator = acl->create_enumerator(acl);
		while (count < CRYPTO_MAP_LINES &&
			   enumerator->enumerate(enumerator, &ace))
		{
			lines[count].ace = *ace;
			lines[count++].sa = i;
		}
		enumerator->destroy(enumerator);
	}
	map->set_acl(map, lines, count);
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
	};

	/* where a policy is known its lines are kept closed even if its keys end
	 * (ACL-007); without fail_close there are no lines before that */
	map->set_fail_close(map, TRUE);
	map->set_acl(map, &any, fail_close ? 1 : 0);
}
