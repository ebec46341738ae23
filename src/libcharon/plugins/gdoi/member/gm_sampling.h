/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_sampling gm_sampling
 * @{ @ingroup gdoi_member
 */

#ifndef GM_SAMPLING_H_
#define GM_SAMPLING_H_

#include "gm_sids.h"
#include "gm_teks.h"

#include <plugins/vici/vici_builder.h>

typedef struct gm_sampling_t gm_sampling_t;
typedef struct gm_sampling_status_t gm_sampling_status_t;

/** longest time that one call works on an outbound state, ms */
#define GM_SAMPLING_SLICE 50

/** how often it is checked how much was sent with a counter mode TEK, ms */
#define GM_SAMPLING_CHECK 10000

/** until a state is tried again after the kernel refused it, ms */
#define GM_SAMPLING_RETRY 5000

/**
 * Status of a group's Sender IDs, a plain value.
 */
struct gm_sampling_status_t {

	/** length in bits, 0 if there are none */
	uint8_t bits;

	/** Sender IDs of the last registration, and their number */
	uint32_t sids[GM_SIDS_MAX];
	u_int count;

	/** SPI of the latest TEK of a counter mode, network order; 0 if there is
	 *  none */
	uint32_t spi;

	/** its cipher and key length */
	encryption_algorithm_t encr;
	uint16_t encr_bits;

	/** Sender IDs that were not used with it */
	uint32_t unused[GM_SIDS_MAX];
	u_int unused_count;

	/** TRUE while outbound states are being made */
	bool busy;

	/** TRUE if no Sender ID is left for a TEK */
	bool is_short;
};

/**
 * Checks if a TEK may be needed for sending.
 */
typedef bool (*gm_sampling_cb_t)(void *user, gm_tek_t *tek);

/**
 * Gives the outbound SAs of counter mode TEKs their Sender IDs, in slices of
 * time so that the group can go on: it may take seconds, see sid_sampler_t.
 * TEKs that came first come first, as they are the first to send.
 *
 * Not thread safe; calls into the kernel, so no lock may be held.
 */
struct gm_sampling_t {

	/**
	 * Take the Sender IDs of a registration.
	 *
	 * @param policy	policy of message 4
	 */
	void (*set_sids)(gm_sampling_t *this, group_policy_t *policy);

	/**
	 * Work on the TEKs that need it. One that has sent so much that its
	 * sequence numbers are about to end stops sending and gets other Sender
	 * IDs (GM-024).
	 *
	 * @param teks		TEKs of the group
	 * @param wanted	says which may be needed for sending
	 * @param user		handed to wanted
	 * @param now		present time
	 * @return			when to call again, GM_NEVER if there is nothing to do
	 */
	uint64_t (*run)(gm_sampling_t *this, gm_teks_t *teks,
					gm_sampling_cb_t wanted, void *user, uint64_t now);

	/**
	 * Check if a TEK can't send as no Sender ID is left for it: registering
	 * brings more.
	 */
	bool (*is_short)(gm_sampling_t *this);

	/**
	 * Get the status.
	 *
	 * @param status	gets the copy
	 */
	void (*get_status)(gm_sampling_t *this, gm_sampling_status_t *status);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_sampling_t *this);
};

/**
 * Create an object without Sender IDs.
 *
 * @param group			name of the group, for logs
 * @param map			crypto map, must live longer
 */
gm_sampling_t *gm_sampling_create(const char *group, crypto_map_t *map);

/**
 * Describe the status as a row for list-sids.
 *
 * @param status		status, with Sender IDs or a TEK
 * @param request		how many Sender IDs the next registration asks for
 * @return				builder
 */
vici_builder_t *gm_sampling_row(const gm_sampling_status_t *status,
								uint16_t request);

#endif /** GM_SAMPLING_H_ @}*/
