/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_unable ks_unable
 * @{ @ingroup gdoi_ks
 *
 * Members that can't do what a group's replay protection asks for: they are
 * refused or removed, by the setting freshness_unsupported, and each is named
 * (KS-027). Members with counters need to be ours, as the attribute that tells
 * of them is; those with D3P or pseudotime need the d3p plugin as well, which
 * GDOI_FEATURE_FRESHNESS announces. Any thread, no lock held.
 */

#ifndef KS_UNABLE_H_
#define KS_UNABLE_H_

#include "ks_config.h"
#include "ks_members.h"

#include <gdoi_log.h>
#include <group/group_policy.h>
#include <transport/gdoi_phase1.h>

/**
 * Can a member that announced something not do a replay protection?
 *
 * @param features		feature bits of its Vendor ID
 * @param replay		method
 */
bool ks_unable(uint8_t features, group_replay_t replay);

/**
 * The same for several methods.
 *
 * @param replays		a flag, 1 << group_replay_t, for each
 */
bool ks_unable_any(uint8_t features, u_int replays);

/**
 * Is there something in a policy that a member can't do?
 */
bool ks_unable_policy(uint8_t features, group_policy_t *policy);

/**
 * Get the replay protections that a configuration has for its TEKs.
 *
 * @return				a flag, 1 << group_replay_t, for each
 */
u_int ks_unable_replays(ks_config_t *config);

/**
 * Can a member that registers do what the group asks for? Logs a refusal.
 *
 * @param config		configuration of the group
 * @param replays		methods that TEKs have which are in force, as flags
 * @param phase1		phase 1 of the member
 * @param log			operator's log
 */
bool ks_unable_admit(ks_config_t *config, u_int replays,
					 gdoi_phase1_t *phase1, gdoi_log_t *log);

/**
 * Check whether the members that are registered can follow a change of the
 * configuration; it is refused otherwise, unless nobody is there to mend that.
 *
 * @param members		members of the group
 * @param running		configuration in force
 * @param config		configuration to come
 * @param node			its section
 * @param reader		gets errors
 */
void ks_unable_check(ks_members_t *members, ks_config_t *running,
					 ks_config_t *config, config_node_t *node,
					 config_reader_t *reader);

/**
 * Before a rekey: remove the members that can't do what it brings.
 *
 * @param members		members of the group
 * @param told			configuration as members know it
 * @param config		configuration that the rekey brings
 * @param log			operator's log
 * @return				number of members removed
 */
u_int ks_unable_leave_out(ks_members_t *members, ks_config_t *told,
						  ks_config_t *config, gdoi_log_t *log);

/**
 * Count the members that can't do some of several methods.
 *
 * @param replays		a flag, 1 << group_replay_t, for each
 */
u_int ks_unable_count(ks_members_t *members, u_int replays);

#endif /** KS_UNABLE_H_ @}*/
