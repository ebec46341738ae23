/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_pull ks_pull
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_PULL_H_
#define KS_PULL_H_

#include "ks_manager.h"

#include <transport/gdoi_transport.h>

typedef struct ks_pull_t ks_pull_t;

/**
 * Registrations: the responder of GROUPKEY-PULL for all groups, bounded in
 * number, time and rate.
 *
 * Settings, below charon.plugins.gdoi-ks: max_exchanges, exchange_timeout,
 * pull_rate. Thread-safe.
 */
struct ks_pull_t {

	/**
	 * Handler for the transport.
	 */
	gdoi_handler_t handler;

	/**
	 * End exchanges that were given up by their members.
	 */
	void (*sweep)(ks_pull_t *this);

	/**
	 * Add the counters of the stats command, section "ks".
	 *
	 * @param builder	open section
	 */
	void (*add_stats)(ks_pull_t *this, vici_builder_t *builder);

	/**
	 * Destroy it; the transport must not call the handler anymore.
	 */
	void (*destroy)(ks_pull_t *this);
};

/**
 * Create the responder.
 *
 * @param manager		groups, outlive the responder
 * @param log			operator's log, outlives it too
 * @param clock			clock
 */
ks_pull_t *ks_pull_create(ks_manager_t *manager, gdoi_log_t *log,
						  ks_clock_t clock);

#endif /** KS_PULL_H_ @}*/
