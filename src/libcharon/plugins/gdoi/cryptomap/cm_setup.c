/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_setup.h"
#include "cm_netlink.h"
#include "cm_programs.h"
#include "freshness.h"

#include <net/if.h>

/**
 * Add or remove the local anchors of a device.
 */
static bool set_addresses(cm_ids_t *ids, bool add, u_int ifindex)
{
	bool good = TRUE;
	int i;

	for (i = 0; i < countof(ids->anchors); i += 2)
	{
		good &= cm_netlink_address(add, ifindex, ids->anchors[i]);
	}
	return good;
}

bool cm_setup_up(cm_ids_t *ids, u_int ifindex)
{
	u_int vrf = cm_netlink_get_vrf(ifindex);
	int i;

	if (!set_addresses(ids, TRUE, cm_netlink_get_index("lo")) ||
		(vrf && !set_addresses(ids, TRUE, vrf)))
	{
		return FALSE;
	}
	for (i = 0; i < countof(ids->anchors); i += 2)
	{
		if (!cm_netlink_route(TRUE, ifindex, ids->anchors[i + 1]))
		{
			return FALSE;
		}
	}
	return cm_netlink_policies(TRUE);
}

void cm_setup_leave_vrf(cm_ids_t *ids, u_int vrf)
{
	set_addresses(ids, FALSE, vrf);
}

/**
 * Is there an XFRM interface of a crypto map?
 */
static bool is_any_left()
{
	struct if_nameindex *links;
	bool found = FALSE;
	u_int i, index;

	/* asking for interfaces that may not exist makes the kernel look for
	 * modules of their name, so ask for a list */
	links = if_nameindex();
	for (i = 0; links && links[i].if_index && !found; i++)
	{
		found = sscanf(links[i].if_name, "gdoi%u", &index) == 1;
	}
	if_freenameindex(links);
	return found;
}

bool cm_setup_down(cm_ids_t *ids, u_int ifindex)
{
	u_int vrf = ifindex ? cm_netlink_get_vrf(ifindex) : 0;
	char name[IFNAMSIZ];
	bool good = TRUE;
	int i;

	for (i = 0; ifindex && i < countof(ids->anchors); i += 2)
	{
		good &= cm_netlink_route(FALSE, ifindex, ids->anchors[i + 1]);
	}
	if (vrf)
	{
		cm_programs_purge_vrf(vrf, ids->index);
		good &= set_addresses(ids, FALSE, vrf);
	}
	good &= set_addresses(ids, FALSE, cm_netlink_get_index("lo"));
	/* if the process that had them is dead */
	snprintf(name, sizeof(name), FRESHNESS_SEGMENTS, ids->index);
	good &= cm_netlink_del_link(name);
	snprintf(name, sizeof(name), FRESHNESS_STAMPS, ids->index);
	good &= cm_netlink_del_link(name);
	snprintf(name, sizeof(name), FRESHNESS_MERGE, ids->index);
	good &= cm_netlink_del_link(name);
	good &= cm_netlink_del_link(ids->link);
	return good && (is_any_left() || cm_netlink_policies(FALSE));
}

/**
 * Take one down if it is a crypto map's and sits on an interface.
 */
static bool purge_link(const char *name, const char *interface, u_int ifindex,
					   cm_ids_t *except)
{
	bool good = TRUE;
	cm_ids_t *ids;
	char *alias;
	u_int index;

	if (sscanf(name, "gdoi%u", &index) != 1 ||
		(except && except->index == index))
	{
		return TRUE;
	}
	alias = cm_netlink_get_alias(name);
	ids = alias ? cm_ids_create_from_alias(index, alias) : NULL;
	if (ids)
	{
		if (streq(ids->interface, interface) && streq(ids->link, name))
		{
			good = cm_setup_down(ids, ifindex);
		}
		cm_ids_destroy(ids);
	}
	free(alias);
	return good;
}

bool cm_setup_purge(const char *interface, cm_ids_t *except)
{
	u_int i, ifindex = cm_netlink_get_index(interface);
	struct if_nameindex *links;
	bool good = TRUE;

	links = if_nameindex();
	for (i = 0; links && links[i].if_index; i++)
	{
		good &= purge_link(links[i].if_name, interface, ifindex, except);
	}
	if_freenameindex(links);
	return good && links;
}
