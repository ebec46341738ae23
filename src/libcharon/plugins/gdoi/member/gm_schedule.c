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
uint64_t gm_schedule_reregister(uint64_t remaining, uint64_t margin,
								uint64_t jitter, uint32_t random)
{
	uint64_t wait;

	wait = remaining - min(remaining / 3, margin);
	wait -= scale(min(jitter, wait / 8), random);
	return max(wait, GM_SHORTEST_WAIT);
}

/*
 * Described in header
 */
uint64_t gm_schedule_spread(uint64_t max, uint32_t random)
{
	return scale(max, random);
}

/*
 * Described in header
 */
uint64_t gm_schedule_switch_margin(uint64_t life)
{
	return min(life / 4, GM_SWITCH_MARGIN);
}

/**
 * When a TEK gives way to the one that follows
 */
static uint64_t gives_way(const gm_tek_time_t *tek, const gm_tek_time_t *next)
{
	uint64_t when, hold = 0;

	if (next->activates)
	{	/* the key server's word, ATD-001 */
		return min(next->activates, tek->expires);
	}
	when = tek->expires - gm_schedule_switch_margin(tek->expires -
													tek->installed);
	if (tek->expires > next->installed)
	{	/* one that came late has just been sent to the others, too */
		hold = min(GM_SWITCH_HOLD, (tek->expires - next->installed) / 4);
	}
	return max(when, next->installed + hold);
}

/**
 * Can a TEK send at all?
 */
static bool is_usable(const gm_tek_time_t *tek, uint64_t now)
{
	return tek->sends && tek->expires > now;
}

/**
 * Does one TEK come before another one? They follow each other as they came:
 * what came earlier is what others have for sure.
 */
static bool precedes(const gm_tek_time_t *teks, int a, int b)
{
	if (teks[a].installed != teks[b].installed)
	{
		return teks[a].installed < teks[b].installed;
	}
	if (teks[a].expires != teks[b].expires)
	{
		return teks[a].expires < teks[b].expires;
	}
	return a < b;
}

/**
 * Find the TEK that follows another one, or the first one of all
 *
 * @param after			index, -1 for the first
 * @return				index, -1 if there is none
 */
static int find_next(const gm_tek_time_t *teks, u_int count, uint64_t now,
					 int after)
{
	int i, found = -1;

	for (i = 0; i < count; i++)
	{
		if (is_usable(&teks[i], now) &&
			(after < 0 || precedes(teks, after, i)) &&
			(found < 0 || precedes(teks, i, found)))
		{
			found = i;
		}
	}
	return found;
}

/*
 * Described in header
 */
int gm_schedule_outbound(const gm_tek_time_t *teks, u_int count, uint64_t now,
						 uint64_t *next)
{
	int chosen, follows;

	*next = GM_NEVER;
	chosen = find_next(teks, count, now, -1);
	while (chosen >= 0)
	{
		*next = teks[chosen].expires;
		follows = find_next(teks, count, now, chosen);
		if (follows < 0)
		{
			break;
		}
		*next = min(*next, gives_way(&teks[chosen], &teks[follows]));
		if (*next > now)
		{
			break;
		}
		chosen = follows;
	}
	return chosen;
}
