/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_change gm_change
 * @{ @ingroup gdoi_member
 *
 * What a registration or a rekey changes in the data plane: worked out here,
 * put into force by gm_dataplane_t. No calls into the kernel.
 */

#ifndef GM_CHANGE_H_
#define GM_CHANGE_H_

#include "gm_flows.h"
#include "gm_teks.h"

#include <collections/linked_list.h>
#include <group/group_rekey.h>

typedef struct gm_change_t gm_change_t;

/**
 * A change until it is in force.
 */
struct gm_change_t {

	/** policy to install, NULL for none */
	group_policy_t *policy;

	/** when it came */
	uint64_t now;

	/** lines that the flows may have */
	u_int room;

	/** flows afterwards */
	gm_flow_t flows[CRYPTO_MAP_SAS];

	/** TEKs that were installed for it, as gm_tek_t */
	linked_list_t *fresh;

	/** why it failed, allocated */
	char *reason;
};

/**
 * Write why a change fails.
 *
 * @param fmt			text, printf format
 * @return				FALSE, for the caller to return
 */
bool gm_change_fail(gm_change_t *change, const char *fmt, ...);

/**
 * Write that an SA could not be installed, and why.
 *
 * @param map			crypto map that refused
 * @param spi			SPI of the SA
 * @return				FALSE, for the caller to return
 */
bool gm_change_refused(gm_change_t *change, crypto_map_t *map, uint32_t spi);

/**
 * Find out the flows of a registration's policy: those of installed TEKs that
 * it has again keep their index.
 *
 * @param change		change, its flows are empty
 * @param teks			installed TEKs
 * @return				FALSE if there is no room, with reason
 */
bool gm_change_plan(gm_change_t *change, gm_teks_t *teks);

/**
 * Find out the flows after a rekey, whose policy adds to those there are. New
 * access lists come before all others. Those that are not in the policy any
 * more but overlap new ones are replaced, also where their TEKs stay
 * (REKEY-104).
 *
 * @param change		change, its flows are the present ones
 * @param teks			installed TEKs
 * @return				FALSE if there is no room, with reason
 */
bool gm_change_plan_rekey(gm_change_t *change, gm_teks_t *teks);

/**
 * Take over what the policy says of installed TEKs, which are current then,
 * and set when those that are new take over and their predecessors end.
 *
 * @param change		change with a policy
 * @param teks			installed TEKs, without the new ones
 */
void gm_change_describe(gm_change_t *change, gm_teks_t *teks);

/**
 * Mark the TEKs that a rekey deletes: those of before, so none that it brings.
 *
 * @param rekey			rekey
 * @param teks			installed TEKs, without the new ones
 */
void gm_change_delete(group_rekey_t *rekey, gm_teks_t *teks);

/**
 * Give up the flows that lose all their TEKs by the deletes of a rekey which
 * has TEKs, but none for them: their traffic is not protected any more.
 * Without TEKs for anything they stay, and drop (ACL-007).
 *
 * @param change		change with a policy
 * @param teks			installed TEKs, without the new ones, marked by
 *						gm_change_delete()
 */
void gm_change_drop_deleted(gm_change_t *change, gm_teks_t *teks);

/**
 * Let all TEKs only receive.
 *
 * @param teks			installed TEKs
 */
void gm_change_retire(gm_teks_t *teks);

/**
 * Let TEKs that are deleted or whose flow ends only receive.
 *
 * @param change		change
 * @param flows			present flows
 * @param teks			installed TEKs, without the new ones
 */
void gm_change_retire_rekey(gm_change_t *change, gm_flow_t *flows,
							gm_teks_t *teks);

#endif /** GM_CHANGE_H_ @}*/
