/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup load_rekey load_rekey
 * @{
 *
 * Simulated members after their registration: they take rekeys, and
 * acknowledge them as the KEK's policy asks for, from one socket.
 */

#ifndef LOAD_REKEY_H_
#define LOAD_REKEY_H_

#include "group/group_policy.h"

#include <library.h>

#include <netinet/in.h>

typedef struct load_rekey_t load_rekey_t;

/**
 * What members of a rekeyed group have in common.
 */
struct load_rekey_t {

	/** address of the first member, host byte order, and number of them */
	uint32_t first;
	u_int count;

	/** port of the members */
	uint16_t port;

	/** policy that one of them registered with */
	group_policy_t *policy;

	/** rekeys to wait for */
	u_int rekeys;

	/** don't acknowledge the second, fourth, ... rekey, for comparison */
	bool alternate;

	/** seconds to wait for each */
	double timeout;
};

/**
 * Take rekeys until all have come to all members, and print a line of JSON for
 * each: its sequence number, to how many members it came and how often, how
 * many different messages that were, when the first and the last came (seconds
 * of the monotonic clock), how many were acknowledged until when, and CPU
 * seconds that it took. A first line says that it is ready.
 *
 * @param config	what to do
 * @return			FALSE if something failed, or if members got nothing
 */
bool load_rekey_run(const load_rekey_t *config);

#endif /** LOAD_REKEY_H_ @}*/
