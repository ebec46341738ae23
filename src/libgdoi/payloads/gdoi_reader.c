/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE /* for vasprintf() */
#include "gdoi_reader.h"

#include <stdarg.h>

bool gdoi_refuse(char **reason, const char *fmt, ...)
{
	va_list args;

	if (reason && !*reason)
	{
		va_start(args, fmt);
		if (vasprintf(reason, fmt, args) < 0)
		{
			*reason = NULL;
		}
		va_end(args);
	}
	return FALSE;
}
