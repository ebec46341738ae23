/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_kd.h"
#include "gdoi_attribute.h"
#include "gdoi_reader.h"

/** type, reserved, length, SPI size */
#define PACKET_HEAD 5

/**
 * Octets of an SPI by type of packet, -1 if the type is unknown.
 */
static int spi_size(uint8_t type)
{
	switch (type)
	{
		case GDOI_KD_TEK:
			return 4;
		case GDOI_KD_KEK:
		case GDOI_KD_LKH:
			return 16;
		case GDOI_KD_SID:
			return 0;
		default:
			return -1;
	}
}

/**
 * Find where an attribute's value goes.
 *
 * @return			FALSE if the attribute is unknown; a NULL target is that of
 *					an attribute that may repeat
 */
static bool find_target(gdoi_kd_packet_t *packet, uint16_t type,
						chunk_t **target)
{
	*target = NULL;
	switch (packet->type)
	{
		case GDOI_KD_TEK:
			*target = type == GDOI_KD_TEK_ALGORITHM_KEY ? &packet->key :
					  type == GDOI_KD_TEK_INTEGRITY_KEY ? &packet->integ_key :
					  type == GDOI_KD_TEK_SOURCE_AUTH_KEY ? &packet->sig_key :
					  NULL;
			return *target != NULL;
		case GDOI_KD_KEK:
			*target = type == GDOI_KD_KEK_ALGORITHM_KEY ? &packet->key :
					  type == GDOI_KD_KEK_SIG_KEY ? &packet->sig_key : NULL;
			return *target != NULL;
		case GDOI_KD_LKH:
			*target = type == GDOI_KD_LKH_DOWNLOAD ? &packet->key :
					  type == GDOI_KD_LKH_SIG_KEY ? &packet->sig_key : NULL;
			return *target || type == GDOI_KD_LKH_UPDATE;
		case GDOI_KD_SID:
			return type == GDOI_KD_SID_VALUE;
		default:
			return FALSE;
	}
}

/**
 * Take the length of Sender IDs.
 */
static bool parse_sid_bits(const gdoi_attribute_t *attr,
						   gdoi_kd_packet_t *packet, char **reason)
{
	uint32_t bits;

	if (packet->sid_bits || !gdoi_attribute_get(attr, &bits) || !bits ||
		bits > 64)
	{
		return gdoi_refuse(reason, "SID packet has a bad number of bits");
	}
	packet->sid_bits = (uint16_t)bits;
	return TRUE;
}

/**
 * Take an attribute of a packet.
 */
static bool parse_attribute(const gdoi_attribute_t *attr,
							gdoi_kd_packet_t *packet, char **reason)
{
	chunk_t *target;

	if (packet->type == GDOI_KD_SID && attr->type == GDOI_KD_SID_BITS)
	{
		return parse_sid_bits(attr, packet, reason);
	}
	if (!find_target(packet, attr->type, &target))
	{
		return gdoi_refuse(reason, "unknown attribute %u in a KD packet of "
						   "type %u", attr->type, packet->type);
	}
	if (!attr->value.len || (target && target->len))
	{
		return gdoi_refuse(reason, "attribute %u of a KD packet of type %u is "
						   "empty or there twice", attr->type, packet->type);
	}
	if (target)
	{
		*target = attr->value;
	}
	return TRUE;
}

/**
 * Parse the next packet.
 */
static bool parse_packet(chunk_t *in, gdoi_kd_packet_t *packet, char **reason)
{
	gdoi_kd_packet_t parsed = {};
	gdoi_attribute_t attr;
	chunk_t body, attributes;
	uint8_t type, size;
	uint16_t len;

	if (in->len < PACKET_HEAD || in->ptr[1])
	{
		return gdoi_refuse(reason, "KD packet is too short, or its reserved "
						   "octet is set");
	}
	type = in->ptr[0];
	len = untoh16(in->ptr + 2);
	size = in->ptr[4];
	if (spi_size(type) != size)
	{
		return gdoi_refuse(reason, "KD packet has the unknown type %u or a bad "
						   "SPI size", type);
	}
	if (len < PACKET_HEAD + size || !gdoi_take(in, len, &body))
	{
		return gdoi_refuse(reason, "KD packet has a bad length");
	}
	parsed.type = type;
	parsed.spi = chunk_create(body.ptr + PACKET_HEAD, size);
	parsed.attributes = chunk_skip(body, PACKET_HEAD + (size_t)size);
	attributes = parsed.attributes;
	while (attributes.len)
	{
		if (!gdoi_attribute_next(&attributes, &attr))
		{
			return gdoi_refuse(reason, "KD packet ends within an attribute");
		}
		if (!parse_attribute(&attr, &parsed, reason))
		{
			return FALSE;
		}
	}
	*packet = parsed;
	return TRUE;
}

