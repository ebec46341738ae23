/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_replay.h"

#include "../vici/replay_row.h"
#include "../vici/vici_time.h"

#include <inttypes.h>
#include <time.h>

ENUM(kind_names, FRESHNESS_MISSING, FRESHNESS_LATE,
	"missing",
	"malformed",
	"epoch",
	"early",
	"late",
);

ENUM(sync_names, FRESHNESS_SYNC_UNKNOWN, FRESHNESS_SYNC_YES,
	"unknown",
	"unsynchronised",
	"synchronised",
);

/** counters of refused packets */
static char *error_keys[] = {
	[FRESHNESS_MISSING] = "errors-missing",
	[FRESHNESS_MALFORMED] = "errors-malformed",
	[FRESHNESS_EPOCH] = "errors-epoch",
	[FRESHNESS_EARLY] = "errors-early",
	[FRESHNESS_LATE] = "errors-late",
};

/**
 * Magnitude of a difference
 */
static uint64_t magnitude(int64_t delta)
{
	return delta < 0 ? -(uint64_t)delta : (uint64_t)delta;
}

/**
 * Add up the counters of a group's SAs
 *
 * @return				FALSE if none ever had time stamps
 */
static bool sum_counters(crypto_map_t *map, freshness_counters_t *sum)
{
	freshness_counters_t counters;
	bool found = FALSE;
	u_int i, kind;

	*sum = (freshness_counters_t){};
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (!map->get_freshness(map, i, &counters))
		{
			continue;
		}
		found = TRUE;
		sum->in += counters.in;
		sum->out += counters.out;
		sum->in_errors += counters.in_errors;
		sum->out_errors += counters.out_errors;
		for (kind = 0; kind < FRESHNESS_ERROR_KINDS; kind++)
		{
			sum->errors[kind] += counters.errors[kind];
		}
		if (magnitude(counters.max_delta_ms) > magnitude(sum->max_delta_ms))
		{
			sum->max_delta_ms = counters.max_delta_ms;
		}
	}
	return found;
}

/**
 * Add the counters (D3P-015)
 */
static void add_counters(const freshness_counters_t *counters,
						 vici_builder_t *builder)
{
	u_int kind;

	builder->add_kv(builder, "input-packets", "%" PRIu64, counters->in);
	builder->add_kv(builder, "output-packets", "%" PRIu64, counters->out);
	builder->add_kv(builder, "input-errors", "%" PRIu64, counters->in_errors);
	builder->add_kv(builder, "output-errors", "%" PRIu64,
					counters->out_errors);
	for (kind = 0; kind < FRESHNESS_ERROR_KINDS; kind++)
	{
		builder->add_kv(builder, error_keys[kind], "%" PRIu64,
						counters->errors[kind]);
	}
	builder->add_kv(builder, "max-delta-ms", "%" PRId64,
					counters->max_delta_ms);
}

/**
 * Add our real time and what is known of its clock
 */
static void add_clock(vici_builder_t *builder)
{
	freshness_t *freshness = lib->get(lib, FRESHNESS_NAME);
	freshness_clock_t clock = {};
	struct timespec ts;
	uint64_t now;

	if (freshness)
	{
		freshness->get_clock(freshness, &clock);
		now = freshness->now_real_ms(freshness);
	}
	else
	{
		clock_gettime(CLOCK_REALTIME, &ts);
		now = (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	}
	replay_row_add_time(builder, "time", now);
	builder->add_kv(builder, "clock", "%N", sync_names, clock.sync);
	builder->add_kv(builder, "clock-error-ms", "%u", clock.error_ms);
	builder->add_kv(builder, "clock-steps", "%u", clock.steps);
}

/**
 * Add our pseudotime and how it followed the key server's (SHOW-108)
 */
static void add_pseudotime(const gm_freshness_status_t *status,
						   gm_runtime_t *runtime, vici_builder_t *builder)
{
	uint64_t boot = runtime->boot_ns(runtime), now = runtime->now(runtime);
	group_pseudotime_t time;

	time = pseudotime_advance(&status->base, boot > status->boot_ns ?
							  (boot - status->boot_ns) / 1000000 : 0);
	replay_row_add_time(builder, "time", pseudotime_ms(&time));
	builder->add_kv(builder, "epoch", "%08x", time.epoch);
	builder->add_kv(builder, "tick-ms", "%u", time.tick_ms);
	builder->add_kv(builder, "sync-errors", "%" PRIu64, status->sync_errors);
	builder->add_kv(builder, "sync-max-delta-ms", "%" PRIu64,
					status->sync_max);
	if (status->sync_last)
	{
		vici_time_add_ago(builder, "sync-last", now > status->sync_last ?
						  (now - status->sync_last) / 1000 : 0);
	}
}

/**
 * Build the row about a group
 */
static vici_builder_t *build_row(const gm_freshness_status_t *status,
								 gm_runtime_t *runtime, crypto_map_t *map)
{
	freshness_counters_t counters;
	vici_builder_t *builder;

	builder = replay_row_create(status->replay, status->window, status->type);
	if (status->replay == GROUP_REPLAY_D3P)
	{
		builder->add_kv(builder, "window-origin", "%s",
						status->override ? "override" : "server");
		add_clock(builder);
	}
	if (status->replay == GROUP_REPLAY_TIME)
	{
		builder->add_kv(builder, "window-origin", "server");
		add_pseudotime(status, runtime, builder);
	}
	if (sum_counters(map, &counters))
	{	/* TEKs of before may have time stamps where the newest has none */
		add_counters(&counters, builder);
	}
	return builder;
}

/*
 * Described in header
 */
void gm_replay_list(gm_group_t *group, gm_runtime_t *runtime,
					group_row_cb_t row, void *user)
{
	gm_status_t status;

	if (group)
	{
		group->get_status(group, &status);
		row(user, build_row(&status.freshness, runtime,
							group->get_map(group)));
		gm_status_clear(&status);
	}
}

/**
 * Add a time in seconds
 */
static void add_time(vici_builder_t *builder, char *key, double seconds)
{
	replay_row_add_time(builder, key, seconds > 0 ? seconds * 1000 + 0.5 : 0);
}

/**
 * Build the row of a refused packet
 */
static vici_builder_t *error_row(freshness_error_t *error)
{
	vici_builder_t *builder = vici_builder_create();
	group_replay_t replay = GROUP_REPLAY_TIME;
	char at[VICI_TIME_LEN];

	if (error->method == FRESHNESS_D3P)
	{
		replay = GROUP_REPLAY_D3P;
	}
	builder->add_kv(builder, "kind", "error");
	builder->add_kv(builder, "method", "%s", replay_row_method(replay));
	builder->add_kv(builder, "at", "%s",
					vici_time_print(error->at, at, sizeof(at)));
	builder->add_kv(builder, "source", "%H", error->source);
	add_time(builder, "my-time", error->my_time);
	add_time(builder, "peer-time", error->peer_time);
	add_time(builder, "window", error->window);
	builder->add_kv(builder, "reason", "%N", kind_names, error->kind);
	return builder;
}

/*
 * Described in header
 */
void gm_replay_list_errors(gm_group_t *group, group_row_cb_t row, void *user)
{
	enumerator_t *enumerator;
	freshness_error_t *error;
	crypto_map_t *map;

	if (group)
	{
		map = group->get_map(group);
		enumerator = map->create_freshness_enumerator(map);
		while (enumerator->enumerate(enumerator, &error))
		{
			row(user, error_row(error));
		}
		enumerator->destroy(enumerator);
	}
}
