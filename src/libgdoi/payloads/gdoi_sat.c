/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_sa.h"
#include "gdoi_attribute.h"
#include "gdoi_reader.h"

/** values of the Life Type attribute */
#define LIFE_SECONDS 1
#define LIFE_KILOBYTES 2

/**
 * SAT attributes that are understood, but for those of the lifetime.
 */
static const uint32_t understood =
	1 << GDOI_TEK_ENCAPSULATION | 1 << GDOI_TEK_AUTH_ALGORITHM |
	1 << GDOI_TEK_KEY_LENGTH | 1 << GDOI_TEK_ADDRESS_PRESERVATION |
	1 << GDOI_TEK_DIRECTION;

/**
 * Take a Life Type, which tells what the Life Duration after it counts.
 */
static bool parse_life_type(const gdoi_attribute_t *attr, uint32_t *life_type,
							char **reason)
{
	if (*life_type || !gdoi_attribute_get(attr, life_type) ||
		(*life_type != LIFE_SECONDS && *life_type != LIFE_KILOBYTES))
	{
		return gdoi_refuse(reason, "SAT has a bad Life Type");
	}
	return TRUE;
}

/**
 * Take the Life Duration that follows a Life Type.
 */
static bool parse_life_duration(const gdoi_attribute_t *attr, gdoi_sat_t *sat,
								uint32_t *life_type, char **reason)
{
	uint32_t *value;

	if (!*life_type)
	{
		return gdoi_refuse(reason, "SAT has a Life Duration without Life Type");
	}
	value = *life_type == LIFE_SECONDS ? &sat->seconds : &sat->kilobytes;
	*life_type = 0;
	if (*value || !gdoi_attribute_get(attr, value) || !*value)
	{
		return gdoi_refuse(reason, "SAT has a bad Life Duration");
	}
	return TRUE;
}

/**
 * Take an attribute that may be there once.
 */
static bool parse_single(const gdoi_attribute_t *attr, gdoi_sat_t *sat,
						 char **reason)
{
	if (attr->type >= countof(sat->values) || !(understood & 1 << attr->type))
	{
		return gdoi_refuse(reason, "unknown SAT attribute %u", attr->type);
	}
	if (sat->present & 1 << attr->type)
	{
		return gdoi_refuse(reason, "SAT attribute %u is there twice",
						   attr->type);
	}
	if (!gdoi_attribute_get(attr, &sat->values[attr->type]))
	{
		return gdoi_refuse(reason, "SAT attribute %u is not an integer",
						   attr->type);
	}
	sat->present |= 1 << attr->type;
	return TRUE;
}

/**
 * Take the number of the SAT's list in POLICY_ACL.
 */
static bool parse_acl_list(const gdoi_attribute_t *attr, gdoi_sat_t *sat,
						   char **reason)
{
	uint32_t number;

	if (sat->acl_list || !gdoi_attribute_get(attr, &number) || !number ||
		number > UINT8_MAX)
	{
		return gdoi_refuse(reason, "SAT has a bad or second number of an "
						   "access list");
	}
	sat->acl_list = (uint8_t)number;
	return TRUE;
}

/**
 * Take a number that may be there once, and isn't zero.
 */
static bool parse_replay(const gdoi_attribute_t *attr, uint32_t *number,
						 char **reason)
{
	if (*number || !gdoi_attribute_get(attr, number) || !*number)
	{
		return gdoi_refuse(reason, "SAT attribute %u is zero, no integer, or "
						   "there twice", attr->type);
	}
	return TRUE;
}

/**
 * Parse the attributes of a SAT.
 */
static bool parse_attributes(chunk_t in, gdoi_sat_t *sat, char **reason)
{
	gdoi_attribute_t attr;
	uint32_t life_type = 0;
	bool good;

	while (in.len)
	{
		if (!gdoi_attribute_next(&in, &attr))
		{
			return gdoi_refuse(reason, "SAT ends within an attribute");
		}
		switch (attr.type)
		{
			case GDOI_TEK_LIFE_TYPE:
				good = parse_life_type(&attr, &life_type, reason);
				break;
			case GDOI_TEK_LIFE_DURATION:
				good = parse_life_duration(&attr, sat, &life_type, reason);
				break;
			case GDOI_TEK_REPLAY_METHOD:
				good = parse_replay(&attr, &sat->replay_method, reason);
				break;
			case GDOI_TEK_REPLAY_WINDOW:
				good = parse_replay(&attr, &sat->replay_window, reason);
				break;
			case GDOI_TEK_ACL_LIST:
				good = parse_acl_list(&attr, sat, reason);
				break;
			default:
				good = parse_single(&attr, sat, reason);
				break;
		}
		if (!good)
		{
			return FALSE;
		}
	}
	if (life_type)
	{
		return gdoi_refuse(reason, "SAT has a Life Type without Life Duration");
	}
	return TRUE;
}

