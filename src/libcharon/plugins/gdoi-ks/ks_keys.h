/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_keys ks_keys
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_KEYS_H_
#define KS_KEYS_H_

#include "ks_sid_pool.h"
#include "ks_teks.h"

typedef struct ks_keys_t ks_keys_t;
typedef struct ks_protector_t ks_protector_t;

/**
 * What protects a rekey. Clear it by ks_protector_clear().
 */
struct ks_protector_t {

	/** KEK, a reference */
	group_kek_t *kek;

	/** signature key, a reference */
	private_key_t *key;
};

/**
 * The keys of one group: makes them, replaces them by time and wipes them at
 * their end (KS-003, KS-006).
 *
 * Of a group without KEK, which can't rekey, successors of TEKs are made by
 * update() with the configuration of that moment, in time for members to find
 * them when they register again. Of a group with a KEK they are staged for a
 * rekey, and come into force when it was written: stage(), get_policy() with
 * KS_GIVE_NEW, then commit() or discard().
 *
 * Not thread-safe: the group's lock protects it. All times are seconds of the
 * same monotonic clock.
 */
struct ks_keys_t {

	/**
	 * Make the keys without which there is nothing to hand out, wipe those
	 * that are over, find out when others are due.
	 *
	 * @param config	configuration of the group
	 * @param members	number of members, for the schedule (REKEY-003)
	 * @param now		current time
	 * @return			FALSE if a key is missing as it can't be made
	 */
	bool (*update)(ks_keys_t *this, ks_config_t *config, u_int members,
				   time_t now);

	/**
	 * What is there to tell the members of a group with a KEK? As of the last
	 * update().
	 *
	 * @return			ks_need_t flags
	 */
	u_int (*get_needs)(ks_keys_t *this, ks_config_t *config, time_t now);

	/**
	 * When is a TEK, or the KEK, due to be replaced by the schedule? As of the
	 * last update().
	 *
	 * @param kek		TRUE to ask for the KEK
	 * @return			seconds, 0 if it is due, UINT32_MAX if there is none
	 */
	uint32_t (*get_due)(ks_keys_t *this, bool kek, time_t now);

	/**
	 * Make keys for a rekey. Nobody gets them before commit(). TEKs that are
	 * due by the schedule within REKEY_COMBINE_GAP, or that are not as
	 * configured, get a new generation in any case.
	 *
	 * @param what		ks_stage_t flags
	 * @return			FALSE if they can't be made; nothing has changed
	 */
	bool (*stage)(ks_keys_t *this, ks_config_t *config, u_int what,
				  time_t now);

	/**
	 * Get the TEKs that end with the rekey that is being made.
	 *
	 * @param deletes	array of GROUP_REKEY_DELETES
	 * @return			number of deletes; one for all if there are more
	 */
	u_int (*get_deletes)(ks_keys_t *this, group_delete_t *deletes);

	/**
	 * The rekey was written: end what ends with it, and put what was made into
	 * force. A KEK that is replaced stays as the previous one.
	 */
	void (*commit)(ks_keys_t *this);

	/**
	 * The rekey could not be written: forget what was made for it.
	 */
	void (*discard)(ks_keys_t *this);

	/**
	 * Shorten the life of all that is in force, but for what is staged.
	 *
	 * @param seconds	longest remaining lifetime
	 * @param kek		shorten that of the KEK as well
	 * @param now		current time
	 */
	void (*cut)(ks_keys_t *this, uint32_t seconds, bool kek, time_t now);

	/**
	 * Get what protects the next rekey.
	 *
	 * @param protector	filled with references
	 * @return			FALSE if there is no KEK
	 */
	bool (*get_protector)(ks_keys_t *this, ks_protector_t *protector);

	/**
	 * Use the next sequence number of a KEK, from 1 (REKEY-017).
	 *
	 * @param kek		the KEK in force, or the previous one
	 * @return			sequence number, 0 if it is neither
	 */
	uint32_t (*next_sequence)(ks_keys_t *this, group_kek_t *kek);

	/**
	 * Last sequence number used under a KEK, 0 for none.
	 *
	 * @param kek		any KEK, only its SPI counts; NULL for that in force
	 */
	uint32_t (*get_sequence)(ks_keys_t *this, group_kek_t *kek);

