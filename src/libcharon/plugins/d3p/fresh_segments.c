/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_segments.h"

#include <freshness.h>

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>

/** buffer for a request */
#define REQUEST_LEN 1024

/** IN6_ADDR_GEN_MODE_NONE, keeps an interface from speaking by itself */
#define ADDR_GEN_MODE_NONE 1

/** any VLAN will do, as its tag goes no further than to the program */
#define VLAN 1

/**
 * Begin a request about links.
 */
static struct nlmsghdr *begin(char *buf, uint16_t type, uint16_t flags,
							  struct ifinfomsg **info)
{
	struct nlmsghdr *msg;

	memset(buf, 0, REQUEST_LEN);
	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->nlmsg_seq = 1;
	*info = mnl_nlmsg_put_extra_header(msg, sizeof(**info));
	return msg;
}

/**
 * Send a request and wait for the answer.
 *
 * @param cb		gets the answer if it isn't an error, or NULL
 * @return			0 or an errno
 */
static int transact(struct nlmsghdr *msg, mnl_cb_t cb, void *data)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct mnl_socket *sock;
	int len, err, res = MNL_CB_ERROR;

	sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!sock)
	{
		return errno;
	}
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) == 0 &&
		mnl_socket_sendto(sock, msg, msg->nlmsg_len) > 0)
	{
		do
		{
			len = mnl_socket_recvfrom(sock, buf, sizeof(buf));
			res = len <= 0 ? MNL_CB_ERROR
						   : mnl_cb_run(buf, len, msg->nlmsg_seq,
										mnl_socket_get_portid(sock), cb, data);
		}
		while (res > MNL_CB_STOP);
	}
	err = errno;
	mnl_socket_close(sock);
	return res == MNL_CB_ERROR ? err ?: EIO : 0;
}

/**
 * Take the index out of the answer.
 */
static int get_index_cb(const struct nlmsghdr *msg, void *data)
{
	struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);

	*(u_int*)data = info->ifi_index;
	return MNL_CB_OK;
}

/**
 * Get the index of a device by its name, 0 if there is none.
 */
static u_int get_index(const char *name)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];
	u_int ifindex = 0;

	msg = begin(buf, RTM_GETLINK, 0, &info);
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	transact(msg, get_index_cb, &ifindex);
	return ifindex;
}

/**
 * Remove a device, if it is there.
 */
static void del_link(const char *name)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];
	u_int ifindex = get_index(name);

	if (ifindex)
	{
		msg = begin(buf, RTM_DELLINK, 0, &info);
		info->ifi_index = ifindex;
		transact(msg, NULL, NULL);
	}
}

/**
 * Keep a device from making itself an IPv6 address and talking about it. It
 * doesn't matter where there is no IPv6.
 */
static void set_quiet(u_int ifindex)
{
	struct nlattr *spec, *inet6;
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];

	msg = begin(buf, RTM_NEWLINK, 0, &info);
	info->ifi_index = ifindex;
	spec = mnl_attr_nest_start(msg, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(msg, AF_INET6);
	mnl_attr_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(msg, inet6);
	mnl_attr_nest_end(msg, spec);
	transact(msg, NULL, NULL);
}

/**
 * Let a device work.
 */
static int set_up(u_int ifindex)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];

	set_quiet(ifindex);
	msg = begin(buf, RTM_NEWLINK, 0, &info);
	info->ifi_index = ifindex;
	info->ifi_flags = info->ifi_change = IFF_UP;
	return transact(msg, NULL, NULL);
}

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
	char buf[REQUEST_LEN];
	int err;

	msg = begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info);
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
	err = transact(msg, NULL, NULL);
	if (err)
	{
		return err;
	}
	*ifindex = get_index(name);
	return *ifindex ? set_up(*ifindex) : ENODEV;
}

/**
 * Have a program take what a device is to send.
 */
static int attach(u_int ifindex, int program)
{
	struct bpf_tc_hook hook = {
		.sz = sizeof(hook),
		.ifindex = ifindex,
		.attach_point = BPF_TC_EGRESS,
	};
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.prog_fd = program,
	};
	int err;

	err = bpf_tc_hook_create(&hook);
	return -(err ?: bpf_tc_attach(&hook, &opts));
}

int fresh_segments_up(u_int index, int stamp, u_int *ifindex)
{
	char name[IFNAMSIZ];
	u_int lower = 0;
	int err;

	fresh_segments_down(index);
	snprintf(name, sizeof(name), FRESHNESS_STAMPS, index);
	err = add_link(name, 0, &lower) ?: attach(lower, stamp);
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
	del_link(name);
	snprintf(name, sizeof(name), FRESHNESS_STAMPS, index);
	del_link(name);
}
