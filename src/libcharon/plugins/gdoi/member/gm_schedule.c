/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_schedule.h"

/**
 * Scale a random number to 0..max
 */
static uint64_t scale(uint64_t max, uint32_t random)
{
	return max * random / UINT32_MAX;
}

/*
 * Described in header
 */
uint64_t gm_schedule_backoff(const gm_retry_t *retry, u_int round,
							 uint32_t random)
{
	uint64_t wait = retry->initial;

	while (round-- > 1 && wait < retry->max)
	{
		wait *= 2;
	}
	wait = min(wait, retry->max);
	wait -= scale(wait * min(retry->jitter, 100) / 100, random);
	return max(wait, GM_SHORTEST_WAIT);
}

/*
 * Described in header
 */
uint64_t gm_schedule_reregister(uint64_t remaining, uint64_t jitter,
								uint32_t random)
{
	uint64_t wait;

	wait = remaining - min(remaining / 2, GM_REREGISTER_MARGIN);
	wait -= scale(min(jitter, wait / 8), random);
	return max(wait, GM_SHORTEST_WAIT);
}

/*
 * Described in header
 */
uint64_t gm_schedule_switch_margin(uint64_t life)
{
	return min(life / 4, GM_SWITCH_MARGIN);
}

/**
 * When a TEK gives way to a newer one
 */
static uint64_t gives_way(const gm_tek_time_t *tek)
{
	return tek->expires -
				gm_schedule_switch_margin(tek->expires - tek->installed);
}

/*
 * Described in header
 */
int gm_schedule_outbound(const gm_tek_time_t *teks, u_int count, uint64_t now,
						 uint64_t *next)
{
	int first = -1, last = -1, i;

	*next = GM_NEVER;
	for (i = 0; i < count; i++)
	{
		if (!teks[i].sends || teks[i].expires <= now)
		{
			continue;
		}
		if (gives_way(&teks[i]) > now &&
			(first < 0 || teks[i].expires < teks[first].expires))
		{
			first = i;
		}
		if (last < 0 || teks[i].expires > teks[last].expires)
		{
			last = i;
		}
	}
	if (first < 0 || first == last)
	{	/* nothing newer to change to */
		*next = last < 0 ? GM_NEVER : teks[last].expires;
		return last;
	}
	*next = gives_way(&teks[first]);
	return first;
}
