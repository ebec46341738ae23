/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "replay_row.h"

#include <inttypes.h>

/*
 * Described in header
 */
char *replay_row_method(group_replay_t replay)
{
	switch (replay)
	{
		case GROUP_REPLAY_COUNTER:
			return "counter";
		case GROUP_REPLAY_TIME:
			return "time";
		case GROUP_REPLAY_D3P:
			return "d3p";
		default:
			return "none";
	}
}

/*
 * Described in header
 */
vici_builder_t *replay_row_create(group_replay_t replay, uint32_t window,
								  uint8_t type)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "kind", "group");
	builder->add_kv(builder, "method", "%s", replay_row_method(replay));
	if (replay == GROUP_REPLAY_COUNTER)
	{
		builder->add_kv(builder, "window-packets", "%u", window);
	}
	else if (replay != GROUP_REPLAY_NONE)
	{
		builder->add_kv(builder, "window-ms", "%u", window);
	}
	if (replay == GROUP_REPLAY_D3P)
	{
		builder->add_kv(builder, "d3p-type", "%s",
						type == 1 ? "posix-time" : "posix-time-msec");
	}
	return builder;
}

/*
 * Described in header
 */
char *replay_row_print(uint64_t ms, char *buf)
{
	snprintf(buf, REPLAY_ROW_TIME_LEN, "%" PRIu64 ".%02u", ms / 1000,
			 (u_int)(ms % 1000 / 10));
	return buf;
}

/*
 * Described in header
 */
void replay_row_add_time(vici_builder_t *builder, char *key, uint64_t ms)
{
	char buf[REPLAY_ROW_TIME_LEN];

	builder->add_kv(builder, key, "%s", replay_row_print(ms, buf));
}
