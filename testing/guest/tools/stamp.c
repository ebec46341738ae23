/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file stamp.c
 * Sends a packet with any protocol and content, so that policies of a test can
 * encrypt it: headers of freshness as no honest member would write them.
 *
 * stamp SRC DST PROTOCOL COUNT HEX [CUT]
 *   From SRC, an address of this host, to DST: IP with PROTOCOL, the octets of
 *   HEX, and a UDP packet from SRC to DST, port 5000, with its IP header. Of
 *   what follows HEX there are CUT octets only, if given.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** Octets of UDP payload */
#define PAYLOAD 20

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/**
 * Read hexadecimal octets.
 */
static size_t read_hex(const char *hex, uint8_t *buf, size_t size)
{
	size_t len = 0;
	unsigned octet;

	while (len < size && sscanf(hex + 2 * len, "%2x", &octet) == 1)
	{
		buf[len++] = octet;
	}
	return len;
}

static uint16_t checksum(const uint8_t *pos, size_t len, uint32_t value)
{
	for (; len > 1; len -= 2, pos += 2)
	{
		value += pos[0] << 8 | pos[1];
	}
	while (value >> 16)
	{
		value = (value & 0xffff) + (value >> 16);
	}
	return htons(~value);
}

/**
 * Write a UDP packet of either family.
 */
static size_t write_inner(uint8_t *buf, int family, const char *src,
						  const char *dst)
{
	size_t len = sizeof(struct udphdr) + PAYLOAD, head, addrs;
	struct iphdr *ip = (void*)buf;
	struct ip6_hdr *ip6 = (void*)buf;
	struct udphdr *udp;

	memset(buf, 0, sizeof(*ip6) + len);
	head = family == AF_INET ? sizeof(*ip) : sizeof(*ip6);
	addrs = family == AF_INET ? 12 : 8;
	inet_pton(family, src, buf + addrs);
	inet_pton(family, dst, buf + addrs + (head - addrs) / 2);
	if (family == AF_INET)
	{
		ip->version = 4;
		ip->ihl = 5;
		ip->tot_len = htons(head + len);
		ip->ttl = 60;
		ip->protocol = IPPROTO_UDP;
		ip->check = checksum(buf, sizeof(*ip), 0);
	}
	else
	{
		ip6->ip6_vfc = 0x60;
		ip6->ip6_plen = htons(len);
		ip6->ip6_nxt = IPPROTO_UDP;
		ip6->ip6_hlim = 60;
	}
	udp = (void*)(buf + head);
	udp->source = udp->dest = htons(5000);
	udp->len = htons(len);
	udp->check = checksum(buf + addrs, head - addrs + len,
						  IPPROTO_UDP + len);
	return head + len;
}

int main(int argc, char *argv[])
{
	struct sockaddr_storage from = {}, to = {};
	struct sockaddr_in6 *from6 = (void*)&from, *to6 = (void*)&to;
	struct sockaddr_in *from4 = (void*)&from, *to4 = (void*)&to;
	int family, fd, count, res;
	uint8_t buf[256];
	size_t len, inner;

	if (argc != 6 && argc != 7)
	{
		fprintf(stderr, "usage: stamp SRC DST PROTOCOL COUNT HEX [CUT]\n");
		return 2;
	}
	family = strchr(argv[1], ':') ? AF_INET6 : AF_INET;
	from.ss_family = to.ss_family = family;
	if (inet_pton(family, argv[1], family == AF_INET
					? (void*)&from4->sin_addr : &from6->sin6_addr) != 1 ||
		inet_pton(family, argv[2], family == AF_INET
					? (void*)&to4->sin_addr : &to6->sin6_addr) != 1)
	{
		die("address");
	}
	len = read_hex(argv[5], buf, 64);
	inner = write_inner(buf + len, family, argv[1], argv[2]);
	if (argc == 7 && (size_t)atoi(argv[6]) < inner)
	{
		inner = atoi(argv[6]);
	}
	fd = socket(family, SOCK_RAW, atoi(argv[3]));
	if (fd < 0 || bind(fd, (void*)&from, sizeof(from)))
	{
		die("socket");
	}
	for (count = atoi(argv[4]); count > 0; count--)
	{
		res = sendto(fd, buf, len + inner, 0, (void*)&to,
					 family == AF_INET ? sizeof(*to4) : sizeof(*to6));
		if (res < 0)
		{
			die("sendto");
		}
	}
	return 0;
}
