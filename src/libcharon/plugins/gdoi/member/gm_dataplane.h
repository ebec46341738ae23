/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_dataplane gm_dataplane
 * @{ @ingroup gdoi_member
 */

#ifndef GM_DATAPLANE_H_
#define GM_DATAPLANE_H_

#include "gm_config.h"
#include "gm_direction.h"
#include "gm_sampling.h"
#include "gm_stamps.h"
#include "gm_teks.h"
#include "gm_verdict.h"

#include <cryptomap/crypto_map.h>
#include <group/group_rekey.h>

typedef struct gm_dataplane_t gm_dataplane_t;
/**
 * The group's SAs in the kernel and its crypto map.
 *
 * Every different access list of a policy is a flow with an SA index of the
 * crypto map; the TEKs of a flow follow each other (GM-006, GM-007): all of
 * them receive, one sends. TEKs that a new policy does not have any more
 * receive until they end (ACL-011).
 *
 * Not thread safe; calls into the kernel, so no lock may be held.
 */
struct gm_dataplane_t {

	/**
	 * Attach the crypto map: everything passes in clear, or with fail_close
	 * nothing does (GM-050, GM-051).
	 *
	 * @param reason	set to why not, allocated, if FALSE is returned
	 * @return			TRUE if attached
	 */
	bool (*open)(gm_dataplane_t *this, char **reason);

	/**
	 * Check if it is attached.
	 */
	bool (*is_open)(gm_dataplane_t *this);

	/**
	 * Check and mend what the kernel may have taken away.
	 *
	 * @return			FALSE if the interface is gone
	 */
	bool (*refresh)(gm_dataplane_t *this);

	/**
	 * Use another configuration of the same place from now on; update() puts
	 * it into force.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_dataplane_t *this, gm_config_t *config);

	/**
	 * Set the key servers, whose packets pass the crypto map (GM-056).
	 *
	 * @param servers	addresses
	 * @param count		number of addresses
	 */
	void (*set_servers)(gm_dataplane_t *this, host_t **servers, u_int count);

	/**
	 * Install the policy of a registration in place of the one before.
	 *
	 * Inbound SAs first, then the choice of the outbound ones, then the access
	 * list in one step. If the kernel refuses an SA, everything stays as it
	 * was.
	 *
	 * @param policy	policy with keys, judged by gm_accept()
	 * @param now		when the policy came, which its lifetimes count from
	 * @param reason	set to why not, allocated, if FALSE is returned
	 * @return			TRUE if installed
	 */
	bool (*install)(gm_dataplane_t *this, group_policy_t *policy, uint64_t now,
					char **reason);

	/**
	 * Act on a rekey: remove what it deletes, add what it brings, update what
	 * it describes. What it does not mention goes on.
	 *
	 * Flows that it has no TEK for, but whose traffic a new access list of
	 * its selects, only receive from now on (REKEY-104). The lines of new
	 * access lists come before all others. Flows whose TEKs it deletes go, if
	 * it has TEKs for others.
	 *
	 * If the kernel refuses an SA, everything stays as it was; so it does if
	 * the pseudotime is too old (TBAR-023).
	 *
	 * @param rekey		authentic rekey, judged by gm_accept_rekey()
	 * @param now		when it came, which its lifetimes count from
	 * @param reason	set to why not, allocated, if FALSE is returned; NULL if
	 *					that was logged
	 * @return			TRUE if it is in force
	 */
	bool (*merge)(gm_dataplane_t *this, group_rekey_t *rekey, uint64_t now,
				  char **reason);

	/**
	 * Check if a TEK of an SPI is or was installed not long ago.
	 *
	 * @param spi		SPI in network order
	 */
	bool (*knows_spi)(gm_dataplane_t *this, uint32_t spi);

	/**
	 * Check if a policy has a TEK whose SPI is not known.
	 *
	 * @param policy	policy of a registration, not installed yet
	 */
	bool (*has_news)(gm_dataplane_t *this, group_policy_t *policy);

	/**
	 * Remove TEKs that have ended and let others send.
	 *
	 * @param now		present time
	 * @return			when to call again, GM_NEVER without TEKs
	 */
	uint64_t (*update)(gm_dataplane_t *this, uint64_t now);

	/**
	 * When some traffic is left without a TEK.
	 *
	 * @return			end of the last TEK of the flow that ends first, 0 if a
	 *					flow has none already or there is no flow
	 */
	uint64_t (*get_end)(gm_dataplane_t *this);

	/**
	 * Check if any flow has a TEK.
	 */
	bool (*is_ready)(gm_dataplane_t *this);

	/**
	 * Enumerate the installed TEKs.
	 *
	 * @return			enumerator over (gm_tek_info_t*), valid until the next
	 *					enumerate()
	 */
	enumerator_t *(*create_tek_enumerator)(gm_dataplane_t *this);

	/**
	 * Follow the operator's command to take packets in clear, or not to, until
	 * the next rekey (GM-033, GM-034).
	 *
	 * @param direction	CRYPTO_MAP_INBOUND_OPTIONAL or CRYPTO_MAP_BOTH
	 * @param now		present time
	 * @return			when to call update()
	 */
	uint64_t (*direct)(gm_dataplane_t *this, crypto_map_direction_t direction,
					   uint64_t now);

	/**
	 * Get the direction of the group.
	 *
	 * @param info		to fill in
	 */
	void (*get_direction)(gm_dataplane_t *this, gm_direction_info_t *info);

	/**
	 * Copy what decides about packets.
	 *
	 * @param view		gets the copy, gm_view_clear() it
	 */
	void (*get_view)(gm_dataplane_t *this, gm_view_t *view);

	/**
	 * Get what gives the SAs their Sender IDs, for its status.
	 */
	gm_sampling_t *(*get_sampling)(gm_dataplane_t *this);

	/**
	 * Get the installed TEKs, to look after their states.
	 */
	gm_teks_t *(*get_teks)(gm_dataplane_t *this);

	/**
	 * Get what is about time stamps, for its status and to reset it.
	 */
	gm_stamps_t *(*get_stamps)(gm_dataplane_t *this);

	/**
	 * Get the crypto map, for its counters.
	 */
	crypto_map_t *(*get_map)(gm_dataplane_t *this);

	/**
	 * Remove all SAs and the access list: as after open().
	 */
	void (*clear)(gm_dataplane_t *this);

	/**
	 * Remove SAs and the crypto map without trace.
	 */
	void (*close)(gm_dataplane_t *this);

	/**
	 * Close, if open, and destroy.
	 */
	void (*destroy)(gm_dataplane_t *this);
};

/**
 * Create the data plane of a group; nothing is touched before open().
 *
 * @param config		configuration of the group, referenced
 * @param index			index of the crypto map, unique among the groups
 * @param runtime		clocks, must live longer
 * @return				data plane, NULL if the crypto map can't be made
 */
gm_dataplane_t *gm_dataplane_create(gm_config_t *config, u_int index,
									gm_runtime_t *runtime);

#endif /** GM_DATAPLANE_H_ @}*/
