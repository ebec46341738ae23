/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "acl_codec.h"
#include "../payloads/gdoi_reader.h"

#include <bio/bio_writer.h>

/** the only version */
#define ACL_VERSION 1

/** flag: lines have the numbers of their lists */
#define FLAG_NUMBERED 0x01

/** octets before the lines, and of a line without its addresses */
#define HEAD_LEN 4
#define LINE_LEN 14

/** values of the octet for the address family */
#define FAMILY_IPV4 4
#define FAMILY_IPV6 6

/**
 * Octets of an address.
 */
static size_t address_len(uint16_t family)
{
	return family == AF_INET6 ? 16 : 4;
}

uint8_t gdoi_acl_set_add(gdoi_acl_set_t *set, group_acl_t *acl)
{
	group_acl_t *last;

	if (set->count)
	{
		last = set->lists[set->count - 1];
		if (last == acl || last->equals(last, acl))
		{
			return (uint8_t)set->count;
		}
	}
	if (set->count == GDOI_ACL_SET_MAX)
	{
		return 0;
	}
	set->lists[set->count++] = acl->get_ref(acl);
	return (uint8_t)set->count;
}

void gdoi_acl_set_clear(gdoi_acl_set_t *set)
{
	for (u_int i = 0; i < set->count; i++)
	{
		set->lists[i]->destroy(set->lists[i]);
	}
	set->count = 0;
}

/**
 * Octets of a line, which is one per family on the wire.
 */
static size_t line_octets(const group_ace_t *ace)
{
	if (ace->family == AF_UNSPEC)
	{
		return 2 * (LINE_LEN + address_len(AF_INET) + address_len(AF_INET6));
	}
	return LINE_LEN + 2 * address_len(ace->family);
}

size_t gdoi_acl_octets(group_acl_t *acl)
{
	enumerator_t *enumerator;
	group_ace_t *ace;
	size_t octets = 0;

	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		octets += line_octets(ace);
	}
	enumerator->destroy(enumerator);
	return octets;
}

/**
 * Write a line for one family.
 */
static void write_line(bio_writer_t *writer, const group_ace_t *ace,
					   uint16_t family, uint8_t number)
{
	size_t len = address_len(family);

	writer->write_uint8(writer, ace->action == GROUP_ACE_PERMIT ? 1 : 0);
	writer->write_uint8(writer, ace->protocol);
	writer->write_uint16(writer, ace->src.port_lo);
	writer->write_uint16(writer, ace->src.port_hi);
	writer->write_uint16(writer, ace->dst.port_lo);
	writer->write_uint16(writer, ace->dst.port_hi);
	writer->write_uint8(writer, family == AF_INET6 ? FAMILY_IPV6
												   : FAMILY_IPV4);
	writer->write_uint8(writer, ace->src.prefix);
	writer->write_uint8(writer, ace->dst.prefix);
	writer->write_uint8(writer, number);
	writer->write_data(writer, chunk_create((u_char*)ace->src.addr, len));
	writer->write_data(writer, chunk_create((u_char*)ace->dst.addr, len));
}

/**
 * Write the lines of a list.
 *
 * @return			number of lines written
 */
