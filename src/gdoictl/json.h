/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup json json
 * @{ @ingroup gdoictl
 */

#ifndef JSON_H_
#define JSON_H_

#include "field.h"
#include "row.h"

#include <stdio.h>

/**
 * Print a string with quotes. Octets that are no UTF-8 become U+FFFD.
 *
 * @param out			where to print
 * @param text			zero terminated text
 */
void json_string(FILE *out, const char *text);

/**
 * Print a value by its kind. A value that doesn't fit the kind is printed as a
 * string, so that the output is always valid.
 *
 * @param out			where to print
 * @param kind			kind
 * @param value			zero terminated value
 */
void json_value(FILE *out, field_kind_t kind, const char *value);

/**
 * Print a section as an object, on one line.
 *
 * @param out			where to print
 * @param row			section
 * @param counters		true if whatever looks like a number is one
 */
void json_row(FILE *out, row_t *row, bool counters);

#endif /** JSON_H_ @}*/
