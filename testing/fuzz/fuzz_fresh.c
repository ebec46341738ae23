/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "group/d3p_window.h"
#include "group/tbar_header.h"

/** receiver's time in milliseconds */
#define NOW 1700000000123ULL

/* headers of IP-D3P in both layouts and of TBAR: what is taken is what would
 * be written */
void fuzz_one(chunk_t data)
{
	static const d3p_type_t types[] = { D3P_POSIX_TIME, D3P_POSIX_TIME_MSEC };
	uint8_t header[TBAR_HEADER_LEN_PADDED], next, len;
	group_pseudotime_t time = { .tick_ms = 1000 };
	uint64_t stamp, micro;

	for (u_int i = 0; i < countof(types); i++)
	{
		if (!d3p_header_read(types[i], data, NOW, &next, &stamp))
		{
			continue;
		}
		d3p_window_judge(NOW, stamp, D3P_WINDOW_MAX);
		/* microseconds are rounded down to milliseconds */
		micro = types[i] == D3P_POSIX_TIME ?
								stamp * 1000 + untoh32(data.ptr + 8) % 1000 :
								stamp * 1000;
		/* and there may be times before 1970, or after all */
		if (stamp <= UINT64_MAX / 1000)
		{
			d3p_header_write(types[i], next, micro, header);
			FUZZ_ASSERT(memeq(header, data.ptr, D3P_HEADER_LEN));
		}
	}
	if (tbar_header_read(data, &next, &len, &time.epoch, &time.ticks))
	{
		FUZZ_ASSERT(len <= data.len && len <= sizeof(header));
		tbar_header_write(next, len, &time, header);
		FUZZ_ASSERT(memeq(header, data.ptr, len));
		FUZZ_ASSERT(pseudotime_accepts(&time, time.epoch, time.ticks, 0) ==
					GROUP_FRESH);
	}
}
