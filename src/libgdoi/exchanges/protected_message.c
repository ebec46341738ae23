/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "protected_message.h"

/**
 * Verify the HASH of a parsed message.
 */
static bool verify(gdoi_phase2_t *phase2, const chunk_t *extra, u_int count,
				   gdoi_protected_message_t *message, const char **reason)
{
	chunk_t parts[4], digest, hash;
	bool good;

	if (!message->chain.count ||
		message->chain.payloads[0].type != GDOI_PLD_HASH ||
		count > countof(parts) - 1)
	{
		*reason = "message does not begin with a HASH payload";
		return FALSE;
	}
	hash = message->chain.payloads[0].body;
	message->covered = chunk_skip(message->chain.whole,
								  message->chain.payloads[0].whole.len);
	for (u_int i = 0; i < count; i++)
	{
		parts[i] = extra[i];
	}
	parts[count] = message->covered;
	if (!phase2->hash(phase2, parts, count + 1, &digest))
	{
		*reason = "HASH could not be computed";
		return FALSE;
	}
	good = digest.len == hash.len &&
		   memeq_const(digest.ptr, hash.ptr, hash.len);
	chunk_free(&digest);
	if (!good)
	{
		*reason = "HASH does not verify";
	}
	return good;
}

bool gdoi_protected_message_open(gdoi_phase2_t *phase2,
								 gdoi_exchange_t exchange, chunk_t datagram,
								 const chunk_t *extra, u_int count,
								 gdoi_protected_message_t *message,
								 const char **reason)
{
	gdoi_header_t header;

	if (!phase2->decrypt(phase2, datagram, exchange, &header, &message->plain,
						 reason))
	{
		return FALSE;
	}
	if (!gdoi_chain_parse(message->plain, header.next,
						  phase2->get_block_size(phase2), &message->chain,
						  reason) ||
		!verify(phase2, extra, count, message, reason))
	{
		gdoi_protected_message_clear(message);
		return FALSE;
	}
	return TRUE;
}

void gdoi_protected_message_clear(gdoi_protected_message_t *message)
{
	chunk_clear(&message->plain);
	message->chain.count = 0;
}
