/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_impair gdoi_impair
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_IMPAIR_H_
#define GDOI_IMPAIR_H_

#include <networking/packet.h>

typedef struct gdoi_impair_t gdoi_impair_t;
typedef void (*gdoi_impair_pass_t)(void *user, packet_t *packet);

/**
 * Makes GDOI messages get lost, repeated, late, damaged or out of order, and
 * kills the process at a given message, for tests.
 *
 * Only builds made with --enable-impairments have it; in others
 * gdoi_impair_create() returns NULL.
 *
 * Read from charon.plugins.gdoi.impair.{drop,duplicate,delay,corrupt,reorder,
 * abort,abort_after}: comma separated rules "in|out:EXCHANGE[:N|:P%]", where
 * EXCHANGE is an exchange number, N the one message of that kind, counted from
 * 1, that the rule is for, and P the share of messages that chance selects;
 * without either all are. delay_time is in milliseconds (2000), for delay and
 * the longest that reorder waits for a next message; abort_time in milliseconds
 * (0), how long abort_after waits. seed makes the same choices again; with 0,
 * the default, they are others each time, and the seed is logged.
 *
 * Reference counted, thread safe.
 */
struct gdoi_impair_t {

	/**
	 * Let a message through as the rules say.
	 *
	 * @param incoming	direction
	 * @param packet	message without Non-ESP marker, adopted
	 * @param pass		called with each packet to let through, which it adopts
	 * @param user		passed to it; must live as long as delays take
	 */
	void (*apply)(gdoi_impair_t *this, bool incoming, packet_t *packet,
				  gdoi_impair_pass_t pass, void *user);

	/**
	 * Get another reference.
	 */
	gdoi_impair_t *(*get_ref)(gdoi_impair_t *this);

	/**
	 * Drop a reference.
	 */
	void (*destroy)(gdoi_impair_t *this);
};

/**
 * Create impairments from the settings.
 *
 * @return				impairments, NULL if there are none
 */
gdoi_impair_t *gdoi_impair_create();

#endif /** GDOI_IMPAIR_H_ @}*/
