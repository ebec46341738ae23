/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <charon_version.h>

#include <check.h>
#include <stdarg.h>
#include <stdio.h>

/**
 * The check as compiled for strongSwan 5.9.7, see other_version.c
 */
bool other_version_matches(const char *plugin);

/**
 * Lines logged, and the last of them
 */
static int lines;
static char line[256];

/**
 * Keep what is logged
 */
static void keep_line(debug_t group, level_t level, char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	lines++;
}

START_TEST(test_search)
{
	static const struct {
		const char *data;
		size_t len;
		bool matches;
		const char *found;
	} table[] = {
		{ "\0005.9.8", 7, TRUE, NULL },
		{ "5.9.8", 6, TRUE, NULL },
		/* not a string of its own */
		{ "v5.9.8", 7, FALSE, NULL },
		/* no NUL at the end of the memory */
		{ "\0005.9.8", 6, FALSE, NULL },
		{ "6.0.1", 6, FALSE, "6.0.1" },
		{ "6.0.1dr2", 9, FALSE, "6.0.1dr2" },
		/* other numbers with dots aren't versions of strongSwan */
		{ "2.5.4", 6, FALSE, NULL },
		{ "6.0.1.4", 8, FALSE, NULL },
		{ "", 0, FALSE, NULL },
	};
	const char *found = NULL;

	ck_assert_int_eq(charon_version_search(
						chunk_create((u_char*)table[_i].data, table[_i].len),
						"5.9.8", &found), table[_i].matches);
	if (table[_i].found)
	{
		ck_assert_ptr_nonnull(found);
		ck_assert_str_eq(found, table[_i].found);
	}
	else
	{
		ck_assert_ptr_null(found);
	}
}
END_TEST

START_TEST(test_installed)
{
	lines = 0;
	dbg = keep_line;
	ck_assert(charon_version_matches("gdoi"));
	ck_assert_int_eq(lines, 0);
	dbg = dbg_default;
}
END_TEST

START_TEST(test_refused)
{
	lines = 0;
	dbg = keep_line;
	ck_assert(!other_version_matches("gdoi"));
	dbg = dbg_default;
	ck_assert_int_eq(lines, 1);
	ck_assert_str_eq(line, "plugin 'gdoi' is compiled for strongSwan 5.9.7, "
					 "refusing to load into " VERSION);
}
END_TEST

int main(void)
{
	SRunner *runner;
	Suite *suite;
	TCase *tc;
	int failed;

	suite = suite_create("charon version");
	tc = tcase_create("search");
	tcase_add_loop_test(tc, test_search, 0, 9);
	suite_add_tcase(suite, tc);
	tc = tcase_create("loaded vici plugin");
	tcase_add_test(tc, test_installed);
	tcase_add_test(tc, test_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
