/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_acl ks_config_acl
 * @{ @ingroup gdoi_ks
 *
 * The access lists of all TEKs as the one list that they are, and who can be
 * told of it.
 */

#ifndef KS_CONFIG_ACL_H_
#define KS_CONFIG_ACL_H_

#include "ks_ack_mode.h"
#include "ks_config_tek.h"

#include <collections/linked_list.h>
#include <group/group_policy.h>

typedef struct ks_config_acl_t ks_config_acl_t;
typedef enum ks_deny_t ks_deny_t;
typedef enum ks_told_t ks_told_t;

/** most lines of all TEKs of a group */
#define KS_ACL_LINES_MAX 1024

/** most octets of all lines in POLICY_ACL: that many IPv6 lines, and a rekey
 *  has room for keys and a signature beside them */
#define KS_ACL_OCTETS_MAX 48000

/**
 * Setting "deny_lines": what becomes of members that only speak RFC 6407, and
 * can't be told of deny lines that make a difference.
 */
enum ks_deny_t {
	/** they are refused, the default */
	KS_DENY_REFUSE = 0,
	/** they get the permit lines */
	KS_DENY_IGNORE,
};

/**
 * enum names for ks_deny_t, as in the configuration.
 */
extern enum_name_t *ks_deny_names;

/**
 * What members of a kind are told of the access lists.
 */
enum ks_told_t {
	/** all that makes a difference */
	KS_TOLD_ALL = 0,
	/** permit lines alone: they protect traffic that others leave clear */
	KS_TOLD_PERMITS,
	/** nothing, they can't be members */
	KS_TOLD_NOT,
};

/**
 * What there is to know of the access lists of a group's TEKs.
 */
struct ks_config_acl_t {

	/** who can't be told of deny lines */
	ks_deny_t deny;

	/** how many lines are used at most, 0 without a limit (ACL-009) */
	u_int limit;

	/** lines that the lists have, and those that are used */
	u_int lines, used;

	/** some lines that are used deny */
	bool has_deny;

	/** packets match a deny line first, and would match a permit line else:
	 *  leaving out the deny lines protects other traffic. Looks at two lines at
	 *  a time, so may be TRUE also where several lines together make a deny
	 *  line needless. */
	bool matters;

	/** the permit lines fit into SATs */
	bool fits;
};

/**
 * Read the settings about access lists, check the lists of all TEKs together,
 * and shorten them to the limit.
 *
 * @param acl			filled
 * @param teks			ks_config_tek_t*, in the order of their places
 * @param node			server section of the group
 * @param reader		gets errors and warnings
 * @param multicast		rekeys are sent to all members at once
 */
void ks_config_acl_parse(ks_config_acl_t *acl, linked_list_t *teks,
						 config_node_t *node, config_reader_t *reader,
						 bool multicast);

/**
 * What are members of a kind told?
 */
ks_told_t ks_config_acl_told(const ks_config_acl_t *acl, ks_peer_t peer);

/**
 * How do the lists travel to members of a kind, unless they are KS_TOLD_NOT?
 */
group_acl_form_t ks_config_acl_form(const ks_config_acl_t *acl,
									ks_peer_t peer);

/**
 * Were lines left out for the limit?
 */
bool ks_config_acl_is_cut(const ks_config_acl_t *acl);

/**
 * Compare settings; the lists are compared with their TEKs.
 */
bool ks_config_acl_equals(const ks_config_acl_t *a, const ks_config_acl_t *b);

#endif /** KS_CONFIG_ACL_H_ @}*/
