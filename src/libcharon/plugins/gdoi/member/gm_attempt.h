/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_attempt gm_attempt
 * @{ @ingroup gdoi_member
 */

#ifndef GM_ATTEMPT_H_
#define GM_ATTEMPT_H_

#include "gm_config.h"
#include "gm_link.h"
#include "gm_runtime.h"

#include <group/group_policy.h>
#include <payloads/gdoi_wire.h>
#include <transport/gdoi_phase1.h>

typedef struct gm_attempt_t gm_attempt_t;
typedef struct gm_attempt_listener_t gm_attempt_listener_t;

/**
 * What an attempt is doing.
 */
typedef enum {
	/** nothing */
	GM_ATTEMPT_IDLE,
	/** waits for phase 1 with a server */
	GM_ATTEMPT_CONNECTING,
	/** exchanges GROUPKEY-PULL messages with a server */
	GM_ATTEMPT_PULLING,
} gm_attempt_state_t;

/**
 * Hears what comes out of an attempt.
 */
struct gm_attempt_listener_t {

	/**
	 * A server was chosen and is tried now.
	 *
	 * @param server	name of its connection
	 */
	void (*trying)(gm_attempt_listener_t *this, const char *server);

	/**
	 * Phase 1 is there, message 1 is about to be sent (LOG-018).
	 */
	void (*pulling)(gm_attempt_listener_t *this, gdoi_phase1_t *phase1);

	/**
	 * Judge the policy of a server.
	 *
	 * @param policy	policy without keys
	 * @param phase1	phase 1 with the server
	 * @param sender_ids	set to how many Sender IDs to ask for, 0 (as it is
	 *					before) for none
	 * @param reason	set to why it is refused, allocated
	 * @return			TRUE to ask for the keys
	 */
	bool (*judge)(gm_attempt_listener_t *this, group_policy_t *policy,
				  gdoi_phase1_t *phase1, uint16_t *sender_ids,
				  char **reason);

	/**
	 * A server sent the keys; the attempt is over if they can be used.
	 *
	 * @param policy	policy with keys
	 * @param phase1	phase 1 with the server; the listener releases it
	 *					if it returns TRUE
	 * @param reason	set to what keeps from using it, allocated
	 * @return			FALSE to try the next server
	 */
	bool (*complete)(gm_attempt_listener_t *this, group_policy_t *policy,
					 gdoi_phase1_t *phase1, char **reason);

	/**
	 * A message of a server was ignored.
	 *
	 * @param notify	what was wrong
	 * @param reason	the same as text
	 */
	void (*ignored)(gm_attempt_listener_t *this, gdoi_phase1_t *phase1,
					gdoi_notify_t notify, const char *reason);

	/**
	 * A server failed, the next one will be tried.
	 *
	 * @param server	name of its connection
	 * @param known		FALSE if there is no such connection
	 * @param reason	why
	 */
	void (*failed)(gm_attempt_listener_t *this, const char *server, bool known,
				   const char *reason);

	/**
	 * All servers failed, the attempt is over.
	 *
	 * @param known		FALSE if not one of the connections is loaded
	 */
	void (*exhausted)(gm_attempt_listener_t *this, bool known);
};

/**
 * One round over the key servers of a group: phase 1 and GROUPKEY-PULL with
 * one after the other, until one gives keys (GM-003).
 *
 *     IDLE --start--> CONNECTING --established--> PULLING --message 4--> IDLE
 *                         ^                          |
 *                         +-- failure, next server --+ (none left: IDLE)
 *
 * Not thread safe: part of the group's actor. Calls out, so no lock may be
 * held.
 */
struct gm_attempt_t {

	/**
	 * Start a round, giving up the present one.
	 *
	 * @param config	configuration, referenced
	 * @param local		source address, cloned; or NULL
	 * @param first		name of the server to start with, NULL for the
	 *					configured order
	 */
	void (*start)(gm_attempt_t *this, gm_config_t *config, host_t *local,
				  const char *first);

	/**
	 * Give up, without telling the listener.
	 */
	void (*cancel)(gm_attempt_t *this);

	/** A phase 1 was established. */
	void (*established)(gm_attempt_t *this, gdoi_phase1_t *phase1);

	/** A message of exchange 32 came in. */
	void (*pull)(gm_attempt_t *this, gdoi_phase1_t *phase1, chunk_t datagram);

	/**
	 * An error notify came in. If it may be for another group, it only counts
	 * when no answer has come until the message would be sent again: a key
	 * server that doesn't refuse us answers long before that.
	 *
	 * @param alone		FALSE if it may be for another group
	 */
	void (*notify)(gm_attempt_t *this, gdoi_phase1_t *phase1, uint16_t type,
				   bool alone);

	/** A phase 1 ended. */
	void (*closed)(gm_attempt_t *this, gdoi_phase1_t *phase1);

	/** Phase 1 of a connection failed. */
	void (*failed)(gm_attempt_t *this, const char *connection);

	/**
	 * Do what is due.
	 */
	void (*tick)(gm_attempt_t *this);

	/**
	 * When to call tick().
	 *
	 * @return			time, GM_NEVER when idle
	 */
	uint64_t (*get_deadline)(gm_attempt_t *this);

	/** What it is doing. */
	gm_attempt_state_t (*get_state)(gm_attempt_t *this);

	/** Cancel and destroy. */
	void (*destroy)(gm_attempt_t *this);
};

/**
 * Create an idle attempt.
 *
 * @param runtime		clock and random numbers
 * @param link			way to phase 1
 * @param listener		hears results; may call start() and cancel()
 */
gm_attempt_t *gm_attempt_create(gm_runtime_t *runtime, gm_link_t *link,
								gm_attempt_listener_t *listener);

#endif /** GM_ATTEMPT_H_ @}*/
