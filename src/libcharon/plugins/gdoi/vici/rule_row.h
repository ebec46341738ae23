/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup rule_row rule_row
 * @{ @ingroup gdoi_vici
 *
 * Rows of list-policies that show the lines in force, for members and key
 * servers alike. Compiled into every plugin that needs it; any thread.
 */

#ifndef RULE_ROW_H_
#define RULE_ROW_H_

#include <group/group_rules.h>
#include <plugins/vici/vici_builder.h>

/**
 * Start the row of a line.
 *
 * @param rule			line
 * @param place			its place, 0 for the first
 * @param spi			SPI that encrypts, network order; 0 if there is none
 * @return				builder for more keys
 */
vici_builder_t *rule_row_line(const group_rule_t *rule, u_int place,
							  uint32_t spi);

/**
 * Start the row that says what becomes of a packet. The keys of the line that
 * decides are added where there is one.
 *
 * @param outbound		what happens to the packet if it leaves
 * @param accepted		TRUE if it is accepted if it arrives in clear
 * @param reason		why
 * @return				builder for more keys
 */
vici_builder_t *rule_row_match(group_rule_action_t outbound, bool accepted,
							   const char *reason);

/**
 * Add the keys of a line to a row.
 *
 * @param builder		row
 * @param rule			line
 * @param place			its place, 0 for the first
 * @param spi			SPI that encrypts, network order; 0 if there is none
 */
void rule_row_add_line(vici_builder_t *builder, const group_rule_t *rule,
					   u_int place, uint32_t spi);

/**
 * Add the place of the line that decides about a packet that arrives in clear.
 *
 * @param builder		row
 * @param place			its place, 0 for the first
 */
void rule_row_add_inbound(vici_builder_t *builder, u_int place);

/**
 * Add the lines of an access list with their numbers, as a list of
 * "NUMBER LINE".
 *
 * @param builder		row
 * @param key			name of the list
 * @param acl			access list
 */
void rule_row_add_acl(vici_builder_t *builder, char *key, group_acl_t *acl);

#endif /** RULE_ROW_H_ @}*/
