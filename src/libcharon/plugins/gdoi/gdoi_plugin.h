/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoi gdoi
 * @ingroup cplugins
 *
 * @defgroup gdoi_plugin gdoi_plugin
 * @{ @ingroup gdoi
 */

#ifndef GDOI_PLUGIN_H_
#define GDOI_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct gdoi_plugin_t gdoi_plugin_t;

/**
 * The group member, and the transport, configuration and VICI service that the
 * other roles of GDOI share.
 *
 * Provides the custom features "socket" (UDP 848 beside charon's own ports)
 * and "gdoi", which the other plugins depend on.
 */
struct gdoi_plugin_t {

	/**
	 * Implements plugin_t
	 */
	plugin_t plugin;
};

#endif /** GDOI_PLUGIN_H_ @}*/
