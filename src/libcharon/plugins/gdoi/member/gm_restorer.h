/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_restorer gm_restorer
 * @{ @ingroup gdoi_member
 */

#ifndef GM_RESTORER_H_
#define GM_RESTORER_H_

#include "gm_teks.h"

typedef struct gm_restorer_t gm_restorer_t;

/** at most one line in the log per TEK within this time, ms */
#define GM_RESTORER_QUIET 10000

/**
 * Puts back states that the kernel removed before their TEK ended.
 *
 * The kernel measures their time by the clock on the wall: it looks at it one
 * second after a state came, and where the clock has been set forward by more
 * than the lifetime since, the state goes. The TEK lives on by our own clock,
 * which nobody sets.
 *
 * Outbound states of counter modes don't come back as they were, as that would
 * repeat IVs: the TEK stops sending and gets Sender IDs that it never had, as
 * after too many packets (GM-024). Other outbound states begin to count their
 * packets again, so receivers that check the count refuse the first of them:
 * not more than were sent before. An inbound state that checks it has forgotten
 * what it has seen. Both is about the packets of the TEK's first second only,
 * as this is when states go.
 *
 * Not thread safe; calls into the kernel, so no lock may be held.
 */
struct gm_restorer_t {

	/**
	 * The kernel has removed a state.
	 *
	 * @param spi		its SPI, network order; that of any state of the host
	 * @param dst		its destination
	 * @param now		present time
	 * @return			TRUE if gm_dataplane_t.update() is to be called
	 */
	bool (*expired)(gm_restorer_t *this, uint32_t spi, host_t *dst,
					uint64_t now);

	/**
	 * Get the number of states that were put back, or are to be with another
	 * Sender ID.
	 */
	uint64_t (*get_count)(gm_restorer_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_restorer_t *this);
};

/**
 * Create an object that has restored nothing.
 *
 * @param group			name of the group, for logs
 * @param teks			TEKs in the kernel, must live longer
 * @param map			their crypto map, must live longer
 */
gm_restorer_t *gm_restorer_create(const char *group, gm_teks_t *teks,
								  crypto_map_t *map);

#endif /** GM_RESTORER_H_ @}*/
