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
#include "gm_attempt.h"
#include "gm_dataplane.h"
#include "gm_system.h"

#include <transport/gdoi_phase1.h>

/**
 * Tell the crypto map the key servers whose packets pass it (GM-056).
 *
 * @param config		configuration of the group
 * @param system		knows the connections' addresses
 * @param dataplane		data plane to tell
 * @param extra			another key server, e.g. one with a host name in its
 *						connection; or NULL
 * @return				number of addresses that are known
 */
u_int gm_servers_push(gm_config_t *config, gm_system_t *system,
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

/**
 * Let what is sent to the peer of a phase 1 pass the crypto map (GM-056), as
 * well as what gm_servers_push() finds.
 *
 * @param config		configuration of the group
 * @param system		view of the host
 * @param dataplane		data plane to tell
 * @param phase1		phase 1 with a key server
 */
void gm_servers_learn(gm_config_t *config, gm_system_t *system,
					  gm_dataplane_t *dataplane, gdoi_phase1_t *phase1);

/**
 * Join the multicast group that a policy's rekeys come to (GM-005), or none.
 *
 * @param config		configuration of the group
 * @param policy		policy of a registration
 * @param link			way to the transport
 */
void gm_servers_join(gm_config_t *config, group_policy_t *policy,
					 gm_link_t *link);

#endif /** GM_SERVERS_H_ @}*/
