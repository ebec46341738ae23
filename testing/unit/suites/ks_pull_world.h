/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_pull_world ks_pull_world
 *
 * A key server with three groups, and a member that registers with it over a
 * fake phase 1: what the suites about registration share.
 */

#ifndef KS_PULL_WORLD_H_
#define KS_PULL_WORLD_H_

#include "ks_fixture.h"

#include <exchanges/informational.h>
#include <exchanges/pull_initiator.h>

/** two groups of different access, and one for a single member */
#define PULL_CONFIG \
	"groups {\n" \
	" getvpn {\n id = 3333\n server {\n local_address = 10.0.8.1\n" \
	"  connections = members\n" \
	"  authorize {\n addresses = 10.1.0.0/16\n" \
	"   identities = \"OU=GETVPN, *\"\n }\n" \
	"  kek {\n signature_key = rsa.der\n }\n" \
	"  teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	" other {\n id = 10.9.9.9\n server {\n connections = members, others\n" \
	"  authorize {\n addresses = 10.1.1.1\n identities = deny any\n }\n" \
	"  teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	" small {\n id = 1\n server {\n connections = members\n" \
	"  max_members = 1\n teks {\n data {\n acl = vpn\n }\n }\n }\n }\n" \
	"}\n" \
	"acls {\n vpn {\n 10 = permit ip 10.1.0.0/16 10.1.0.0/16\n" \
	"  20 = permit udp 10.2.0.0/16 10.1.0.0/16 port 53\n }\n }\n"

/** a group of many members, by number */
extern const group_id_t pull_getvpn;
/** a group of one address, by address */
extern const group_id_t pull_other_group;
/** a group with room for one member */
extern const group_id_t pull_small;
/** not a group of the server */
extern const group_id_t pull_unknown;

/** the server's groups */
extern ks_manager_t *pull_manager;
/** the server's registrations */
extern ks_pull_t *pull_server;

void pull_setup();

void pull_teardown();

/**
 * Create a member's side
 */
gdoi_pull_initiator_t *pull_member(fake_phase1_t *phase1,
									 const group_id_t *group, uint32_t mid);

/**
 * Hand a datagram to the server and take its reply
 */
chunk_t pull_ask(fake_phase1_t *phase1, chunk_t datagram);

/**
 * Number of members of a group
 */
u_int pull_members(const group_id_t *id);

/**
 * Value of a counter
 */
uint64_t pull_counter(char *name);

/**
 * Number of lines of the log with a text
 */
int pull_logged(const char *text);

/**
 * Type of the notify in an informational
 */
int pull_notify_type(fake_phase1_t *phase1, chunk_t datagram);

/**
 * Run a whole registration.
 *
 * @return				policy with keys, NULL if the server refused
 */
group_policy_t *pull_enrol(fake_phase1_t *phase1, const group_id_t *group,
							 uint32_t mid);

/**
 * Register and expect to get keys
 */
void pull_expect_success(fake_phase1_t *phase1, const group_id_t *group,
						   uint32_t mid);

/**
 * Register and expect a refusal with a notify
 */
void pull_expect_refusal(fake_phase1_t *phase1, const group_id_t *group,
						   int type);

#endif /** KS_PULL_WORLD_H_ @}*/
