/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file inject.c
 * Packets no honest host would send.
 *
 * inject udp SRC DST PORT COUNT
 * inject esp SRC DST SPI COUNT
 *   Plaintext UDP, or ESP with a given SPI and random content, from any source
 *   address; the kernel routes them.
 * inject replay IFACE COUNT [SRC [DST]]
 *   Wait for the next unfragmented ESP packet that leaves or enters IFACE (an
 *   Ethernet), print "captured" and its addresses, and send it COUNT times on
 *   IFACE in the direction it was seen leaving, with other addresses if given.
 * inject again IFACE FILE COUNT
 *   Send each frame of a capture, as tcpdump writes them, COUNT times on IFACE,
 *   20 ms after each other; prints how many frames it has sent.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/** Seconds to wait for a packet to replay */
#define REPLAY_WAIT 10

/** Payload octets of a crafted packet */
#define PAYLOAD 100

/** Octets of a capture file's header, and of each packet's in it */
#define PCAP_HEADER 24
#define PCAP_PACKET 16

/** Microseconds between frames of a capture */
#define AGAIN_PAUSE 20000

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/**
 * Add octets to a one's complement sum.
 */
static uint32_t sum(uint32_t start, const void *data, size_t len)
{
	const uint8_t *pos = data;

	for (; len > 1; len -= 2, pos += 2)
	{
		start += pos[0] << 8 | pos[1];
	}
	return len ? start + (pos[0] << 8) : start;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
	{
		value = (value & 0xffff) + (value >> 16);
	}
	return htons(~value);
}

/**
 * Write an IPv4 header in front of a payload of the given length.
 */
static size_t write_ip4(uint8_t *buf, const char *src, const char *dst,
						uint8_t proto, size_t len)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = proto,
		.tot_len = htons(sizeof(ip) + len),
	};

	inet_pton(AF_INET, src, &ip.saddr);
	inet_pton(AF_INET, dst, &ip.daddr);
	ip.check = fold(sum(0, &ip, sizeof(ip)));
	memcpy(buf, &ip, sizeof(ip));
	return sizeof(ip);
}

/**
 * Write an IPv6 header in front of a payload of the given length.
 */
static size_t write_ip6(uint8_t *buf, const char *src, const char *dst,
						uint8_t proto, size_t len)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6 << 28), .ip6_plen = htons(len),
		.ip6_nxt = proto, .ip6_hlim = 64,
	};

	inet_pton(AF_INET6, src, &ip.ip6_src);
	inet_pton(AF_INET6, dst, &ip.ip6_dst);
	memcpy(buf, &ip, sizeof(ip));
	return sizeof(ip);
}

/**
 * Write a UDP header with a checksum that holds for both families.
 */
static void write_udp(uint8_t *l4, const uint8_t *addrs, size_t addrs_len,
					  uint16_t port)
{
	uint16_t len = sizeof(struct udphdr) + PAYLOAD;
	struct udphdr udp = {
		.source = htons(port), .dest = htons(port), .len = htons(len),
	};

	memcpy(l4, &udp, sizeof(udp));
	udp.check = fold(sum(sum(IPPROTO_UDP + len, addrs, addrs_len), l4, len));
	memcpy(l4, &udp, sizeof(udp));
}

/**
 * Write an ESP header, random content follows.
 */
static void write_esp(uint8_t *l4, uint32_t spi)
{
	uint32_t header[2] = { htonl(spi), htonl(1) };

	memcpy(l4, header, sizeof(header));
}

/**
 * Craft a packet into buf, returns its length.
 */
static size_t craft(uint8_t *buf, bool esp, const char *src, const char *dst,
					uint32_t value)
{
	bool v6 = strchr(dst, ':');
	size_t head, len = PAYLOAD + sizeof(struct udphdr), i;
	uint8_t proto = esp ? IPPROTO_ESP : IPPROTO_UDP;

	head = v6 ? write_ip6(buf, src, dst, proto, len)
			  : write_ip4(buf, src, dst, proto, len);
	if (esp)
	{
		if (getrandom(buf + head, len, 0) != (ssize_t)len)
		{
			die("getrandom");
		}
		write_esp(buf + head, value);
		return head + len;
	}
	/* what the traffic tool's receiver takes for a good packet 0 */
	for (i = 0; i < PAYLOAD; i++)
	{
		buf[head + sizeof(struct udphdr) + i] = i < 4 ? 0 : i;
	}
	write_udp(buf + head, buf + (v6 ? 8 : 12), v6 ? 32 : 8, value);
	return head + len;
}

/**
 * Send a raw packet COUNT times.
 */
static int run_craft(bool esp, char *argv[])
{
	uint8_t buf[512];
	const char *dst = argv[1];
	bool v6 = strchr(dst, ':');
	size_t len = craft(buf, esp, argv[0], dst, strtoul(argv[2], NULL, 0));
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	int fd, count = atoi(argv[3]), failed;

	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
	{
		die("socket");
	}
	inet_pton(AF_INET, dst, &to4.sin_addr);
	inet_pton(AF_INET6, dst, &to6.sin6_addr);
	while (count-- > 0)
	{
		failed = v6 ? sendto(fd, buf, len, 0, (void*)&to6, sizeof(to6)) < 0
					: sendto(fd, buf, len, 0, (void*)&to4, sizeof(to4)) < 0;
		if (failed)
		{
			die("sendto");
		}
	}
	return 0;
}

