/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup columns columns
 * @{ @ingroup gdoictl
 *
 * Tables of 80 columns. Each table ends with a column without title.
 */

#ifndef COLUMNS_H_
#define COLUMNS_H_

#include "text.h"

/** a line per group and role, which is a section of the row */
extern const text_column_t columns_of_groups[];

/** a line per member */
extern const text_column_t columns_of_members[];

/** a line per KEK or TEK */
extern const text_column_t columns_of_policies[];

/** a line per group and role, of how its rekeys go */
extern const text_column_t columns_of_rekeys[];

/** a line per group and role, of its Sender IDs */
extern const text_column_t columns_of_sids[];

/** a line per party of a group and feature */
extern const text_column_t columns_of_features[];

/**
 * Get the newest sequence number of a list of them.
 *
 * @param row			row of a member
 * @param list			"sent" or "acknowledged"
 * @return				number, 0 if there is none
 */
unsigned long columns_newest(row_t *row, const char *list);

#endif /** COLUMNS_H_ @}*/
