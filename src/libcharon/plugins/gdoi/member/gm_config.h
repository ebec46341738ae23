/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_config gm_config
 * @{ @ingroup gdoi_member
 */

#ifndef GM_CONFIG_H_
#define GM_CONFIG_H_

#include "gm_schedule.h"
#include "gm_stamp_config.h"

#include "../config/group_config.h"
#include "../cryptomap/crypto_map.h"

#include <collections/linked_list.h>
#include <crypto/proposal/proposal.h>

typedef struct gm_config_t gm_config_t;
typedef struct gm_config_data_t gm_config_data_t;
typedef struct gm_list_t gm_list_t;

/** key servers of a group, GM-002 */
#define GM_SERVERS_MAX 8

/** entries of kek_proposals and esp_proposals, GM-028 */
#define GM_PROPOSALS_MAX 6

/** lines of an access list of the member's own; as many of the key server
 *  fit in beside them */
#define GM_LINES_MAX 1024

/**
 * What happens to a load that would lock the administrator out.
 */
typedef enum {
	/** it is refused */
	GM_LOCKOUT_REFUSE,
	/** it is loaded with a warning */
	GM_LOCKOUT_WARN,
	/** nobody looks */
	GM_LOCKOUT_OFF,
} gm_lockout_t;

/**
 * Names of gm_lockout_t: refuse, warn, off.
 */
extern enum_name_t *gm_lockout_names;

/**
 * An access list that the member's section names.
 */
struct gm_list_t {

	/** name in acls, NULL if there is none */
	char *name;

	/** its lines, NULL if there is none */
	group_acl_t *acl;
};

/**
 * Values of a `member` section.
 */
struct gm_config_data_t {

	/** name and identity of the group */
	group_entry_t group;

	/** connections to key servers, in the order to try (GM-003) */
	char *servers[GM_SERVERS_MAX];

	/** number of servers, 1..GM_SERVERS_MAX */
	u_int server_count;

	/** interface that the crypto map sits on */
	char *interface;

	/** source address of registrations (KS-021, GM-015), or NULL */
	host_t *local_address;

	/** interface whose address is the source of registrations, or NULL */
	char *local_interface;

	/** own lines, which come before the key server's (ACL-003, ACL-004) */
	gm_list_t acl;

	/** TRUE to drop all traffic until registered (GM-051, GM-053) */
	bool fail_close;

	/** exceptions of fail_close, deny lines only (GM-052, GM-057) */
	gm_list_t fail_close_acl;

	/** TRUE to drop all traffic again when keys run out */
	bool fail_close_revert;

	/** what to do with a load that fail_close would cut off */
	gm_lockout_t lockout_check;

	/** in which directions traffic is encrypted (GM-032); both leaves it to
	 *  the key server */
	crypto_map_direction_t direction;

	/** TRUE to keep phase 1 after a registration (KS-016) */
	bool keep_phase1;

	/** TRUE to also take lengths of two octets for the identities in SAs */
	bool long_id_lengths;

	/** TRUE to clear the outer DF bit */
	bool clear_df;

	/** KEKs to take, proposal_t of PROTO_ESP; NULL for the default */
	linked_list_t *kek_proposals;

	/** TEKs to take, proposal_t of PROTO_ESP; NULL for the default */
	linked_list_t *esp_proposals;

	/** Sender IDs to ask for if the group has a counter mode,
	 *  1..SID_SAMPLER_SIDS_MAX */
	uint16_t sender_ids;

	/** how to make and judge time stamps in packets */
	gm_stamp_config_t stamps;

	/** tunnel endpoints of the kernel's states, NULL for the defaults */
	host_t *anchors[4];

	/** milliseconds for one server, from phase 1 to the keys */
	uint32_t register_timeout;

	/** how long before expiry to register again (GM-007, REKEY-024), ms */
	uint32_t reregister_margin;

	/** largest random advance of a registration before expiry, ms */
	uint32_t reregister_jitter;

	/** largest random wait before a rekey by multicast is acknowledged, ms */
	uint32_t ack_delay;

	/** shortest time between registrations because of hints that there are
	 *  keys we don't have, ms */
	uint32_t recovery_interval;

	/** waits between rounds over the servers */
	gm_retry_t retry;
};

/**
 * Order of anchors in gm_config_data_t.
 */
enum {
	GM_ANCHOR_LOCAL4 = 0,
	GM_ANCHOR_REMOTE4,
	GM_ANCHOR_LOCAL6,
	GM_ANCHOR_REMOTE6,
};

/**
 * Configuration of a group at a member: an immutable value that threads share
 * by reference.
 */
struct gm_config_t {

	/**
	 * Get the values.
	 *
	 * @return			values, valid as long as the reference; read only
	 */
	const gm_config_data_t *(*get)(gm_config_t *this);

	/**
	 * Check if a connection is one of the servers.
	 */
	bool (*has_server)(gm_config_t *this, const char *connection);

	/**
	 * Compare all values.
	 */
	bool (*equals)(gm_config_t *this, gm_config_t *other);

	/**
	 * Compare what a running group can't change: identity, interface,
	 * source, anchors and what depends on them.
	 *
	 * @return			TRUE if a group can go from this to other and keep its
	 *					keys
	 */
	bool (*same_place)(gm_config_t *this, gm_config_t *other);

	/** Get another reference. */
	gm_config_t *(*get_ref)(gm_config_t *this);

	/** Give back a reference. */
	void (*destroy)(gm_config_t *this);
};

/**
 * Read a `member` section.
 *
 * @param group			name and identity, copied
 * @param node			section
 * @param reader		gets errors with the path of the key
 * @param acls			resolver of names of access lists
 * @param user			user data of acls
 * @return				configuration, NULL if there was an error
 */
gm_config_t *gm_config_parse(const group_entry_t *group, config_node_t *node,
							 config_reader_t *reader, group_acl_lookup_t acls,
							 void *user);

#endif /** GM_CONFIG_H_ @}*/
