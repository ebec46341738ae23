/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What user space has of an interface: profiles, counters (D3P-015), refused
 * packets, differences that are nearly too large.
 */

#include "freshness_suites.h"
#include "freshness_world.h"

#include <errno.h>

static fresh_map_t *map;
static freshness_map_t *fresh;
static u_int waits;

/**
 * Packets leave programs: what is seen then is still what they came with
 */
static void wait_for_packets()
{
	waits++;
}

static fresh_map_params_t params = {
	.loader = world_load,
	.wait = wait_for_packets,
	.history = FRESHNESS_HISTORY,
	.warn = 50,
};
static freshness_place_t place = { .interface = "eth0" };

static void setup(void)
{
	int err = 0;

	world_begin();
	map = fresh_map_create(&place, &params, &err);
	ck_assert(map != NULL);
	fresh = &map->map;
}

static void teardown(void)
{
	fresh->destroy(fresh, FALSE);
	ck_assert_uint_eq(world_programs, 0);
}

/**
 * The profile that programs use
 */
static struct fresh_profile *profile(u_int sa)
{
	return &world_shared->profiles[(world_shared->current >> sa) & 1][sa];
}

START_TEST(test_profile)
{
	freshness_policy_t policy = {
		.method = FRESHNESS_TBAR,
		.protocol = 254,
		.header = 16,
		.clear_df = TRUE,
		.allowed_ms = 100000,
		.window_ms = 100000,
		.epoch = 0x12345678,
		.ticks = 77,
		.tick_ms = 500,
		.boot_ns = 123456789012ULL,
	};
	struct fresh_profile *used, *before;

	ck_assert_uint_eq(profile(3)->method, FRESH_NONE);
	before = profile(3);
	fresh->set_policy(fresh, 3, &policy);
	used = profile(3);
	ck_assert(used != before);
	ck_assert_uint_eq(before->method, FRESH_NONE);
	ck_assert_uint_eq(used->method, FRESH_TBAR);
	ck_assert_uint_eq(used->protocol, 254);
	ck_assert_uint_eq(used->header, 16);
	ck_assert_uint_eq(used->clear_df, 1);
	ck_assert_uint_eq(used->allowed_ms, 100000);
	ck_assert_uint_eq(used->epoch, 0x12345678);
	ck_assert_uint_eq(used->ticks, 77);
	ck_assert_uint_eq(used->tick_ms, 500);
	ck_assert_uint_eq(used->boot_ns, 123456789012ULL);
	ck_assert_uint_eq(world_shared->current, 1 << 3);

	policy = (freshness_policy_t){
		.method = FRESHNESS_D3P,
		.protocol = 253,
		.type = FRESHNESS_D3P_POSIX,
		.header = 12,
		.allowed_ms = 500,
	};
	fresh->set_policy(fresh, 15, &policy);
	fresh->set_policy(fresh, 3, &policy);
	ck_assert(profile(3) != used);
	/* the other one is as packets under way left it */
	ck_assert_uint_eq(used->method, FRESH_TBAR);
	ck_assert_uint_eq(profile(3)->method, FRESH_D3P);
	ck_assert_uint_eq(profile(3)->type, FRESH_TYPE_POSIX);
	ck_assert_uint_eq(profile(15)->method, FRESH_D3P);
	/* programs divide by it */
	ck_assert_uint_gt(profile(15)->tick_ms, 0);
	ck_assert_uint_eq(world_shared->current, 1 << 15);

	fresh->set_policy(fresh, 3, NULL);
	ck_assert_uint_eq(profile(3)->method, FRESH_NONE);
	ck_assert_uint_eq(profile(15)->method, FRESH_D3P);
}
END_TEST

/**
 * What was in use before the last change, and must not be written before all
 * packets have left it
 */
static struct fresh_profile old;

static void check_old_profile()
{
	waits++;
	ck_assert_uint_eq(memcmp(&world_shared->profiles[
							!((world_shared->current >> 3) & 1)][3], &old,
							 sizeof(old)), 0);
}

