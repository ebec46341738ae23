/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_basic.h"
#include "gdoi_reader.h"

/** the first twelve octets of our Vendor ID */
static const uint8_t magic[] = {
	'o', 'p', 'e', 'n', '-', 'g', 'd', 'o', 'i', 0x9d, 0x2e, 0x61,
};

bool gdoi_id_parse(chunk_t body, gdoi_id_t *id, const char **reason)
{
	gdoi_id_t parsed = {};
	chunk_t unused;

	if (!gdoi_take_u8(&body, &parsed.type) || !gdoi_take(&body, 3, &unused))
	{
		*reason = "identification is too short";
		return FALSE;
	}
	if (!gdoi_all_zero(unused))
	{
		*reason = "identification names a protocol or port";
		return FALSE;
	}
	parsed.data = body;
	*id = parsed;
	return TRUE;
}

void gdoi_id_write(const gdoi_id_t *id, bio_writer_t *writer)
{
	writer->write_uint8(writer, id->type);
	writer->write_uint24(writer, 0);
	writer->write_data(writer, id->data);
}

bool gdoi_seq_parse(chunk_t body, uint32_t *seq)
{
	uint32_t number;

	if (!gdoi_take_u32(&body, &number) || body.len)
	{
		return FALSE;
	}
	*seq = number;
	return TRUE;
}

void gdoi_seq_write(uint32_t seq, bio_writer_t *writer)
{
	writer->write_uint32(writer, seq);
}

bool gdoi_nonce_check(chunk_t body)
{
	return body.len >= GDOI_NONCE_MIN && body.len <= GDOI_NONCE_MAX;
}

bool gdoi_vendor_id_parse(chunk_t body, gdoi_vendor_id_t *vid)
{
	if (body.len != GDOI_VENDOR_ID_LEN ||
		!memeq(body.ptr, magic, sizeof(magic)))
	{
		return FALSE;
	}
	body = chunk_skip(body, sizeof(magic));
	vid->roles = body.ptr[0];
	vid->major = body.ptr[1];
	vid->minor = body.ptr[2];
	vid->features = body.ptr[3];
	return TRUE;
}

void gdoi_vendor_id_write(const gdoi_vendor_id_t *vid, bio_writer_t *writer)
{
	writer->write_data(writer, chunk_from_thing(magic));
	writer->write_uint8(writer, vid->roles);
	writer->write_uint8(writer, vid->major);
	writer->write_uint8(writer, vid->minor);
	writer->write_uint8(writer, vid->features);
}
