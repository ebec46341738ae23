/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "rekey_schedule.h"

/** lifetimes below this have the fixed offset, REKEY-001 */
#define SHORT_LIFETIME 900
#define SHORT_OFFSET 90

uint32_t rekey_schedule_offset(uint32_t lifetime)
{
	return lifetime < SHORT_LIFETIME ? SHORT_OFFSET : lifetime / 10;
}

/**
 * Seconds that it takes to send the unicast copies.
 */
static uint64_t sending_time(const rekey_schedule_t *schedule, u_int members)
{
	uint64_t loops;

	if (schedule->multicast)
	{
		return 0;
	}
	if (!schedule->batch)
	{
		loops = ((uint64_t)members + REKEY_LOOP_MEMBERS - 1) /
				REKEY_LOOP_MEMBERS;
		return loops * REKEY_LOOP_TIME;
	}
	loops = ((uint64_t)members + schedule->batch - 1) / schedule->batch;
	return (loops * schedule->batch_interval + 999) / 1000;
}

/**
 * Never rekey in the first half of a lifetime.
 */
static uint32_t limit(uint64_t lead, uint32_t lifetime)
{
	return (uint32_t)min(lead, (uint64_t)lifetime / 2);
}

uint32_t rekey_schedule_tek_lead(const rekey_schedule_t *schedule,
								 uint32_t lifetime, u_int members)
{
	uint64_t lead;

	if (schedule->rule == REKEY_RULE_ACTIVATION)
	{
		return limit(4 * (uint64_t)schedule->activation, lifetime);
	}
	lead = rekey_schedule_offset(lifetime) + sending_time(schedule, members);
	lead += (uint64_t)schedule->tries * schedule->interval;
	return limit(lead, lifetime);
}

uint32_t rekey_schedule_kek_lead(const rekey_schedule_t *schedule,
								 uint32_t lifetime)
{
	if (schedule->rule == REKEY_RULE_ACTIVATION)
	{
		return limit(4 * (uint64_t)schedule->activation, lifetime);
	}
	return limit(REKEY_KEK_OFFSET, lifetime);
}

bool rekey_schedule_may_retransmit(uint32_t next)
{
	return next > REKEY_RETRANSMIT_GAP;
}

bool rekey_schedule_combines(uint32_t due)
{
	return due <= REKEY_COMBINE_GAP;
}

uint16_t rekey_schedule_atd(uint32_t remaining)
{
	uint32_t delay = remaining > REKEY_SWITCH ? remaining - REKEY_SWITCH : 1;

	return (uint16_t)min(delay, (uint32_t)UINT16_MAX);
}

uint32_t rekey_schedule_reregister(uint32_t activation)
{
	return (uint32_t)min(3 * (uint64_t)activation, (uint64_t)UINT32_MAX);
}
