/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_impair_rule gdoi_impair_rule
 * @{ @ingroup gdoi_impair
 */

#ifndef GDOI_IMPAIR_RULE_H_
#define GDOI_IMPAIR_RULE_H_

#include "gdoi_impair.h"

typedef struct gdoi_impair_rule_t gdoi_impair_rule_t;
typedef enum gdoi_impair_action_t gdoi_impair_action_t;

/**
 * What a rule does.
 */
enum gdoi_impair_action_t {
	/** lose the message */
	GDOI_IMPAIR_DROP,
	/** let it through twice */
	GDOI_IMPAIR_DUPLICATE,
	/** let it through later */
	GDOI_IMPAIR_DELAY,
	/** change an octet behind the header */
	GDOI_IMPAIR_CORRUPT,
	/** let it through after the next one of its kind */
	GDOI_IMPAIR_REORDER,
	/** kill the process before the message gets through */
	GDOI_IMPAIR_ABORT,
	/** kill the process once it got through */
	GDOI_IMPAIR_ABORT_AFTER,
	/** number of actions */
	GDOI_IMPAIR_MAX,
};

/**
 * A rule. Its counter is atomic; what is held is protected by its user's lock.
 */
struct gdoi_impair_rule_t {

	/** what it does */
	gdoi_impair_action_t action;

	/** direction and exchange it is for */
	bool incoming;
	u_int exchange;

	/** the one message that is hit, counted from 1; 0 for others */
	u_int nth;

	/** of how many of 100 messages are hit; 100 for all */
	u_int percent;

	/** seed of what chance decides */
	uint64_t seed;

	/** messages seen */
	refcount_t seen;

	/** message held by GDOI_IMPAIR_REORDER, or NULL; where it goes, and its
	 *  number */
	packet_t *held;
	gdoi_impair_pass_t pass;
	void *user;
	u_int number;
};

/**
 * Name of an action in the settings.
 */
const char *gdoi_impair_rule_name(gdoi_impair_action_t action);

/**
 * Parse a rule.
 *
 * @param rule			rule, direction, exchange, nth and percent are set
 * @param text			"in|out:EXCHANGE[:N|:P%]"
 * @return				FALSE if it is none
 */
bool gdoi_impair_rule_parse(gdoi_impair_rule_t *rule, const char *text);

/**
 * Is a rule for messages of a kind?
 *
 * @param incoming		direction
 * @param exchange		exchange number
 */
bool gdoi_impair_rule_is_for(gdoi_impair_rule_t *rule, bool incoming,
							 u_int exchange);

/**
 * Does a rule hit a message of its kind? Counts it.
 *
 * Chance depends on seed and count alone, so that runs with the same messages
 * repeat whatever the order of threads.
 *
 * @param chance		if it does, set to a number made by chance
 */
bool gdoi_impair_rule_hits(gdoi_impair_rule_t *rule, uint32_t *chance);

#endif /** GDOI_IMPAIR_RULE_H_ @}*/
