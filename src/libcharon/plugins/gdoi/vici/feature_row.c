/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "feature_row.h"

#include <transport/gdoi_vendor_id.h>

/** bits of who is told in attributes of ours, see ks_peer() */
#define NATIVE (GDOI_FEATURE_ENCRYPTED_ACK | GDOI_FEATURE_POLICY_ACL)

/**
 * Features, by the bits that announce them, all of which have to be there
 */
static const struct {
	char *name;
	uint8_t bits;
} names[] = {
	{ "ip-d3p", NATIVE | GDOI_FEATURE_FRESHNESS },
	{ "tbar", NATIVE | GDOI_FEATURE_FRESHNESS },
	/* takes no data plane of ours, but attributes that say so */
	{ "counter", NATIVE },
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
						(features & names[i].bits) == names[i].bits ? "yes"
																	: "no");
		row(user, builder);
	}
}
