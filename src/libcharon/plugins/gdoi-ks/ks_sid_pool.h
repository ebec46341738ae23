/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_sid_pool ks_sid_pool
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SID_POOL_H_
#define KS_SID_POOL_H_

#include "ks_config_sid.h"

typedef struct ks_sid_pool_t ks_sid_pool_t;
typedef struct ks_sid_state_t ks_sid_state_t;
typedef struct ks_sid_lease_t ks_sid_lease_t;
typedef struct ks_sid_info_t ks_sid_info_t;

/** most Sender IDs that are reserved at a time */
#define KS_SID_STEP 64

/**
 * Sender IDs of a group as a store keeps them.
 */
struct ks_sid_state_t {

	/** how those look that were given */
	ks_sid_format_t format;

	/** none from here on was ever given under these keys, 0 if none was */
	uint64_t bound;
};

/**
 * Sender IDs that were taken, consecutive ones.
 */
struct ks_sid_lease_t {

	/** how they look */
	ks_sid_format_t format;

	/** number of the first one, without that of the key server */
	uint32_t first;

	/** how many, 0 for none */
	uint16_t count;

	/** bound that has to be in the store before anybody hears of them */
	uint64_t bound;

	/** how often the pool had been restarted */
	uint32_t restarts;
};

/**
 * What there is to show.
 */
struct ks_sid_info_t {

	/** there is a format */
	bool configured;

	/** how they look */
	ks_sid_format_t format;

	/** another format is configured, for which a restart is needed */
	bool outdated;

	/** given since the process or the present keys began, the later one */
	uint64_t given;

	/** next number, all below count as used */
	uint64_t next;

	/** numbers left */
	uint64_t available;

	/** restarts since the process began */
	uint32_t restarts;
};

/**
 * Sender IDs of a group, for the counter modes of RFC 6054.
 *
 * Two senders with the same Sender ID under one key may use the same IV, which
 * breaks AES-GCM for good. Hence each is given once, to one member, as long as
 * any member may send by keys that were there when it was given: they are
 * counted from 0 (RFC 6407 section 3.5), and the count only goes back by
 * restart(), when all keys are replaced and no member gets the new ones but by
 * registering.
 *
 * A restarted server has to know what was given by the one before if it carries
 * on with its keys. Like sequence numbers they are reserved some ahead, and
 * what get_state() has must be in the store before a lease is told to anybody:
 * see is_saved(). A server that begins with new keys begins at 0: nobody has
 * used any under these.
 *
 * Pure and not thread-safe.
 */
struct ks_sid_pool_t {

	/**
	 * Set how they are to look. Another format could give the same first bits
	 * of IVs as the one before, so it waits for restart() once any was given.
	 *
	 * @param format	format, NULL to give none
	 */
	void (*configure)(ks_sid_pool_t *this, const ks_sid_format_t *format);

	/**
	 * Take some: as many as are wanted, or what is left.
	 *
	 * @param wanted	number, at most GROUP_POLICY_SIDS_MAX
	 * @param lease		filled; none are taken if they are used up, if restart()
	 *					is needed for another format, or if there is no format
	 */
	void (*take)(ks_sid_pool_t *this, u_int wanted, ks_sid_lease_t *lease);

	/**
	 * Is what a lease depends on known to be in the store?
	 */
	bool (*is_saved)(ks_sid_pool_t *this, const ks_sid_lease_t *lease);

	/**
	 * What get_state() had when a lease was taken is in the store now.
	 */
	void (*saved)(ks_sid_pool_t *this, const ks_sid_lease_t *lease);

	/**
	 * Can none be given before all keys were replaced: are they used up, or is
	 * another format configured?
	 */
	bool (*needs_restart)(ks_sid_pool_t *this);

	/**
	 * All keys were replaced: begin anew, with the format that is configured.
	 */
	void (*restart)(ks_sid_pool_t *this);

	/**
	 * Get what to show.
	 */
	void (*get_info)(ks_sid_pool_t *this, ks_sid_info_t *info);

	/**
	 * Get what a store has to keep with the keys.
	 */
	void (*get_state)(ks_sid_pool_t *this, ks_sid_state_t *state);

	/**
	 * Carry on with what a store kept with the keys.
	 */
	void (*set_state)(ks_sid_pool_t *this, const ks_sid_state_t *state);

	/**
	 * Destroy it.
	 */
	void (*destroy)(ks_sid_pool_t *this);
};

/**
 * Create a pool without format, from which none was given.
 */
ks_sid_pool_t *ks_sid_pool_create();

/**
 * Put a Sender ID together.
 *
 * @param format		how it looks
 * @param number		its number, below ks_sid_format_capacity()
 */
uint32_t ks_sid_value(const ks_sid_format_t *format, uint32_t number);

/**
 * Values of a lease.
 *
 * @param lease			lease
 * @param sids			gets the values, has room for the lease's count
 */
void ks_sid_lease_values(const ks_sid_lease_t *lease, uint32_t *sids);

#endif /** KS_SID_POOL_H_ @}*/
