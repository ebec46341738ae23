/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_links.h"

#include <errno.h>
#include <linux/if.h>

/** IN6_ADDR_GEN_MODE_NONE, keeps an interface from speaking by itself */
#define ADDR_GEN_MODE_NONE 1

struct nlmsghdr *fresh_links_begin(char *buf, uint16_t type, uint16_t flags,
								   struct ifinfomsg **info)
{
	struct nlmsghdr *msg;

	memset(buf, 0, FRESH_LINKS_REQUEST);
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

int fresh_links_request(struct nlmsghdr *msg)
{
	return transact(msg, NULL, NULL);
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

u_int fresh_links_index(const char *name)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[FRESH_LINKS_REQUEST];
	u_int ifindex = 0;

	msg = fresh_links_begin(buf, RTM_GETLINK, 0, &info);
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	transact(msg, get_index_cb, &ifindex);
	return ifindex;
}

void fresh_links_del(const char *name)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[FRESH_LINKS_REQUEST];
	u_int ifindex = fresh_links_index(name);

	if (ifindex)
	{
		msg = fresh_links_begin(buf, RTM_DELLINK, 0, &info);
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
	char buf[FRESH_LINKS_REQUEST];

	msg = fresh_links_begin(buf, RTM_NEWLINK, 0, &info);
	info->ifi_index = ifindex;
	spec = mnl_attr_nest_start(msg, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(msg, AF_INET6);
	mnl_attr_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(msg, inet6);
	mnl_attr_nest_end(msg, spec);
	transact(msg, NULL, NULL);
}

int fresh_links_set_up(u_int ifindex)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[FRESH_LINKS_REQUEST];

	set_quiet(ifindex);
	msg = fresh_links_begin(buf, RTM_NEWLINK, 0, &info);
	info->ifi_index = ifindex;
	info->ifi_flags = info->ifi_change = IFF_UP;
	return transact(msg, NULL, NULL);
}

int fresh_links_attach(u_int ifindex, enum bpf_tc_attach_point point,
					   int program)
{
	struct bpf_tc_hook hook = {
		.sz = sizeof(hook),
		.ifindex = ifindex,
		.attach_point = point,
	};
	struct bpf_tc_opts opts = {
		.sz = sizeof(opts),
		.prog_fd = program,
	};
	int err;

	err = bpf_tc_hook_create(&hook);
	return -(err ?: bpf_tc_attach(&hook, &opts));
}
