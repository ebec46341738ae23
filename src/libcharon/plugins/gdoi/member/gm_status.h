/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_status gm_status
 * @{ @ingroup gdoi_member
 */

#ifndef GM_STATUS_H_
#define GM_STATUS_H_

#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_rekey_status.h"

#include <transport/gdoi_phase1.h>

typedef struct gm_status_t gm_status_t;

/**
 * States of a group at a member, as list-groups shows them.
 */
typedef enum {
	/** the interface can't take the crypto map (yet) */
	GM_WAITING_INTERFACE,
	/** waits for phase 1 with a key server */
	GM_CONNECTING,
	/** exchanges GROUPKEY-PULL messages, has no keys */
	GM_REGISTERING,
	/** has keys */
	GM_REGISTERED,
	/** has keys, gets new ones */
	GM_REREGISTERING,
	/** all key servers failed, waits */
	GM_RETRYING,
	/** taken down */
	GM_STOPPED,
} gm_state_t;

/**
 * enum names for gm_state_t.
 */
extern enum_name_t *gm_state_names;

/**
 * What can be seen of a group: a copy that outlives the group's next change.
 * Times are the member's clock, milliseconds; 0 if there is no such time.
 */
struct gm_status_t {

	/** state */
	gm_state_t state;

	/** since when */
	uint64_t since;

	/** why it is not registered, empty if all is well */
	char reason[192];

	/** connection in use or tried */
	char server[128];

	/** key server that registered us and our address then, or NULL */
	host_t *ks;
	host_t *local;

	/** where rekeys come from, as the KEK's policy says; or NULL */
	host_t *sender;

	/** last successful registration */
	uint64_t registered;

	/** next registration, GM-010 */
	uint64_t reregister;

	/** next round over the servers */
	uint64_t retry;

	/** direction of the group's traffic */
	gm_direction_info_t direction;

	/** registrations begun and completed */
	uint64_t attempted;
	uint64_t succeeded;

	/** states that the kernel removed too early and that were put back */
	uint64_t restored;

	/** TRUE if all protected traffic has a TEK */
	bool ready;

	/** what decides about packets */
	gm_view_t view;

	/** KEKs and rekeys */
	gm_rekey_status_t rekey;

	/** Sender IDs */
	gm_sampling_status_t sids;

	/** time stamps */
	gm_freshness_status_t freshness;

	/** TEKs in the kernel, each with a reference */
	gm_tek_info_t teks[CRYPTO_MAP_SPIS];
	u_int tek_count;
};

/**
 * Copy a status, taking references.
 *
 * @param status		status to copy
 * @param copy			gets the copy
 */
void gm_status_clone(const gm_status_t *status, gm_status_t *copy);

/**
 * Give back what a status refers to.
 */
void gm_status_clear(gm_status_t *status);

/**
 * Note who gave a policy.
 *
 * @param status		status to change
 * @param phase1		phase 1 with the key server
 */
void gm_status_set_source(gm_status_t *status, gdoi_phase1_t *phase1);

/**
 * Note where rekeys come from.
 *
 * @param status		status to change
 * @param kek			KEK, NULL to leave it as it is
 * @return				TRUE if it is another address than before
 */
bool gm_status_set_sender(gm_status_t *status, group_kek_t *kek);

/**
 * Check if an address is the one that gave the policy, or that rekeys come
 * from.
 *
 * @param status		status
 * @param src			address
 */
bool gm_status_is_server(const gm_status_t *status, host_t *src);

/**
 * Add what the data plane has: TEKs, directions, Sender IDs, time stamps and
 * what decides about packets.
 *
 * @param status		status to add to
 * @param dataplane		data plane
 */
void gm_status_add_dataplane(gm_status_t *status, gm_dataplane_t *dataplane);

/**
 * Add the keys of list-groups' section "gm".
 *
 * @param status		status
 * @param config		configuration of the group
 * @param now			present time
 * @param builder		open section
 */
void gm_status_describe(const gm_status_t *status, gm_config_t *config,
						uint64_t now, vici_builder_t *builder);

/**
 * Hand out the rows of list-rekeys: the KEK, then the one before it.
 *
 * @param status		status
 * @param config		configuration of the group
 * @param now			present time
 * @param row			called per row
 * @param user			passed to row
 */
void gm_status_rekeys(const gm_status_t *status, gm_config_t *config,
					  uint64_t now, group_row_cb_t row, void *user);

/**
 * Hand out a row for list-sids, if there are Sender IDs or a TEK of a counter
 * mode. Other parameters as for gm_status_policies().
 */
void gm_status_sids(const gm_status_t *status, gm_config_t *config,
					uint64_t now, group_row_cb_t row, void *user);

/**
 * Hand out the rows of list-policies about lines in force and packets.
 *
 * @param status		status
 * @param packet		NULL for a row per line, or a packet for the row that
 *						says what becomes of it
 * @param row			called per row
 * @param user			passed to row
 */
void gm_status_rules(const gm_status_t *status, const group_packet_t *packet,
					 group_row_cb_t row, void *user);

/**
 * Hand out the rows of list-policies: the KEKs, then the TEKs.
 *
 * @param status		status
 * @param config		configuration of the group
 * @param now			present time
 * @param row			called per row
 * @param user			passed to row
 */
void gm_status_policies(const gm_status_t *status, gm_config_t *config,
						uint64_t now, group_row_cb_t row, void *user);

#endif /** GM_STATUS_H_ @}*/
