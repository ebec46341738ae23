/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_roll ks_roll
 * @{ @ingroup gdoi_ks
 *
 * What is done with members of a group. What goes through all of them takes a
 * few records at a time, so that registrations and acknowledgements never wait
 * for it. Any thread.
 */

#ifndef KS_ROLL_H_
#define KS_ROLL_H_

#include "ks_fanout.h"

#include <gdoi_log.h>
#include <group/group_policy.h>
#include <transport/gdoi_phase1.h>

/** room for a printed address of a member */
#define KS_ROLL_ADDRESS_LEN 64

/**
 * Call a function for every member, with no lock held.
 *
 * @param each			function, may remove members
 * @param user			first argument of it
 */
void ks_roll_each(ks_members_t *members,
				  void (*each)(void *user, const ks_target_t *target),
				  void *user);

/**
 * Print the address of a member.
 *
 * @param buf			room for KS_ROLL_ADDRESS_LEN
 * @return				buf
 */
char *ks_roll_print(const ks_target_t *target, char *buf);

/**
 * Which kinds of members are there?
 *
 * @param kinds			set by kind, [0] for KS_PEER_NATIVE, [1] for others
 */
void ks_roll_kinds(ks_members_t *members, bool kinds[KS_FANOUT_VARIANTS]);

/**
 * End the present rekey: remove members that have missed too many in a row
 * (ACK-004), and log that (LOG-154).
 *
 * @param threshold		rekeys missed in a row, 0 for never
 * @param now			current time
 * @param log			operator's log
 * @param group			name of the group
 * @return				number of members removed
 */
u_int ks_roll_eject(ks_members_t *members, u_int threshold, time_t now,
					gdoi_log_t *log, const char *group);

/**
 * Forget members whose last registration was before a time.
 *
 * @param since			monotonic time
 */
void ks_roll_forget(ks_members_t *members, time_t since);

/**
 * Remove the members of an identity or address.
 *
 * @param id			as list-members prints it
 * @return				number of records removed
 */
u_int ks_roll_remove(ks_members_t *members, const char *id);

/**
 * Find a member by its address and port.
 *
 * @param target		set to where it is sent to
 * @return				FALSE if there is none
 */
bool ks_roll_find(ks_members_t *members, host_t *host, ks_target_t *target);

/**
 * Account for a completed registration.
 *
 * @param members		table
 * @param phase1		phase 1 of the member
 * @param policy		what the member gets: its record lasts as long
 * @param sids			Sender IDs that the member gets
 * @param now			monotonic time
 */
ks_members_result_t ks_roll_add(ks_members_t *members, gdoi_phase1_t *phase1,
								group_policy_t *policy,
								const ks_sid_lease_t *sids, time_t now);

#endif /** KS_ROLL_H_ @}*/
