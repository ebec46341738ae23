/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup fresh_map fresh_map
 * @{ @ingroup d3p
 *
 * Freshness on one interface: what user space has of it.
 */

#ifndef FRESH_MAP_H_
#define FRESH_MAP_H_

#include <freshness.h>

#include "fresh_programs.h"

typedef struct fresh_map_t fresh_map_t;
typedef struct fresh_map_params_t fresh_map_params_t;
typedef struct fresh_skew_t fresh_skew_t;

/** loads the programs, see fresh_programs_create() */
typedef fresh_programs_t *(*fresh_loader_t)(const freshness_place_t *place,
											fresh_programs_cb_t cb, void *user,
											int *err);

/**
 * What a map is made of.
 */
struct fresh_map_params_t {

	/**
	 * Loads the programs
	 */
	fresh_loader_t loader;

	/**
	 * Errors to keep per SA
	 */
	u_int history;

	/**
	 * Share of what is allowed from which on a difference is worth a warning,
	 * percent; 0 for no warnings
	 */
	u_int warn;

	/**
	 * Called as the first thing when the map is destroyed, may be NULL
	 */
	void (*gone)(void *user, fresh_map_t *map);

	/**
	 * Waits until packets that were in a program have left it, NULL to have
	 * the kernel do that
	 */
	void (*wait)();

	/**
	 * Handed to gone
	 */
	void *user;
};

/**
 * A warning: packets that were accepted, but only just.
 */
struct fresh_skew_t {

	/** SA on the interface, and its method */
	u_int sa;
	freshness_method_t method;

	/** largest difference in the minute before, milliseconds, positive if
	 *  packets were old */
	int64_t delta_ms;

	/** largest difference that is allowed, milliseconds */
	uint32_t allowed_ms;
};

/**
 * Freshness on one interface. Thread safe; its lock is never held while other
 * code of ours or the kernel is called, but while set_policy() waits some
 * milliseconds for packets to leave the profile that it writes.
 */
struct fresh_map_t {

	/**
	 * For the crypto map
	 */
	freshness_map_t map;

	/**
	 * Tell the programs what the real time is.
	 *
	 * @param offset	nanoseconds to add to CLOCK_BOOTTIME
	 */
	void (*set_offset)(fresh_map_t *this, int64_t offset);

	/**
	 * Does any SA depend on the real time?
	 *
	 * @return			TRUE if one uses IP-D3P
	 */
	bool (*needs_clock)(fresh_map_t *this);

	/**
	 * Get the name of the interface.
	 *
	 * @return			name, valid as long as the map
	 */
	const char *(*get_interface)(fresh_map_t *this);

	/**
	 * Look whether packets of the last minute were nearly refused. There is a
	 * result once a minute, and not again for ten minutes for an SA that there
	 * was one for.
	 *
	 * @param boot_ms	milliseconds of CLOCK_BOOTTIME
	 * @param skews		filled in, room for CM_SAS of them
	 * @return			number of warnings
	 */
	u_int (*take_skews)(fresh_map_t *this, uint64_t boot_ms,
						fresh_skew_t *skews);
};

/**
 * Create a map, with the programs in the kernel.
 *
 * @param place			crypto map; what it points to is valid as long as it is
 * @param params		settings, copied
 * @param err			set to an errno if NULL is returned
 * @return				map without policies
 */
fresh_map_t *fresh_map_create(const freshness_place_t *place,
							  const fresh_map_params_t *params, int *err);

#endif /** FRESH_MAP_H_ @}*/
