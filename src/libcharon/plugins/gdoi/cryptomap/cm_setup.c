/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_setup.h"
#include "cm_netlink.h"

#include <net/if.h>

bool cm_setup_up(cm_ids_t *ids, u_int ifindex)
{
	host_t *local, *remote;
	int i;

	for (i = 0; i < countof(ids->anchors); i += 2)
	{
		local = ids->anchors[i];
		remote = ids->anchors[i + 1];
		if (!cm_netlink_address(TRUE, local) ||
			!cm_netlink_route(TRUE, ifindex, remote) ||
			!cm_netlink_policies(TRUE, ifindex, local, remote))
		{
			return FALSE;
		}
	}
	return TRUE;
}

bool cm_setup_down(cm_ids_t *ids, u_int ifindex, bool policies)
{
	host_t *local, *remote;
	bool good = TRUE;
	int i;

	for (i = 0; i < countof(ids->anchors); i += 2)
	{
		local = ids->anchors[i];
		remote = ids->anchors[i + 1];
		if (ifindex && policies)
		{
			good &= cm_netlink_policies(FALSE, ifindex, local, remote);
		}
		if (ifindex)
		{
			good &= cm_netlink_route(FALSE, ifindex, remote);
		}
		good &= cm_netlink_address(FALSE, local);
	}
	return cm_netlink_del_link(ids->link) && good;
}

bool cm_setup_purge(const char *interface, cm_ids_t *except)
{
	u_int i, ifindex = if_nametoindex(interface);
	char name[CM_LINK_LEN], *alias;
	bool good = TRUE;
	cm_ids_t *ids;

	for (i = 0; i <= CRYPTO_MAP_INDEX_MAX; i++)
	{
		snprintf(name, sizeof(name), "gdoi%u", i);
		if ((except && except->index == i) || !if_nametoindex(name))
		{
			continue;
		}
		alias = cm_netlink_get_alias(name);
		ids = alias ? cm_ids_create_from_alias(i, alias) : NULL;
		if (ids && streq(ids->interface, interface))
		{
			good &= cm_setup_down(ids, ifindex, !except);
		}
		if (ids)
		{
			cm_ids_destroy(ids);
		}
		free(alias);
	}
	return good;
}
