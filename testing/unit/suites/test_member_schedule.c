/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"

#include <member/gm_schedule.h>

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/* GM-003: what happens after all servers failed */
START_TEST(test_backoff)
{
	gm_retry_t retry = { .initial = 10000, .max = 300000, .jitter = 25 };
	static const uint64_t wait[] = { 10, 20, 40, 80, 160, 300, 300, 300 };
	uint64_t shortest, longest;
	u_int i;

	for (i = 0; i < countof(wait); i++)
	{
		longest = gm_schedule_backoff(&retry, i + 1, 0);
		shortest = gm_schedule_backoff(&retry, i + 1, UINT32_MAX);
		ck_assert_uint_eq(longest, S(wait[i]));
		ck_assert_uint_eq(shortest, S(wait[i]) * 75 / 100);
	}
	/* no overflow, however long it goes on */
	ck_assert_uint_eq(gm_schedule_backoff(&retry, 1000000, 0), S(300));
	ck_assert_uint_eq(gm_schedule_backoff(&retry, UINT_MAX, 0), S(300));
	retry = (gm_retry_t){ .initial = 1000, .max = 1000, .jitter = 100 };
	ck_assert_uint_eq(gm_schedule_backoff(&retry, 3, UINT32_MAX), 1000);
}
END_TEST

/* GM-007, GM-010: remaining life, jitter, wait without and with it */
static const struct {
	uint64_t remaining;
	uint64_t jitter;
	uint64_t latest;
	uint64_t earliest;
} reregister[] = {
	{ S(3600),  S(2),  S(3540), S(3538) },
	{ S(86400), S(0),  S(86340), S(86340) },
	{ S(3600),  S(30), S(3540), S(3510) },
	/* the margin shrinks with what is left */
	{ S(180),   S(2),  S(120), S(118) },
	{ S(120),   S(2),  S(80), S(78) },
	{ S(30),    S(2),  S(20), S(18) },
	/* and the jitter as well */
	{ S(9),     S(2),  S(6), 5250 },
	{ S(9),     S(3600), S(6), 5250 },
	/* never at once */
	{ S(1),     S(2),  S(1), S(1) },
	{ 0,        S(2),  S(1), S(1) },
};

START_TEST(test_reregister)
{
	ck_assert_uint_eq(gm_schedule_reregister(reregister[_i].remaining, S(60),
						reregister[_i].jitter, 0), reregister[_i].latest);
	ck_assert_uint_eq(gm_schedule_reregister(reregister[_i].remaining, S(60),
						reregister[_i].jitter, UINT32_MAX),
						reregister[_i].earliest);
}
END_TEST

/* GM-007: a server that hands out the same TEK is not asked all the time */
START_TEST(test_reregister_bounded)
{
	uint64_t now = 0, end = S(3600);
	int count = 0;

	while (now < end)
	{
		now += gm_schedule_reregister(end - now, S(60), 0, 0);
		count++;
	}
	ck_assert_int_le(count, 10);
}
END_TEST

START_TEST(test_switch_margin)
{
	ck_assert_uint_eq(gm_schedule_switch_margin(S(3600)), S(30));
	ck_assert_uint_eq(gm_schedule_switch_margin(S(120)), S(30));
	ck_assert_uint_eq(gm_schedule_switch_margin(S(40)), S(10));
	ck_assert_uint_eq(gm_schedule_switch_margin(0), 0);
}
END_TEST

/* GM-006, GM-007: old until T2-30, then new */
START_TEST(test_outbound)
{
	gm_tek_time_t teks[] = {
		{ 0, S(3600), TRUE },
		{ S(3540), S(7110), TRUE },
		{ S(3540), S(9999), FALSE },
	};
	uint64_t next;

	ck_assert_int_eq(gm_schedule_outbound(teks, 3, S(3540), &next), 0);
	ck_assert_uint_eq(next, S(3570));
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, S(3570) - 1, &next), 0);
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, S(3570), &next), 1);
	/* nothing newer any more: until it ends */
	ck_assert_uint_eq(next, S(7110));
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, S(7110) - 1, &next), 1);
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, S(7110), &next), -1);
	ck_assert(next == GM_NEVER);
}
END_TEST

/* the order in which TEKs came does not matter, nor does their number */
START_TEST(test_outbound_order)
{
	gm_tek_time_t teks[] = {
		{ 0, S(300), TRUE },
		{ 0, S(100), TRUE },
		{ 0, S(200), TRUE },
	};
	uint64_t next;

	ck_assert_int_eq(gm_schedule_outbound(teks, 3, 0, &next), 1);
	ck_assert_uint_eq(next, S(75));
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, next, &next), 2);
	ck_assert_uint_eq(next, S(170));
	ck_assert_int_eq(gm_schedule_outbound(teks, 3, next, &next), 0);
	ck_assert_uint_eq(next, S(300));
	/* a single one sends to its end, whatever its margin */
	ck_assert_int_eq(gm_schedule_outbound(teks, 1, S(299), &next), 0);
	ck_assert_int_eq(gm_schedule_outbound(teks, 0, 0, &next), -1);
}
END_TEST

Suite *member_schedule_suite(void)
{
	Suite *s = suite_create("member schedule");
	TCase *tc = tcase_create("schedule");

	tcase_add_test(tc, test_backoff);
	tcase_add_loop_test(tc, test_reregister, 0, countof(reregister));
	tcase_add_test(tc, test_reregister_bounded);
	tcase_add_test(tc, test_switch_margin);
	tcase_add_test(tc, test_outbound);
	tcase_add_test(tc, test_outbound_order);
	suite_add_tcase(s, tc);
	return s;
}
