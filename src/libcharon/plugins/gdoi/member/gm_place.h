/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_place gm_place
 * @{ @ingroup gdoi_member
 */

#ifndef GM_PLACE_H_
#define GM_PLACE_H_

#include "gm_config.h"
#include "gm_dataplane.h"
#include "gm_runtime.h"
#include "gm_status.h"
#include "gm_system.h"

typedef struct gm_place_t gm_place_t;

/**
 * What became of the crypto map.
 */
typedef enum {
	/** nothing new */
	GM_PLACE_SAME,
	/** it was put on its interface */
	GM_PLACE_OPENED,
	/** its interface is gone */
	GM_PLACE_LOST,
} gm_place_event_t;

/**
 * Keeps the crypto map of a group on its interface: waits for the interface,
 * and mends what changes of the host take away. Not thread safe; calls out, so
 * no lock may be held.
 */
struct gm_place_t {

	/**
	 * Use another configuration from now on.
	 *
	 * @param config	configuration, referenced
	 */
	void (*configure)(gm_place_t *this, gm_config_t *config);

	/**
	 * Addresses, routes or interfaces have changed.
	 */
	void (*roam)(gm_place_t *this);

	/**
	 * Do what is due.
	 *
	 * @return			what became of the crypto map; if lost, it has to be
	 *					closed
	 */
	gm_place_event_t (*run)(gm_place_t *this);

	/**
	 * When to call run().
	 */
	uint64_t (*get_deadline)(gm_place_t *this);

	/**
	 * Destroy the object.
	 */
	void (*destroy)(gm_place_t *this);
};

/**
 * Create an object.
 *
 * @param config		configuration of the group, referenced
 * @param runtime		clock
 * @param system		knows interfaces
 * @param dataplane		data plane with the crypto map
 * @param status		its reason says why there is none on the interface
 */
gm_place_t *gm_place_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_system_t *system, gm_dataplane_t *dataplane,
							gm_status_t *status);

#endif /** GM_PLACE_H_ @}*/
