/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_key_entry ks_key_entry
 * @{ @ingroup gdoi_ks
 *
 * One KEK or one generation of a TEK on its key server, and making its keys.
 * Values of ks_keys_t, which owns and changes them. All times are seconds of
 * one monotonic clock.
 */

#ifndef KS_KEY_ENTRY_H_
#define KS_KEY_ENTRY_H_

#include "ks_config.h"
#include "ks_state.h"

#include <group/group_kek.h>
#include <group/group_tek.h>

typedef struct ks_tek_entry_t ks_tek_entry_t;
typedef struct ks_kek_entry_t ks_kek_entry_t;
typedef struct ks_key_info_t ks_key_info_t;

/** a new TEK sends this many seconds before the old one ends, GM-007 */
#define KS_TEK_SWITCH 30

/**
 * A generation of a TEK.
 */
struct ks_tek_entry_t {

	/** name of its section */
	char *name;

	/** TEK with its original lifetime */
	group_tek_t *tek;

	/** time of creation */
	time_t created;

	/** time of its end */
	time_t end;

	/** seconds before its end when a successor is needed */
	uint32_t lead;

	/** made for a rekey that is not written yet: nobody has it */
	bool staged;

	/** ends with the rekey that is not written yet */
	bool ending;

	/** its section is configured no longer: nobody gets it any more */
	bool unwanted;

	/** place of its section among the TEKs, from 1; 0 if it has none */
	u_int place;

	/** made when members could not be told: they have to hear of it */
	bool untold;

	/** layout of the headers of its packets, ks_config_freshness_layout() */
	uint32_t layout;
};

/**
 * A KEK.
 */
struct ks_kek_entry_t {

	/** KEK with its original lifetime */
	group_kek_t *kek;

	/** key that signs its rekeys, a reference */
	private_key_t *key;

	/** name of that key */
	char *name;

	/** time of creation */
	time_t created;

	/** time of its end */
	time_t end;

	/** lifetime that is configured, which may have changed since */
	uint32_t lifetime;

	/** time of its end that the next rekey tells, 0 if it is the same */
	time_t next_end;

	/** seconds before its end when a successor is needed */
	uint32_t lead;

	/** last sequence number used under it */
	uint32_t sequence;
};

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

	/** KEK: last sequence number used under it */
	uint32_t sequence;
};

/**
 * Seconds from now until a moment, 0 if it has passed.
 */
uint32_t ks_key_remaining(time_t end, time_t now);

/**
 * Seconds until a successor of a key is due, 0 if it is.
 */
uint32_t ks_key_due(time_t end, uint32_t lead, time_t now);

/**
 * Age by which a key has the remaining lifetime that it has, also if its life
 * was cut.
 */
uint32_t ks_key_age(uint32_t lifetime, time_t end, time_t now);

/**
 * Make a generation of a TEK with random keys.
 *
 * @param config		its section
 * @param spi			SPI in network byte order
 * @param now			current time
 * @return				entry, NULL if there is no randomness
 */
ks_tek_entry_t *ks_tek_entry_create(ks_config_tek_t *config, uint32_t spi,
									time_t now);

/**
 * Is a generation what its section asks for, but for the lifetime and the
 * window of the replay protection (X15)?
 */
bool ks_tek_entry_matches(ks_tek_entry_t *entry, ks_config_tek_t *config);

/**
 * Can a generation not live beside one of its section, as members treat packets
 * by one kind of header at a time (D3P-011)?
 */
bool ks_tek_entry_excludes(ks_tek_entry_t *entry, ks_config_tek_t *config);

/**
 * Has a generation the access list and the direction of its section?
 */
bool ks_tek_entry_has_policy(ks_tek_entry_t *entry, ks_config_tek_t *config);

/**
 * Give a generation the access list and the direction of its section: what a
 * group protects is the same for all its keys, and so is the window of D3P.
 */
void ks_tek_entry_set_policy(ks_tek_entry_t *entry, ks_config_tek_t *config);

/**
 * How long before its end members start to send by the generation behind it:
 * KS_TEK_SWITCH, but never more than a quarter of the lifetime.
 */
uint32_t ks_tek_entry_switch(ks_tek_entry_t *entry);

/**
 * What a store keeps of a generation.
 *
 * @return				value for a ks_state_t
 */
ks_state_tek_t *ks_tek_entry_get_state(ks_tek_entry_t *entry, time_t now);

/**
 * Make a generation of what a store kept. Not all members may know of it.
 *
 * @param state			its age is below its lifetime
 */
ks_tek_entry_t *ks_tek_entry_restore(ks_state_tek_t *state, time_t now);

/**
 * Destroy a generation; the last reference of its TEK wipes the keys.
 */
void ks_tek_entry_destroy(ks_tek_entry_t *entry);

/**
 * Make a KEK with random SPI, IV and key. Its addresses are any address.
 *
 * @param config		its section
 * @param now			current time
 * @return				entry, NULL if there is no randomness
 */
ks_kek_entry_t *ks_kek_entry_create(ks_config_kek_t *config, time_t now);

/**
 * Is a KEK what its section asks for, but for the lifetime?
 */
bool ks_kek_entry_matches(ks_kek_entry_t *entry, ks_config_kek_t *config);

/**
 * Let a KEK have another lifetime, which counts from now on and is told by the
 * next rekey (REKEY-213). Until then members think that it ends when they were
 * told, so that it must not end later.
 *
 * @param lifetime		lifetime that is configured, in seconds
 */
void ks_kek_entry_set_lifetime(ks_kek_entry_t *entry, uint32_t lifetime,
							   time_t now);

/**
 * A rekey has told members of the lifetime.
 */
void ks_kek_entry_told(ks_kek_entry_t *entry);

/**
 * When a KEK ends as far as its successor is concerned.
 */
time_t ks_kek_entry_end(ks_kek_entry_t *entry);

/**
 * Destroy a KEK.
 *
 * @param entry			entry, may be NULL
 */
void ks_kek_entry_destroy(ks_kek_entry_t *entry);

/**
 * Describe a KEK.
 */
ks_key_info_t *ks_kek_entry_describe(ks_kek_entry_t *entry, time_t now);

/**
 * Describe a generation of a TEK.
 *
 * @param state			word for its state
 */
ks_key_info_t *ks_tek_entry_describe(ks_tek_entry_t *entry, const char *state,
									 time_t now);

/**
 * Destroy a description.
 */
void ks_key_info_destroy(ks_key_info_t *info);

#endif /** KS_KEY_ENTRY_H_ @}*/
