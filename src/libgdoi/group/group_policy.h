/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_policy group_policy
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_POLICY_H_
#define GROUP_POLICY_H_

#include "group_kek.h"
#include "group_tek.h"

typedef struct group_policy_t group_policy_t;

/**
 * All that a registration hands to a member: at most one KEK, any number of
 * TEKs, and the delays of a changeover.
 *
 * One owner at a time, not thread-safe; its KEK and TEKs are shared values.
 * Policy that later attributes bring (deny lines, D3P, pseudotime) gets its
 * own accessors here.
 */
struct group_policy_t {

	/**
	 * Set the KEK.
	 *
	 * @param kek		KEK, reference gets adopted; NULL for none
	 */
	void (*set_kek)(group_policy_t *this, group_kek_t *kek);

	/**
	 * Get the KEK.
	 *
	 * @return			KEK of the policy (no new reference), NULL if none
	 */
	group_kek_t* (*get_kek)(group_policy_t *this);

	/**
	 * Add a TEK after the last.
	 *
	 * @param tek		TEK, reference gets adopted
	 */
	void (*add_tek)(group_policy_t *this, group_tek_t *tek);

	/**
	 * Number of TEKs.
	 */
	u_int (*get_tek_count)(group_policy_t *this);

	/**
	 * Enumerate the TEKs in their order.
	 *
	 * @return			enumerator over group_tek_t* (no new references)
	 */
	enumerator_t* (*create_tek_enumerator)(group_policy_t *this);

	/**
	 * Find a TEK.
	 *
	 * @param protocol	PROTO_ESP or PROTO_AH
	 * @param spi		SPI in network byte order
	 * @return			TEK (no new reference), NULL if none
	 */
	group_tek_t* (*find_tek)(group_policy_t *this, protocol_id_t protocol,
							 uint32_t spi);

	/**
	 * Set the delays of a changeover, in seconds after receipt.
	 *
	 * @param atd		before new SAs may send, 0 for at once
	 * @param dtd		before old SAs are removed, 0 if not given; a given one
	 *					must exceed atd
	 */
	void (*set_delays)(group_policy_t *this, uint16_t atd, uint16_t dtd);

	/**
	 * Get the delays of a changeover.
	 *
	 * @param atd		seconds, 0 for at once
	 * @param dtd		seconds, 0 if not given
	 */
	void (*get_delays)(group_policy_t *this, uint16_t *atd, uint16_t *dtd);

	/**
	 * Set the last sequence number used with the KEK.
	 *
	 * @param seq		sequence number, 0 if none was used
	 */
	void (*set_sequence)(group_policy_t *this, uint32_t seq);

	/**
	 * Get the last sequence number used with the KEK, 0 if none.
	 */
	uint32_t (*get_sequence)(group_policy_t *this);

	/**
	 * Check if the KEK and all TEKs have their keys.
	 */
	bool (*has_keys)(group_policy_t *this);

	/**
	 * Make a copy that shares KEK and TEKs.
	 */
	group_policy_t* (*clone)(group_policy_t *this);

	/**
	 * Destroy the policy, giving back its references.
	 */
	void (*destroy)(group_policy_t *this);
};

/**
 * Create an empty policy.
 */
group_policy_t *group_policy_create();

#endif /** GROUP_POLICY_H_ @}*/
