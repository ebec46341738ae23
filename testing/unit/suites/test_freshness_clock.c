/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The real time that packets show (D3P-007): offset, steps, synchronisation.
 */

#include "freshness_suites.h"
#include "freshness_world.h"

#include <time.h>

static fresh_clock_t *clk;

static void setup(void)
{
	world_begin();
	clk = fresh_clock_create(&world_source);
}

static void teardown(void)
{
	clk->destroy(clk);
}

START_TEST(test_offset)
{
	fresh_clock_news_t news;

	ck_assert_int_eq(clk->get_offset(clk), WORLD_REAL - WORLD_BOOT);
	ck_assert_uint_eq(clk->now_real_ms(clk), WORLD_REAL / MS);
	ck_assert_uint_eq(clk->now_boot_ms(clk), WORLD_BOOT / MS);
	world_pass(SECOND);
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.offset_ns, WORLD_REAL - WORLD_BOOT);
	ck_assert_int_eq(news.step_ms, 0);
	ck_assert_int_eq(news.sync, FRESHNESS_SYNC_YES);
	ck_assert_uint_eq(clk->now_real_ms(clk), WORLD_REAL / MS + 1000);
}
END_TEST

/**
 * Changes of the clock after some time, and the step that they are
 */
static const struct {
	int64_t elapsed;
	int64_t change;
	int64_t step_ms;
} changes[] = {
	{ 0, 0, 0 },
	{ HOUR, 0, 0 },
	/* no better than measuring */
	{ SECOND, MS - 1, 0 },
	{ SECOND, -MS + 1, 0 },
	{ 0, MS, 1 },
	{ SECOND, -MS, -1 },
	{ SECOND, 83 * MS, 83 },
	/* whether it is looked at at once or not */
	{ 0, HOUR, 3600000 },
	{ 0, -HOUR, -3600000 },
	{ SECOND, HOUR, 3600000 },
	{ HOUR, -HOUR, -3600000 },
	{ HOUR, -2 * HOUR, -7200000 },
};

START_TEST(test_change)
{
	fresh_clock_news_t news;
	freshness_clock_t state;
	bool step = changes[_i].step_ms != 0;

	world_pass(changes[_i].elapsed);
	world_real += changes[_i].change;
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.step_ms, changes[_i].step_ms);
	ck_assert_int_eq(news.offset_ns,
					 WORLD_REAL - WORLD_BOOT + changes[_i].change);
	clk->get_state(clk, &state);
	ck_assert_uint_eq(state.steps, step ? 1 : 0);
	ck_assert_int_eq(state.last_step_ms, changes[_i].step_ms);
	/* elapsed time does not care */
	ck_assert_uint_eq(clk->now_boot_ms(clk),
					  (WORLD_BOOT + changes[_i].elapsed) / MS);
	/* it happened once only */
	world_pass(SECOND);
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.step_ms, 0);
	clk->get_state(clk, &state);
	ck_assert_uint_eq(state.steps, step ? 1 : 0);
	ck_assert_int_eq(state.last_step_ms, changes[_i].step_ms);
}
END_TEST

START_TEST(test_steps_add_up)
{
	fresh_clock_news_t news;
	freshness_clock_t state;
	int i;

	for (i = 1; i <= 5; i++)
	{
		world_real += i % 2 ? HOUR : -HOUR;
		/* reading it does not take the step away */
		clk->get_offset(clk);
		clk->refresh(clk, &news);
		ck_assert_int_eq(news.step_ms, i % 2 ? 3600000 : -3600000);
		clk->get_state(clk, &state);
		ck_assert_uint_eq(state.steps, i);
		ck_assert_int_eq(state.last_step_ms, news.step_ms);
	}
}
END_TEST

/**
 * Milliseconds by which readings come late, two per try as the thread may lose
 * its CPU between them, and the error of the offset that comes of it
 */
static const struct {
	int64_t late[WORLD_READINGS];
	int64_t error;
} lates[] = {
	{ { 0, 0 }, 0 },
	/* late, but not in between */
	{ { 400, 0 }, 0 },
	/* good at the last try */
	{ { 0, 400, 0, 400, 0, 400, 0, 400, 0, 0 }, 0 },
	/* the best of five, first, in the middle and last */
	{ { 0, 8, 0, 400, 0, 400, 0, 400, 0, 400 }, -4 },
	{ { 0, 400, 300, 90, 0, 8, 0, 80, 0, 400 }, -4 },
	{ { 0, 400, 0, 400, 0, 400, 0, 400, 0, 8 }, -4 },
};

START_TEST(test_late_readings)
{
	fresh_clock_news_t news;
	int i;

	for (i = 0; i < WORLD_READINGS; i++)
	{
		world_late[i] = lates[_i].late[i] * MS;
	}
	world_reading = 0;
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.offset_ns - (WORLD_REAL - WORLD_BOOT),
					 lates[_i].error * MS);
	/* no better than this can be said, so that it is no step, nor is what
	 * comes next */
	ck_assert_int_eq(news.step_ms, 0);
	world_reading = WORLD_READINGS;
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.step_ms, 0);
	ck_assert_int_eq(news.offset_ns, WORLD_REAL - WORLD_BOOT);
}
END_TEST

START_TEST(test_synchronisation)
{
	fresh_clock_news_t news;
	freshness_clock_t state;

	clk->get_state(clk, &state);
	ck_assert_int_eq(state.sync, FRESHNESS_SYNC_YES);
	ck_assert_uint_eq(state.error_ms, 3);
	ck_assert_uint_eq(state.max_error_ms, 40);
	world_status.sync = FRESHNESS_SYNC_NO;
	clk->get_state(clk, &state);
	ck_assert_int_eq(state.sync, FRESHNESS_SYNC_NO);
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.sync, FRESHNESS_SYNC_NO);
	world_status.sync = FRESHNESS_SYNC_UNKNOWN;
	clk->refresh(clk, &news);
	ck_assert_int_eq(news.sync, FRESHNESS_SYNC_UNKNOWN);
}
END_TEST

START_TEST(test_host)
{
	fresh_clock_t *host = fresh_clock_create(NULL);
	struct timespec real, boot;
	fresh_clock_news_t news;
	freshness_clock_t state;
	int64_t offset;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &real), 0);
	ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
	offset = (real.tv_sec - boot.tv_sec) * SECOND + real.tv_nsec - boot.tv_nsec;
	host->refresh(host, &news);
	ck_assert_int_lt(llabs(news.offset_ns - offset), 50 * MS);
	ck_assert_int_lt(llabs(host->get_offset(host) - offset), 50 * MS);
	ck_assert_int_le(llabs((int64_t)host->now_real_ms(host) -
						   real.tv_sec * 1000), 60000);
	ck_assert_int_le(llabs((int64_t)host->now_boot_ms(host) -
						   boot.tv_sec * 1000), 60000);
	host->get_state(host, &state);
	ck_assert_int_eq(state.sync, news.sync);
	host->destroy(host);
}
END_TEST

Suite *freshness_clock_suite(void)
{
	Suite *s = suite_create("freshness: clock");
	TCase *tc = tcase_create("offset and steps");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_offset);
	tcase_add_loop_test(tc, test_change, 0, countof(changes));
	tcase_add_test(tc, test_steps_add_up);
	tcase_add_loop_test(tc, test_late_readings, 0, countof(lates));
	tcase_add_test(tc, test_synchronisation);
	tcase_add_test(tc, test_host);
	suite_add_tcase(s, tc);
	return s;
}
