/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_expiry gm_expiry
 * @{ @ingroup gdoi_member
 */

#ifndef GM_EXPIRY_H_
#define GM_EXPIRY_H_

#include <library.h>
#include <networking/host.h>

typedef struct gm_expiry_t gm_expiry_t;

/**
 * Hears of states that the kernel removes as it finds their time over.
 */
struct gm_expiry_t {

	/**
	 * Destroy the object; the callback is not called any more, and not under
	 * way in another thread.
	 */
	void (*destroy)(gm_expiry_t *this);
};

/**
 * Begin to listen.
 *
 * @param expired		called for each ESP state, with its SPI (network order)
 *						and destination, with a lock of charon's held: may only
 *						queue a job
 * @param user			passed to expired
 */
gm_expiry_t *gm_expiry_create(void (*expired)(void *user, uint32_t spi,
											  host_t *dst), void *user);

#endif /** GM_EXPIRY_H_ @}*/
