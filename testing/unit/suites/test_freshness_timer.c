/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The timer that tells when the clock is set. Its system calls go through
 * functions here, as a test must not set the clock of its host.
 */

#include "freshness_suites.h"

#include <fresh_timer.h>
#include <threading/mutex.h>
#include <threading/condvar.h>

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

int __real_timerfd_settime(int fd, int flags, const struct itimerspec *new,
						   struct itimerspec *old);
ssize_t __real_read(int fd, void *buf, size_t len);

/** guards what follows */
static mutex_t *mutex;
static condvar_t *condvar;

/** the timer's file descriptor, how it was armed last, how often, and refusals
 *  of arming to come with their errno */
static int timer_fd = -1;
static struct itimerspec armed;
static int armed_flags;
static u_int armings, refusals;
static int refusal;

/** readings to come that say that the clock was set */
static u_int cancelled;

/** calls */
static u_int calls;

/**
 * Expires at once, whatever it is armed for
 */
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *new,
						   struct itimerspec *old)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	int err;

	mutex->lock(mutex);
	timer_fd = fd;
	armed = *new;
	armed_flags = flags;
	armings++;
	err = refusals ? refusal : 0;
	refusals -= refusals ? 1 : 0;
	mutex->unlock(mutex);
	if (err)
	{
		errno = err;
		if (err != ECANCELED)
		{
			return -1;
		}
	}
	__real_timerfd_settime(fd, 0, &soon, old);
	errno = err;
	return err ? -1 : 0;
}

ssize_t __wrap_read(int fd, void *buf, size_t len)
{
	ssize_t res = __real_read(fd, buf, len);
	bool set;

	mutex->lock(mutex);
	set = fd == timer_fd && res > 0 && cancelled;
	cancelled -= set ? 1 : 0;
	mutex->unlock(mutex);
	if (set)
	{
		errno = ECANCELED;
		return -1;
	}
	return res;
}

/**
 * Implements fresh_timer_cb_t
 */
static void called(void *user)
{
	mutex->lock(mutex);
	calls++;
	condvar->broadcast(condvar);
	mutex->unlock(mutex);
}

/**
 * Wait until a number of calls came, from now on
 */
static void wait_calls(u_int number)
{
	mutex->lock(mutex);
	calls = 0;
	while (calls < number)
	{
		ck_assert(!condvar->timed_wait(condvar, mutex, 10000));
	}
	mutex->unlock(mutex);
}

static void setup(void)
{
	mutex = mutex_create(MUTEX_TYPE_DEFAULT);
	condvar = condvar_create(CONDVAR_TYPE_DEFAULT);
	calls = cancelled = armings = refusals = 0;
}

static void teardown(void)
{
	condvar->destroy(condvar);
	mutex->destroy(mutex);
	timer_fd = -1;
}

START_TEST(test_interval)
{
	fresh_timer_t *timer;
	time_t now = time(NULL);

	timer = fresh_timer_create(2, called, NULL);
	ck_assert(timer != NULL);
	wait_calls(3);
	mutex->lock(mutex);
	ck_assert_int_eq(armed_flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	ck_assert_int_ge(armed.it_value.tv_sec, now + 2);
	ck_assert_int_le(armed.it_value.tv_sec, now + 60);
	ck_assert_int_eq(armed.it_interval.tv_sec, 0);
	mutex->unlock(mutex);
	timer->destroy(timer);
}
END_TEST

START_TEST(test_set)
{
	fresh_timer_t *timer;

	timer = fresh_timer_create(1, called, NULL);
	/* a call comes of it, and it goes on */
	mutex->lock(mutex);
	cancelled = 2;
	mutex->unlock(mutex);
	wait_calls(4);
	ck_assert_uint_eq(cancelled, 0);
	/* the clock is set just while the timer is armed */
	mutex->lock(mutex);
	refusal = ECANCELED;
	refusals = 1;
	mutex->unlock(mutex);
	wait_calls(3);
	ck_assert_uint_eq(refusals, 0);
	timer->destroy(timer);
}
END_TEST

START_TEST(test_set_early)
{
	fresh_timer_t *timer;

	refusal = ECANCELED;
	refusals = 1;
	timer = fresh_timer_create(1, called, NULL);
	ck_assert(timer != NULL);
	wait_calls(2);
	timer->destroy(timer);
}
END_TEST

START_TEST(test_refused)
{
	mutex->lock(mutex);
	refusal = EINVAL;
	refusals = 1;
	mutex->unlock(mutex);
	ck_assert(fresh_timer_create(1, called, NULL) == NULL);
	ck_assert_uint_eq(armings, 1);
}
END_TEST

Suite *freshness_timer_suite(void)
{
	Suite *s = suite_create("freshness: timer");
	TCase *tc = tcase_create("timer");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_interval);
	tcase_add_test(tc, test_set);
	tcase_add_test(tc, test_set_early);
	tcase_add_test(tc, test_refused);
	suite_add_tcase(s, tc);
	return s;
}
