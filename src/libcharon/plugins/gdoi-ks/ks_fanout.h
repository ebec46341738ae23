/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_fanout ks_fanout
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_FANOUT_H_
#define KS_FANOUT_H_

#include "ks_ack_mode.h"
#include "ks_members.h"
#include "ks_runtime.h"

#include <transport/gdoi_transport.h>

typedef struct ks_fanout_t ks_fanout_t;
typedef struct ks_fanout_plan_t ks_fanout_plan_t;

/** variants of one rekey: with and without each of ACK request and ATD */
#define KS_FANOUT_VARIANTS 2

/**
 * What to send to whom. Members of one kind get the same octets: one
 * encryption and one signature per variant.
 */
struct ks_fanout_plan_t {

	/** messages by ks_peer_t: [0] for KS_PEER_NATIVE, [1] for the others; the
	 *  same chunk twice if they don't differ; copied */
	chunk_t messages[KS_FANOUT_VARIANTS];

	/** sequence number in all of them */
	uint32_t seq;

	/** retransmission: only to members that have not acknowledged the rekey
	 *  (REKEY-013); counts as a retry with them */
	bool retry;

	/** 0, or the record (ks_member_t.number) that is left out: expelled */
	uint64_t except;

	/** members per batch, 0 for all at once */
	u_int batch;

	/** milliseconds between batches */
	uint32_t interval;

	/** milliseconds after which the messages are too old to be sent on, 0 for
	 *  never */
	uint32_t fresh;

	/** then called before a batch, with renewer: gets this plan, to put other
	 *  messages in, which are copied, and their sequence number; FALSE to go
	 *  on with those that there are */
	bool (*renew)(void *renewer, ks_fanout_plan_t *plan);
	void *renewer;
};

/**
 * Sends a rekey to the members of a group in paced batches (REKEY-004,
 * REKEY-031): no more than one batch of addresses is held at a time, no
 * lock while sending. Each member is sent to from the local address and port
 * that it registered at.
 *
 * Thread-safe; one fan-out at a time, start() gives up the one under way.
 */
struct ks_fanout_t {

	/**
	 * Start; the first batch goes out before this returns.
	 *
	 * @param plan		what to send, copied
	 * @param done		called from a worker, or by start() itself, when all
	 *					is sent: with datagrams that the system took and
	 *					milliseconds since the start; may start() the next one
	 * @param user		passed to done
	 */
	void (*start)(ks_fanout_t *this, const ks_fanout_plan_t *plan,
				  void (*done)(void *user, u_int count, uint32_t duration),
				  void *user);

	/**
	 * Give up. Returns when no batch is being sent and done() is not being
	 * called, except from within done(); it is not called any more. So don't
	 * hold a lock that done() takes.
	 */
	void (*cancel)(ks_fanout_t *this);

	/**
	 * Cancel and destroy.
	 */
	void (*destroy)(ks_fanout_t *this);
};

/**
 * Create a fan-out.
 *
 * @param members		members of the group, outlive it
 * @param transport		transport, outlives it
 * @param runtime		clock and timers, outlives it
 */
ks_fanout_t *ks_fanout_create(ks_members_t *members,
							  gdoi_transport_t *transport,
							  ks_runtime_t *runtime);

#endif /** KS_FANOUT_H_ @}*/
