/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "classifier_packets.h"

#include <arpa/inet.h>

/** state of the generator (xorshift) */
static uint64_t state = 1;

/** protocols that lists and packets have */
static const uint8_t protocols[] = { 6, 17, 1, 58, 50, 132, 47, 2, 89, 51 };

/** networks that addresses are from */
static const char *nets4[] = { "10.0.0.0", "10.1.0.0", "10.1.1.0",
							   "192.168.255.0", "224.0.0.0", "255.255.255.0" };
static const char *nets6[] = { "fd00::", "fd00:1::", "fd00:1:0:1::",
							   "2001:db8:ffff:ffff::", "ff02::", "::" };

void packets_seed(uint64_t seed)
{
	state = seed ?: 1;
}

uint32_t packets_random(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

/** TRUE one time out of so many */
static bool once_in(uint32_t times)
{
	return !packets_random(times);
}

/**
 * Set or clear the bits of an address from one on.
 */
static void fill(uint8_t *addr, u_int from, u_int bits, bool set)
{
	for (; from < bits; from++)
	{
		if (set)
		{
			addr[from / 8] |= 0x80 >> from % 8;
		}
		else
		{
			addr[from / 8] &= ~(0x80 >> from % 8);
		}
	}
}

/**
 * Go to the next address or the one before.
 */
static void step(uint8_t *addr, u_int octets, bool up)
{
	while (octets--)
	{
		addr[octets] += up ? 1 : -1;
		if (addr[octets] != (up ? 0 : 0xff))
		{
			break;
		}
	}
}

/**
 * Make an address of one of the networks.
 */
static void make_address(int family, uint8_t *addr)
{
	memset(addr, 0, 16);
	if (family == AF_INET)
	{
		inet_pton(family, nets4[packets_random(countof(nets4))], addr);
		addr[3] = once_in(4) ? packets_random(256) : packets_random(4);
	}
	else
	{
		inet_pton(family, nets6[packets_random(countof(nets6))], addr);
		addr[15] = once_in(4) ? packets_random(256) : packets_random(4);
	}
}

static u_int bits_of(int family)
{
	return family == AF_INET ? 32 : 128;
}

/**
 * Make one side of a line.
 */
static void make_side(int family, bool ports, group_ace_side_t *side)
{
	static const u_int typical[] = { 0, 8, 16, 24, 25, 30, 31, 32 };
	u_int bits = bits_of(family);

	side->port_hi = UINT16_MAX;
	if (ports && !once_in(3))
	{
		side->port_lo = once_in(3) ? packets_random(65536)
								   : packets_random(3) + 1;
		side->port_hi = side->port_lo;
	}
	if (family != AF_UNSPEC)
	{
		side->prefix = once_in(3) ? packets_random(bits + 1)
								  : typical[packets_random(8)] * bits / 32;
		make_address(family, side->addr);
		fill(side->addr, side->prefix, bits, FALSE);
	}
}

void packets_make_list(crypto_map_line_t *lines, u_int count)
{
	group_ace_t *ace;
	bool ports = once_in(2);
	u_int i;

	memset(lines, 0, count * sizeof(*lines));
	for (i = 0; i < count; i++)
	{
		ace = &lines[i].ace;
		ace->action = once_in(2) ? GROUP_ACE_DENY : GROUP_ACE_PERMIT;
		ace->family = once_in(2) ? AF_INET : AF_INET6;
		ace->protocol = once_in(3) ? 0
								   : protocols[packets_random(
												countof(protocols))];
		if (once_in(12))
		{
			ace->family = AF_UNSPEC;
		}
		make_side(ace->family, ports && (ace->protocol == 6 ||
										 ace->protocol == 17), &ace->src);
		make_side(ace->family, ports && (ace->protocol == 6 ||
										 ace->protocol == 17), &ace->dst);
		lines[i].sa = once_in(8) ? CRYPTO_MAP_DROP
								 : packets_random(CRYPTO_MAP_SAS);
	}
}

/**
 * Take an address that a side of a line selects, or one right beside them.
 */
static void near_side(const group_ace_side_t *side, int family, uint8_t *addr)
{
	u_int bits = bits_of(family);

	if (!side->prefix)
	{
		make_address(family, addr);
		return;
	}
	memcpy(addr, side->addr, 16);
	switch (packets_random(5))
	{
		case 0:
			fill(addr, side->prefix, bits, TRUE);
			break;
		case 1:
			fill(addr, side->prefix, bits, TRUE);
			step(addr, bits / 8, TRUE);
			break;
		case 2:
			step(addr, bits / 8, FALSE);
			break;
		default:
			break;
	}
}

/**
 * Take a port of a side, or one right beside it.
 */
static uint16_t near_port(const group_ace_side_t *side)
{
	switch (packets_random(5))
	{
		case 0:
			return side->port_lo - 1;
		case 1:
			return side->port_hi + 1;
		case 2:
			return once_in(2) ? 848 : packets_random(4);
		default:
			return side->port_lo;
	}
}

/** a packet that is being made */
typedef struct {
	int family;
	uint8_t protocol;
	uint8_t src[16];
	uint8_t dst[16];
	uint16_t sport;
	uint16_t dport;
	uint32_t spi;
} draft_t;

/**
 * Write what is behind the IP headers.
 */
static size_t write_payload(const draft_t *draft, uint8_t *pos)
{
	uint16_t ports[] = { htons(draft->sport), htons(draft->dport) };

	memset(pos, packets_random(256), 32);
	if (draft->protocol == 50)
	{
		memcpy(pos, &draft->spi, sizeof(draft->spi));
	}
	else if (draft->protocol == 58 || draft->protocol == 1)
	{
		pos[0] = once_in(2) ? 128 : 128 + packets_random(16);
	}
	else
	{
		memcpy(pos, ports, sizeof(ports));
	}
	return 32;
}

static void write_ttl(uint8_t *ttl)
{
	static const uint8_t some[] = { 0, 1, 2, 64, 254, 255 };

	*ttl = some[packets_random(countof(some))];
}

/**
 * Write an IPv4 header, now and then with options or of a fragment.
 */
static size_t write4(const draft_t *draft, uint8_t *ip)
{
	u_int words = once_in(6) ? 5 + packets_random(11) : 5;

	memset(ip, 1, words * 4);
	ip[0] = 0x40 | words;
	ip[6] = once_in(3) ? 0x40 : 0;
	ip[7] = 0;
	if (once_in(6))
	{
		ip[6] = once_in(2) ? 0x20 : packets_random(32);
		ip[7] = once_in(2) ? 0 : once_in(2) ? 1 : packets_random(256);
	}
	write_ttl(&ip[8]);
	ip[9] = draft->protocol;
	memcpy(ip + 12, draft->src, 4);
	memcpy(ip + 16, draft->dst, 4);
	if (once_in(60))
	{
		ip[0] = packets_random(256);
	}
	return words * 4;
}

/**
 * Write an extension header.
 *
 * @return			octets
 */
static size_t write_extension(uint8_t kind, uint8_t *ext)
{
	u_int units = 0;

	memset(ext, 0, 16);
	if (kind == 44)
	{
		ext[3] = once_in(2) ? 0 : once_in(2) ? 8 : packets_random(256);
		ext[2] = once_in(3) ? packets_random(256) : 0;
	}
	else
	{
		units = packets_random(2);
		ext[1] = units;
	}
	return 8 + units * 8;
}

/**
 * Write an IPv6 header, now and then with others behind it.
 */
static size_t write6(const draft_t *draft, uint8_t *ip)
{
	static const uint8_t kinds[] = { 0, 43, 44, 60 };
	uint8_t *next = ip + 6, kind;
	size_t len = 40;
	u_int count;

	memset(ip, 0, 40);
	ip[0] = once_in(60) ? packets_random(256) : 0x60;
	ip[5] = 32;
	write_ttl(&ip[7]);
	memcpy(ip + 8, draft->src, 16);
	memcpy(ip + 24, draft->dst, 16);
	count = once_in(4) ? packets_random(3) : 0;
	if (once_in(30))
	{
		count = 5 + packets_random(4);
	}
	while (count--)
	{
		kind = kinds[packets_random(countof(kinds))];
		*next = kind;
		next = ip + len;
		len += write_extension(kind, next);
	}
	*next = draft->protocol;
	return len;
}

/**
 * Write a packet.
 */
static size_t write_packet(const draft_t *draft, uint8_t *frame)
{
	uint16_t type = htons(draft->family == AF_INET ? 0x0800 : 0x86dd);
	size_t len = 14;

	memset(frame, 0, len);
	memcpy(frame + 12, &type, sizeof(type));
	len += draft->family == AF_INET ? write4(draft, frame + len)
									: write6(draft, frame + len);
	return len + write_payload(draft, frame + len);
}

static void swap_sides(draft_t *draft)
{
	uint16_t port = draft->sport;
	uint8_t addr[16];

	draft->sport = draft->dport;
	draft->dport = port;
	memcpy(addr, draft->src, sizeof(addr));
	memcpy(draft->src, draft->dst, sizeof(addr));
	memcpy(draft->dst, addr, sizeof(addr));
}

size_t packets_make(const crypto_map_line_t *lines, u_int count,
					bool mirrored, uint32_t spi, uint8_t *frame)
{
	static const uint16_t others[] = { 0x8100, 0x88a8, 0x0806, 0x88cc };
	crypto_map_line_t stray;
	const group_ace_t *ace;
	draft_t draft = { .spi = spi };
	uint16_t type;
	size_t len;

	if (!count || once_in(8))
	{
		packets_make_list(&stray, 1);
		ace = &stray.ace;
	}
	else
	{
		ace = &lines[packets_random(count)].ace;
	}
	draft.family = ace->family ?: once_in(2) ? AF_INET : AF_INET6;
	draft.protocol = ace->protocol && !once_in(6)
				? ace->protocol : protocols[packets_random(countof(protocols))];
	near_side(&ace->src, draft.family, draft.src);
	near_side(&ace->dst, draft.family, draft.dst);
	draft.sport = near_port(&ace->src);
	draft.dport = near_port(&ace->dst);
	if (mirrored)
	{
		swap_sides(&draft);
	}
	len = write_packet(&draft, frame);
	if (once_in(100))
	{
		type = htons(others[packets_random(countof(others))]);
		memcpy(frame + 12, &type, sizeof(type));
	}
	return once_in(12) ? 15 + packets_random(len - 14) : len;
}

size_t packets_udp(const char *src, const char *dst, uint16_t sport,
				   uint16_t dport, uint8_t *frame)
{
	draft_t draft = {
		.family = strchr(src, ':') ? AF_INET6 : AF_INET,
		.protocol = 17,
		.sport = sport,
		.dport = dport,
	};
	size_t len = draft.family == AF_INET ? 14 + 20 : 14 + 40;

	inet_pton(draft.family, src, draft.src);
	inet_pton(draft.family, dst, draft.dst);
	memset(frame, 0, PACKETS_FRAME);
	frame[12] = draft.family == AF_INET ? 0x08 : 0x86;
	frame[13] = draft.family == AF_INET ? 0x00 : 0xdd;
	if (draft.family == AF_INET)
	{
		frame[14] = 0x45;
		frame[14 + 8] = 64;
		frame[14 + 9] = draft.protocol;
		memcpy(frame + 14 + 12, draft.src, 4);
		memcpy(frame + 14 + 16, draft.dst, 4);
	}
	else
	{
		frame[14] = 0x60;
		frame[14 + 6] = draft.protocol;
		frame[14 + 7] = 64;
		memcpy(frame + 14 + 8, draft.src, 16);
		memcpy(frame + 14 + 24, draft.dst, 16);
	}
	return len + write_payload(&draft, frame + len);
}
