/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_log gm_log
 * @{ @ingroup gdoi_member
 *
 * Short ways to the operator's log, which may not be there (tests).
 */

#ifndef GM_LOG_H_
#define GM_LOG_H_

#include <gdoi_log.h>
#include <networking/host.h>
#include <transport/gdoi_phase1.h>

/**
 * Log an event of a group.
 *
 * @param severity		1 to 7
 * @param mnemonic		name of the event
 * @param group			name of the group
 * @param peer			key server, or NULL
 * @param fmt			text, printf format
 */
void gm_log(int severity, const char *mnemonic, const char *group,
			host_t *peer, const char *fmt, ...);

/**
 * Log an event between the two ends of a phase 1.
 *
 * @param fmt			text with %H, %s and %H for the key server, the group
 *						and our own address
 */
void gm_log_phase1(int severity, const char *mnemonic, const char *group,
				   gdoi_phase1_t *phase1, const char *fmt);

/**
 * Log an event with a key server.
 *
 * @param fmt			text with %H, %s and %s for the key server, the group
 *						and the detail
 * @param detail		what happened
 */
void gm_log_ks(int severity, const char *mnemonic, const char *group,
			   gdoi_phase1_t *phase1, const char *fmt, const char *detail);

/**
 * Log that a crypto map was attached or detached (LOG-124, LOG-125).
 */
void gm_log_map(const char *group, const char *interface, bool attached);

/**
 * Log that a group can't reach a key server.
 *
 * @param fail_close	TRUE as fail_close drops what is sent to them, FALSE as
 *						no connection is loaded (LOG-130)
 */
void gm_log_servers(const char *group, bool fail_close);

/**
 * Log what keeps a group from its interface.
 */
void gm_log_waits(const char *group, const char *reason);

/**
 * Log that a group's keys must be got anew (LOG-132).
 *
 * @param why			what is with the present ones
 */
void gm_log_again(const char *group, const char *why);

/**
 * Log that rekeys come another way from now on (REKEY-032, LOG-138, LOG-139).
 */
void gm_log_transport(const char *group, bool multicast);

#endif /** GM_LOG_H_ @}*/
