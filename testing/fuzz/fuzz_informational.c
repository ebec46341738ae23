/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/informational.h"

/* N and D behind a good HASH, and raw datagrams; see fuzz_protect() */
void fuzz_one(chunk_t data)
{
	gdoi_phase2_t *sender = fuzz_phase2(), *phase2 = fuzz_phase2();
	gdoi_informational_t info;
	const char *reason = NULL;
	chunk_t datagram;

	if (fuzz_protect(sender, GDOI_EXCH_INFORMATIONAL, NULL, 0, data, &datagram))
	{
		if (gdoi_informational_parse(phase2, datagram, &info, &reason))
		{
			FUZZ_ASSERT(info.type == GDOI_PLD_NOTIFY ||
						info.type == GDOI_PLD_DELETE);
			FUZZ_ASSERT(info.type != GDOI_PLD_DELETE ||
						info.delete.spis.len == (size_t)info.delete.count *
						info.delete.spi_size);
			gdoi_informational_clear(&info);
		}
		else
		{
			FUZZ_ASSERT(reason != NULL);
		}
		chunk_free(&datagram);
	}
	sender->destroy(sender);
	phase2->destroy(phase2);
}
