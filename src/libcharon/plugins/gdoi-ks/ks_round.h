/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_round ks_round
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_ROUND_H_
#define KS_ROUND_H_

#include "ks_rekey_content.h"
#include "ks_services.h"

typedef struct ks_round_t ks_round_t;

/**
 * One rekey and its retransmissions: the same content under the same KEK, on
 * the same transport, each time with another sequence number and signature.
 *
 * Used by one thread at a time; hold no lock. While it is being sent that is
 * the worker that sends.
 */
struct ks_round_t {

	/**
	 * Write the message anew.
	 *
	 * @param seq		sequence number
	 * @param now		current time, seconds
	 * @param kinds		which kinds of members there are, see ks_roll_kinds();
	 *					others get nothing
	 * @param reason	set to why if it fails, allocated
	 * @return			FALSE if it can't be written
	 */
	bool (*write)(ks_round_t *this, uint32_t seq, time_t now,
				  const bool kinds[KS_FANOUT_VARIANTS], char **reason);

	/**
	 * Set what calls write() anew while batches are being sent, and what was
	 * written is too old for those to come (TBAR-003).
	 *
	 * @param renew		called by a worker, FALSE if write() failed
	 * @param user		passed to renew
	 */
	void (*set_renewal)(ks_round_t *this, bool (*renew)(void *user),
						void *user);

	/**
	 * Send what was written: by the fan-out to members, or to the multicast
	 * group. Logs it.
	 *
	 * @param retry		it is a retransmission
	 * @param done		called when all is sent, maybe before this returns
	 * @param user		passed to done
	 */
	void (*send)(ks_round_t *this, bool retry,
				 void (*done)(void *user, u_int count, uint32_t duration),
				 void *user);

	/**
	 * KEK that protects it, no new reference.
	 */
	group_kek_t *(*get_kek)(ks_round_t *this);

	/**
	 * Does it go to a multicast group?
	 */
	bool (*is_multicast)(ks_round_t *this);

	/**
	 * Destroy it; no sending may be under way.
	 */
	void (*destroy)(ks_round_t *this);
};

/**
 * Create a round.
 *
 * @param config		configuration in force, gets referenced
 * @param told			configuration that members know the transport of, gets
 *						referenced
 * @param content		content, gets adopted
 * @param protector		KEK and signature key, its references get adopted
 * @param src			address that rekeys come from, for the log, and for
 *						multicast; cloned
 * @param fanout		sends to members, outlives the round
 * @param services		what all groups use
 */
ks_round_t *ks_round_create(ks_config_t *config, ks_config_t *told,
							ks_rekey_content_t *content,
							ks_protector_t *protector, host_t *src,
							ks_fanout_t *fanout,
							const ks_services_t *services);

#endif /** KS_ROUND_H_ @}*/
