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
#include "group_sa_tek.h"

#include "group/group_tek.h"

typedef struct group_sa_t group_sa_t;

/** packets after which an outbound state of a counter mode must be replaced by
 *  one with another Sender ID: some time before its sequence numbers end and
 *  the kernel stops sending (GM-024) */
#define GROUP_SA_PACKETS_MAX 0xc0000000ULL

/**
 * The kernel states of one TEK on one crypto map, and the policies that send
 * with it: per address family an outbound and an inbound state with the same
 * SPI and keys, and an outbound policy pinned to that SPI.
 *
 * Senders with a counter mode need Sender IDs, another one for every outbound
 * state under the same key (RFC 6407 section 3.5): after install() such a TEK
 * receives only, and sample() brings its outbound states, for the families
 * that its access list has lines of.
 *
 * TEKs whose packets carry freshness headers (D3P, time based anti-replay) have
 * states and policies of mode BEET, all others tunnel mode. Both kinds can be
 * there at the same time, and activate() switches between them. Counter based
 * anti-replay is a matter of the inbound states: it is per state, not per
 * sender, so that it is good for groups with one sender per TEK only
 * (TBAR-010).
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
	 * Install the inbound states, and the outbound ones unless they need
	 * Sender IDs. Nothing is sent with them before activate().
	 *
	 * @param clear_df	TRUE to clear the outer DF bit
	 * @return			FALSE if the kernel refused one; none is left then
	 */
	bool (*install)(group_sa_t *this, bool clear_df);

	/**
	 * Check if an outbound state is missing that needs a Sender ID.
	 *
	 * @return			TRUE if sample() has something to do
	 */
	bool (*needs_sid)(group_sa_t *this);

	/**
	 * Bring the next outbound state that is missing, or get nearer to it.
	 *
	 * @param bits		length of the Sender IDs
	 * @param sids		Sender IDs never used with this key; looked at when work
	 *					on a state begins only
	 * @param count		number of Sender IDs, those beyond
	 *					SID_SAMPLER_SIDS_MAX are of no use
	 * @param ms		return after this time, milliseconds
	 * @param sid		set to the Sender ID that is used from now on, if DONE
	 * @return			DONE if there is one missing state less; MORE to call
	 *					again; FAILED with a line in the log, may be tried again
	 */
	sid_sampler_status_t (*sample)(group_sa_t *this, uint8_t bits,
								   const uint32_t *sids, u_int count, u_int ms,
								   uint32_t *sid);

	/**
	 * Remove the outbound states of a counter mode TEK, which must not be
	 * active, so that sample() brings others.
	 */
	void (*renew)(group_sa_t *this);

	/**
	 * Put back a state that the kernel has removed although the TEK goes on.
	 * The outbound state of a counter mode does not come back, as its IVs would
	 * repeat: deactivate the SA if it is active, renew() and sample().
	 *
	 * @param dst		destination of the state
	 * @param seconds	time that the TEK has left, from now on
	 * @return			SUCCESS if it is back; NEED_MORE for one of a counter
	 *					mode; NOT_FOUND if it is there or no state of the SA;
	 *					FAILED if the kernel refused
	 */
	status_t (*restore)(group_sa_t *this, host_t *dst, uint32_t seconds);

	/**
	 * Send with this SA from now on: install the outbound policies, or switch
	 * them over from the SA that is active at the index (no packet is lost).
	 * Tells the crypto map whether packets get a freshness header.
	 *
	 * @param old		SA active at the same index until now, or NULL
	 * @return			FALSE if the kernel refused or a Sender ID is missing,
	 *					old stays active then
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
 *						AH, transport mode, no keys, algorithm not supported,
 *						no room for the SA in the crypto map
 */
group_sa_t *group_sa_create(crypto_map_t *map, group_tek_t *tek, u_int sa,
							uint32_t reqid);

#endif /** GROUP_SA_H_ @}*/
