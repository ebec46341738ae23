/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup replay_row replay_row
 * @{ @ingroup gdoi_vici
 *
 * The keys of a list-replay row that members and key servers share. Compiled
 * into every plugin that needs it; any thread.
 */

#ifndef REPLAY_ROW_H_
#define REPLAY_ROW_H_

#include <group/group_tek.h>
#include <plugins/vici/vici_builder.h>

/**
 * Name of a method: none, counter, time or d3p.
 *
 * @param replay		method
 * @return				static text
 */
char *replay_row_method(group_replay_t replay);

/**
 * Start the row of a group: `kind` = group, `method`, and the window:
 * `window-packets` of a counter, `window-ms` of times.
 *
 * @param replay		method
 * @param window		window in the unit of the method
 * @param type			D3P-TYPE, told as `d3p-type` with GROUP_REPLAY_D3P
 * @return				builder for more keys
 */
vici_builder_t *replay_row_create(group_replay_t replay, uint32_t window,
								  uint8_t type);

/** room for replay_row_print() */
#define REPLAY_ROW_TIME_LEN 32

/**
 * Write a time in seconds with two decimals (SHOW-005).
 *
 * @param ms			milliseconds
 * @param buf			gets the text, REPLAY_ROW_TIME_LEN
 * @return				buf
 */
char *replay_row_print(uint64_t ms, char *buf);

/**
 * Add a time in seconds with two decimals.
 *
 * @param builder		row
 * @param key			key
 * @param ms			milliseconds
 */
void replay_row_add_time(vici_builder_t *builder, char *key, uint64_t ms);

#endif /** REPLAY_ROW_H_ @}*/
