/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_kek_queue.h"

#include <payloads/gdoi_wire.h>

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/thread.h>

/** messages that a job delivers before other jobs get their turn */
#define TURN 256

typedef struct private_gdoi_kek_queue_t private_gdoi_kek_queue_t;

/**
 * Private data
 */
struct private_gdoi_kek_queue_t {

	/**
	 * Public interface
	 */
	gdoi_kek_queue_t public;

	/**
	 * Handler
	 */
	gdoi_kek_handler_t *handler;

	/**
	 * Messages that may wait
	 */
	u_int max;

	/**
	 * Octets that may wait
	 */
	size_t max_octets;

	/**
	 * Messages that wait, packet_t*
	 */
	linked_list_t *packets;

	/**
	 * Octets in packets
	 */
	size_t octets;

	/**
	 * TRUE if a job is queued or running to deliver them
	 */
	bool running;

	/**
	 * Thread in a call of the handler, or NULL
	 */
	thread_t *caller;

	/**
	 * TRUE if nothing is delivered any more
	 */
	bool closed;

	/**
	 * Lock for all that changes
	 */
	mutex_t *mutex;

	/**
	 * Signals the end of a call to close()
	 */
	condvar_t *idle;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * End the call under way, if any; with the lock held
 */
static void end_call(private_gdoi_kek_queue_t *this)
{
	if (this->caller)
	{
		this->caller = NULL;
		if (this->closed)
		{
			this->idle->broadcast(this->idle);
		}
	}
}

/**
 * Take the next message to deliver and begin a call; without one the job ends
 */
static packet_t *begin_call(private_gdoi_kek_queue_t *this)
{
	packet_t *packet = NULL;

	this->mutex->lock(this->mutex);
	end_call(this);
	if (this->packets->remove_first(this->packets,
									(void**)&packet) == SUCCESS)
	{
		this->octets -= packet->get_data(packet).len;
		this->caller = thread_current();
	}
	else
	{
		this->running = FALSE;
	}
	this->mutex->unlock(this->mutex);
	return packet;
}

/**
 * Job: deliver what waits
 */
static job_requeue_t run(private_gdoi_kek_queue_t *this)
{
	packet_t *packet;
	int i;

	for (i = 0; i < TURN; i++)
	{
		packet = begin_call(this);
		if (!packet)
		{
			return JOB_REQUEUE_NONE;
		}
		this->handler->message(this->handler, packet);
		packet->destroy(packet);
	}
	this->mutex->lock(this->mutex);
	end_call(this);
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_FAIR;
}

/**
 * Queue a job if there is none; with the lock held
 */
static void start(private_gdoi_kek_queue_t *this)
{
	if (!this->running)
	{
		this->running = TRUE;
		lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio((callback_job_cb_t)run,
					this->public.get_ref(&this->public),
					(callback_job_cleanup_t)this->public.destroy, NULL,
					JOB_PRIO_MEDIUM));
	}
}

METHOD(gdoi_kek_queue_t, is, bool,
	private_gdoi_kek_queue_t *this, gdoi_kek_handler_t *handler)
{
	return this->handler == handler;
}

METHOD(gdoi_kek_queue_t, add, bool,
	private_gdoi_kek_queue_t *this, packet_t *packet)
{
	size_t len = packet->get_data(packet).len;
	bool added;

	this->mutex->lock(this->mutex);
	added = !this->closed &&
			this->packets->get_count(this->packets) < this->max &&
			this->octets + len <= this->max_octets;
	if (added)
	{
		this->packets->insert_last(this->packets, packet);
		this->octets += len;
		start(this);
	}
	this->mutex->unlock(this->mutex);
	if (!added)
	{
		packet->destroy(packet);
	}
	return added;
}

/**
 * Drop all that waits; with the lock held, or the last reference
 */
static void drop(private_gdoi_kek_queue_t *this)
{
	packet_t *packet;

	while (this->packets->remove_first(this->packets,
									   (void**)&packet) == SUCCESS)
	{
		packet->destroy(packet);
	}
	this->octets = 0;
}

METHOD(gdoi_kek_queue_t, close_, void,
	private_gdoi_kek_queue_t *this)
{
	this->mutex->lock(this->mutex);
	this->closed = TRUE;
	drop(this);
	while (this->caller && this->caller != thread_current())
	{
		this->idle->wait(this->idle, this->mutex);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_kek_queue_t, get_ref, gdoi_kek_queue_t*,
	private_gdoi_kek_queue_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_kek_queue_t, destroy, void,
	private_gdoi_kek_queue_t *this)
{
	if (ref_put(&this->ref))
	{
		drop(this);
		this->packets->destroy(this->packets);
		this->idle->destroy(this->idle);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_kek_queue_t *gdoi_kek_queue_create(gdoi_kek_handler_t *handler,
										u_int max)
{
	private_gdoi_kek_queue_t *this;

	max = min(max(max, 1), GDOI_KEK_QUEUE_MAX);
	INIT(this,
		.public = {
			.is = _is,
			.add = _add,
			.close = _close_,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.handler = handler,
		.max = max,
		.max_octets = (size_t)max * GDOI_KEK_QUEUE_OCTETS + GDOI_MESSAGE_MAX,
		.packets = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.idle = condvar_create(CONDVAR_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
