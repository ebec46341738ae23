/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_icmp.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <unistd.h>

/**
 * Internet checksum of some octets.
 */
static uint16_t checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
	{
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	}
	while (sum >> 16)
	{
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return htons(~sum);
}

/**
 * Would an answer go to an error message (RFC 1122, 3.2.2)?
 */
static bool is_error4(const struct ip *ip, const uint8_t *data, size_t len)
{
	size_t hlen = ip->ip_hl * 4;

	if (ip->ip_p != IPPROTO_ICMP)
	{
		return FALSE;
	}
	return hlen >= len || (data[hlen] != ICMP_ECHO &&
						   data[hlen] != ICMP_ECHOREPLY);
}

/**
 * Build the message for IPv4.
 */
static size_t build4(const struct cm_event *event, uint8_t *buf)
{
	struct icmphdr icmp = {
		.type = ICMP_DEST_UNREACH,
		.code = ICMP_FRAG_NEEDED,
	};
	struct ip ip;
	uint32_t src;

	if (event->len < sizeof(ip) || event->mtu > 0xffff)
	{
		return 0;
	}
	memcpy(&ip, event->data, sizeof(ip));
	src = ntohl(ip.ip_src.s_addr);
	if ((ntohs(ip.ip_off) & IP_OFFMASK) || !src || src >= 0xe0000000 ||
		IN_MULTICAST(ntohl(ip.ip_dst.s_addr)) ||
		is_error4(&ip, event->data, event->len))
	{
		return 0;
	}
	icmp.un.frag.mtu = htons(event->mtu);
	memcpy(buf, &icmp, sizeof(icmp));
	memcpy(buf + sizeof(icmp), event->data, event->len);
	icmp.checksum = checksum(buf, sizeof(icmp) + event->len);
	memcpy(buf, &icmp, sizeof(icmp));
	return sizeof(icmp) + event->len;
}

/**
 * Build the message for IPv6, where also multicast packets get answers (RFC
 * 4443, 2.4).
 */
static size_t build6(const struct cm_event *event, uint8_t *buf)
{
	struct icmp6_hdr icmp = {
		.icmp6_type = ICMP6_PACKET_TOO_BIG,
		.icmp6_mtu = htonl(event->mtu),
	};
	struct ip6_hdr ip;

	if (event->len < sizeof(ip))
	{
		return 0;
	}
	memcpy(&ip, event->data, sizeof(ip));
	if (IN6_IS_ADDR_MULTICAST(&ip.ip6_src) ||
		IN6_IS_ADDR_UNSPECIFIED(&ip.ip6_src))
	{
		return 0;
	}
	if (ip.ip6_nxt == IPPROTO_ICMPV6 && (event->len <= sizeof(ip) ||
		event->data[sizeof(ip)] < ICMP6_ECHO_REQUEST))
	{
		return 0;
	}
	memcpy(buf, &icmp, sizeof(icmp));
	memcpy(buf + sizeof(icmp), event->data, event->len);
	return sizeof(icmp) + event->len;
}

size_t cm_icmp_build(const struct cm_event *event, uint8_t *buf)
{
	if (!event->len || event->len > CM_EVENT_DATA)
	{
		return 0;
	}
	switch (event->data[0] >> 4)
	{
		case 4:
			return build4(event, buf);
		case 6:
			return build6(event, buf);
		default:
			return 0;
	}
}

/**
 * Send a message to the source of an IP packet.
 */
static bool send_to_source(const uint8_t *packet, const uint8_t *buf,
						   size_t len, u_int vrf)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	bool v6 = packet[0] >> 4 == 6;
	struct sockaddr *to;
	socklen_t to_len;
	ssize_t sent;
	int fd;

	memcpy(&sin.sin_addr, packet + offsetof(struct ip, ip_src), 4);
	if (v6)
	{
		memcpy(&sin6.sin6_addr, packet + offsetof(struct ip6_hdr, ip6_src),
			   16);
	}
	to = v6 ? (struct sockaddr*)&sin6 : (struct sockaddr*)&sin;
	to_len = v6 ? sizeof(sin6) : sizeof(sin);
	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
				v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0)
	{
		DBG1(DBG_NET, "opening a raw socket failed: %s", strerror(errno));
		return FALSE;
	}
	if (vrf && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &vrf,
						  sizeof(vrf)) != 0)
	{
		DBG1(DBG_NET, "binding a raw socket to a VRF failed: %s",
			 strerror(errno));
	}
	sent = sendto(fd, buf, len, MSG_DONTWAIT, to, to_len);
	close(fd);
	return sent == (ssize_t)len;
}

bool cm_icmp_allow(cm_icmp_limit_t *limit, time_t now)
{
	if (limit->second != now)
	{
		limit->second = now;
		limit->count = 0;
	}
	return limit->count++ < CM_ICMP_RATE;
}

bool cm_icmp_answer(const struct cm_event *event, cm_icmp_limit_t *limit,
					u_int vrf)
{
	uint8_t buf[CM_ICMP_LEN];
	size_t len;

	len = cm_icmp_build(event, buf);
	return len && cm_icmp_allow(limit, time_monotonic(NULL)) &&
		   send_to_source(event->data, buf, len, vrf);
}
