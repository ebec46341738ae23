/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_tek_list ks_tek_list
 * @{ @ingroup gdoi_ks
 *
 * What there is to ask of all generations of a group's TEKs: functions over the
 * list that ks_teks_t owns, of ks_tek_entry_t* in order of creation.
 */

#ifndef KS_TEK_LIST_H_
#define KS_TEK_LIST_H_

#include "ks_teks.h"

/**
 * Find the newest generation of a TEK.
 *
 * @param name			name of its section
 * @param count			set to the number of generations, may be NULL
 * @return				generation, NULL if there is none
 */
ks_tek_entry_t *ks_tek_list_newest(linked_list_t *teks, const char *name,
								   u_int *count);

/**
 * Make room for another generation: of too many, the newest is marked to end
 * with the rekey, as long as no member sends by it yet.
 *
 * @param name			name of the TEK's section
 * @param limit			how many there may be
 */
void ks_tek_list_make_room(linked_list_t *teks, const char *name, u_int limit,
						   time_t now);

/**
 * Bring all generations of a TEK in line with its section, in access list and
 * direction: the policy is one, whatever key protects its traffic (ACL-011,
 * REKEY-108, REKEY-109). The same holds for the window of D3P.
 *
 * @param section		configuration of the TEK
 */
void ks_tek_list_align(linked_list_t *teks, ks_config_tek_t *section);

/**
 * Mark the generations that end with a rekey.
 *
 * @param all			all of them, not only those that nobody is to have
 */
void ks_tek_list_end(linked_list_t *teks, bool all);

/**
 * Get those that end with a rekey.
 *
 * @param deletes		array of GROUP_REKEY_DELETES
 * @return				number of deletes; one for all if there are more
 */
u_int ks_tek_list_get_deletes(linked_list_t *teks, group_delete_t *deletes);

/**
 * Is a generation to be handed out?
 */
bool ks_tek_entry_is_given(ks_tek_entry_t *entry, ks_give_t give, time_t now);

/**
 * Get the replay protections of all generations that members have or get.
 *
 * @return				a flag, 1 << group_replay_t, for each
 */
u_int ks_tek_list_get_replays(linked_list_t *teks, time_t now);

/**
 * Get the tick of the generations to be handed out that have pseudotime.
 *
 * @param give			which are handed out; with KS_GIVE_KEK those that are in
 *						force then
 * @return				milliseconds, 0 if there is none
 */
uint32_t ks_tek_list_get_tick(linked_list_t *teks, ks_give_t give,
							  time_t now);

/**
 * Add TEKs to a policy, see ks_teks_t.give().
 */
bool ks_tek_list_give(linked_list_t *teks, ks_give_t give,
					  group_policy_t *policy, time_t now);

/**
 * Add descriptions to a list.
 *
 * @param list			gets ks_key_info_t*
 */
void ks_tek_list_describe(linked_list_t *teks, linked_list_t *list,
						  time_t now);

#endif /** KS_TEK_LIST_H_ @}*/
