/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup event_queue event_queue
 * @{ @ingroup gdoi_vici
 */

#ifndef EVENT_QUEUE_H_
#define EVENT_QUEUE_H_

#include <plugins/vici/vici_message.h>

typedef struct event_queue_t event_queue_t;

/**
 * Sends a VICI event, from a worker and with no lock of the queue held.
 *
 * @param name			name of the event
 * @param message		message, gets adopted
 */
typedef void (*event_raise_cb_t)(void *user, const char *name,
								 vici_message_t *message);

/**
 * Events that wait for a worker to send them.
 *
 * charon 5.9.8 can deadlock if a VICI event is raised under the lock of the
 * bus; anything of ours that has one to raise puts it here instead. Adding
 * never blocks. A full queue drops its oldest event. One job at a time drains
 * it, so that events leave in order. Thread safe.
 */
struct event_queue_t {

	/**
	 * Add an event.
	 *
	 * @param name		name of the event, a constant string
	 * @param message	message, gets adopted
	 */
	void (*add)(event_queue_t *this, const char *name,
				vici_message_t *message);

	/**
	 * Number of events sent so far.
	 */
	uint64_t (*get_sent)(event_queue_t *this);

	/**
	 * Number of events dropped so far.
	 */
	uint64_t (*get_dropped)(event_queue_t *this);

	/**
	 * Drop what waits and destroy; returns when nothing is being sent.
	 */
	void (*destroy)(event_queue_t *this);
};

/**
 * Create an empty queue.
 *
 * @param raise			sends an event
 * @param user			data to pass to raise
 * @param limit			number of events that may wait, at least 1
 * @return				queue
 */
event_queue_t *event_queue_create(event_raise_cb_t raise, void *user,
								  u_int limit);

#endif /** EVENT_QUEUE_H_ @}*/
