/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_rekey gm_rekey
 * @{ @ingroup gdoi_member
 */

#ifndef GM_REKEY_H_
#define GM_REKEY_H_

#include "gm_config.h"
#include "gm_link.h"
#include "gm_rekey_status.h"
#include "gm_runtime.h"

#include <group/group_rekey.h>

typedef struct gm_rekey_t gm_rekey_t;
typedef struct gm_rekey_listener_t gm_rekey_listener_t;

/** how long a KEK is kept after its successor came, at most, ms: late
 *  retransmissions are acknowledged under it (unicast) or dropped as known
 *  (multicast, REKEY-015) */
#define GM_REKEY_GRACE 600000

/** shortest time between lines of the log about the same fault, ms */
#define GM_REKEY_LOG_INTERVAL 10000

/**
 * Acts on rekeys.
 */
struct gm_rekey_listener_t {

	/**
	 * Act on the TEKs of an authentic rekey, deleted ones and new ones.
	 *
	 * @param rekey		rekey
	 * @param src		key server that sent it
	 * @param reason	set to why not, allocated, if FALSE is returned; NULL if
	 *					that was logged
	 * @return			FALSE if nothing was changed; it is not acknowledged
	 */
	bool (*apply)(gm_rekey_listener_t *this, group_rekey_t *rekey,
				  host_t *src, char **reason);

	/**
	 * A rekey was acted on and acknowledged.
	 *
	 * @param deleted	TRUE if there is no KEK any more
	 */
	void (*applied)(gm_rekey_listener_t *this, bool deleted);

	/**
	 * An authentic rekey came under the previous KEK and does not tell of the
	 * present one: the key server may be at another KEK than we.
	 */
	void (*astray)(gm_rekey_listener_t *this);
};

/**
 * The KEK of a group, and the one before: takes rekeys from the transport,
 * has their TEKs acted on, changes KEK and transport, acknowledges.
 *
 * Not thread safe: part of the group's actor. Calls out, so no lock may be
 * held.
 */
struct gm_rekey_t {

	/**
	 * Use another configuration from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_rekey_t *this, gm_config_t *config);

	/**
	 * Take over the KEK of a registration.
	 *
	 * @param policy	policy with keys; without KEK there are no rekeys
	 * @param phase1	phase 1 with the key server
	 */
	void (*registered)(gm_rekey_t *this, group_policy_t *policy,
					   gdoi_phase1_t *phase1);

	/**
	 * Process a message under one of the KEKs: nothing is stored or done
	 * before its signature was verified.
	 *
	 * @param packet	datagram without Non-ESP marker
	 */
	void (*process)(gm_rekey_t *this, packet_t *packet);

	/**
	 * Do what is due.
	 */
	void (*run)(gm_rekey_t *this);

	/**
	 * When to call run(), GM_NEVER if nothing is to come.
	 */
	uint64_t (*get_deadline)(gm_rekey_t *this);

	/**
	 * When the KEK ends, GM_NEVER without a KEK or if it is not known.
	 */
	uint64_t (*get_end)(gm_rekey_t *this);

	/**
	 * Get the KEK, no new reference; NULL without.
	 */
	group_kek_t *(*get_kek)(gm_rekey_t *this);

	/**
	 * Forget the KEKs and leave the multicast group; counters stay.
	 */
	void (*clear)(gm_rekey_t *this);

	/**
	 * Copy the status.
	 *
	 * @param status	gets the copy, gm_rekey_status_clear() it
	 */
	void (*get_status)(gm_rekey_t *this, gm_rekey_status_t *status);

	/**
	 * Destroy the object. Without clear() before, the transport and the
	 * multicast group are left as they are.
	 */
	void (*destroy)(gm_rekey_t *this);
};

/**
 * Create an object without KEK.
 *
 * @param config		configuration of the group, referenced
 * @param runtime		clock and random numbers
 * @param link			way to the transport
 * @param handler		gets rekeys from the transport, to call process() as
 *						an event of the group
 * @param listener		acts on rekeys
 */
gm_rekey_t *gm_rekey_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_link_t *link, gdoi_kek_handler_t *handler,
							gm_rekey_listener_t *listener);

#endif /** GM_REKEY_H_ @}*/
