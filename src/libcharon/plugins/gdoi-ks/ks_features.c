/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_features.h"
#include "ks_unable.h"

#include <transport/gdoi_vendor_id.h>

/** records copied at a time */
#define CHUNK 64

/** how this key server is called */
#define SELF "key server"

/**
 * Features, by what announces them
 */
static const struct {
	/** name */
	char *name;
	/** bit of the Vendor ID, 0 if it takes a method of replay protection */
	uint8_t bit;
	/** that method */
	group_replay_t replay;
} features[] = {
	{ "ip-d3p", 0, GROUP_REPLAY_D3P },
	{ "tbar", 0, GROUP_REPLAY_TIME },
	{ "counter", 0, GROUP_REPLAY_COUNTER },
	{ "deny-lines", GDOI_FEATURE_POLICY_ACL, GROUP_REPLAY_NONE },
	{ "encrypted-ack", GDOI_FEATURE_ENCRYPTED_ACK, GROUP_REPLAY_NONE },
	/* RFC 8263: whoever can't do it just does not answer, so nobody is known
	 * not to */
	{ "gdoi-interop-ack", GDOI_FEATURE_BASE, GROUP_REPLAY_NONE },
};

/**
 * Build the rows of one party
 *
 * @param bits			what it announced
 */
static void add_party(char *kind, const char *id, uint8_t bits,
					  group_row_cb_t row, void *user)
{
	vici_builder_t *builder;
	bool supported;
	int i;

	for (i = 0; i < countof(features); i++)
	{
		supported = features[i].bit ? bits & features[i].bit
									: !ks_unable(bits, features[i].replay);
		builder = vici_builder_create();
		builder->add_kv(builder, "kind", "%s", kind);
		builder->add_kv(builder, "id", "%s", id);
		builder->add_kv(builder, "version", "features 0x%02x", bits);
		builder->add_kv(builder, "feature", "%s", features[i].name);
		builder->add_kv(builder, "supported", supported ? "yes" : "no");
		row(user, builder);
	}
}

/**
 * Build the rows of a member
 */
static void add_member(ks_member_t *member, group_row_cb_t row, void *user)
{
	host_t *host = ks_member_get_host(member);
	char id[64];

	snprintf(id, sizeof(id), "%H", host);
	host->destroy(host);
	add_party("member", id, member->features, row, user);
}

/*
 * Described in header
 */
void ks_features_list(ks_members_t *members, group_row_cb_t row, void *user)
{
	ks_member_t *rows[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	/* writing policies takes no data plane */
	add_party("server", SELF, GDOI_FEATURES | GDOI_FEATURE_FRESHNESS, row,
			  user);
	while ((count = members->snapshot(members, after, rows, CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			add_member(rows[i], row, user);
			free(rows[i]);
		}
	}
}