/**
 * Check if a packet of a type was read already.
 */
static bool contains(const gdoi_kd_t *kd, gdoi_kd_type_t type)
{
	for (u_int i = 0; i < kd->count; i++)
	{
		if (kd->packets[i].type == type)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Parse into a value that the caller clears.
 */
static bool parse_packets(chunk_t in, uint16_t count, gdoi_kd_t *kd,
						  char **reason)
{
	gdoi_kd_packet_t packet;

	for (u_int i = 0; i < count; i++)
	{
		if (!parse_packet(&in, &packet, reason))
		{
			return FALSE;
		}
		if ((packet.type == GDOI_KD_KEK || packet.type == GDOI_KD_LKH) &&
			contains(kd, packet.type))
		{
			return gdoi_refuse(reason, "KD has a second packet of type %u",
							   packet.type);
		}
		kd->packets[kd->count++] = packet;
	}
	if (in.len)
	{
		return gdoi_refuse(reason, "KD has octets behind its packets");
	}
	return TRUE;
}

bool gdoi_kd_parse(chunk_t body, gdoi_kd_t *kd, char **reason)
{
	gdoi_kd_t parsed = {};
	uint16_t count, reserved;

	if (!gdoi_take_u16(&body, &count) || !gdoi_take_u16(&body, &reserved) ||
		reserved || !count)
	{
		return gdoi_refuse(reason, "KD is too short, empty, or its reserved "
						   "octets are set");
	}
	if (count > GDOI_SAT_MAX || count > body.len / PACKET_HEAD)
	{
		return gdoi_refuse(reason, "KD has not the %u packets it claims",
						   count);
	}
	parsed.packets = calloc(count, sizeof(gdoi_kd_packet_t));
	if (!parse_packets(body, count, &parsed, reason))
	{
		gdoi_kd_clear(&parsed);
		return FALSE;
	}
	*kd = parsed;
	return TRUE;
}

void gdoi_kd_clear(gdoi_kd_t *kd)
{
	free(kd->packets);
	kd->packets = NULL;
	kd->count = 0;
}

bool gdoi_kd_next(chunk_t *attributes, gdoi_kd_attr_t type, chunk_t *value)
{
	gdoi_attribute_t attr;

	while (gdoi_attribute_next(attributes, &attr))
	{
		if (attr.type == type)
		{
			*value = attr.value;
			return TRUE;
		}
	}
	return FALSE;
}

void gdoi_kd_write_head(uint16_t count, bio_writer_t *writer)
{
	writer->write_uint16(writer, count);
	writer->write_uint16(writer, 0);
}

/**
 * Octets of an attribute, 0 if it is empty and left out.
 */
static size_t attribute_len(chunk_t value)
{
	return value.len ? 4 + value.len : 0;
}

size_t gdoi_kd_packet_len(const gdoi_kd_packet_t *packet)
{
	size_t len = PACKET_HEAD + packet->spi.len;

	if (packet->type == GDOI_KD_LKH || packet->type == GDOI_KD_SID)
	{
		return len + packet->attributes.len;
	}
	return len + attribute_len(packet->key) +
		   attribute_len(packet->integ_key) + attribute_len(packet->sig_key);
}

/**
 * Write an attribute unless it is empty.
 */
static void write_attribute(bio_writer_t *writer, gdoi_kd_attr_t type,
							chunk_t value)
{
	if (value.len)
	{
		gdoi_attribute_write(writer, (uint16_t)type, value);
	}
}

void gdoi_kd_write(const gdoi_kd_packet_t *packet, bio_writer_t *writer)
{
	writer->write_uint8(writer, (uint8_t)packet->type);
	writer->write_uint8(writer, 0);
	writer->write_uint16(writer, (uint16_t)gdoi_kd_packet_len(packet));
	writer->write_data8(writer, packet->spi);
	switch (packet->type)
	{
		case GDOI_KD_TEK:
			write_attribute(writer, GDOI_KD_TEK_ALGORITHM_KEY, packet->key);
			write_attribute(writer, GDOI_KD_TEK_INTEGRITY_KEY,
							packet->integ_key);
			write_attribute(writer, GDOI_KD_TEK_SOURCE_AUTH_KEY,
							packet->sig_key);
			break;
		case GDOI_KD_KEK:
			write_attribute(writer, GDOI_KD_KEK_ALGORITHM_KEY, packet->key);
			write_attribute(writer, GDOI_KD_KEK_SIG_KEY, packet->sig_key);
			break;
		default:
			writer->write_data(writer, packet->attributes);
			break;
	}
}
