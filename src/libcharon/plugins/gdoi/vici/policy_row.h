/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup policy_row policy_row
 * @{ @ingroup gdoi_vici
 *
 * The keys of a list-policy row that follow from a KEK's or TEK's values, for
 * members and key servers alike. Compiled into every plugin that needs it; any
 * thread.
 */

#ifndef POLICY_ROW_H_
#define POLICY_ROW_H_

#include <group/group_kek.h>
#include <group/group_tek.h>
#include <plugins/vici/vici_builder.h>

/**
 * Start the row of a KEK: kind, spi, transport, algorithms, lifetime.
 *
 * @param kek			values; no key is added
 * @return				builder for more keys
 */
vici_builder_t *policy_row_kek(const group_kek_data_t *kek);

/**
 * Start the row of a TEK: kind, spi, algorithms, lifetime and what else is the
 * same for all who have it.
 *
 * @param tek			values; no key is added
 * @return				builder for more keys
 */
vici_builder_t *policy_row_tek(const group_tek_data_t *tek);

/**
 * Add how replays of a TEK's packets are found: `replay`, and `replay-window`
 * in packets or milliseconds if there is a method (SHOW-103).
 *
 * @param builder		row
 * @param tek			values
 */
void policy_row_add_replay(vici_builder_t *builder,
						   const group_tek_data_t *tek);

/**
 * Add a cipher to an open list, e.g. aes-gcm-256.
 *
 * @param builder		row with an open list
 * @param encr			cipher
 * @param bits			length of its key
 */
void policy_row_add_transform(vici_builder_t *builder,
							  encryption_algorithm_t encr, uint16_t bits);

/**
 * Add an access list as list "acl".
 *
 * @param builder		row
 * @param acl			access list
 */
void policy_row_add_acl(vici_builder_t *builder, group_acl_t *acl);

#endif /** POLICY_ROW_H_ @}*/
