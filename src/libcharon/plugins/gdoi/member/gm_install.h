/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_install gm_install
 * @{ @ingroup gdoi_member
 *
 * Puts the TEKs of a change into the kernel.
 */

#ifndef GM_INSTALL_H_
#define GM_INSTALL_H_

#include "gm_change.h"

typedef struct gm_install_t gm_install_t;

/**
 * Where and how to install.
 */
struct gm_install_t {

	/** crypto map */
	crypto_map_t *map;

	/** installed TEKs */
	gm_teks_t *teks;

	/** reqid of the group's SAs */
	uint32_t reqid;

	/** TRUE to clear the outer DF bit */
	bool clear_df;
};

/**
 * Install the SAs of what is new in a policy: they are added to the change's
 * fresh TEKs, and nothing is sent with them. A TEK that has the SPI of an
 * installed one, but is something else, replaces it; if the kernel refuses it,
 * the one before is put back. Calls into the kernel, so no lock may be held.
 *
 * @param this			where and how
 * @param change		change with a policy and flows for its TEKs
 * @return				FALSE if the kernel refuses one, with reason; those that
 *						were installed are in the change's fresh TEKs
 */
bool gm_install_teks(const gm_install_t *this, gm_change_t *change);

#endif /** GM_INSTALL_H_ @}*/
