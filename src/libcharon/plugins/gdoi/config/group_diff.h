/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_diff group_diff
 * @{ @ingroup gdoi_config
 */

#ifndef GROUP_DIFF_H_
#define GROUP_DIFF_H_

#include "group_change.h"

#include <group/group_acl.h>

typedef struct group_diff_t group_diff_t;
typedef struct group_rule_t group_rule_t;

/**
 * What follows from a change of a key, a line of the change tables.
 */
struct group_rule_t {

	/** key below the role's section, with "*" for the name of a section;
	 *  NULL for all that no line before is about */
	const char *key;

	/** as in group_change_t */
	bool rekey;

	/** as in group_change_t */
	const char *effective;

	/** as in group_change_t */
	const char *rule;
};

/**
 * Finds what differs between two states of a role's section, which are given
 * value by value, and looks up what follows from that.
 *
 * Belongs to one comparison; not thread-safe.
 */
struct group_diff_t {

	/**
	 * Add a value of both states.
	 *
	 * @param key		key of a rule
	 * @param name		name to put for the asterisk in it, or NULL
	 * @param old		text of the value before, NULL if there was none
	 * @param new		text of the value after, NULL if there is none
	 */
	void (*add)(group_diff_t *this, const char *key, const char *name,
				const char *old, const char *new);

	/**
	 * Add a change of a value that has the same text before and after, such as
	 * a file with another content.
	 *
	 * Parameters as for add().
	 */
	void (*add_changed)(group_diff_t *this, const char *key, const char *name,
						const char *old, const char *new);

	/**
	 * Add times in milliseconds, as text.
	 */
	void (*add_time)(group_diff_t *this, const char *key, const char *name,
					 uint64_t old, uint64_t new);

	/**
	 * Add numbers, as text.
	 */
	void (*add_number)(group_diff_t *this, const char *key, const char *name,
					   uint64_t old, uint64_t new);

	/**
	 * Add booleans, as yes and no.
	 */
	void (*add_bool)(group_diff_t *this, const char *key, const char *name,
					 bool old, bool new);

	/**
	 * Add access lists, as their names and numbers of lines, with how many are
	 * new and gone.
	 *
	 * @param key		key of a rule
	 * @param name		name to put for the asterisk in it, or NULL
	 * @param old_name	name of the list before, NULL if it isn't known
	 * @param old		list before, NULL if there was none
	 * @param new_name	name of the list after, NULL if it isn't known
	 * @param new		list after, NULL if there is none
	 */
	void (*add_acl)(group_diff_t *this, const char *key, const char *name,
					const char *old_name, group_acl_t *old,
					const char *new_name, group_acl_t *new);

	/**
	 * Number of differences that were found so far.
	 */
	u_int (*get_count)(group_diff_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(group_diff_t *this);
};

/**
 * Create an object that hands out differences as they are found.
 *
 * @param rules			what follows from which change, the last without key
 * @param change		called per difference
 * @param user			data to pass to change
 */
group_diff_t *group_diff_create(const group_rule_t *rules,
								group_change_cb_t change, void *user);

#endif /** GROUP_DIFF_H_ @}*/