START_TEST(test_profile_under_way)
{
	freshness_policy_t policy = {
		.method = FRESHNESS_D3P,
		.protocol = 253,
		.type = FRESHNESS_D3P_MSEC,
		.header = 12,
	};
	int i;

	fresh->destroy(fresh, FALSE);
	params.wait = check_old_profile;
	setup();
	params.wait = wait_for_packets;

	/* nobody has seen the other one yet */
	waits = 0;
	fresh->set_policy(fresh, 3, &policy);
	ck_assert_uint_eq(waits, 0);
	old = (struct fresh_profile){};
	for (i = 1; i < 5; i++)
	{
		struct fresh_profile before = *profile(3);

		policy.allowed_ms = i;
		fresh->set_policy(fresh, 3, i < 4 ? &policy : NULL);
		ck_assert_uint_eq(waits, i);
		old = before;
	}
	fresh->set_policy(fresh, 4, &policy);
	ck_assert_uint_eq(waits, 4);
}
END_TEST

/* the numbers of methods, types and errors are the programs' own as well */
START_TEST(test_numbers)
{
	ck_assert_int_eq(FRESHNESS_NONE, FRESH_NONE);
	ck_assert_int_eq(FRESHNESS_D3P, FRESH_D3P);
	ck_assert_int_eq(FRESHNESS_TBAR, FRESH_TBAR);
	ck_assert_int_eq(FRESHNESS_D3P_MSEC, FRESH_TYPE_MSEC);
	ck_assert_int_eq(FRESHNESS_D3P_POSIX, FRESH_TYPE_POSIX);
	ck_assert_int_eq(FRESHNESS_HEADER_D3P, FRESH_HEADER);
	ck_assert_int_eq(FRESHNESS_HEADER_TBAR, FRESH_HEADER);
	ck_assert_int_eq(FRESHNESS_HEADER_TBAR_LONG, FRESH_HEADER_LONG);
	ck_assert_int_eq(FRESHNESS_MISSING, FRESH_MISSING);
	ck_assert_int_eq(FRESHNESS_MALFORMED, FRESH_MALFORMED);
	ck_assert_int_eq(FRESHNESS_EPOCH, FRESH_EPOCH);
	ck_assert_int_eq(FRESHNESS_EARLY, FRESH_EARLY);
	ck_assert_int_eq(FRESHNESS_LATE, FRESH_LATE);
	ck_assert_int_eq(FRESHNESS_ERROR_KINDS, FRESH_KINDS);
	ck_assert_int_eq(FRESHNESS_ERRORS_PER_MINUTE, FRESH_EVENTS);
}
END_TEST

/* an SA that there can't be touches nothing */
START_TEST(test_out_of_range)
{
	freshness_policy_t policy = { .method = FRESHNESS_D3P };
	freshness_counters_t counters;
	freshness_error_t *error;
	struct fresh_event event = { .sa = CM_SAS, .family = AF_INET };
	enumerator_t *enumerator;

	fresh->set_policy(fresh, CM_SAS, &policy);
	ck_assert_uint_eq(world_shared->current, 0);
	ck_assert(!map->needs_clock(map));
	memset(&counters, 0xff, sizeof(counters));
	fresh->get_counters(fresh, CM_SAS, &counters);
	ck_assert_uint_eq(counters.in | counters.in_errors, 0);
	fresh->reset(fresh, CM_SAS);
	world_event(&event);
	event = (struct fresh_event){ .kind = FRESH_KINDS, .family = AF_INET };
	world_event(&event);
	enumerator = fresh->create_history_enumerator(fresh, CM_SAS);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
	enumerator = fresh->create_history_enumerator(fresh, 0);
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
}
END_TEST

/**
 * Counters of an SA on a CPU
 */
static struct fresh_counts *counts(u_int cpu, u_int sa)
{
	return &world_shared->cpu[cpu].sas[sa];
}

