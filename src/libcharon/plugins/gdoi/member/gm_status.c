/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_status.h"

#include "../vici/policy_row.h"
#include "../vici/replay_row.h"
#include "../vici/rule_row.h"
#include "../vici/vici_time.h"

#include <inttypes.h>

ENUM(gm_state_names, GM_WAITING_INTERFACE, GM_STOPPED,
	"WAITING_INTERFACE",
	"CONNECTING",
	"REGISTERING",
	"REGISTERED",
	"REREGISTERING",
	"RETRYING",
	"STOPPED",
);

/*
 * Described in header
 */
void gm_status_clone(const gm_status_t *status, gm_status_t *copy)
{
	u_int i;

	*copy = *status;
	copy->ks = status->ks ? status->ks->clone(status->ks) : NULL;
	copy->local = status->local ? status->local->clone(status->local) : NULL;
	copy->sender = status->sender ? status->sender->clone(status->sender)
								  : NULL;
	gm_view_clone(&status->view, &copy->view);
	gm_rekey_status_clone(&status->rekey, &copy->rekey);
	for (i = 0; i < status->tek_count; i++)
	{
		copy->teks[i].tek->get_ref(copy->teks[i].tek);
	}
}

/*
 * Described in header
 */
void gm_status_clear(gm_status_t *status)
{
	u_int i;

	DESTROY_IF(status->ks);
	DESTROY_IF(status->local);
	DESTROY_IF(status->sender);
	gm_view_clear(&status->view);
	gm_rekey_status_clear(&status->rekey);
	for (i = 0; i < status->tek_count; i++)
	{
		status->teks[i].tek->destroy(status->teks[i].tek);
	}
	memset(status, 0, sizeof(*status));
}

/**
 * Add the TEKs
 */
