/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"
#include "group/tbar_header.h"

/* TBAR-001, TBAR-005: a tick ends when it is over, and the counter wraps */
START_TEST(test_advance)
{
	static const struct {
		uint32_t ticks;
		uint32_t tick_ms;
		uint64_t elapsed;
		uint32_t then;
	} cases[] = {
		{ 0, 1000, 0, 0 },
		{ 0, 1000, 999, 0 },
		{ 0, 1000, 1000, 1 },
		{ 7, 100, 1799999, 18006 },
		{ 7, 100, 1800000, 18007 },
		{ 5, 10000, 9999, 5 },
		{ 0xffffffff, 1000, 1000, 0 },
		{ 0xfffffff0, 1, 0x20, 0x10 },
		{ 3, 1, 0x100000000ULL, 3 },
		/* no length of ticks: the clock stands */
		{ 3, 0, 5000, 3 },
	};
	group_pseudotime_t base, then;

	for (u_int i = 0; i < countof(cases); i++)
	{
		base = (group_pseudotime_t){ 0xe0, cases[i].ticks, cases[i].tick_ms };
		then = pseudotime_advance(&base, cases[i].elapsed);
		ck_assert_uint_eq(then.ticks, cases[i].then);
		ck_assert_uint_eq(then.epoch, 0xe0);
		ck_assert_uint_eq(then.tick_ms, cases[i].tick_ms);
		ck_assert_uint_eq(base.ticks, cases[i].ticks);
	}
}
END_TEST

START_TEST(test_valid)
{
	static const struct {
		uint32_t tick_ms;
		bool valid;
	} cases[] = {
		{ 0, FALSE }, { 1, TRUE }, { 100, TRUE }, { 10000, TRUE },
		{ 10001, FALSE }, { UINT32_MAX, FALSE },
	};
	group_pseudotime_t time = { 1, 2, 0 };

	for (u_int i = 0; i < countof(cases); i++)
	{
		time.tick_ms = cases[i].tick_ms;
		ck_assert_int_eq(pseudotime_is_valid(&time), cases[i].valid);
	}
	time = (group_pseudotime_t){ 1, UINT32_MAX, 10000 };
	ck_assert(pseudotime_ms(&time) == 42949672950000ULL);
}
END_TEST

/* TBAR-020 */
START_TEST(test_allowable_tbar_020)
{
	static const uint32_t cases[][2] = {
		{ 10, 10 }, { 100, 30 }, { 1, 1 }, { 29, 29 }, { 30, 30 }, { 31, 30 },
		{ 0, 0 }, { UINT32_MAX, 30 },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_uint_eq(pseudotime_allowable(cases[i][0]), cases[i][1]);
	}
}
END_TEST

#define TAKEN PSEUDOTIME_ADOPT
#define LARGE PSEUDOTIME_ADOPT_LARGE
#define SMALL PSEUDOTIME_ADOPT_SMALLER
#define KEPT PSEUDOTIME_KEEP
#define OLD PSEUDOTIME_TOO_OLD

/* a pseudotime that comes in a rekey, in the announcement of a primary, and in
 * the message of a secondary */
