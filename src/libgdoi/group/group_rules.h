/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_rules group_rules
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_RULES_H_
#define GROUP_RULES_H_

#include "group_acl.h"
#include "group_packet.h"

typedef struct group_rules_t group_rules_t;
typedef struct group_rule_t group_rule_t;
typedef enum group_rule_action_t group_rule_action_t;
typedef enum group_rule_origin_t group_rule_origin_t;

/**
 * What becomes of the packets that match a rule.
 */
enum group_rule_action_t {
	/** they stay in the clear */
	GROUP_RULE_CLEAR,
	/** they are encrypted, or dropped if there is no key (ACL-007) */
	GROUP_RULE_ENCRYPT,
	/** they are dropped, in both directions */
	GROUP_RULE_DROP,
};

/**
 * Names of actions: clear, encrypt, drop.
 */
extern enum_name_t *group_rule_action_names;

/**
 * Where a rule comes from.
 */
enum group_rule_origin_t {
	/** exception of fail-close (GM-052) */
	GROUP_RULE_EXCEPTION,
	/** the implicit "permit ip any any" of fail-close (GM-051) */
	GROUP_RULE_FAIL_CLOSE,
	/** the member's own access list (ACL-003) */
	GROUP_RULE_LOCAL,
	/** the key server (ACL-001) */
	GROUP_RULE_SERVER,
};

/**
 * Names of origins: exception, fail-close, local, server.
 */
extern enum_name_t *group_rule_origin_names;

/**
 * A line at its place among all that are in force.
 */
struct group_rule_t {

	/** the line; its number is the one in its own list */
	group_ace_t ace;

	/** what it does; ace.action is what was written */
	group_rule_action_t action;

	/** where it comes from */
	group_rule_origin_t origin;

	/** name of its list, NULL if it has none; belongs to the rules */
	const char *list;

	/** SA that encrypts, by the caller's numbers; only with ENCRYPT */
	u_int sa;
};

/**
 * All lines that decide about a group's packets, in their order: the first
 * match decides, no match is clear (ACL-004, ACL-008).
 *
 * Fill it before it is shared; from then on it must not change, and may be
 * used by several threads, each with its own reference.
 */
struct group_rules_t {

	/**
	 * Add a rule after the last.
	 *
	 * @param rule		rule, copied
	 */
	void (*add)(group_rules_t *this, const group_rule_t *rule);

	/**
	 * Add the lines of an access list after the last rule. Deny lines become
	 * CLEAR; permit lines become ENCRYPT if they are the key server's, and
	 * DROP otherwise, as a member can't encrypt on its own (ACL-003).
	 *
	 * @param acl		access list
	 * @param origin	where it comes from
	 * @param list		its name, copied; NULL for none
	 * @param sa		SA of its permit lines
	 */
	void (*add_acl)(group_rules_t *this, group_acl_t *acl,
					group_rule_origin_t origin, const char *list, u_int sa);

	/**
	 * Add the implicit rule of fail-close, which drops everything (GM-051).
	 */
	void (*add_fail_close)(group_rules_t *this);

	/**
	 * Number of rules.
	 */
	u_int (*get_count)(group_rules_t *this);

	/**
	 * Get a rule by its place.
	 *
	 * @param place		0..get_count() - 1
	 * @return			rule, NULL beyond the last; valid as long as this
	 */
	const group_rule_t* (*get)(group_rules_t *this, u_int place);

	/**
	 * Find the rule that decides about a packet. For inbound packets hand in
	 * what group_packet_mirror() makes of them.
	 *
	 * @param packet	packet, as if it was outbound
	 * @param place		set to the place of the rule; may be NULL
	 * @return			rule, NULL if none matches; valid as long as this
	 */
	const group_rule_t* (*classify)(group_rules_t *this,
									const group_packet_t *packet,
									u_int *place);

	/**
	 * Compare what two sets do: the same selectors with the same action,
	 * origin and SA in the same order. Numbers and names don't count.
	 */
	bool (*equals)(group_rules_t *this, group_rules_t *other);

	/**
	 * Get another reference.
	 */
	group_rules_t* (*get_ref)(group_rules_t *this);

	/**
	 * Give back a reference.
	 */
	void (*destroy)(group_rules_t *this);
};

/**
 * Create a set without rules.
 */
group_rules_t *group_rules_create();

#endif /** GROUP_RULES_H_ @}*/
