/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_core gm_core
 * @{ @ingroup gdoi_member
 */

#ifndef GM_CORE_H_
#define GM_CORE_H_

#include "gm_attempt.h"
#include "gm_config.h"
#include "gm_registrar.h"
#include "gm_runtime.h"
#include "gm_status.h"
#include "gm_system.h"

typedef struct gm_core_t gm_core_t;

/**
 * The state machine of a group at a member.
 *
 *     WAITING_INTERFACE --attached--> CONNECTING --phase 1--> REGISTERING
 *                                       ^   |                      |
 *                      all servers      |   v                      v keys
 *                      failed:       RETRYING <-- expired --- REGISTERED <--+
 *                                                                  |  ^   rekey
 *                  T2-60 s without rekey (GM-007), KEK deleted,    v  | keys
 *                  hints at unknown keys                     REREGISTERING
 *
 * Not thread safe, and calls out: gm_group_t gives it one event at a time
 * with no lock held. After each one, and at the time of get_deadline(), run()
 * is to be called.
 */
struct gm_core_t {

	/**
	 * Do what is due.
	 */
	void (*run)(gm_core_t *this);

	/**
	 * When to call run().
	 *
	 * @return			time, GM_NEVER if nothing is to come; 0 at first
	 */
	uint64_t (*get_deadline)(gm_core_t *this);

	/**
	 * Use another configuration of the same place from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_core_t *this, gm_config_t *config);

	/** Drop all keys and register again (LOG-123). */
	void (*clear)(gm_core_t *this);

	/**
	 * Follow the operator's command on the direction (GM-033, GM-034); without
	 * keys it does nothing.
	 *
	 * @param direction	CRYPTO_MAP_INBOUND_OPTIONAL or CRYPTO_MAP_BOTH
	 */
	void (*direct)(gm_core_t *this, crypto_map_direction_t direction);

	/** Addresses, routes or interfaces have changed. */
	void (*roam)(gm_core_t *this);

	/**
	 * Get what registers, to tell it what became of phase 1 and which messages
	 * came in; run() is to be called afterwards.
	 *
	 * @return			registrar, valid as long as the object
	 */
	gm_registrar_t *(*get_registrar)(gm_core_t *this);

	/**
	 * The kernel has removed a state.
	 *
	 * @param spi		its SPI, network order; that of any state of the host
	 * @param dst		its destination
	 */
	void (*expired)(gm_core_t *this, uint32_t spi, host_t *dst);

	/** Set counters about time stamps back to zero. */
	void (*reset)(gm_core_t *this);

	/** Take everything down; final. */
	void (*stop)(gm_core_t *this);

	/** A message under one of the group's KEKs came in. */
	void (*push)(gm_core_t *this, packet_t *packet);

	/**
	 * A rekey under a KEK that nobody knows came in.
	 *
	 * @param src		where it came from
	 * @param dst		where it went to
	 */
	void (*unknown)(gm_core_t *this, host_t *src, host_t *dst);

	/**
	 * Copy the status.
	 *
	 * @param status	gets the copy, gm_status_clear() it
	 */
	void (*get_status)(gm_core_t *this, gm_status_t *status);

	/**
	 * Get the crypto map. The only method for any thread.
	 */
	crypto_map_t *(*get_map)(gm_core_t *this);

	/** Destroy the object; what stop() would take down goes as well. */
	void (*destroy)(gm_core_t *this);
};

/**
 * Create a group's state machine; other parameters as for gm_group_create().
 *
 * @param handler		gets rekeys from the transport, to call push()
 */
gm_core_t *gm_core_create(gm_config_t *config, u_int index,
						  gm_runtime_t *runtime, gm_system_t *system,
						  gm_link_t *link, gdoi_kek_handler_t *handler);

#endif /** GM_CORE_H_ @}*/
