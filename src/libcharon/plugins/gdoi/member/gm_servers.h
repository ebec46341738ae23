/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_servers gm_servers
 * @{ @ingroup gdoi_member
 *
 * Between a group and its host: addresses of key servers, ours towards them,
 * and the interface.
 */

#ifndef GM_SERVERS_H_
#define GM_SERVERS_H_

#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_system.h"

#include <transport/gdoi_phase1.h>

/**
 * Tell the crypto map the key servers whose packets pass it (GM-056).
 *
 * @param config		configuration of the group
 * @param system		knows the connections' addresses
 * @param dataplane		data plane to tell
 * @param peer			key server of a phase 1, which may have a host name in
 *						its connection; or NULL
 * @param sender		where rekeys come from by the KEK's policy, or NULL
 * @return				number of addresses that are known
 */
u_int gm_servers_push(gm_config_t *config, gm_system_t *system,
					  gm_dataplane_t *dataplane, host_t *peer, host_t *sender);

/**
 * Check if an address is that of one of the key servers' connections.
 *
 * @param config		configuration of the group
 * @param system		knows the connections' addresses
 * @param host			address, the port is ignored
 */
bool gm_servers_has(gm_config_t *config, gm_system_t *system, host_t *host);

/**
 * Find the source address of registrations (KS-021, GM-015).
 *
 * @param config		configuration of the group
 * @param system		knows the interfaces' addresses
 * @param local			set to the address, to be destroyed; NULL for the
 *						connection's own
 * @return				FALSE if there should be one and is none now
 */
bool gm_servers_local(gm_config_t *config, gm_system_t *system, host_t **local);

/**
 * Attach the crypto map, if the interface exists.
 *
 * @param config		configuration of the group
 * @param system		knows the interfaces
 * @param dataplane		data plane to open
 * @param reason		set to why not, allocated, if FALSE is returned
 * @return				TRUE if attached
 */
bool gm_servers_open(gm_config_t *config, gm_system_t *system,
					 gm_dataplane_t *dataplane, char **reason);

#endif /** GM_SERVERS_H_ @}*/
