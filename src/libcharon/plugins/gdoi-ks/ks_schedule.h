/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_schedule ks_schedule
 * @{ @ingroup gdoi_ks
 *
 * When a key server makes and ends keys, as pure functions of lifetime and
 * time. All times are seconds of one monotonic clock; all functions are safe
 * in any thread.
 */

#ifndef KS_SCHEDULE_H_
#define KS_SCHEDULE_H_

#include <library.h>

typedef enum ks_key_state_t ks_key_state_t;

/**
 * State of a key in its life.
 */
enum ks_key_state_t {
	/** members get it, no successor is needed yet */
	KS_KEY_ACTIVE = 0,
	/** members get it, beside the successor that must exist now */
	KS_KEY_RETIRING,
	/** over, nobody gets it anymore */
	KS_KEY_EXPIRED,
};

/**
 * How long before the end of a TEK its successor is made.
 *
 * Members register again about 60 seconds before the end (GM-007) or earlier
 * by their jitter, and have to find the successor then: a tenth of the
 * lifetime, at least 120 seconds, but never more than half of the lifetime.
 *
 * @param lifetime		lifetime of the TEK, in seconds
 * @return				seconds
 */
uint32_t ks_schedule_tek_lead(uint32_t lifetime);

/**
 * How long before the end of a KEK its successor replaces it: 225 seconds
 * (REKEY-008), but never more than half of the lifetime.
 *
 * @param lifetime		lifetime of the KEK, in seconds
 * @return				seconds
 */
uint32_t ks_schedule_kek_lead(uint32_t lifetime);

/**
 * State of a key.
 *
 * @param created		time of creation
 * @param lifetime		lifetime, in seconds
 * @param lead			seconds before the end when it starts to retire
 * @param now			current time
 * @return				state
 */
ks_key_state_t ks_schedule_state(time_t created, uint32_t lifetime,
								 uint32_t lead, time_t now);

/**
 * Remaining lifetime of a key, as members get it.
 *
 * @param created		time of creation
 * @param lifetime		lifetime, in seconds
 * @param now			current time; before the creation counts as at it
 * @return				seconds, 0 if expired
 */
uint32_t ks_schedule_remaining(time_t created, uint32_t lifetime, time_t now);

#endif /** KS_SCHEDULE_H_ @}*/
