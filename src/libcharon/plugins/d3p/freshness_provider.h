/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup freshness_provider freshness_provider
 * @{ @ingroup d3p
 */

#ifndef FRESHNESS_PROVIDER_H_
#define FRESHNESS_PROVIDER_H_

#include <freshness.h>

#include "fresh_clock.h"
#include "fresh_map.h"

typedef struct freshness_provider_t freshness_provider_t;
typedef struct freshness_params_t freshness_params_t;

/**
 * Where a provider tells of warnings.
 *
 * @param user			as given to freshness_provider_create()
 * @param severity		1 (alert) to 7 (debug)
 * @param name			name of the event
 * @param text			what happened
 */
typedef void (*freshness_tell_t)(void *user, int severity, const char *name,
								 const char *text);

/**
 * What a provider is made of.
 */
struct freshness_params_t {

	/**
	 * Loads programs
	 */
	fresh_loader_t loader;

	/**
	 * Where the clock reads, NULL for the clocks of this host
	 */
	const fresh_clock_source_t *source;

	/**
	 * Errors to keep per SA, 1 or more
	 */
	u_int history;

	/**
	 * Share of what is allowed from which on a difference is worth a warning,
	 * percent; 0 for no warnings
	 */
	u_int warn;

	/**
	 * Told of warnings with no lock held, may be NULL
	 */
	freshness_tell_t tell;

	/**
	 * Handed to tell
	 */
	void *user;
};

/**
 * The object that crypto maps get freshness from. Maps may be made and used
 * from any thread, and may outlive stop(), but not destroy().
 */
struct freshness_provider_t {

	/**
	 * What is registered as FRESHNESS_NAME
	 */
	freshness_t freshness;

	/**
	 * Keep the time that programs use right: each second, and at once when the
	 * clock is set. Needs lib->watcher.
	 *
	 * @return			FALSE if there is no timer
	 */
	bool (*start)(freshness_provider_t *this);

	/**
	 * Look at the clock and at differences now; start() has it done.
	 */
	void (*refresh)(freshness_provider_t *this);

	/**
	 * Undo start(). When it returns nothing is told any more.
	 */
	void (*stop)(freshness_provider_t *this);

	/**
	 * Destroy the provider. There must be no maps any more.
	 */
	void (*destroy)(freshness_provider_t *this);
};

/**
 * Create a provider.
 *
 * @param params		settings, copied; source is to be valid as long as the
 *						provider
 * @return				provider, not started
 */
freshness_provider_t *freshness_provider_create(
											const freshness_params_t *params);

#endif /** FRESHNESS_PROVIDER_H_ @}*/
