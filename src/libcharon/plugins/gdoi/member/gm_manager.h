/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_manager gm_manager
 * @{ @ingroup gdoi_member
 */

#ifndef GM_MANAGER_H_
#define GM_MANAGER_H_

#include "gm_runtime.h"

#include "../config/group_config.h"

typedef struct gm_manager_t gm_manager_t;

/**
 * All groups that this host is a member of.
 *
 * Takes `member` sections from the configuration, and phase 1 events from the
 * transport, which it gives to the groups: several of them may share a
 * connection, and then share its phase 1. Offers the VICI command `register`
 * and the counters "gm" and "crypto-map".
 */
struct gm_manager_t {

	/**
	 * Role to register with the group_config_t
	 */
	group_role_t role;

	/**
	 * Take all groups down and destroy.
	 */
	void (*destroy)(gm_manager_t *this);
};

/**
 * Create the manager, for the transport and the VICI service that lib->get()
 * has under GDOI_TRANSPORT_NAME and GDOI_VICI_NAME.
 *
 * @return				manager
 */
gm_manager_t *gm_manager_create();

/**
 * As gm_manager_create(), over another clock.
 *
 * @param runtime		clock and timers, gets adopted
 * @return				manager
 */
gm_manager_t *gm_manager_create_with(gm_runtime_t *runtime);

#endif /** GM_MANAGER_H_ @}*/
