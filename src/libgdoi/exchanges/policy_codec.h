/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_policy_codec gdoi_policy_codec
 * @{ @ingroup libgdoi_exchanges
 *
 * Policy as SA and KD payloads, and back: the only place where values of the
 * wire get their meaning.
 */

#ifndef GDOI_POLICY_CODEC_H_
#define GDOI_POLICY_CODEC_H_

#include "../group/group_policy.h"
#include "../payloads/gdoi_wire.h"

/**
 * Write the body of the SA payload of a policy: the KEK as SAK, delays as GAP,
 * and one SAT per permit line of each TEK. A line for any address of both
 * families gives two SATs. What becomes of deny lines is up to the policy's
 * group_acl_form_t: with GROUP_ACL_LISTS all lines travel in the GAP, and there
 * is one SAT per TEK.
 *
 * D3P, pseudotime and methods of replay protection are private numbers: only
 * for peers that announced to understand them. Without them nothing of it is
 * written. A TEK with D3P or pseudotime needs that of the policy.
 *
 * @param policy	policy
 * @param body		payload without generic header, allocated
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if GDOI can't express the policy, or if it does not
 *					fit into a payload
 */
bool gdoi_policy_write_sa(group_policy_t *policy, chunk_t *body,
						  char **reason);

/**
 * Read an SA payload. SATs of the same protocol and SPI become one TEK with
 * their selectors as permit lines in the order of the SATs. If the lines are
 * in the GAP, each SAT is a TEK with one of its lists, and the policy's form
 * is GROUP_ACL_LISTS.
 *
 * @param body		payload without generic header
 * @param tolerance	departures to take, gdoi_tolerance_t flags
 * @param notify	set to what the sender should hear, if NULL is returned
 * @param reason	set to why, allocated, if NULL is returned; may be NULL
 * @return			policy without keys, owned by the caller; NULL if malformed
 *					or not understood
 */
group_policy_t *gdoi_policy_read_sa(chunk_t body, u_int tolerance,
									gdoi_notify_t *notify, char **reason);

/**
 * Write the body of the KD payload of a policy: the KEK's packet if there is
 * one, one packet per TEK, and one for the Sender IDs if it has any.
 *
 * @param policy	policy with its keys
 * @param body		payload without generic header, allocated, chunk_clear() it
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if a key is missing, if the Sender IDs fail
 *					group_policy_check_sids(), or if it does not fit
 */
bool gdoi_policy_write_kd(group_policy_t *policy, chunk_t *body,
						  char **reason);

/**
 * Read a KD payload.
 *
 * @param policy	policy of the SA payload that goes with it, not changed
 * @param body		payload without generic header
 * @param reason	set to why, allocated, if NULL is returned; may be NULL
 * @return			policy with all its keys and the Sender IDs, owned by the
 *					caller; NULL if malformed, if keys are missing, of a wrong
 *					length, there twice, or for an SPI that the policy does not
 *					have, or if group_policy_check_sids() finds a fault
 */
group_policy_t *gdoi_policy_read_kd(group_policy_t *policy, chunk_t body,
									char **reason);

/**
 * Read the KD payload of a rekey. What it leaves out of the KEK that protects
 * the rekey, its packet or only its public key, is taken from there. Sender IDs
 * are ignored, as RFC 6407 section 5.6.4 has them in registrations only.
 *
 * @param policy	policy of the SA payload that goes with it, not changed
 * @param known		KEK with keys that protects the rekey
 * @param body		payload without generic header
 * @param reason	set to why, allocated, if NULL is returned; may be NULL
 * @return			as gdoi_policy_read_kd(); also NULL if it has another key,
 *					IV or algorithm for the known KEK, but not for another
 *					public key, which is for the caller to compare
 */
group_policy_t *gdoi_policy_read_rekey(group_policy_t *policy,
									   group_kek_t *known, chunk_t body,
									   char **reason);

#endif /** GDOI_POLICY_CODEC_H_ @}*/
