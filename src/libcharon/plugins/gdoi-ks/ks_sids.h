/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_sids ks_sids
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SIDS_H_
#define KS_SIDS_H_

#include "ks_rekeyer.h"

#include <threading/mutex.h>

typedef struct ks_sids_t ks_sids_t;
/** seconds between two times that all keys end for want of Sender IDs, at
 *  least: doubled up to the longest as long as they don't last */
#define KS_SIDS_INTERVAL_MIN 60
#define KS_SIDS_INTERVAL_MAX 3600

/**
 * Gives Sender IDs to members that register, of groups with a counter mode.
 *
 * Once all were given, who registers is refused and comes again, and the keys
 * are ended: all members register again, and get Sender IDs that begin anew
 * (RFC 6407 section 3.5). Where more members want them than there are that
 * would go round and round; hence it is done only once in a while, and members
 * that have keys go on with them until then.
 *
 * Thread-safe.
 */
struct ks_sids_t {

	/**
	 * Can a member that gets a policy have Sender IDs, if it needs any?
	 *
	 * @param policy	policy for it
	 * @param reason	set to why not, allocated, if FALSE is returned
	 */
	bool (*is_ready)(ks_sids_t *this, group_policy_t *policy, char **reason);

	/**
	 * Give Sender IDs to a member, if it needs any: to its policy. They are in
	 * the store when this returns, so hold no lock.
	 *
	 * @param config	configuration of the group
	 * @param policy	policy for the member, gets them
	 * @param wanted	how many it asks for, 0 if it does not
	 * @param lease		set to those that it got
	 * @param reason	set to why not, allocated, if FALSE is returned
	 * @return			FALSE to refuse the member
	 */
	bool (*give)(ks_sids_t *this, ks_config_t *config, group_policy_t *policy,
				 uint16_t wanted, ks_sid_lease_t *lease, char **reason);

	/**
	 * End all keys if there are no Sender IDs to give under them any more,
	 * unless that was done a short while ago. Members of a group without
	 * rekeys go on with the old ones until they register again, and can't talk
	 * to those that have new ones: there is no way to tell them. To be called
	 * once a second, and after a refusal.
	 *
	 * @param config	configuration of the group
	 * @param rekeyer	sends rekeys, may be NULL
	 */
	void (*renew)(ks_sids_t *this, ks_config_t *config,
				  ks_rekeyer_t *rekeyer);

	/**
	 * The group gets its first counter mode: have members register again, as
	 * only registrations bring Sender IDs. Old keys live on until they have.
	 *
	 * @param config	configuration of the group
	 * @param rekeyer	sends rekeys, may be NULL
	 */
	void (*require)(ks_sids_t *this, ks_config_t *config,
					ks_rekeyer_t *rekeyer);

	/**
	 * Have a function called before Sender IDs are told to anybody, with no
	 * lock held.
	 *
	 * @param secure	function that has them in the store if it returns TRUE;
	 *					NULL if there is no store
	 * @param user		first argument of it
	 */
	void (*set_guard)(ks_sids_t *this,
					  bool (*secure)(void *user, ks_group_t *group),
					  void *user);

	/**
	 * Hand out the row of list-sids, if the group has a counter mode.
	 *
	 * @param config	configuration of the group
	 * @param row		called with no lock held
	 * @param user		data to pass to row
	 */
	void (*describe)(ks_sids_t *this, ks_config_t *config, group_row_cb_t row,
					 void *user);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_sids_t *this);
};

/**
 * Create it.
 *
 * @param group			group, outlives this: no reference is held
 * @param name			name of the group, outlives this
 * @param keys			where the group has its keys, NULL once it stopped
 * @param lock			lock of keys
 * @param services		what all groups use
 */
ks_sids_t *ks_sids_create(ks_group_t *group, const char *name,
						  ks_keys_t **keys, mutex_t *lock,
						  const ks_services_t *services);

#endif /** KS_SIDS_H_ @}*/
