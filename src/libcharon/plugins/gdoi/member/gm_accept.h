/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_accept gm_accept
 * @{ @ingroup gdoi_member
 */

#ifndef GM_ACCEPT_H_
#define GM_ACCEPT_H_

#include "gm_config.h"

#include <group/group_policy.h>

/**
 * Judge the policy of a key server, before keys are asked for (RFC 6407
 * section 3.2, GM-027, GM-028, LOG-136).
 *
 * Without lists in the configuration AES-CBC with HMAC-SHA-2 is taken, AES-GCM
 * with an ICV of 16 octets for TEKs, and rekeys signed with SHA-2. If a counter
 * mode gets the Sender IDs that it needs shows in message 4 only, see
 * gm_sids_accept(). Refused whatever the lists say: AH, transport mode,
 * anything but full address preservation, and more than the crypto map has
 * room for.
 *
 * A pure function.
 *
 * @param config		configuration of the group
 * @param policy		policy, keys not needed
 * @param reason		set to why it is refused, allocated, if FALSE is
 *						returned
 * @return				TRUE if a member with this configuration takes it
 */
bool gm_accept(gm_config_t *config, group_policy_t *policy, char **reason);

/**
 * Judge the policy of a rekey: as that of a registration, but it may do without
 * TEKs.
 *
 * @param config		configuration of the group
 * @param policy		policy
 * @param reason		set to why it is refused, allocated, if FALSE is
 *						returned
 * @return				TRUE if a member with this configuration takes it
 */
bool gm_accept_rekey(gm_config_t *config, group_policy_t *policy,
					 char **reason);

/**
 * Check if two TEKs of one SPI are the same SA, so that what is installed of
 * one serves the other, whatever else the policy says of them. Constant time in
 * the keys.
 *
 * @param a_tek			TEK with keys
 * @param b_tek			TEK with keys
 * @return				TRUE if they have the same algorithms, keys and replay
 *						method
 */
bool gm_same_keys(group_tek_t *a_tek, group_tek_t *b_tek);

#endif /** GM_ACCEPT_H_ @}*/
