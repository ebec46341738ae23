/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for struct in6_pktinfo */
#include "gdoi_cmsg.h"

#include <netinet/in.h>

/*
 * Described in header
 */
host_t *gdoi_cmsg_get_destination(struct msghdr *msg, uint16_t port)
{
	struct cmsghdr *cmsg;
	chunk_t addr;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
	{
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO)
		{
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			addr = chunk_from_thing(info.ipi_addr);
			return host_create_from_chunk(AF_INET, addr, port);
		}
		if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO)
		{
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			addr = chunk_from_thing(info.ipi6_addr);
			return host_create_from_chunk(AF_INET6, addr, port);
		}
	}
	return NULL;
}

/**
 * Append a control message
 */
static void add(struct msghdr *msg, int level, int type, const void *data,
				size_t len)
{
	struct cmsghdr *cmsg;

	cmsg = (struct cmsghdr*)((char*)msg->msg_control + msg->msg_controllen);
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

/*
 * Described in header
 */
void gdoi_cmsg_add_source(struct msghdr *msg, host_t *src, u_int index)
{
	chunk_t addr = src->get_address(src);

	if (src->is_anyaddr(src) && !index)
	{
		return;
	}
	if (src->get_family(src) == AF_INET)
	{
		struct in_pktinfo info = {
			.ipi_ifindex = index,
		};

		memcpy(&info.ipi_spec_dst, addr.ptr, addr.len);
		add(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	else
	{
		struct in6_pktinfo info = {
			.ipi6_ifindex = index,
		};

		memcpy(&info.ipi6_addr, addr.ptr, addr.len);
		add(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

/*
 * Described in header
 */
void gdoi_cmsg_add_ttl(struct msghdr *msg, int family, uint8_t ttl)
{
	int value = ttl;

	if (value && family == AF_INET)
	{
		add(msg, IPPROTO_IP, IP_TTL, &value, sizeof(value));
	}
	else if (value)
	{
		add(msg, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value));
	}
}

/*
 * Described in header
 */
void gdoi_cmsg_add_dscp(struct msghdr *msg, int family, uint8_t dscp)
{
	int tos = dscp << 2;

	if (tos && family == AF_INET)
	{
		add(msg, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	}
	else if (tos)
	{
		add(msg, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	}
}
