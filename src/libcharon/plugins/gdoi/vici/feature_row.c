/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "feature_row.h"

#include <transport/gdoi_vendor_id.h>

/**
 * Features and the bits that announce them
 */
static const struct {
	char *name;
	uint8_t bit;
} features_[] = {
	{ "gdoi-interop-ack", GDOI_FEATURE_BASE },
	{ "encrypted-ack", GDOI_FEATURE_ENCRYPTED_ACK },
	{ "deny-lines", GDOI_FEATURE_POLICY_ACL },
	{ "ip-d3p", GDOI_FEATURE_FRESHNESS },
	{ "tbar", GDOI_FEATURE_FRESHNESS },
	{ "counter-replay", GDOI_FEATURE_FRESHNESS },
};

/*
 * Described in header
 */
void feature_row_list(uint8_t features, const char *kind, const char *id,
					  const char *version,
					  void (*row)(void *user, vici_builder_t *builder),
					  void *user)
{
	vici_builder_t *builder;
	int i;

	for (i = 0; i < countof(features_); i++)
	{
		builder = vici_builder_create();
		builder->add_kv(builder, "kind", "%s", kind);
		if (id)
		{
			builder->add_kv(builder, "id", "%s", id);
		}
		if (version)
		{
			builder->add_kv(builder, "version", "%s", version);
		}
		builder->add_kv(builder, "feature", "%s", features_[i].name);
		builder->add_kv(builder, "supported", "%s",
						(features & features_[i].bit) ? "yes" : "no");
		row(user, builder);
	}
}
