/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_services ks_services
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SERVICES_H_
#define KS_SERVICES_H_

#include "ks_boot.h"
#include "ks_certificates.h"
#include "ks_runtime.h"

#include <gdoi_log.h>
#include <transport/gdoi_transport.h>

typedef struct ks_services_t ks_services_t;

/**
 * Clock of a key server, so that tests bring their own.
 *
 * @return				seconds of a monotonic clock
 */
typedef time_t (*ks_clock_t)();

/**
 * What all groups of a key server use; everything outlives the groups.
 */
struct ks_services_t {

	/** operator's log */
	gdoi_log_t *log;

	/** seconds of the monotonic clock */
	ks_clock_t clock;

	/** the same clock in milliseconds, and timers; NULL if transport is */
	ks_runtime_t *runtime;

	/** clock that pseudotime runs on, NULL for that of this host */
	const ks_boot_t *boot;

	/** carries rekeys; NULL for groups that don't rekey, as in tests */
	gdoi_transport_t *transport;

	/** tells if certificates of members are to be trusted still; NULL for the
	 *  credentials of the daemon */
	ks_trust_t trust;
};

#endif /** KS_SERVICES_H_ @}*/
