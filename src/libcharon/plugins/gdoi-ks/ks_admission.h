/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_admission ks_admission
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_ADMISSION_H_
#define KS_ADMISSION_H_

#include "ks_config.h"
#include "ks_members.h"

#include <gdoi_log.h>
#include <payloads/gdoi_wire.h>
#include <transport/gdoi_phase1.h>

/**
 * May a member have the group, KS-020 and AUTHZ-003? Logs a refusal (LOG-014,
 * LOG-015, LOG-161). Any thread.
 *
 * @param config		configuration of the group
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 */
bool ks_admission_check(ks_config_t *config, gdoi_phase1_t *phase1,
						gdoi_log_t *log);

/**
 * Can a member be told of all that the group has: access lists with deny lines,
 * and replay protection? Logs a refusal. Any thread.
 *
 * @param config		configuration of the group
 * @param replays		methods that TEKs in force have, as flags 1 <<
 *						group_replay_t
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 * @param notify		set if not
 * @param reason		set if not, allocated
 */
bool ks_admission_able(ks_config_t *config, u_int replays,
					   gdoi_phase1_t *phase1, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason);

/**
 * Refuse a member for want of room: there are as many as max_members allows, or
 * as many as counters can live with (GM-023). Any thread.
 *
 * @param members		members of the group
 */
void ks_admission_full(ks_config_t *config, ks_members_t *members,
					   gdoi_phase1_t *phase1, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason);

/**
 * Is there room for a member, or is it there already? Refuses it otherwise, as
 * ks_admission_full() does. Any thread.
 *
 * @param members		members of the group
 * @param now			monotonic time
 */
bool ks_admission_room(ks_config_t *config, ks_members_t *members,
					   gdoi_phase1_t *phase1, time_t now, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason);

#endif /** KS_ADMISSION_H_ @}*/
