/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_direction gm_direction
 * @{ @ingroup gdoi_member
 */

#ifndef GM_DIRECTION_H_
#define GM_DIRECTION_H_

#include "gm_schedule.h"

#include <cryptomap/crypto_map.h>

typedef struct gm_direction_t gm_direction_t;
typedef struct gm_direction_flow_t gm_direction_flow_t;
typedef struct gm_direction_info_t gm_direction_info_t;

/** how long a member still takes packets in clear after the key server took
 *  receive-only back, ms (GM-037) */
#define GM_DIRECTION_CONVERSION 300000

/**
 * Who decided on a direction.
 */
typedef enum {
	/** the member's configuration; or nobody, as there is no policy yet */
	GM_DIRECTION_CONFIGURED,
	/** the operator, until the next rekey */
	GM_DIRECTION_COMMAND,
	/** the key server's policy */
	GM_DIRECTION_SERVER,
	/** the change from receive-only to both, for some time */
	GM_DIRECTION_CONVERTING,
} gm_direction_origin_t;

/**
 * enum names for gm_direction_origin_t, as shown.
 */
extern enum_name_t *gm_direction_origin_names;

/**
 * enum names for crypto_map_direction_t, as configured and shown.
 */
extern enum_name_t *gm_direction_names;

/**
 * What may have happened, as bits.
 */
typedef enum {
	/** the group became receive-only (LOG-140) */
	GM_DIRECTION_INGRESS = 1 << 0,
	/** the group is not receive-only any more, conversion began (GM-037) */
	GM_DIRECTION_BEGAN = 1 << 1,
	/** conversion ended, the group is bidirectional (LOG-126) */
	GM_DIRECTION_DUPLEX = 1 << 2,
} gm_direction_event_t;

/**
 * What the policy says of a flow.
 */
struct gm_direction_flow_t {

	/** FALSE if there is none at the index, nothing else counts then */
	bool used;

	/** TRUE if members may send with its newest TEK, FALSE for receive-only */
	bool sends;

	/** TRUE if it is the flow that was at the index before */
	bool same;
};

/**
 * A direction and why it is so.
 */
struct gm_direction_info_t {

	/** direction */
	crypto_map_direction_t direction;

	/** who decided */
	gm_direction_origin_t origin;

	/** when it changes by itself, GM_NEVER if it does not */
	uint64_t until;
};

/**
 * Decides in which directions the traffic of each flow is encrypted (GM-032 to
 * GM-039). What comes first decides:
 *
 * 1. the operator's command, until the next rekey (GM-033, GM-034)
 * 2. a configuration other than "both" (GM-032)
 * 3. receive-only by the key server's policy (GM-036, GM-038)
 * 4. for five minutes or until the next rekey after the policy was
 *    receive-only: inbound optional (GM-037)
 * 5. both
 *
 * 1 and 2 let a member send with TEKs that are receive-only as well, which is
 * how single members of a receive-only group are tried (GM-039); but only if
 * the policy has no other flow to send by: beside those, a flow that is
 * receive-only is one that the key server has taken back.
 *
 * A rekey, or a registration that brings new keys, ends a command and a
 * conversion: what the policy says is in force then. Without keys there is
 * neither.
 *
 * Pure: no calls, no clock. Not thread safe.
 */
struct gm_direction_t {

	/**
	 * Set the configured direction; another one than before ends a command.
	 *
	 * @param direction	direction, CRYPTO_MAP_BOTH leaves it to the key server
	 */
	void (*configure)(gm_direction_t *this, crypto_map_direction_t direction);

	/**
	 * The operator asks for a direction.
	 *
	 * @param direction	CRYPTO_MAP_BOTH or CRYPTO_MAP_INBOUND_OPTIONAL
	 */
	void (*command)(gm_direction_t *this, crypto_map_direction_t direction);

	/**
	 * A policy came into force.
	 *
	 * @param flows		CRYPTO_MAP_SAS flows
	 * @param renewed	TRUE for rekeys and for registrations with new keys
	 * @param now		present time
	 * @return			gm_direction_event_t bits
	 */
	int (*set_policy)(gm_direction_t *this, const gm_direction_flow_t *flows,
					  bool renewed, uint64_t now);

	/**
	 * End what is over.
	 *
	 * @param now		present time
	 * @return			gm_direction_event_t bits
	 */
	int (*run)(gm_direction_t *this, uint64_t now);

	/**
	 * When to call run(), GM_NEVER if nothing ends.
	 */
	uint64_t (*get_deadline)(gm_direction_t *this);

	/**
	 * Get the direction of a flow.
	 *
	 * @param flow		index
	 * @param info		to fill in
	 */
	void (*get)(gm_direction_t *this, u_int flow, gm_direction_info_t *info);

	/**
	 * Check if a flow is to be sent by although its TEKs are receive-only.
	 *
	 * @param flow		index
	 */
	bool (*overrides)(gm_direction_t *this, u_int flow);

	/**
	 * Get the direction of the group: that of the flows that members may send
	 * by, if there are any, of all others otherwise.
	 *
	 * @param info		to fill in
	 */
	void (*get_group)(gm_direction_t *this, gm_direction_info_t *info);

	/**
	 * Forget policy and command: there are no keys any more.
	 */
	void (*clear)(gm_direction_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_direction_t *this);
};

/**
 * Create an object without policy.
 *
 * @param direction		configured direction
 */
gm_direction_t *gm_direction_create(crypto_map_direction_t direction);

#endif /** GM_DIRECTION_H_ @}*/
