/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_serializer gm_serializer
 * @{ @ingroup gdoi_member
 */

#ifndef GM_SERIALIZER_H_
#define GM_SERIALIZER_H_

#include <library.h>

typedef struct gm_serializer_t gm_serializer_t;

/** events that may wait; more are dropped unless they are urgent */
#define GM_EVENTS_MAX 256

/**
 * Hands events to a handler one after the other, in any thread, and without a
 * lock held: what makes an actor of an object.
 *
 * Of several threads that post events at a time one does the work of all, so
 * none ever waits for another's work.
 */
struct gm_serializer_t {

	/**
	 * Handle an event: in the calling thread, or in the one that is handling
	 * events right now, which also may be the calling one.
	 *
	 * @param event		event, owned by the handler from here
	 * @param urgent	TRUE to queue it even if GM_EVENTS_MAX are waiting
	 * @return			FALSE if the event was dropped; it has been destroyed
	 */
	bool (*post)(gm_serializer_t *this, void *event, bool urgent);

	/**
	 * Wait until no thread is handling events. Not from the handler.
	 */
	void (*wait_idle)(gm_serializer_t *this);

	/**
	 * Destroy the object with the events that wait; none is handled now.
	 */
	void (*destroy)(gm_serializer_t *this);
};

/**
 * Create a serializer.
 *
 * @param handle		handler of events
 * @param user			first argument of handle
 * @param cleanup		destroys an event, called after handle too
 */
gm_serializer_t *gm_serializer_create(void (*handle)(void *user, void *event),
									  void *user,
									  void (*cleanup)(void *event));

#endif /** GM_SERIALIZER_H_ @}*/
