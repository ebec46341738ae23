/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_log gdoi_log
 * @{ @ingroup gdoi
 */

#ifndef GDOI_LOG_H_
#define GDOI_LOG_H_

#include <library.h>

typedef struct gdoi_log_t gdoi_log_t;

/** name under which the gdoi_log_t is registered with lib->set() */
#define GDOI_LOG_NAME "gdoi-log"

/**
 * The operator's log: one line per event in charon's log and one VICI event.
 *
 * The line reads `%GDOI-<severity>-<MNEMONIC>: text` (LOG-001 ff.), so that
 * log watchers of such networks keep working. The VICI event "gdoi-event" has
 * name, severity, group, peer and text; it is queued and raised by a job, so
 * that log() may be called from anywhere, also inside a bus callback or with
 * a lock held: it never blocks.
 */
struct gdoi_log_t {

	/**
	 * Log an event.
	 *
	 * @param severity	1 (alert) to 7 (debug), as in the contract
	 * @param mnemonic	e.g. "GM_REGS_COMPL"
	 * @param group		name of the group, may be NULL
	 * @param peer		address or identity of the peer, may be NULL
	 * @param fmt		text, printf format of strongSwan
	 */
	void (*log)(gdoi_log_t *this, int severity, const char *mnemonic,
				const char *group, const char *peer, const char *fmt, ...);

	/**
	 * Destroy the log; events still queued are dropped.
	 */
	void (*destroy)(gdoi_log_t *this);
};

/**
 * Create the log. Events are raised once a gdoi_vici_t exists.
 */
gdoi_log_t *gdoi_log_create();

#endif /** GDOI_LOG_H_ @}*/
