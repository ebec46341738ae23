/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_limiter ks_limiter
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_LIMITER_H_
#define KS_LIMITER_H_

#include <library.h>
#include <networking/host.h>

typedef struct ks_limiter_t ks_limiter_t;

/**
 * Rate of new registrations per source address.
 *
 * One token bucket per address, with room for two seconds of the rate. The
 * memory is fixed: addresses share buckets by a keyed hash, which an attacker
 * can't aim at. Thread-safe.
 */
struct ks_limiter_t {

	/**
	 * Account for one registration.
	 *
	 * @param source	where it came from; the port doesn't count
	 * @param now_ms	monotonic time in milliseconds
	 * @return			FALSE if the source has to wait
	 */
	bool (*allow)(ks_limiter_t *this, host_t *source, uint64_t now_ms);

	/**
	 * Destroy a limiter.
	 */
	void (*destroy)(ks_limiter_t *this);
};

/**
 * Create a limiter.
 *
 * @param rate			registrations per second and source, 0 for any number
 */
ks_limiter_t *ks_limiter_create(uint32_t rate);

#endif /** KS_LIMITER_H_ @}*/
