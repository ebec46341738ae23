/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_group gm_group
 * @{ @ingroup gdoi_member
 */

#ifndef GM_GROUP_H_
#define GM_GROUP_H_

#include "gm_attempt.h"
#include "gm_config.h"
#include "gm_runtime.h"
#include "gm_status.h"
#include "gm_system.h"

typedef struct gm_group_t gm_group_t;

/**
 * A group that this host is a member of: registers, installs what it gets,
 * and registers again in time.
 *
 * An actor: all methods that change something post an event, which is handled
 * after those before it, by the calling thread or by another one. Reference
 * counted; thread safe. No method may be called with a lock held, but
 * get_status(), get_config() and get_ref().
 */
struct gm_group_t {

	/**
	 * Name of the group.
	 */
	const char *(*get_name)(gm_group_t *this);

	/**
	 * Get the configuration.
	 *
	 * @return			configuration, a reference for the caller
	 */
	gm_config_t *(*get_config)(gm_group_t *this);

	/**
	 * Begin, from a job.
	 */
	void (*start)(gm_group_t *this);

	/**
	 * Use another configuration of the same place from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_group_t *this, gm_config_t *config);

	/**
	 * Drop all keys and register again, with the first key server (LOG-123).
	 */
	void (*clear)(gm_group_t *this);

	/**
	 * Set counters about time stamps back to zero, and forget refused packets.
	 */
	void (*reset)(gm_group_t *this);

	/**
	 * Follow the operator's command on the direction (GM-033, GM-034); without
	 * keys it does nothing.
	 *
	 * @param direction	CRYPTO_MAP_INBOUND_OPTIONAL or CRYPTO_MAP_BOTH
	 */
	void (*direct)(gm_group_t *this, crypto_map_direction_t direction);

	/** Addresses, routes or interfaces have changed. */
	void (*roam)(gm_group_t *this);

	/** A phase 1 of one of the servers' connections was established. */
	void (*established)(gm_group_t *this, gdoi_phase1_t *phase1);

	/** A GROUPKEY-PULL message came in; copied. */
	void (*pull)(gm_group_t *this, gdoi_phase1_t *phase1, chunk_t datagram);

	/**
	 * A rekey under a KEK that nobody knows came in.
	 *
	 * @param src		where it came from
	 * @param dst		where it went to
	 */
	void (*unknown)(gm_group_t *this, host_t *src, host_t *dst);

	/**
	 * An error notify came in.
	 *
	 * @param alone		FALSE if other groups use the phase 1, so that it may
	 *					be for one of them
	 */
	void (*notify)(gm_group_t *this, gdoi_phase1_t *phase1, uint16_t type,
				   bool alone);

	/** A phase 1 ended. */
	void (*closed)(gm_group_t *this, gdoi_phase1_t *phase1);

	/** Phase 1 of a connection failed. */
	void (*failed)(gm_group_t *this, const char *connection);

	/**
	 * Copy the status.
	 *
	 * @param status	gets the copy, gm_status_clear() it
	 */
	void (*get_status)(gm_group_t *this, gm_status_t *status);

	/**
	 * Enumerate the counters of the crypto map.
	 *
	 * @return			enumerator over (crypto_map_stat_t*), to be destroyed
	 *					before the group is
	 */
	enumerator_t *(*create_stats_enumerator)(gm_group_t *this);

	/**
	 * Get the crypto map, for its counters.
	 *
	 * @return			crypto map, valid as long as the reference to the group
	 */
	crypto_map_t *(*get_map)(gm_group_t *this);

	/**
	 * Take everything down; returns when it is gone.
	 */
	void (*stop)(gm_group_t *this);

	/** Get another reference. */
	gm_group_t *(*get_ref)(gm_group_t *this);

	/** Give back a reference. */
	void (*destroy)(gm_group_t *this);
};

/**
 * Create a group; nothing happens before start().
 *
 * @param config		configuration, referenced
 * @param index			index of its crypto map, unique among the groups
 * @param runtime		clock and timers; lives longer than all references
 * @param system		view of the host; lives longer than until stop()
 * @param link			way to the transport; lives longer than until
 *						stop()
 * @return				group, NULL if it can't have a crypto map
 */
gm_group_t *gm_group_create(gm_config_t *config, u_int index,
							gm_runtime_t *runtime, gm_system_t *system,
							gm_link_t *link);

#endif /** GM_GROUP_H_ @}*/
