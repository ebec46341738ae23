/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "selector_codec.h"
#include "../payloads/gdoi_reader.h"

/**
 * Read a mask as prefix length.
 *
 * @return			FALSE if it has holes
 */
static bool read_mask(chunk_t mask, uint8_t *prefix)
{
	size_t i = 0;
	uint8_t bits = 0, octet;

	while (i < mask.len && mask.ptr[i] == 0xff)
	{
		i++;
		bits += 8;
	}
	if (i < mask.len)
	{
		for (octet = mask.ptr[i++]; octet & 0x80; octet <<= 1)
		{
			bits++;
		}
		if (octet)
		{
			return FALSE;
		}
	}
	*prefix = bits;
	return gdoi_all_zero(chunk_skip(mask, i));
}

/**
 * Write a prefix length as mask.
 */
static void write_mask(uint8_t prefix, uint8_t *mask, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		u_int bits = prefix > i * 8 ? prefix - (u_int)i * 8 : 0;

		mask[i] = (uint8_t)(0xff00 >> min(bits, 8u));
	}
}

/**
 * Read address and mask of a given family.
 */
static bool read_address(chunk_t data, size_t len, bool subnet,
						 group_ace_side_t *side)
{
	uint8_t mask[sizeof(side->addr)];

	if (data.len != (subnet ? 2 * len : len))
	{
		return FALSE;
	}
	memcpy(side->addr, data.ptr, len);
	side->prefix = (uint8_t)(len * 8);
	if (subnet && !read_mask(chunk_skip(data, len), &side->prefix))
	{
		return FALSE;
	}
	write_mask(side->prefix, mask, len);
	for (size_t i = 0; i < len; i++)
	{
		side->addr[i] &= mask[i];
	}
	return TRUE;
}

/**
 * Read one side.
 *
 * @param any_source	take three octets of zero as any source, as RFC 6407
 *						section 5.5.1 has it for SAs of many senders
 */
static bool read_side(const gdoi_ident_t *ident, bool any_source,
					  group_ace_side_t *side, uint16_t *family)
{
	side->port_lo = ident->port;
	side->port_hi = ident->port ?: 65535;
	if (any_source && ident->data.len == 3 && gdoi_all_zero(ident->data))
	{
		*family = AF_UNSPEC;
		return TRUE;
	}
	switch (ident->type)
	{
		case GDOI_ID_IPV4_ADDR:
		case GDOI_ID_IPV4_SUBNET:
			*family = AF_INET;
			return read_address(ident->data, 4,
								ident->type == GDOI_ID_IPV4_SUBNET, side);
		case GDOI_ID_IPV6_ADDR:
		case GDOI_ID_IPV6_SUBNET:
			*family = AF_INET6;
			return read_address(ident->data, 16,
								ident->type == GDOI_ID_IPV6_SUBNET, side);
		default:
			return FALSE;
	}
}

bool gdoi_selector_read(const gdoi_sat_t *sat, group_ace_t *ace, char **reason)
{
	group_ace_t parsed = {
		.action = GROUP_ACE_PERMIT,
		.protocol = sat->protocol,
	};
	uint16_t src, dst;

	if (!read_side(&sat->src, TRUE, &parsed.src, &src))
	{
		return gdoi_refuse(reason, "SAT has a source of type %u that is not "
						   "understood", sat->src.type);
	}
	if (!read_side(&sat->dst, FALSE, &parsed.dst, &dst))
	{
		return gdoi_refuse(reason, "SAT has a destination of type %u that is "
						   "not understood", sat->dst.type);
	}
	if (src != AF_UNSPEC && src != dst)
	{
		return gdoi_refuse(reason, "SAT has source and destination of "
						   "different address families");
	}
	parsed.family = dst;
	*ace = parsed;
	return TRUE;
}

void gdoi_selector_write(const group_ace_side_t *side, uint16_t family,
						 gdoi_ident_buf_t *buf, gdoi_ident_t *ident)
{
	size_t len = family == AF_INET6 ? 16 : 4;
	bool subnet = side->prefix != len * 8;

	memcpy(buf->data, side->addr, len);
	write_mask(side->prefix, buf->data + len, len);
	if (family == AF_INET6)
	{
		ident->type = subnet ? GDOI_ID_IPV6_SUBNET : GDOI_ID_IPV6_ADDR;
	}
	else
	{
		ident->type = subnet ? GDOI_ID_IPV4_SUBNET : GDOI_ID_IPV4_ADDR;
	}
	ident->port = side->port_lo;
	ident->data = chunk_create(buf->data, subnet ? 2 * len : len);
}

host_t *gdoi_host_read(const gdoi_ident_t *ident)
{
	switch (ident->type)
	{
		case GDOI_ID_IPV4_ADDR:
			if (ident->data.len == 4)
			{
				return host_create_from_chunk(AF_INET, ident->data,
											  ident->port);
			}
			return NULL;
		case GDOI_ID_IPV6_ADDR:
			if (ident->data.len == 16)
			{
				return host_create_from_chunk(AF_INET6, ident->data,
											  ident->port);
			}
			return NULL;
		default:
			return NULL;
	}
}

void gdoi_host_write(host_t *host, gdoi_ident_t *ident)
{
	ident->type = host->get_family(host) == AF_INET6 ? GDOI_ID_IPV6_ADDR
													 : GDOI_ID_IPV4_ADDR;
	ident->port = host->get_port(host);
	ident->data = host->get_address(host);
}
