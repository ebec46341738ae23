/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_binding.h"

#include <payloads/gdoi_wire.h>

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_gdoi_binding_t private_gdoi_binding_t;
typedef struct event_t event_t;
typedef enum state_t state_t;

/**
 * States of a binding
 */
enum state_t {
	/** phase 1 is under way, messages may be kept */
	STATE_PENDING,
	/** events get delivered */
	STATE_OPEN,
	/** no new events; queued ones get delivered */
	STATE_CLOSED,
};

/**
 * Something to tell the handler
 */
struct event_t {

	/**
	 * What happened
	 */
	enum {
		EVENT_ESTABLISHED,
		EVENT_PULL,
		EVENT_NOTIFY,
		EVENT_CLOSED,
		EVENT_FAILED,
	} type;

	/**
	 * Message of EVENT_PULL
	 */
	packet_t *packet;

	/**
	 * Notify type of EVENT_NOTIFY
	 */
	uint16_t notify;
};

/**
 * Private data
 */
struct private_gdoi_binding_t {

	/**
	 * Public interface
	 */
	gdoi_binding_t public;

	/**
	 * Unique id of the IKE_SA
	 */
	uint32_t unique_id;

	/**
	 * DOI of the phase 1 SA payload
	 */
	uint32_t doi;

	/**
	 * Features of the peer
	 */
	uint8_t features;

	/**
	 * Keys until phase 1 is established
	 */
	gdoi_phase1_keys_t *keys;

	/**
	 * State
	 */
	state_t state;

	/**
	 * TRUE if nothing is to be told any more
	 */
	bool silent;

	/**
	 * Slot of the handler; of the initiating one before establishment
	 */
	gdoi_slot_t *slot;

	/**
	 * Name of the connection that was to be initiated, NULL if it was not
	 */
	char *connection;

	/**
	 * Phase 1 once established
	 */
	gdoi_phase1_t *phase1;

	/**
	 * Events to deliver, event_t*
	 */
	linked_list_t *events;

	/**
	 * TRUE if a job is queued or running to deliver them
	 */
	bool running;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;

	/**
	 * Lock for all that changes
	 */
	mutex_t *mutex;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * Destroy an event
 */
static void event_destroy(event_t *event)
{
	DESTROY_IF(event->packet);
	free(event);
}

/**
 * Tell a handler
 */
static void deliver(gdoi_handler_t *handler, gdoi_phase1_t *phase1,
					const char *connection, event_t *event)
{
	switch (event->type)
	{
		case EVENT_ESTABLISHED:
			handler->established(handler, phase1);
			break;
		case EVENT_PULL:
			handler->pull(handler, phase1,
						  event->packet->get_data(event->packet));
			break;
		case EVENT_NOTIFY:
			handler->notify(handler, phase1, event->notify);
			break;
		case EVENT_CLOSED:
			handler->closed(handler, phase1);
			break;
		case EVENT_FAILED:
			handler->failed(handler, connection);
			break;
	}
}

/**
 * Take the next event to deliver; ends the job's run if there is none
 */
static event_t *next_event(private_gdoi_binding_t *this)
{
	event_t *event = NULL;

	this->mutex->lock(this->mutex);
	while (this->events->remove_first(this->events,
									  (void**)&event) == SUCCESS &&
		   this->silent)
	{
		event_destroy(event);
		event = NULL;
	}
	if (!event)
	{
		this->running = FALSE;
	}
	this->mutex->unlock(this->mutex);
	return event;
}

/**
 * Job: deliver what is queued. Slot, phase 1 and connection are constant by
 * then. A job to itself per event would only cost thread switches, but a peer
 * that goes on sending must not keep a thread for itself: after a queue's
 * length it is others' turn.
 */
static job_requeue_t run(private_gdoi_binding_t *this)
{
	gdoi_handler_t *handler;
	event_t *event;
	int i;

	for (i = 0; i < GDOI_BINDING_QUEUE; i++)
	{
		event = next_event(this);
		if (!event)
		{
			return JOB_REQUEUE_NONE;
		}
		handler = this->slot->enter(this->slot);
		if (handler)
		{
			deliver(handler, this->phase1, this->connection, event);
			this->slot->leave(this->slot);
		}
		event_destroy(event);
	}
	return JOB_REQUEUE_FAIR;
}

/**
 * Queue a job if there are events but no job yet; with the lock held
 */
static void start(private_gdoi_binding_t *this)
{
	if (!this->running && this->slot && this->events->get_count(this->events))
	{
		this->running = TRUE;
		lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio((callback_job_cb_t)run,
					this->public.get_ref(&this->public),
					(callback_job_cleanup_t)this->public.destroy, NULL,
					JOB_PRIO_MEDIUM));
	}
}

