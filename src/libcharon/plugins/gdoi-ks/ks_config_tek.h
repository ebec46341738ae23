/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_tek ks_config_tek
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_CONFIG_TEK_H_
#define KS_CONFIG_TEK_H_

#include <config/config_reader.h>
#include <config/group_config.h>
#include <group/group_tek.h>

typedef struct ks_config_tek_t ks_config_tek_t;

/** default lifetime of a TEK in seconds, X1 */
#define KS_TEK_LIFETIME_DEFAULT 3600

/** most octets that all lines of a group's TEKs may take as SATs in a rekey,
 *  which has room for two generations of them, their keys and a signature */
#define KS_TEK_OCTETS_MAX 28000

/**
 * Configuration of a TEK. Owned by a ks_config_t, read only.
 */
struct ks_config_tek_t {

	/** name of its section */
	char *name;

	/** place of its section among those of the TEKs, from 1 */
	u_int place;

	/** traffic that it protects, and what it leaves in the clear; at least one
	 *  permit line. The lists of all TEKs are one, in the order of places */
	group_acl_t *acl;

	/** GROUP_TEK_BOTH, or GROUP_TEK_RECEIVER_ONLY in a group whose members
	 *  send in the clear still (GM-036) */
	group_tek_direction_t direction;

	/** cipher */
	encryption_algorithm_t encr;

	/** key length of the cipher in bits, 0 if it has only one */
	uint16_t encr_bits;

	/** integrity algorithm */
	integrity_algorithm_t integ;

	/** lifetime in seconds */
	uint32_t lifetime;

	/** replay protection, and its window in milliseconds or packets; see
	 *  ks_config_freshness_parse() */
	group_replay_t replay;
	uint32_t replay_window;

	/** layout of its headers, ks_config_freshness_layout() */
	uint32_t layout;
};

/**
 * Parse the section of a TEK.
 *
 * @param node			section
 * @param reader		gets errors and warnings
 * @param acls			resolver of ACL names
 * @param user			data of the resolver
 * @return				configuration to destroy; NULL if there was an error
 */
ks_config_tek_t *ks_config_tek_parse(config_node_t *node,
									 config_reader_t *reader,
									 group_acl_lookup_t acls, void *user);

/**
 * Room that the permit lines of a TEK take as SATs in message 2, from above.
 *
 * @param tek			configuration
 * @return				octets
 */
size_t ks_config_tek_octets(ks_config_tek_t *tek);

/**
 * Compare configurations, also the names.
 */
bool ks_config_tek_equals(ks_config_tek_t *a, ks_config_tek_t *b);

/**
 * Destroy a configuration.
 */
void ks_config_tek_destroy(ks_config_tek_t *tek);

#endif /** KS_CONFIG_TEK_H_ @}*/
