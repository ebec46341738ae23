/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_schedule ks_schedule
 * @{ @ingroup gdoi_ks
 *
 * What a key server adds to rekey_schedule.h: pure functions, safe in any
 * thread.
 */

#ifndef KS_SCHEDULE_H_
#define KS_SCHEDULE_H_

#include <library.h>

/**
 * How long before the end of a TEK its successor is made, in a group without
 * rekeys.
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
 * Stretch a time as REKEY_RETRANSMIT_GAP and REKEY_COMBINE_GAP want it: these
 * have lifetimes in mind that are much longer than they are. With shorter ones
 * they would join all rekeys into one and stop each retransmission, so they
 * shrink in proportion, below four times the longer gap.
 *
 * @param due			seconds until a rekey, UINT32_MAX for never
 * @param lifetime		shortest lifetime of the keys in question, seconds
 * @return				seconds to compare with these gaps
 */
uint32_t ks_schedule_stretch(uint32_t due, uint32_t lifetime);

/**
 * When do members have to hear the pseudotime, TBAR-004?
 *
 * @param sync			seconds between rekeys, at most
 * @param age			seconds since the last one
 * @return				seconds, 0 if it is due
 */
uint32_t ks_schedule_sync(uint32_t sync, uint32_t age);

/**
 * Does a rekey that is sent for the pseudotime alone bring new TEKs as well,
 * as they, or the KEK, are due within REKEY_COMBINE_GAP (REKEY-012)?
 *
 * @param tek			seconds until a TEK is due, UINT32_MAX for never
 * @param kek			the same for the KEK
 * @param lifetime		shortest lifetime of the keys, see ks_schedule_stretch()
 */
bool ks_schedule_sync_combines(uint32_t tek, uint32_t kek, uint32_t lifetime);

#endif /** KS_SCHEDULE_H_ @}*/
