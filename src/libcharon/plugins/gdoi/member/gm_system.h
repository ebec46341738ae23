/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_system gm_system
 * @{ @ingroup gdoi_member
 */

#ifndef GM_SYSTEM_H_
#define GM_SYSTEM_H_

#include "gm_sockets.h"

#include <library.h>
#include <networking/host.h>

typedef struct gm_system_t gm_system_t;

/**
 * What the member has to know of charon's configuration and of the host.
 *
 * Apart, so that tests can do without both. Thread safe; don't call it with a
 * lock held.
 */
struct gm_system_t {

	/**
	 * Check if a connection is loaded.
	 *
	 * @param connection	name in swanctl.conf
	 */
	bool (*has_connection)(gm_system_t *this, const char *connection);

	/**
	 * Remote address of a connection.
	 *
	 * Names are not resolved, as that would block.
	 *
	 * @param connection	name in swanctl.conf
	 * @return				address to destroy, NULL if it is not known
	 */
	host_t *(*get_server)(gm_system_t *this, const char *connection);

	/**
	 * Check if an interface exists.
	 */
	bool (*has_interface)(gm_system_t *this, const char *name);

	/**
	 * Address of an interface.
	 *
	 * @param name			name of the interface
	 * @param family		AF_INET, AF_INET6 or AF_UNSPEC
	 * @return				first address that is not link-local, to destroy;
	 *						NULL if there is none
	 */
	host_t *(*get_address)(gm_system_t *this, const char *name, int family);

	/**
	 * Find the connections of administrators, to the ports of the setting
	 * management_ports, whose other end is reached over an interface.
	 *
	 * @param interface		name of the interface
	 * @return				list of gm_tcp_t, to destroy with them
	 */
	linked_list_t *(*get_connections)(gm_system_t *this,
									  const char *interface);

	/**
	 * Check if charon has not started yet, so that nobody is there to answer
	 * to.
	 */
	bool (*is_starting)(gm_system_t *this);

	/**
	 * Destroy the object; the callback is not called any more.
	 */
	void (*destroy)(gm_system_t *this);
};

/**
 * Create the system's view.
 *
 * @param changed		called when addresses or routes have changed, with a
 *						lock of charon's held: may only queue a job
 * @param user			passed to changed
 */
gm_system_t *gm_system_create(void (*changed)(void *user), void *user);

#endif /** GM_SYSTEM_H_ @}*/