/**
 * Create an event without data
 */
static event_t *event_create(int type)
{
	event_t *event;

	INIT(event,
		.type = type,
	);
	return event;
}

METHOD(gdoi_binding_t, get_unique_id, uint32_t,
	private_gdoi_binding_t *this)
{
	return this->unique_id;
}

METHOD(gdoi_binding_t, set_doi, void,
	private_gdoi_binding_t *this, uint32_t doi)
{
	this->mutex->lock(this->mutex);
	this->doi = doi;
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_binding_t, get_doi, uint32_t,
	private_gdoi_binding_t *this)
{
	uint32_t doi;

	this->mutex->lock(this->mutex);
	doi = this->doi;
	this->mutex->unlock(this->mutex);
	return doi;
}

METHOD(gdoi_binding_t, set_features, void,
	private_gdoi_binding_t *this, uint8_t features)
{
	this->features = features;
}

METHOD(gdoi_binding_t, get_features, uint8_t,
	private_gdoi_binding_t *this)
{
	return this->features;
}

METHOD(gdoi_binding_t, set_keys, void,
	private_gdoi_binding_t *this, gdoi_phase1_keys_t *keys)
{
	gdoi_phase1_keys_t *former;

	this->mutex->lock(this->mutex);
	former = this->keys;
	this->keys = keys;
	this->mutex->unlock(this->mutex);
	gdoi_phase1_keys_destroy(former);
}

METHOD(gdoi_binding_t, take_keys, gdoi_phase1_keys_t*,
	private_gdoi_binding_t *this)
{
	gdoi_phase1_keys_t *keys;

	this->mutex->lock(this->mutex);
	keys = this->keys;
	this->keys = NULL;
	this->mutex->unlock(this->mutex);
	return keys;
}

