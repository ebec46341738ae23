/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_counters.h"

typedef struct private_gdoi_counters_t private_gdoi_counters_t;
typedef struct counter_enumerator_t counter_enumerator_t;

/**
 * Names for statistics, in the order of gdoi_counter_t
 */
static const char *names[GDOI_COUNT_MAX] = {
	"port-in",
	"port-passed",
	"pull-in",
	"push-in",
	"ack-in",
	"sent",
	"send-failed",
	"dropped-malformed",
	"dropped-exchange",
	"dropped-cookies",
	"dropped-kek",
	"dropped-queue",
	"refused-doi",
	"established",
};

/**
 * Private data
 */
struct private_gdoi_counters_t {

	/**
	 * Public interface
	 */
	gdoi_counters_t public;

	/**
	 * Values, accessed atomically
	 */
	uint64_t values[GDOI_COUNT_MAX];

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * Enumerator over counters
 */
struct counter_enumerator_t {

	/**
	 * Public interface
	 */
	enumerator_t public;

	/**
	 * Counters, a reference
	 */
	gdoi_counters_t *counters;

	/**
	 * Next one
	 */
	int next;
};

METHOD(gdoi_counters_t, add, void,
	private_gdoi_counters_t *this, gdoi_counter_t counter)
{
	__atomic_add_fetch(&this->values[counter], 1, __ATOMIC_RELAXED);
}

METHOD(gdoi_counters_t, add_many, void,
	private_gdoi_counters_t *this, gdoi_counter_t counter, u_int number)
{
	__atomic_add_fetch(&this->values[counter], number, __ATOMIC_RELAXED);
}

METHOD(gdoi_counters_t, get, uint64_t,
	private_gdoi_counters_t *this, gdoi_counter_t counter)
{
	return __atomic_load_n(&this->values[counter], __ATOMIC_RELAXED);
}

METHOD(enumerator_t, enumerate, bool,
	counter_enumerator_t *this, va_list args)
{
	const char **name;
	uint64_t *value;

	VA_ARGS_VGET(args, name, value);
	if (this->next == GDOI_COUNT_MAX)
	{
		return FALSE;
	}
	*name = names[this->next];
	*value = this->counters->get(this->counters, this->next++);
	return TRUE;
}

METHOD(enumerator_t, enumerator_destroy, void,
	counter_enumerator_t *this)
{
	this->counters->destroy(this->counters);
	free(this);
}

METHOD(gdoi_counters_t, create_enumerator, enumerator_t*,
	private_gdoi_counters_t *this)
{
	counter_enumerator_t *enumerator;

	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate,
			.destroy = _enumerator_destroy,
		},
		.counters = this->public.get_ref(&this->public),
	);
	return &enumerator->public;
}

METHOD(gdoi_counters_t, get_ref, gdoi_counters_t*,
	private_gdoi_counters_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_counters_t, destroy, void,
	private_gdoi_counters_t *this)
{
	if (ref_put(&this->ref))
	{
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_counters_t *gdoi_counters_create()
{
	private_gdoi_counters_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.add_many = _add_many,
			.get = _get,
			.create_enumerator = _create_enumerator,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.ref = 1,
	);
	return &this->public;
}
