/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "kernel_recorder_plugin.h"
#include "kernel_recorder_ipsec.h"

#include <library.h>
#include <kernel/kernel_ipsec.h>

typedef struct private_plugin_t private_plugin_t;

/**
 * Private data of the plugin
 */
struct private_plugin_t {

	/** public interface */
	kernel_recorder_plugin_t public;
};

METHOD(plugin_t, get_name, char*,
	private_plugin_t *this)
{
	return "kernel-recorder";
}

METHOD(plugin_t, get_features, int,
	private_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK(kernel_ipsec_register, kernel_recorder_ipsec_create),
			PLUGIN_PROVIDE(CUSTOM, "kernel-ipsec"),
				PLUGIN_DEPENDS(HASHER, HASH_SHA256),
				PLUGIN_DEPENDS(RNG, RNG_WEAK),
	};

	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_plugin_t *this)
{
	free(this);
}

/*
 * see header file
 */
plugin_t *kernel_recorder_plugin_create()
{
	private_plugin_t *this;

	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.destroy = _destroy,
			},
		},
	);
	return &this->public.plugin;
}
