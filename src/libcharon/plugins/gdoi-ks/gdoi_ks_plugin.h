/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi_ks gdoi_ks
 * @ingroup cplugins
 *
 * @defgroup gdoi_ks_plugin gdoi_ks_plugin
 * @{ @ingroup gdoi_ks
 */

#ifndef GDOI_KS_PLUGIN_H_
#define GDOI_KS_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct gdoi_ks_plugin_t gdoi_ks_plugin_t;

/**
 * The key server of GDOI groups. Stands on the gdoi plugin, and provides the
 * custom feature "gdoi-ks".
 */
struct gdoi_ks_plugin_t {

	/**
	 * Implements plugin_t
	 */
	plugin_t plugin;
};

#endif /** GDOI_KS_PLUGIN_H_ @}*/
