/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "payloads/gdoi_chain.h"
#include "payloads/gdoi_header.h"

/* a message: header, then the chain of payloads in the clear; the first octet
 * is the block size */
void fuzz_one(chunk_t data)
{
	gdoi_header_t header;
	gdoi_chain_t chain;
	const char *reason;
	chunk_t rest;
	uint8_t next;

	if (!data.len)
	{
		return;
	}
	rest = chunk_skip(data, 1);
	if (gdoi_header_parse(rest, &header, &reason))
	{
		next = header.next;
		rest = chunk_skip(rest, GDOI_HEADER_LEN);
	}
	else
	{
		next = GDOI_PLD_HASH;
	}
	if (gdoi_chain_parse(rest, next, data.ptr[0], &chain, &reason))
	{
		size_t len = 0;

		for (u_int i = 0; i < chain.count; i++)
		{
			FUZZ_ASSERT(chain.payloads[i].whole.ptr == rest.ptr + len);
			len += chain.payloads[i].whole.len;
		}
		FUZZ_ASSERT(len == chain.whole.len);
	}
}
