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
#include <group/group_acl.h>

typedef struct gm_flow_t gm_flow_t;

/**
 * A flow: traffic that the same TEKs protect. Arrays of them have
 * CRYPTO_MAP_SAS elements.
 */
struct gm_flow_t {
	/** access list, NULL if the index is free */
	group_acl_t *acl;
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
 * Make the lines of all flows the access list of a crypto map. Lines beyond
 * its room are left out; gm_accept() has seen to it that there are none.
 *
 * @param flows			array
 * @param map			crypto map
 */
void gm_flows_push(gm_flow_t *flows, crypto_map_t *map);

/**
 * Set the access list of a crypto map for the time without policy: nothing,
 * so that everything passes in clear (GM-050), or "permit ip any any" with no
 * SA ready, so that everything is dropped (GM-051).
 *
 * @param map			crypto map
 * @param fail_close	TRUE to drop
 */
void gm_flows_push_initial(crypto_map_t *map, bool fail_close);

#endif /** GM_FLOWS_H_ @}*/