START_TEST(test_counters)
{
	freshness_counters_t counters;
	u_int kind;

	*counts(0, 2) = (struct fresh_counts){
		.in = 1, .out = 10, .out_errors = 100, .errors = { 1, 2, 3, 4, 5 },
		.max_delta_ms = -3,
	};
	*counts(FRESH_CPUS - 1, 2) = (struct fresh_counts){
		.in = 4, .out = 40, .out_errors = 400, .errors = { 10, 20, 30, 40, 50 },
		.max_delta_ms = 2,
	};
	counts(1, 3)->in = 7;
	fresh->get_counters(fresh, 2, &counters);
	ck_assert_uint_eq(counters.in, 5);
	ck_assert_uint_eq(counters.out, 50);
	ck_assert_uint_eq(counters.out_errors, 500);
	ck_assert_uint_eq(counters.in_errors, 165);
	for (kind = 0; kind < FRESHNESS_ERROR_KINDS; kind++)
	{
		ck_assert_uint_eq(counters.errors[kind], 11 * (kind + 1));
	}
	ck_assert_int_eq(counters.max_delta_ms, -3);
	/* the worst one stays, and was taken from the programs */
	ck_assert_int_eq(counts(0, 2)->max_delta_ms, 0);
	counts(5, 2)->max_delta_ms = 2;
	fresh->get_counters(fresh, 2, &counters);
	ck_assert_int_eq(counters.max_delta_ms, -3);
	counts(5, 2)->max_delta_ms = 4;
	fresh->get_counters(fresh, 2, &counters);
	ck_assert_int_eq(counters.max_delta_ms, 4);

	fresh->reset(fresh, 2);
	fresh->get_counters(fresh, 2, &counters);
	ck_assert_uint_eq(counters.in + counters.out + counters.out_errors +
					  counters.in_errors, 0);
	ck_assert_int_eq(counters.max_delta_ms, 0);
	/* the programs were not disturbed, and go on */
	ck_assert_uint_eq(counts(0, 2)->in, 1);
	counts(0, 2)->in++;
	counts(9, 2)->errors[FRESH_LATE]++;
	fresh->get_counters(fresh, 2, &counters);
	ck_assert_uint_eq(counters.in, 1);
	ck_assert_uint_eq(counters.in_errors, 1);
	ck_assert_uint_eq(counters.errors[FRESHNESS_LATE], 1);
	fresh->get_counters(fresh, 3, &counters);
	ck_assert_uint_eq(counters.in, 7);
}
END_TEST

/**
 * Have a packet of an IPv4 address refused
 */
static void refuse(u_int sa, uint64_t number)
{
	struct fresh_event event = {
		.sa = sa,
		.method = FRESH_D3P,
		.kind = FRESH_LATE,
		.family = AF_INET,
		.saddr = { htonl(0x0a000000 | (uint32_t)number) },
		.real_ns = (1700000000 + number) * SECOND,
		.mine_ms = 1700000000000 + number,
		.theirs_ms = 1699999990000,
		.allowed_ms = 500,
	};

	world_event(&event);
}

/**
 * Compare the history of an SA to the numbers of refuse(), begin to end
 */
static void assert_history(u_int sa, u_int begin, u_int end)
{
	freshness_error_t *error;
	enumerator_t *enumerator;
	char buf[64], expected[64];

	enumerator = fresh->create_history_enumerator(fresh, sa);
	for (; begin < end; begin++)
	{
		ck_assert(enumerator->enumerate(enumerator, &error));
		snprintf(buf, sizeof(buf), "%H", error->source);
		snprintf(expected, sizeof(expected), "10.0.%u.%u", begin / 256,
				 begin % 256);
		ck_assert_str_eq(buf, expected);
		ck_assert_int_eq(error->at, 1700000000 + begin);
	}
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
}

START_TEST(test_history)
{
	u_int i;

	assert_history(1, 0, 0);
	for (i = 0; i < FRESHNESS_HISTORY; i++)
	{
		refuse(1, i);
		assert_history(1, 0, i + 1);
	}
	for (; i < 3 * FRESHNESS_HISTORY + 7; i++)
	{
		refuse(1, i);
		assert_history(1, i + 1 - FRESHNESS_HISTORY, i + 1);
	}
	/* SAs have their own */
	assert_history(0, 0, 0);
	refuse(0, 300);
	assert_history(0, 300, 301);
	fresh->reset(fresh, 1);
	assert_history(1, 0, 0);
	assert_history(0, 300, 301);
	refuse(1, 5);
	assert_history(1, 5, 6);
}
END_TEST

START_TEST(test_history_values)
{
	struct fresh_event event = {
		.sa = 4,
		.method = FRESH_TBAR,
		.kind = FRESH_EPOCH,
		.family = AF_INET6,
		.saddr = { htonl(0x20010db8), 0, 0, htonl(7) },
		.real_ns = 1700000000 * SECOND + 999 * MS,
		.mine_ms = 502729950,
		.theirs_ms = 33460,
		.allowed_ms = 10000,
	};
	freshness_error_t *error;
	enumerator_t *enumerator;
	char buf[64];

	refuse(4, 1);
	world_event(&event);
	enumerator = fresh->create_history_enumerator(fresh, 4);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_int_eq(error->kind, FRESHNESS_LATE);
	ck_assert_int_eq(error->method, FRESHNESS_D3P);
	/* it is a copy */
	fresh->reset(fresh, 4);
	ck_assert(enumerator->enumerate(enumerator, &error));
	ck_assert_uint_eq(error->sa, 4);
	ck_assert_int_eq(error->method, FRESHNESS_TBAR);
	ck_assert_int_eq(error->kind, FRESHNESS_EPOCH);
	ck_assert_int_eq(error->at, 1700000000);
	snprintf(buf, sizeof(buf), "%H %.2f %.2f %.1f", error->source,
			 error->my_time, error->peer_time, error->window);
	ck_assert_str_eq(buf, "2001:db8::7 502729.95 33.46 10.0");
	ck_assert(!enumerator->enumerate(enumerator, &error));
	enumerator->destroy(enumerator);
}
END_TEST

