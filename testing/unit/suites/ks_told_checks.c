/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_told_checks.h"

/**
 * The old TEK without, the new one with a method beside it
 */
static void check_beside(heard_t *told, group_replay_t old, group_replay_t new)
{
	ck_assert_uint_eq(told->teks, 2);
	ck_assert_uint_eq(told->deletes, 0);
	ck_assert_int_eq(told->replays[0], old);
	ck_assert_int_eq(told->replays[1], new);
}

void told_counter(heard_t *told)
{
	check_beside(told, GROUP_REPLAY_NONE, GROUP_REPLAY_COUNTER);
	ck_assert_uint_eq(told->windows[1], 64);
}

void told_no_counter(heard_t *told)
{
	check_beside(told, GROUP_REPLAY_COUNTER, GROUP_REPLAY_NONE);
}

void told_counter_window(heard_t *told)
{
	/* the old one keeps its own */
	check_beside(told, GROUP_REPLAY_COUNTER, GROUP_REPLAY_COUNTER);
	ck_assert_uint_eq(told->windows[0], 64);
	ck_assert_uint_eq(told->windows[1], 128);
}

void told_time(heard_t *told)
{
	check_beside(told, GROUP_REPLAY_NONE, GROUP_REPLAY_TIME);
	ck_assert_uint_eq(told->windows[1], 100000);
	ck_assert_uint_ne(told->pseudotime.epoch, 0);
	ck_assert_uint_eq(told->pseudotime.tick_ms, 1000);
	ck_assert_uint_eq(told->d3p_type, 0);
}

void told_no_time(heard_t *told)
{
	/* the old one lives on by the clock */
	check_beside(told, GROUP_REPLAY_TIME, GROUP_REPLAY_NONE);
	ck_assert_uint_ne(told->pseudotime.epoch, 0);
}

void told_time_window(heard_t *told)
{
	/* TBAR-013: only SAs to come have it */
	check_beside(told, GROUP_REPLAY_TIME, GROUP_REPLAY_TIME);
	ck_assert_uint_eq(told->windows[0], 100000);
	ck_assert_uint_eq(told->windows[1], 10000);
}

void told_d3p(heard_t *told)
{
	check_beside(told, GROUP_REPLAY_NONE, GROUP_REPLAY_D3P);
	ck_assert_uint_eq(told->d3p_type, 3);
	ck_assert_uint_eq(told->d3p_window, 1000);
	ck_assert_uint_eq(told->pseudotime.epoch, 0);
}

void told_no_d3p(heard_t *told)
{
	check_beside(told, GROUP_REPLAY_D3P, GROUP_REPLAY_NONE);
	ck_assert_uint_eq(told->d3p_window, 1000);
}

void told_d3p_window(heard_t *told)
{
	ck_assert_uint_eq(told->d3p_window, 50000);
}

/**
 * One new TEK instead of the old one, and another KEK
 */
static void check_replaced(heard_t *told, group_replay_t replay)
{
	ck_assert_uint_eq(told->teks, 1);
	ck_assert_uint_eq(told->deletes, 1);
	ck_assert_int_eq(told->brings, 1);
	ck_assert_int_eq(told->replays[0], replay);
}

void told_d3p_replaced(heard_t *told)
{
	check_replaced(told, GROUP_REPLAY_D3P);
	ck_assert_uint_eq(told->pseudotime.epoch, 0);
}

void told_type_replaced(heard_t *told)
{
	check_replaced(told, GROUP_REPLAY_D3P);
	ck_assert_uint_eq(told->d3p_type, 1);
}

void told_time_replaced(heard_t *told)
{
	check_replaced(told, GROUP_REPLAY_TIME);
	ck_assert_uint_eq(told->d3p_type, 0);
	ck_assert_uint_ne(told->pseudotime.epoch, 0);
}

void told_tick_replaced(heard_t *told)
{
	check_replaced(told, GROUP_REPLAY_TIME);
	ck_assert_uint_eq(told->pseudotime.tick_ms, 500);
}
