/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_lkh.h"
#include "gdoi_reader.h"

/** version of both arrays */
#define LKH_VERSION 1

size_t gdoi_lkh_data_len(uint8_t type, uint16_t key_bits)
{
	switch (type)
	{
		case 1:
			return 8 + 8;
		case 2:
			return 8 + 24;
		case 3:
			return key_bits && key_bits % 8 == 0 ? 16 + key_bits / 8u : 0;
		default:
			return 0;
	}
}

bool gdoi_lkh_parse(chunk_t value, bool update, gdoi_lkh_array_t *array)
{
	gdoi_lkh_array_t parsed = {};
	uint8_t version, reserved;
	uint16_t reserved2;

	if (!gdoi_take_u8(&value, &version) || version != LKH_VERSION ||
		!gdoi_take_u16(&value, &parsed.count) || !parsed.count ||
		!gdoi_take_u8(&value, &reserved) || reserved)
	{
		return FALSE;
	}
	if (update && (!gdoi_take_u16(&value, &parsed.id) ||
				   !gdoi_take_u16(&value, &reserved2) || reserved2 ||
				   !gdoi_take_u32(&value, &parsed.handle)))
	{
		return FALSE;
	}
	parsed.keys = value;
	*array = parsed;
	return TRUE;
}

bool gdoi_lkh_next(gdoi_lkh_array_t *array, uint16_t key_bits,
				   gdoi_lkh_key_t *key)
{
	gdoi_lkh_key_t parsed = {};
	chunk_t in = array->keys;
	uint8_t reserved;
	size_t len;

	if (!array->count || !gdoi_take_u16(&in, &parsed.id) ||
		!gdoi_take_u8(&in, &parsed.type) || !gdoi_take_u8(&in, &reserved) ||
		reserved || !gdoi_take_u32(&in, &parsed.created) ||
		!gdoi_take_u32(&in, &parsed.expires) ||
		!gdoi_take_u32(&in, &parsed.handle))
	{
		return FALSE;
	}
	len = gdoi_lkh_data_len(parsed.type, key_bits);
	if (!len || !gdoi_take(&in, len, &parsed.data) ||
		(array->count == 1 && in.len))
	{
		return FALSE;
	}
	array->count--;
	array->keys = in;
	*key = parsed;
	return TRUE;
}

void gdoi_lkh_write_head(const gdoi_lkh_array_t *array, bool update,
						 bio_writer_t *writer)
{
	writer->write_uint8(writer, LKH_VERSION);
	writer->write_uint16(writer, array->count);
	writer->write_uint8(writer, 0);
	if (update)
	{
		writer->write_uint16(writer, array->id);
		writer->write_uint16(writer, 0);
		writer->write_uint32(writer, array->handle);
	}
}

void gdoi_lkh_write(const gdoi_lkh_key_t *key, bio_writer_t *writer)
{
	writer->write_uint16(writer, key->id);
	writer->write_uint8(writer, key->type);
	writer->write_uint8(writer, 0);
	writer->write_uint32(writer, key->created);
	writer->write_uint32(writer, key->expires);
	writer->write_uint32(writer, key->handle);
	writer->write_data(writer, key->data);
}
