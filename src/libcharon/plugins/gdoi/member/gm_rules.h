/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_rules gm_rules
 * @{ @ingroup gdoi_member
 */

#ifndef GM_RULES_H_
#define GM_RULES_H_

#include "gm_config.h"
#include "gm_flows.h"

#include <group/group_rules.h>

typedef struct gm_rules_t gm_rules_t;

/**
 * Merges what decides about a group's packets, and makes it the access list of
 * its crypto map, in one step.
 *
 * Without policy: nothing, so that everything passes in clear (GM-050), or
 * with fail_close its exceptions, and all the rest is dropped (GM-051, GM-052).
 * With policy: the member's own lines, then the key server's (ACL-004); they
 * stay when keys run out, so that what they want encrypted is dropped
 * (ACL-007), unless fail_close_revert brings back the list from before.
 *
 * Logs what was merged (LOG-121, LOG-122). Not thread safe; calls the crypto
 * map, so no lock may be held.
 */
struct gm_rules_t {

	/**
	 * Set the list in any case, before the crypto map is attached.
	 */
	void (*open)(gm_rules_t *this);

	/**
	 * Use another configuration; what it changes is in force at once.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_rules_t *this, gm_config_t *config);

	/**
	 * Use the lists of a policy.
	 *
	 * @param flows		array of the policy's flows, copied
	 * @param keys		TRUE if there are keys for any
	 */
	void (*set_flows)(gm_rules_t *this, gm_flow_t *flows, bool keys);

	/**
	 * Tell if there are keys for any flow; without policy nothing happens.
	 */
	void (*set_keys)(gm_rules_t *this, bool keys);

	/**
	 * Forget the policy (ACL-006, GM-031).
	 */
	void (*clear)(gm_rules_t *this);

	/**
	 * Check if the list of fail_close is in force.
	 */
	bool (*is_closed)(gm_rules_t *this);

	/**
	 * Number of lines that a policy may have beside the member's own.
	 */
	u_int (*get_room)(gm_rules_t *this);

	/**
	 * Get the rules in force.
	 *
	 * @return			rules, valid until the next change unless referenced
	 */
	group_rules_t *(*get)(gm_rules_t *this);

	/**
	 * Destroy the object; the crypto map keeps its list.
	 */
	void (*destroy)(gm_rules_t *this);
};

/**
 * Create an object without policy; the crypto map's list is not set before
 * open().
 *
 * @param config		configuration, referenced
 * @param map			crypto map, must live longer
 */
gm_rules_t *gm_rules_create(gm_config_t *config, crypto_map_t *map);

#endif /** GM_RULES_H_ @}*/
