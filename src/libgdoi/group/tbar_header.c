/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tbar_header.h"

/** the only version */
#define TBAR_VERSION 1

void tbar_header_write(uint8_t next, uint8_t len, const group_pseudotime_t *now,
					   uint8_t *header)
{
	memset(header, 0, len);
	header[0] = next;
	header[1] = TBAR_VERSION;
	header[2] = len;
	htoun32(header + 4, now->epoch);
	htoun32(header + 8, now->ticks);
}

bool tbar_header_read(chunk_t data, uint8_t *next, uint8_t *len,
					  uint32_t *epoch, uint32_t *ticks)
{
	if (data.len < TBAR_HEADER_LEN ||
		(data.ptr[0] != IPPROTO_IPIP && data.ptr[0] != IPPROTO_IPV6) ||
		data.ptr[1] != TBAR_VERSION || data.ptr[3])
	{
		return FALSE;
	}
	if (data.ptr[2] != TBAR_HEADER_LEN &&
		(data.ptr[2] != TBAR_HEADER_LEN_PADDED ||
		 data.len < TBAR_HEADER_LEN_PADDED || untoh32(data.ptr + 12)))
	{
		return FALSE;
	}
	*next = data.ptr[0];
	*len = data.ptr[2];
	*epoch = untoh32(data.ptr + 4);
	*ticks = untoh32(data.ptr + 8);
	return TRUE;
}
