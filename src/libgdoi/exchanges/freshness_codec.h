/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_freshness_codec gdoi_freshness_codec
 * @{ @ingroup libgdoi_exchanges
 *
 * Freshness of packets in GAP and SATs, by attributes of private numbers;
 * README.md has their octets. A policy that makes no use of it has none of
 * them.
 */

#ifndef GDOI_FRESHNESS_CODEC_H_
#define GDOI_FRESHNESS_CODEC_H_

#include "../group/group_policy.h"
#include "../payloads/gdoi_sa.h"

/**
 * Does a policy tell methods of replay protection? Then each of its SATs says
 * one, be it none.
 */
bool gdoi_freshness_is_told(group_policy_t *policy);

/**
 * Put D3P and pseudotime of a policy into its GAP.
 *
 * @param policy	policy
 * @param gap		gets the attributes, if there are any
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if there are both (D3P-011), or values that have no
 *					place in them
 */
bool gdoi_freshness_write_gap(group_policy_t *policy, gdoi_gap_t *gap,
							  char **reason);

/**
 * Put method and window of a TEK into its SAT, unless gdoi_freshness_is_told()
 * says no.
 *
 * @param policy	policy of the TEK
 * @param tek		TEK
 * @param sat		gets the attributes
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if the policy has not what the method needs, or if the
 *					window can't be told
 */
bool gdoi_freshness_write_sat(group_policy_t *policy,
							  const group_tek_data_t *tek, gdoi_sat_t *sat,
							  char **reason);

/**
 * Take D3P and pseudotime of an SA payload, and check that either all SATs or
 * none say a method.
 *
 * @param sa		SA payload
 * @param policy	gets D3P and pseudotime
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 */
bool gdoi_freshness_read_sa(const gdoi_sa_t *sa, group_policy_t *policy,
							char **reason);

/**
 * Take method and window of a SAT. One that says no method has D3P if the
 * policy has (D3P-006), otherwise none.
 *
 * @param sat		SAT
 * @param policy	policy with what gdoi_freshness_read_sa() took
 * @param tek		gets method and window
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 */
bool gdoi_freshness_read_sat(const gdoi_sat_t *sat, group_policy_t *policy,
							 group_tek_data_t *tek, char **reason);

#endif /** GDOI_FRESHNESS_CODEC_H_ @}*/
