/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_header.h"

/** major version 1, minor version 0 */
#define VERSION_OCTET 0x10

/**
 * Set a constant reason, returning FALSE.
 */
static bool refuse(const char **reason, const char *text)
{
	if (reason)
	{
		*reason = text;
	}
	return FALSE;
}

bool gdoi_header_parse(chunk_t datagram, gdoi_header_t *header,
					   const char **reason)
{
	gdoi_header_t parsed = {};
	uint8_t *buf = datagram.ptr;

	if (datagram.len < GDOI_HEADER_LEN)
	{
		return refuse(reason, "message is shorter than its header");
	}
	if (buf[17] >> 4 != VERSION_OCTET >> 4)
	{
		return refuse(reason, "message has another major version");
	}
	memcpy(&parsed.spi_i, buf, sizeof(parsed.spi_i));
	memcpy(&parsed.spi_r, buf + 8, sizeof(parsed.spi_r));
	parsed.next = buf[16];
	parsed.exchange = buf[18];
	parsed.flags = buf[19];
	parsed.message_id = untoh32(buf + 20);
	parsed.length = untoh32(buf + 24);
	if (parsed.length != datagram.len)
	{
		return refuse(reason, "message differs in length from its header");
	}
	*header = parsed;
	return TRUE;
}

void gdoi_header_write(const gdoi_header_t *header, uint8_t *buf)
{
	memcpy(buf, &header->spi_i, sizeof(header->spi_i));
	memcpy(buf + 8, &header->spi_r, sizeof(header->spi_r));
	buf[16] = header->next;
	buf[17] = VERSION_OCTET;
	buf[18] = header->exchange;
	buf[19] = header->flags;
	htoun32(buf + 20, header->message_id);
	htoun32(buf + 24, header->length);
}
