/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_keys ks_keys
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_KEYS_H_
#define KS_KEYS_H_

#include "ks_config.h"
#include "ks_spis.h"

#include <group/group_policy.h>

typedef struct ks_keys_t ks_keys_t;
typedef struct ks_key_info_t ks_key_info_t;

/** a new TEK sends this many seconds before the old one ends, GM-007 */
#define KS_TEK_SWITCH 30

/**
 * Description of a key for listings. Destroy it by ks_key_info_destroy().
 */
struct ks_key_info_t {

	/** TEK with original lifetime, or NULL */
	group_tek_t *tek;

	/** KEK with original lifetime, or NULL */
	group_kek_t *kek;

	/** name of the TEK, or of the KEK's signature key */
	char *name;

	/** "CURRENT", "NEXT" or "OLD" */
	const char *state;

	/** seconds since its creation */
	uint32_t age;

	/** remaining lifetime in seconds */
	uint32_t remaining;

	/** seconds until its successor is made, 0 if there is one */
	uint32_t replaced;
};

/**
 * The keys of one group: makes them, replaces them by time (ks_schedule.h) and
 * wipes them at their end (KS-003, KS-006).
 *
 * A TEK's successor is made with the configuration of that moment. Until then
 * a changed cipher, lifetime or access list waits, as members without rekeys
 * could not follow; a TEK that is no longer configured ends at once, and a
 * changed KEK is replaced at once.
 *
 * Not thread-safe: the group's lock protects it. All times are seconds of the
 * same monotonic clock.
 */
struct ks_keys_t {

	/**
	 * Make the keys that are needed now, wipe those that are over.
	 *
	 * @param config	configuration of the group
	 * @param now		current time
	 * @return			FALSE if a key is missing as it can't be made
	 */
	bool (*update)(ks_keys_t *this, ks_config_t *config, time_t now);

	/**
	 * Put together what a member gets, with remaining lifetimes. TEKs come in
	 * the order of their creation: of several, members send by the first until
	 * it is about to end.
	 *
	 * @param now		current time
	 * @param src		where rekeys come from
	 * @param dst		where rekeys to this member go to
	 * @return			policy with keys, NULL if no TEK is live
	 */
	group_policy_t *(*get_policy)(ks_keys_t *this, time_t now, host_t *src,
								  host_t *dst);

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
	 * Wipe all keys.
	 */
	void (*destroy)(ks_keys_t *this);
};

/**
 * Create it without keys.
 *
 * @param spis			SPIs of the server, outlives the keys
 */
ks_keys_t *ks_keys_create(ks_spis_t *spis);

/**
 * Destroy a description.
 */
void ks_key_info_destroy(ks_key_info_t *info);

#endif /** KS_KEYS_H_ @}*/
