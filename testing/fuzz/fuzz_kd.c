/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/policy_codec.h"
#include "payloads/gdoi_kd.h"
#include "payloads/gdoi_lkh.h"

/**
 * Read the arrays of an LKH packet.
 */
static void read_lkh(const gdoi_kd_packet_t *packet)
{
	chunk_t attributes = packet->attributes, value;
	gdoi_lkh_array_t array;
	gdoi_lkh_key_t key;

	if (gdoi_lkh_parse(packet->key, FALSE, &array))
	{
		while (gdoi_lkh_next(&array, 128, &key));
	}
	while (gdoi_kd_next(&attributes, GDOI_KD_LKH_UPDATE, &value))
	{
		if (gdoi_lkh_parse(value, TRUE, &array))
		{
			while (gdoi_lkh_next(&array, 256, &key));
		}
	}
}

/* body of a KD payload, and its keys for the TEKs of trace B */
void fuzz_one(chunk_t data)
{
	group_policy_t *policy, *full;
	char *reason = NULL;
	gdoi_kd_t kd;

	if (gdoi_kd_parse(data, &kd, NULL))
	{
		for (u_int i = 0; i < kd.count; i++)
		{
			if (kd.packets[i].type == GDOI_KD_LKH)
			{
				read_lkh(&kd.packets[i]);
			}
		}
		gdoi_kd_clear(&kd);
	}
	policy = fuzz_policy(FALSE);
	full = gdoi_policy_read_kd(policy, data, &reason);
	FUZZ_ASSERT(!full == (reason != NULL));
	FUZZ_ASSERT(!full || full->has_keys(full));
	DESTROY_IF(full);
	policy->destroy(policy);
	free(reason);
}
