/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_stamps gm_stamps
 * @{ @ingroup gdoi_member
 */

#ifndef GM_STAMPS_H_
#define GM_STAMPS_H_

#include "gm_change.h"
#include "gm_config.h"
#include "gm_freshness.h"
#include "gm_runtime.h"

typedef struct gm_stamps_t gm_stamps_t;

/** how often to look if packets were refused, ms */
#define GM_STAMPS_INTERVAL 10000

/** shortest time between lines of the log about refused packets, ms */
#define GM_STAMPS_LOG_INTERVAL 60000

/**
 * Has the crypto map of a group make and check the time stamps that its TEKs
 * ask for, IP-D3P or time-based anti-replay, and logs what packets and rekeys
 * fail the check (TBAR-008, TBAR-021, TBAR-023).
 *
 * All SAs of the group that were ever in use are set alike: by the newest TEK
 * with time stamps, for as long as there is one. So TEKs without go side by
 * side with TEKs of one method, but not those of two methods, or of two layouts
 * of IP-D3P: they need a rekey that replaces all keys (D3P-011).
 *
 * Not thread safe; calls the crypto map, so no lock may be held.
 */
struct gm_stamps_t {

	/**
	 * Use another configuration from now on; follow() puts it into force.
	 *
	 * @param config	configuration, not kept
	 */
	void (*configure)(gm_stamps_t *this, gm_config_t *config);

	/**
	 * Take over what a registration says, for a try. Marks the TEKs as deleted
	 * that its method replaces, but that it does not have.
	 *
	 * @param policy	policy
	 * @param since		when it came
	 */
	void (*registered)(gm_stamps_t *this, group_policy_t *policy,
					   uint64_t since);

	/**
	 * Take over what a rekey says, for a try. The TEKs that it deletes are
	 * marked already.
	 *
	 * @param policy	policy
	 * @param now		when it came
	 * @param reason	set to why not, allocated, if FALSE is returned; NULL if
	 *					that was logged (TBAR-023)
	 * @return			FALSE if the rekey is to be dropped, nothing was changed
	 */
	bool (*rekeyed)(gm_stamps_t *this, group_policy_t *policy, uint64_t now,
					char **reason);

	/**
	 * Have the crypto map ready for the TEKs of a change, before they are
	 * installed, and before SPIs and lines are set.
	 *
	 * @param change	change with a policy, its flows are known
	 * @return			FALSE if that can't be done here, with reason (GM-030);
	 *					abort() then
	 */
	bool (*prepare)(gm_stamps_t *this, gm_change_t *change);

	/**
	 * Keep what registered() or rekeyed() took over, and log about it.
	 */
	void (*commit)(gm_stamps_t *this);

	/**
	 * Go back to what was before registered() or rekeyed().
	 */
	void (*abort)(gm_stamps_t *this);

	/**
	 * Tell the crypto map what the TEKs that are installed now ask for, after
	 * SPIs that need no time stamp any more were taken away.
	 */
	void (*follow)(gm_stamps_t *this);

	/**
	 * Look if packets were refused, and log (TBAR-008, LOG-164).
	 *
	 * @param now		present time
	 * @return			when to call again, GM_NEVER without time stamps
	 */
	uint64_t (*run)(gm_stamps_t *this, uint64_t now);

	/**
	 * Set counters back to zero, the crypto map's as well.
	 */
	void (*reset)(gm_stamps_t *this);

	/**
	 * Get what can be seen of it.
	 *
	 * @param status	filled in
	 */
	void (*get_status)(gm_stamps_t *this, gm_freshness_status_t *status);

	/**
	 * Destroy the object; the crypto map keeps what was set.
	 */
	void (*destroy)(gm_stamps_t *this);
};

/**
 * Create an object for a group without TEKs.
 *
 * @param config		configuration, not kept
 * @param map			crypto map, must live longer
 * @param teks			installed TEKs, must live longer
 * @param runtime		clocks, must live longer
 */
gm_stamps_t *gm_stamps_create(gm_config_t *config, crypto_map_t *map,
							  gm_teks_t *teks, gm_runtime_t *runtime);

#endif /** GM_STAMPS_H_ @}*/
