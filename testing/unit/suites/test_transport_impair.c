/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_impair.h>

/**
 * What came through
 */
static refcount_t passed;
static bool damaged;
static chunk_t original;

static void setup()
{
	passed = 0;
	damaged = FALSE;
	original = test_message(1, 32, 64);
}

static void teardown()
{
	chunk_free(&original);
}

/**
 * Set a rule, "" to remove it
 */
static void rule(const char *action, const char *value)
{
	lib->settings->set_str(lib->settings, "charon.plugins.gdoi.impair.%s",
						   (char*)value, action);
}

/**
 * Count a packet, a gdoi_impair_pass_t
 */
static void pass(void *user, packet_t *packet)
{
	damaged = !chunk_equals(packet->get_data(packet), original);
	packet->destroy(packet);
	ref_get(&passed);
}

/**
 * Send one message of an exchange
 */
static void apply(gdoi_impair_t *impair, bool incoming, uint8_t exchange)
{
	original.ptr[18] = exchange;
	impair->apply(impair, incoming, test_packet(chunk_clone(original)), pass,
				  NULL);
}

START_TEST(test_none)
{
	ck_assert(!gdoi_impair_create());
}
END_TEST

START_TEST(test_drop)
{
	gdoi_impair_t *impair;

	rule("drop", "out:32:2, in:33");
	impair = gdoi_impair_create();
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	apply(impair, TRUE, 32);
	apply(impair, FALSE, 33);
	ck_assert_int_eq(passed, 4);
	apply(impair, TRUE, 33);
	apply(impair, TRUE, 33);
	ck_assert_int_eq(passed, 4);
	ck_assert(!damaged);
	impair->destroy(impair);
	rule("drop", "");
}
END_TEST

START_TEST(test_duplicate_and_corrupt)
{
	gdoi_impair_t *impair;

	rule("duplicate", "in:32:1");
	rule("corrupt", "in:32:2");
	impair = gdoi_impair_create();
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 2);
	ck_assert(!damaged);
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 3);
	ck_assert(damaged);
	impair->destroy(impair);
	rule("duplicate", "");
	rule("corrupt", "");
}
END_TEST

START_TEST(test_delay)
{
	gdoi_impair_t *impair;

	rule("delay", "out:32");
	rule("delay_time", "50");
	impair = gdoi_impair_create();
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 0);
	wait_for(passed == 1);
	ck_assert(!damaged);
	impair->destroy(impair);
	rule("delay", "");
}
END_TEST

START_TEST(test_nonsense)
{
	gdoi_impair_t *impair;

	rule("drop", "rubbish, out:32");
	impair = gdoi_impair_create();
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	impair->destroy(impair);
	rule("drop", "");
}
END_TEST

Suite *suite_transport_impair(void)
{
	Suite *suite = suite_create("transport impairments");
	TCase *tc;

	tc = tcase_create("rules");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_drop);
	tcase_add_test(tc, test_duplicate_and_corrupt);
	tcase_add_test(tc, test_delay);
	tcase_add_test(tc, test_nonsense);
	suite_add_tcase(suite, tc);
	return suite;
}
