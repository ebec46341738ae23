/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "freshness_packets.h"

#include "group/d3p_window.h"
#include "group/tbar_header.h"

#define MS 1000000ull

/** the two hosts */
#define SRC4 "10.1.2.3"
#define DST4 "10.9.8.7"
#define SRC6 "fd00:1::2"
#define DST6 "fd00:9::7"

/** state of the generator (xorshift) */
static uint64_t state = 1;

void fresh_seed(uint64_t seed)
{
	state = seed ?: 1;
}

uint32_t fresh_random(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

size_t fresh_ip_octets(int family)
{
	return family == AF_INET ? IP4_OCTETS : IP6_OCTETS;
}

/**
 * Checksum of an IPv4 header.
 */
static void sum4(uint8_t *ip)
{
	uint32_t sum = 0;
	int i;

	ip[10] = ip[11] = 0;
	for (i = 0; i < IP4_OCTETS; i += 2)
	{
		sum += untoh16(ip + i);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	htoun16(ip + 10, (uint16_t)~(sum + (sum >> 16)));
}

/**
 * Write an IP header, checksum included.
 */
static void write_ip(int family, uint8_t tos, bool df, uint8_t protocol,
					 size_t payload, host_t *src, host_t *dst, uint8_t *ip)
{
	chunk_t from = src->get_address(src), to = dst->get_address(dst);

	memset(ip, 0, fresh_ip_octets(family));
	if (family == AF_INET)
	{
		ip[0] = 0x45;
		ip[1] = tos;
		htoun16(ip + 2, (uint16_t)(payload + IP4_OCTETS));
		htoun16(ip + 4, (uint16_t)fresh_random(65536));
		ip[6] = df ? 0x40 : 0;
		ip[8] = 61;
		ip[9] = protocol;
		memcpy(ip + 12, from.ptr, from.len);
		memcpy(ip + 16, to.ptr, to.len);
		sum4(ip);
		return;
	}
	htoun32(ip, 0x60000000 | (uint32_t)tos << 20 | fresh_random(1 << 20));
	htoun16(ip + 4, (uint16_t)payload);
	ip[6] = protocol;
	ip[7] = 61;
	memcpy(ip + 8, from.ptr, from.len);
	memcpy(ip + 24, to.ptr, to.len);
}

/**
 * Make a packet whose payload is random.
 */
static void make(int family, uint8_t tos, bool df, uint8_t protocol,
				 size_t payload, fresh_packet_t *packet)
{
	host_t *src = host_create_from_string(family == AF_INET ? SRC4 : SRC6, 0);
	host_t *dst = host_create_from_string(family == AF_INET ? DST4 : DST6, 0);
	uint8_t *ip = packet->frame + MAC_OCTETS;
	size_t i;

	/* the address of the loopback interface, which packets are seen by */
	memset(packet->frame, 0, 6);
	memset(packet->frame + 6, 0x42, 6);
	htoun16(packet->frame + 12, family == AF_INET ? 0x0800 : 0x86dd);
	write_ip(family, tos, df, protocol, payload, src, dst, ip);
	src->destroy(src);
	dst->destroy(dst);
	ip += fresh_ip_octets(family);
	for (i = 0; i < payload; i++)
	{
		ip[i] = (uint8_t)fresh_random(256);
	}
	packet->len = MAC_OCTETS + fresh_ip_octets(family) + payload;
}

void fresh_make_plain(int family, uint8_t tos, bool df, size_t payload,
					  fresh_packet_t *packet)
{
	static const uint8_t protocols[] = { 6, 17, 132, 47, 253, 254, 4 };

	make(family, tos, df, protocols[fresh_random(countof(protocols))],
		 payload, packet);
}

void fresh_make_esp(int family, uint32_t spi, fresh_packet_t *packet)
{
	make(family, 0, FALSE, 50, 64, packet);
	htoun32(packet->frame + MAC_OCTETS + fresh_ip_octets(family), spi);
}

void fresh_wrap(int family, uint8_t protocol, uint8_t tos,
				const uint8_t *header, size_t len, fresh_packet_t *packet)
{
	crypto_map_params_t params = { .group = "test", .interface = "test0" };
	size_t outer = fresh_ip_octets(family), inner = packet->len - MAC_OCTETS;
	cm_ids_t *ids = cm_ids_create(&params);
	uint8_t *ip = packet->frame + MAC_OCTETS;

	memmove(ip + outer + len, ip, inner);
	memcpy(ip + outer, header, len);
	write_ip(family, tos, FALSE, protocol, len + inner,
			 cm_ids_anchor(ids, family, FALSE),
			 cm_ids_anchor(ids, family, TRUE), ip);
	packet->len += outer + len;
	cm_ids_destroy(ids);
}

void fresh_make_profile(uint64_t boot, struct fresh_profile *profile)
{
	static const uint32_t ticks[] = { 100, 1000, 10000, 250, 333 };

	memset(profile, 0, sizeof(*profile));
	profile->method = fresh_random(2) ? FRESH_D3P : FRESH_TBAR;
	profile->protocol = (uint8_t)(200 + fresh_random(56));
	profile->header = FRESH_HEADER;
	profile->allowed_ms = 1 + fresh_random(fresh_random(2) ? 100000 : 100);
	profile->clear_df = !fresh_random(4);
	if (profile->method == FRESH_D3P)
	{
		profile->type = fresh_random(2) ? FRESH_TYPE_MSEC : FRESH_TYPE_POSIX;
		return;
	}
	profile->header = fresh_random(2) ? FRESH_HEADER : FRESH_HEADER_LONG;
	profile->tick_ms = ticks[fresh_random(countof(ticks))];
	profile->epoch = fresh_random(UINT32_MAX);
	/* may wrap around any time */
	profile->ticks = fresh_random(2) ? fresh_random(1000)
									 : UINT32_MAX - fresh_random(1000);
	profile->boot_ns = boot - fresh_random(1000) * 977 * MS;
}

/**
 * Pseudotime of a profile at some time.
 */
static group_pseudotime_t get_pseudotime(const struct fresh_profile *profile,
										 uint64_t boot)
{
	group_pseudotime_t base = {
		.epoch = profile->epoch,
		.ticks = profile->ticks,
		.tick_ms = profile->tick_ms,
	};

	return pseudotime_advance(&base, boot < profile->boot_ns ? 0
										: (boot - profile->boot_ns) / MS);
}

size_t fresh_write(const struct fresh_profile *profile, int family,
				   uint64_t boot, uint64_t real, uint8_t *header)
{
	uint8_t next = family == AF_INET ? IPPROTO_IPIP : IPPROTO_IPV6;
	group_pseudotime_t now;

	if (profile->method == FRESH_D3P)
	{
		d3p_header_write(profile->type, next, real / 1000, header);
		return D3P_HEADER_LEN;
	}
	now = get_pseudotime(profile, boot);
	tbar_header_write(next, profile->header, &now, header);
	return profile->header;
}

/**
 * Translate a verdict of libgdoi.
 */
static int kind_of(group_fresh_t verdict)
{
	switch (verdict)
	{
		case GROUP_FRESH:
			return FRESH_ACCEPTED;
		case GROUP_FRESH_EPOCH:
			return FRESH_EPOCH;
		case GROUP_FRESH_EARLY:
			return FRESH_EARLY;
		case GROUP_FRESH_LATE:
			return FRESH_LATE;
		default:
			return FRESH_MALFORMED;
	}
}

/**
 * Read a D3P header.
 */
static int decide_d3p(const struct fresh_profile *profile, uint64_t real,
					  chunk_t data, uint8_t *next, int64_t *delta)
{
	uint64_t stamp;

	if (!d3p_header_read(profile->type, data, real / MS, next, &stamp))
	{
		return FRESH_MALFORMED;
	}
	*delta = (int64_t)(real / MS - stamp);
	return kind_of(d3p_window_judge(real / MS, stamp, profile->allowed_ms));
}

/**
 * Read a TBAR header.
 */
static int decide_tbar(const struct fresh_profile *profile, uint64_t boot,
					   chunk_t data, uint8_t *next, uint8_t *len,
					   int64_t *delta)
{
	group_pseudotime_t now = get_pseudotime(profile, boot);
	uint32_t epoch, ticks;

	if (!tbar_header_read(data, next, len, &epoch, &ticks))
	{
		return FRESH_MALFORMED;
	}
	*delta = -(int64_t)(int32_t)(ticks - now.ticks) * profile->tick_ms;
	return kind_of(pseudotime_accepts(&now, epoch, ticks,
									  profile->allowed_ms));
}

int fresh_decide(const struct fresh_profile *profile, uint64_t boot,
				 uint64_t real, const fresh_packet_t *packet, size_t *strip,
				 int64_t *delta)
{
	bool v4 = untoh16((void*)(packet->frame + 12)) == 0x0800;
	const uint8_t *ip = packet->frame + MAC_OCTETS;
	size_t outer = fresh_ip_octets(v4 ? AF_INET : AF_INET6);
	uint8_t next = 0, len = FRESH_HEADER;
	chunk_t data;
	int kind;

	data = chunk_create((uint8_t*)ip + outer,
						packet->len - MAC_OCTETS - outer);
	if (ip[v4 ? 9 : 6] != profile->protocol)
	{
		return FRESH_MISSING;
	}
	kind = profile->method == FRESH_D3P
			? decide_d3p(profile, real, data, &next, delta)
			: decide_tbar(profile, boot, data, &next, &len, delta);
	if (kind == FRESH_MALFORMED || next != (v4 ? IPPROTO_IPIP : IPPROTO_IPV6) ||
		data.len < len + outer || data.ptr[len] >> 4 != (v4 ? 4 : 6))
	{
		return FRESH_MALFORMED;
	}
	*strip = outer + len;
	return kind;
}
