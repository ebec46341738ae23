/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_rekey group_rekey
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_REKEY_H_
#define GROUP_REKEY_H_

#include "group_policy.h"

typedef struct group_rekey_t group_rekey_t;
typedef struct group_delete_t group_delete_t;

/** most deletes that one rekey holds */
#define GROUP_REKEY_DELETES 64

/**
 * Keys that a rekey ends. They are meant as of before its new policy.
 */
struct group_delete_t {

	/** ends the KEK kek_spi; TEKs otherwise */
	bool kek;

	/** KEK: its SPI, all zero for every KEK of the group */
	uint8_t kek_spi[GROUP_KEK_SPI_LEN];

	/** TEK: PROTO_ESP or PROTO_AH */
	protocol_id_t protocol;

	/** TEK: SPI in network byte order, 0 for all of the protocol */
	uint32_t spi;
};

/**
 * What a rekey tells the members: keys to end, then policy with keys to
 * install; one of both may be missing, not both.
 *
 * One owner at a time, not thread-safe.
 */
struct group_rekey_t {

	/**
	 * Get the sequence number.
	 */
	uint32_t (*get_sequence)(group_rekey_t *this);

	/**
	 * Add keys to end.
	 *
	 * @param delete	what to end, copied
	 * @return			FALSE if there are GROUP_REKEY_DELETES already
	 */
	bool (*add_delete)(group_rekey_t *this, const group_delete_t *delete);

	/**
	 * Enumerate the keys to end.
	 *
	 * @return			enumerator over (group_delete_t*)
	 */
	enumerator_t *(*create_delete_enumerator)(group_rekey_t *this);

	/**
	 * Number of deletes.
	 */
	u_int (*get_delete_count)(group_rekey_t *this);

	/**
	 * Set the policy to install. A KEK in it that has the SPI of the one that
	 * protects the message is that one, described again (KS-017); another one
	 * replaces it (KS-018).
	 *
	 * @param policy	policy with keys, gets adopted; NULL for none
	 */
	void (*set_policy)(group_rekey_t *this, group_policy_t *policy);

	/**
	 * Get the policy to install.
	 *
	 * @return			policy, owned by the rekey; NULL if there is none
	 */
	group_policy_t *(*get_policy)(group_rekey_t *this);

	/**
	 * Destroy it.
	 */
	void (*destroy)(group_rekey_t *this);
};

/**
 * Create a rekey without content.
 *
 * @param sequence		sequence number, from 1
 */
group_rekey_t *group_rekey_create(uint32_t sequence);

#endif /** GROUP_REKEY_H_ @}*/
