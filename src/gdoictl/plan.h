/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup plan plan
 * @{ @ingroup gdoictl
 */

#ifndef PLAN_H_
#define PLAN_H_

#include "row.h"

#include <stdbool.h>
#include <stdio.h>

/**
 * Print which groups a load changes, a line each, and below it what changes:
 * key and values, then whether it rekeys and when it takes effect.
 *
 * @param out			where to print
 * @param row			answer to load-groups
 * @param dry_run		whether it only would
 * @return				number of groups and roles that change
 */
int plan_print(FILE *out, row_t *row, bool dry_run);

#endif /** PLAN_H_ @}*/
