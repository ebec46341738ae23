/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_serializer.h"

#include <collections/linked_list.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

typedef struct private_gm_serializer_t private_gm_serializer_t;

/**
 * Private data of an gm_serializer_t object.
 */
struct private_gm_serializer_t {

	/**
	 * Public interface
	 */
	gm_serializer_t public;

	/**
	 * Handler
	 */
	void (*handle)(void *user, void *event);

	/**
	 * Argument of handle
	 */
	void *user;

	/**
	 * Destructor of events
	 */
	void (*cleanup)(void *event);

	/**
	 * Protects the members below
	 */
	mutex_t *mutex;

	/**
	 * Signalled when nobody handles events any more
	 */
	condvar_t *idle;

	/**
	 * Events that wait
	 */
	linked_list_t *events;

	/**
	 * TRUE while a thread handles events
	 */
	bool busy;
};

METHOD(gm_serializer_t, post, bool,
	private_gm_serializer_t *this, void *event, bool urgent)
{
	this->mutex->lock(this->mutex);
	if (!urgent && this->events->get_count(this->events) >= GM_EVENTS_MAX)
	{
		this->mutex->unlock(this->mutex);
		this->cleanup(event);
		return FALSE;
	}
	this->events->insert_last(this->events, event);
	if (this->busy)
	{
		this->mutex->unlock(this->mutex);
		return TRUE;
	}
	this->busy = TRUE;
	while (this->events->remove_first(this->events, &event) == SUCCESS)
	{
		this->mutex->unlock(this->mutex);
		this->handle(this->user, event);
		this->cleanup(event);
		this->mutex->lock(this->mutex);
	}
	this->busy = FALSE;
	this->idle->broadcast(this->idle);
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(gm_serializer_t, wait_idle, void,
	private_gm_serializer_t *this)
{
	this->mutex->lock(this->mutex);
	while (this->busy)
	{
		this->idle->wait(this->idle, this->mutex);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gm_serializer_t, destroy, void,
	private_gm_serializer_t *this)
{
	this->events->destroy_function(this->events, this->cleanup);
	this->idle->destroy(this->idle);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gm_serializer_t *gm_serializer_create(void (*handle)(void *user, void *event),
									  void *user,
									  void (*cleanup)(void *event))
{
	private_gm_serializer_t *this;

	INIT(this,
		.public = {
			.post = _post,
			.wait_idle = _wait_idle,
			.destroy = _destroy,
		},
		.handle = handle,
		.user = user,
		.cleanup = cleanup,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.idle = condvar_create(CONDVAR_TYPE_DEFAULT),
		.events = linked_list_create(),
	);
	return &this->public;
}
