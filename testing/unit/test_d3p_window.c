/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"
#include "group/d3p_window.h"

/* D3P-001, D3P-002, D3P-003, X12: what can be set */
START_TEST(test_ranges_d3p_001)
{
	static const struct {
		const char *text;
		/* 0 if refused */
		uint32_t ms;
	} cases[] = {
		{ "0", 0 }, { "0s", 0 }, { "101", 0 }, { "101s", 0 },
		{ "0ms", 0 }, { "99ms", 0 }, { "10001ms", 0 },
		{ "1", 1000 }, { "1s", 1000 }, { "100", 100000 }, { "100s", 100000 },
		{ "100ms", 100 }, { "10000ms", 10000 },
		/* D3P-003: beyond the range of milliseconds, but said in seconds */
		{ "1000ms", 1000 }, { "50s", 50000 }, { "50000ms", 0 },
		{ "", 0 }, { NULL, 0 }, { "s", 0 }, { "ms", 0 }, { "-1", 0 },
		{ "+1", 0 }, { " 1", 0 }, { "1 s", 0 }, { "1.5s", 0 }, { "1m", 0 },
		{ "1000m", 0 }, { "1msec", 0 }, { "0x10", 0 }, { "1S", 0 },
		{ "4294967297", 0 }, { "4294967396ms", 0 },
		{ "99999999999999999999s", 0 }, { "18446744073709551716ms", 0 },
	};
	uint32_t ms;

	for (u_int i = 0; i < countof(cases); i++)
	{
		ms = 7;
		ck_assert_msg(d3p_window_parse(cases[i].text, &ms) ==
					  (cases[i].ms != 0), "\"%s\"", cases[i].text);
		ck_assert_uint_eq(ms, cases[i].ms ?: 7);
	}
}
END_TEST

/* d3p.md 5: W is the total width, half on each side, rounded down; or all of
 * it by the option */
START_TEST(test_allowed)
{
	static const uint32_t cases[][2] = {
		{ 1, 0 }, { 2, 1 }, { 3, 1 }, { 5, 2 }, { 100, 50 }, { 101, 50 },
		{ 1000, 500 }, { 100000, 50000 },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_uint_eq(d3p_window_allowed(cases[i][0], FALSE), cases[i][1]);
		ck_assert_uint_eq(d3p_window_allowed(cases[i][0], TRUE), cases[i][0]);
	}
}
END_TEST

/* d3p.md 5: the example of the drafts for the wrap around, W = 5 */
START_TEST(test_wrap)
{
	uint32_t first, last;

	d3p_window_bounds(UINT32_MAX, d3p_window_allowed(5, FALSE), &first, &last);
	ck_assert_uint_eq(first, UINT32_MAX - 2);
	ck_assert_uint_eq(last, 1);
	d3p_window_bounds(1, 2, &first, &last);
	ck_assert_uint_eq(first, UINT32_MAX);
	ck_assert_uint_eq(last, 3);
	d3p_window_bounds(1000, 2, &first, &last);
	ck_assert_uint_eq(first, 998);
	ck_assert_uint_eq(last, 1002);
}
END_TEST

#define NOW 1700000000000ULL

/* D3P-008: bounds are in, one millisecond more is not */
START_TEST(test_judge_d3p_008)
{
	static const struct {
		uint64_t now, stamp;
		uint32_t allowed;
		group_fresh_t verdict;
	} cases[] = {
		{ NOW, NOW, 0, GROUP_FRESH },
		{ NOW, NOW - 1, 0, GROUP_FRESH_LATE },
		{ NOW, NOW + 1, 0, GROUP_FRESH_EARLY },
		{ NOW, NOW - 500, 500, GROUP_FRESH },
		{ NOW, NOW - 501, 500, GROUP_FRESH_LATE },
		{ NOW, NOW + 500, 500, GROUP_FRESH },
		{ NOW, NOW + 501, 500, GROUP_FRESH_EARLY },
		{ NOW, NOW + 100000, 100000, GROUP_FRESH },
		{ NOW, NOW + 100001, 100000, GROUP_FRESH_EARLY },
		/* a clock that is an hour off, and stamps that make no sense */
		{ NOW, NOW - 3600000, 50000, GROUP_FRESH_LATE },
		{ NOW, NOW + 3600000, 50000, GROUP_FRESH_EARLY },
		{ NOW, 0, 50000, GROUP_FRESH_LATE },
		{ NOW, UINT64_MAX, 50000, GROUP_FRESH_LATE },
		{ NOW, NOW + (1ULL << 63), 50000, GROUP_FRESH_EARLY },
		{ NOW, NOW + (1ULL << 63) - 1, 50000, GROUP_FRESH_EARLY },
		{ NOW, NOW + (1ULL << 63) + 1, 50000, GROUP_FRESH_LATE },
		{ 0, 1ULL << 63, UINT32_MAX, GROUP_FRESH_EARLY },
		{ 0, UINT64_MAX, 1, GROUP_FRESH },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_msg(d3p_window_judge(cases[i].now, cases[i].stamp,
									   cases[i].allowed) == cases[i].verdict,
					  "case %u", i);
	}
}
END_TEST

