/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config ks_config
 * @{ @ingroup gdoi_ks
 *
 * The server section of a group, as values.
 */

#ifndef KS_CONFIG_H_
#define KS_CONFIG_H_

#include "ks_authorizer.h"
#include "ks_config_acl.h"
#include "ks_config_freshness.h"
#include "ks_config_kek.h"
#include "ks_config_rekey.h"
#include "ks_config_sid.h"
#include "ks_config_tek.h"

#include <config/group_config.h>
#include <collections/linked_list.h>
#include <networking/host.h>

typedef struct ks_config_t ks_config_t;

/** limit of members where the configuration gives none */
#define KS_MEMBERS_DEFAULT 10000

/** largest limit of members */
#define KS_MEMBERS_MAX 1000000

/**
 * Configuration of a group on its key server. Read only once it is parsed,
 * shared by reference; any thread.
 */
struct ks_config_t {

	/** name and identity */
	group_entry_t group;

	/** address that rekeys come from, per family; either may be NULL: unicast
	 *  rekeys come from where a member registered at anyway (KS-024) */
	host_t *local[2];

	/** names of the phase 1 connections that members come in by, char* */
	linked_list_t *connections;

	/** who may have the group */
	ks_authorizer_t *authorizer;

	/** seconds between checks of members' certificates, 0 for never */
	uint32_t recheck;

	/** which lists are configured, for show: "none", "addresses", ... */
	const char *authorize;

	/** the lists as they are written, NULL for none */
	char *addresses, *identities;

	/** KEK, NULL for a group without rekeys */
	ks_config_kek_t *kek;

	/** how rekeys are sent, NULL without KEK */
	ks_config_rekey_t *rekey;

	/** Sender IDs to hand out, NULL for none */
	ks_config_sid_t *sids;

	/** TEKs in the order of the configuration, ks_config_tek_t* */
	linked_list_t *teks;

	/** the access lists of all TEKs, and who can be told of them */
	ks_config_acl_t acl;

	/** how fresh packets are told from replayed ones */
	ks_config_freshness_t freshness;

	/** members receive by the TEKs, and send in the clear still (GM-036) */
	bool receive_only;

	/** largest number of members */
	uint32_t max_members;

	/** references */
	refcount_t refs;
};

/**
 * Parse the server section of a group.
 *
 * @param group			name and identity
 * @param node			section
 * @param reader		gets errors and warnings
 * @param acls			resolver of ACL names
 * @param user			data of the resolver
 * @param keydir		folder that has private keys in private, rsa and ecdsa
 * @return				configuration, NULL if there was an error
 */
ks_config_t *ks_config_parse(const group_entry_t *group, config_node_t *node,
							 config_reader_t *reader, group_acl_lookup_t acls,
							 void *user, const char *keydir);

/**
 * Compare configurations.
 *
 * @return				TRUE if running one or the other makes no difference
 */
bool ks_config_equals(ks_config_t *a, ks_config_t *b);

/**
 * Does the group take members of a connection?
 *
 * @param config		configuration
 * @param connection	name of a connection
 */
bool ks_config_has_connection(ks_config_t *config, const char *connection);

/**
 * Do members need Sender IDs, as a TEK has a counter mode?
 */
bool ks_config_needs_sids(ks_config_t *config);

/**
 * Largest number of members, GM-023.
 */
u_int ks_config_member_limit(ks_config_t *config);

/**
 * Find the section of a TEK.
 *
 * @param name			name of the section
 * @return				TEK, owned by config; NULL if there is none
 */
ks_config_tek_t *ks_config_find_tek(ks_config_t *config, const char *name);

/**
 * Shortest lifetime of TEKs and KEK, seconds.
 */
uint32_t ks_config_shortest_lifetime(ks_config_t *config);

/**
 * How many generations of all TEKs may live at a time: messages that carry
 * them all have to fit into a datagram.
 */
u_int ks_config_max_generations(ks_config_t *config);

/**
 * Local address of a family.
 *
 * @param config		configuration
 * @param family		AF_INET or AF_INET6
 * @return				address, owned by config; NULL if none is configured
 */
host_t *ks_config_get_local(ks_config_t *config, int family);

/**
 * Address that rekeys come from: the configured one, otherwise the address
 * that a member registered at, otherwise any.
 *
 * @param config		configuration
 * @param dst			multicast group that they go to, NULL for members
 * @param local			address that a member registered at, may be NULL
 * @return				address with port 848, to destroy
 */
host_t *ks_config_get_source(ks_config_t *config, host_t *dst, host_t *local);

/**
 * Get another reference.
 */
ks_config_t *ks_config_get_ref(ks_config_t *config);

/**
 * Give back a reference.
 */
void ks_config_destroy(ks_config_t *config);

#endif /** KS_CONFIG_H_ @}*/
