/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_vici.h"
#include "event_queue.h"
#include "vici_time.h"

#include <collections/linked_list.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

#include <inttypes.h>
#include <time.h>

/* strongSwan's own build sets it on the command line */
#ifndef IPSEC_PIDDIR
# define IPSEC_PIDDIR "/var/run"
#endif

/** where clients find us */
#define DEFAULT_URI "unix://" IPSEC_PIDDIR "/charon.gdoi.vici"

/** events that may wait for a worker */
#define DEFAULT_EVENTS 1000

/** grows when a key of a message changes its meaning */
#define PROTOCOL_VERSION 1

typedef struct private_gdoi_vici_t private_gdoi_vici_t;
typedef struct room_t room_t;

/**
 * Private data of a gdoi_vici_t object.
 */
struct private_gdoi_vici_t {

	/**
	 * Public interface
	 */
	gdoi_vici_t public;

	/**
	 * Events that wait
	 */
	event_queue_t *queue;

	/**
	 * Rooms with counters, room_t*
	 */
	linked_list_t *rooms;

	/**
	 * Protects rooms; not held while a room is asked
	 */
	mutex_t *mutex;

	/**
	 * Signals that a room is asked no more
	 */
	condvar_t *condvar;

	/**
	 * Start, by the wall clock
	 */
	time_t since;

	/**
	 * Start, by the monotonic clock
	 */
	time_t started;
};

/**
 * A room with counters
 */
struct room_t {

	/**
	 * Name of the section
	 */
	const char *name;

	/**
	 * Adds the counters
	 */
	gdoi_stats_cb_t cb;

	/**
	 * Data for cb
	 */
	void *user;

	/**
	 * Number of calls to cb under way
	 */
	u_int uses;

	/**
	 * To be removed once uses is 0
	 */
	bool removed;
};

/**
 * Raise an event, from the queue's job
 */
static void raise_event(void *user, const char *name, vici_message_t *message)
{
	private_gdoi_vici_t *this = user;

	this->public.dispatcher->raise_event(this->public.dispatcher, (char*)name,
										 0, message);
}

METHOD(gdoi_vici_t, queue_event, void,
	private_gdoi_vici_t *this, const char *name, vici_message_t *message)
{
	if (message)
	{
		this->queue->add(this->queue, name, message);
	}
}

/**
 * Find a room that isn't being removed, with the lock held
 */
