/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"
#include "config_suites.h"

#include <gdoictl/json.h>
#include <gdoictl/text.h>

#include <stdlib.h>

static const struct {
	const char *text, *json;
} string_cases[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
	{ "line\nfeed\ttab\x1b\x7f",
	  "\"line\\u000afeed\\u0009tab\\u001b\\u007f\"" },
	{ "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80",
	  "\"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80\"" },
	/* no UTF-8: a lone octet, one cut short, overlong, a surrogate, beyond */
	{ "a\xffz", "\"a\\ufffdz\"" },
	{ "a\xc3", "\"a\\ufffd\"" },
	{ "\xe2\x82", "\"\\ufffd\\ufffd\"" },
	{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
};

START_TEST(test_json_string)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	json_string(out, string_cases[_i].text);
	fclose(out);
	ck_assert_str_eq(text, string_cases[_i].json);
	free(text);
}
END_TEST

static const struct {
	field_kind_t kind;
	const char *value, *json;
} value_cases[] = {
	{ FIELD_NUMBER, "0", "0" }, { FIELD_NUMBER, "42", "42" },
	{ FIELD_NUMBER, "-1", "-1" }, { FIELD_NUMBER, "007", "\"007\"" },
	{ FIELD_NUMBER, "1e5", "\"1e5\"" }, { FIELD_NUMBER, "", "\"\"" },
	{ FIELD_NUMBER, "-", "\"-\"" },
	{ FIELD_NUMBER, "12345678901234567890", "\"12345678901234567890\"" },
	{ FIELD_DISTANCE, "60", "60" }, { FIELD_BOOL, "yes", "true" },
	{ FIELD_BOOL, "no", "false" }, { FIELD_BOOL, "y", "\"y\"" },
	{ FIELD_TEXT, "42", "\"42\"" }, { FIELD_TEXT, "yes", "\"yes\"" },
	{ FIELD_DECIMAL, "12.50", "12.50" }, { FIELD_DECIMAL, "-0.5", "-0.5" },
	{ FIELD_DECIMAL, "12", "\"12\"" }, { FIELD_DECIMAL, "1.", "\"1.\"" },
	{ FIELD_DECIMAL, ".5", "\".5\"" }, { FIELD_DECIMAL, "1.5s", "\"1.5s\"" },
	{ FIELD_DECIMAL, "01.5", "\"01.5\"" },
	{ FIELD_DECIMAL, "123456789012345678.25",
	  "\"123456789012345678.25\"" },
	{ FIELD_COUNTER, "42", "42" }, { FIELD_COUNTER, "a", "\"a\"" },
	{ FIELD_MOMENT, "2030-01-02T03:04:05Z", "\"2030-01-02T03:04:05Z\"" },
};

START_TEST(test_json_value)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	json_value(out, value_cases[_i].kind, value_cases[_i].value);
	fclose(out);
	ck_assert_str_eq(text, value_cases[_i].json);
	free(text);
}
END_TEST

static const struct {
	int64_t seconds;
	const char *text;
} span_cases[] = {
	{ -5, "0s" }, { 0, "0s" }, { 59, "59s" }, { 60, "1m0s" },
	{ 3599, "59m59s" }, { 3600, "1h0m" }, { 86399, "23h59m" },
	{ 86400, "1d0h" }, { 90061, "1d1h" }, { 8639999, "99d23h" },
	{ 8640000, "100d" }, { 864000000, "10000d" },
};

START_TEST(test_span)
{
	char buf[TEXT_SPAN_LEN];

	ck_assert_str_eq(text_span(span_cases[_i].seconds, buf, sizeof(buf)),
					 span_cases[_i].text);
}
END_TEST

static const struct {
	const char *value;
	int width;
	const char *cell;
} cell_cases[] = {
	{ "abc", 5, "abc  " }, { "abcde", 5, "abcde" }, { "abcdef", 5, "ab..." },
	{ "\xc3\xbc\xc3\xbc", 3, "\xc3\xbc\xc3\xbc " },
	{ "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 4, "\xc3\xbc..." },
	{ "a\x1b[2Jb", 8, "a?[2Jb  " }, { "", 2, "  " },
};

START_TEST(test_cell)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	text_cell(out, cell_cases[_i].value, cell_cases[_i].width);
	fclose(out);
	ck_assert_str_eq(text, cell_cases[_i].cell);
	free(text);
}
END_TEST

Suite *config_gdoictl_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("gdoictl");
	tc = tcase_create("output");
	tcase_add_loop_test(tc, test_json_string, 0, countof(string_cases));
	tcase_add_loop_test(tc, test_json_value, 0, countof(value_cases));
	tcase_add_loop_test(tc, test_span, 0, countof(span_cases));
	tcase_add_loop_test(tc, test_cell, 0, countof(cell_cases));
	suite_add_tcase(s, tc);
	return s;
}
