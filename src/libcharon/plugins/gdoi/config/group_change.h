/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_change group_change
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_CHANGE_H_
#define GROUP_CHANGE_H_

#include <library.h>

typedef struct group_change_t group_change_t;

/** texts of group_change_t.effective, the only ones */
#define GROUP_EFFECT_NOW "immediately"
/** key server: a rekey brings it, and that's all */
#define GROUP_EFFECT_REKEY "after the rekey that this triggers"
/** key server: a rekey brings new TEKs beside the old ones */
#define GROUP_EFFECT_BESIDE "after the rekey that this triggers; old SAs " \
	"live to their end"
/** key server: the traffic that is protected (ACL-011) */
#define GROUP_EFFECT_ACL "outbound at once after the rekey that this " \
	"triggers; old SAs live to their end"
/** key server: a rekey brings new TEKs, that can't live beside the old ones
 *  (D3P-011) */
#define GROUP_EFFECT_REPLACE "after the rekey that this triggers, which ends " \
	"all old SAs"
/** key server: a rekey need not bring it soon (REKEY-224, TBAR-013) */
#define GROUP_EFFECT_CLEAR "with the TEKs of the next rekey, or at once when " \
	"members are cleared"
/** key server: a rekey brings another KEK, that protects the next one */
#define GROUP_EFFECT_KEK "immediately, by the rekey that this triggers"
/** key server: who may have the group (AUTHZ-004) */
#define GROUP_EFFECT_AUTHORIZE "immediately; members that no longer qualify " \
	"are removed, the others rekeyed then"
/** key server: nothing is sent for it */
#define GROUP_EFFECT_NEXT "with the next rekey"
#define GROUP_EFFECT_SCHEDULED "with the next scheduled rekey; old SAs live " \
	"to their end"
/** key server without rekeys, or with members that have no KEK */
#define GROUP_EFFECT_REGISTER "when members register again"
/** key server: all keys end by what it sends (RFC 6407 section 3.5) */
#define GROUP_EFFECT_END "immediately; all keys end and members register again"
/** key server: registrations bring what rekeys can't */
#define GROUP_EFFECT_SIDS "when members have registered again, as they are " \
	"told to"
/** key server: the group is another one on the wire (REKEY-209) */
#define GROUP_EFFECT_ID "immediately; members need it at once, others keep " \
	"their old keys to the end"
/** key server: no more rekeys (REKEY-216) */
#define GROUP_EFFECT_NO_KEK "immediately; members register again before " \
	"their keys end"
/** key server: no more group */
#define GROUP_EFFECT_GONE "immediately; members keep their keys to the end"
/** member: it can't keep its keys */
#define GROUP_EFFECT_AGAIN "immediately; drops its keys and registers again"
/** member: what it has stays */
#define GROUP_EFFECT_POLICY "with the next policy from the key server"
/** member: what it does next about registering */
#define GROUP_EFFECT_REGISTRATION "with the next registration"

/**
 * What a load changes in one place of a role's section, and what follows from
 * that: a line of the plan. Texts live as long as the call that hands it out.
 */
struct group_change_t {

	/** path of the key or section below the role's section, e.g.
	 *  "teks.data.lifetime"; empty for the section as a whole */
	const char *key;

	/** value before and after as an administrator would write it, NULL where
	 *  there is none; never a secret */
	const char *from, *to;

	/** does the key server tell the members by a rekey of its own? */
	bool rekey;

	/** when the change takes effect, a short text */
	const char *effective;

	/** row of the change tables, e.g. "REKEY-101"; NULL if there is none */
	const char *rule;
};

/**
 * Takes a change.
 *
 * @param user			user data
 * @param change		change, copy what is kept
 */
typedef void (*group_change_cb_t)(void *user, const group_change_t *change);

#endif /** GROUP_CHANGE_H_ @}*/
