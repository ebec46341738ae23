/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rules.h"
#include "field.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/** columns that what is told of a packet is indented by */
#define MATCH_COLUMN 2

/**
 * Columns before the text of a line
 */
static const struct {
	/** heading */
	const char *title;
	/** key */
	const char *key;
	/** width, a longer number is not cut */
	int width;
} columns[] = {
	{ "POS",	"position",	4 },
	{ "ACTION",	"action",	7 },
	{ "ORIGIN",	"origin",	10 },
	{ "LIST",	"list",		11 },
	{ "NUMBER",	"number",	7 },
};

/** number of these columns */
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/**
 * Get a value, a dash if there is none
 */
static const char *get(row_t *row, const char *key)
{
	const char *value = row_get(row, key);

	return value ? value : "-";
}

/**
 * Does a row have this value?
 */
static bool is(row_t *row, const char *key, const char *value)
{
	return strcmp(get(row, key), value) == 0;
}

/*
 * Described in header.
 */
bool rules_same(row_t *row, row_t *other)
{
	return other && is(other, "group", get(row, "group")) &&
		   is(other, "role", get(row, "role"));
}

/**
 * Print which group and role is told about
 */
static void print_owner(FILE *out, row_t *row)
{
	text_clean(out, get(row, "group"));
	fputs(is(row, "role", "ks") ? ", key server" : ", member", out);
}

/**
 * Print the headings of a group's lines
 */
static void print_headings(FILE *out, row_t *row)
{
	size_t i;

	print_owner(out, row);
	if (is(row, "origin", "exception") || is(row, "origin", "fail-close"))
	{	/* GM-058 */
		fputs(", fail-close (deny = forward in clear, permit = drop)", out);
	}
	fputc('\n', out);
	for (i = 0; i < COLUMNS; i++)
	{
		text_cell(out, columns[i].title, columns[i].width);
		fputc(' ', out);
	}
	fputs("LINE\n", out);
}

/*
 * Described in header.
 */
void rules_line(FILE *out, row_t *row, bool first)
{
	const char *value;
	int used = 0, width;
	size_t i;

	if (first)
	{
		print_headings(out, row);
	}
	for (i = 0; i < COLUMNS; i++)
	{
		value = get(row, columns[i].key);
		width = columns[i].width;
		if (field_is_number(value) && text_columns(value) > width)
		{
			width = text_columns(value);
		}
		text_cell(out, value, width);
		fputc(' ', out);
		used += width + 1;
	}
	text_wrapped(out, get(row, "text"), used);
}

/**
 * Print a text in lines of their own
 *
 * @param text			text, gets freed
 */
static void print_paragraph(FILE *out, char *text)
{
	fprintf(out, "%*s", MATCH_COLUMN, "");
	text_wrapped(out, text, MATCH_COLUMN);
	free(text);
}

/**
 * Start to compose a text
 */
static FILE *compose(char **text, size_t *len)
{
	FILE *out;

	out = open_memstream(text, len);
	if (!out)
	{
		abort();
	}
	return out;
}

/**
 * Compose which line decides
 */
static char *deciding_line(row_t *row)
{
	const char *list = row_get(row, "list");
	const char *number = row_get(row, "number");
	char *text;
	size_t len;
	FILE *out;

	out = compose(&text, &len);
	if (!row_get(row, "position"))
	{
		fputs("no line decides", out);
	}
	else
	{
		fprintf(out, "line %s decides: %s (%s%s%s%s%s)", get(row, "position"),
				get(row, "text"), get(row, "origin"), list ? ", list " : "",
				list ? list : "", number ? ", number " : "",
				number ? number : "");
	}
	fclose(out);
	return text;
}

/**
 * Compose what happens to the packet if it leaves
 */
static char *outbound(row_t *row)
{
	const char *spi = row_get(row, "spi");
	char *text;
	size_t len;
	FILE *out;

	out = compose(&text, &len);
	fputs("leaving here: ", out);
	if (is(row, "outbound", "encrypt"))
	{
		fprintf(out, "encrypted%s%s", spi ? " with SPI " : "", spi ? spi : "");
	}
	else
	{
		fputs(is(row, "outbound", "drop") ? "dropped" : "sent in clear", out);
	}
	fprintf(out, ", as %s", get(row, "reason"));
	fclose(out);
	return text;
}

/**
 * Compose what happens to the packet if it arrives in clear
 */
static char *inbound(row_t *row)
{
	const char *position = row_get(row, "inbound-position");
	char *text;
	size_t len;
	FILE *out;

	out = compose(&text, &len);
	fprintf(out, "arriving here in clear: %s",
			is(row, "inbound", "accept") ? "accepted" : "dropped");
	if (position)
	{
		fprintf(out, ", by line %s", position);
	}
	fclose(out);
	return text;
}

/*
 * Described in header.
 */
void rules_match(FILE *out, row_t *row)
{
	print_owner(out, row);
	fputc('\n', out);
	print_paragraph(out, deciding_line(row));
	print_paragraph(out, outbound(row));
	print_paragraph(out, inbound(row));
}
