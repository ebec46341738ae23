/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>

#include <libmnl/libmnl.h>

/** buffer for a request */
#define REQUEST_LEN 1024

/** IN6_ADDR_GEN_MODE_NONE, keeps an interface from speaking by itself */
#define ADDR_GEN_MODE_NONE 1

/** priority of our policies: behind everybody else's */
#define POLICY_PRIORITY 0x7fffffff

/** the bit that tells the two halves of all marks */
#define MARK_HALF 0x80000000u

/** link layer address of anchors; replaced before anybody sees it */
static const uint8_t anchor_mac[6] = { 0x02, 0x00, 0x00, 0x00, 0x00, 0x01 };

/**
 * Length of an address in bits.
 */
static uint8_t address_bits(host_t *host)
{
	return host->get_address(host).len * 8;
}

/**
 * Begin a request.
 */
static struct nlmsghdr *begin(char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *msg;

	memset(buf, 0, REQUEST_LEN);
	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->nlmsg_seq = 1;
	return msg;
}

/**
 * Send a request and wait for the answer.
 *
 * @param bus		NETLINK_ROUTE or NETLINK_XFRM
 * @param cb		gets the answer's message if it isn't an error, or NULL
 * @return			0 or an errno
 */
static int transact(int bus, struct nlmsghdr *msg, mnl_cb_t cb, void *data)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct mnl_socket *sock;
	int len, res = MNL_CB_ERROR;

	sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
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
	len = errno;
	mnl_socket_close(sock);
	return res == MNL_CB_ERROR ? len : 0;
}

/**
 * Send a request; having or lacking the object before is no error.
 */
static bool request(int bus, struct nlmsghdr *msg, bool add, const char *what)
{
	int err;

	err = transact(bus, msg, NULL, NULL);
	if (!err || (add && err == EEXIST))
	{
		return TRUE;
	}
	if (!add && (err == ENOENT || err == ESRCH || err == ENODEV ||
				 err == EADDRNOTAVAIL))
	{
		return TRUE;
	}
	DBG1(DBG_KNL, "%s %s failed: %s", add ? "adding" : "removing", what,
		 strerror(err));
	return FALSE;
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

u_int cm_netlink_get_index(const char *name)
{
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN];
	u_int ifindex = 0;

	msg = begin(buf, RTM_GETLINK, 0);
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	transact(NETLINK_ROUTE, msg, get_index_cb, &ifindex);
	return ifindex;
}

/** what is asked about a link */
typedef struct {
	u_int master;
	bool is_vrf;
} link_t;

/**
 * Check if the kind of a link is "vrf".
 */
static bool is_vrf(const struct nlattr *info)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
			mnl_attr_validate(attr, MNL_TYPE_STRING) >= 0)
		{
			return mnl_attr_get_payload_len(attr) >= 3 &&
				   strncmp(mnl_attr_get_str(attr), "vrf",
						   mnl_attr_get_payload_len(attr)) == 0;
		}
	}
	return FALSE;
}

/**
 * Take master and kind of a link out of the answer.
 */
static int get_link_cb(const struct nlmsghdr *msg, void *data)
{
	struct nlattr *attr;
	link_t *link = data;

	mnl_attr_for_each(attr, msg, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_MASTER &&
			mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		{
			link->master = mnl_attr_get_u32(attr);
		}
		else if (mnl_attr_get_type(attr) == IFLA_LINKINFO &&
				 mnl_attr_validate(attr, MNL_TYPE_NESTED) >= 0)
		{
			link->is_vrf = is_vrf(attr);
		}
	}
	return MNL_CB_OK;
}

/**
 * Ask about a link.
 */
static link_t get_link(u_int ifindex)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN];
	link_t link = {};

	msg = begin(buf, RTM_GETLINK, 0);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_index = ifindex;
	transact(NETLINK_ROUTE, msg, get_link_cb, &link);
	return link;
}

u_int cm_netlink_get_vrf(u_int ifindex)
{
	u_int master = get_link(ifindex).master;

	return master && get_link(master).is_vrf ? master : 0;
}

/**
 * Keep an interface from making itself an IPv6 address and talking about it.
 * It doesn't matter where there is no IPv6.
 */
static void set_quiet(u_int ifindex)
{
	struct nlattr *spec, *inet6;
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];

	msg = begin(buf, RTM_NEWLINK, 0);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_index = ifindex;
	spec = mnl_attr_nest_start(msg, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(msg, AF_INET6);
	mnl_attr_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(msg, inet6);
	mnl_attr_nest_end(msg, spec);
	transact(NETLINK_ROUTE, msg, NULL, NULL);
}

