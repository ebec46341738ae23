/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

/*
 * Described in header.
 */
bool config_text_number(const char *text, uint64_t *value)
{
	unsigned long long number;
	bool hex;
	char *end;

	hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	/* strtoull() would take blanks and signs */
	if (!isxdigit((u_char)text[hex ? 2 : 0]))
	{
		return FALSE;
	}
	errno = 0;
	number = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end)
	{
		return FALSE;
	}
	*value = number;
	return TRUE;
}

/*
 * Described in header.
 */
bool config_text_bool(const char *text, bool *value)
{
	static const char *words[][2] = {
		{ "no", "yes" }, { "false", "true" }, { "0", "1" },
		{ "disabled", "enabled" },
	};
	int i, j;

	for (i = 0; i < countof(words); i++)
	{
		for (j = 0; j < 2; j++)
		{
			if (strcaseeq(text, words[i][j]))
			{
				*value = j == 1;
				return TRUE;
			}
		}
	}
	return FALSE;
}

/**
 * Units of time
 */
static const struct {
	/** as written */
	const char *name;
	/** in milliseconds */
	uint64_t ms;
} units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 },
	{ "ms", 1 },
};

/*
 * Described in header.
 */
bool config_text_time(const char *text, uint64_t *value)
{
	unsigned long long number;
	char *end;
	int i;

	if (!isdigit((u_char)*text))
	{
		return FALSE;
	}
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
	{
		return FALSE;
	}
	end += strspn(end, " \t");
	for (i = 0; i < countof(units); i++)
	{
		if (streq(*end ? end : "s", units[i].name))
		{
			if (number > UINT64_MAX / units[i].ms)
			{
				return FALSE;
			}
			*value = number * units[i].ms;
			return TRUE;
		}
	}
	return FALSE;
}

/*
 * Described in header.
 */
char *config_text_print_time(uint64_t value, char *buf, size_t len)
{
	int i;

	for (i = 0; i < countof(units) - 1; i++)
	{
		if (value && value % units[i].ms == 0)
		{
			break;
		}
	}
	if (!value)
	{
		i = countof(units) - 2;
	}
	snprintf(buf, len, "%" PRIu64 "%s", value / units[i].ms, units[i].name);
	return buf;
}

/*
 * Described in header.
 */
bool config_text_is_address(const char *text)
{
	struct in6_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1 ||
		   inet_pton(AF_INET6, text, &addr) == 1;
}

/*
 * Described in header.
 */
char *config_text_vformat(const char *fmt, va_list args)
{
	va_list copy;
	char *text;
	int len;

	va_copy(copy, args);
	len = max(0, vsnprintf(NULL, 0, fmt, copy));
	va_end(copy);
	text = malloc(len + 1);
	text[0] = '\0';
	vsnprintf(text, len + 1, fmt, args);
	return text;
}

/*
 * Described in header.
 */
char *config_text_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = config_text_vformat(fmt, args);
	va_end(args);
	return text;
}

/*
 * Described in header.
 */
void config_text_sanitize(char *text)
{
	for (; text && *text; text++)
	{
		if ((u_char)*text < 0x20 || *text == 0x7f)
		{
			*text = '?';
		}
	}
}
