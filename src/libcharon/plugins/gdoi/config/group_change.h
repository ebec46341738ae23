/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_change group_change
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_CHANGE_H_
#define GROUP_CHANGE_H_

#include <library.h>

typedef struct group_change_t group_change_t;

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
