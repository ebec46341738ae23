/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup rules rules
 * @{ @ingroup gdoictl
 *
 * The lines in force, and what becomes of a packet, as text.
 */

#ifndef RULES_H_
#define RULES_H_

#include "row.h"

#include <stdbool.h>
#include <stdio.h>

/**
 * Check if two rows are of the same group and role.
 *
 * @param row			row
 * @param other			other row, NULL for none
 * @return				true if they are
 */
bool rules_same(row_t *row, row_t *other);

/**
 * Print a line in force; one that is too long goes on in the next line of the
 * output, as half a line of an access list tells nothing.
 *
 * @param out			where to print
 * @param row			row of list-policies, of kind "line"
 * @param first			true for the first one of a group and role, which gets
 *						headings
 */
void rules_line(FILE *out, row_t *row, bool first);

/**
 * Print what becomes of a packet, and by which line.
 *
 * @param out			where to print
 * @param row			row of list-policies, of kind "match"
 */
void rules_match(FILE *out, row_t *row);

#endif /** RULES_H_ @}*/
