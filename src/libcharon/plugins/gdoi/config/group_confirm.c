/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "group_confirm.h"

#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

typedef struct private_group_confirm_t private_group_confirm_t;
typedef struct bell_t bell_t;
typedef struct alarm_t alarm_t;

/**
 * Private data of a group_confirm_t object.
 */
struct private_group_confirm_t {

	/**
	 * Public interface
	 */
	group_confirm_t public;

	/**
	 * What runs
	 */
	config_node_t *running;

	/**
	 * What to go back to, NULL if nothing waits
	 */
	config_node_t *former;

	/**
	 * Number of the timer that counts
	 */
	u_int number;

	/**
	 * When it ends, monotonic
	 */
	time_t deadline;

	/**
	 * What timers share
	 */
	bell_t *bell;
};

/**
 * What timers share with their object, which may be gone before them
 */
struct bell_t {

	/**
	 * Called at the end of a timer, NULL once nobody cares
	 */
	void (*expired)(void *user, u_int number);

	/**
	 * Data to pass to it
	 */
	void *user;

	/**
	 * Calls under way
	 */
	u_int calls;

	/**
	 * Protects the above; not held while calling
	 */
	mutex_t *mutex;

	/**
	 * Signals that a call returned
	 */
	condvar_t *condvar;

	/**
	 * Timers and the object
	 */
	refcount_t refs;
};

/**
 * A timer
 */
struct alarm_t {

	/**
	 * What it shares with others
	 */
	bell_t *bell;

	/**
	 * Its number
	 */
	u_int number;
};

/**
 * Give back a reference
 */
static void put_bell(bell_t *bell)
{
	if (ref_put(&bell->refs))
	{
		bell->mutex->destroy(bell->mutex);
		bell->condvar->destroy(bell->condvar);
		free(bell);
	}
}

/**
 * Destroy a timer
 */
static void destroy_alarm(alarm_t *alarm)
{
	put_bell(alarm->bell);
	free(alarm);
}

/**
 * A timer has ended
 */
static job_requeue_t ring(alarm_t *alarm)
{
	bell_t *bell = alarm->bell;
	bool wanted;

	bell->mutex->lock(bell->mutex);
	wanted = bell->expired != NULL;
	bell->calls += wanted;
	bell->mutex->unlock(bell->mutex);
	if (wanted)
	{
		bell->expired(bell->user, alarm->number);

		bell->mutex->lock(bell->mutex);
		bell->calls--;
		bell->condvar->broadcast(bell->condvar);
		bell->mutex->unlock(bell->mutex);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Start the timer anew
 */
static void set_alarm(private_group_confirm_t *this, uint32_t seconds)
{
	alarm_t *alarm;

	this->number++;
	this->deadline = time_monotonic(NULL) + seconds;
	INIT(alarm,
		.bell = this->bell,
		.number = this->number,
	);
	ref_get(&this->bell->refs);
	lib->scheduler->schedule_job(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)ring, alarm,
								(callback_job_cleanup_t)destroy_alarm, NULL),
			seconds);
}

METHOD(group_confirm_t, cancel, void,
	private_group_confirm_t *this)
{
	DESTROY_IF(this->former);
	this->former = NULL;
	this->number++;
}

METHOD(group_confirm_t, loaded, void,
	private_group_confirm_t *this, config_node_t *root, bool changed,
	uint32_t seconds)
{
	config_node_t *copy = config_node_copy(root);

	if (!seconds)
	{
		cancel(this);
	}
	else if (changed && !this->former)
	{
		this->former = this->running;
		this->running = NULL;
	}
	DESTROY_IF(this->running);
	this->running = copy;
	if (this->former)
	{
		set_alarm(this, seconds);
	}
}

METHOD(group_confirm_t, confirm, bool,
	private_group_confirm_t *this)
{
	bool waits = this->former != NULL;

	cancel(this);
	return waits;
}

METHOD(group_confirm_t, get_remaining, uint32_t,
	private_group_confirm_t *this)
{
	time_t now = time_monotonic(NULL);

	if (!this->former)
	{
		return 0;
	}
	return this->deadline > now ? this->deadline - now : 1;
}

METHOD(group_confirm_t, expire, config_node_t*,
	private_group_confirm_t *this, u_int number)
{
	config_node_t *former = NULL;

	if (number == this->number)
	{
		former = this->former;
		this->former = NULL;
	}
	return former;
}

METHOD(group_confirm_t, destroy, void,
	private_group_confirm_t *this)
{
	bell_t *bell = this->bell;

	bell->mutex->lock(bell->mutex);
	bell->expired = NULL;
	while (bell->calls)
	{
		bell->condvar->wait(bell->condvar, bell->mutex);
	}
	bell->mutex->unlock(bell->mutex);
	put_bell(bell);
	cancel(this);
	this->running->destroy(this->running);
	free(this);
}

/*
 * Described in header.
 */
group_confirm_t *group_confirm_create(void (*expired)(void *user,
													  u_int number),
									  void *user)
{
	private_group_confirm_t *this;

	INIT(this,
		.public = {
			.loaded = _loaded,
			.confirm = _confirm,
			.get_remaining = _get_remaining,
			.expire = _expire,
			.cancel = _cancel,
			.destroy = _destroy,
		},
		.running = config_node_create(),
	);
	INIT(this->bell,
		.expired = expired,
		.user = user,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
		.refs = 1,
	);
	return &this->public;
}
