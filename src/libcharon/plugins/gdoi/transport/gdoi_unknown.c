/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_unknown.h"

#include <library.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/thread.h>

/** sources that are told apart, most of the time */
#define SOURCES 64

typedef struct private_gdoi_unknown_t private_gdoi_unknown_t;
typedef struct news_t news_t;

/**
 * Private data
 */
struct private_gdoi_unknown_t {

	/**
	 * Public interface
	 */
	gdoi_unknown_t public;

	/**
	 * Who is told, or NULL
	 */
	gdoi_unknown_cb_t unknown;
	void *user;

	/**
	 * When to tell again of a source, milliseconds of the monotonic clock, by
	 * the hash of its address: junk of others must not hide a key server
	 */
	uint64_t next[SOURCES];

	/**
	 * TRUE if a job is queued or running
	 */
	bool running;

	/**
	 * Thread in a call, or NULL
	 */
	thread_t *caller;

	/**
	 * Lock for all of the above
	 */
	mutex_t *mutex;

	/**
	 * Signals the end of a call
	 */
	condvar_t *idle;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * What a job tells
 */
struct news_t {

	/**
	 * Object, a reference
	 */
	private_gdoi_unknown_t *unknown;

	/**
	 * Endpoints of the message
	 */
	host_t *src;
	host_t *dst;
};

/**
 * Destroy news, told or not
 */
static void news_destroy(news_t *news)
{
	private_gdoi_unknown_t *this = news->unknown;

	this->mutex->lock(this->mutex);
	this->running = FALSE;
	this->mutex->unlock(this->mutex);
	this->public.destroy(&this->public);
	news->src->destroy(news->src);
	news->dst->destroy(news->dst);
	free(news);
}

/**
 * Job: tell
 */
static job_requeue_t tell(news_t *news)
{
	private_gdoi_unknown_t *this = news->unknown;
	gdoi_unknown_cb_t unknown;
	void *user;

	this->mutex->lock(this->mutex);
	unknown = this->unknown;
	user = this->user;
	this->caller = unknown ? thread_current() : NULL;
	this->mutex->unlock(this->mutex);
	if (unknown)
	{
		unknown(user, news->src, news->dst);
		this->mutex->lock(this->mutex);
		this->caller = NULL;
		this->idle->broadcast(this->idle);
		this->mutex->unlock(this->mutex);
	}
	return JOB_REQUEUE_NONE;
}

METHOD(gdoi_unknown_t, set, void,
	private_gdoi_unknown_t *this, gdoi_unknown_cb_t unknown, void *user)
{
	this->mutex->lock(this->mutex);
	this->unknown = unknown;
	this->user = user;
	while (this->caller && this->caller != thread_current())
	{
		this->idle->wait(this->idle, this->mutex);
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Milliseconds of the monotonic clock
 */
static uint64_t now_ms()
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/**
 * Is it time to tell of a source again? Then it counts as done.
 */
static bool is_due(private_gdoi_unknown_t *this, host_t *src)
{
	uint64_t now = now_ms(), *next;
	bool due;

	next = &this->next[chunk_hash(src->get_address(src)) % SOURCES];
	this->mutex->lock(this->mutex);
	due = this->unknown && !this->running && now >= *next;
	if (due)
	{
		this->running = TRUE;
		*next = now + GDOI_UNKNOWN_INTERVAL;
	}
	this->mutex->unlock(this->mutex);
	return due;
}

METHOD(gdoi_unknown_t, hear, void,
	private_gdoi_unknown_t *this, packet_t *packet)
{
	news_t *news;
	host_t *src, *dst;

	src = packet->get_source(packet);
	dst = packet->get_destination(packet);
	if (!is_due(this, src))
	{
		return;
	}
	ref_get(&this->ref);
	INIT(news,
		.unknown = this,
		.src = src->clone(src),
		.dst = dst->clone(dst),
	);
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create((callback_job_cb_t)tell, news,
							(callback_job_cleanup_t)news_destroy, NULL));
}

METHOD(gdoi_unknown_t, get_ref, gdoi_unknown_t*,
	private_gdoi_unknown_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_unknown_t, destroy, void,
	private_gdoi_unknown_t *this)
{
	if (ref_put(&this->ref))
	{
		this->idle->destroy(this->idle);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_unknown_t *gdoi_unknown_create()
{
	private_gdoi_unknown_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.hear = _hear,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.idle = condvar_create(CONDVAR_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
