/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_rekey_status gm_rekey_status
 * @{ @ingroup gdoi_member
 */

#ifndef GM_REKEY_STATUS_H_
#define GM_REKEY_STATUS_H_

#include <group/group_kek.h>
#include <plugins/vici/vici_builder.h>

typedef struct gm_rekey_status_t gm_rekey_status_t;
typedef struct gm_kek_info_t gm_kek_info_t;

/**
 * What became of rekeys that were not acted on.
 */
typedef enum {
	/** the one that was accepted last came again */
	GM_REKEY_DUPLICATE = 0,
	/** sequence number not above the last one, REKEY-016 */
	GM_REKEY_SEQUENCE,
	/** not authentic or malformed, REKEY-019 */
	GM_REKEY_INVALID,
	/** authentic, but can't be understood */
	GM_REKEY_UNUSABLE,
	/** our policy or the kernel refused it */
	GM_REKEY_REFUSED,
	/** came under a KEK that had been replaced, REKEY-015 */
	GM_REKEY_LATE,
	/** number of reasons */
	GM_REKEY_REASONS,
} gm_rekey_reason_t;

/**
 * A KEK, for showing it. Times are the member's clock, milliseconds.
 */
struct gm_kek_info_t {

	/** KEK with the lifetime that it began with, NULL for none */
	group_kek_t *kek;

	/** when it came */
	uint64_t since;

	/** when it ends, GM_NEVER if not known */
	uint64_t expires;

	/** last sequence number that was accepted, and the one before */
	uint32_t sequence;
	uint32_t before;
};

/**
 * What can be seen of a group's rekeys.
 */
struct gm_rekey_status_t {

	/** the KEK and the one before it */
	gm_kek_info_t current;
	gm_kek_info_t previous;

	/** rekeys that were acted on, in all and since the last registration */
	uint64_t received;
	uint64_t session;

	/** acknowledgements sent */
	uint64_t acks;

	/** rekeys that were not acted on, by reason */
	uint64_t dropped[GM_REKEY_REASONS];

	/** last one that was acted on: when, 0 for none, its number and sender */
	uint64_t last;
	uint32_t last_sequence;
	host_t *last_src;
};

/**
 * Copy a status, taking references.
 *
 * @param status		status to copy
 * @param copy			gets the copy
 */
void gm_rekey_status_clone(const gm_rekey_status_t *status,
						   gm_rekey_status_t *copy);

/**
 * Give back what a status refers to.
 */
void gm_rekey_status_clear(gm_rekey_status_t *status);

/**
 * Name of the counter of a reason; static.
 */
char *gm_rekey_reason_name(gm_rekey_reason_t reason);

/**
 * Add the counters of list-group's section "gm", which list-rekeys has too.
 *
 * @param status		status
 * @param now			present time
 * @param builder		open section or row
 */
void gm_rekey_status_describe(const gm_rekey_status_t *status, uint64_t now,
							  vici_builder_t *builder);

/**
 * Build a row of list-rekeys.
 *
 * @param status		status
 * @param info			its KEK to build the row of
 * @param state			"CURRENT" or "OLD"
 * @param now			present time
 * @return				row
 */
vici_builder_t *gm_rekey_status_row(const gm_rekey_status_t *status,
									const gm_kek_info_t *info, char *state,
									uint64_t now);

#endif /** GM_REKEY_STATUS_H_ @}*/
