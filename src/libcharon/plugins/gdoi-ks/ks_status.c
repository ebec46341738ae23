/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_status.h"
#include "ks_keys.h"

#include <vici/policy_row.h>
#include <vici/vici_time.h>

#include <inttypes.h>
#include <time.h>

/** room for a printed identity */
#define ID_TEXT_LEN 512

/**
 * Add the local addresses and connections
 */
static void add_config(ks_config_t *config, vici_builder_t *builder)
{
	enumerator_t *enumerator;
	host_t *local;
	char *name;

	local = config->local[0] ?: config->local[1];
	if (local)
	{
		builder->add_kv(builder, "local-address", "%H", local);
	}
	builder->begin_list(builder, "connections");
	enumerator = config->connections->create_enumerator(config->connections);
	while (enumerator->enumerate(enumerator, &name))
	{
		builder->add_li(builder, "%s", name);
	}
	enumerator->destroy(enumerator);
	builder->end_list(builder);
	builder->add_kv(builder, "authorize", "%s", config->authorize);
	builder->add_kv(builder, "direction", "%s",
					config->receive_only ? "inbound-only" : "both");
	builder->add_kv(builder, "acl-lines", "%u", config->acl.used);
	builder->add_kv(builder, "rekey-transport", "%s", !config->rekey ? "none" :
					config->rekey->address ? "multicast" : "unicast");
	if (config->rekey)
	{
		builder->add_kv(builder, "acknowledgement", "%N", ks_ack_mode_names,
						config->rekey->ack);
	}
}

/**
 * Add what is to say of the keys in short
 */
static void add_keys(linked_list_t *keys, vici_builder_t *builder)
{
	enumerator_t *enumerator;
	const group_kek_data_t *kek;
	ks_key_info_t *info;
	uint32_t next = UINT32_MAX;
	u_int teks = 0;
	chunk_t spi;

	enumerator = keys->create_enumerator(keys);
	while (enumerator->enumerate(enumerator, &info))
	{
		if (info->kek)
		{
			kek = info->kek->get(info->kek);
			spi = chunk_create((u_char*)kek->spi, sizeof(kek->spi));
			builder->add_kv(builder, "kek-spi", "%+B", &spi);
			builder->add_kv(builder, "kek-lifetime", "%u", kek->lifetime);
			vici_time_add_in(builder, "kek-expires-in", info->remaining);
			continue;
		}
		teks++;
		next = min(next, info->remaining);
	}
	enumerator->destroy(enumerator);
	builder->add_kv(builder, "teks", "%u", teks);
	if (teks)
	{
		vici_time_add_in(builder, "tek-expires-in", next);
	}
}

/*
 * Described in header
 */
void ks_status_describe(ks_status_t *status, vici_builder_t *builder)
{
	builder->add_kv(builder, "state", "%s", status->state);
	if (streq(status->state, "NO_KEYS"))
	{
		builder->add_kv(builder, "reason", "keys can't be made, there is no "
						"source of randomness");
	}
	add_config(status->config, builder);
	ks_status_add_freshness(status, builder);
	builder->add_kv(builder, "members", "%u", status->members);
	builder->add_kv(builder, "members-max", "%u", status->config->max_members);
	if (status->config->acl.matters)
	{
		builder->add_kv(builder, "members-without-deny", "%u",
						status->without_deny);
	}
	builder->add_kv(builder, "registrations-succeeded", "%" PRIu64,
					status->succeeded);
	builder->add_kv(builder, "registrations-refused", "%" PRIu64,
					status->refused);
	builder->add_kv(builder, "rekeys-sent", "%" PRIu64,
					status->rekeyer.rekeys);
	builder->add_kv(builder, "sequence", "%u", status->rekeyer.sequence);
	add_keys(status->keys, builder);
}

/**
 * Build the row of a key
 */
static vici_builder_t *key_row(ks_key_info_t *info, bool multicast)
{
	vici_builder_t *builder;
	group_kek_data_t kek;

	if (info->kek)
	{	/* who gets the KEK learns where its rekeys go to */
		kek = *info->kek->get(info->kek);
		kek.multicast = multicast;
		builder = policy_row_kek(&kek);
		builder->add_kv(builder, "signature-key", "%s", info->name);
	}
	else
	{
		builder = policy_row_tek(info->tek->get(info->tek));
		builder->add_kv(builder, "name", "%s", info->name);
		builder->add_kv(builder, "direction", "%s",
						info->tek->get(info->tek)->direction ==
						GROUP_TEK_RECEIVER_ONLY ? "inbound-only" : "both");
		policy_row_add_replay(builder, info->tek->get(info->tek));
	}
	builder->add_kv(builder, "state", "%s", info->state);
	vici_time_add_in(builder, "expires-in", info->remaining);
	vici_time_add_ago(builder, "created-for", info->age);
	vici_time_add_in(builder, "replaced-in", info->replaced);
	if (info->tek)
	{
		policy_row_add_acl(builder, info->tek->get(info->tek)->acl);
	}
	return builder;
}

/*
 * Described in header
 */