static const struct {
	uint32_t own, theirs;
	uint32_t window;
	pseudotime_verdict_t member, secondary, primary;
} rules[] = {
	/* TBAR-023, LOG-002 */
	{ 22490, 10026, 100, OLD, OLD, OLD },
	/* TBAR-021, LOG-001: 20008 of the key server, 10057 of the member */
	{ 10057, 20008, 100, LARGE, LARGE, LARGE },
	/* TBAR-024, LOG-005 and LOG-006 */
	{ 23147, 30005, 100, LARGE, LARGE, LARGE },
	{ 0, 22772, 100, LARGE, LARGE, LARGE },
	/* TBAR-025, LOG-007: allowable skew 10 */
	{ 22743, 103, 10, OLD, OLD, OLD },
	/* TBAR-021: larger or the same, and expected */
	{ 1000, 1000, 100, TAKEN, TAKEN, TAKEN },
	{ 1000, 1001, 100, TAKEN, TAKEN, TAKEN },
	{ 1000, 1030, 100, TAKEN, TAKEN, TAKEN },
	{ 1000, 1031, 100, LARGE, LARGE, LARGE },
	{ 1000, 1010, 10, TAKEN, TAKEN, TAKEN },
	{ 1000, 1011, 10, LARGE, LARGE, LARGE },
	/* TBAR-022, TBAR-025, TBAR-028: smaller */
	{ 1000, 999, 100, SMALL, SMALL, KEPT },
	{ 1000, 970, 100, SMALL, SMALL, KEPT },
	{ 1000, 969, 100, OLD, OLD, OLD },
	{ 1000, 990, 10, SMALL, SMALL, KEPT },
	{ 1000, 989, 10, OLD, OLD, OLD },
	{ 1000, 999, 1, SMALL, SMALL, KEPT },
	{ 1000, 998, 1, OLD, OLD, OLD },
	/* around the end of the counter */
	{ 0xfffffff0, 5, 100, TAKEN, TAKEN, TAKEN },
	{ 5, 0xfffffff0, 100, SMALL, SMALL, KEPT },
	{ 0xfffffff0, 0x10, 10, LARGE, LARGE, LARGE },
	{ 0x10, 0xfffffff0, 10, OLD, OLD, OLD },
};

START_TEST(test_rules_tbar_021_to_028)
{
	group_pseudotime_t own = { 0xe0, rules[_i].own, 1000 };
	group_pseudotime_t theirs = { 0xe0, rules[_i].theirs, 1000 };

	/* another clock is under the same rules */
	for (int i = 0; i < 2; i++)
	{
		ck_assert_int_eq(pseudotime_judge_member(&own, &theirs,
						 rules[_i].window), rules[_i].member);
		ck_assert_int_eq(pseudotime_judge_secondary(&own, &theirs,
						 rules[_i].window), rules[_i].secondary);
		ck_assert_int_eq(pseudotime_judge_primary(&own, &theirs,
						 rules[_i].window), rules[_i].primary);
		theirs.epoch++;
	}
}
END_TEST

/* differences are of time, not of ticks */
START_TEST(test_rules_ticks)
{
	static const struct {
		group_pseudotime_t own, theirs;
		pseudotime_verdict_t verdict;
	} cases[] = {
		{ { 1, 1000, 100 }, { 1, 1300, 100 }, TAKEN },
		{ { 1, 1000, 100 }, { 1, 1301, 100 }, LARGE },
		{ { 1, 1000, 100 }, { 1, 700, 100 }, SMALL },
		{ { 1, 1000, 100 }, { 1, 699, 100 }, OLD },
		/* the same instant, by ticks of other lengths */
		{ { 1, 1000, 1000 }, { 1, 10000, 100 }, TAKEN },
		{ { 1, 1000, 1000 }, { 1, 9700, 100 }, SMALL },
		{ { 1, 1000, 1000 }, { 1, 9699, 100 }, OLD },
		{ { 1, 1000, 1000 }, { 1, 10300, 100 }, TAKEN },
		{ { 1, 1000, 1000 }, { 1, 10301, 100 }, LARGE },
		{ { 1, UINT32_MAX, 10000 }, { 1, 0, 1 }, OLD },
		{ { 1, 0, 1 }, { 1, UINT32_MAX, 10000 }, LARGE },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_int_eq(pseudotime_judge_member(&cases[i].own,
						 &cases[i].theirs, 100), cases[i].verdict);
	}
}
END_TEST