/**
 * Set alias and state of an interface.
 */
static bool set_link(u_int ifindex, const char *alias)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];

	msg = begin(buf, RTM_NEWLINK, 0);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_index = ifindex;
	info->ifi_flags = info->ifi_change = IFF_UP;
	mnl_attr_put_str(msg, IFLA_IFALIAS, alias);
	return request(NETLINK_ROUTE, msg, TRUE, "an XFRM interface");
}

u_int cm_netlink_add_xfrm(const char *name, uint32_t if_id, const char *alias)
{
	struct nlattr *link, *data;
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN];
	u_int ifindex;

	msg = begin(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	link = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_str(msg, IFLA_INFO_KIND, "xfrm");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	mnl_attr_put_u32(msg, IFLA_XFRM_IF_ID, if_id);
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, link);
	if (!request(NETLINK_ROUTE, msg, TRUE, "an XFRM interface"))
	{
		return 0;
	}
	ifindex = cm_netlink_get_index(name);
	set_quiet(ifindex);
	return ifindex && set_link(ifindex, alias) ? ifindex : 0;
}

/**
 * Take the alias out of the answer.
 */
static int get_alias_cb(const struct nlmsghdr *msg, void *data)
{
	struct nlattr *attr;
	char **alias = data;

	mnl_attr_for_each(attr, msg, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFALIAS &&
			mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		{
			free(*alias);
			*alias = strdup(mnl_attr_get_str(attr));
		}
	}
	return MNL_CB_OK;
}

char *cm_netlink_get_alias(const char *name)
{
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN], *alias = NULL;

	msg = begin(buf, RTM_GETLINK, 0);
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_str(msg, IFLA_IFNAME, name);
	transact(NETLINK_ROUTE, msg, get_alias_cb, &alias);
	return alias;
}

bool cm_netlink_del_link(const char *name)
{
	struct nlmsghdr *msg;
	struct ifinfomsg *info;
	char buf[REQUEST_LEN];
	u_int ifindex = cm_netlink_get_index(name);

	if (!ifindex)
	{
		return TRUE;
	}
	msg = begin(buf, RTM_DELLINK, 0);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->ifi_index = ifindex;
	return request(NETLINK_ROUTE, msg, FALSE, "an XFRM interface");
}

