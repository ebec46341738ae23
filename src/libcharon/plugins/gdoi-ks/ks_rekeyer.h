/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_rekeyer ks_rekeyer
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_REKEYER_H_
#define KS_REKEYER_H_

#include "ks_pusher.h"

#include <threading/mutex.h>

typedef struct ks_rekeyer_t ks_rekeyer_t;

/** seconds that keys live on which somebody must not have for long, or whose
 *  holders are to register again */
#define KS_CUT_LIFETIME 90

/**
 * Sends the rekeys of a group: when the schedule says so (REKEY-001 ff.), when
 * the configuration asks for it (KS-007), on command; and again to who has not
 * acknowledged (REKEY-013).
 *
 * An actor: what it is told it does one after the other, in the thread that
 * tells it or in one that tells it something at the same time, and never with
 * a lock held while it signs or sends. What takes it long are signatures, and
 * writing down what they use where there is a store. Thread-safe.
 */
struct ks_rekeyer_t {

	/**
	 * Let time work. To be called once a second, and after a change of the
	 * configuration.
	 */
	void (*tick)(ks_rekeyer_t *this);

	/**
	 * Send a new generation of all TEKs now.
	 *
	 * @param replace	end the old ones at once, and replace the KEK
	 *					(REKEY-030)
	 */
	void (*rekey)(ks_rekeyer_t *this, bool replace);

	/**
	 * Members were removed: give the others a KEK that they don't have, and
	 * under it TEKs that they don't have (gdoi-wire 4.5). Old TEKs live on for
	 * KS_CUT_LIFETIME, so that nobody loses a packet.
	 */
	void (*expel)(ks_rekeyer_t *this);

	/**
	 * Have all members register again: they are removed.
	 *
	 * @param now		end their keys at once; otherwise these live on for
	 *					KS_CUT_LIFETIME
	 */
	void (*clear)(ks_rekeyer_t *this, bool now);

	/**
	 * A member came in with keys that were replaced meanwhile, or with a
	 * pseudotime of long ago.
	 *
	 * @param host		its address and port, cloned
	 */
	void (*newcomer)(ks_rekeyer_t *this, host_t *host);

	/**
	 * Note an address that members register at, for groups where none is
	 * configured.
	 *
	 * @param local		address, cloned
	 */
	void (*set_local)(ks_rekeyer_t *this, host_t *local);

	/**
	 * Have a function called, by the actor and with no lock held, before a
	 * rekey is sent whose keys or sequence number are new.
	 *
	 * @param secure	function; the rekey is sent whatever it returns
	 * @param user		first argument of it
	 */
	void (*set_guard)(ks_rekeyer_t *this,
					  bool (*secure)(void *user, ks_group_t *group),
					  void *user);

	/**
	 * Get what there is to show.
	 */
	void (*get_status)(ks_rekeyer_t *this, ks_pusher_status_t *status);

	/**
	 * Send nothing any more; returns when nothing is being sent. Not from a
	 * call of the rekeyer's own, and with no lock held.
	 */
	void (*stop)(ks_rekeyer_t *this);

	/**
	 * Destroy a stopped rekeyer.
	 */
	void (*destroy)(ks_rekeyer_t *this);
};

/**
 * Create a rekeyer.
 *
 * @param group			group, outlives the rekeyer: no reference is held
 * @param members		members of the group, outlive it
 * @param keys			keys of the group, valid until stop() has returned
 * @param lock			lock of keys
 * @param services		what all groups use
 */
ks_rekeyer_t *ks_rekeyer_create(ks_group_t *group, ks_members_t *members,
								ks_keys_t *keys, mutex_t *lock,
								const ks_services_t *services);

#endif /** KS_REKEYER_H_ @}*/
