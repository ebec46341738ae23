/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_status.h"
#include "ks_keys.h"
#include "ks_schedule.h"

#include <vici/vici_time.h>

#include <inttypes.h>

/**
 * When the schedule asks for what
 */
typedef struct {
	/** seconds until the KEK, and the first TEK, are replaced */
	uint32_t kek, tek;
} next_t;

/**
 * Word for what is being done
 */
static const char *get_state(ks_status_t *status)
{
	if (streq(status->state, "STOPPED"))
	{
		return "STOPPED";
	}
	if (status->rekeyer.sending)
	{
		return "SENDING";
	}
	return status->rekeyer.again != KS_NEVER ? "RETRANSMITTING" : "IDLE";
}

/**
 * Add what the last rekey was like
 */
static void add_last(ks_status_t *status, vici_builder_t *builder)
{
	ks_pusher_status_t *rekeyer = &status->rekeyer;

	if (!rekeyer->last)
	{
		return;
	}
	vici_time_add_ago(builder, "last-rekey", status->now - rekeyer->last);
	builder->add_kv(builder, "last-rekey-kind", "%N", ks_rekey_kind_names,
					rekeyer->kind);
	builder->add_kv(builder, "last-rekey-duration", "%u", rekeyer->duration);
	builder->add_kv(builder, "last-rekey-retransmits", "%u",
					rekeyer->last_retransmits);
	if (!rekeyer->multicast)
	{
		builder->add_kv(builder, "last-rekey-sent", "%u", rekeyer->sent);
		builder->add_kv(builder, "last-rekey-acked", "%u", rekeyer->acked);
	}
}

/**
 * Add the KEK and the TEK that ends first
 */
static void add_keys(ks_status_t *status, vici_builder_t *builder,
					 next_t *next)
{
	uint32_t remaining = UINT32_MAX, lifetime = 0;
	const group_kek_data_t *kek;
	enumerator_t *enumerator;
	ks_key_info_t *info;
	chunk_t spi;

	enumerator = status->keys->create_enumerator(status->keys);
	while (enumerator->enumerate(enumerator, &info))
	{
		if (info->kek)
		{
			kek = info->kek->get(info->kek);
			spi = chunk_create((u_char*)kek->spi, sizeof(kek->spi));
			builder->add_kv(builder, "kek-spi", "%+B", &spi);
			builder->add_kv(builder, "kek-lifetime", "%u", kek->lifetime);
			vici_time_add_in(builder, "kek-expires-in", info->remaining);
			vici_time_add_in(builder, "kek-replaced-in", info->replaced);
			next->kek = info->replaced;
		}
		else if (info->remaining < remaining)
		{
			remaining = info->remaining;
			lifetime = info->tek->get(info->tek)->lifetime;
		}
		if (info->tek && info->replaced)
		{
			next->tek = min(next->tek, info->replaced);
		}
	}
	enumerator->destroy(enumerator);
	if (lifetime)
	{
		builder->add_kv(builder, "tek-lifetime", "%u", lifetime);
		vici_time_add_in(builder, "tek-expires-in", remaining);
	}
}

/**
 * Add which rekey the schedule has next, and when
 */
static void add_next(ks_status_t *status, vici_builder_t *builder,
					 next_t *next)
{
	uint32_t first = min(next->kek, next->tek), gap;

	if (first == UINT32_MAX)
	{
		return;
	}
	/* a replaced KEK brings new TEKs anyway, KS-018 */
	gap = ks_schedule_stretch(next->kek - first,
							  ks_config_shortest_lifetime(status->config));
	builder->add_kv(builder, "next-rekey-kind", "%s",
					rekey_schedule_combines(gap) ? "kek" : "tek");
	vici_time_add_in(builder, "next-rekey-in", first);
}

/**
 * Add the counters of acknowledgements
 */
static void add_acks(ks_acks_stats_t *acks, vici_builder_t *builder)
{
	builder->add_kv(builder, "acks-received", "%" PRIu64, acks->booked);
	builder->add_kv(builder, "acks-duplicate", "%" PRIu64, acks->duplicates);
	builder->add_kv(builder, "acks-stale", "%" PRIu64, acks->stale);
	builder->add_kv(builder, "acks-unsolicited", "%" PRIu64,
					acks->unsolicited);
	builder->add_kv(builder, "acks-refused", "%" PRIu64, acks->refused);
	builder->add_kv(builder, "acks-invalid", "%" PRIu64, acks->invalid);
}

/*
 * Described in header
 */
void ks_status_rekeys(ks_status_t *status, group_row_cb_t row, void *user)
{
	ks_pusher_status_t *rekeyer = &status->rekeyer;
	ks_config_rekey_t *config = status->config->rekey;
	next_t next = { UINT32_MAX, UINT32_MAX };
	vici_builder_t *builder;

	if (!config)
	{
		return;
	}
	builder = vici_builder_create();
	builder->add_kv(builder, "state", "%s", get_state(status));
	builder->add_kv(builder, "transport", "%s",
					rekeyer->multicast ? "multicast" : "unicast");
	if (config->address)
	{
		builder->add_kv(builder, "multicast-address", "%H", config->address);
	}
	builder->add_kv(builder, "acknowledgement", "%N", ks_ack_mode_names,
					rekeyer->ack);
	builder->add_kv(builder, "sequence", "%u", rekeyer->sequence);
	builder->add_kv(builder, "rekeys-sent", "%" PRIu64, rekeyer->rekeys);
	builder->add_kv(builder, "rekeys-retransmitted", "%" PRIu64,
					rekeyer->retransmits);
	add_last(status, builder);
	builder->add_kv(builder, "retransmit-interval", "%u",
					config->schedule.interval);
	builder->add_kv(builder, "retransmits", "%u", config->schedule.tries);
	builder->add_kv(builder, "retransmits-left", "%u", rekeyer->tries_left);
	if (rekeyer->again != KS_NEVER)
	{
		vici_time_add_in(builder, "next-retransmit-in",
						 (int64_t)(rekeyer->again / 1000) - status->now);
	}
	add_keys(status, builder, &next);
	add_next(status, builder, &next);
	if (!rekeyer->multicast)
	{
		builder->add_kv(builder, "members-ejected", "%" PRIu64,
						rekeyer->ejected);
		add_acks(&rekeyer->acks, builder);
	}
	row(user, builder);
}
