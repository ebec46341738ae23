/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_lists gm_lists
 * @{ @ingroup gdoi_member
 *
 * The part of a `member` section that is about the member's own access lists
 * and fail-close.
 */

#ifndef GM_LISTS_H_
#define GM_LISTS_H_

#include "gm_config.h"

/**
 * Read acl, fail_close, fail_close_acl, fail_close_revert and lockout_check.
 *
 * @param data			gets the values, gm_lists_clear() them
 * @param node			section
 * @param reader		gets errors and warnings
 * @param acls			resolver of names of access lists
 * @param user			user data of acls
 */
void gm_lists_parse(gm_config_data_t *data, config_node_t *node,
					config_reader_t *reader, group_acl_lookup_t acls,
					void *user);

/**
 * Compare what gm_lists_parse() read.
 *
 * @return				TRUE if all of it is the same
 */
bool gm_lists_equal(const gm_config_data_t *a, const gm_config_data_t *b);

/**
 * Compare two lists, their names and the numbers of their lines included.
 *
 * @return				TRUE if they are the same
 */
bool gm_list_equals(const gm_list_t *a, const gm_list_t *b);

/**
 * Find the first permit line of a list.
 *
 * @param list			list, may have no lines
 * @return				line, valid as long as the list; NULL if there is none
 */
const group_ace_t *gm_list_get_permit(const gm_list_t *list);

/**
 * Give back what gm_lists_parse() read.
 */
void gm_lists_clear(gm_config_data_t *data);

#endif /** GM_LISTS_H_ @}*/
