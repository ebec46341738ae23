/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_helpers.h"
#include "group/rekey_schedule.h"

/* REKEY-001: tek_rekey_offset */
START_TEST(test_offset)
{
	static const uint32_t cases[][2] = {
		{ 0, 90 }, { 300, 90 }, { 899, 90 }, { 900, 90 }, { 909, 90 },
		{ 910, 91 }, { 3600, 360 }, { 86400, 8640 },
		{ UINT32_MAX, 429496729 },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_uint_eq(rekey_schedule_offset(cases[i][0]), cases[i][1]);
	}
}
END_TEST

/* REKEY-002 to REKEY-007: seconds after the start of a TEK, as the contract's
 * examples have them */
START_TEST(test_tek_lead)
{
	static const struct {
		bool multicast;
		uint32_t tries;
		uint32_t interval;
		uint32_t lifetime;
		u_int members;
		uint32_t at;
	} cases[] = {
		/* REKEY-002, REKEY-014: each retransmission counts */
		{ TRUE, 3, 10, 300, 100, 180 },
		{ TRUE, 3, 10, 3600, 100, 3210 },
		/* REKEY-006: exactly the offset without retransmissions */
		{ TRUE, 0, 10, 300, 0, 210 },
		{ TRUE, 0, 10, 3600, 5000, 3240 },
		{ FALSE, 0, 10, 3600, 0, 3240 },
		/* REKEY-003 */
		{ FALSE, 0, 10, 300, 100, 200 },
		{ FALSE, 3, 10, 300, 100, 170 },
		{ FALSE, 0, 10, 3600, 100, 3230 },
		{ FALSE, 3, 10, 3600, 100, 3200 },
		/* REKEY-004: 50 members per loop of 5 s, the last one counts */
		{ FALSE, 0, 0, 3600, 1, 3235 },
		{ FALSE, 0, 0, 3600, 50, 3235 },
		{ FALSE, 0, 0, 3600, 51, 3230 },
		{ FALSE, 0, 0, 3600, 101, 3225 },
		/* 8000 members: 160 loops of 5 s */
		{ FALSE, 0, 0, 3600, 8000, 2440 },
		/* never in the first half */
		{ FALSE, 0, 0, 3600, 80000, 1800 },
		{ TRUE, 0, 0, 120, 0, 60 },
		{ TRUE, 0, 0, 179, 0, 90 },
		{ TRUE, 0, 0, 180, 0, 90 },
		{ TRUE, 0, 0, 181, 0, 91 },
		{ TRUE, UINT32_MAX, UINT32_MAX, 86400, 0, 43200 },
	};
	rekey_schedule_t schedule = {};
	uint32_t lead;

	for (u_int i = 0; i < countof(cases); i++)
	{
		schedule.multicast = cases[i].multicast;
		schedule.tries = cases[i].tries;
		schedule.interval = cases[i].interval;
		lead = rekey_schedule_tek_lead(&schedule, cases[i].lifetime,
									   cases[i].members);
		ck_assert_msg(cases[i].lifetime - lead == cases[i].at,
					  "case %u: %u, not %u", i, cases[i].lifetime - lead,
					  cases[i].at);
	}
}
END_TEST

/* REKEY-005: below 900 s the last retransmission falls 90 s before the end */
START_TEST(test_last_retransmission)
{
	rekey_schedule_t schedule = { .multicast = TRUE, .interval = 10 };
	uint32_t lead;

	for (schedule.tries = 0; schedule.tries <= 6; schedule.tries++)
	{
		for (uint32_t lifetime = 300; lifetime < 900; lifetime += 7)
		{
			lead = rekey_schedule_tek_lead(&schedule, lifetime, 0);
			ck_assert_uint_eq(lead - schedule.tries * 10, 90);
		}
	}
}
END_TEST

/* REKEY-031: batches of our own pace, rounded up to whole seconds */
START_TEST(test_batches)
{
	static const struct {
		uint32_t batch;
		uint32_t interval;
		u_int members;
		uint32_t lead;
	} cases[] = {
		{ 2000, 100, 0, 360 },
		{ 2000, 100, 1, 361 },
		{ 2000, 100, 8000, 361 },
		{ 2000, 100, 20000, 361 },
		{ 2000, 100, 20001, 362 },
		{ 50, 5000, 100, 370 },
		{ 50, 5000, 101, 375 },
		{ 2000, 0, 8000, 360 },
	};
	rekey_schedule_t schedule = {};

	for (u_int i = 0; i < countof(cases); i++)
	{
		schedule.batch = cases[i].batch;
		schedule.batch_interval = cases[i].interval;
		ck_assert_uint_eq(rekey_schedule_tek_lead(&schedule, 3600,
												  cases[i].members),
						  cases[i].lead);
	}
}
END_TEST

/* REKEY-008: 44,699 remaining are 44,474 to the rekey */
START_TEST(test_kek_lead)
{
	rekey_schedule_t schedule = {};

	ck_assert_uint_eq(44699 - rekey_schedule_kek_lead(&schedule, 86400),
					  44474);
	ck_assert_uint_eq(rekey_schedule_kek_lead(&schedule, 450), 225);
	ck_assert_uint_eq(rekey_schedule_kek_lead(&schedule, 449), 224);
	ck_assert_uint_eq(rekey_schedule_kek_lead(&schedule, 120), 60);
	ck_assert_uint_eq(rekey_schedule_kek_lead(&schedule, 0), 0);
}
END_TEST

