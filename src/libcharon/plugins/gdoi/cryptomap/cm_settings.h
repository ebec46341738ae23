/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_settings cm_settings
 * @{ @ingroup gdoi
 *
 * What the programs of a crypto map are told, written to the memory that they
 * share. A change is one step for all packets. Not thread safe.
 */

#ifndef CM_SETTINGS_H_
#define CM_SETTINGS_H_

#include "crypto_map.h"
#include "cm_ids.h"
#include "bpf/cm_shared.h"

/**
 * Write the settings of a fresh crypto map, see crypto_map_t.
 *
 * @param shared	memory, overwritten
 * @param ids		anchors
 */
void cm_settings_init(struct cm_shared *shared, cm_ids_t *ids);

/**
 * Replace the access list, see crypto_map_t.set_acl(). Waits until no program
 * reads the list before the last, some milliseconds.
 *
 * @param shared	memory
 * @param lines		lines in order
 * @param count		number of lines
 * @return			FALSE if there are too many lines (list unchanged)
 */
bool cm_settings_acl(struct cm_shared *shared, const crypto_map_line_t *lines,
					 u_int count);

/**
 * Replace the SPIs, see crypto_map_t.set_spis(). Waits as well.
 *
 * @param shared	memory
 * @param spis		SPIs in network order
 * @param sas		for each a bit per SA, not 0, and CRYPTO_MAP_SPI_STAMPED;
 *					or NULL for all SAs without freshness headers
 * @param count		number of SPIs
 * @return			FALSE if there are too many (set unchanged)
 */
bool cm_settings_spis(struct cm_shared *shared, const uint32_t *spis,
					  const uint32_t *sas, u_int count);

/**
 * Replace the key servers, see crypto_map_t.set_servers(). Waits as well.
 *
 * @param shared	memory
 * @param servers	host_t objects
 * @param count		number of hosts
 * @return			FALSE if there are too many (set unchanged)
 */
bool cm_settings_servers(struct cm_shared *shared, host_t **servers,
						 u_int count);

/**
 * Tell the sizes of an SA's encapsulation.
 *
 * @param shared	memory
 * @param sa		index of the SA
 * @param esp		sizes
 */
void cm_settings_esp(struct cm_shared *shared, u_int sa,
					 const crypto_map_esp_t *esp);

/**
 * Tell whether an SA can encrypt.
 *
 * @param shared	memory
 * @param sa		index of the SA
 * @param ready		TRUE if it can
 */
void cm_settings_ready(struct cm_shared *shared, u_int sa, bool ready);

/**
 * Tell whether outbound packets of an SA get a freshness header.
 *
 * @param shared	memory
 * @param sa		index of the SA
 * @param stamped	TRUE if they do
 */
void cm_settings_stamped(struct cm_shared *shared, u_int sa, bool stamped);

/**
 * Set the direction of an SA.
 *
 * @param shared	memory
 * @param sa		index of the SA
 * @param dir		direction
 */
void cm_settings_direction(struct cm_shared *shared, u_int sa,
						   crypto_map_direction_t dir);

/**
 * Get the value of a counter.
 *
 * @param shared	memory
 * @param stat		which
 * @return			sum of all CPUs
 */
uint64_t cm_settings_count(struct cm_shared *shared, enum cm_stat stat);

/**
 * Read the IV of a sampler's last probe and forget it, see sid_sampler_cb_t.
 *
 * @param shared	memory
 * @param slot		number of the sampler
 * @param spi		SPI that the probe must have, 0 to only forget
 * @param iv		set to the IV, host order
 * @return			FALSE if there was no such probe
 */
bool cm_settings_probe(struct cm_shared *shared, u_int slot, uint32_t spi,
					   uint64_t *iv);

#endif /** CM_SETTINGS_H_ @}*/