static u_int write_list(bio_writer_t *writer, group_acl_t *acl, uint8_t number)
{
	enumerator_t *enumerator;
	group_ace_t *ace;
	u_int count = 0;

	enumerator = acl->create_enumerator(acl);
	while (enumerator->enumerate(enumerator, &ace))
	{
		if (ace->family != AF_INET6)
		{
			write_line(writer, ace, AF_INET, number);
			count++;
		}
		if (ace->family != AF_INET)
		{
			write_line(writer, ace, AF_INET6, number);
			count++;
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

bool gdoi_acl_set_write(gdoi_acl_set_t *set, chunk_t *value, char **reason)
{
	size_t octets = HEAD_LEN;
	bio_writer_t *writer;
	u_int count = 0, lines;
	bool empty = !set->count;

	for (u_int i = 0; i < set->count; i++)
	{
		octets += gdoi_acl_octets(set->lists[i]);
	}
	if (octets > UINT16_MAX)
	{
		return gdoi_refuse(reason, "the access lists have %zu octets, more "
						   "than an attribute", octets);
	}
	writer = bio_writer_create((uint32_t)octets);
	writer->write_uint8(writer, ACL_VERSION);
	writer->write_uint8(writer, FLAG_NUMBERED);
	writer->write_uint16(writer, 0);
	for (u_int i = 0; i < set->count; i++)
	{
		lines = write_list(writer, set->lists[i], (uint8_t)(i + 1));
		empty = empty || !lines;
		count += lines;
	}
	*value = writer->extract_buf(writer);
	writer->destroy(writer);
	if (empty)
	{
		chunk_free(value);
		return gdoi_refuse(reason, "an access list has no lines");
	}
	htoun16(value->ptr + 2, (uint16_t)count);
	return TRUE;
}

/**
 * Take a pair of ports: any, or one (GM-026).
 */
static bool take_ports(chunk_t *in, group_ace_side_t *side, char **reason)
{
	if (!gdoi_take_u16(in, &side->port_lo) ||
		!gdoi_take_u16(in, &side->port_hi))
	{
		return gdoi_refuse(reason, "POLICY_ACL ends within a line");
	}
	if ((side->port_lo || side->port_hi != UINT16_MAX) &&
		(!side->port_lo || side->port_lo != side->port_hi))
	{
		return gdoi_refuse(reason, "POLICY_ACL has the ports %u to %u, neither "
						   "any nor one", side->port_lo, side->port_hi);
	}
	return TRUE;
}

/**
 * Are all bits behind a prefix zero?
 */
static bool is_masked(chunk_t addr, uint8_t prefix)
{
	size_t i = prefix / 8;

	if (prefix % 8 && addr.ptr[i++] & (0xff >> prefix % 8))
	{
		return FALSE;
	}
	return gdoi_all_zero(chunk_skip(addr, i));
}

/**
 * Take an address, whose prefix is read already.
 */
static bool take_address(chunk_t *in, uint16_t family, group_ace_side_t *side,
						 char **reason)
{
	chunk_t addr;

	if (!gdoi_take(in, address_len(family), &addr))
	{
		return gdoi_refuse(reason, "POLICY_ACL ends within a line");
	}
	if (side->prefix > 8 * addr.len || !is_masked(addr, side->prefix))
	{
		return gdoi_refuse(reason, "POLICY_ACL has a prefix of %u bits that "
						   "its address does not have", side->prefix);
	}
	memcpy(side->addr, addr.ptr, addr.len);
	return TRUE;
}

/**
 * Take a line.
 *
 * @param number	set to the number of its list
 */
static bool take_line(chunk_t *in, group_ace_t *ace, uint8_t *number,
					  char **reason)
{
	uint8_t action, family;

	*ace = (group_ace_t){};
	if (!gdoi_take_u8(in, &action) || !gdoi_take_u8(in, &ace->protocol) ||
		!take_ports(in, &ace->src, reason) ||
		!take_ports(in, &ace->dst, reason) || !gdoi_take_u8(in, &family) ||
		!gdoi_take_u8(in, &ace->src.prefix) ||
		!gdoi_take_u8(in, &ace->dst.prefix) || !gdoi_take_u8(in, number))
	{
		return gdoi_refuse(reason, "POLICY_ACL ends within a line");
	}
	if (action > 1 || (family != FAMILY_IPV4 && family != FAMILY_IPV6))
	{
		return gdoi_refuse(reason, "POLICY_ACL has the unknown action %u or "
						   "address family %u", action, family);
	}
	ace->action = action ? GROUP_ACE_PERMIT : GROUP_ACE_DENY;
	ace->family = family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
	return take_address(in, ace->family, &ace->src, reason) &&
		   take_address(in, ace->family, &ace->dst, reason);
}

/**
 * Take version, flags and the number of lines.
 */
static bool take_head(chunk_t *in, uint16_t *count, char **reason)
{
	uint8_t version, flags;

	if (!gdoi_take_u8(in, &version) || !gdoi_take_u8(in, &flags) ||
		!gdoi_take_u16(in, count))
	{
		return gdoi_refuse(reason, "POLICY_ACL is too short");
	}
	if (version != ACL_VERSION || flags != FLAG_NUMBERED)
	{
		return gdoi_refuse(reason, "POLICY_ACL has the unknown version %u or "
						   "flags 0x%02x", version, flags);
	}
	if (!*count || in->len < *count * (size_t)(LINE_LEN +
											   2 * address_len(AF_INET)))
	{
		return gdoi_refuse(reason, "POLICY_ACL has %u lines in %zu octets",
						   *count, in->len);
	}
	return TRUE;
}

/**
 * Read into a set that the caller clears.
 */
static bool read_set(chunk_t in, gdoi_acl_set_t *set, char **reason)
{
	group_acl_t *acl;
	group_ace_t ace;
	uint16_t count = 0;
	uint8_t number = 0;

	if (!take_head(&in, &count, reason))
	{
		return FALSE;
	}
	for (u_int i = 0; i < count; i++)
	{
		if (!take_line(&in, &ace, &number, reason))
		{
			return FALSE;
		}
		if (!number || number < set->count || number > set->count + 1)
		{
			return gdoi_refuse(reason, "POLICY_ACL has a line of list %u after "
							   "list %u", number, set->count);
		}
		if (number > set->count)
		{
			set->lists[set->count++] = group_acl_create();
		}
		acl = set->lists[number - 1];
		acl->append(acl, &ace);
	}
	return !in.len || gdoi_refuse(reason, "POLICY_ACL has %zu octets after its "
								  "lines", in.len);
}

bool gdoi_acl_set_read(chunk_t value, gdoi_acl_set_t *set, char **reason)
{
	*set = (gdoi_acl_set_t){};
	if (!read_set(value, set, reason))
	{
		gdoi_acl_set_clear(set);
		return FALSE;
	}
	return TRUE;
}
