/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_runtime.h"

#include <processing/jobs/callback_job.h>

/** longest delay that the scheduler is asked for; longer ones take several */
#define MAX_DELAY INT32_MAX

typedef struct private_ks_runtime_t private_ks_runtime_t;
typedef struct call_t call_t;

/**
 * Private data
 */
struct private_ks_runtime_t {

	/**
	 * Public interface
	 */
	ks_runtime_t public;
};

/**
 * A call on its way
 */
struct call_t {

	/** milliseconds left once the job at hand is due */
	uint64_t left;

	/** function to call, what it gets, and what frees that */
	void (*callback)(void *data);
	void *data;
	void (*cleanup)(void *data);
};

/**
 * Free a call and what it carries
 */
static void destroy_call(call_t *call)
{
	if (call->cleanup)
	{
		call->cleanup(call->data);
	}
	free(call);
}

/**
 * Job: do a call, or wait on
 */
static job_requeue_t do_call(call_t *call)
{
	uint32_t delay = min(call->left, MAX_DELAY);

	if (delay)
	{
		call->left -= delay;
		return JOB_RESCHEDULE_MS(delay);
	}
	call->callback(call->data);
	return JOB_REQUEUE_NONE;
}

METHOD(ks_runtime_t, now, uint64_t,
	private_ks_runtime_t *this)
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

METHOD(ks_runtime_t, call, void,
	private_ks_runtime_t *this, uint64_t delay, void (*callback)(void *data),
	void *data, void (*cleanup)(void *data))
{
	uint32_t first = min(delay, MAX_DELAY);
	callback_job_t *job;
	call_t *call;

	INIT(call,
		.left = delay - first,
		.callback = callback,
		.data = data,
		.cleanup = cleanup,
	);
	job = callback_job_create((callback_job_cb_t)do_call, call,
							  (callback_job_cleanup_t)destroy_call, NULL);
	if (first)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)job, first);
	}
	else
	{
		lib->processor->queue_job(lib->processor, (job_t*)job);
	}
}

METHOD(ks_runtime_t, destroy, void,
	private_ks_runtime_t *this)
{
	free(this);
}

/*
 * Described in header
 */
ks_runtime_t *ks_runtime_create()
{
	private_ks_runtime_t *this;

	INIT(this,
		.public = {
			.now = _now,
			.call = _call,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
