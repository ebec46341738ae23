/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What crypto maps get freshness from: time for the programs, and warnings.
 */

#include "freshness_suites.h"
#include "freshness_world.h"

#include <freshness_provider.h>
#include <threading/thread.h>

#include <errno.h>

static freshness_provider_t *provider;
static freshness_t *fresh;
static freshness_place_t place = { .interface = "wan0" };

/** events told, and the last one */
static u_int told;
static int told_severity;
static char told_name[64], told_text[256];

/**
 * Implements freshness_tell_t
 */
static void tell(void *user, int severity, const char *name, const char *text)
{
	ck_assert(user == &told);
	told++;
	told_severity = severity;
	snprintf(told_name, sizeof(told_name), "%s", name);
	snprintf(told_text, sizeof(told_text), "%s", text);
}

static void setup(void)
{
	freshness_params_t params = {
		.loader = world_load,
		.source = &world_source,
		.history = FRESHNESS_HISTORY,
		.warn = 50,
		.tell = tell,
		.user = &told,
	};

	world_begin();
	told = 0;
	provider = freshness_provider_create(&params);
	fresh = &provider->freshness;
}

static void teardown(void)
{
	provider->destroy(provider);
	ck_assert_uint_eq(world_programs, 0);
}

/**
 * Create a map
 */
static freshness_map_t *create_map()
{
	freshness_map_t *map;
	char *reason = NULL;

	map = fresh->create_map(fresh, &place, &reason);
	ck_assert(map != NULL);
	return map;
}

/**
 * Give an SA a method
 */
static void use(freshness_map_t *map, u_int sa, freshness_method_t method)
{
	freshness_policy_t policy = {
		.method = method,
		.allowed_ms = 500,
		.tick_ms = 100,
	};

	map->set_policy(map, sa, &policy);
}

/**
 * Check the only event since the last check
 */
static void assert_told(int severity, const char *name, const char *text)
{
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(told_severity, severity);
	ck_assert_str_eq(told_name, name);
	ck_assert_str_eq(told_text, text);
	told = 0;
}

