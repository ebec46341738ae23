/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fresh_release.h"
#include "fresh_links.h"

#include <cm_shared.h>

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/tc_act/tc_tunnel_key.h>

/** priority of the filter, among those that others may have */
#define PRIORITY 0x6d

/**
 * Begin a request about the filter.
 */
static struct nlmsghdr *begin(char *buf, uint16_t type, uint16_t flags,
							  u_int ifindex)
{
	struct nlmsghdr *msg;
	struct tcmsg *tc;

	memset(buf, 0, FRESH_LINKS_REQUEST);
	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->nlmsg_seq = 1;
	tc = mnl_nlmsg_put_extra_header(msg, sizeof(*tc));
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
	tc->tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_IPV6));
	return msg;
}

/**
 * Say which packets: all with the mark of those that are stamped.
 */
static void add_match(struct nlmsghdr *msg)
{
	struct {
		struct tc_u32_sel sel;
		struct tc_u32_key any;
	} match = {
		.sel = {
			.flags = TC_U32_TERMINAL,
			.nkeys = 1,
		},
	};
	struct tc_u32_mark mark = {
		.val = CM_MARK_STAMPED,
		.mask = CM_MARK_MAGIC,
	};

	mnl_attr_put(msg, TCA_U32_SEL, sizeof(match), &match);
	mnl_attr_put(msg, TCA_U32_MARK, sizeof(mark), &mark);
}

/**
 * Say what is done with them: the kernel has one name for the route of a packet
 * and for the tunnel that it came by.
 */
static void add_action(struct nlmsghdr *msg)
{
	struct nlattr *actions, *action, *options;
	struct tc_tunnel_key release = {
		.action = TC_ACT_PIPE,
		.t_action = TCA_TUNNEL_KEY_ACT_RELEASE,
	};

	actions = mnl_attr_nest_start(msg, TCA_U32_ACT);
	action = mnl_attr_nest_start(msg, 1);
	mnl_attr_put_strz(msg, TCA_ACT_KIND, "tunnel_key");
	options = mnl_attr_nest_start(msg, TCA_ACT_OPTIONS);
	mnl_attr_put(msg, TCA_TUNNEL_KEY_PARMS, sizeof(release), &release);
	mnl_attr_nest_end(msg, options);
	mnl_attr_nest_end(msg, action);
	mnl_attr_nest_end(msg, actions);
}

int fresh_release_up(u_int ifindex)
{
	struct bpf_tc_hook hook = {
		.sz = sizeof(hook),
		.ifindex = ifindex,
		.attach_point = BPF_TC_EGRESS,
	};
	char buf[FRESH_LINKS_REQUEST];
	struct nlmsghdr *msg;
	struct nlattr *options;
	int err;

	/* the crypto map has made it before there was traffic */
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
	{
		return -err;
	}
	fresh_links_request(begin(buf, RTM_DELTFILTER, 0, ifindex));
	msg = begin(buf, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	mnl_attr_put_strz(msg, TCA_KIND, "u32");
	options = mnl_attr_nest_start(msg, TCA_OPTIONS);
	add_match(msg);
	add_action(msg);
	mnl_attr_nest_end(msg, options);
	return fresh_links_request(msg);
}
