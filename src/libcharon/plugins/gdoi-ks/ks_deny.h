/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_deny ks_deny
 * @{ @ingroup gdoi_ks
 *
 * Members that can't be told of a group's access lists, as they only speak
 * RFC 6407: they are refused or get the permit lines, by the setting
 * deny_lines, and each is named in the log. Any thread, no lock held.
 */

#ifndef KS_DENY_H_
#define KS_DENY_H_

#include "ks_config.h"
#include "ks_members.h"

#include <gdoi_log.h>
#include <transport/gdoi_phase1.h>

/**
 * Can a member that registers be told of the access lists? Logs a refusal.
 *
 * @param config		configuration of the group
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 */
bool ks_deny_admit(ks_config_t *config, gdoi_phase1_t *phase1,
				   gdoi_log_t *log);

/**
 * How do the access lists of a policy travel to a member? The keys may have
 * older lists than the configuration, with lines that deny where it has none.
 *
 * @param peer			kind of member
 * @param policy		policy that it gets
 */
group_acl_form_t ks_deny_form(ks_config_t *config, ks_peer_t peer,
							  group_policy_t *policy);

/**
 * Log that a member has registered that gets permit lines alone, if so.
 *
 * @param config		configuration of the group
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 */
void ks_deny_warn(ks_config_t *config, gdoi_phase1_t *phase1,
				  gdoi_log_t *log);

/**
 * Before a rekey: remove the members that can't be told of the lists that it
 * brings, rather than tell them something that opens or breaks their traffic;
 * log those that get permit lines alone from now on.
 *
 * @param members		members of the group
 * @param told			configuration as members know it
 * @param config		configuration that the rekey brings
 * @param log			operator's log
 * @return				number of members removed
 */
u_int ks_deny_leave_out(ks_members_t *members, ks_config_t *told,
						ks_config_t *config, gdoi_log_t *log);

/**
 * Count the members that get permit lines alone.
 *
 * @param members		members of the group
 * @param config		configuration of the group
 */
u_int ks_deny_count(ks_members_t *members, ks_config_t *config);

#endif /** KS_DENY_H_ @}*/
