/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_rules ks_rules
 * @{ @ingroup gdoi_ks
 *
 * What the access lists of a group say, line by line and of a packet.
 */

#ifndef KS_RULES_H_
#define KS_RULES_H_

#include "ks_status.h"

/**
 * Hand out the lines of all TEKs' access lists in the order that members look
 * at them (ACL-002, ACL-004), or what members do with a packet, lines of their
 * own apart.
 *
 * @param status		picture of the group
 * @param packet		NULL for a row per line, or a packet for one row
 * @param row			called per row
 * @param user			data to pass to row
 */
void ks_rules_list(ks_status_t *status, const group_packet_t *packet,
				   group_row_cb_t row, void *user);

#endif /** KS_RULES_H_ @}*/