void ks_status_policies(ks_status_t *status, group_row_cb_t row, void *user)
{
	enumerator_t *enumerator;
	ks_key_info_t *info;

	enumerator = status->keys->create_enumerator(status->keys);
	while (enumerator->enumerate(enumerator, &info))
	{
		row(user, key_row(info, status->rekeyer.multicast));
	}
	enumerator->destroy(enumerator);
}

/**
 * Word for the type of an identity
 */
static char *id_type_name(uint8_t type)
{
	switch (type)
	{
		case ID_IPV4_ADDR:
		case ID_IPV6_ADDR:
			return "address";
		case ID_FQDN:
			return "fqdn";
		case ID_DER_ASN1_DN:
			return "dn";
		case ID_RFC822_ADDR:
			return "email";
		default:
			return "key";
	}
}

/**
 * Add a list of sequence numbers, newest first, each with its time
 */
static void add_marks(vici_builder_t *builder, char *name,
					  ks_rekey_mark_t *marks, time_t now)
{
	char moment[VICI_TIME_LEN];
	uint32_t ago;
	int i;

	builder->begin_list(builder, name);
	for (i = 0; i < KS_MEMBER_HISTORY && marks[i].seq; i++)
	{
		ago = (uint32_t)now - marks[i].time;
		builder->add_li(builder, "%u %s", marks[i].seq,
						vici_time_print(time(NULL) - ago, moment,
										sizeof(moment)));
	}
	builder->end_list(builder);
}

/**
 * Add what became of the rekeys of a member, SHOW-101
 */
static void add_rekeys(ks_member_t *member, vici_builder_t *builder,
					   time_t now)
{
	builder->add_kv(builder, "rekeys-sent", "%u", member->rekeys);
	builder->add_kv(builder, "rekey-retries", "%u", member->retries);
	builder->add_kv(builder, "acks-received", "%u", member->acks);
	builder->add_kv(builder, "acks-missed", "%u", member->acks_missed);
	builder->add_kv(builder, "missed-in-a-row", "%u", member->missed);
	if (member->sent[0].seq)
	{
		vici_time_add_ago(builder, "last-rekey",
						  (uint32_t)now - member->sent[0].time);
	}
	if (member->acked[0].seq)
	{
		vici_time_add_ago(builder, "last-ack",
						  (uint32_t)now - member->acked[0].time);
	}
	add_marks(builder, "sent", member->sent, now);
	add_marks(builder, "acknowledged", member->acked, now);
}

/**
 * Add the Sender IDs of a member, if it has any
 */
static void add_sids(ks_member_t *member, vici_builder_t *builder)
{
	uint16_t i;

	if (member->sid_count)
	{
		builder->begin_list(builder, "sids");
		for (i = 0; i < member->sid_count; i++)
		{
			builder->add_li(builder, "%u", member->sid + i);
		}
		builder->end_list(builder);
	}
}

/*
 * Described in header
 */
vici_builder_t *ks_status_member(ks_config_t *config, ks_member_t *member,
								 time_t now)
{
	vici_builder_t *builder = vici_builder_create();
	identification_t *id = ks_member_get_id(member);
	host_t *host = ks_member_get_host(member), *server;

	builder->add_kv(builder, "group", "%s", config->group.name);
	builder->add_kv(builder, "id", "%Y", id);
	builder->add_kv(builder, "id-type", "%s", id_type_name(member->id_type));
	builder->add_kv(builder, "address", "%H", host);
	builder->add_kv(builder, "port", "%u", member->port);
	builder->add_kv(builder, "state", "%s",
					member->expires > now ? "REGISTERED" : "EXPIRED");
	server = ks_config_get_local(config, member->family);
	if (server)
	{
		builder->add_kv(builder, "server", "%H", server);
	}
	vici_time_add_ago(builder, "registered-for", now - member->since);
	vici_time_add_ago(builder, "last-registration", now - member->last);
	vici_time_add_in(builder, "expires-in", member->expires - now);
	builder->add_kv(builder, "registrations", "%u", member->registrations);
	add_rekeys(member, builder, now);
	add_sids(member, builder);
	if (config->acl.matters)
	{
		builder->add_kv(builder, "deny-lines", "%s",
						ks_peer(member->features) == KS_PEER_NATIVE ?
						"told" : "ignored");
	}
	if (member->features)
	{
		builder->add_kv(builder, "version", "features 0x%02x",
						member->features);
	}
	host->destroy(host);
	id->destroy(id);
	return builder;
}

/*
 * Described in header
 */
bool ks_status_member_is(ks_member_t *member, const char *wanted)
{
	identification_t *id = ks_member_get_id(member);
	host_t *host = ks_member_get_host(member);
	char address[64], name[ID_TEXT_LEN];

	snprintf(address, sizeof(address), "%H", host);
	snprintf(name, sizeof(name), "%Y", id);
	host->destroy(host);
	id->destroy(id);
	return strcaseeq(address, wanted) || strcaseeq(name, wanted);
}

/*
 * Described in header
 */
void ks_status_clear(ks_status_t *status)
{
	status->keys->destroy_function(status->keys, (void*)ks_key_info_destroy);
	ks_config_destroy(status->config);
}