static void add_teks(gm_status_t *status, gm_dataplane_t *dataplane)
{
	enumerator_t *enumerator;
	gm_tek_info_t *info;

	enumerator = dataplane->create_tek_enumerator(dataplane);
	while (status->tek_count < countof(status->teks) &&
		   enumerator->enumerate(enumerator, &info))
	{
		status->teks[status->tek_count] = *info;
		info->tek->get_ref(info->tek);
		status->tek_count++;
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void gm_status_add_dataplane(gm_status_t *status, gm_dataplane_t *dataplane)
{
	gm_sampling_t *sampling = dataplane->get_sampling(dataplane);
	gm_stamps_t *stamps = dataplane->get_stamps(dataplane);

	add_teks(status, dataplane);
	dataplane->get_view(dataplane, &status->view);
	dataplane->get_direction(dataplane, &status->direction);
	sampling->get_status(sampling, &status->sids);
	stamps->get_status(stamps, &status->freshness);
}

/*
 * Described in header
 */
void gm_status_set_source(gm_status_t *status, gdoi_phase1_t *phase1)
{
	DESTROY_IF(status->ks);
	DESTROY_IF(status->local);
	status->ks = phase1->get_other_host(phase1);
	status->local = phase1->get_my_host(phase1);
}

/*
 * Described in header
 */
bool gm_status_set_sender(gm_status_t *status, group_kek_t *kek)
{
	host_t *src = kek ? kek->get(kek)->src : NULL;

	if (!src || (status->sender && src->ip_equals(src, status->sender)))
	{
		return FALSE;
	}
	DESTROY_IF(status->sender);
	status->sender = src->clone(src);
	return TRUE;
}

/*
 * Described in header
 */
bool gm_status_is_server(const gm_status_t *status, host_t *src)
{
	return (status->ks && src->ip_equals(src, status->ks)) ||
		   (status->sender && src->ip_equals(src, status->sender));
}

/**
 * Milliseconds between two times, as seconds
 */
static int64_t seconds(uint64_t from, uint64_t to)
{
	return to > from ? (to - from) / 1000 : 0;
}

/**
 * Add a future time, if there is one
 */
static void add_in(vici_builder_t *builder, char *key, uint64_t now,
				   uint64_t when)
{
	if (when && when != GM_NEVER)
	{
		vici_time_add_in(builder, key, seconds(now, when));
	}
}

/**
 * Add a past time, if there is one
 */
static void add_ago(vici_builder_t *builder, char *key, uint64_t now,
					uint64_t when)
{
	if (when)
	{
		vici_time_add_ago(builder, key, seconds(when, now));
	}
}

/**
 * Word for yes or no
 */
static char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

/**
 * Add the source address of registrations
 */
static void add_local(const gm_status_t *status, const gm_config_data_t *config,
					  vici_builder_t *builder)
{
	if (status->local)
	{
		builder->add_kv(builder, "local-address", "%H", status->local);
	}
	else if (config->local_address)
	{
		builder->add_kv(builder, "local-address", "%H", config->local_address);
	}
}

/**
 * Add how registrations went
 */
static void describe_registration(const gm_status_t *status, uint64_t now,
								  vici_builder_t *builder)
{
	group_kek_t *kek = status->rekey.current.kek;

	if (status->ks)
	{
		builder->add_kv(builder, "registered-with", "%H", status->ks);
		add_ago(builder, "registered-for", now, status->registered);
	}
	add_in(builder, "reregister-in", now, status->reregister);
	if (status->state == GM_RETRYING)
	{
		add_in(builder, "retry-in", now, status->retry);
	}
	builder->add_kv(builder, "registrations-attempted", "%" PRIu64,
					status->attempted);
	builder->add_kv(builder, "registrations-succeeded", "%" PRIu64,
					status->succeeded);
	builder->add_kv(builder, "states-restored", "%" PRIu64,
					status->restored);
	if (kek)
	{
		builder->add_kv(builder, "rekey-transport", "%s",
						kek->get(kek)->multicast ? "multicast" : "unicast");
	}
	gm_rekey_status_describe(&status->rekey, now, builder);
}

/**
 * Add the direction of the traffic
 */
static void describe_direction(const gm_direction_info_t *info, uint64_t now,
							   vici_builder_t *builder)
{
	builder->add_kv(builder, "direction", "%N", gm_direction_names,
					info->direction);
	builder->add_kv(builder, "direction-origin", "%N",
					gm_direction_origin_names, info->origin);
	add_in(builder, "direction-ends-in", now, info->until);
}

/**
 * Add what is dropped without keys, GM-058
 */
static void describe_fail_close(const gm_status_t *status,
								const gm_config_data_t *config,
								vici_builder_t *builder)
{
	builder->add_kv(builder, "fail-close", "%s", !config->fail_close ? "OFF" :
									status->view.closed ? "ACTIVE" : "ARMED");
	builder->add_kv(builder, "fail-close-revert", "%s",
					yes_no(config->fail_close_revert));
	if (config->fail_close_acl.acl)
	{
		builder->add_kv(builder, "fail-close-list", "%s",
						config->fail_close_acl.name);
		rule_row_add_acl(builder, "fail-close-acl",
						 config->fail_close_acl.acl);
	}
	if (config->acl.acl)
	{
		builder->add_kv(builder, "local-list", "%s", config->acl.name);
		rule_row_add_acl(builder, "local-acl", config->acl.acl);
	}
}

/*
 * Described in header
 */
void gm_status_describe(const gm_status_t *status, gm_config_t *config,
						uint64_t now, vici_builder_t *builder)
{
	const gm_config_data_t *data = config->get(config);
	u_int i;

	builder->add_kv(builder, "state", "%N", gm_state_names, status->state);
	add_ago(builder, "state-for", now, status->since);
	if (status->reason[0])
	{
		builder->add_kv(builder, "reason", "%s", status->reason);
	}
	builder->add_kv(builder, "interface", "%s", data->interface);
	add_local(status, data, builder);
	builder->begin_list(builder, "servers");
	for (i = 0; i < data->server_count; i++)
	{
		builder->add_li(builder, "%s", data->servers[i]);
	}
	builder->end_list(builder);
	if (status->server[0])
	{
		builder->add_kv(builder, "server", "%s", status->server);
	}
	describe_registration(status, now, builder);
	describe_direction(&status->direction, now, builder);
	builder->add_kv(builder, "replay", "%s",
					replay_row_method(status->freshness.replay));
	builder->add_kv(builder, "teks", "%u", status->tek_count);
	builder->add_kv(builder, "ready", "%s", yes_no(status->ready));
	describe_fail_close(status, data, builder);
}

/**
 * Add the address that the keys were got with
 */
static void add_key_address(const gm_status_t *status, vici_builder_t *builder)
{
	if (status->local)
	{
		builder->add_kv(builder, "local-address", "%H", status->local);
	}
}

/**
 * Build the row of a KEK
 */
static vici_builder_t *kek_row(const gm_status_t *status,
							   const gm_kek_info_t *info, char *state,
							   uint64_t now)
{
	vici_builder_t *builder = policy_row_kek(info->kek->get(info->kek));

	builder->add_kv(builder, "state", "%s", state);
	add_in(builder, "expires-in", now, info->expires);
	add_ago(builder, "created-for", now, info->since);
	add_key_address(status, builder);
	return builder;
}

/**
 * Build the row of a TEK
 */
static vici_builder_t *tek_row(const gm_status_t *status,
							   const gm_config_data_t *config,
							   const gm_tek_info_t *info, uint64_t now)
{
	const group_tek_data_t *tek = info->tek->get(info->tek);
	vici_builder_t *builder = policy_row_tek(tek);

	builder->add_kv(builder, "state", "%N", gm_tek_state_names, info->state);
	add_in(builder, "expires-in", now, info->time.expires);
	add_ago(builder, "created-for", now, info->time.installed);
	builder->add_kv(builder, "direction", "%N", gm_direction_names,
					info->direction);
	policy_row_add_replay(builder, tek);
	builder->add_kv(builder, "interface", "%s", config->interface);
	add_key_address(status, builder);
	policy_row_add_acl(builder, tek->acl);
	return builder;
}

/*
 * Described in header
 */
void gm_status_policies(const gm_status_t *status, gm_config_t *config,
						uint64_t now, group_row_cb_t row, void *user)
{
	const gm_config_data_t *data = config->get(config);
	u_int i;

	if (status->rekey.current.kek)
	{
		row(user, kek_row(status, &status->rekey.current, "CURRENT", now));
	}
	if (status->rekey.previous.kek)
	{
		row(user, kek_row(status, &status->rekey.previous, "OLD", now));
	}
	for (i = 0; i < status->tek_count; i++)
	{
		row(user, tek_row(status, data, &status->teks[i], now));
	}
}

/**
 * SPI that encrypts by a rule, 0 if there is none
 */
static uint32_t rule_spi(const gm_view_t *view, const group_rule_t *rule)
{
	return rule->action == GROUP_RULE_ENCRYPT ? view->spis[rule->sa] : 0;
}

/**
 * Build the row about a packet
 */
static vici_builder_t *match_row(const gm_view_t *view,
								 const group_packet_t *packet)
{
	vici_builder_t *builder;
	gm_verdict_t verdict;

	gm_verdict_judge(view, packet, &verdict);
	builder = rule_row_match(verdict.outbound, verdict.accepted,
							 verdict.reason);
	if (verdict.rule)
	{
		rule_row_add_line(builder, verdict.rule, verdict.place,
						  rule_spi(view, verdict.rule));
	}
	if (verdict.inbound_rule)
	{
		rule_row_add_inbound(builder, verdict.inbound_place);
	}
	return builder;
}

/*
 * Described in header
 */
void gm_status_rules(const gm_status_t *status, const group_packet_t *packet,
					 group_row_cb_t row, void *user)
{
	const gm_view_t *view = &status->view;
	const group_rule_t *rule;
	u_int i;

	if (packet)
	{
		row(user, match_row(view, packet));
		return;
	}
	for (i = 0; view->rules && (rule = view->rules->get(view->rules, i)); i++)
	{
		row(user, rule_row_line(rule, i, rule_spi(view, rule)));
	}
}

/*
 * Described in header
 */
void gm_status_sids(const gm_status_t *status, gm_config_t *config,
					uint64_t now, group_row_cb_t row, void *user)
{
	uint16_t request = config->get(config)->sender_ids;

	if (status->sids.bits || status->sids.spi)
	{
		row(user, gm_sampling_row(&status->sids, request));
	}
}

/*
 * Described in header
 */
void gm_status_rekeys(const gm_status_t *status, gm_config_t *config,
					  uint64_t now, group_row_cb_t row, void *user)
{
	const gm_rekey_status_t *rekey = &status->rekey;

	if (rekey->current.kek)
	{
		row(user, gm_rekey_status_row(rekey, &rekey->current, "CURRENT", now));
	}
	if (rekey->previous.kek)
	{
		row(user, gm_rekey_status_row(rekey, &rekey->previous, "OLD", now));
	}
}
