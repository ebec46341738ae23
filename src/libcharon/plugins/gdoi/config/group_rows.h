/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_rows group_rows
 * @{ @ingroup gdoi_config
 *
 * What a role has to tell of a group, as VICI carries it. Hold no lock while
 * calling these; any thread.
 */

#ifndef GROUP_ROWS_H_
#define GROUP_ROWS_H_

#include "group_config.h"

/**
 * Let a role describe a group, in a section "gm" or "ks".
 *
 * @param role			role
 * @param name			name of the group
 * @param builder		message to add the section to
 */
void group_rows_describe(group_role_t *role, const char *name,
						 vici_builder_t *builder);

/**
 * Let a role list something of a group, with "group" and "role" in front.
 *
 * @param role			role
 * @param what			what to list; nothing if the role doesn't
 * @param name			name of the group
 * @param row			called per row
 * @param user			data to pass to row
 */
void group_rows_list(group_role_t *role, group_list_t what, const char *name,
					 group_row_cb_t row, void *user);

/**
 * Let a role list the lines in force for a group, or what becomes of a packet,
 * with "group" and "role" in front.
 *
 * @param role			role
 * @param name			name of the group
 * @param packet		NULL for the lines, or a packet
 * @param row			called per row
 * @param user			data to pass to row
 */
void group_rows_rules(group_role_t *role, const char *name,
					  const group_packet_t *packet, group_row_cb_t row,
					  void *user);

#endif /** GROUP_ROWS_H_ @}*/
