/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoictl_main gdoictl_main
 * @{ @ingroup gdoictl
 */

#ifndef GDOICTL_H_
#define GDOICTL_H_

#include <libvici.h>

#include <signal.h>
#include <stdbool.h>

typedef struct gdoictl_t gdoictl_t;
typedef enum gdoictl_exit_t gdoictl_exit_t;

/**
 * Exit codes, also of the command functions.
 */
enum gdoictl_exit_t {
	/** done, or nothing to change */
	GDOICTL_DONE = 0,
	/** refused by the service, or a wrong command line */
	GDOICTL_REFUSED = 1,
	/** something has changed, or would change (load-groups); something is
	 * missing (features) */
	GDOICTL_CHANGED = 2,
	/** the service can't be reached, or the connection broke */
	GDOICTL_UNREACHABLE = 3,
};

/**
 * What the command line asks for.
 */
struct gdoictl_t {

	/** print JSON */
	bool json;

	/** load-groups: only tell what would change */
	bool dry_run;

	/** load-groups: time to confirm it, NULL to load for good */
	const char *confirm;

	/** rekey: the keys in use end at once */
	bool replace;

	/** remove-members: the keys in use end at once */
	bool now;

	/** members: only those that did not acknowledge the last rekey; features:
	 * only those that can't do it */
	bool missing;

	/** replay: the refused packets as well */
	bool history;

	/** policy: the lines in force */
	bool effective;

	/** policy: packet to tell about, NULL for none */
	const char *packet;

	/** load-groups: file to read, NULL for swanctl's */
	const char *file;

	/** socket of the service */
	const char *uri;

	/** arguments of the command, NULL where there are fewer */
	const char *args[2];

	/** connection to the service */
	vici_conn_t *conn;
};

/**
 * Tell that a request failed, from errno of libvici.
 *
 * @param what			command of the service
 * @return				exit code
 */
int gdoictl_failed(const char *what);

/**
 * Get the signals that end gdoictl_log(). They have to be blocked before
 * libvici starts its threads.
 *
 * @param signals		set to fill
 */
void gdoictl_signals(sigset_t *signals);

/**
 * Commands, each a function of the command line that returns an exit code.
 */
int gdoictl_load_groups(gdoictl_t *ctl);

/** Keep what was loaded with a time to confirm it. */
int gdoictl_confirm(gdoictl_t *ctl);

/** List groups, or show one. */
int gdoictl_groups(gdoictl_t *ctl);

/** List members of all groups or of one, or show one member. */
int gdoictl_members(gdoictl_t *ctl);

/** List how the rekeys of all groups go, or show those of one. */
int gdoictl_rekeys(gdoictl_t *ctl);

/**
 * List KEKs and TEKs of all groups, or show those of one; or the lines in
 * force, or what becomes of a packet.
 */
int gdoictl_policy(gdoictl_t *ctl);

/** List Sender IDs of all groups, or show those of one. */
int gdoictl_sids(gdoictl_t *ctl);

/** Show how replayed packets of all groups are found, or those of one. */
int gdoictl_replay(gdoictl_t *ctl);

/** List what the parties of groups can do. */
int gdoictl_features(gdoictl_t *ctl);

/** Tell in sentences what state a group is in, why, and what to do. */
int gdoictl_explain(gdoictl_t *ctl);

/** Print what a scraper of metrics reads. */
int gdoictl_metrics(gdoictl_t *ctl);

/** Set counters of a group back to zero. */
int gdoictl_reset_counters(gdoictl_t *ctl);

/** Show counters. */
int gdoictl_stats(gdoictl_t *ctl);

/** Let the member of a group register again. */
int gdoictl_register(gdoictl_t *ctl);

/** Change the directions in which the member of a group encrypts. */
int gdoictl_direction(gdoictl_t *ctl);

/** Let the key server check the certificates of members. */
int gdoictl_recheck(gdoictl_t *ctl);

/** Let the key server send new keys to a group, or to all. */
int gdoictl_rekey(gdoictl_t *ctl);

/** Let the key server remove one member of a group, or all. */
int gdoictl_remove_members(gdoictl_t *ctl);

/** Follow the log's events until interrupted. */
int gdoictl_log(gdoictl_t *ctl);

/** Show versions. */
int gdoictl_version(gdoictl_t *ctl);

#endif /** GDOICTL_H_ @}*/
