/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_attribute.h"
#include "gdoi_reader.h"

/** bit that selects the TV form */
#define BASIC 0x8000

bool gdoi_attribute_next(chunk_t *in, gdoi_attribute_t *attr)
{
	gdoi_attribute_t parsed = {};
	chunk_t rest = *in;
	uint16_t type, len = 2;

	if (!gdoi_take_u16(&rest, &type))
	{
		return FALSE;
	}
	parsed.basic = (type & BASIC) != 0;
	parsed.type = type & (uint16_t)~BASIC;
	if ((!parsed.basic && !gdoi_take_u16(&rest, &len)) ||
		!gdoi_take(&rest, len, &parsed.value))
	{
		return FALSE;
	}
	*in = rest;
	*attr = parsed;
	return TRUE;
}

bool gdoi_attribute_get(const gdoi_attribute_t *attr, uint32_t *value)
{
	uint32_t number = 0;

	if (!attr->value.len || attr->value.len > sizeof(number))
	{
		return FALSE;
	}
	for (size_t i = 0; i < attr->value.len; i++)
	{
		number = number << 8 | attr->value.ptr[i];
	}
	*value = number;
	return TRUE;
}

void gdoi_attribute_write_basic(bio_writer_t *writer, uint16_t type,
								uint16_t value)
{
	writer->write_uint16(writer, type | BASIC);
	writer->write_uint16(writer, value);
}

void gdoi_attribute_write(bio_writer_t *writer, uint16_t type, chunk_t value)
{
	writer->write_uint16(writer, type);
	writer->write_data16(writer, value);
}

void gdoi_attribute_write_u32(bio_writer_t *writer, uint16_t type,
							  uint32_t value)
{
	writer->write_uint16(writer, type);
	writer->write_uint16(writer, sizeof(value));
	writer->write_uint32(writer, value);
}
