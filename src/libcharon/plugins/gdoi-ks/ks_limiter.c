/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_limiter.h"

#include <threading/mutex.h>

/** number of buckets, a power of two */
#define BUCKETS 4096

/** tokens in thousandths, so that milliseconds need no fractions */
#define TOKEN 1000

/** seconds of the rate that a bucket holds */
#define BURST 2

typedef struct private_ks_limiter_t private_ks_limiter_t;
typedef struct bucket_t bucket_t;

/**
 * Token bucket
 */
struct bucket_t {

	/** thousandths of tokens used up, 0 is a full bucket */
	uint64_t used;

	/** when used was brought up to date, in milliseconds */
	uint64_t updated;
};

/**
 * Private data
 */
struct private_ks_limiter_t {

	/**
	 * Public interface
	 */
	ks_limiter_t public;

	/**
	 * Registrations per second
	 */
	uint32_t rate;

	/**
	 * Buckets, NULL without limit
	 */
	bucket_t *buckets;

	/**
	 * Protects buckets
	 */
	mutex_t *mutex;
};

METHOD(ks_limiter_t, allow, bool,
	private_ks_limiter_t *this, host_t *source, uint64_t now_ms)
{
	bucket_t *bucket;
	uint64_t refill;
	bool allowed = FALSE;

	if (!this->rate)
	{
		return TRUE;
	}
	bucket = &this->buckets[chunk_hash(source->get_address(source)) &
							(BUCKETS - 1)];
	this->mutex->lock(this->mutex);
	if (now_ms > bucket->updated)
	{
		refill = (now_ms - bucket->updated) * this->rate;
		bucket->used -= min(bucket->used, refill);
		bucket->updated = now_ms;
	}
	if (bucket->used + TOKEN <= (uint64_t)this->rate * BURST * TOKEN)
	{
		bucket->used += TOKEN;
		allowed = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return allowed;
}

METHOD(ks_limiter_t, destroy, void,
	private_ks_limiter_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this->buckets);
	free(this);
}

/*
 * Described in header
 */
ks_limiter_t *ks_limiter_create(uint32_t rate)
{
	private_ks_limiter_t *this;

	INIT(this,
		.public = {
			.allow = _allow,
			.destroy = _destroy,
		},
		.rate = rate,
		.buckets = rate ? calloc(BUCKETS, sizeof(bucket_t)) : NULL,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
