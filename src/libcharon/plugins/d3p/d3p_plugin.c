/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "d3p_plugin.h"
#include "freshness_provider.h"

#include <charon_version.h>
#include <gdoi_log.h>

#include <daemon.h>

#include <errno.h>

/** defaults of settings, see d3p.opt */
#define DEFAULT_HISTORY FRESHNESS_HISTORY
#define DEFAULT_WARN 50

/** largest history that may be configured */
#define HISTORY_MAX 1000

typedef struct private_d3p_plugin_t private_d3p_plugin_t;

/**
 * Private data
 */
struct private_d3p_plugin_t {

	/**
	 * Public interface
	 */
	d3p_plugin_t public;

	/**
	 * Operator's log, of the gdoi plugin
	 */
	gdoi_log_t *log;

	/**
	 * What crypto maps use
	 */
	freshness_provider_t *provider;
};

METHOD(plugin_t, get_name, char*,
	private_d3p_plugin_t *this)
{
	return "d3p";
}

/**
 * Implements freshness_tell_t
 */
static void tell(void *user, int severity, const char *name, const char *text)
{
	private_d3p_plugin_t *this = user;

	this->log->log(this->log, severity, name, NULL, NULL, "%s", text);
}

/**
 * Get a number of the settings, with a line in the log if it is out of range
 *
 * @param key			name of the setting
 * @param number		its value
 * @param low			smallest number
 * @param high			largest number
 * @return				number within the range
 */
static u_int bounded(const char *key, int number, int low, int high)
{
	if (number < low || number > high)
	{
		DBG1(DBG_CFG, "charon.plugins.d3p.%s is %d to %d, not %d", key, low,
			 high, number);
	}
	return max(low, min(high, number));
}

/**
 * Bring everything up
 */
static bool start(private_d3p_plugin_t *this)
{
	freshness_params_t params = {
		.loader = fresh_programs_create,
		.history = bounded("history", lib->settings->get_int(lib->settings,
							"%s.plugins.d3p.history", DEFAULT_HISTORY, lib->ns),
						   1, HISTORY_MAX),
		.warn = bounded("warn", lib->settings->get_int(lib->settings,
							"%s.plugins.d3p.warn", DEFAULT_WARN, lib->ns),
						0, 100),
		.tell = tell,
		.user = this,
	};

	this->log = lib->get(lib, GDOI_LOG_NAME);
	if (!this->log)
	{
		DBG1(DBG_CFG, "plugin 'd3p' needs a gdoi plugin that started");
		return FALSE;
	}
	this->provider = freshness_provider_create(&params);
	if (!this->provider->start(this->provider))
	{
		DBG1(DBG_CFG, "d3p: no timer that tells when the clock is set: %s",
			 strerror(errno));
		return FALSE;
	}
	lib->set(lib, FRESHNESS_NAME, &this->provider->freshness);
	return TRUE;
}

/**
 * Take everything down but the provider: crypto maps of the gdoi plugin, which
 * is unloaded after this one, still have maps of it.
 */
static void stop(private_d3p_plugin_t *this)
{
	lib->set(lib, FRESHNESS_NAME, NULL);
	if (this->provider)
	{
		this->provider->stop(this->provider);
	}
}

/**
 * Start or stop with the feature
 */
static bool plugin_cb(private_d3p_plugin_t *this, plugin_feature_t *feature,
					  bool reg, void *data)
{
	if (reg)
	{
		return start(this);
	}
	stop(this);
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_d3p_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "d3p"),
				PLUGIN_DEPENDS(CUSTOM, "gdoi"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_d3p_plugin_t *this)
{
	/* all features of all plugins are unloaded, thus all crypto maps gone */
	DESTROY_IF(this->provider);
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
