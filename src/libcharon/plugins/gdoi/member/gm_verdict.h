/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_verdict gm_verdict
 * @{ @ingroup gdoi_member
 *
 * What becomes of a packet, told from what was set in the crypto map.
 */

#ifndef GM_VERDICT_H_
#define GM_VERDICT_H_

#include <cryptomap/crypto_map.h>
#include <group/group_rules.h>

typedef struct gm_view_t gm_view_t;
typedef struct gm_verdict_t gm_verdict_t;

/**
 * What a group's crypto map decides by: a copy that outlives the next change.
 */
struct gm_view_t {

	/** TRUE if the crypto map is on its interface */
	bool attached;

	/** TRUE if the list of fail_close is in force */
	bool closed;

	/** rules in force, a reference; or NULL */
	group_rules_t *rules;

	/** SPI that sends per SA, network order; 0 if there is none */
	uint32_t spis[CRYPTO_MAP_SAS];

	/** direction per SA */
	crypto_map_direction_t directions[CRYPTO_MAP_SAS];

	/** key servers that pass by the rules, copies */
	host_t *servers[CRYPTO_MAP_SERVERS];
	u_int server_count;
};

/**
 * What becomes of a packet.
 */
struct gm_verdict_t {

	/** rule that decides if it leaves here, NULL if none does */
	const group_rule_t *rule;

	/** its place, 0 for the first */
	u_int place;

	/** what happens to it */
	group_rule_action_t outbound;

	/** why, a static sentence */
	const char *reason;

	/** rule that decides if it arrives here in clear, NULL if none does */
	const group_rule_t *inbound_rule;

	/** its place */
	u_int inbound_place;

	/** TRUE if it gets in then */
	bool accepted;
};

/**
 * Find out what becomes of a packet. Not told from an operator's text are a
 * packet's TTL and its ICMP type: IGMP, MLD and neighbour discovery on the link
 * are not dropped, whatever this says.
 *
 * @param view			what decides
 * @param packet		packet
 * @param verdict		gets the answer, rules valid as long as the view
 */
void gm_verdict_judge(const gm_view_t *view, const group_packet_t *packet,
					  gm_verdict_t *verdict);

/**
 * Copy a view.
 *
 * @param view			view to copy
 * @param copy			gets the copy, to be cleared
 */
void gm_view_clone(const gm_view_t *view, gm_view_t *copy);

/**
 * Give back what a view refers to.
 */
void gm_view_clear(gm_view_t *view);

#endif /** GM_VERDICT_H_ @}*/