/* D3P-005, d3p.md 3: both layouts */
static const struct {
	d3p_type_t type;
	uint8_t next;
	/** microseconds */
	uint64_t sent;
	const char *hex;
	/** milliseconds */
	uint64_t stamp;
} layouts[] = {
	{ D3P_POSIX_TIME_MSEC, 4, 1700000000123456ULL,
	  "04030000" "0000018bcfe5687b", 1700000000123ULL },
	{ D3P_POSIX_TIME_MSEC, 41, 1700000000123999ULL,
	  "29030000" "0000018bcfe5687b", 1700000000123ULL },
	{ D3P_POSIX_TIME_MSEC, 4, 4294967296000000ULL,
	  "04030000" "000003e800000000", 4294967296000ULL },
	{ D3P_POSIX_TIME, 4, 1700000000123456ULL,
	  "0401000c" "6553f100" "0001e240", 1700000000123ULL },
	{ D3P_POSIX_TIME, 41, 1700000000999999ULL,
	  "2901000c" "6553f100" "000f423f", 1700000000999ULL },
	/* the year 2106: 32 bits of seconds begin anew */
	{ D3P_POSIX_TIME, 4, 4294967295999000ULL,
	  "0401000c" "ffffffff" "000f3e58", 4294967295999ULL },
	{ D3P_POSIX_TIME, 4, 4294967297001000ULL,
	  "0401000c" "00000001" "000003e8", 4294967297001ULL },
};

START_TEST(test_layouts_d3p_005)
{
	/* an hour is far less than the half of what 32 bits of seconds hold */
	static const int64_t skews[] = { 0, -3600000, 3600000, -1, 1 };
	uint8_t header[D3P_HEADER_LEN], next;
	chunk_t want = test_hex(layouts[_i].hex);
	uint64_t stamp, now = layouts[_i].sent / 1000;

	memset(header, 0xff, sizeof(header));
	d3p_header_write(layouts[_i].type, layouts[_i].next, layouts[_i].sent,
					 header);
	ck_assert_chunk(chunk_from_thing(header), want);
	for (u_int i = 0; i < countof(skews); i++)
	{
		next = 0;
		stamp = 0;
		ck_assert(d3p_header_read(layouts[_i].type, want,
								  now + (uint64_t)skews[i], &next, &stamp));
		ck_assert_uint_eq(next, layouts[_i].next);
		ck_assert(stamp == layouts[_i].stamp);
	}
	chunk_free(&want);
}
END_TEST

/* d3p.md 5: truncated, type, reserved, length, what follows */
static const struct {
	d3p_type_t type;
	const char *hex;
} bad[] = {
	{ D3P_POSIX_TIME_MSEC, "" },
	{ D3P_POSIX_TIME_MSEC, "04030000" "0000018bcfe568" },
	{ D3P_POSIX_TIME_MSEC, "04010000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "04000000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "04020000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "04030001" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "04038000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "0403000c" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "00030000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "11030000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME_MSEC, "fd030000" "0000018bcfe5687b" },
	/* the layout of the other type is never guessed */
	{ D3P_POSIX_TIME_MSEC, "0401000c" "6553f100" "0001e240" },
	{ D3P_POSIX_TIME, "04030000" "0000018bcfe5687b" },
	{ D3P_POSIX_TIME, "0401000c" "6553f100" "0001e2" },
	{ D3P_POSIX_TIME, "0403000c" "6553f100" "0001e240" },
	{ D3P_POSIX_TIME, "04010000" "6553f100" "0001e240" },
	{ D3P_POSIX_TIME, "0401000d" "6553f100" "0001e240" },
	{ D3P_POSIX_TIME, "04010c00" "6553f100" "0001e240" },
	/* a million microseconds */
	{ D3P_POSIX_TIME, "0401000c" "6553f100" "000f4240" },
	{ D3P_POSIX_TIME, "0401000c" "6553f100" "ffffffff" },
	{ D3P_POSIX_TIME, "3201000c" "6553f100" "0001e240" },
};

START_TEST(test_refused)
{
	chunk_t data = test_hex(bad[_i].hex);
	uint64_t stamp;
	uint8_t next;

	ck_assert(!d3p_header_read(bad[_i].type, data, NOW, &next, &stamp));
	chunk_free(&data);
}
END_TEST

START_TEST(test_types)
{
	for (uint32_t type = 0; type < 300; type++)
	{
		ck_assert_int_eq(d3p_type_is_known(type), type == 1 || type == 3);
	}
	ck_assert(!d3p_type_is_known(0x10003));
}
END_TEST

Suite *suite_d3p_window(void)
{
	Suite *s = suite_create("D3P window");
	TCase *tc;

	tc = tcase_create("window");
	tcase_add_test(tc, test_ranges_d3p_001);
	tcase_add_test(tc, test_allowed);
	tcase_add_test(tc, test_wrap);
	tcase_add_test(tc, test_judge_d3p_008);
	suite_add_tcase(s, tc);

	tc = tcase_create("header");
	tcase_add_test(tc, test_types);
	tcase_add_loop_test(tc, test_layouts_d3p_005, 0, countof(layouts));
	tcase_add_loop_test(tc, test_refused, 0, countof(bad));
	suite_add_tcase(s, tc);
	return s;
}
