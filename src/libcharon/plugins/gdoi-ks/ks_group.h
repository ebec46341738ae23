/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_group ks_group
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_GROUP_H_
#define KS_GROUP_H_

#include "ks_config.h"
#include "ks_members.h"
#include "ks_services.h"
#include "ks_spis.h"
#include "ks_state.h"

#include <gdoi_log.h>
#include <group/group_policy.h>
#include <payloads/gdoi_wire.h>
#include <transport/gdoi_phase1.h>

/** picture of a group, see ks_status.h */
struct ks_status_t;

typedef struct ks_group_t ks_group_t;

/**
 * A group on its key server: configuration, keys and members.
 *
 * Thread-safe by a lock of its own, that is never held while anything else is
 * called but keys and members. Reference counted.
 */
struct ks_group_t {

	/**
	 * Name of the group; valid as long as the reference.
	 */
	const char *(*get_name)(ks_group_t *this);

	/**
	 * Current configuration.
	 *
	 * @return			configuration with a reference for the caller
	 */
	ks_config_t *(*get_config)(ks_group_t *this);

	/**
	 * Set another configuration, and make the keys that it asks for.
	 *
	 * @param config	configuration, gets adopted
	 */
	void (*configure)(ks_group_t *this, ks_config_t *config);

	/**
	 * Begin to take in members, of a group that was created held.
	 *
	 * @param state		keys to carry on with, only read; NULL for new ones
	 */
	void (*begin)(ks_group_t *this, ks_state_t *state);

	/**
	 * Get keys and sequence number, for a store.
	 *
	 * @param now		set to the time that the ages are counted to
	 * @return			state, to destroy; NULL if the group is held or stopped
	 */
	ks_state_t *(*get_state)(ks_group_t *this, time_t *now);

	/**
	 * Authorise a member and give it the group's policy, message 1. Logs a
	 * refusal. Parameters and result are those of
	 * gdoi_pull_responder_cb_t.authorize().
	 *
	 * @param phase1	phase 1 of the member
	 */
	group_policy_t *(*authorize)(ks_group_t *this, gdoi_phase1_t *phase1,
								 gdoi_notify_t *notify, char **reason);

	/**
	 * Take a member in, message 3. Logs the registration or a refusal.
	 * Parameters and result are those of
	 * gdoi_pull_responder_cb_t.registered().
	 *
	 * @param phase1	phase 1 of the member
	 * @param policy	what authorize() returned
	 * @param sender_ids	Sender IDs that the member asks for, 0 if none
	 */
	bool (*registered)(ks_group_t *this, gdoi_phase1_t *phase1,
					   group_policy_t *policy, uint16_t sender_ids,
					   gdoi_notify_t *notify, char **reason);

	/**
	 * Let time work: replace and wipe keys, remove members whose keys ended.
	 */
	void (*tick)(ks_group_t *this);

	/**
	 * Send a rekey with a new generation of all TEKs.
	 *
	 * @param replace	end the old ones at once, and replace the KEK
	 * @param reason	set to why not, a constant text
	 * @return			FALSE if the group has no rekeys
	 */
	bool (*rekey)(ks_group_t *this, bool replace, const char **reason);

	/**
	 * Remove members: all, which have to register again then, or some that
	 * may have the group's keys no longer.
	 *
	 * @param id		identity or address of members, NULL for all
	 * @param now		TRUE to end all keys at once: who is left has to
	 *					register again, too, and is removed as well
	 * @param count		set to the number of members removed
	 * @param reason	set to why not, a constant text
	 * @return			FALSE if the group has no rekeys, or no such member
	 */
	bool (*remove_members)(ks_group_t *this, const char *id, bool now,
						   u_int *count, const char **reason);

	/**
	 * Check the certificates of all members as soon as possible, and remove
	 * those that have one that is not to be trusted.
	 */
	void (*recheck)(ks_group_t *this);

	/**
	 * Have a function called before a rekey is sent whose keys or sequence
	 * number are new, or Sender IDs are told to a member, with no lock held.
	 *
	 * @param secure	function, returns FALSE if it can't keep what is new:
	 *					Sender IDs aren't told then
	 * @param user		first argument of it
	 */
	void (*set_guard)(ks_group_t *this,
					  bool (*secure)(void *user, ks_group_t *group),
					  void *user);

	/**
	 * Take a picture of the group for listings.
	 *
	 * @param status	gets the picture, ks_status_clear() it
	 */
	void (*get_status)(ks_group_t *this, struct ks_status_t *status);

	/**
	 * Hand out the row of list-sids, if there is a counter mode.
	 *
	 * @param row		called with no lock held
	 * @param user		data to pass to row
	 */
	void (*list_sids)(ks_group_t *this, group_row_cb_t row, void *user);

	/**
	 * Members of the group; valid as long as the reference.
	 */
	ks_members_t *(*get_members)(ks_group_t *this);

	/**
	 * Stop taking in members, as the group is in the configuration no more.
	 * The keys are wiped.
	 */
	void (*stop)(ks_group_t *this);

	/**
	 * Get another reference.
	 */
	ks_group_t *(*get_ref)(ks_group_t *this);

	/**
	 * Give back a reference.
	 */
	void (*destroy)(ks_group_t *this);
};

/**
 * Create a group and its keys.
 *
 * @param config		configuration, gets adopted
 * @param spis			SPIs of the server, outlives the group
 * @param services		what all groups use
 * @param held			begin without keys, refusing members, until begin()
 * @return				group
 */
ks_group_t *ks_group_create(ks_config_t *config, ks_spis_t *spis,
							const ks_services_t *services, bool held);

#endif /** KS_GROUP_H_ @}*/
