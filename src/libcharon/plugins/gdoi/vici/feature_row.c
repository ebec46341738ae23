/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "feature_row.h"

#include <transport/gdoi_vendor_id.h>

/**
 * Features, by the bit that announces them
 */
static const struct {
	char *name;
	uint8_t bit;
} names[] = {
	{ "ip-d3p", GDOI_FEATURE_FRESHNESS },
	{ "tbar", GDOI_FEATURE_FRESHNESS },
	/* takes no data plane of ours, but attributes that say so */
	{ "counter", GDOI_FEATURE_BASE },
	{ "deny-lines", GDOI_FEATURE_POLICY_ACL },
	{ "encrypted-ack", GDOI_FEATURE_ENCRYPTED_ACK },
	/* RFC 8263: whoever can't do it just does not answer, so nobody is known
	 * not to */
	{ "gdoi-interop-ack", GDOI_FEATURE_BASE },
};

/*
 * Described in header
 */
void feature_row_list(uint8_t features, const char *kind, const char *id,
					  void (*row)(void *user, vici_builder_t *builder),
					  void *user)
{
	vici_builder_t *builder;
	int i;

	for (i = 0; i < countof(names); i++)
	{
		builder = vici_builder_create();
		builder->add_kv(builder, "kind", "%s", kind);
		builder->add_kv(builder, "id", "%s", id);
		builder->add_kv(builder, "version", "features 0x%02x", features);
		builder->add_kv(builder, "feature", "%s", names[i].name);
		builder->add_kv(builder, "supported", "%s",
						(features & names[i].bit) ? "yes" : "no");
		row(user, builder);
	}
}