/* charon.plugins.d3p.history */
START_TEST(test_history_size)
{
	fresh_map_params_t small = params;
	fresh_map_t *other;
	u_int i;
	int err;

	small.history = 2;
	other = fresh_map_create(&place, &small, &err);
	fresh = &other->map;
	for (i = 0; i < 5; i++)
	{
		refuse(0, i);
	}
	assert_history(0, 3, 5);
	fresh->destroy(fresh, TRUE);
	ck_assert(world_kept);
	fresh = &map->map;
}
END_TEST

START_TEST(test_loader)
{
	fresh_map_t *other;
	int err = 0;

	world_refusal = EPERM;
	other = fresh_map_create(&place, &params, &err);
	ck_assert(other == NULL);
	ck_assert_int_eq(err, EPERM);
}
END_TEST

START_TEST(test_clock)
{
	freshness_policy_t policy = { .method = FRESHNESS_TBAR, .tick_ms = 1000 };

	ck_assert_str_eq(map->get_interface(map), "eth0");
	map->set_offset(map, -5);
	ck_assert_int_eq(world_shared->realtime_offset_ns, -5);
	map->set_offset(map, WORLD_REAL);
	ck_assert_int_eq(world_shared->realtime_offset_ns, WORLD_REAL);
	ck_assert(!map->needs_clock(map));
	fresh->set_policy(fresh, 9, &policy);
	ck_assert(!map->needs_clock(map));
	policy.method = FRESHNESS_D3P;
	fresh->set_policy(fresh, 15, &policy);
	ck_assert(map->needs_clock(map));
	fresh->set_policy(fresh, 15, NULL);
	ck_assert(!map->needs_clock(map));
}
END_TEST

/**
 * Differences of a minute, and whether they are worth a warning
 */
static const struct {
	freshness_method_t method;
	uint32_t tick_ms;
	uint32_t allowed_ms;
	u_int warn;
	int64_t delta_ms;
	bool skewed;
} skews[] = {
	/* half of what is allowed */
	{ FRESHNESS_D3P, 0, 500, 50, 0, FALSE },
	{ FRESHNESS_D3P, 0, 500, 50, 250, FALSE },
	{ FRESHNESS_D3P, 0, 500, 50, -250, FALSE },
	{ FRESHNESS_D3P, 0, 500, 50, 251, TRUE },
	{ FRESHNESS_D3P, 0, 500, 50, -251, TRUE },
	{ FRESHNESS_D3P, 0, 500, 50, 500, TRUE },
	{ FRESHNESS_D3P, 0, 1, 50, 1, TRUE },
	{ FRESHNESS_D3P, 0, 50000, 50, 25001, TRUE },
	/* other shares */
	{ FRESHNESS_D3P, 0, 500, 80, 400, FALSE },
	{ FRESHNESS_D3P, 0, 500, 80, -401, TRUE },
	{ FRESHNESS_D3P, 0, 500, 100, 500, FALSE },
	{ FRESHNESS_D3P, 0, 500, 0, 500, FALSE },
	{ FRESHNESS_D3P, 0, 500, 1, 6, TRUE },
	/* packets of a tick look alike */
	{ FRESHNESS_TBAR, 1000, 1000, 50, 1000, FALSE },
	{ FRESHNESS_TBAR, 1000, 10000, 50, 6000, FALSE },
	{ FRESHNESS_TBAR, 1000, 10000, 50, -7000, TRUE },
	{ FRESHNESS_TBAR, 100, 100000, 50, 50200, TRUE },
	/* no policy any more */
	{ FRESHNESS_NONE, 0, 500, 50, 500, FALSE },
};

