/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_impair_rule.h"

#ifdef GDOI_IMPAIR

#include <library.h>

#include <ctype.h>

/** greatest exchange number */
#define EXCHANGE_MAX 255

/*
 * Described in header
 */
const char *gdoi_impair_rule_name(gdoi_impair_action_t action)
{
	static const char *names[GDOI_IMPAIR_MAX] = {
		[GDOI_IMPAIR_DROP] = "drop",
		[GDOI_IMPAIR_DUPLICATE] = "duplicate",
		[GDOI_IMPAIR_DELAY] = "delay",
		[GDOI_IMPAIR_CORRUPT] = "corrupt",
		[GDOI_IMPAIR_REORDER] = "reorder",
		[GDOI_IMPAIR_ABORT] = "abort",
		[GDOI_IMPAIR_ABORT_AFTER] = "abort_after",
	};

	return names[action];
}

/**
 * Read a number
 *
 * @param text		text, advanced behind the number
 * @param number	number
 * @return			FALSE if there is none
 */
static bool read_number(const char **text, u_int *number)
{
	char *end;

	if (!isdigit(**text))
	{
		return FALSE;
	}
	*number = strtoul(*text, &end, 10);
	*text = end;
	return TRUE;
}

/**
 * Read what selects messages: N or P%
 */
static bool read_selection(gdoi_impair_rule_t *rule, const char **text)
{
	u_int number;

	if (!read_number(text, &number))
	{
		return FALSE;
	}
	if (**text == '%')
	{
		(*text)++;
		rule->percent = number;
		return number <= 100;
	}
	rule->nth = number;
	return number > 0;
}

/*
 * Described in header
 */
bool gdoi_impair_rule_parse(gdoi_impair_rule_t *rule, const char *text)
{
	rule->incoming = strpfx(text, "in:");
	if (!rule->incoming && !strpfx(text, "out:"))
	{
		return FALSE;
	}
	text = strchr(text, ':') + 1;
	rule->nth = 0;
	rule->percent = 100;
	if (!read_number(&text, &rule->exchange) || rule->exchange > EXCHANGE_MAX)
	{
		return FALSE;
	}
	if (*text == ':')
	{
		text++;
		if (!read_selection(rule, &text))
		{
			return FALSE;
		}
	}
	return !*text;
}

/*
 * Described in header
 */
bool gdoi_impair_rule_is_for(gdoi_impair_rule_t *rule, bool incoming,
							 u_int exchange)
{
	return rule->incoming == incoming && rule->exchange == exchange;
}

/**
 * Mix the bits of a number, so that consecutive ones look like chance
 */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/*
 * Described in header
 */
bool gdoi_impair_rule_hits(gdoi_impair_rule_t *rule, uint32_t *chance)
{
	u_int count = ref_get(&rule->seen);
	uint64_t drawn = mix(mix(rule->seed) + count);

	if (rule->nth ? rule->nth != count : drawn % 100 >= rule->percent)
	{
		return FALSE;
	}
	*chance = drawn >> 32;
	return TRUE;
}

#endif /* GDOI_IMPAIR */
