/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_registrar gm_registrar
 * @{ @ingroup gdoi_member
 */

#ifndef GM_REGISTRAR_H_
#define GM_REGISTRAR_H_

#include "gm_attempt.h"
#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_runtime.h"
#include "gm_status.h"
#include "gm_system.h"

typedef struct gm_registrar_t gm_registrar_t;
typedef struct gm_registrar_listener_t gm_registrar_listener_t;

/**
 * Hears what comes out of registrations.
 */
struct gm_registrar_listener_t {

	/**
	 * A server is asked for the keys: what it answers may be its policy of
	 * any moment from now on.
	 */
	void (*asking)(gm_registrar_listener_t *this);

	/**
	 * A server sent the keys.
	 *
	 * @param policy	policy with keys, judged by gm_accept()
	 * @param phase1	phase 1 with the server
	 * @param since		when the policy came, which its lifetimes count from
	 * @param reason	set to what keeps from using it, allocated
	 * @return			FALSE to try the next server
	 */
	bool (*complete)(gm_registrar_listener_t *this, group_policy_t *policy,
					 gdoi_phase1_t *phase1, uint64_t since, char **reason);

	/**
	 * The phase 1 that was kept ended.
	 */
	void (*lost)(gm_registrar_listener_t *this);
};

/**
 * Registers a group: rounds over the key servers until one gives keys, with
 * growing waits between. Not thread safe: part of the group's actor. Calls
 * out, so no lock may be held.
 */
struct gm_registrar_t {

	/**
	 * Use another configuration from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_registrar_t *this, gm_config_t *config);

	/**
	 * Start a round over the servers.
	 *
	 * @param afresh	TRUE to forget how often it failed before
	 */
	void (*begin)(gm_registrar_t *this, bool afresh);

	/**
	 * Give up, and give back the phase 1 that was kept.
	 */
	void (*cancel)(gm_registrar_t *this);

	/** A phase 1 was established. */
	void (*established)(gm_registrar_t *this, gdoi_phase1_t *phase1);

	/** A GROUPKEY-PULL message came in. */
	void (*pull)(gm_registrar_t *this, gdoi_phase1_t *phase1,
				 chunk_t datagram);

	/** An error notify came in. */
	void (*notify)(gm_registrar_t *this, gdoi_phase1_t *phase1, uint16_t type,
				   bool alone);

	/** A phase 1 ended. */
	void (*closed)(gm_registrar_t *this, gdoi_phase1_t *phase1);

	/** Phase 1 of a connection failed. */
	void (*failed)(gm_registrar_t *this, const char *connection);

	/**
	 * Do what is due.
	 */
	void (*run)(gm_registrar_t *this);

	/**
	 * When to call run().
	 */
	uint64_t (*get_deadline)(gm_registrar_t *this);

	/**
	 * What it is doing.
	 */
	gm_attempt_state_t (*get_state)(gm_registrar_t *this);

	/**
	 * Check if it waits or works.
	 */
	bool (*is_busy)(gm_registrar_t *this);

	/**
	 * Cancel and destroy.
	 */
	void (*destroy)(gm_registrar_t *this);
};

/**
 * Create an object.
 *
 * @param config		configuration of the group, referenced
 * @param runtime		clock and random numbers
 * @param system		view of the host
 * @param link			way to phase 1
 * @param dataplane		gets the servers' addresses
 * @param status		server, counters, reason and retry are kept there
 * @param listener		hears results
 */
gm_registrar_t *gm_registrar_create(gm_config_t *config, gm_runtime_t *runtime,
									gm_system_t *system, gm_link_t *link,
									gm_dataplane_t *dataplane,
									gm_status_t *status,
									gm_registrar_listener_t *listener);

#endif /** GM_REGISTRAR_H_ @}*/
