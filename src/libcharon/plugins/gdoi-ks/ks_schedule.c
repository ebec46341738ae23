/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_schedule.h"

#include <group/rekey_schedule.h>

/** least time that old and new TEK are handed out together, seconds */
#define TEK_LEAD_MIN 120

/** lifetimes from which on the gaps are what they are, seconds */
#define GAP_LIFETIME (4 * REKEY_RETRANSMIT_GAP)

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
uint32_t ks_schedule_stretch(uint32_t due, uint32_t lifetime)
{
	if (lifetime >= GAP_LIFETIME || due == UINT32_MAX || !lifetime)
	{
		return due;
	}
	return min((uint64_t)due * GAP_LIFETIME / lifetime, UINT32_MAX);
}

/*
 * Described in header
 */
uint32_t ks_schedule_sync(uint32_t sync, uint32_t age)
{
	return sync > age ? sync - age : 0;
}

/*
 * Described in header
 */
bool ks_schedule_sync_combines(uint32_t tek, uint32_t kek, uint32_t lifetime)
{
	return rekey_schedule_combines(ks_schedule_stretch(min(tek, kek),
													   lifetime));
}
