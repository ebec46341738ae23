/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_state ks_state
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_STATE_H_
#define KS_STATE_H_

#include "ks_pseudotime.h"
#include "ks_sid_pool.h"

#include <collections/linked_list.h>
#include <group/group_kek.h>
#include <group/group_tek.h>

typedef struct ks_state_t ks_state_t;
typedef struct ks_state_tek_t ks_state_tek_t;

/**
 * A generation of a TEK, as ks_keys_t has it.
 */
struct ks_state_tek_t {

	/** name of its section */
	char *name;

	/** TEK with keys and its original lifetime */
	group_tek_t *tek;

	/** seconds since its creation */
	uint32_t age;

	/** seconds before its end when a successor is needed */
	uint32_t lead;

	/** layout of the headers of its packets, 0 for none */
	uint32_t layout;
};

/**
 * The keys of a group and where its sequence is: what a restarted key server
 * needs to carry on. A value with one owner.
 */
struct ks_state_t {

	/** KEK with keys and its original lifetime, NULL for none */
	group_kek_t *kek;

	/** name of its signature key */
	char *kek_name;

	/** seconds since the KEK's creation */
	uint32_t kek_age;

	/** last sequence number used under the KEK */
	uint32_t sequence;

	/** TEKs in order of creation, ks_state_tek_t* */
	linked_list_t *teks;

	/** Sender IDs given under these keys */
	ks_sid_state_t sids;

	/** pseudotime of the group */
	ks_pseudotime_state_t pseudotime;
};

/**
 * Create an empty state.
 */
ks_state_t *ks_state_create();

/**
 * Destroy a state; its keys are wiped with their last reference.
 *
 * @param state			state, may be NULL
 */
void ks_state_destroy(ks_state_t *state);

#endif /** KS_STATE_H_ @}*/