START_TEST(test_offset)
{
	struct fresh_shared *first, *second;
	freshness_map_t *a, *b;

	a = create_map();
	first = world_shared;
	ck_assert_int_eq(first->realtime_offset_ns, WORLD_REAL - WORLD_BOOT);
	world_pass(SECOND);
	world_real += 3 * MS;
	b = create_map();
	second = world_shared;
	ck_assert_int_eq(second->realtime_offset_ns,
					 WORLD_REAL - WORLD_BOOT + 3 * MS);
	provider->refresh(provider);
	ck_assert_int_eq(first->realtime_offset_ns,
					 WORLD_REAL - WORLD_BOOT + 3 * MS);
	a->destroy(a, FALSE);
	world_real -= HOUR;
	provider->refresh(provider);
	ck_assert_int_eq(second->realtime_offset_ns,
					 WORLD_REAL - WORLD_BOOT + 3 * MS - HOUR);
	ck_assert_uint_eq(fresh->now_real_ms(fresh), world_real / MS);
	b->destroy(b, TRUE);
	ck_assert(world_kept);
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(test_refused)
{
	char *reason = NULL;

	world_refusal = EPERM;
	ck_assert(fresh->create_map(fresh, &place, &reason) == NULL);
	ck_assert_str_eq(reason, "programs for freshness are refused by the "
					 "kernel: Operation not permitted");
	free(reason);
	provider->refresh(provider);
}
END_TEST

/* a step of an hour in either direction, told once; a new map does not hide
 * the one before it */
START_TEST(test_step)
{
	freshness_map_t *map, *other;
	freshness_clock_t state;

	map = create_map();
	/* nobody uses the clock */
	use(map, 0, FRESHNESS_TBAR);
	world_real += HOUR;
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
	use(map, 1, FRESHNESS_D3P);
	world_real -= 2 * HOUR;
	other = create_map();
	provider->refresh(provider);
	assert_told(4, "FRESHNESS_CLOCK_STEPPED", "clock stepped by -7200.000 s: "
				"packets of members whose clock did not are refused until both "
				"agree again");
	world_real += 100 * MS;
	provider->refresh(provider);
	assert_told(4, "FRESHNESS_CLOCK_STEPPED", "clock stepped by +0.100 s: "
				"packets of members whose clock did not are refused until both "
				"agree again");
	/* too small to tell of */
	world_real += 99 * MS;
	provider->refresh(provider);
	world_pass(SECOND);
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
	fresh->get_clock(fresh, &state);
	ck_assert_uint_eq(state.steps, 4);
	ck_assert_int_eq(state.last_step_ms, 99);
	map->destroy(map, FALSE);
	other->destroy(other, FALSE);
}
END_TEST

START_TEST(test_synchronisation)
{
	freshness_map_t *map;

	map = create_map();
	world_status.sync = FRESHNESS_SYNC_NO;
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
	use(map, 0, FRESHNESS_D3P);
	provider->refresh(provider);
	assert_told(4, "FRESHNESS_CLOCK_UNSYNCHRONISED", "clock is not "
				"synchronised: members accept packets of IP-D3P only as far as "
				"their clocks agree");
	provider->refresh(provider);
	world_status.sync = FRESHNESS_SYNC_UNKNOWN;
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
	world_status.sync = FRESHNESS_SYNC_YES;
	provider->refresh(provider);
	assert_told(5, "FRESHNESS_CLOCK_SYNCHRONISED",
				"clock is synchronised again");
	provider->refresh(provider);
	ck_assert_uint_eq(told, 0);
	map->destroy(map, FALSE);
}
END_TEST

START_TEST(test_skew)
{
	freshness_map_t *map;
	struct fresh_shared *shared;

	map = create_map();
	shared = world_shared;
	use(map, 2, FRESHNESS_D3P);
	provider->refresh(provider);
	shared->cpu[0].sas[2].max_delta_ms = -420;
	world_pass(59 * SECOND);
	/* elapsed time is not that of the clock that is set */
	world_real += HOUR;
	provider->refresh(provider);
	ck_assert_uint_eq(told, 1);
	told = 0;
	world_pass(SECOND);
	provider->refresh(provider);
	assert_told(4, "FRESHNESS_SKEW", "packets at wan0, SA 2, were up to "
				"0.420 s early in the last minute, and 0.500 s are allowed: "
				"check the members' clocks");
	use(map, 2, FRESHNESS_TBAR);
	shared->cpu[9].sas[2].max_delta_ms = 360;
	world_pass(60 * SECOND);
	provider->refresh(provider);
	assert_told(4, "FRESHNESS_SKEW", "packets at wan0, SA 2, were up to "
				"0.360 s late in the last minute, and 0.500 s are allowed: "
				"pseudotimes drift apart");
	map->destroy(map, FALSE);
}
END_TEST

/** tells the thread to end */
static refcount_t ended;

/**
 * Refresh all the time
 */
static void *refresh_again(void *data)
{
	while (ref_cur(&ended))
	{
		provider->refresh(provider);
	}
	return NULL;
}

/* maps come and go while another thread refreshes them */
START_TEST(test_threads)
{
	freshness_counters_t counters;
	freshness_map_t *map;
	thread_t *thread;
	int i;

	ended = 1;
	thread = thread_create(refresh_again, NULL);
	for (i = 0; i < 500; i++)
	{
		map = create_map();
		use(map, i % CM_SAS, i % 2 ? FRESHNESS_D3P : FRESHNESS_TBAR);
		map->get_counters(map, i % CM_SAS, &counters);
		map->reset(map, i % CM_SAS);
		map->destroy(map, i % 2);
	}
	ignore_result(ref_put(&ended));
	thread->join(thread);
}
END_TEST

Suite *freshness_provider_suite(void)
{
	Suite *s = suite_create("freshness: provider");
	TCase *tc = tcase_create("refresh");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_offset);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_step);
	tcase_add_test(tc, test_synchronisation);
	tcase_add_test(tc, test_skew);
	tcase_add_test(tc, test_threads);
	suite_add_tcase(s, tc);
	return s;
}
