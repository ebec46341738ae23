/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_links gm_links
 * @{ @ingroup gdoi_member
 */

#ifndef GM_LINKS_H_
#define GM_LINKS_H_

#include "gm_attempt.h"
#include "gm_group.h"
#include "gm_system.h"

#include <transport/gdoi_transport.h>

typedef struct gm_links_t gm_links_t;

/**
 * Which group waits for which connection and uses which phase 1.
 *
 * Groups that want the same connection at the same time get one phase 1, and
 * one ends only when no group uses it or waits for one of its kind. Thread
 * safe, but for join(); calls the transport with no lock held.
 */
struct gm_links_t {

	/**
	 * Create a group's way to phase 1.
	 *
	 * @return			link, to be given to remove_link()
	 */
	gm_link_t *(*create_link)(gm_links_t *this);

	/**
	 * Destroy a link, whose group does not call it any more.
	 */
	void (*remove_link)(gm_links_t *this, gm_link_t *link);

	/**
	 * A phase 1 came. Those who wait for its connection, from its source
	 * address if they want a certain one, use it from their acquire() on; if
	 * they give up before that, it ends unless another group needs it
	 * (KS-016).
	 *
	 * @param phase1		established phase 1
	 */
	void (*answer)(gm_links_t *this, gdoi_phase1_t *phase1);

	/**
	 * Nobody waits for a connection any more: it failed.
	 *
	 * @param connection	name of the connection
	 */
	void (*settle)(gm_links_t *this, const char *connection);

	/**
	 * A phase 1 ended: nobody uses it any more.
	 */
	void (*forget)(gm_links_t *this, gdoi_phase1_t *phase1);

	/**
	 * Check if a group uses a phase 1, or is about to.
	 */
	bool (*is_used_by)(gm_links_t *this, gdoi_phase1_t *phase1,
					   gm_link_t *link);

	/**
	 * Destroy the object; all links have been removed.
	 */
	void (*destroy)(gm_links_t *this);
};

/**
 * Create an object without links.
 *
 * @param transport		transport to call
 * @param handler		handler of the transport's events
 * @param system		knows connections
 */
gm_links_t *gm_links_create(gdoi_transport_t *transport,
							gdoi_handler_t *handler, gm_system_t *system);

#endif /** GM_LINKS_H_ @}*/