/**
 * Offset of a frame's ESP header, 0 if it isn't a whole ESP packet.
 */
static size_t find_esp(const uint8_t *frame, ssize_t len)
{
	const struct ether_header *eth = (const void*)frame;
	struct iphdr ip4;
	struct ip6_hdr ip6;

	if (len >= ETH_HLEN + 40 && eth->ether_type == htons(ETHERTYPE_IP))
	{
		memcpy(&ip4, frame + ETH_HLEN, sizeof(ip4));
		return ip4.protocol == IPPROTO_ESP &&
			   !(ip4.frag_off & htons(IP_MF | IP_OFFMASK))
					? ETH_HLEN + ip4.ihl * 4 : 0;
	}
	if (len >= ETH_HLEN + 60 && eth->ether_type == htons(ETHERTYPE_IPV6))
	{
		memcpy(&ip6, frame + ETH_HLEN, sizeof(ip6));
		return ip6.ip6_nxt == IPPROTO_ESP ? ETH_HLEN + sizeof(ip6) : 0;
	}
	return 0;
}

/**
 * Wait for an ESP frame, returns its length.
 */
static ssize_t capture(int fd, uint8_t *frame, size_t size)
{
	struct timeval wait = { .tv_sec = REPLAY_WAIT };
	ssize_t len;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	do
	{
		len = recv(fd, frame, size, 0);
		if (len < 0)
		{
			die("waiting for ESP");
		}
	}
	while (!find_esp(frame, len));
	return len;
}

/**
 * Replace source and, if given, destination of a frame's IP header.
 */
static void readdress(uint8_t *frame, const char *src, const char *dst)
{
	uint8_t *ip = frame + ETH_HLEN;
	uint16_t check = 0;

	if (ip[0] >> 4 == 6)
	{
		inet_pton(AF_INET6, src, ip + 8);
		if (dst)
		{
			inet_pton(AF_INET6, dst, ip + 24);
		}
		return;
	}
	inet_pton(AF_INET, src, ip + 12);
	if (dst)
	{
		inet_pton(AF_INET, dst, ip + 16);
	}
	memcpy(ip + 10, &check, 2);
	check = fold(sum(0, ip, (ip[0] & 0x0f) * 4));
	memcpy(ip + 10, &check, 2);
}

static int run_replay(int argc, char *argv[])
{
	uint8_t frame[2048];
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(argv[0]),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int count = atoi(argv[1]);
	ssize_t len;

	if (fd < 0 || bind(fd, (void*)&addr, sizeof(addr)))
	{
		die(argv[0]);
	}
	printf("listening\n");
	fflush(stdout);
	len = capture(fd, frame, sizeof(frame));
	printf("captured\n");
	fflush(stdout);
	if (argc > 2)
	{
		readdress(frame, argv[2], argc > 3 ? argv[3] : NULL);
	}
	while (count-- > 0)
	{
		if (send(fd, frame, len, 0) != len)
		{
			die("send");
		}
	}
	return 0;
}

/**
 * Read the next frame of a capture, returns its length, 0 at the end.
 */
static size_t read_frame(FILE *file, uint8_t *frame, size_t size)
{
	uint32_t header[PCAP_PACKET / sizeof(uint32_t)];

	/* header: time (2 words), octets in the file, octets on the wire */
	if (fread(header, sizeof(header), 1, file) != 1 || header[2] > size ||
		header[2] != header[3] || fread(frame, header[2], 1, file) != 1)
	{
		return 0;
	}
	return header[2];
}

static int run_again(char *argv[])
{
	uint8_t frame[2048];
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(argv[0]),
	};
	FILE *file = fopen(argv[1], "rb");
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), i, sent = 0;
	size_t len;

	if (!file || fseek(file, PCAP_HEADER, SEEK_SET))
	{
		die(argv[1]);
	}
	if (fd < 0 || bind(fd, (void*)&addr, sizeof(addr)))
	{
		die(argv[0]);
	}
	while ((len = read_frame(file, frame, sizeof(frame))))
	{
		for (i = 0; i < atoi(argv[2]); i++, sent++)
		{
			if (send(fd, frame, len, 0) != (ssize_t)len)
			{
				die("send");
			}
			usleep(AGAIN_PAUSE);
		}
	}
	fclose(file);
	printf("sent=%d\n", sent);
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc == 5 && !strcmp(argv[1], "again"))
	{
		return run_again(argv + 2);
	}
	if (argc == 6 && (!strcmp(argv[1], "udp") || !strcmp(argv[1], "esp")))
	{
		return run_craft(!strcmp(argv[1], "esp"), argv + 2);
	}
	if (argc >= 4 && argc <= 6 && !strcmp(argv[1], "replay"))
	{
		return run_replay(argc - 2, argv + 2);
	}
	fprintf(stderr, "usage: inject udp|esp SRC DST PORT|SPI COUNT\n"
			"       inject replay IFACE COUNT [SRC [DST]]\n"
			"       inject again IFACE FILE COUNT\n");
	return 2;
}
