/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_stats.h"

#include <inttypes.h>

/** counters that crypto maps can have */
#define COUNTERS_MAX 64

/*
 * Described in header
 */
void gm_stats_add_groups(linked_list_t *groups, vici_builder_t *builder)
{
	uint64_t attempted = 0, succeeded = 0, received = 0, acks = 0;
	uint64_t restored = 0;
	uint64_t dropped[GM_REKEY_REASONS] = {};
	enumerator_t *enumerator;
	gm_status_t status;
	gm_group_t *group;
	u_int ready = 0, reason;

	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		group->get_status(group, &status);
		attempted += status.attempted;
		succeeded += status.succeeded;
		ready += status.ready;
		received += status.rekey.received;
		acks += status.rekey.acks;
		restored += status.restored;
		for (reason = 0; reason < GM_REKEY_REASONS; reason++)
		{
			dropped[reason] += status.rekey.dropped[reason];
		}
		gm_status_clear(&status);
	}
	enumerator->destroy(enumerator);
	builder->add_kv(builder, "groups", "%u", groups->get_count(groups));
	builder->add_kv(builder, "groups-ready", "%u", ready);
	builder->add_kv(builder, "registrations-attempted", "%" PRIu64, attempted);
	builder->add_kv(builder, "registrations-succeeded", "%" PRIu64, succeeded);
	builder->add_kv(builder, "rekeys-received", "%" PRIu64, received);
	for (reason = 0; reason < GM_REKEY_REASONS; reason++)
	{
		builder->add_kv(builder, gm_rekey_reason_name(reason), "%" PRIu64,
						dropped[reason]);
	}
	builder->add_kv(builder, "acks-sent", "%" PRIu64, acks);
	builder->add_kv(builder, "states-restored", "%" PRIu64, restored);
}

/**
 * Add a counter to the sums
 */
static void add_up(crypto_map_stat_t *sums, u_int *count,
				   const crypto_map_stat_t *stat)
{
	u_int i = 0;

	while (i < *count && !streq(sums[i].name, stat->name))
	{
		i++;
	}
	if (i == *count)
	{
		if (*count == COUNTERS_MAX)
		{
			return;
		}
		sums[i].name = stat->name;
		(*count)++;
	}
	sums[i].value += stat->value;
}

/*
 * Described in header
 */
void gm_stats_add_maps(linked_list_t *groups, vici_builder_t *builder)
{
	crypto_map_stat_t sums[COUNTERS_MAX] = {}, *stat;
	enumerator_t *enumerator, *stats;
	gm_group_t *group;
	u_int i, count = 0;

	enumerator = groups->create_enumerator(groups);
	while (enumerator->enumerate(enumerator, &group))
	{
		stats = group->create_stats_enumerator(group);
		while (stats->enumerate(stats, &stat))
		{
			add_up(sums, &count, stat);
		}
		stats->destroy(stats);
	}
	enumerator->destroy(enumerator);
	for (i = 0; i < count; i++)
	{
		builder->add_kv(builder, (char*)sums[i].name, "%" PRIu64,
						sums[i].value);
	}
}