METHOD(gdoi_binding_t, set_attempt, void,
	private_gdoi_binding_t *this, gdoi_slot_t *slot, const char *connection)
{
	this->mutex->lock(this->mutex);
	if (!this->slot)
	{
		this->slot = slot->get_ref(slot);
		this->connection = strdup(connection);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_binding_t, get_attempt, gdoi_slot_t*,
	private_gdoi_binding_t *this)
{
	gdoi_slot_t *slot = NULL;

	this->mutex->lock(this->mutex);
	if (this->connection)
	{
		slot = this->slot->get_ref(this->slot);
	}
	this->mutex->unlock(this->mutex);
	return slot;
}

METHOD(gdoi_binding_t, establish, bool,
	private_gdoi_binding_t *this, gdoi_slot_t *slot, gdoi_phase1_t *phase1)
{
	bool open;

	this->mutex->lock(this->mutex);
	if (this->state == STATE_PENDING)
	{
		this->state = STATE_OPEN;
		this->phase1 = phase1->get_ref(phase1);
		if (!this->slot)
		{
			this->slot = slot->get_ref(slot);
		}
		this->events->insert_first(this->events,
								   event_create(EVENT_ESTABLISHED));
	}
	else if (this->state == STATE_OPEN)
	{
		this->events->insert_last(this->events,
								  event_create(EVENT_ESTABLISHED));
	}
	open = this->state == STATE_OPEN;
	start(this);
	this->mutex->unlock(this->mutex);
	return open;
}

METHOD(gdoi_binding_t, get_phase1, gdoi_phase1_t*,
	private_gdoi_binding_t *this)
{
	gdoi_phase1_t *phase1 = NULL;

	this->mutex->lock(this->mutex);
	if (this->phase1)
	{
		phase1 = this->phase1->get_ref(this->phase1);
	}
	this->mutex->unlock(this->mutex);
	return phase1;
}

METHOD(gdoi_binding_t, is_established, bool,
	private_gdoi_binding_t *this, gdoi_handler_t *handler)
{
	bool established;

	this->mutex->lock(this->mutex);
	established = this->state == STATE_OPEN &&
				  this->slot->is(this->slot, handler);
	this->mutex->unlock(this->mutex);
	return established;
}

METHOD(gdoi_binding_t, expects, bool,
	private_gdoi_binding_t *this)
{
	bool expected;

	this->mutex->lock(this->mutex);
	expected = this->state == STATE_OPEN ||
			  (this->state == STATE_PENDING && this->doi == GDOI_DOI);
	this->mutex->unlock(this->mutex);
	return expected;
}

METHOD(gdoi_binding_t, receive_, bool,
	private_gdoi_binding_t *this, packet_t *packet)
{
	event_t *event;
	bool full;

	this->mutex->lock(this->mutex);
	if (this->state == STATE_CLOSED)
	{
		this->mutex->unlock(this->mutex);
		return FALSE;
	}
	/* a peer that is not authenticated yet has no claim to more memory than
	 * what it may send by then, which is message 1 */
	full = this->events->get_count(this->events) >= GDOI_BINDING_QUEUE ||
		   (this->state == STATE_PENDING &&
			packet->get_data(packet).len > GDOI_BINDING_EARLY);
	if (!full)
	{
		event = event_create(EVENT_PULL);
		event->packet = packet;
		this->events->insert_last(this->events, event);
		if (this->state == STATE_OPEN)
		{
			start(this);
		}
	}
	this->mutex->unlock(this->mutex);
	if (full)
	{
		packet->destroy(packet);
	}
	this->counters->add(this->counters, full ? GDOI_COUNT_QUEUE
											 : GDOI_COUNT_PULL_IN);
	return TRUE;
}

METHOD(gdoi_binding_t, notify, void,
	private_gdoi_binding_t *this, uint16_t type)
{
	event_t *event;

	this->mutex->lock(this->mutex);
	if (this->state == STATE_OPEN &&
		this->events->get_count(this->events) < GDOI_BINDING_QUEUE)
	{
		event = event_create(EVENT_NOTIFY);
		event->notify = type;
		this->events->insert_last(this->events, event);
		start(this);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_binding_t, close_, void,
	private_gdoi_binding_t *this)
{
	gdoi_phase1_keys_t *keys;

	this->mutex->lock(this->mutex);
	if (this->state == STATE_OPEN)
	{
		this->phase1->invalidate(this->phase1);
		this->events->insert_last(this->events, event_create(EVENT_CLOSED));
		start(this);
	}
	else if (this->state == STATE_PENDING)
	{
		this->events->destroy_function(this->events, (void*)event_destroy);
		this->events = linked_list_create();
		if (this->connection)
		{
			this->events->insert_last(this->events,
									  event_create(EVENT_FAILED));
			start(this);
		}
	}
	this->state = STATE_CLOSED;
	keys = this->keys;
	this->keys = NULL;
	this->mutex->unlock(this->mutex);
	gdoi_phase1_keys_destroy(keys);
}

METHOD(gdoi_binding_t, silence, void,
	private_gdoi_binding_t *this)
{
	this->mutex->lock(this->mutex);
	this->silent = TRUE;
	this->mutex->unlock(this->mutex);
	close_(this);
}

METHOD(gdoi_binding_t, get_ref, gdoi_binding_t*,
	private_gdoi_binding_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_binding_t, destroy, void,
	private_gdoi_binding_t *this)
{
	if (ref_put(&this->ref))
	{
		this->events->destroy_function(this->events, (void*)event_destroy);
		gdoi_phase1_keys_destroy(this->keys);
		DESTROY_IF(this->phase1);
		DESTROY_IF(this->slot);
		this->counters->destroy(this->counters);
		this->mutex->destroy(this->mutex);
		free(this->connection);
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_binding_t *gdoi_binding_create(uint32_t unique_id,
									gdoi_counters_t *counters)
{
	private_gdoi_binding_t *this;

	INIT(this,
		.public = {
			.get_unique_id = _get_unique_id,
			.set_doi = _set_doi,
			.get_doi = _get_doi,
			.set_features = _set_features,
			.get_features = _get_features,
			.set_keys = _set_keys,
			.take_keys = _take_keys,
			.set_attempt = _set_attempt,
			.get_attempt = _get_attempt,
			.establish = _establish,
			.get_phase1 = _get_phase1,
			.is_established = _is_established,
			.expects = _expects,
			.receive = _receive_,
			.notify = _notify,
			.close = _close_,
			.silence = _silence,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.unique_id = unique_id,
		.events = linked_list_create(),
		.counters = counters->get_ref(counters),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
