/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_pusher ks_pusher
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_PUSHER_H_
#define KS_PUSHER_H_

#include "ks_acks.h"
#include "ks_group.h"
#include "ks_keys.h"
#include "ks_plan.h"

#include <threading/mutex.h>

typedef struct ks_pusher_t ks_pusher_t;
typedef struct ks_pusher_status_t ks_pusher_status_t;

/** seconds that members have for an acknowledgement, RFC 8263 */
#define KS_ACK_WAIT 10

/**
 * What there is to show of a group's rekeys.
 */
struct ks_pusher_status_t {

	/** rekeys go to a multicast group */
	bool multicast;

	/** acknowledgements that are taken */
	ks_ack_mode_t ack;

	/** rekeys begun, and retransmissions of them, since start */
	uint64_t rekeys, retransmits;

	/** copies are being sent */
	bool sending;

	/** what the last rekey brought */
	ks_rekey_kind_t kind;

	/** retransmissions of the last rekey, and those it has left */
	u_int last_retransmits, tries_left;

	/** when it is sent again, milliseconds, KS_NEVER for never */
	uint64_t again;

	/** milliseconds that sending its first copies took */
	uint32_t duration;

	/** monotonic time of the last rekey, and when copies of it, or of a
	 *  retransmission, went out last; 0 if there was none */
	time_t last, finished;

	/** last sequence number used */
	uint32_t sequence;

	/** members removed as they did not acknowledge */
	uint64_t ejected;

	/** members that got the last rekey, and those that acknowledged */
	u_int sent, acked;

	/** counters of acknowledgements */
	ks_acks_stats_t acks;
};

/**
 * Carries the rekeys of a group out, one after the other: makes the keys,
 * writes the message, puts the keys into force, sends, sends again, and draws
 * conclusions from who has not acknowledged.
 *
 * To be used by one thread at a time, with no lock held; methods say so where
 * any thread may call them.
 */
struct ks_pusher_t {

	/**
	 * End the present rekey and carry out another one. Where there are no
	 * members to tell, keys are replaced without a message.
	 *
	 * @param config	configuration in force, with rekeys
	 * @param plan		what the rekey is to bring
	 * @return			FALSE if it could not be written, which is logged: the
	 *					keys are those of before
	 */
	bool (*push)(ks_pusher_t *this, ks_config_t *config,
				 const ks_plan_t *plan);

	/**
	 * Have members to be told of another transport or acknowledgement?
	 * Remembers the first configuration as the one that all know.
	 *
	 * @param config	configuration in force, with rekeys
	 */
	bool (*is_news)(ks_pusher_t *this, ks_config_t *config);

	/**
	 * Send the present rekey again if it is time (REKEY-013, REKEY-014) and
	 * the next one is not near (REKEY-011).
	 *
	 * @param next		seconds until the next rekey, stretched
	 */
	void (*retransmit)(ks_pusher_t *this, uint32_t next);

	/**
	 * All copies were sent: the pusher's user tells it after done() was
	 * called.
	 *
	 * @param duration	milliseconds it took
	 */
	void (*sent)(ks_pusher_t *this, uint32_t duration);

	/**
	 * Have the present rekey sent again to a member that came in with the keys
	 * of before.
	 *
	 * @param host		its address and port
	 * @return			FALSE if there is no rekey yet
	 */
	bool (*catch_up)(ks_pusher_t *this, host_t *host);

	/**
	 * Is the present rekey over for all we know: everybody has acknowledged
	 * it, or there is none?
	 */
	bool (*is_over)(ks_pusher_t *this);

	/**
	 * Note an address that members register at, for groups where none is
	 * configured. Any thread.
	 *
	 * @param local		address, cloned
	 */
	void (*set_local)(ks_pusher_t *this, host_t *local);

	/**
	 * Have a function called before something new is sent. Any thread.
	 *
	 * @param secure	function
	 * @param user		first argument of it
	 */
	void (*set_guard)(ks_pusher_t *this,
					  bool (*secure)(void *user, ks_group_t *group),
					  void *user);

	/**
	 * Get what there is to show. Any thread.
	 */
	void (*get_status)(ks_pusher_t *this, ks_pusher_status_t *status);

	/**
	 * Send nothing any more, take no acknowledgements: until the next push(),
	 * for which members know nothing of transport and acknowledgements.
	 */
	void (*stop)(ks_pusher_t *this);

	/**
	 * Destroy a stopped pusher.
	 */
	void (*destroy)(ks_pusher_t *this);
};

/**
 * Create a pusher.
 *
 * @param group			group, outlives the pusher: no reference is held
 * @param members		members of the group, outlive it
 * @param keys			keys of the group
 * @param lock			lock of keys
 * @param services		what all groups use
 * @param done			called when all copies of a message were sent, by any
 *						thread; may be called from within push()
 * @param user			passed to done
 */
ks_pusher_t *ks_pusher_create(ks_group_t *group, ks_members_t *members,
							  ks_keys_t *keys, mutex_t *lock,
							  const ks_services_t *services,
							  void (*done)(void *user, u_int count,
										   uint32_t duration), void *user);

#endif /** KS_PUSHER_H_ @}*/