/* TBAR-029: the larger one, and a rekey beyond the allowable difference */
START_TEST(test_merge_tbar_029)
{
	static const struct {
		group_pseudotime_t a, b;
		uint32_t window;
		bool second;
		bool rekey;
	} cases[] = {
		{ { 1, 20008, 1000 }, { 1, 10057, 1000 }, 100, FALSE, TRUE },
		{ { 1, 0, 1000 }, { 1, 22772, 1000 }, 100, TRUE, TRUE },
		{ { 1, 1000, 1000 }, { 1, 1000, 1000 }, 100, FALSE, FALSE },
		{ { 1, 1000, 1000 }, { 1, 1030, 1000 }, 100, TRUE, FALSE },
		{ { 1, 1000, 1000 }, { 1, 1031, 1000 }, 100, TRUE, TRUE },
		{ { 1, 1010, 1000 }, { 1, 1000, 1000 }, 10, FALSE, FALSE },
		{ { 1, 1011, 1000 }, { 1, 1000, 1000 }, 10, FALSE, TRUE },
		/* members of other clocks refuse each other */
		{ { 1, 1000, 1000 }, { 2, 1000, 1000 }, 100, TRUE, TRUE },
		{ { 2, 1000, 1000 }, { 1, 1001, 1000 }, 100, TRUE, TRUE },
		/* equal time, other ticks */
		{ { 1, 1000, 1000 }, { 1, 10000, 100 }, 100, FALSE, FALSE },
	};
	const group_pseudotime_t *want;
	group_pseudotime_t got[2];
	bool rekey[2];

	for (u_int i = 0; i < countof(cases); i++)
	{
		want = cases[i].second ? &cases[i].b : &cases[i].a;
		got[0] = pseudotime_merge(&cases[i].a, &cases[i].b, cases[i].window,
								  &rekey[0]);
		got[1] = pseudotime_merge(&cases[i].b, &cases[i].a, cases[i].window,
								  &rekey[1]);
		for (u_int side = 0; side < 2; side++)
		{
			ck_assert_uint_eq(got[side].epoch, want->epoch);
			ck_assert_uint_eq(got[side].ticks, want->ticks);
			ck_assert_uint_eq(got[side].tick_ms, want->tick_ms);
			ck_assert_int_eq(rekey[side], cases[i].rekey);
		}
	}
}
END_TEST

/* TBAR-006, TBAR-007: the window of packets, bounds included */
START_TEST(test_accepts_tbar_006)
{
	static const struct {
		uint32_t own, tick_ms;
		uint32_t epoch, ticks;
		uint32_t window;
		group_fresh_t verdict;
	} cases[] = {
		{ 1000, 1000, 9, 1000, 100000, GROUP_FRESH },
		{ 1000, 1000, 9, 900, 100000, GROUP_FRESH },
		{ 1000, 1000, 9, 899, 100000, GROUP_FRESH_LATE },
		{ 1000, 1000, 9, 1100, 100000, GROUP_FRESH },
		{ 1000, 1000, 9, 1101, 100000, GROUP_FRESH_EARLY },
		{ 1000, 1000, 9, 999, 1000, GROUP_FRESH },
		{ 1000, 1000, 9, 998, 1000, GROUP_FRESH_LATE },
		{ 1000, 100, 9, 990, 1000, GROUP_FRESH },
		{ 1000, 100, 9, 989, 1000, GROUP_FRESH_LATE },
		{ 1000, 100, 9, 1010, 1000, GROUP_FRESH },
		{ 1000, 100, 9, 1011, 1000, GROUP_FRESH_EARLY },
		/* a window that is no multiple of ticks */
		{ 1000, 3000, 9, 999, 5000, GROUP_FRESH },
		{ 1000, 3000, 9, 998, 5000, GROUP_FRESH_LATE },
		/* the epoch comes first */
		{ 1000, 1000, 8, 1000, 100000, GROUP_FRESH_EPOCH },
		{ 1000, 1000, 8, 0, 1000, GROUP_FRESH_EPOCH },
		/* around the end of the counter, and far off */
		{ 5, 1000, 9, 0xfffffffb, 10000, GROUP_FRESH },
		{ 5, 1000, 9, 0xfffffffa, 10000, GROUP_FRESH_LATE },
		{ 0xfffffffb, 1000, 9, 5, 10000, GROUP_FRESH },
		{ 0xfffffffb, 1000, 9, 6, 10000, GROUP_FRESH_EARLY },
		{ 0, 10000, 9, 0x7fffffff, 100000, GROUP_FRESH_EARLY },
		{ 0, 10000, 9, 0x80000000, 100000, GROUP_FRESH_LATE },
		{ 0, 1, 9, 0x80000000, UINT32_MAX, GROUP_FRESH },
	};
	group_pseudotime_t own = { 9 };

	for (u_int i = 0; i < countof(cases); i++)
	{
		own.ticks = cases[i].own;
		own.tick_ms = cases[i].tick_ms;
		ck_assert_int_eq(pseudotime_accepts(&own, cases[i].epoch,
											cases[i].ticks, cases[i].window),
						 cases[i].verdict);
	}
}
END_TEST

