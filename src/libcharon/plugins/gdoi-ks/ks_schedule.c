/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_schedule.h"

/** least time that old and new TEK are handed out together, seconds */
#define TEK_LEAD_MIN 120

/** time before its end when a KEK is replaced, REKEY-008, seconds */
#define KEK_LEAD 225

/*
 * Described in header
 */
uint32_t ks_schedule_tek_lead(uint32_t lifetime)
{
	return min(max(lifetime / 10, TEK_LEAD_MIN), lifetime / 2);
}

/*
 * Described in header
 */
uint32_t ks_schedule_kek_lead(uint32_t lifetime)
{
	return min(KEK_LEAD, lifetime / 2);
}

/*
 * Described in header
 */
uint32_t ks_schedule_remaining(time_t created, uint32_t lifetime, time_t now)
{
	if (now <= created)
	{
		return lifetime;
	}
	if (now - created >= lifetime)
	{
		return 0;
	}
	return lifetime - (now - created);
}

/*
 * Described in header
 */
ks_key_state_t ks_schedule_state(time_t created, uint32_t lifetime,
								 uint32_t lead, time_t now)
{
	uint32_t remaining = ks_schedule_remaining(created, lifetime, now);

	if (!remaining)
	{
		return KS_KEY_EXPIRED;
	}
	return remaining <= lead ? KS_KEY_RETIRING : KS_KEY_ACTIVE;
}
