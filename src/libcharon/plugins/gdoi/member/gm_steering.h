/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_steering gm_steering
 * @{ @ingroup gdoi_member
 */

#ifndef GM_STEERING_H_
#define GM_STEERING_H_

#include "gm_direction.h"
#include "gm_flows.h"
#include "gm_teks.h"

typedef struct gm_steering_t gm_steering_t;

/**
 * Tells the crypto map the directions of a group's flows, in an order in which
 * no packet passes in clear that neither the policy before nor the one after
 * lets pass, and none is lost that both let pass:
 *
 * - to send in clear: push(), then stop to send with the SA
 * - to send encrypted: send with the SA, then push()
 * - an index whose lines are about to be others: what is stricter now, what is
 *   laxer by finish(), after the new lines
 *
 * Not thread safe; calls into the kernel, so no lock may be held.
 */
struct gm_steering_t {

	/**
	 * Set the configured direction.
	 *
	 * @param direction	direction
	 */
	void (*configure)(gm_steering_t *this, crypto_map_direction_t direction);

	/**
	 * The operator asks for a direction.
	 *
	 * @param direction	CRYPTO_MAP_BOTH or CRYPTO_MAP_INBOUND_OPTIONAL
	 */
	void (*command)(gm_steering_t *this, crypto_map_direction_t direction);

	/**
	 * A change is about to be put into force; nothing is pushed yet.
	 *
	 * @param before	present flows
	 * @param after		flows to be
	 * @param teks		TEKs, with the new ones
	 * @param renewed	TRUE for rekeys and for registrations with new keys
	 * @param now		present time
	 */
	void (*plan)(gm_steering_t *this, gm_flow_t *before, gm_flow_t *after,
				 gm_teks_t *teks, bool renewed, uint64_t now);

	/**
	 * Check if the traffic of a flow is to be sent encrypted.
	 *
	 * @param flow		index
	 * @param any		set to TRUE if with any TEK, FALSE if only with those
	 *					that members may send with
	 */
	bool (*sends)(gm_steering_t *this, u_int flow, bool *any);

	/**
	 * Tell the crypto map the direction of a flow, if it is another one.
	 *
	 * @param flow		index
	 */
	void (*push)(gm_steering_t *this, u_int flow);

	/**
	 * The lines of a change are in force: push what waited for them.
	 */
	void (*finish)(gm_steering_t *this);

	/**
	 * End what is over; nothing is pushed yet.
	 *
	 * @param now		present time
	 * @return			when to call again
	 */
	uint64_t (*run)(gm_steering_t *this, uint64_t now);

	/**
	 * Get the direction of a flow.
	 *
	 * @param flow		index
	 * @param info		to fill in
	 */
	void (*get)(gm_steering_t *this, u_int flow, gm_direction_info_t *info);

	/**
	 * Get the direction of the group.
	 *
	 * @param info		to fill in
	 */
	void (*get_group)(gm_steering_t *this, gm_direction_info_t *info);

	/**
	 * Forget the policy: there are no lines in the crypto map any more.
	 */
	void (*clear)(gm_steering_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_steering_t *this);
};

/**
 * Create an object without policy.
 *
 * @param group			name of the group, for the log
 * @param map			crypto map; lives longer
 * @param direction		configured direction
 */
gm_steering_t *gm_steering_create(const char *group, crypto_map_t *map,
								  crypto_map_direction_t direction);

#endif /** GM_STEERING_H_ @}*/
