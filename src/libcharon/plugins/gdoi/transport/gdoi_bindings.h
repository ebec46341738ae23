/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_bindings gdoi_bindings
 * @{ @ingroup gdoi_transport
 */

#ifndef GDOI_BINDINGS_H_
#define GDOI_BINDINGS_H_

#include "gdoi_binding.h"

typedef struct gdoi_bindings_t gdoi_bindings_t;

/**
 * Decides about a binding in gdoi_bindings_t.find_initiator().
 */
typedef bool (*gdoi_binding_match_t)(void *user, gdoi_binding_t *binding,
									 gdoi_phase1_t *phase1);

/**
 * All bindings, by the unique id of their IKE_SA and by its cookies.
 *
 * Bounded by charon's own limits on IKE_SAs (charon.init_limit_half_open,
 * block_threshold): an entry goes with its IKE_SA at the latest. All look-ups
 * but find_initiator() take constant time. Thread safe; calls nobody with its
 * lock held, but matchers.
 */
struct gdoi_bindings_t {

	/**
	 * Get the binding of an IKE_SA.
	 *
	 * @param unique_id	unique id of the IKE_SA
	 * @return			binding, a new reference, NULL if there is none
	 */
	gdoi_binding_t *(*get)(gdoi_bindings_t *this, uint32_t unique_id);

	/**
	 * Get the binding of an IKE_SA, create it if there is none.
	 *
	 * @param unique_id	unique id of the IKE_SA
	 * @return			binding, a new reference
	 */
	gdoi_binding_t *(*make)(gdoi_bindings_t *this, uint32_t unique_id);

	/**
	 * Get the binding with certain cookies.
	 *
	 * @param cookies	GDOI_COOKIES_LEN octets: initiator's, responder's
	 * @return			binding, a new reference, NULL if there is none
	 */
	gdoi_binding_t *(*lookup)(gdoi_bindings_t *this, chunk_t cookies);

	/**
	 * Set, or change, the cookies of an IKE_SA's binding.
	 *
	 * @param unique_id	unique id of the IKE_SA
	 * @param cookies	GDOI_COOKIES_LEN octets
	 */
	void (*set_cookies)(gdoi_bindings_t *this, uint32_t unique_id,
						chunk_t cookies);

	/**
	 * Note that an IKE_SA of which we are the initiator is established.
	 *
	 * @param unique_id	unique id of the IKE_SA
	 */
	void (*add_initiator)(gdoi_bindings_t *this, uint32_t unique_id);

	/**
	 * Find an established IKE_SA of which we are the initiator. Looks at one
	 * after the other, which are few: a group member has one per key server.
	 *
	 * @param match		decides, must not call anybody
	 * @param user		passed to it
	 * @return			first match, a new reference, NULL if there is none
	 */
	gdoi_binding_t *(*find_initiator)(gdoi_bindings_t *this,
									  gdoi_binding_match_t match, void *user);

	/**
	 * Forget an IKE_SA.
	 *
	 * @param unique_id	unique id of the IKE_SA
	 * @return			its binding for the caller, NULL if there was none
	 */
	gdoi_binding_t *(*remove)(gdoi_bindings_t *this, uint32_t unique_id);

	/**
	 * Destroy the table and drop its references.
	 */
	void (*destroy)(gdoi_bindings_t *this);
};

/**
 * Create the table.
 *
 * @param counters		counters for the bindings, referenced
 */
gdoi_bindings_t *gdoi_bindings_create(gdoi_counters_t *counters);

#endif /** GDOI_BINDINGS_H_ @}*/
