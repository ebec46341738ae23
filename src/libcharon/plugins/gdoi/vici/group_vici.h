/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup group_vici group_vici
 * @{ @ingroup gdoi_vici
 */

#ifndef GROUP_VICI_H_
#define GROUP_VICI_H_

#include <library.h>

typedef struct group_vici_t group_vici_t;

/**
 * The VICI commands about groups of any role: loading them, and listing what
 * every role has.
 */
struct group_vici_t {

	/**
	 * Unregister the commands; returns when none is under way.
	 */
	void (*destroy)(group_vici_t *this);
};

/**
 * Register the commands with the service and for the configuration that
 * lib->get() has under GDOI_VICI_NAME and GROUP_CONFIG_NAME.
 *
 * @return				object, NULL if one of the two isn't there
 */
group_vici_t *group_vici_create();

#endif /** GROUP_VICI_H_ @}*/
