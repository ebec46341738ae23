/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "exchanges/acl_codec.h"

/* value of the GAP attribute POLICY_ACL */
void fuzz_one(chunk_t data)
{
	gdoi_acl_set_t set;
	char *reason = NULL;
	chunk_t again;
	bool good;

	good = gdoi_acl_set_read(data, &set, &reason);
	FUZZ_ASSERT(good == !reason);
	free(reason);
	if (good)
	{
		/* there is one way to say it */
		FUZZ_ASSERT(set.count > 0);
		FUZZ_ASSERT(gdoi_acl_set_write(&set, &again, NULL));
		FUZZ_ASSERT(chunk_equals(again, data));
		chunk_free(&again);
		gdoi_acl_set_clear(&set);
	}
}
