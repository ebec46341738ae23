/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_teks ks_teks
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_TEKS_H_
#define KS_TEKS_H_

#include "ks_key_entry.h"
#include "ks_spis.h"
#include "ks_state.h"

#include <group/group_policy.h>
#include <group/group_rekey.h>

typedef struct ks_teks_t ks_teks_t;
typedef enum ks_need_t ks_need_t;
typedef enum ks_stage_t ks_stage_t;
typedef enum ks_give_t ks_give_t;

/**
 * Why members have to be told something, flags.
 */
enum ks_need_t {
	/** a TEK needs a new generation: by time, or as configured otherwise */
	KS_NEED_TEK = (1 << 0),
	/** the KEK needs to be replaced: by time, or as configured otherwise */
	KS_NEED_KEK = (1 << 1),
	/** TEKs are there or gone that members do not know of */
	KS_NEED_TELL = (1 << 2),
	/** TEKs are there that can't live beside those to come (D3P-011) */
	KS_NEED_REPLACE = (1 << 3),
	/** members have to hear the pseudotime (TBAR-004) */
	KS_NEED_SYNC = (1 << 4),
};

/**
 * What to make for a rekey, flags.
 */
enum ks_stage_t {
	/** another KEK; new generations come with it (KS-018) */
	KS_STAGE_KEK = (1 << 0),
	/** a new generation of every TEK, not only where one is due */
	KS_STAGE_TEKS = (1 << 1),
	/** all generations that live now end with the rekey, REKEY-030 */
	KS_STAGE_REPLACE = (1 << 2),
	/** not even generations that are due: another KEK alone, if asked for */
	KS_STAGE_NO_TEKS = (1 << 3),
	/** members get none of it but by registering: with another KEK, if there
	 *  is one, and KS_STAGE_REPLACE; Sender IDs begin anew */
	KS_STAGE_RESTART = (1 << 4),
};

/**
 * Which keys to hand out.
 */
enum ks_give_t {
	/** those in force: registrations */
	KS_GIVE_LIVE = 0,
	/** those in force after the rekey that is being made */
	KS_GIVE_NEW,
	/** the KEK alone, the one after the rekey */
	KS_GIVE_KEK,
};

/**
 * The generations of a group's TEKs: the part of ks_keys_t (see there) that
 * deals with them. Not thread-safe. All times are seconds of one monotonic
 * clock.
 */
struct ks_teks_t {

	/**
	 * Wipe what is over, make what there must be; see ks_keys_t.update().
	 */
	bool (*update)(ks_teks_t *this, ks_config_t *config, u_int members,
				   time_t now);

	/**
	 * What is there to tell members, flags of ks_need_t but for the KEK's.
	 */
	u_int (*get_needs)(ks_teks_t *this, ks_config_t *config, time_t now);

	/**
	 * Seconds until a generation is due by the schedule, UINT32_MAX if there
	 * is none.
	 */
	uint32_t (*get_due)(ks_teks_t *this, time_t now);

	/**
	 * Make generations for a rekey, and mark those that end with it.
	 *
	 * @param what		ks_stage_t flags
	 * @return			FALSE if they can't be made, discard() then
	 */
	bool (*stage)(ks_teks_t *this, ks_config_t *config, u_int what,
				  time_t now);

	/**
	 * Get those that end with the rekey; see ks_keys_t.get_deletes().
	 */
	u_int (*get_deletes)(ks_teks_t *this, group_delete_t *deletes);

	/**
	 * Put what is staged into force, end what ends with it.
	 */
	void (*commit)(ks_teks_t *this);

	/**
	 * Forget what is staged.
	 */
	void (*discard)(ks_teks_t *this);

	/**
	 * Shorten the life of those in force.
	 *
	 * @param seconds	longest remaining lifetime
	 */
	void (*cut)(ks_teks_t *this, uint32_t seconds, time_t now);

	/**
	 * Add TEKs with remaining lifetimes to a policy, in the order of their
	 * sections, and in order of creation where they have the same.
	 *
	 * @return			FALSE if there was none to add
	 */
	bool (*give)(ks_teks_t *this, ks_give_t give, group_policy_t *policy,
				 time_t now);

	/**
	 * Get the replay protections that members have or get, see
	 * ks_tek_list_get_replays().
	 */
	u_int (*get_replays)(ks_teks_t *this, time_t now);

	/**
	 * Get the tick of those with pseudotime, see ks_tek_list_get_tick().
	 */
	uint32_t (*get_tick)(ks_teks_t *this, ks_give_t give, time_t now);

	/**
	 * When does the one end that lives longest of those in force?
	 *
	 * @param now		current time, returned if there is none
	 */
	time_t (*get_end)(ks_teks_t *this, time_t now);

	/**
	 * Add descriptions to a list.
	 *
	 * @param list		gets ks_key_info_t*
	 */
	void (*describe)(ks_teks_t *this, linked_list_t *list, time_t now);

	/**
	 * Add what a store keeps to a state.
	 */
	void (*get_state)(ks_teks_t *this, ks_state_t *state, time_t now);

	/**
	 * Put those of a store into force instead of what is there.
	 */
	void (*set_state)(ks_teks_t *this, ks_state_t *state, time_t now);

	/**
	 * Wipe all and destroy.
	 */
	void (*destroy)(ks_teks_t *this);
};

/**
 * Create it without TEKs.
 *
 * @param spis			SPIs of the server, outlives the TEKs
 */
ks_teks_t *ks_teks_create(ks_spis_t *spis);

#endif /** KS_TEKS_H_ @}*/
