/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_sa_tek group_sa_tek
 * @{ @ingroup gdoi
 *
 * What a TEK asks of its SA, without looking at the kernel.
 */

#ifndef GROUP_SA_TEK_H_
#define GROUP_SA_TEK_H_

#include "crypto_map.h"

#include "group/group_tek.h"

/**
 * Find out the families that a TEK's access list has permit lines of; with no
 * lines, both.
 *
 * @param tek			TEK
 * @param v4			set to TRUE for IPv4
 * @param v6			set to TRUE for IPv6
 */
void group_sa_find_families(group_tek_t *tek, bool *v4, bool *v6);

/**
 * Number of Sender IDs that a TEK needs to send: with a counter mode one for
 * each address family that its access list has permit lines of.
 *
 * @param tek			TEK
 * @return				1 or 2, 0 if it has no counter mode
 */
u_int group_sa_count_sids(group_tek_t *tek);

/**
 * Check if packets of a TEK carry a freshness header: its SPI needs
 * CRYPTO_MAP_SPI_STAMPED, and its SA a policy (crypto_map_t.set_freshness()).
 *
 * @param tek			TEK
 * @return				TRUE with IP-D3P or time based anti-replay
 */
bool group_sa_is_stamped(group_tek_t *tek);

/**
 * Sizes of a TEK's encapsulation, for crypto_map_t.set_esp().
 *
 * @param tek			ESP TEK
 * @param esp			sizes to fill in
 * @return				FALSE if the algorithms are not known
 */
bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp);

#endif /** GROUP_SA_TEK_H_ @}*/
