/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_spis ks_spis
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SPIS_H_
#define KS_SPIS_H_

#include <library.h>

typedef struct ks_spis_t ks_spis_t;

/** SPIs below this are reserved, RFC 4303 section 2.1 */
#define KS_SPI_MIN 256

/**
 * SPIs of the TEKs of all groups of this key server: random, and never the same
 * for two TEKs that live at a time, as a member may be in several groups.
 *
 * Thread-safe.
 */
struct ks_spis_t {

	/**
	 * Take an unused random SPI.
	 *
	 * @param spi		set to the SPI in network byte order
	 * @return			FALSE if there is no randomness
	 */
	bool (*alloc)(ks_spis_t *this, uint32_t *spi);

	/**
	 * Take a certain SPI, of keys that a store kept.
	 *
	 * @param spi		SPI in network byte order
	 * @return			FALSE if it is taken or reserved
	 */
	bool (*reserve)(ks_spis_t *this, uint32_t spi);

	/**
	 * Give back an SPI.
	 *
	 * @param spi		SPI in network byte order
	 */
	void (*release)(ks_spis_t *this, uint32_t spi);

	/**
	 * Destroy it; TEKs must be gone.
	 */
	void (*destroy)(ks_spis_t *this);
};

/**
 * Create it with no SPI taken.
 */
ks_spis_t *ks_spis_create();

#endif /** KS_SPIS_H_ @}*/
