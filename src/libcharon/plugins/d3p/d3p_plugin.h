/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup d3p d3p
 * @ingroup cplugins
 *
 * @defgroup d3p_plugin d3p_plugin
 * @{ @ingroup d3p
 */

#ifndef D3P_PLUGIN_H_
#define D3P_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct d3p_plugin_t d3p_plugin_t;

/**
 * Freshness of packets: timestamps of IP-D3P and of time-based anti-replay.
 *
 * Stands on the gdoi plugin, whose crypto maps take what they need from the
 * object that this plugin registers as FRESHNESS_NAME; without the plugin,
 * groups that need it are refused. Provides the custom feature "d3p".
 */
struct d3p_plugin_t {

	/**
	 * Implements plugin_t
	 */
	plugin_t plugin;
};

#endif /** D3P_PLUGIN_H_ @}*/
