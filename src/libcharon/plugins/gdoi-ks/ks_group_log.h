/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_group_log ks_group_log
 * @{ @ingroup gdoi_ks
 *
 * What a group tells the operator of registrations. Any thread, with no lock
 * held.
 */

#ifndef KS_GROUP_LOG_H_
#define KS_GROUP_LOG_H_

#include "ks_config.h"
#include "ks_member.h"

#include <gdoi_log.h>
#include <transport/gdoi_phase1.h>

/**
 * A member is refused for want of room.
 *
 * @param log			operator's log
 * @param config		configuration of the group
 * @param phase1		phase 1 of the member
 */
void ks_group_log_full(gdoi_log_t *log, ks_config_t *config,
					   gdoi_phase1_t *phase1);

/**
 * A member is refused as counters work with two members only, GM-023.
 *
 * @param log			operator's log
 * @param name			name of the group
 * @param phase1		phase 1 of the member
 */
void ks_group_log_counter(gdoi_log_t *log, const char *name,
						  gdoi_phase1_t *phase1);

/**
 * A rekey could not be written.
 *
 * @param log			operator's log
 * @param name			name of the group
 * @param reason		why, NULL if that is not known
 */
void ks_group_log_failed(gdoi_log_t *log, const char *name,
						 const char *reason);

/**
 * A member is refused because there are no keys, of a group that could not
 * make any or that ended meanwhile.
 *
 * @param log			operator's log
 * @param name			name of the group
 * @param phase1		phase 1 of the member
 */
void ks_group_log_keyless(gdoi_log_t *log, const char *name,
						  gdoi_phase1_t *phase1);

/**
 * A member has registered.
 *
 * @param log			operator's log
 * @param name			name of the group
 * @param phase1		phase 1 of the member
 * @param member		address of the member
 * @param first			it is the first one of the group
 */
void ks_group_log_registered(gdoi_log_t *log, const char *name,
							 gdoi_phase1_t *phase1, host_t *member,
							 bool first);

/**
 * The last member is gone.
 *
 * @param log			operator's log
 * @param name			name of the group
 * @param last			its record
 */
void ks_group_log_last(gdoi_log_t *log, const char *name, ks_member_t *last);

#endif /** KS_GROUP_LOG_H_ @}*/
