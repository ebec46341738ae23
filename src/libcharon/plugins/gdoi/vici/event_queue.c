/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "event_queue.h"

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

/** events that a job sends before it lets others have its thread */
#define BATCH 64

typedef struct private_event_queue_t private_event_queue_t;
typedef struct event_t event_t;

/**
 * Private data of an event_queue_t object.
 */
struct private_event_queue_t {

	/**
	 * Public interface
	 */
	event_queue_t public;

	/**
	 * Sends an event
	 */
	event_raise_cb_t raise;

	/**
	 * Data for raise
	 */
	void *user;

	/**
	 * Most events that may wait
	 */
	u_int limit;

	/**
	 * Waiting events, event_t*
	 */
	linked_list_t *events;

	/**
	 * Protects everything here
	 */
	mutex_t *mutex;

	/**
	 * Signals that raising was reset
	 */
	condvar_t *condvar;

	/**
	 * A job has been queued that is not finished
	 */
	bool job;

	/**
	 * raise() is being called
	 */
	bool raising;

	/**
	 * destroy() was called
	 */
	bool closed;

	/**
	 * Counters
	 */
	uint64_t sent, dropped;

	/**
	 * The owner has one reference, and a job that didn't run yet
	 */
	refcount_t refs;
};

/**
 * A waiting event
 */
struct event_t {

	/**
	 * Name
	 */
	const char *name;

	/**
	 * Message
	 */
	vici_message_t *message;
};

/**
 * Free an event that is not sent
 */
static void event_destroy(event_t *event)
{
	event->message->destroy(event->message);
	free(event);
}

/**
 * Drop a reference. A job may be destroyed without having run, and after the
 * owner.
 */
CALLBACK(unref, void,
	private_event_queue_t *this)
{
	if (ref_put(&this->refs))
	{
		this->events->destroy_function(this->events, (void*)event_destroy);
		this->condvar->destroy(this->condvar);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

/**
 * An event has been sent, and the next is not taken yet
 */
static void event_sent(private_event_queue_t *this)
{
	this->mutex->lock(this->mutex);
	this->raising = FALSE;
	this->condvar->broadcast(this->condvar);
	this->mutex->unlock(this->mutex);
}

/**
 * Take the next event to send, or end the job
 */
static event_t *next_event(private_event_queue_t *this)
{
	event_t *event = NULL;

	this->mutex->lock(this->mutex);
	this->raising = FALSE;
	if (this->closed ||
		this->events->remove_first(this->events, (void**)&event) != SUCCESS)
	{
		event = NULL;
		this->job = FALSE;
	}
	else
	{
		this->raising = TRUE;
		this->sent++;
	}
	this->condvar->broadcast(this->condvar);
	this->mutex->unlock(this->mutex);
	return event;
}

/**
 * Job that sends what waits
 */
CALLBACK(drain, job_requeue_t,
	private_event_queue_t *this)
{
	event_t *event;
	int i;

	for (i = 0; i < BATCH; i++)
	{
		event = next_event(this);
		if (!event)
		{
			return JOB_REQUEUE_NONE;
		}
		this->raise(this->user, event->name, event->message);
		free(event);
	}
	event_sent(this);
	return JOB_REQUEUE_FAIR;
}

METHOD(event_queue_t, add, void,
	private_event_queue_t *this, const char *name, vici_message_t *message)
{
	event_t *event, *oldest = NULL;
	bool queue;

	INIT(event,
		.name = name,
		.message = message,
	);
	this->mutex->lock(this->mutex);
	if (this->events->get_count(this->events) >= this->limit &&
		this->events->remove_first(this->events, (void**)&oldest) == SUCCESS)
	{
		this->dropped++;
	}
	this->events->insert_last(this->events, event);
	queue = !this->job;
	this->job = TRUE;
	this->mutex->unlock(this->mutex);

	if (oldest)
	{
		event_destroy(oldest);
	}
	if (queue)
	{
		ref_get(&this->refs);
		lib->processor->queue_job(lib->processor,
					(job_t*)callback_job_create(drain, this, unref, NULL));
	}
}

METHOD(event_queue_t, get_sent, uint64_t,
	private_event_queue_t *this)
{
	uint64_t sent;

	this->mutex->lock(this->mutex);
	sent = this->sent;
	this->mutex->unlock(this->mutex);
	return sent;
}

METHOD(event_queue_t, get_dropped, uint64_t,
	private_event_queue_t *this)
{
	uint64_t dropped;

	this->mutex->lock(this->mutex);
	dropped = this->dropped;
	this->mutex->unlock(this->mutex);
	return dropped;
}

METHOD(event_queue_t, destroy, void,
	private_event_queue_t *this)
{
	this->mutex->lock(this->mutex);
	this->closed = TRUE;
	while (this->raising)
	{
		this->condvar->wait(this->condvar, this->mutex);
	}
	this->mutex->unlock(this->mutex);
	unref(this);
}

/*
 * Described in header.
 */
event_queue_t *event_queue_create(event_raise_cb_t raise, void *user,
								  u_int limit)
{
	private_event_queue_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.get_sent = _get_sent,
			.get_dropped = _get_dropped,
			.destroy = _destroy,
		},
		.raise = raise,
		.user = user,
		.limit = max(1, limit),
		.events = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
		.refs = 1,
	);
	return &this->public;
}
