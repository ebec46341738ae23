/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_merge.h"
#include "fresh_links.h"

#include <freshness.h>

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <linux/veth.h>

/** all that may come out of encryption, after reassembly too */
#define MTU 65535

/**
 * Switch a feature of a device.
 *
 * @param cmd		ETHTOOL_S*
 * @return			0 or an errno
 */
static int set_feature(const char *name, uint32_t cmd, bool on)
{
	struct ethtool_value value = {
		.cmd = cmd,
		.data = on,
	};
	struct ifreq req = {
		.ifr_data = (void*)&value,
	};
	int sock, err = 0;

	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
	{
		return errno;
	}
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (ioctl(sock, SIOCETHTOOL, &req) != 0)
	{
		err = errno;
	}
	close(sock);
	return err;
}

/**
 * Add a pair of devices.
 *
 * @return			0 or an errno
 */
static int add_pair(const char *name, const char *peer)
{
	struct nlattr *link, *data, *other;
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[FRESH_LINKS_REQUEST];

	msg = fresh_links_begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
							&info);
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	mnl_attr_put_u32(msg, IFLA_MTU, MTU);
	link = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_str(msg, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(msg, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	mnl_attr_put_str(msg, IFLA_IFNAME, peer);
	mnl_attr_put_u32(msg, IFLA_MTU, MTU);
	mnl_attr_nest_end(msg, other);
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, link);
	return fresh_links_request(msg);
}

int fresh_merge_up(u_int index, int merged, u_int *ifindex)
{
	char in[IFNAMSIZ], out[IFNAMSIZ];
	u_int to;
	int err;

	fresh_merge_down(index);
	snprintf(in, sizeof(in), FRESHNESS_MERGE, index);
	snprintf(out, sizeof(out), FRESHNESS_MERGED, index);
	err = add_pair(in, out);
	if (err)
	{
		return err;
	}
	*ifindex = fresh_links_index(in);
	to = fresh_links_index(out);
	/* a device that sends large packets has a peer that needs not merge */
	err = set_feature(in, ETHTOOL_STSO, FALSE) ?:
		  set_feature(out, ETHTOOL_SGRO, TRUE) ?:
		  fresh_links_attach(to, BPF_TC_INGRESS, merged) ?:
		  fresh_links_set_up(to) ?: fresh_links_set_up(*ifindex);
	if (err)
	{
		fresh_merge_down(index);
	}
	return err;
}

void fresh_merge_down(u_int index)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), FRESHNESS_MERGE, index);
	fresh_links_del(name);
}
