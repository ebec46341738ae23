/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_rekey_status.h"
#include "gm_schedule.h"

#include "../vici/policy_row.h"
#include "../vici/vici_time.h"

#include <inttypes.h>

/**
 * Counters of reasons
 */
static char *const reason_names[] = {
	[GM_REKEY_DUPLICATE] = "rekeys-duplicate",
	[GM_REKEY_SEQUENCE] = "rekeys-replayed",
	[GM_REKEY_INVALID] = "rekeys-invalid",
	[GM_REKEY_UNUSABLE] = "rekeys-unusable",
	[GM_REKEY_REFUSED] = "rekeys-refused",
	[GM_REKEY_LATE] = "rekeys-late",
};

/*
 * Described in header
 */
char *gm_rekey_reason_name(gm_rekey_reason_t reason)
{
	return reason_names[reason];
}

/*
 * Described in header
 */
void gm_rekey_status_clone(const gm_rekey_status_t *status,
						   gm_rekey_status_t *copy)
{
	group_kek_t *current = status->current.kek;
	group_kek_t *previous = status->previous.kek;
	host_t *src = status->last_src;

	*copy = *status;
	copy->current.kek = current ? current->get_ref(current) : NULL;
	copy->previous.kek = previous ? previous->get_ref(previous) : NULL;
	copy->last_src = src ? src->clone(src) : NULL;
}

/*
 * Described in header
 */
void gm_rekey_status_clear(gm_rekey_status_t *status)
{
	DESTROY_IF(status->current.kek);
	DESTROY_IF(status->previous.kek);
	DESTROY_IF(status->last_src);
	memset(status, 0, sizeof(*status));
}

/**
 * Milliseconds between two times, as seconds
 */
static int64_t seconds(uint64_t from, uint64_t to)
{
	return to > from ? (to - from) / 1000 : 0;
}

/*
 * Described in header
 */
void gm_rekey_status_describe(const gm_rekey_status_t *status, uint64_t now,
							  vici_builder_t *builder)
{
	gm_rekey_reason_t reason;

	builder->add_kv(builder, "rekeys-received", "%" PRIu64, status->received);
	builder->add_kv(builder, "rekeys-since-registration", "%" PRIu64,
					status->session);
	for (reason = 0; reason < GM_REKEY_REASONS; reason++)
	{
		builder->add_kv(builder, reason_names[reason], "%" PRIu64,
						status->dropped[reason]);
	}
	builder->add_kv(builder, "acks-sent", "%" PRIu64, status->acks);
	if (status->last)
	{
		vici_time_add_ago(builder, "last-rekey", seconds(status->last, now));
		builder->add_kv(builder, "last-rekey-from", "%H", status->last_src);
		builder->add_kv(builder, "last-rekey-sequence", "%u",
						status->last_sequence);
	}
}

/**
 * Name of what a key server asks for
 */
static char *ack_name(group_ack_t ack)
{
	switch (ack)
	{
		case GROUP_ACK_KEK_SHA256:
			return "kek-sha256";
		case GROUP_ACK_KEK_SHA512:
			return "kek-sha512";
		case GROUP_ACK_LKH_SHA256:
			return "lkh-sha256";
		case GROUP_ACK_LKH_SHA512:
			return "lkh-sha512";
		default:
			return "none";
	}
}

/**
 * Add an address with its port
 */
static void add_host(vici_builder_t *builder, char *key, host_t *host)
{
	if (host)
	{
		builder->add_kv(builder, key, "%#H", host);
	}
}

/*
 * Described in header
 */
vici_builder_t *gm_rekey_status_row(const gm_rekey_status_t *status,
									const gm_kek_info_t *info, char *state,
									uint64_t now)
{
	const group_kek_data_t *kek = info->kek->get(info->kek);
	vici_builder_t *builder = policy_row_kek(kek);
	chunk_t key = kek->sig_key;

	builder->add_kv(builder, "state", "%s", state);
	add_host(builder, "source", kek->src);
	add_host(builder, "destination", kek->dst);
	builder->add_kv(builder, "iv-bits", "%u",
					(u_int)group_kek_iv_len(kek->encr) * 8);
	if (info->expires != GM_NEVER)
	{
		vici_time_add_in(builder, "expires-in", seconds(now, info->expires));
	}
	vici_time_add_ago(builder, "created-for", seconds(info->since, now));
	builder->add_kv(builder, "acknowledgement", "%s", ack_name(kek->ack));
	builder->add_kv(builder, "sequence", "%u", info->sequence);
	builder->add_kv(builder, "previous-sequence", "%u", info->before);
	builder->add_kv(builder, "signature-key", "%+B", &key);
	gm_rekey_status_describe(status, now, builder);
	return builder;
}
