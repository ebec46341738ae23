/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_chain.h"
#include "gdoi_reader.h"

bool gdoi_chain_next(chunk_t *in, uint8_t *next, gdoi_payload_t *payload,
					 const char **reason)
{
	gdoi_payload_t parsed = { .type = *next };
	uint16_t len;

	if (in->len < GDOI_GEN_LEN)
	{
		*reason = "message ends within a payload header";
		return FALSE;
	}
	len = untoh16(in->ptr + 2);
	if (len < GDOI_GEN_LEN || len > in->len)
	{
		*reason = "payload is longer than its message, or shorter than its "
				  "header";
		return FALSE;
	}
	if (in->ptr[1])
	{
		*reason = "reserved octet of a payload header is set";
		return FALSE;
	}
	*next = in->ptr[0];
	if (!gdoi_take(in, len, &parsed.whole))
	{
		return FALSE;
	}
	parsed.body = chunk_skip(parsed.whole, GDOI_GEN_LEN);
	*payload = parsed;
	return TRUE;
}

bool gdoi_chain_parse(chunk_t plain, uint8_t first, size_t block,
					  gdoi_chain_t *chain, const char **reason)
{
	chunk_t rest = plain;
	uint8_t next = first;

	chain->count = 0;
	while (next != GDOI_PLD_NONE)
	{
		if (chain->count == GDOI_CHAIN_MAX)
		{
			*reason = "message has too many payloads";
			return FALSE;
		}
		if (!gdoi_chain_next(&rest, &next, &chain->payloads[chain->count],
							 reason))
		{
			return FALSE;
		}
		chain->count++;
	}
	if (rest.len >= block || !gdoi_all_zero(rest))
	{
		*reason = "message does not end after its payloads";
		return FALSE;
	}
	chain->whole = chunk_create(plain.ptr, plain.len - rest.len);
	return TRUE;
}

void gdoi_chain_write(bio_writer_t *writer, gdoi_payload_type_t next,
					  chunk_t body)
{
	writer->write_uint8(writer, (uint8_t)next);
	writer->write_uint8(writer, 0);
	writer->write_uint16(writer, (uint16_t)(GDOI_GEN_LEN + body.len));
	writer->write_data(writer, body);
}
