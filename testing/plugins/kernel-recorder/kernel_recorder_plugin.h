/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup kernel_recorder kernel_recorder
 * @{ @ingroup testing
 *
 * A kernel backend that installs nothing and writes down everything, so that
 * whole scenarios run where the kernel has no ESP.
 */

#ifndef KERNEL_RECORDER_PLUGIN_H_
#define KERNEL_RECORDER_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct kernel_recorder_plugin_t kernel_recorder_plugin_t;

/**
 * Plugin that provides "kernel-ipsec" by a recorder.
 *
 * charon keeps the first kernel_ipsec_t that registers, so this plugin has to
 * be loaded before kernel-netlink (which keeps serving addresses and routes).
 */
struct kernel_recorder_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

/**
 * Create the plugin; called by charon's plugin loader.
 *
 * @return				plugin
 */
plugin_t *kernel_recorder_plugin_create();

#endif /** KERNEL_RECORDER_PLUGIN_H_ @}*/
