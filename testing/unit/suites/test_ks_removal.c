/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_listener.h"

#include <transport/gdoi_vendor_id.h>

/** what members announced */
#define NATIVE GDOI_FEATURES

/* gdoi-wire 4.5: expulsion in two messages, the KEK first */
START_TEST(test_expel)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 3;
	listen_wait(100);
	ck_assert_uint_eq(listen_remove("10.1.0.2", FALSE), 1);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].receivers, 2);
	ck_assert_uint_eq(heard[0].kek, 0);
	ck_assert_int_eq(heard[0].brings, 1);
	ck_assert_uint_eq(heard[0].teks, 0);
	listen_wait(3);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[1].receivers, 2);
	ck_assert_uint_eq(heard[1].kek, 1);
	ck_assert_uint_eq(heard[1].seq, 1);
	ck_assert_uint_eq(heard[1].teks, 2);
	ck_assert_uint_eq(heard[1].lifetimes[0], 90);
	ck_assert_uint_eq(heard[1].lifetimes[1], 3600);
	ck_assert_int_eq(listen_logged("KS_CLEAR_REGISTER"), 1);
	listen_end();
}
END_TEST

/* ... waiting for who has not acknowledged, and for a paced fan-out */
START_TEST(test_expel_slowly)
{
	listen_begin("batch = 1\n batch_interval = 5s", "lifetime = 1d",
				 "lifetime = 1h");
	listen_enrol(6, NATIVE);
	listen_acking = 1;
	listen_remove("10.1.0.6", FALSE);
	listen_wait(25);
	/* four intervals, then time to acknowledge */
	ck_assert_uint_eq(heard_count, 5);
	ck_assert_uint_eq(heard[4].time, 20);
	listen_wait(5);
	ck_assert_uint_eq(heard_count, 6);
	ck_assert_uint_eq(heard[5].time, 30);
	ck_assert_uint_eq(heard[5].kek, 1);
	listen_end();
}
END_TEST

/* ... while TEKs go out slowly to others, who get them later */
START_TEST(test_expel_at_once)
{
	listen_begin("batch = 1\n batch_interval = 5s", "lifetime = 1d",
				 "lifetime = 1h");
	listen_enrol(5, NATIVE);
	listen_acking = 5;
	listen_rekey(FALSE);
	listen_wait(3);
	listen_remove("10.1.0.5", FALSE);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_int_eq(heard[1].brings, 1);
	ck_assert_uint_eq(heard[1].teks, 0);
	listen_wait(60);
	ck_assert_uint_eq(heard_count, 1 + 4 + 4);
	ck_assert_uint_eq(heard[8].kek, 1);
	ck_assert_uint_eq(heard[8].teks, 3);
	listen_end();
}
END_TEST

/* the last member is gone: what it has is used by nobody any more */
START_TEST(test_expel_last)
{
	fake_phase1_t *phase1 = fake_phase1_create("10.1.0.9", "10.1.0.9", "c");
	group_policy_t *policy;

	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(1, NATIVE);
	listen_wait(100);
	listen_remove("10.1.0.1", FALSE);
	listen_wait(3);
	ck_assert_uint_eq(heard_count, 0);
	policy = listen_ask(phase1);
	ck_assert_uint_eq(policy->get_tek_count(policy), 1);
	policy->destroy(policy);
	fake_phase1_destroy(phase1);
	listen_end();
}
END_TEST

/* all members, at once: everything ends, and who registers again stays */
START_TEST(test_clear_now)
{
	listen_begin("retransmit_tries = 1", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_acking = 3;
	listen_wait(100);
	ck_assert_uint_eq(listen_remove(NULL, TRUE), 3);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert(heard[0].all_end && heard[0].kek_ends);
	ck_assert_uint_eq(heard[0].teks, 0);
	ck_assert_int_eq(heard[0].brings, -1);
	listen_enrol(1, NATIVE);
	listen_wait(2);
	ck_assert_uint_eq(listen_members(), 1);
	ck_assert_uint_eq(heard_count, 1);
	listen_end();
}
END_TEST

/* all members, soon: keys live on for a while, and no longer */
START_TEST(test_clear)
{
	listen_begin("", "lifetime = 1d", "lifetime = 1h");
	listen_enrol(3, NATIVE);
	listen_wait(100);
	ck_assert_uint_eq(listen_remove(NULL, FALSE), 3);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(heard[0].teks, 1);
	ck_assert_uint_eq(heard[0].lifetimes[0], 90);
	ck_assert_int_eq(heard[0].brings, 0);
	ck_assert_uint_eq(heard[0].kek_lifetime, 90);
	/* nobody acknowledges: they are forgotten all the same */
	listen_wait(11);
	ck_assert_uint_eq(listen_members(), 0);
	listen_end();
}
END_TEST

Suite *ks_removal_suite()
{
	Suite *suite = suite_create("key server: removed members");
	TCase *tc = tcase_create("removal");

	tcase_add_test(tc, test_expel);
	tcase_add_test(tc, test_expel_slowly);
	tcase_add_test(tc, test_expel_at_once);
	tcase_add_test(tc, test_expel_last);
	tcase_add_test(tc, test_clear_now);
	tcase_add_test(tc, test_clear);
	suite_add_tcase(suite, tc);
	return suite;
}