/* TBAR-009, TBAR-014: 12 and 16 octets */
START_TEST(test_header_tbar_014)
{
	static const struct {
		uint8_t next, len;
		const char *hex;
	} cases[] = {
		{ 4, 12, "04010c00" "a1b2c3d4" "00000102" },
		{ 41, 12, "29010c00" "a1b2c3d4" "00000102" },
		{ 4, 16, "04011000" "a1b2c3d4" "00000102" "00000000" },
		{ 41, 16, "29011000" "a1b2c3d4" "00000102" "00000000" },
	};
	group_pseudotime_t now = { 0xa1b2c3d4, 0x102, 1000 };
	uint8_t header[TBAR_HEADER_LEN_PADDED], next, len;
	uint32_t epoch, ticks;
	chunk_t want, longer;

	for (u_int i = 0; i < countof(cases); i++)
	{
		want = test_hex(cases[i].hex);
		memset(header, 0xff, sizeof(header));
		tbar_header_write(cases[i].next, cases[i].len, &now, header);
		ck_assert_chunk(chunk_create(header, cases[i].len), want);
		longer = chunk_cat("cc", want, chunk_from_str("\xff\xff\xff\xff"));
		for (u_int more = 0; more < 2; more++)
		{
			next = len = 0;
			epoch = ticks = 0;
			ck_assert(tbar_header_read(more ? longer : want, &next, &len,
									   &epoch, &ticks));
			ck_assert_uint_eq(next, cases[i].next);
			ck_assert_uint_eq(len, cases[i].len);
			ck_assert_uint_eq(epoch, 0xa1b2c3d4);
			ck_assert_uint_eq(ticks, 0x102);
		}
		chunk_free(&longer);
		chunk_free(&want);
	}
}
END_TEST

/* truncated, or a field has a value that it can't have */
static const char *bad_headers[] = {
	"",
	"04010c00" "a1b2c3d4" "000001",
	/* says 16, has less */
	"04011000" "a1b2c3d4" "00000102",
	"04011000" "a1b2c3d4" "00000102" "000000",
	/* padding, version, length, flags */
	"04011000" "a1b2c3d4" "00000102" "00000001",
	"04011000" "a1b2c3d4" "00000102" "80000000",
	"04000c00" "a1b2c3d4" "00000102",
	"04020c00" "a1b2c3d4" "00000102",
	"04010000" "a1b2c3d4" "00000102",
	"04010d00" "a1b2c3d4" "00000102" "00",
	"04010800" "a1b2c3d4" "00000102",
	"04011400" "a1b2c3d4" "00000102" "0000000000000000",
	"04010c01" "a1b2c3d4" "00000102",
	"04010c80" "a1b2c3d4" "00000102",
	/* neither IPv4 nor IPv6 */
	"00010c00" "a1b2c3d4" "00000102",
	"06010c00" "a1b2c3d4" "00000102",
	"fe010c00" "a1b2c3d4" "00000102",
};

START_TEST(test_header_refused)
{
	uint32_t epoch, ticks;
	uint8_t next, len;
	chunk_t data;

	data = test_hex(bad_headers[_i]);
	ck_assert(!tbar_header_read(data, &next, &len, &epoch, &ticks));
	chunk_free(&data);
}
END_TEST

Suite *suite_pseudotime(void)
{
	Suite *s = suite_create("pseudotime");
	TCase *tc;

	tc = tcase_create("clock");
	tcase_add_test(tc, test_advance);
	tcase_add_test(tc, test_valid);
	suite_add_tcase(s, tc);

	tc = tcase_create("control plane");
	tcase_add_test(tc, test_allowable_tbar_020);
	tcase_add_loop_test(tc, test_rules_tbar_021_to_028, 0, countof(rules));
	tcase_add_test(tc, test_rules_ticks);
	tcase_add_test(tc, test_merge_tbar_029);
	suite_add_tcase(s, tc);

	tc = tcase_create("packets");
	tcase_add_test(tc, test_accepts_tbar_006);
	tcase_add_test(tc, test_header_tbar_014);
	tcase_add_loop_test(tc, test_header_refused, 0, countof(bad_headers));
	suite_add_tcase(s, tc);
	return s;
}