	/**
	 * Does a policy lack keys that are in force now, or made for a rekey whose
	 * number may be used already, or is its pseudotime behind by more than half
	 * of its window?
	 *
	 * @param policy	policy that get_policy() returned earlier
	 */
	bool (*is_outdated)(ks_keys_t *this, group_policy_t *policy, time_t now);

	/**
	 * Put together what members get, with remaining lifetimes. TEKs come in
	 * the order of their sections, in which packets are matched with their
	 * lines (ACL-004), and in order of creation where they have the same: of
	 * several, members send by the first until it is about to end.
	 *
	 * @param give		which keys
	 * @param now		current time
	 * @param src		where rekeys come from
	 * @param dst		where rekeys go to
	 * @param ack		acknowledgement to ask for
	 * @return			policy with keys, NULL if there is nothing to give
	 */
	group_policy_t *(*get_policy)(ks_keys_t *this, ks_give_t give, time_t now,
								  host_t *src, host_t *dst, group_ack_t ack);

	/**
	 * Take Sender IDs for a member that was given a policy.
	 *
	 * @param policy	policy that get_policy() returned earlier
	 * @param wanted	number, at most GROUP_POLICY_SIDS_MAX
	 * @param lease		filled, with none if they are used up
	 * @param now		current time
	 * @return			FALSE if TEKs of the policy have ended: Sender IDs that
	 *					are given now may be others' under these
	 */
	bool (*take_sids)(ks_keys_t *this, group_policy_t *policy, u_int wanted,
					  ks_sid_lease_t *lease, time_t now);

	/**
	 * Sender IDs of the group, which go with these keys.
	 *
	 * @return			pool, owned by this
	 */
	ks_sid_pool_t *(*get_sids)(ks_keys_t *this);

	/**
	 * Pseudotime of the group, which goes with these keys. It starts when
	 * get_policy() hands out TEKs that need it.
	 *
	 * @return			pseudotime, owned by this
	 */
	ks_pseudotime_t *(*get_pseudotime)(ks_keys_t *this);

	/**
	 * Get the replay protections of all TEKs that members have or get.
	 *
	 * @return			a flag, 1 << group_replay_t, for each
	 */
	u_int (*get_replays)(ks_keys_t *this, time_t now);

	/**
	 * When do members have to hear the pseudotime although there is nothing
	 * else to tell them, TBAR-004?
	 *
	 * @return			seconds, 0 if it is due, UINT32_MAX for never
	 */
	uint32_t (*get_sync)(ks_keys_t *this, ks_config_t *config, time_t now);

	/**
	 * When do the keys end that get_policy() hands out now?
	 *
	 * @param now		current time
	 * @return			end of the TEK that lives longest
	 */
	time_t (*get_end)(ks_keys_t *this, time_t now);

	/**
	 * Describe the keys, KEK first.
	 *
	 * @param now		current time
	 * @return			ks_key_info_t*, to destroy with the list
	 */
	linked_list_t *(*describe)(ks_keys_t *this, time_t now);

	/**
	 * Get keys and sequence number as a store keeps them.
	 *
	 * @param now		current time
	 * @return			state, to destroy
	 */
	ks_state_t *(*get_state)(ks_keys_t *this, time_t now);

	/**
	 * Put the keys of a store into force instead of those that are there. A
	 * KEK is dropped whose signature key is not configured any longer.
	 *
	 * @param state		state, only read
	 * @param config	configuration of the group
	 * @param now		current time
	 */
	void (*set_state)(ks_keys_t *this, ks_state_t *state, ks_config_t *config,
					  time_t now);

	/**
	 * Wipe all keys.
	 */
	void (*destroy)(ks_keys_t *this);
};

/**
 * Create it without keys.
 *
 * @param spis			SPIs of the server, outlives the keys
 * @param boot			clock that pseudotime runs on, NULL for that of this
 *						host
 */
ks_keys_t *ks_keys_create(ks_spis_t *spis, const ks_boot_t *boot);

/**
 * Give back the references of a protector.
 */
void ks_protector_clear(ks_protector_t *protector);

#endif /** KS_KEYS_H_ @}*/
