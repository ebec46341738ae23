/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_vici gdoi_vici
 * @{ @ingroup gdoi
 *
 * The VICI service of the plugins, on a socket of its own.
 */

#ifndef GDOI_VICI_H_
#define GDOI_VICI_H_

#include <plugins/vici/vici_dispatcher.h>
#include <plugins/vici/vici_builder.h>

typedef struct gdoi_vici_t gdoi_vici_t;

/** name under which the gdoi_vici_t is registered with lib->set() */
#define GDOI_VICI_NAME "gdoi-vici"

/**
 * Adds a room's counters to an answer.
 *
 * @param builder		open section of the room, to add keys with numbers to
 */
typedef void (*gdoi_stats_cb_t)(void *user, vici_builder_t *builder);

/**
 * VICI service.
 */
struct gdoi_vici_t {

	/**
	 * Dispatcher to register commands and events with. raise_event() of the
	 * dispatcher must only be called from queue_event()'s job or, for the rows
	 * of a streamed list, from the command's own callback with no lock held.
	 */
	vici_dispatcher_t *dispatcher;

	/**
	 * Raise an event from a job. Never blocks; the queue is bounded and drops
	 * the oldest, counted, when nobody drains it.
	 *
	 * @param name		registered event
	 * @param message	message, gets adopted
	 */
	void (*queue_event)(gdoi_vici_t *this, const char *name,
						vici_message_t *message);

	/**
	 * Add a room's counters to the stats command.
	 *
	 * @param room		name of the section, a constant string
	 * @param cb		called without a lock held, adds its counters
	 * @param user		data to pass to cb
	 */
	void (*add_stats)(gdoi_vici_t *this, const char *room, gdoi_stats_cb_t cb,
					  void *user);

	/**
	 * Remove a room's counters; returns when no call of cb is under way, so
	 * hold no lock that it takes.
	 */
	void (*remove_stats)(gdoi_vici_t *this, const char *room);

	/**
	 * Destroy the service, closing the socket.
	 */
	void (*destroy)(gdoi_vici_t *this);
};

/**
 * Create the service on charon.plugins.gdoi.socket.
 *
 * @return				service, NULL if the socket can't be opened
 */
gdoi_vici_t *gdoi_vici_create();

#endif /** GDOI_VICI_H_ @}*/
