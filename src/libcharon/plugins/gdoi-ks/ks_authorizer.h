/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_authorizer ks_authorizer
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_AUTHORIZER_H_
#define KS_AUTHORIZER_H_

#include <library.h>
#include <utils/identification.h>

typedef struct ks_authorizer_t ks_authorizer_t;
typedef enum ks_authorization_t ks_authorization_t;

/**
 * Result of an authorisation.
 */
enum ks_authorization_t {
	/** may have the group */
	KS_AUTHORIZED = 0,
	/** address refused, UNAUTHORIZED_IPADDR (LOG-014) */
	KS_UNAUTHORIZED_ADDRESS,
	/** other identity refused, UNAUTHORIZED_IDENTITY (LOG-015) */
	KS_UNAUTHORIZED_IDENTITY,
};

/**
 * Who may have a group, AUTHZ-003 to AUTHZ-007.
 *
 * The type of the phase 1 identity selects the list (AUTHZ-004): an address is
 * checked against the addresses, everything else against the identities. A list
 * is evaluated in its order, the first rule that matches decides, and no match
 * refuses. A list without rules admits all of its kind (AUTHZ-005).
 *
 * Immutable once rules are added, then thread-safe.
 */
struct ks_authorizer_t {

	/**
	 * Add a rule for addresses: `[permit|deny] (ADDRESS[/PREFIX] | any)`.
	 *
	 * @param rule		text of the rule
	 * @param reason	set to what is wrong and what to write if FALSE is
	 *					returned; a constant
	 * @return			FALSE if the rule is wrong or the list full
	 */
	bool (*add_address)(ks_authorizer_t *this, const char *rule,
						const char **reason);

	/**
	 * Add a rule for identities: `[permit|deny] (PATTERN | any)`. A pattern is
	 * a host name or user name, that may start with `*`, or a distinguished
	 * name with `*` as value of any part, and `*` as last part if the name may
	 * have more parts.
	 *
	 * @param rule		text of the rule
	 * @param reason	as above
	 * @return			FALSE if the rule is wrong or the list full
	 */
	bool (*add_identity)(ks_authorizer_t *this, const char *rule,
						 const char **reason);

	/**
	 * Check a member.
	 *
	 * @param id		authenticated identity of phase 1
	 * @return			result
	 */
	ks_authorization_t (*check)(ks_authorizer_t *this, identification_t *id);

	/**
	 * Compare the rules.
	 *
	 * @return			TRUE if both have the same rules in the same order
	 */
	bool (*equals)(ks_authorizer_t *this, ks_authorizer_t *other);

	/**
	 * Destroy an authorizer.
	 */
	void (*destroy)(ks_authorizer_t *this);
};

/**
 * Create an authorizer without rules, which admits everyone.
 */
ks_authorizer_t *ks_authorizer_create();

/**
 * Print a member's identity as the log wants it: the address, or kind and name
 * as in "Dist.name: C=CH, OU=TEST" (LOG-015).
 *
 * @param id			identity
 * @param buf			buffer, gets zero terminated
 * @param len			size of buf
 * @return				buf
 */
char *ks_authorizer_print_id(identification_t *id, char *buf, size_t len);

#endif /** KS_AUTHORIZER_H_ @}*/
