/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "d3p_window.h"

#include <errno.h>

bool d3p_type_is_known(uint32_t type)
{
	return type == D3P_POSIX_TIME || type == D3P_POSIX_TIME_MSEC;
}

/**
 * Take a number of a range.
 */
static bool in_range(unsigned long number, uint32_t low, uint32_t high,
					 uint32_t unit, uint32_t *ms)
{
	if (number < low || number > high)
	{
		return FALSE;
	}
	*ms = (uint32_t)number * unit;
	return TRUE;
}

bool d3p_window_parse(const char *text, uint32_t *ms)
{
	unsigned long number;
	char *unit;

	/* strtoul() would take blanks and signs */
	if (!text || *text < '0' || *text > '9')
	{
		return FALSE;
	}
	errno = 0;
	number = strtoul(text, &unit, 10);
	if (errno)
	{
		return FALSE;
	}
	if (streq(unit, "ms"))
	{
		return in_range(number, D3P_WINDOW_MSEC_MIN, D3P_WINDOW_MSEC_MAX, 1,
						ms);
	}
	return (streq(unit, "s") || streq(unit, "")) &&
		   in_range(number, D3P_WINDOW_SEC_MIN, D3P_WINDOW_SEC_MAX, 1000, ms);
}

uint32_t d3p_window_allowed(uint32_t window, bool full)
{
	return full ? window : window / 2;
}

void d3p_window_bounds(uint32_t now, uint32_t allowed, uint32_t *first,
					   uint32_t *last)
{
	*first = now - allowed;
	*last = now + allowed;
}

group_fresh_t d3p_window_judge(uint64_t now, uint64_t stamp, uint32_t allowed)
{
	int64_t behind = (int64_t)(now - stamp);

	if (behind > (int64_t)allowed)
	{
		return GROUP_FRESH_LATE;
	}
	return behind < -(int64_t)allowed ? GROUP_FRESH_EARLY : GROUP_FRESH;
}

void d3p_header_write(d3p_type_t type, uint8_t next, uint64_t now,
					  uint8_t *header)
{
	header[0] = next;
	header[1] = (uint8_t)type;
	if (type == D3P_POSIX_TIME)
	{
		htoun16(header + 2, D3P_HEADER_LEN);
		htoun32(header + 4, (uint32_t)(now / 1000000));
		htoun32(header + 8, (uint32_t)(now % 1000000));
		return;
	}
	htoun16(header + 2, 0);
	htoun64(header + 4, now / 1000);
}

/**
 * The seconds near to our own time that have the given low 32 bits.
 */
static uint64_t nearest(uint64_t now, uint32_t low)
{
	return now + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)now);
}

bool d3p_header_read(d3p_type_t type, chunk_t data, uint64_t now,
					 uint8_t *next, uint64_t *stamp)
{
	uint16_t middle = type == D3P_POSIX_TIME ? D3P_HEADER_LEN : 0;
	uint32_t micro;

	if (data.len < D3P_HEADER_LEN || data.ptr[1] != type ||
		untoh16(data.ptr + 2) != middle ||
		(data.ptr[0] != IPPROTO_IPIP && data.ptr[0] != IPPROTO_IPV6))
	{
		return FALSE;
	}
	if (type == D3P_POSIX_TIME)
	{
		micro = untoh32(data.ptr + 8);
		if (micro >= 1000000)
		{
			return FALSE;
		}
		*stamp = nearest(now / 1000, untoh32(data.ptr + 4)) * 1000 +
				 micro / 1000;
	}
	else
	{
		*stamp = untoh64(data.ptr + 4);
	}
	*next = data.ptr[0];
	return TRUE;
}
