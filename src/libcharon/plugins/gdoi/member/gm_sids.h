/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_sids gm_sids
 * @{ @ingroup gdoi_member
 */

#ifndef GM_SIDS_H_
#define GM_SIDS_H_

#include "gm_config.h"

#include <cryptomap/sid_sampler.h>
#include <group/group_policy.h>

typedef struct gm_sids_t gm_sids_t;

/** Sender IDs of a registration that are used, others are ignored */
#define GM_SIDS_MAX SID_SAMPLER_SIDS_MAX

/** default of sender_ids: one for each address family, and as many spare */
#define GM_SIDS_REQUEST 4

/** uses of Sender IDs that are remembered; none is used without */
#define GM_SIDS_USES 256

/**
 * The Sender IDs of the last registration, and which were used with which key.
 *
 * A Sender ID is used by one outbound state of a key and never again with that
 * key (RFC 6407 section 3.5), but with others. Uses are remembered beyond
 * the registration that brought the Sender ID, until the key's life ends: a key
 * server may give it again, and the same key too.
 *
 * Keys are told apart by their SPI. Not thread safe.
 */
struct gm_sids_t {

	/**
	 * Take the Sender IDs of a registration in place of those before.
	 *
	 * @param policy	policy of message 4
	 */
	void (*set)(gm_sids_t *this, group_policy_t *policy);

	/**
	 * Get the Sender IDs.
	 *
	 * @param sids		set to the values, internal data until the next set()
	 * @param count		set to their number
	 * @return			length in bits, 0 if there are none
	 */
	uint8_t (*get)(gm_sids_t *this, const uint32_t **sids, u_int *count);

	/**
	 * Get those that were not used with a key.
	 *
	 * @param spi		SPI of the key
	 * @param sids		room for GM_SIDS_MAX values
	 * @return			their number
	 */
	u_int (*get_unused)(gm_sids_t *this, uint32_t spi, uint32_t *sids);

	/**
	 * Note that a Sender ID is used with a key.
	 *
	 * @param spi		SPI of the key
	 * @param sid		Sender ID
	 * @param until		end of the key's life
	 */
	void (*use)(gm_sids_t *this, uint32_t spi, uint32_t sid, uint64_t until);

	/**
	 * Note that a key lives longer than was thought.
	 *
	 * @param spi		SPI of the key
	 * @param until		end of its life
	 */
	void (*prolong)(gm_sids_t *this, uint32_t spi, uint64_t until);

	/**
	 * Forget the uses with keys whose life is over.
	 *
	 * @param now		present time
	 */
	void (*expire)(gm_sids_t *this, uint64_t now);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_sids_t *this);
};

/**
 * Create an object without Sender IDs.
 */
gm_sids_t *gm_sids_create();

/**
 * How many Sender IDs to ask for in message 3.
 *
 * @param config		configuration of the group
 * @param policy		policy of message 2
 * @return				number, 0 to ask for none: no TEK needs one to send
 */
uint16_t gm_sids_request(gm_config_t *config, group_policy_t *policy);

/**
 * Check if the Sender IDs of message 4 are what its TEKs need, as a sender
 * without must not install an outbound SA.
 *
 * @param config		configuration of the group
 * @param policy		policy of message 4
 * @param reason		set to why it is refused, allocated, if FALSE is
 *						returned
 */
bool gm_sids_accept(gm_config_t *config, group_policy_t *policy,
					char **reason);

#endif /** GM_SIDS_H_ @}*/
