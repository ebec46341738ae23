/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_status ks_status
 * @{ @ingroup gdoi_ks
 *
 * What listings say about a group and its members. Works on a picture taken
 * under the group's lock, so that none is held while a client reads.
 */

#ifndef KS_STATUS_H_
#define KS_STATUS_H_

#include "ks_config.h"
#include "ks_members.h"
#include "ks_rekeyer.h"

#include <collections/linked_list.h>

typedef struct ks_status_t ks_status_t;

/**
 * Picture of a group. Clear it by ks_status_clear().
 */
struct ks_status_t {

	/** configuration, a reference */
	ks_config_t *config;

	/** keys, ks_key_info_t* */
	linked_list_t *keys;

	/** word for the state */
	const char *state;

	/** completed and refused registrations */
	uint64_t succeeded, refused;

	/** number of members, of those that get permit lines alone, and of those
	 *  that can't do the replay protection */
	u_int members, without_deny, unable;

	/** pseudotime of the moment and seconds until members are told of it next,
	 *  UINT32_MAX if not; epoch 0 if there is none */
	group_pseudotime_t time;
	uint32_t sync;

	/** what is to show of rekeys */
	ks_pusher_status_t rekeyer;

	/** time of the picture */
	time_t now;
};

/**
 * Add the keys of list-groups, section "ks".
 *
 * @param status		picture
 * @param builder		open section
 */
void ks_status_describe(ks_status_t *status, vici_builder_t *builder);

/**
 * Hand out the rows of list-policies.
 *
 * @param status		picture
 * @param row			called per row
 * @param user			data to pass to row
 */
void ks_status_policies(ks_status_t *status, group_row_cb_t row, void *user);

/**
 * Count the members, all and those that can't be told all.
 *
 * @param status		picture with configuration
 * @param members		members of the group
 */
void ks_status_count(ks_status_t *status, ks_members_t *members);

/**
 * Note the pseudotime. Hold the lock of the keys.
 *
 * @param status		picture with configuration and moment
 * @param keys			keys of the group
 */
void ks_status_note_time(ks_status_t *status, ks_keys_t *keys);

/**
 * Add the keys of list-groups, section "ks", about replay protection.
 *
 * @param status		picture
 * @param builder		open section
 */
void ks_status_add_freshness(ks_status_t *status, vici_builder_t *builder);

/**
 * Hand out the row of list-replay (SHOW-003).
 *
 * @param status		picture
 * @param row			called per row
 * @param user			data to pass to row
 */
void ks_status_replay(ks_status_t *status, group_row_cb_t row, void *user);

/**
 * Hand out the row of list-rekeys, unless the group has no rekeys.
 *
 * @param status		picture
 * @param row			called per row
 * @param user			data to pass to row
 */
void ks_status_rekeys(ks_status_t *status, group_row_cb_t row, void *user);

/**
 * Build the row of a member for list-members.
 *
 * @param config		configuration of the group
 * @param member		record
 * @param now			current time of the group's clock
 * @return				row
 */
vici_builder_t *ks_status_member(ks_config_t *config, ks_member_t *member,
								 time_t now);

/**
 * Does a member have an identity or address?
 *
 * @param member		record
 * @param wanted		text as list-members prints it
 */
bool ks_status_member_is(ks_member_t *member, const char *wanted);

/**
 * Free what a picture holds.
 */
void ks_status_clear(ks_status_t *status);

#endif /** KS_STATUS_H_ @}*/
