/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A crypto map that only remembers what it is told.
 */

#ifndef FAKE_MAP_H_
#define FAKE_MAP_H_

#include <crypto_map.h>

typedef struct fake_map_t fake_map_t;

struct fake_map_t {
	crypto_map_t public;
	/** one that was created before */
	fake_map_t *next;
	/** "GROUP INTERFACE INDEX" of the parameters */
	char name[64];
	bool attached;
	bool refused;
	bool gone;
	crypto_map_line_t lines[CRYPTO_MAP_LINES];
	u_int line_count;
	bool fallback;
	uint32_t spis[CRYPTO_MAP_SPIS];
	uint32_t sas[CRYPTO_MAP_SPIS];
	bool has_sas;
	u_int spi_count;
	char servers[CRYPTO_MAP_SERVERS][INET6_ADDRSTRLEN];
	u_int server_count;
	uint32_t ready;
	crypto_map_esp_t esp[CRYPTO_MAP_SAS];
	crypto_map_direction_t dirs[CRYPTO_MAP_SAS];
	freshness_policy_t freshness[CRYPTO_MAP_SAS];
	bool refuses_freshness;
	uint32_t stamped;
	/** SAs whose counters were reset */
	uint32_t reset;
	/** errors that are enumerated */
	freshness_error_t errors[4];
	u_int error_count;
	uint32_t unknown_spi;
	u_int pushes;
};

/** the one created last, what is left of it after its end */
extern fake_map_t *fake_map;

/** how many there are, and how many are attached (also by the dead) */
extern int fake_maps, fake_attached;

/** attach() of those to come fails */
extern bool fake_refuses;

crypto_map_t *fake_map_create(const crypto_map_params_t *params);

/** forget about all */
void fake_map_cleanup();

#endif /** FAKE_MAP_H_ */