static room_t *find_room(private_gdoi_vici_t *this, const char *name)
{
	enumerator_t *enumerator;
	room_t *room, *found = NULL;

	enumerator = this->rooms->create_enumerator(this->rooms);
	while (enumerator->enumerate(enumerator, &room))
	{
		if (!room->removed && streq(room->name, name))
		{
			found = room;
			break;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gdoi_vici_t, add_stats, void,
	private_gdoi_vici_t *this, const char *name, gdoi_stats_cb_t cb, void *user)
{
	room_t *room;

	INIT(room,
		.name = name,
		.cb = cb,
		.user = user,
	);
	this->mutex->lock(this->mutex);
	this->rooms->insert_last(this->rooms, room);
	this->mutex->unlock(this->mutex);
}

METHOD(gdoi_vici_t, remove_stats, void,
	private_gdoi_vici_t *this, const char *name)
{
	room_t *room;

	this->mutex->lock(this->mutex);
	room = find_room(this, name);
	if (room)
	{
		room->removed = TRUE;
		while (room->uses)
		{
			this->condvar->wait(this->condvar, this->mutex);
		}
		this->rooms->remove(this->rooms, room, NULL);
		free(room);
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Take the n-th room for a call
 */
static room_t *use_room(private_gdoi_vici_t *this, u_int n)
{
	enumerator_t *enumerator;
	room_t *room, *found = NULL;

	this->mutex->lock(this->mutex);
	enumerator = this->rooms->create_enumerator(this->rooms);
	while (enumerator->enumerate(enumerator, &room))
	{
		if (n-- == 0)
		{
			found = room;
			found->uses++;
			break;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * Give a room back
 */
static void unuse_room(private_gdoi_vici_t *this, room_t *room)
{
	this->mutex->lock(this->mutex);
	room->uses--;
	this->condvar->broadcast(this->condvar);
	this->mutex->unlock(this->mutex);
}

/**
 * Our own counters
 */
static void own_stats(void *user, vici_builder_t *builder)
{
	private_gdoi_vici_t *this = user;

	builder->add_kv(builder, "events-sent", "%" PRIu64,
					this->queue->get_sent(this->queue));
	builder->add_kv(builder, "events-dropped", "%" PRIu64,
					this->queue->get_dropped(this->queue));
}

CALLBACK(stats, vici_message_t*,
	private_gdoi_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	char text[VICI_TIME_LEN];
	vici_builder_t *builder;
	room_t *room;
	u_int i;

	builder = vici_builder_create();
	builder->add_kv(builder, "uptime", "%" PRId64,
					(int64_t)(time_monotonic(NULL) - this->started));
	builder->add_kv(builder, "since-at", "%s",
					vici_time_print(this->since, text, sizeof(text)));
	builder->add_kv(builder, "now-at", "%s",
					vici_time_print(time(NULL), text, sizeof(text)));
	for (i = 0; (room = use_room(this, i)); i++)
	{
		builder->begin_section(builder, (char*)room->name);
		room->cb(room->user, builder);
		builder->end_section(builder);
		unuse_room(this, room);
	}
	return builder->finalize(builder);
}

CALLBACK(version, vici_message_t*,
	private_gdoi_vici_t *this, char *name, u_int id, vici_message_t *request)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "daemon", "%s", lib->ns);
	builder->add_kv(builder, "plugin", "gdoi");
	builder->add_kv(builder, "version", "%s", GDOI_VERSION);
	builder->add_kv(builder, "strongswan", "%s", VERSION);
	builder->add_kv(builder, "protocol-version", "%d", PROTOCOL_VERSION);
	return builder->finalize(builder);
}

/**
 * Register or unregister our own commands and events
 */
static void manage(private_gdoi_vici_t *this, bool reg)
{
	vici_dispatcher_t *dispatcher = this->public.dispatcher;

	dispatcher->manage_command(dispatcher, "version", reg ? version : NULL,
							   this);
	dispatcher->manage_command(dispatcher, "stats", reg ? stats : NULL, this);
	dispatcher->manage_event(dispatcher, "gdoi-event", reg);
}

/**
 * Free everything but commands and events
 */
static void free_all(private_gdoi_vici_t *this)
{
	this->queue->destroy(this->queue);
	DESTROY_IF(this->public.dispatcher);
	this->rooms->destroy_function(this->rooms, free);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	free(this);
}

METHOD(gdoi_vici_t, destroy, void,
	private_gdoi_vici_t *this)
{
	manage(this, FALSE);
	free_all(this);
}

/*
 * Described in header.
 */
gdoi_vici_t *gdoi_vici_create()
{
	private_gdoi_vici_t *this;
	char *uri;

	uri = lib->settings->get_str(lib->settings, "%s.plugins.gdoi.socket",
								 DEFAULT_URI, lib->ns);
	INIT(this,
		.public = {
			.dispatcher = vici_dispatcher_create(uri),
			.queue_event = _queue_event,
			.add_stats = _add_stats,
			.remove_stats = _remove_stats,
			.destroy = _destroy,
		},
		.rooms = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
		.since = time(NULL),
		.started = time_monotonic(NULL),
	);
	this->queue = event_queue_create(raise_event, this,
				max(1, lib->settings->get_int(lib->settings,
						"%s.plugins.gdoi.events", DEFAULT_EVENTS, lib->ns)));
	if (!this->public.dispatcher)
	{
		DBG1(DBG_CFG, "no GDOI commands, the socket '%s' can't be opened", uri);
		free_all(this);
		return NULL;
	}
	manage(this, TRUE);
	add_stats(this, "vici", own_stats, this);
	return &this->public;
}
