/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pseudotime.h"

bool pseudotime_is_valid(const group_pseudotime_t *time)
{
	return time->tick_ms >= PSEUDOTIME_TICK_MIN &&
		   time->tick_ms <= PSEUDOTIME_TICK_MAX;
}

group_pseudotime_t pseudotime_advance(const group_pseudotime_t *base,
									  uint64_t elapsed_ms)
{
	group_pseudotime_t time = *base;

	if (time.tick_ms)
	{
		time.ticks += (uint32_t)(elapsed_ms / time.tick_ms);
	}
	return time;
}

uint64_t pseudotime_ms(const group_pseudotime_t *time)
{
	return (uint64_t)time->ticks * time->tick_ms;
}

int64_t pseudotime_ahead(const group_pseudotime_t *own,
						 const group_pseudotime_t *theirs)
{
	if (own->tick_ms == theirs->tick_ms)
	{
		return (int64_t)(int32_t)(theirs->ticks - own->ticks) * own->tick_ms;
	}
	return (int64_t)(pseudotime_ms(theirs) - pseudotime_ms(own));
}

uint32_t pseudotime_allowable(uint32_t window)
{
	return min(window, (uint32_t)PSEUDOTIME_SKEW_MAX);
}

/**
 * Allowable difference in milliseconds.
 */
static int64_t allowable_ms(uint32_t window)
{
	return (int64_t)pseudotime_allowable(window) * 1000;
}

pseudotime_verdict_t pseudotime_judge_member(const group_pseudotime_t *own,
											 const group_pseudotime_t *theirs,
											 uint32_t window)
{
	int64_t ahead = pseudotime_ahead(own, theirs);
	int64_t allowed = allowable_ms(window);

	if (ahead < 0)
	{
		return -ahead > allowed ? PSEUDOTIME_TOO_OLD : PSEUDOTIME_ADOPT_SMALLER;
	}
	return ahead > allowed ? PSEUDOTIME_ADOPT_LARGE : PSEUDOTIME_ADOPT;
}

pseudotime_verdict_t pseudotime_judge_secondary(
											const group_pseudotime_t *own,
											const group_pseudotime_t *theirs,
											uint32_t window)
{
	return pseudotime_judge_member(own, theirs, window);
}

pseudotime_verdict_t pseudotime_judge_primary(const group_pseudotime_t *own,
											  const group_pseudotime_t *theirs,
											  uint32_t window)
{
	pseudotime_verdict_t verdict;

	verdict = pseudotime_judge_member(own, theirs, window);
	return verdict == PSEUDOTIME_ADOPT_SMALLER ? PSEUDOTIME_KEEP : verdict;
}

/**
 * Has one of two pseudotimes to give way? Where they are equal their other
 * values decide, so that both halves find the same.
 */
static bool gives_way(const group_pseudotime_t *a, const group_pseudotime_t *b)
{
	int64_t ahead = pseudotime_ahead(a, b);

	if (ahead)
	{
		return ahead > 0;
	}
	if (a->epoch != b->epoch)
	{
		return a->epoch < b->epoch;
	}
	return a->tick_ms < b->tick_ms;
}

group_pseudotime_t pseudotime_merge(const group_pseudotime_t *a,
									const group_pseudotime_t *b,
									uint32_t window, bool *rekey)
{
	int64_t ahead = pseudotime_ahead(a, b);
	int64_t allowed = allowable_ms(window);

	*rekey = ahead > allowed || -ahead > allowed || a->epoch != b->epoch;
	return gives_way(a, b) ? *b : *a;
}

group_fresh_t pseudotime_accepts(const group_pseudotime_t *own, uint32_t epoch,
								 uint32_t ticks, uint32_t window_ms)
{
	group_pseudotime_t stamp = { epoch, ticks, own->tick_ms };
	int64_t ahead = pseudotime_ahead(own, &stamp);

	if (epoch != own->epoch)
	{
		return GROUP_FRESH_EPOCH;
	}
	if (ahead > (int64_t)window_ms)
	{
		return GROUP_FRESH_EARLY;
	}
	return -ahead > (int64_t)window_ms ? GROUP_FRESH_LATE : GROUP_FRESH;
}