START_TEST(test_skew)
{
	fresh_map_params_t mine = params;
	freshness_policy_t policy = {
		.method = skews[_i].method,
		.tick_ms = skews[_i].tick_ms,
		.allowed_ms = skews[_i].allowed_ms,
	};
	fresh_skew_t found[CM_SAS];
	freshness_counters_t counters;
	fresh_map_t *other;
	u_int count;
	int err;

	mine.warn = skews[_i].warn;
	other = fresh_map_create(&place, &mine, &err);
	other->map.set_policy(&other->map, 6, &policy);
	ck_assert_uint_eq(other->take_skews(other, 1000, found), 0);
	counts(3, 6)->max_delta_ms = skews[_i].delta_ms;
	/* a minute is not over */
	ck_assert_uint_eq(other->take_skews(other, 60999, found), 0);
	/* who asks for counters takes nothing away */
	other->map.get_counters(&other->map, 6, &counters);
	ck_assert_int_eq(counters.max_delta_ms, skews[_i].delta_ms);
	count = other->take_skews(other, 61000, found);
	ck_assert_uint_eq(count, skews[_i].skewed ? 1 : 0);
	if (count)
	{
		ck_assert_uint_eq(found[0].sa, 6);
		ck_assert_int_eq(found[0].method, skews[_i].method);
		ck_assert_int_eq(found[0].delta_ms, skews[_i].delta_ms);
		ck_assert_uint_eq(found[0].allowed_ms, skews[_i].allowed_ms);
	}
	other->map.destroy(&other->map, FALSE);
}
END_TEST

/**
 * Let a minute pass with a difference; returns the number of warnings
 */
static u_int minute(uint64_t *now, u_int sa, int64_t delta_ms)
{
	fresh_skew_t found[CM_SAS];

	*now += 60000;
	counts(0, sa)->max_delta_ms = delta_ms;
	return map->take_skews(map, *now, found);
}

START_TEST(test_skew_rate)
{
	freshness_policy_t policy = {
		.method = FRESHNESS_D3P,
		.allowed_ms = 1000,
	};
	uint64_t now = 5000;
	u_int i;

	for (i = 0; i < CM_SAS; i++)
	{
		fresh->set_policy(fresh, i, &policy);
	}
	counts(1, 0)->max_delta_ms = 900;
	ck_assert_uint_eq(minute(&now, 0, 10), 0);
	/* what was before the first look counts */
	ck_assert_uint_eq(minute(&now, 0, 10), 1);
	for (i = 1; i < 10; i++)
	{
		ck_assert_uint_eq(minute(&now, 0, 900), 0);
	}
	ck_assert_uint_eq(minute(&now, 0, 900), 1);
	/* another SA is not kept quiet, and neither is another policy */
	ck_assert_uint_eq(minute(&now, 15, 900), 1);
	ck_assert_uint_eq(minute(&now, 0, 900), 0);
	policy.allowed_ms = 1100;
	fresh->set_policy(fresh, 0, &policy);
	ck_assert_uint_eq(minute(&now, 0, 900), 1);
	/* a pseudotime that is set anew is no other policy */
	policy.boot_ns = 77;
	fresh->set_policy(fresh, 0, &policy);
	ck_assert_uint_eq(minute(&now, 0, 900), 0);
	/* all at once */
	now += 3600000;
	for (i = 0; i < CM_SAS; i++)
	{
		counts(i, i)->max_delta_ms = -900;
	}
	ck_assert_uint_eq(minute(&now, 0, -900), CM_SAS);
	now += 3600000;
	ck_assert_uint_eq(minute(&now, 0, 20), 0);
}
END_TEST

Suite *freshness_map_suite(void)
{
	Suite *s = suite_create("freshness: map");
	TCase *tc;

	tc = tcase_create("profiles and counters");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_profile);
	tcase_add_test(tc, test_profile_under_way);
	tcase_add_test(tc, test_numbers);
	tcase_add_test(tc, test_out_of_range);
	tcase_add_test(tc, test_counters);
	tcase_add_test(tc, test_loader);
	tcase_add_test(tc, test_clock);
	suite_add_tcase(s, tc);

	tc = tcase_create("history");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_history);
	tcase_add_test(tc, test_history_values);
	tcase_add_test(tc, test_history_size);
	suite_add_tcase(s, tc);

	tc = tcase_create("skew");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_skew, 0, countof(skews));
	tcase_add_test(tc, test_skew_rate);
	suite_add_tcase(s, tc);
	return s;
}