/**
 * Parse with the given width of the lengths of identifications.
 */
static bool parse_sat(chunk_t in, bool wide, gdoi_sat_t *sat, char **reason)
{
	gdoi_sat_t parsed = {};

	if (!gdoi_take_u8(&in, &parsed.protocol_id))
	{
		return gdoi_refuse(reason, "SAT is empty");
	}
	if (parsed.protocol_id != GDOI_PROTO_ESP &&
		parsed.protocol_id != GDOI_PROTO_AH)
	{
		*sat = parsed;
		return TRUE;
	}
	if (!gdoi_take_u8(&in, &parsed.protocol) ||
		!gdoi_ident_take(&in, wide, &parsed.src) ||
		!gdoi_ident_take(&in, wide, &parsed.dst) ||
		!gdoi_take_u8(&in, &parsed.transform) ||
		!gdoi_take(&in, GDOI_TEK_SPI_LEN, &parsed.spi))
	{
		return gdoi_refuse(reason, "SAT is too short");
	}
	if (!parse_attributes(in, &parsed, reason))
	{
		return FALSE;
	}
	*sat = parsed;
	return TRUE;
}

bool gdoi_sat_parse(chunk_t body, u_int tolerance, gdoi_sat_t *sat,
					char **reason)
{
	char *first = NULL;

	if (parse_sat(body, FALSE, sat, &first))
	{
		return TRUE;
	}
	if (tolerance & GDOI_TOLERATE_LONG_ID_LEN &&
		parse_sat(body, TRUE, sat, NULL))
	{
		free(first);
		return TRUE;
	}
	gdoi_refuse(reason, "%s", first ?: "SAT is malformed");
	free(first);
	return FALSE;
}

/**
 * Write a lifetime, in the short form if it fits.
 */
static void write_life(bio_writer_t *writer, uint16_t type, uint32_t value)
{
	if (!value)
	{
		return;
	}
	gdoi_attribute_write_basic(writer, GDOI_TEK_LIFE_TYPE, type);
	if (value > UINT16_MAX)
	{
		gdoi_attribute_write_u32(writer, GDOI_TEK_LIFE_DURATION, value);
	}
	else
	{
		gdoi_attribute_write_basic(writer, GDOI_TEK_LIFE_DURATION,
								   (uint16_t)value);
	}
}

/**
 * Write the attributes. In the order of the reference code of 2011, lifetimes
 * between the others, so that its messages can be reproduced.
 */
static void write_attributes(const gdoi_sat_t *sat, bio_writer_t *writer)
{
	for (u_int i = 0; i < countof(sat->values); i++)
	{
		if (i == GDOI_TEK_KEY_LENGTH)
		{
			write_life(writer, LIFE_SECONDS, sat->seconds);
			write_life(writer, LIFE_KILOBYTES, sat->kilobytes);
		}
		if (sat->present & 1 << i)
		{
			gdoi_attribute_write_basic(writer, (uint16_t)i,
									   (uint16_t)sat->values[i]);
		}
	}
	if (sat->replay_method)
	{
		gdoi_attribute_write_basic(writer, GDOI_TEK_REPLAY_METHOD,
								   (uint16_t)sat->replay_method);
	}
	if (sat->replay_window)
	{
		gdoi_attribute_write_basic(writer, GDOI_TEK_REPLAY_WINDOW,
								   (uint16_t)sat->replay_window);
	}
	if (sat->acl_list)
	{
		gdoi_attribute_write_basic(writer, GDOI_TEK_ACL_LIST, sat->acl_list);
	}
}

void gdoi_sat_write(const gdoi_sat_t *sat, bio_writer_t *writer)
{
	writer->write_uint8(writer, sat->protocol_id);
	writer->write_uint8(writer, sat->protocol);
	gdoi_ident_write(&sat->src, writer);
	gdoi_ident_write(&sat->dst, writer);
	writer->write_uint8(writer, sat->transform);
	writer->write_data(writer, sat->spi);
	write_attributes(sat, writer);
}
