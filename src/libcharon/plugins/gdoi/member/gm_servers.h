/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_servers gm_servers
 * @{ @ingroup gdoi_member
 *
 * Addresses of a group's key servers, and ours towards them.
 */

#ifndef GM_SERVERS_H_
#define GM_SERVERS_H_

#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_system.h"

/**
 * Tell the crypto map the key servers whose packets pass it (GM-056).
 *
 * @param config		configuration of the group
 * @param system		knows the connections' addresses
 * @param dataplane		data plane to tell
 * @param extra			another key server, e.g. one with a host name in its
 *						connection; or NULL
 */
void gm_servers_push(gm_config_t *config, gm_system_t *system,
					 gm_dataplane_t *dataplane, host_t *extra);

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

#endif /** GM_SERVERS_H_ @}*/
