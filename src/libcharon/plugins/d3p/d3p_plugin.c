/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "d3p_plugin.h"

#include <charon_version.h>

#include <daemon.h>

typedef struct private_d3p_plugin_t private_d3p_plugin_t;

/**
 * Private data
 */
struct private_d3p_plugin_t {

	/**
	 * Public interface
	 */
	d3p_plugin_t public;
};

METHOD(plugin_t, get_name, char*,
	private_d3p_plugin_t *this)
{
	return "d3p";
}

METHOD(plugin_t, get_features, int,
	private_d3p_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_NOOP,
			PLUGIN_PROVIDE(CUSTOM, "d3p"),
				PLUGIN_DEPENDS(CUSTOM, "gdoi"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_d3p_plugin_t *this)
{
	free(this);
}

/**
 * Create the plugin, called by strongSwan's plugin loader
 */
plugin_t *d3p_plugin_create()
{
	private_d3p_plugin_t *this;

	if (!charon_version_matches("d3p"))
	{
		return NULL;
	}
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
