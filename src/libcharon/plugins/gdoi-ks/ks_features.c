/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_features.h"

#include <transport/gdoi_vendor_id.h>
#include <vici/feature_row.h>

/** records copied at a time */
#define CHUNK 64

/** how a key server is called that has no address configured */
#define SELF "key server"

/**
 * Build the rows of a member
 */
static void add_member(ks_member_t *member, group_row_cb_t row, void *user)
{
	host_t *host = ks_member_get_host(member);
	char id[64];

	snprintf(id, sizeof(id), "%H", host);
	host->destroy(host);
	feature_row_list(member->features, "member", id, row, user);
}

/*
 * Described in header
 */
void ks_features_list(ks_config_t *config, ks_members_t *members,
					  group_row_cb_t row, void *user)
{
	host_t *local = config->local[0] ?: config->local[1];
	char self[64] = SELF;
	ks_member_t *rows[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	if (local)
	{
		snprintf(self, sizeof(self), "%H", local);
	}
	/* writing policies takes no data plane */
	feature_row_list(GDOI_FEATURES | GDOI_FEATURE_FRESHNESS, "server", self,
					 row, user);
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
