/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "text.h"
#include "field.h"

#include <library.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/** columns for the names of keys */
#define LABEL_WIDTH 27

/** room for a word; a longer one is printed as several */
#define WORD_LEN 1024

/*
 * Described in header.
 */
char *text_span(int64_t seconds, char *buf, size_t len)
{
	int64_t s = seconds < 0 ? 0 : seconds;

	if (s < 60)
	{
		snprintf(buf, len, "%" PRId64 "s", s);
	}
	else if (s < 3600)
	{
		snprintf(buf, len, "%" PRId64 "m%" PRId64 "s", s / 60, s % 60);
	}
	else if (s < 86400)
	{
		snprintf(buf, len, "%" PRId64 "h%" PRId64 "m", s / 3600,
				 s % 3600 / 60);
	}
	else if (s < 100 * 86400)
	{
		snprintf(buf, len, "%" PRId64 "d%" PRId64 "h", s / 86400,
				 s % 86400 / 3600);
	}
	else
	{
		snprintf(buf, len, "%" PRId64 "d", s / 86400);
	}
	return buf;
}

/**
 * Does an octet begin a character, and take a column therefore?
 */
static int is_start(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/*
 * Described in header.
 */
int text_columns(const char *value)
{
	int columns = 0;

	for (; *value; value++)
	{
		columns += is_start(*value);
	}
	return columns;
}

/**
 * Print as many characters of a text as fit, all with a width below 0
 */
static void print_clean(FILE *out, const char *text, int width)
{
	for (; *text; text++)
	{
		if (is_start(*text) && width-- == 0)
		{
			break;
		}
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
	}
}

/*
 * Described in header.
 */
void text_clean(FILE *out, const char *value)
{
	print_clean(out, value, -1);
}

/*
 * Described in header.
 */
void text_cell(FILE *out, const char *value, int width)
{
	int columns = text_columns(value);

	if (columns > width && width > 3)
	{
		print_clean(out, value, width - 3);
		fputs("...", out);
	}
	else
	{
		print_clean(out, value, width);
		fprintf(out, "%*s", columns < width ? width - columns : 0, "");
	}
}

/*
 * Described in header.
 */
void text_wrapped(FILE *out, const char *text, int indent)
{
	int column = indent, width;
	char word[WORD_LEN];
	size_t len;

	while (*(text += strspn(text, " ")))
	{
		len = min(strcspn(text, " "), sizeof(word) - 1);
		memcpy(word, text, len);
		word[len] = '\0';
		text += len;
		width = text_columns(word);
		if (column > indent && column + 1 + width > TEXT_WIDTH)
		{
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		}
		else if (column > indent)
		{
			fputc(' ', out);
			column++;
		}
		text_clean(out, word);
		column += width;
	}
	fputc('\n', out);
}

/*
 * Described in header.
 */
void text_headings(FILE *out, const text_column_t *columns)
{
	for (; columns->title; columns++)
	{
		if (columns[1].title)
		{
			text_cell(out, columns->title, columns->width);
			fputc(' ', out);
		}
		else
		{
			fprintf(out, "%s\n", columns->title);
		}
	}
}

/**
 * Let a column print into memory
 */
static char *render(const text_column_t *column, row_t *row, row_t *section)
{
	char *value = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&value, &len);
	if (!out)
	{
		abort();
	}
	column->print(row, section, out);
	fclose(out);
	return value;
}

/*
 * Described in header.
 */
void text_line(FILE *out, const text_column_t *columns, row_t *row,
			   row_t *section)
{
	int used = 0, width;
	char *value;

	for (; columns->title; columns++)
	{
		value = render(columns, row, section);
		width = columns->width ? columns->width : TEXT_WIDTH - used;
		if (!columns[1].title && text_columns(value) < width)
		{	/* no blanks at the end of a line */
			width = text_columns(value);
		}
		text_cell(out, value, width);
		fputs(columns[1].title ? " " : "\n", out);
		used += width + 1;
		free(value);
	}
}

/**
 * Print the label of a line
 */
static void print_label(FILE *out, const char *label, int indent)
{
	int width = LABEL_WIDTH - indent;

	fprintf(out, "%*s", indent, "");
	text_cell(out, label, max(width, text_columns(label)));
	fputc(' ', out);
}

/**
 * Print a text, in lines below each other if it is a long number such as a key
 */
static void print_folded(FILE *out, const char *value)
{
	size_t width = TEXT_WIDTH - LABEL_WIDTH - 1;

	if (!value[strspn(value, "0123456789abcdef")])
	{
		for (; strlen(value) > width; value += width)
		{
			fprintf(out, "%.*s\n%*s", (int)width, value, LABEL_WIDTH + 1, "");
		}
	}
	print_clean(out, value, -1);
}

/**
 * Print a value, with the moment that belongs to a distance
 */
static void print_value(FILE *out, row_t *section, row_t *row)
{
	char span[TEXT_SPAN_LEN], at[80];
	const char *moment;

	switch (field_kind(row->name))
	{
		case FIELD_DISTANCE:
		case FIELD_DURATION:
			if (!field_is_number(row->value))
			{
				break;
			}
			snprintf(at, sizeof(at), "%s-at", row->name);
			moment = row_get(section, at);
			fputs(text_span(atoll(row->value), span, sizeof(span)), out);
			if (moment)
			{
				fputs(" (", out);
				print_clean(out, moment, 20);
				fputc(')', out);
			}
			fputc('\n', out);
			return;
		case FIELD_MILLISECONDS:
			print_clean(out, row->value, -1);
			fputs(" ms\n", out);
			return;
		default:
			break;
	}
	print_folded(out, row->value);
	fputc('\n', out);
}

/**
 * Is this the moment that belongs to another key, and printed with it?
 */
static int is_companion(row_t *section, row_t *row)
{
	char name[80];
	size_t len = strlen(row->name);

	if (len < 4 || len >= sizeof(name) || strcmp(row->name + len - 3, "-at"))
	{
		return 0;
	}
	memcpy(name, row->name, len - 3);
	name[len - 3] = '\0';
	return row_find(section, name) != NULL;
}

/**
 * Print a list, an item per line
 */
static void print_list(FILE *out, row_t *list, int indent)
{
	const char *label = list->name;
	row_t *item;

	for (item = list->children; item; item = item->next)
	{
		print_label(out, label, indent);
		print_clean(out, item->value ? item->value : "", -1);
		fputc('\n', out);
		label = "";
	}
}

/*
 * Described in header.
 */
void text_details(FILE *out, row_t *row, int indent)
{
	row_t *child;

	for (child = row->children; child; child = child->next)
	{
		switch (child->kind)
		{
			case ROW_VALUE:
				if (!is_companion(row, child))
				{
					print_label(out, child->name, indent);
					print_value(out, row, child);
				}
				break;
			case ROW_LIST:
				print_list(out, child, indent);
				break;
			case ROW_SECTION:
				fprintf(out, "%*s%s\n", indent, "", child->name);
				text_details(out, child, indent + 2);
				break;
		}
	}
}
