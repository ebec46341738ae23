/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_id.h"

#include <arpa/inet.h>

/**
 * Parse a decimal number of 32 bits, nothing in front and nothing behind.
 */
static bool parse_number(const char *text, uint32_t *value)
{
	uint64_t number = 0;
	const char *pos;

	for (pos = text; *pos; pos++)
	{
		if (*pos < '0' || *pos > '9' || pos - text >= 10)
		{
			return FALSE;
		}
		number = number * 10 + (uint64_t)(*pos - '0');
	}
	*value = (uint32_t)number;
	return pos != text && number <= UINT32_MAX;
}

bool group_id_parse(const char *text, group_id_t *id)
{
	struct in_addr addr;
	uint32_t value;

	if (parse_number(text, &value))
	{
		id->type = GROUP_ID_NUMBER;
		id->value = value;
		return TRUE;
	}
	if (inet_pton(AF_INET, text, &addr) == 1)
	{
		id->type = GROUP_ID_ADDRESS;
		id->value = ntohl(addr.s_addr);
		return TRUE;
	}
	return FALSE;
}

char *group_id_print(const group_id_t *id, char *buf, size_t len)
{
	if (id->type == GROUP_ID_ADDRESS)
	{
		snprintf(buf, len, "%u.%u.%u.%u", id->value >> 24,
				 (id->value >> 16) & 0xff, (id->value >> 8) & 0xff,
				 id->value & 0xff);
	}
	else
	{
		snprintf(buf, len, "%u", id->value);
	}
	return buf;
}

bool group_id_equals(const group_id_t *a, const group_id_t *b)
{
	return a->type == b->type && a->value == b->value;
}
