/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_slot.h"

#include <threading/condvar.h>
#include <threading/mutex.h>

typedef struct private_gdoi_slot_t private_gdoi_slot_t;

/**
 * Private data
 */
struct private_gdoi_slot_t {

	/**
	 * Public interface
	 */
	gdoi_slot_t public;

	/**
	 * Handler, compared only once it has gone
	 */
	gdoi_handler_t *handler;

	/**
	 * TRUE once the handler has gone
	 */
	bool vacant;

	/**
	 * Calls under way
	 */
	u_int calls;

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

METHOD(gdoi_slot_t, enter, gdoi_handler_t*,
	private_gdoi_slot_t *this)
{
	gdoi_handler_t *handler = NULL;

	this->mutex->lock(this->mutex);
	if (!this->vacant)
	{
		this->calls++;
		handler = this->handler;
	}
	this->mutex->unlock(this->mutex);
	return handler;
}

METHOD(gdoi_slot_t, leave, void,
	private_gdoi_slot_t *this)
{
	this->mutex->lock(this->mutex);
	if (!--this->calls)
	{
		this->idle->broadcast(this->idle);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_slot_t, is, bool,
	private_gdoi_slot_t *this, gdoi_handler_t *handler)
{
	return this->handler == handler;
}

METHOD(gdoi_slot_t, vacate, void,
	private_gdoi_slot_t *this)
{
	this->mutex->lock(this->mutex);
	this->vacant = TRUE;
	while (this->calls)
	{
		this->idle->wait(this->idle, this->mutex);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_slot_t, get_ref, gdoi_slot_t*,
	private_gdoi_slot_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_slot_t, destroy, void,
	private_gdoi_slot_t *this)
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
gdoi_slot_t *gdoi_slot_create(gdoi_handler_t *handler)
{
	private_gdoi_slot_t *this;

	INIT(this,
		.public = {
			.enter = _enter,
			.leave = _leave,
			.is = _is,
			.vacate = _vacate,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.handler = handler,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.idle = condvar_create(CONDVAR_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
