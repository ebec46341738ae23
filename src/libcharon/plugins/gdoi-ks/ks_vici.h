/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_vici ks_vici
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_VICI_H_
#define KS_VICI_H_

#include "ks_manager.h"
#include "ks_pull.h"

#include <vici/gdoi_vici.h>

typedef struct ks_vici_t ks_vici_t;

/**
 * The command list-members, and the section "ks" of stats, as
 * gdoi/vici/README.md describes them.
 */
struct ks_vici_t {

	/**
	 * Unregister; returns when no command is under way.
	 */
	void (*destroy)(ks_vici_t *this);
};

/**
 * Register the commands.
 *
 * @param vici			service, outlives the object
 * @param manager		groups, outlive it too
 * @param pull			registrations, outlive it too
 * @param clock			clock of the groups
 */
ks_vici_t *ks_vici_create(gdoi_vici_t *vici, ks_manager_t *manager,
						  ks_pull_t *pull, ks_clock_t clock);

#endif /** KS_VICI_H_ @}*/
