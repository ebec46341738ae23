/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup text text
 * @{ @ingroup gdoictl
 *
 * Output for people: 80 columns, aligned, nothing that moves the cursor.
 */

#ifndef TEXT_H_
#define TEXT_H_

#include "row.h"

#include <stdint.h>
#include <stdio.h>

/** columns of a line */
#define TEXT_WIDTH 80

/** buffer size that holds every text of text_span() */
#define TEXT_SPAN_LEN 24

typedef struct text_column_t text_column_t;

/**
 * A column of a table.
 */
struct text_column_t {

	/** heading */
	const char *title;

	/** width in columns, 0 for what is left of the line */
	int width;

	/**
	 * Print the cell of a row.
	 *
	 * @param row		message
	 * @param section	section of the message that the line is about, or the
	 *					message
	 * @param out		where to print
	 */
	void (*print)(row_t *row, row_t *section, FILE *out);
};

/**
 * Print a duration in at most two units, e.g. 45s, 59m30s, 3h12m, 2d3h, 100d.
 *
 * @param seconds		duration
 * @param buf			buffer for the zero terminated text
 * @param len			size of buf, TEXT_SPAN_LEN is always enough
 * @return				buf
 */
char *text_span(int64_t seconds, char *buf, size_t len);

/**
 * Print a value with its control characters replaced by question marks.
 *
 * @param out			where to print
 * @param value			zero terminated UTF-8
 */
void text_clean(FILE *out, const char *value);

/**
 * Columns that a value takes.
 *
 * @param value			zero terminated UTF-8
 * @return				columns
 */
int text_columns(const char *value);

/**
 * Print a cell: control characters replaced, too long a value cut with "...",
 * too short a one filled with blanks.
 *
 * @param out			where to print
 * @param value			zero terminated UTF-8
 * @param width			columns of the cell
 */
void text_cell(FILE *out, const char *value, int width);

/**
 * Print a text and a line feed. Words that don't fit go to the next line, as
 * far in as the text began.
 *
 * @param out			where to print
 * @param text			zero terminated UTF-8, words separated by blanks
 * @param indent		column that the text begins in
 */
void text_wrapped(FILE *out, const char *text, int indent);

/**
 * Print the headings of a table.
 *
 * @param out			where to print
 * @param columns		columns, the last with a NULL title
 */
void text_headings(FILE *out, const text_column_t *columns);

/**
 * Print a line of a table.
 *
 * @param out			where to print
 * @param columns		columns, the last with a NULL title
 * @param row			message
 * @param section		section of it that the line is about, or the message
 */
void text_line(FILE *out, const text_column_t *columns, row_t *row,
			   row_t *section);

/**
 * Print everything that a section has, a key per line.
 *
 * @param out			where to print
 * @param row			section
 * @param indent		columns to indent by
 */
void text_details(FILE *out, row_t *row, int indent);

#endif /** TEXT_H_ @}*/
