/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "gdoi_notify.h"
#include "gdoi_reader.h"

bool gdoi_notify_parse(chunk_t body, gdoi_notify_payload_t *notify,
					   const char **reason)
{
	gdoi_notify_payload_t parsed = {};
	uint8_t spi_size;

	if (!gdoi_take_u32(&body, &parsed.doi) ||
		!gdoi_take_u8(&body, &parsed.protocol) ||
		!gdoi_take_u8(&body, &spi_size) ||
		!gdoi_take_u16(&body, &parsed.type) ||
		!gdoi_take(&body, spi_size, &parsed.spi))
	{
		*reason = "notification is too short";
		return FALSE;
	}
	parsed.data = body;
	*notify = parsed;
	return TRUE;
}

void gdoi_notify_write(const gdoi_notify_payload_t *notify,
					   bio_writer_t *writer)
{
	writer->write_uint32(writer, notify->doi);
	writer->write_uint8(writer, notify->protocol);
	writer->write_uint8(writer, (uint8_t)notify->spi.len);
	writer->write_uint16(writer, notify->type);
	writer->write_data(writer, notify->spi);
	writer->write_data(writer, notify->data);
}

/**
 * Check if the SPI size is that of the Protocol-ID.
 */
static bool check_spi_size(const gdoi_delete_payload_t *delete)
{
	if (delete->doi != GDOI_DOI)
	{
		return TRUE;
	}
	switch (delete->protocol)
	{
		case GDOI_PROTO_KEK:
			return delete->spi_size == 16;
		case GDOI_PROTO_ESP:
		case GDOI_PROTO_AH:
			return delete->spi_size == 4;
		default:
			return TRUE;
	}
}

bool gdoi_delete_parse(chunk_t body, gdoi_delete_payload_t *delete,
					   const char **reason)
{
	gdoi_delete_payload_t parsed = {};

	if (!gdoi_take_u32(&body, &parsed.doi) ||
		!gdoi_take_u8(&body, &parsed.protocol) ||
		!gdoi_take_u8(&body, &parsed.spi_size) ||
		!gdoi_take_u16(&body, &parsed.count))
	{
		*reason = "delete is too short";
		return FALSE;
	}
	if (!check_spi_size(&parsed))
	{
		*reason = "delete has an SPI size that is not its protocol's";
		return FALSE;
	}
	if (!parsed.count || body.len != (size_t)parsed.count * parsed.spi_size)
	{
		*reason = "delete has another length than its SPIs";
		return FALSE;
	}
	parsed.spis = body;
	*delete = parsed;
	return TRUE;
}

void gdoi_delete_write(const gdoi_delete_payload_t *delete,
					   bio_writer_t *writer)
{
	writer->write_uint32(writer, delete->doi);
	writer->write_uint8(writer, delete->protocol);
	writer->write_uint8(writer, delete->spi_size);
	writer->write_uint16(writer, delete->count);
	writer->write_data(writer, delete->spis);
}
