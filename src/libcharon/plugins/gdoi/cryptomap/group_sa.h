/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_sa group_sa
 * @{ @ingroup gdoi
 */

#ifndef GROUP_SA_H_
#define GROUP_SA_H_

#include "crypto_map.h"

#include "group/group_tek.h"

typedef struct group_sa_t group_sa_t;

/**
 * The kernel states of one TEK on one crypto map, and the policies that send
 * with it: per address family an outbound and an inbound state with the same
 * SPI and keys, and an outbound policy pinned to that SPI.
 *
 * Methods call charon->kernel: call them without a lock held. One object is
 * used by one thread at a time.
 */
struct group_sa_t {

	/**
	 * Get the SPI, network order.
	 */
	uint32_t (*get_spi)(group_sa_t *this);

	/**
	 * Install the inbound and outbound states. Nothing is sent with them
	 * before activate().
	 *
	 * @param clear_df	TRUE to clear the outer DF bit
	 * @return			FALSE if the kernel refused one; none is left then
	 */
	bool (*install)(group_sa_t *this, bool clear_df);

	/**
	 * Send with this SA from now on: install the outbound policies, or switch
	 * them over from the SA that is active at the index (no packet is lost).
	 *
	 * @param old		SA active at the same index until now, or NULL
	 * @return			FALSE if the kernel refused, old stays active then
	 */
	bool (*activate)(group_sa_t *this, group_sa_t *old);

	/**
	 * Check if activate() succeeded and no other SA took over.
	 */
	bool (*is_active)(group_sa_t *this);

	/**
	 * Remove the policies, if active, without a successor.
	 */
	void (*deactivate)(group_sa_t *this);

	/**
	 * Get what the states have processed, both families together.
	 *
	 * @param inbound	TRUE for the inbound states
	 * @param bytes		octets
	 * @param packets	packets
	 * @return			FALSE if not installed
	 */
	bool (*query)(group_sa_t *this, bool inbound, uint64_t *bytes,
				  uint64_t *packets);

	/**
	 * Remove states (and policies if active) and destroy the object.
	 */
	void (*destroy)(group_sa_t *this);
};

/**
 * Create the SA of a TEK.
 *
 * @param map			crypto map, must live longer
 * @param tek			ESP TEK in tunnel mode, with keys; reference is taken
 * @param sa			index of the SA in the crypto map
 * @param reqid			reqid of the group, not 0; the same for all its SAs
 * @return				SA, NULL if the TEK is not one that can be installed:
 *						AH, transport mode, no keys, algorithm not supported
 */
group_sa_t *group_sa_create(crypto_map_t *map, group_tek_t *tek, u_int sa,
							uint32_t reqid);

/**
 * Sizes of a TEK's encapsulation, for crypto_map_t.set_esp().
 *
 * @param tek			ESP TEK
 * @param esp			sizes to fill in
 * @return				FALSE if the algorithms are not known
 */
bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp);

#endif /** GROUP_SA_H_ @}*/
