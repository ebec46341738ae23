/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fresh_timer.h"

#include <processing/watcher.h>

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/** the clock may be set while the timer is armed, but not all the time */
#define ARM_TRIES 10

typedef struct private_fresh_timer_t private_fresh_timer_t;

/**
 * Private data
 */
struct private_fresh_timer_t {

	/**
	 * Public interface
	 */
	fresh_timer_t public;

	/**
	 * Timer that is cancelled when the clock is set, to expire at an instant
	 * of the real time clock: nothing else can be cancelled that way
	 */
	int fd;

	/**
	 * Seconds between calls
	 */
	u_int interval;

	/**
	 * Called, and its argument
	 */
	fresh_timer_cb_t cb;
	void *user;
};

/**
 * Is a real time about as far ahead as it should be? What is set between
 * reading the clock and arming the timer cancels nothing.
 */
static bool is_ahead(private_fresh_timer_t *this, time_t when)
{
	struct timespec now = {};

	clock_gettime(CLOCK_REALTIME, &now);
	return when >= now.tv_sec && when - now.tv_sec <= this->interval;
}

/**
 * Let the timer expire an interval from now. It is armed all the same if the
 * kernel tells that the clock was set since the last time.
 *
 * @return				FALSE if the kernel refuses
 */
static bool arm(private_fresh_timer_t *this)
{
	struct itimerspec when = {};
	int tries = ARM_TRIES;

	do
	{
		clock_gettime(CLOCK_REALTIME, &when.it_value);
		when.it_value.tv_sec += this->interval;
		if (timerfd_settime(this->fd, TFD_TIMER_ABSTIME |
							TFD_TIMER_CANCEL_ON_SET, &when, NULL) != 0 &&
			errno != ECANCELED)
		{
			return FALSE;
		}
	}
	while (!is_ahead(this, when.it_value.tv_sec) && --tries);
	return TRUE;
}

/**
 * The timer expired, or the clock was set
 */
static bool expired(private_fresh_timer_t *this, int fd, watcher_event_t event)
{
	uint64_t times;

	if (read(fd, &times, sizeof(times)) < 0 && errno != ECANCELED)
	{
		return TRUE;
	}
	if (!arm(this))
	{
		DBG1(DBG_CFG, "d3p: no timer for the clock: %s", strerror(errno));
	}
	this->cb(this->user);
	return TRUE;
}

METHOD(fresh_timer_t, destroy, void,
	private_fresh_timer_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
	free(this);
}

/*
 * Described in header
 */
fresh_timer_t *fresh_timer_create(u_int interval, fresh_timer_cb_t cb,
								  void *user)
{
	private_fresh_timer_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC),
		.interval = interval,
		.cb = cb,
		.user = user,
	);
	if (this->fd < 0 || !arm(this))
	{
		if (this->fd >= 0)
		{
			close(this->fd);
		}
		free(this);
		return NULL;
	}
	lib->watcher->add(lib->watcher, this->fd, WATCHER_READ,
					  (watcher_cb_t)expired, this);
	return &this->public;
}
