/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "json.h"

#include <string.h>

/**
 * Length of a well-formed UTF-8 sequence; 0 if there is none
 */
static int utf8_length(const unsigned char *p)
{
	static const struct {
		/** first octet */
		unsigned char from, to;
		/** limits of the second octet: no overlong forms, no surrogates */
		unsigned char low, high;
		/** octets of the sequence */
		int len;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i;
	int j;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		if (p[0] < forms[i].from || p[0] > forms[i].to)
		{
			continue;
		}
		if (forms[i].len > 1 &&
			(p[1] < forms[i].low || p[1] > forms[i].high))
		{
			return 0;
		}
		for (j = 2; j < forms[i].len; j++)
		{
			if ((p[j] & 0xc0) != 0x80)
			{
				return 0;
			}
		}
		return forms[i].len;
	}
	return 0;
}

/**
 * Print one character of a string
 */
static void print_char(FILE *out, const unsigned char *p, int len)
{
	if (len == 0)
	{
		fputs("\\ufffd", out);
	}
	else if (*p == '"' || *p == '\\')
	{
		fprintf(out, "\\%c", *p);
	}
	else if (*p < 0x20 || *p == 0x7f)
	{
		fprintf(out, "\\u%04x", *p);
	}
	else
	{
		fwrite(p, 1, len, out);
	}
}

/*
 * Described in header.
 */
void json_string(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char*)text;
	int len;

	fputc('"', out);
	while (*p)
	{
		len = utf8_length(p);
		print_char(out, p, len);
		p += len ? len : 1;
	}
	fputc('"', out);
}

/*
 * Described in header.
 */
void json_value(FILE *out, field_kind_t kind, const char *value)
{
	switch (kind)
	{
		case FIELD_NUMBER:
		case FIELD_DISTANCE:
		case FIELD_DURATION:
		case FIELD_MILLISECONDS:
		case FIELD_COUNTER:
			if (field_is_number(value))
			{
				fputs(value, out);
				return;
			}
			break;
		case FIELD_DECIMAL:
			if (field_is_decimal(value))
			{
				fputs(value, out);
				return;
			}
			break;
		case FIELD_BOOL:
			if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
			{
				fputs(*value == 'y' ? "true" : "false", out);
				return;
			}
			break;
		default:
			break;
	}
	json_string(out, value);
}

/**
 * Print the items of a list
 */
static void print_list(FILE *out, row_t *row)
{
	row_t *item;

	fputc('[', out);
	for (item = row->children; item; item = item->next)
	{
		json_string(out, item->value ? item->value : "");
		fputs(item->next ? ", " : "", out);
	}
	fputc(']', out);
}

/*
 * Described in header.
 */
void json_row(FILE *out, row_t *row, bool counters)
{
	field_kind_t kind;
	row_t *child;

	fputc('{', out);
	for (child = row->children; child; child = child->next)
	{
		json_string(out, child->name);
		fputs(": ", out);
		switch (child->kind)
		{
			case ROW_VALUE:
				kind = field_kind(child->name);
				if (counters && kind == FIELD_TEXT)
				{
					kind = FIELD_COUNTER;
				}
				json_value(out, kind, child->value);
				break;
			case ROW_LIST:
				print_list(out, child);
				break;
			case ROW_SECTION:
				json_row(out, child, counters);
				break;
		}
		fputs(child->next ? ", " : "", out);
	}
	fputc('}', out);
}
