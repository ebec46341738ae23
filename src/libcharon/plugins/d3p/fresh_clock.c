/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fresh_clock.h"

#include <threading/mutex.h>

#include <sys/timex.h>
#include <time.h>

/** nanoseconds of a millisecond and a second */
#define MS_NS 1000000LL
#define S_NS 1000000000LL

/** smallest step, nanoseconds */
#define STEP_MIN MS_NS

/** readings that are far apart are repeated, nanoseconds and times */
#define READ_APART 20000
#define READ_TRIES 5

typedef struct private_fresh_clock_t private_fresh_clock_t;

/**
 * Private data
 */
struct private_fresh_clock_t {

	/**
	 * Public interface
	 */
	fresh_clock_t public;

	/**
	 * Where to read
	 */
	const fresh_clock_source_t *source;

	/**
	 * Guards what follows
	 */
	mutex_t *mutex;

	/**
	 * Offset, and how exact it is, nanoseconds
	 */
	int64_t offset;
	int64_t apart;

	/**
	 * Steps so far, and the last one in milliseconds
	 */
	u_int steps;
	int64_t last_step;
};

/**
 * Read a clock of this host
 */
static int64_t read_clock(clockid_t id)
{
	struct timespec ts = {};

	clock_gettime(id, &ts);
	return ts.tv_sec * S_NS + ts.tv_nsec;
}

/**
 * Implements fresh_clock_source_t
 */
static int64_t host_real_ns()
{
	return read_clock(CLOCK_REALTIME);
}

/**
 * Implements fresh_clock_source_t
 */
static int64_t host_boot_ns()
{
	return read_clock(CLOCK_BOOTTIME);
}

/**
 * Implements fresh_clock_source_t; reading takes no privileges
 */
static void host_status(freshness_clock_t *clock)
{
	struct timex tx = {};

	if (adjtimex(&tx) < 0)
	{
		clock->sync = FRESHNESS_SYNC_UNKNOWN;
		return;
	}
	clock->sync = (tx.status & STA_UNSYNC) ? FRESHNESS_SYNC_NO
										   : FRESHNESS_SYNC_YES;
	clock->error_ms = max(tx.esterror, 0) / 1000;
	clock->max_error_ms = max(tx.maxerror, 0) / 1000;
}

/**
 * Clocks of this host
 */
static const fresh_clock_source_t host_source = {
	.real_ns = host_real_ns,
	.boot_ns = host_boot_ns,
	.status = host_status,
};

/**
 * Measure the offset: the real time clock between two readings of the other,
 * the closest of some tries, as we may lose the CPU between them.
 *
 * @param best			set to how far apart those two were, nanoseconds
 * @return				offset, nanoseconds
 */
static int64_t measure(private_fresh_clock_t *this, int64_t *best)
{
	int64_t before, real, apart, offset = 0;
	int i;

	*best = INT64_MAX;
	for (i = 0; i < READ_TRIES && *best > READ_APART; i++)
	{
		before = this->source->boot_ns();
		real = this->source->real_ns();
		apart = this->source->boot_ns() - before;
		if (apart < *best)
		{
			*best = apart;
			offset = real - before - apart / 2;
		}
	}
	return offset;
}

METHOD(fresh_clock_t, refresh, void,
	private_fresh_clock_t *this, fresh_clock_news_t *news)
{
	freshness_clock_t state = {};
	int64_t offset, change, apart, least;

	this->source->status(&state);
	this->mutex->lock(this->mutex);
	offset = measure(this, &apart);
	change = offset - this->offset;
	least = max(STEP_MIN, apart + this->apart);
	*news = (fresh_clock_news_t){
		.offset_ns = offset,
		.sync = state.sync,
	};
	if (change >= least || change <= -least)
	{
		news->step_ms = change / MS_NS;
		this->last_step = news->step_ms;
		this->steps++;
	}
	this->offset = offset;
	this->apart = apart;
	this->mutex->unlock(this->mutex);
}

METHOD(fresh_clock_t, get_offset, int64_t,
	private_fresh_clock_t *this)
{
	int64_t apart;

	return measure(this, &apart);
}

METHOD(fresh_clock_t, get_state, void,
	private_fresh_clock_t *this, freshness_clock_t *clock)
{
	*clock = (freshness_clock_t){};
	this->source->status(clock);
	this->mutex->lock(this->mutex);
	clock->steps = this->steps;
	clock->last_step_ms = this->last_step;
	this->mutex->unlock(this->mutex);
}

METHOD(fresh_clock_t, now_real_ms, uint64_t,
	private_fresh_clock_t *this)
{
	return this->source->real_ns() / MS_NS;
}

METHOD(fresh_clock_t, now_boot_ms, uint64_t,
	private_fresh_clock_t *this)
{
	return this->source->boot_ns() / MS_NS;
}

METHOD(fresh_clock_t, destroy, void,
	private_fresh_clock_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
fresh_clock_t *fresh_clock_create(const fresh_clock_source_t *source)
{
	private_fresh_clock_t *this;

	INIT(this,
		.public = {
			.refresh = _refresh,
			.get_offset = _get_offset,
			.get_state = _get_state,
			.now_real_ms = _now_real_ms,
			.now_boot_ms = _now_boot_ms,
			.destroy = _destroy,
		},
		.source = source ?: &host_source,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->offset = measure(this, &this->apart);
	return &this->public;
}
