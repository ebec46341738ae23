/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ask ask
 * @{ @ingroup gdoictl
 *
 * Lists that are looked at as a whole: they are small, and what is printed
 * needs several rows.
 */

#ifndef ASK_H_
#define ASK_H_

#include "gdoictl.h"
#include "row.h"

/**
 * Request a streamed list, and keep its rows. What goes wrong is told.
 *
 * @param ctl			command line
 * @param command		command of the service, e.g. "list-groups"
 * @param event			event that carries a row, e.g. "list-group"
 * @param group			only rows of this group, NULL for all
 * @param option		key to be set to "yes" in the request, NULL for none
 * @param rows			first row, the others follow as next; NULL if there is
 *						none; to be destroyed in any case
 * @return				GDOICTL_DONE, or the exit code to end with
 */
int ask_rows(gdoictl_t *ctl, const char *command, const char *event,
			 const char *group, const char *option, row_t **rows);

/**
 * Get a value.
 *
 * @param row			row or section
 * @param key			key
 * @return				value, a dash if there is none
 */
const char *ask_get(row_t *row, const char *key);

/**
 * Check a value.
 *
 * @param row			row or section
 * @param key			key
 * @param value			value
 * @return				true if it is that
 */
bool ask_is(row_t *row, const char *key, const char *value);

/**
 * Get a whole number.
 *
 * @param row			row or section
 * @param key			key
 * @return				number, 0 if there is none
 */
long long ask_number(row_t *row, const char *key);

#endif /** ASK_H_ @}*/
