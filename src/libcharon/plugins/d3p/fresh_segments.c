/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_segments.h"
#include "fresh_links.h"

#include <freshness.h>

#include <errno.h>
#include <linux/if.h>

/** any VLAN will do, as its tag goes no further than to the program */
#define VLAN 1

/**
 * Add a device and let it work.
 *
 * @param lower		dummy device to put a VLAN device on, 0 for a dummy device
 * @param ifindex	set to the index
 * @return			0 or an errno
 */
static int add_link(const char *name, u_int lower, u_int *ifindex)
{
	struct nlattr *link, *data;
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[FRESH_LINKS_REQUEST];
	int err;

	msg = fresh_links_begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
							&info);
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	if (lower)
	{
		mnl_attr_put_u32(msg, IFLA_LINK, lower);
	}
	link = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_str(msg, IFLA_INFO_KIND, lower ? "vlan" : "dummy");
	if (lower)
	{
		data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
		mnl_attr_put_u16(msg, IFLA_VLAN_ID, VLAN);
		mnl_attr_nest_end(msg, data);
	}
	mnl_attr_nest_end(msg, link);
	err = fresh_links_request(msg);
	if (err)
	{
		return err;
	}
	*ifindex = fresh_links_index(name);
	return *ifindex ? fresh_links_set_up(*ifindex) : ENODEV;
}

int fresh_segments_up(u_int index, int stamp, u_int *ifindex)
{
	char name[IFNAMSIZ];
	u_int lower = 0;
	int err;

	fresh_segments_down(index);
	snprintf(name, sizeof(name), FRESHNESS_STAMPS, index);
	err = add_link(name, 0, &lower) ?:
		  fresh_links_attach(lower, BPF_TC_EGRESS, stamp);
	if (!err)
	{
		snprintf(name, sizeof(name), FRESHNESS_SEGMENTS, index);
		err = add_link(name, lower, ifindex);
	}
	if (err)
	{
		fresh_segments_down(index);
	}
	return err;
}

void fresh_segments_down(u_int index)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), FRESHNESS_SEGMENTS, index);
	fresh_links_del(name);
	snprintf(name, sizeof(name), FRESHNESS_STAMPS, index);
	fresh_links_del(name);
}