bool cm_netlink_address(bool add, u_int ifindex, host_t *anchor)
{
	struct ifa_cacheinfo life = {
		.ifa_prefered = 0,
		.ifa_valid = 0xffffffff,
	};
	struct nlmsghdr *msg;
	struct ifaddrmsg *ifa;
	chunk_t addr = anchor->get_address(anchor);
	char buf[REQUEST_LEN];

	msg = begin(buf, add ? RTM_NEWADDR : RTM_DELADDR,
				add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	ifa = mnl_nlmsg_put_extra_header(msg, sizeof(*ifa));
	ifa->ifa_family = anchor->get_family(anchor);
	ifa->ifa_prefixlen = address_bits(anchor);
	ifa->ifa_scope = RT_SCOPE_HOST;
	ifa->ifa_index = ifindex;
	mnl_attr_put(msg, IFA_LOCAL, addr.len, addr.ptr);
	mnl_attr_put(msg, IFA_ADDRESS, addr.len, addr.ptr);
	if (add && ifa->ifa_family == AF_INET6)
	{
		ifa->ifa_flags = IFA_F_NODAD;
		mnl_attr_put(msg, IFA_CACHEINFO, sizeof(life), &life);
	}
	return request(NETLINK_ROUTE, msg, add, "an anchor");
}

/**
 * Add or remove the neighbour behind an anchor.
 */
static bool neighbour(bool add, u_int ifindex, host_t *anchor)
{
	struct nlmsghdr *msg;
	struct ndmsg *nd;
	chunk_t addr = anchor->get_address(anchor);
	char buf[REQUEST_LEN];

	msg = begin(buf, add ? RTM_NEWNEIGH : RTM_DELNEIGH,
				add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
	nd->ndm_family = anchor->get_family(anchor);
	nd->ndm_ifindex = ifindex;
	nd->ndm_state = NUD_PERMANENT;
	mnl_attr_put(msg, NDA_DST, addr.len, addr.ptr);
	if (add)
	{
		mnl_attr_put(msg, NDA_LLADDR, sizeof(anchor_mac), anchor_mac);
	}
	return request(NETLINK_ROUTE, msg, add, "a neighbour for an anchor");
}

/**
 * Add or remove the route to an anchor.
 */
static bool route(bool add, u_int ifindex, host_t *anchor)
{
	struct nlmsghdr *msg;
	struct rtmsg *rt;
	chunk_t addr = anchor->get_address(anchor);
	char buf[REQUEST_LEN];

	msg = begin(buf, add ? RTM_NEWROUTE : RTM_DELROUTE,
				add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	rt = mnl_nlmsg_put_extra_header(msg, sizeof(*rt));
	rt->rtm_family = anchor->get_family(anchor);
	rt->rtm_dst_len = address_bits(anchor);
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = CM_RTPROT;
	rt->rtm_scope = rt->rtm_family == AF_INET ? RT_SCOPE_LINK
											  : RT_SCOPE_UNIVERSE;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put(msg, RTA_DST, addr.len, addr.ptr);
	mnl_attr_put_u32(msg, RTA_OIF, ifindex);
	return request(NETLINK_ROUTE, msg, add, "a route to an anchor");
}

bool cm_netlink_route(bool add, u_int ifindex, host_t *anchor)
{
	if (add)
	{
		return neighbour(TRUE, ifindex, anchor) &&
			   route(TRUE, ifindex, anchor);
	}
	/* remove what can be removed */
	return route(FALSE, ifindex, anchor) & neighbour(FALSE, ifindex, anchor);
}

/**
 * A mark that makes a policy ours: the two halves of all marks are not what
 * the any-to-any policy of an ordinary connection has, so neither replaces
 * the other.
 */
static struct xfrm_mark half_mark(bool upper)
{
	return (struct xfrm_mark){
		.v = upper ? MARK_HALF : 0,
		.m = MARK_HALF,
	};
}

/**
 * Remove a policy.
 */
static bool del_policy(int family, uint8_t dir, bool upper)
{
	struct xfrm_mark mark = half_mark(upper);
	struct xfrm_userpolicy_id *id;
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN];

	msg = begin(buf, XFRM_MSG_DELPOLICY, 0);
	id = mnl_nlmsg_put_extra_header(msg, sizeof(*id));
	id->dir = dir;
	id->sel.family = family;
	mnl_attr_put(msg, XFRMA_MARK, sizeof(mark), &mark);
	return request(NETLINK_XFRM, msg, FALSE, "a policy");
}

/**
 * Describe what packets may have come through.
 */
static struct xfrm_user_tmpl optional_tmpl(int family, uint8_t mode)
{
	return (struct xfrm_user_tmpl){
		.id.proto = IPPROTO_ESP,
		.family = family,
		.mode = mode,
		.reqid = CRYPTO_MAP_REQID,
		.optional = 1,
		.aalgos = ~0,
		.ealgos = ~0,
		.calgos = ~0,
	};
}

/**
 * Add a policy.
 */
static bool add_policy(int family, uint8_t dir, bool upper)
{
	struct xfrm_mark mark = half_mark(upper);
	struct xfrm_userpolicy_info *info;
	struct xfrm_user_tmpl tmpls[] = {
		optional_tmpl(family, XFRM_MODE_TUNNEL),
		optional_tmpl(family, XFRM_MODE_BEET),
	};
	struct nlmsghdr *msg;
	char buf[REQUEST_LEN];

	msg = begin(buf, XFRM_MSG_UPDPOLICY, 0);
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->sel.family = family;
	info->dir = dir;
	info->action = XFRM_POLICY_ALLOW;
	info->share = XFRM_SHARE_ANY;
	info->priority = POLICY_PRIORITY;
	info->lft.soft_byte_limit = info->lft.hard_byte_limit = XFRM_INF;
	info->lft.soft_packet_limit = info->lft.hard_packet_limit = XFRM_INF;
	mnl_attr_put(msg, XFRMA_MARK, sizeof(mark), &mark);
	mnl_attr_put(msg, XFRMA_TMPL, sizeof(tmpls), tmpls);
	return request(NETLINK_XFRM, msg, TRUE, "a policy");
}

bool cm_netlink_policies(bool add)
{
	uint8_t dirs[] = { XFRM_POLICY_IN, XFRM_POLICY_FWD };
	int family;
	bool good = TRUE;
	int i;

	/* families by directions by halves */
	for (i = 0; i < 8; i++)
	{
		family = i & 4 ? AF_INET6 : AF_INET;
		if (!add)
		{
			good &= del_policy(family, dirs[i >> 1 & 1], i & 1);
		}
		else if (!add_policy(family, dirs[i >> 1 & 1], i & 1))
		{
			return FALSE;
		}
	}
	return good;
}
