/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_status.h"
#include "ks_deny.h"
#include "ks_keys.h"
#include "ks_unable.h"

#include <vici/replay_row.h>
#include <vici/vici_time.h>

/*
 * Described in header
 */
void ks_status_count(ks_status_t *status, ks_members_t *members)
{
	ks_config_t *config = status->config;

	status->members = members->get_count(members);
	status->without_deny = ks_deny_count(members, config);
	status->unable = ks_unable_count(members, ks_unable_replays(config));
}

/*
 * Described in header
 */
void ks_status_note_time(ks_status_t *status, ks_keys_t *keys)
{
	ks_pseudotime_t *pseudotime = keys->get_pseudotime(keys);
	ks_config_t *config = status->config;

	status->sync = keys->get_sync(keys, config, status->now);
	if (config->freshness.replay != GROUP_REPLAY_TIME ||
		!pseudotime->get(pseudotime, config->freshness.tick, &status->time))
	{
		memset(&status->time, 0, sizeof(status->time));
	}
}

/*
 * Described in header
 */
void ks_status_add_freshness(ks_status_t *status, vici_builder_t *builder)
{
	ks_config_freshness_t *freshness = &status->config->freshness;

	builder->add_kv(builder, "replay", "%s",
					replay_row_method(freshness->replay));
	if (freshness->replay == GROUP_REPLAY_D3P)
	{
		builder->add_kv(builder, "d3p-window-ms", "%u", freshness->window);
	}
}

/**
 * Add the pseudotime, if it runs
 */
static void add_time(ks_status_t *status, vici_builder_t *builder)
{
	builder->add_kv(builder, "tick-ms", "%u", status->config->freshness.tick);
	if (!status->time.epoch)
	{
		return;
	}
	replay_row_add_time(builder, "pseudotime", pseudotime_ms(&status->time));
	builder->add_kv(builder, "epoch", "%08x", status->time.epoch);
	if (status->sync != UINT32_MAX)
	{
		vici_time_add_in(builder, "next-sync-in", status->sync);
	}
}

/*
 * Described in header
 */
void ks_status_replay(ks_status_t *status, group_row_cb_t row, void *user)
{
	ks_config_freshness_t *freshness = &status->config->freshness;
	group_replay_t replay = freshness->replay;
	vici_builder_t *builder;

	if (replay == GROUP_REPLAY_NONE && freshness->counter)
	{	/* of some TEKs */
		replay = GROUP_REPLAY_COUNTER;
	}
	builder = replay_row_create(replay, freshness->window,
								freshness->d3p_type);
	if (replay == GROUP_REPLAY_TIME)
	{
		add_time(status, builder);
	}
	builder->add_kv(builder, "members-unable", "%u", status->unable);
	row(user, builder);
}
