/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_flows gm_flows
 * @{ @ingroup gdoi_member
 *
 * The different access lists of a policy, each at the index that its SA has
 * in the crypto map.
 */

#ifndef GM_FLOWS_H_
#define GM_FLOWS_H_

#include <cryptomap/crypto_map.h>
#include <group/group_rules.h>

typedef struct gm_flow_t gm_flow_t;

/**
 * A flow: traffic that the same TEKs protect. Arrays of them have
 * CRYPTO_MAP_SAS elements.
 */
struct gm_flow_t {
	/** access list, NULL if the index is free */
	group_acl_t *acl;
	/** place of its lines in the crypto map, lowest first */
	int order;
	/** TRUE if the lines are left out: nothing is to be sent by them */
	bool silent;
};

/**
 * Make all indices free.
 *
 * @param flows			array
 */
void gm_flows_clear(gm_flow_t *flows);

/**
 * Find the flow of an access list.
 *
 * @param flows			array
 * @param acl			access list
 * @return				index, -1 if there is none
 */
int gm_flows_find(gm_flow_t *flows, group_acl_t *acl);

/**
 * Give a free index to an access list.
 *
 * @param flows			array
 * @param acl			access list, referenced
 * @param order			place of its lines
 * @return				index, -1 if none is free
 */
int gm_flows_add(gm_flow_t *flows, group_acl_t *acl, int order);

/**
 * Copy an array.
 *
 * @param flows			array to copy
 * @param copy			empty array, to be cleared
 */
void gm_flows_copy(gm_flow_t *flows, gm_flow_t *copy);

/**
 * Get the lowest place of lines.
 *
 * @param flows			array
 * @return				order, 0 if there are no flows
 */
int gm_flows_first(gm_flow_t *flows);

/**
 * Number of lines of all flows.
 *
 * @param flows			array
 */
u_int gm_flows_count_lines(gm_flow_t *flows);

/**
 * Check if there may be packets that permit lines of two access lists both
 * match. Packets that a deny line before takes out of one of them don't count,
 * as far as a single deny line does.
 *
 * @param a				access list
 * @param b				access list
 */
bool gm_flows_overlap(group_acl_t *a, group_acl_t *b);

/**
 * Add the lines of all flows to rules, in their order. Permit lines get the
 * index of their flow as SA; silent flows are left out.
 *
 * @param flows			array
 * @param rules			rules to add to
 */
void gm_flows_merge(gm_flow_t *flows, group_rules_t *rules);

#endif /** GM_FLOWS_H_ @}*/
