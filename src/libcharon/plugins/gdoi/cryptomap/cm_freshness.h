/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_freshness cm_freshness
 * @{ @ingroup gdoi
 */

#ifndef CM_FRESHNESS_H_
#define CM_FRESHNESS_H_

#include "crypto_map.h"

typedef struct cm_freshness_t cm_freshness_t;

/**
 * Freshness of the packets of one crypto map: what it is to be, and the
 * programs of the provider as long as there are packets that need them. Not
 * thread safe.
 */
struct cm_freshness_t {

	/**
	 * The programs of the crypto map are loaded, but don't see packets yet:
	 * load those of freshness too, if there are policies already. If that
	 * fails, there is a line in the log, and packets that need them are
	 * dropped.
	 *
	 * @param place		crypto map; what it points to is valid until detach()
	 */
	void (*attach)(cm_freshness_t *this, const freshness_place_t *place);

	/**
	 * The programs of the crypto map don't see packets any more, or they stay
	 * and this process leaves them alone. Policies are kept, counters are not.
	 *
	 * @param keep		TRUE if they stay, and those of freshness are to stay
	 */
	void (*detach)(cm_freshness_t *this, bool keep);

	/**
	 * Set the policy of an SA, see crypto_map_t.set_freshness(). The programs
	 * are loaded for the first policy.
	 *
	 * @param sa		index of the SA, 0..CRYPTO_MAP_SAS-1
	 * @param policy	policy, copied; NULL for none
	 * @return			FALSE with a line in the log if that can't be
	 */
	bool (*set_policy)(cm_freshness_t *this, u_int sa,
					   const freshness_policy_t *policy);

	/**
	 * Get the counters of an SA, zero while not attached.
	 *
	 * @param sa		index of the SA
	 * @param counters	filled in
	 * @return			FALSE if it never had a policy
	 */
	bool (*get_counters)(cm_freshness_t *this, u_int sa,
						 freshness_counters_t *counters);

	/**
	 * Enumerate the errors of all SAs, newest last.
	 *
	 * @return			enumerator over freshness_error_t*, over a copy
	 */
	enumerator_t *(*create_enumerator)(cm_freshness_t *this);

	/**
	 * Reset counters and errors.
	 *
	 * @param sas		bit for each SA
	 */
	void (*reset)(cm_freshness_t *this, uint32_t sas);

	/**
	 * Destroy the object, after detach() if it was attached.
	 */
	void (*destroy)(cm_freshness_t *this);
};

/**
 * Create freshness without policies.
 *
 * @param interface		name of the interface, for logs
 * @return				object
 */
cm_freshness_t *cm_freshness_create(const char *interface);

#endif /** CM_FRESHNESS_H_ @}*/
