/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_keeper ks_keeper
 * @{ @ingroup gdoi_ks
 *
 * Keeps the groups of a key server over its restart.
 *
 * Charon reads groups when it starts, but learns the store's secret only when
 * swanctl loads the credentials. Hence groups begin without keys, and refuse
 * registrations, until
 *
 * - the secret is there and the store was read: each group carries on with its
 *   keys and members, or begins with new keys if the store has none for it;
 * - the store can't be used, as its secret is another one or it is damaged:
 *   groups begin with new keys at once, and nothing is written, so that the
 *   store is there for an operator to look at;
 * - or the wait is over: the same, until charon is restarted.
 *
 * What is on disk when:
 *
 * - Keys are written before a rekey that has them is sent, and the new ones of
 *   a group when it begins. Others, as well as members, are written by tick(),
 *   once a second: what changed in the last second before a crash is lost, and
 *   members that depended on it find back by registering again.
 * - Of Sender IDs a bound is written as well, before any beyond the last bound
 *   is told to a member. If that fails it gets none, and its registration is
 *   refused: the same ones given twice under a key break AES-GCM. Who puts an
 *   old copy of the database in place has to end all keys (remove-members with
 *   now) for the same reason.
 * - Of sequence numbers a bound is written, KS_KEEPER_STEP ahead, before any
 *   number beyond the last bound is sent. A restarted server carries on at the
 *   bound: it skips numbers, but never sends one twice under a KEK, however it
 *   ended. Members accept gaps.
 */

#ifndef KS_KEEPER_H_
#define KS_KEEPER_H_

#include "../ks_group.h"

typedef struct ks_keeper_t ks_keeper_t;

/** sequence numbers that are reserved at a time */
#define KS_KEEPER_STEP 64

/** members on one page of the store */
#define KS_KEEPER_PAGE 64

/** name of the secret if none is configured */
#define KS_KEEPER_SECRET "gdoi-store"

/** seconds that groups wait for the secret if nothing else is configured */
#define KS_KEEPER_WAIT 30

/**
 * Keeper of groups. Thread-safe, by a lock of its own that is held while the
 * database writes: never call it with a group's lock held, nor from where
 * nothing may block.
 */
struct ks_keeper_t {

	/**
	 * Take care of a new group, which was created held: calls its begin()
	 * once its keys were looked for.
	 *
	 * @param group		group, gets referenced
	 */
	void (*attach)(ks_keeper_t *this, ks_group_t *group);

	/**
	 * Write what a rekey or a registration is about to use: call it between
	 * taking a sequence number or Sender IDs, or putting keys into force, and
	 * sending.
	 *
	 * @param group		group
	 * @return			FALSE if writing failed, which is logged: a rekey should
	 *					go out nevertheless, as members can't do without;
	 *					Sender IDs must not
	 */
	bool (*secure)(ks_keeper_t *this, ks_group_t *group);

	/**
	 * Remove a group that is configured no longer.
	 *
	 * @param name		name of the group
	 */
	void (*forget)(ks_keeper_t *this, const char *name);

	/**
	 * Look for the secret, begin groups whose wait is over, write what changed.
	 * To be called once a second.
	 */
	void (*tick)(ks_keeper_t *this);

	/**
	 * Write what changed, and leave the groups to themselves.
	 */
	void (*destroy)(ks_keeper_t *this);
};

/**
 * Create a keeper as the settings store.uri, store.key and store.wait say.
 *
 * @param log			operator's log, outlives the keeper
 * @param clock			monotonic clock of the groups
 * @param wall			clock that goes on over restarts, seconds since 1970
 * @return				NULL if there shall be no store
 */
ks_keeper_t *ks_keeper_create(gdoi_log_t *log, ks_clock_t clock,
							  ks_clock_t wall);

#endif /** KS_KEEPER_H_ @}*/