/* REKEY-023, REKEY-024: lifetime - 4 x activation-time-delay, whatever members
 * and retransmissions there are; members register again at - 3 x */
START_TEST(test_activation)
{
	static const uint32_t cases[][3] = {
		{ 3600, 15, 3540 }, { 3600, 100, 3200 }, { 3600, 450, 1800 },
		{ 3600, 451, 1800 }, { 300, 15, 240 }, { 100, 15, 50 },
		{ 3600, UINT32_MAX, 1800 }, { 3600, 0x40000001, 1800 },
	};
	rekey_schedule_t schedule = {
		.rule = REKEY_RULE_ACTIVATION,
		.tries = 5,
		.interval = 10,
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		schedule.activation = cases[i][1];
		ck_assert_uint_eq(cases[i][0] - rekey_schedule_tek_lead(&schedule,
						  cases[i][0], 8000), cases[i][2]);
		ck_assert_uint_eq(cases[i][0] - rekey_schedule_kek_lead(&schedule,
						  cases[i][0]), cases[i][2]);
	}
	ck_assert_uint_eq(3600 - rekey_schedule_reregister(15), 3555);
	ck_assert_uint_eq(rekey_schedule_reregister(UINT32_MAX), UINT32_MAX);
}
END_TEST

/* REKEY-011: 119 and 120 stop, 121 does not; REKEY-012 and KS-019: 60 s */
START_TEST(test_gaps)
{
	ck_assert(!rekey_schedule_may_retransmit(0));
	ck_assert(!rekey_schedule_may_retransmit(119));
	ck_assert(!rekey_schedule_may_retransmit(120));
	ck_assert(rekey_schedule_may_retransmit(121));
	ck_assert(rekey_schedule_may_retransmit(UINT32_MAX));
	ck_assert(rekey_schedule_combines(0));
	ck_assert(rekey_schedule_combines(59));
	ck_assert(rekey_schedule_combines(60));
	ck_assert(!rekey_schedule_combines(61));
	ck_assert(!rekey_schedule_combines(UINT32_MAX));
}
END_TEST

/* ATD-003 and ATD-008 */
START_TEST(test_atd)
{
	static const uint32_t cases[][2] = {
		{ 3600, 3570 }, { 90, 60 }, { 32, 2 }, { 31, 1 }, { 30, 1 },
		{ 29, 1 }, { 0, 1 }, { 65565, 65535 }, { 65566, 65535 },
		{ 86400, 65535 }, { UINT32_MAX, 65535 },
	};

	for (u_int i = 0; i < countof(cases); i++)
	{
		ck_assert_uint_eq(rekey_schedule_atd(cases[i][0]), cases[i][1]);
	}
}
END_TEST

/**
 * Settings at random, realistic and not.
 */
static rekey_schedule_t random_schedule(void)
{
	bool wild = !test_random(4);

	return (rekey_schedule_t){
		.rule = test_random(2),
		.multicast = test_random(2),
		.tries = wild ? test_random(UINT32_MAX) : test_random(10),
		.interval = wild ? test_random(UINT32_MAX) : test_random(60),
		.activation = wild ? test_random(UINT32_MAX) : test_random(120),
		.batch = test_random(2) * (1 + test_random(5000)),
		.batch_interval = wild ? test_random(UINT32_MAX) : test_random(5000),
	};
}

/* for all settings: never in the first half; later for more members, more
 * retransmissions and a longer life it never gets */
START_TEST(test_properties)
{
	for (int i = 0; i < 20000; i++)
	{
		rekey_schedule_t schedule = random_schedule(), more = schedule;
		uint32_t lifetime = test_random(i % 2 ? 100000 : UINT32_MAX - 100);
		u_int members = test_random(i % 3 ? 10000 : UINT32_MAX - 100);
		uint32_t lead;

		lead = rekey_schedule_tek_lead(&schedule, lifetime, members);
		ck_assert_uint_le(lead, lifetime / 2);
		ck_assert_uint_le(rekey_schedule_kek_lead(&schedule, lifetime),
						  lifetime / 2);
		ck_assert_uint_le(lead, rekey_schedule_tek_lead(&schedule,
						  lifetime + test_random(100), members));
		ck_assert_uint_le(rekey_schedule_kek_lead(&schedule, lifetime),
						  rekey_schedule_kek_lead(&schedule, lifetime + 1));
		ck_assert_uint_le(lead, rekey_schedule_tek_lead(&schedule, lifetime,
						  members + test_random(100)));
		more.tries += more.tries < UINT32_MAX;
		ck_assert_uint_le(lead, rekey_schedule_tek_lead(&more, lifetime,
														members));
		ck_assert_uint_le(rekey_schedule_atd(lifetime),
						  rekey_schedule_atd(lifetime + 1));
	}
}
END_TEST

Suite *suite_rekey_schedule(void)
{
	Suite *suite = suite_create("rekey-schedule");
	TCase *tc = tcase_create("tables");

	tcase_add_test(tc, test_offset);
	tcase_add_test(tc, test_tek_lead);
	tcase_add_test(tc, test_last_retransmission);
	tcase_add_test(tc, test_batches);
	tcase_add_test(tc, test_kek_lead);
	tcase_add_test(tc, test_activation);
	tcase_add_test(tc, test_gaps);
	tcase_add_test(tc, test_atd);
	tcase_add_test(tc, test_properties);
	suite_add_tcase(suite, tc);
	return suite;
}
