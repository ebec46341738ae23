/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"

#include <member/gm_serializer.h>

#include <library.h>
#include <threading/thread.h>

/** events per thread, threads */
#define EVENTS 2000
#define THREADS 4

static gm_serializer_t *serializer;
static int inside, handled, destroyed, nested;

static void handle(void *user, int *event)
{
	int *extra;

	ck_assert(user == &inside);
	/* not atomic on purpose: there must be one thread at a time */
	ck_assert_int_eq(inside++, 0);
	handled++;
	if (*event == 1 && nested)
	{	/* an event of the handler comes after this one */
		nested--;
		extra = malloc_thing(int);
		*extra = 2;
		ck_assert(serializer->post(serializer, extra, TRUE));
		ck_assert_int_eq(handled, 1);
	}
	inside--;
}

static void cleanup(int *event)
{
	destroyed++;
	free(event);
}

static void setup()
{
	inside = handled = destroyed = nested = 0;
	serializer = gm_serializer_create((void*)handle, &inside, (void*)cleanup);
}

static bool post(int value, bool urgent)
{
	int *event = malloc_thing(int);

	*event = value;
	return serializer->post(serializer, event, urgent);
}

START_TEST(test_nested)
{
	nested = 1;
	ck_assert(post(1, FALSE));
	ck_assert_int_eq(handled, 2);
	ck_assert_int_eq(destroyed, 2);
	serializer->wait_idle(serializer);
	serializer->destroy(serializer);
}
END_TEST

static void *post_many(void *unused)
{
	int i;

	for (i = 0; i < EVENTS; i++)
	{
		post(0, TRUE);
	}
	return NULL;
}

START_TEST(test_threads)
{
	thread_t *threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
	{
		threads[i] = thread_create(post_many, NULL);
		ck_assert(threads[i] != NULL);
	}
	for (i = 0; i < THREADS; i++)
	{
		threads[i]->join(threads[i]);
	}
	serializer->wait_idle(serializer);
	ck_assert_int_eq(handled, THREADS * EVENTS);
	ck_assert_int_eq(destroyed, THREADS * EVENTS);
	serializer->destroy(serializer);
}
END_TEST

/** fills the queue from inside the handler, which then can't drain it */
static void flood(void *user, int *event)
{
	int i, *extra;
	bool taken;

	handled++;
	for (i = 0; *event == 1 && i < GM_EVENTS_MAX + 10; i++)
	{
		extra = malloc_thing(int);
		*extra = 0;
		taken = serializer->post(serializer, extra, FALSE);
		ck_assert(taken == (i < GM_EVENTS_MAX));
	}
	if (*event == 1)
	{
		ck_assert(post(0, TRUE));
	}
}

START_TEST(test_bounded)
{
	serializer->destroy(serializer);
	serializer = gm_serializer_create((void*)flood, NULL, (void*)cleanup);
	ck_assert(post(1, FALSE));
	ck_assert_int_eq(handled, 1 + GM_EVENTS_MAX + 1);
	ck_assert_int_eq(destroyed, 1 + GM_EVENTS_MAX + 10 + 1);
	serializer->destroy(serializer);
}
END_TEST

Suite *member_serializer_suite(void)
{
	Suite *s = suite_create("member serializer");
	TCase *tc = tcase_create("serializer");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_nested);
	tcase_add_test(tc, test_threads);
	tcase_add_test(tc, test_bounded);
	suite_add_tcase(s, tc);
	return s;
}
