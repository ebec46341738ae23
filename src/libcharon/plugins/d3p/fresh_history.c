/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fresh_history.h"

/** nanoseconds of a second, and milliseconds */
#define S_NS 1000000000
#define S_MS 1000.0

typedef struct private_fresh_history_t private_fresh_history_t;
typedef struct error_enumerator_t error_enumerator_t;

/**
 * Private data
 */
struct private_fresh_history_t {

	/**
	 * Public interface
	 */
	fresh_history_t public;

	/**
	 * Events, a ring; NULL while there is none
	 */
	struct fresh_event *events;

	/**
	 * Room, events in it, and the index of the oldest
	 */
	u_int size;
	u_int count;
	u_int first;
};

/**
 * Enumerates a copy of the ring
 */
struct error_enumerator_t {

	/**
	 * Implements enumerator_t
	 */
	enumerator_t public;

	/**
	 * Error handed out
	 */
	freshness_error_t error;

	/**
	 * Events left out of how many
	 */
	u_int next;
	u_int count;

	/**
	 * Events, oldest first
	 */
	struct fresh_event events[];
};

METHOD(fresh_history_t, add, void,
	private_fresh_history_t *this, const struct fresh_event *event)
{
	if (!this->events)
	{
		this->events = calloc(this->size, sizeof(*this->events));
	}
	if (this->count == this->size)
	{
		this->first = (this->first + 1) % this->size;
		this->count--;
	}
	this->events[(this->first + this->count++) % this->size] = *event;
}

/**
 * Write an event as an error
 */
static void fill_error(freshness_error_t *error,
					   const struct fresh_event *event)
{
	int family = event->family == AF_INET6 ? AF_INET6 : AF_INET;

	DESTROY_IF(error->source);
	*error = (freshness_error_t){
		.sa = event->sa,
		.method = event->method,
		.at = event->real_ns / S_NS,
		.source = host_create_from_chunk(family,
								chunk_create((u_char*)event->saddr,
											 family == AF_INET ? 4 : 16), 0),
		.my_time = event->mine_ms / S_MS,
		.peer_time = event->theirs_ms / S_MS,
		.window = event->allowed_ms / S_MS,
		.kind = event->kind,
	};
}

METHOD(enumerator_t, enumerate_errors, bool,
	error_enumerator_t *this, va_list args)
{
	freshness_error_t **error;

	VA_ARGS_VGET(args, error);
	if (this->next == this->count)
	{
		return FALSE;
	}
	fill_error(&this->error, &this->events[this->next++]);
	*error = &this->error;
	return TRUE;
}

METHOD(enumerator_t, destroy_errors, void,
	error_enumerator_t *this)
{
	DESTROY_IF(this->error.source);
	free(this);
}

METHOD(fresh_history_t, create_enumerator, enumerator_t*,
	private_fresh_history_t *this)
{
	error_enumerator_t *enumerator;
	u_int i;

	INIT_EXTRA(enumerator, this->count * sizeof(struct fresh_event),
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate_errors,
			.destroy = _destroy_errors,
		},
		.count = this->count,
	);
	for (i = 0; i < this->count; i++)
	{
		enumerator->events[i] = this->events[(this->first + i) % this->size];
	}
	return &enumerator->public;
}

METHOD(fresh_history_t, clear, void,
	private_fresh_history_t *this)
{
	free(this->events);
	this->events = NULL;
	this->count = this->first = 0;
}

METHOD(fresh_history_t, destroy, void,
	private_fresh_history_t *this)
{
	free(this->events);
	free(this);
}

/*
 * Described in header
 */
fresh_history_t *fresh_history_create(u_int size)
{
	private_fresh_history_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.create_enumerator = _create_enumerator,
			.clear = _clear,
			.destroy = _destroy,
		},
		.size = max(size, 1),
	);
	return &this->public;
}
