/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_replay gm_replay
 * @{ @ingroup gdoi_member
 *
 * The member's rows of list-replay (SHOW-004, SHOW-005, SHOW-108).
 */

#ifndef GM_REPLAY_H_
#define GM_REPLAY_H_

#include "gm_group.h"

/**
 * Hand out the row about a group. Asks the crypto map, so no lock may be held.
 *
 * @param group			group, or NULL for none
 * @param runtime		clocks
 * @param row			called with the row
 * @param user			passed to row
 */
void gm_replay_list(gm_group_t *group, gm_runtime_t *runtime,
					group_row_cb_t row, void *user);

/**
 * Hand out a row per packet that was refused, oldest first; at most those that
 * the crypto map has noted (D3P-014). Otherwise as gm_replay_list().
 */
void gm_replay_list_errors(gm_group_t *group, group_row_cb_t row, void *user);

#endif /** GM_REPLAY_H_ @}*/
