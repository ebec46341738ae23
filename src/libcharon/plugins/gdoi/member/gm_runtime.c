/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_runtime.h"

#include <processing/jobs/callback_job.h>

#include <time.h>

/** longest delay that the scheduler is asked for */
#define MAX_DELAY INT32_MAX

typedef struct private_gm_runtime_t private_gm_runtime_t;

/**
 * Private data of an gm_runtime_t object.
 */
struct private_gm_runtime_t {

	/**
	 * Public interface
	 */
	gm_runtime_t public;
};

/**
 * A call on its way
 */
typedef struct {
	/** function to call */
	void (*callback)(void *data);
	/** its argument */
	void *data;
	/** frees the argument */
	void (*cleanup)(void *data);
} call_t;

/**
 * Job: do a call
 */
static job_requeue_t do_call(call_t *call)
{
	call->callback(call->data);
	return JOB_REQUEUE_NONE;
}

/**
 * Free a call
 */
static void destroy_call(call_t *call)
{
	if (call->cleanup)
	{
		call->cleanup(call->data);
	}
	free(call);
}

METHOD(gm_runtime_t, now, uint64_t,
	private_gm_runtime_t *this)
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

METHOD(gm_runtime_t, boot_ns, uint64_t,
	private_gm_runtime_t *this)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

METHOD(gm_runtime_t, call, void,
	private_gm_runtime_t *this, uint64_t delay, void (*callback)(void *data),
	void *data, void (*cleanup)(void *data))
{
	callback_job_t *job;
	call_t *call;

	INIT(call,
		.callback = callback,
		.data = data,
		.cleanup = cleanup,
	);
	job = callback_job_create((callback_job_cb_t)do_call, call,
							  (callback_job_cleanup_t)destroy_call, NULL);
	if (delay)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)job,
										min(delay, MAX_DELAY));
	}
	else
	{
		lib->processor->queue_job(lib->processor, (job_t*)job);
	}
}

METHOD(gm_runtime_t, random_, bool,
	private_gm_runtime_t *this, size_t len, uint8_t *buf)
{
	rng_t *rng;
	bool done;

	/* created per use, as an rng_t is not thread safe */
	rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);
	done = rng && rng->get_bytes(rng, len, buf);
	DESTROY_IF(rng);
	return done;
}

METHOD(gm_runtime_t, jitter, uint32_t,
	private_gm_runtime_t *this)
{
	uint32_t value;

	if (!random_(this, sizeof(value), (uint8_t*)&value))
	{
		value = random();
	}
	return value;
}

METHOD(gm_runtime_t, destroy, void,
	private_gm_runtime_t *this)
{
	free(this);
}

/*
 * Described in header
 */
gm_runtime_t *gm_runtime_create()
{
	private_gm_runtime_t *this;

	INIT(this,
		.public = {
			.now = _now,
			.boot_ns = _boot_ns,
			.call = _call,
			.jitter = _jitter,
			.random = _random_,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
