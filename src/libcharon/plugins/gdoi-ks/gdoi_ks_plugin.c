/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_ks_plugin.h"
#include "ks_manager.h"
#include "ks_pull.h"
#include "ks_vici.h"

#include <charon_version.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>

#include <time.h>

/** seconds between writings to the store */
#define KEEP 1

/** seconds between looks at keys, members and exchanges that ended */
#define TICK 1

typedef struct private_gdoi_ks_plugin_t private_gdoi_ks_plugin_t;

/**
 * Private data
 */
struct private_gdoi_ks_plugin_t {

	/**
	 * Public interface
	 */
	gdoi_ks_plugin_t public;

	/**
	 * Transport of the gdoi plugin
	 */
	gdoi_transport_t *transport;

	/**
	 * Configuration of the gdoi plugin
	 */
	group_config_t *config;

	/**
	 * Clock and timers of rekeys
	 */
	ks_runtime_t *runtime;

	/**
	 * Groups
	 */
	ks_manager_t *manager;

	/**
	 * Keeps groups over restarts, NULL if not configured
	 */
	ks_keeper_t *keeper;

	/**
	 * Registrations
	 */
	ks_pull_t *pull;

	/**
	 * Commands
	 */
	ks_vici_t *vici;
};

METHOD(plugin_t, get_name, char*,
	private_gdoi_ks_plugin_t *this)
{
	return "gdoi-ks";
}

/**
 * Implements ks_clock_t
 */
static time_t monotonic()
{
	return time_monotonic(NULL);
}

/**
 * Implements ks_clock_t
 */
static time_t wall()
{
	return time(NULL);
}

/**
 * Write to the store. Apart from tick(), which shall not wait for the disk.
 */
static job_requeue_t keep(private_gdoi_ks_plugin_t *this)
{
	if (this->keeper)
	{
		this->keeper->tick(this->keeper);
	}
	return JOB_RESCHEDULE(KEEP);
}

/**
 * Have groups kept over restarts if that is configured
 */
static void start_keeper(private_gdoi_ks_plugin_t *this, gdoi_log_t *log)
{
	this->keeper = ks_keeper_create(log, monotonic, wall);
	if (this->keeper)
	{
		this->manager->set_keeper(this->manager, this->keeper);
		lib->scheduler->schedule_job(lib->scheduler, (job_t*)
			callback_job_create((callback_job_cb_t)keep, this, NULL, NULL),
			KEEP);
	}
}

/**
 * Let time work
 */
static job_requeue_t tick(private_gdoi_ks_plugin_t *this)
{
	if (this->manager)
	{
		this->manager->tick(this->manager);
		this->pull->sweep(this->pull);
	}
	return JOB_RESCHEDULE(TICK);
}

/**
 * Bring everything up
 */
static bool start(private_gdoi_ks_plugin_t *this)
{
	gdoi_log_t *log = lib->get(lib, GDOI_LOG_NAME);
	gdoi_vici_t *vici = lib->get(lib, GDOI_VICI_NAME);
	ks_services_t services = {
		.log = log,
		.clock = monotonic,
	};

	this->transport = lib->get(lib, GDOI_TRANSPORT_NAME);
	this->config = lib->get(lib, GROUP_CONFIG_NAME);
	if (!log || !vici || !this->transport || !this->config)
	{
		DBG1(DBG_CFG, "plugin 'gdoi-ks' needs a gdoi plugin that started");
		return FALSE;
	}
	this->runtime = ks_runtime_create();
	services.runtime = this->runtime;
	services.transport = this->transport;
	this->manager = ks_manager_create(&services);
	start_keeper(this, log);
	this->pull = ks_pull_create(this->manager, log, monotonic);
	this->vici = ks_vici_create(vici, this->manager, this->pull, monotonic);
	this->transport->add_handler(this->transport, &this->pull->handler);
	this->config->add_role(this->config, &this->manager->role);
	lib->scheduler->schedule_job(lib->scheduler, (job_t*)
			callback_job_create((callback_job_cb_t)tick, this, NULL, NULL),
			TICK);
	return TRUE;
}

/**
 * Take everything down, in reverse order
 */
static void stop(private_gdoi_ks_plugin_t *this)
{
	if (this->manager)
	{
		/* groups end now, but they shall come back */
		this->manager->set_keeper(this->manager, NULL);
		DESTROY_IF(this->keeper);
		this->keeper = NULL;
		this->config->remove_role(this->config, &this->manager->role);
		this->transport->remove_handler(this->transport, &this->pull->handler);
		this->vici->destroy(this->vici);
		this->pull->destroy(this->pull);
		this->manager->destroy(this->manager);
		this->runtime->destroy(this->runtime);
		this->manager = NULL;
	}
}

/**
 * Start or stop with the feature
 */
static bool plugin_cb(private_gdoi_ks_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		return start(this);
	}
	stop(this);
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_gdoi_ks_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "gdoi-ks"),
				PLUGIN_DEPENDS(CUSTOM, "gdoi"),
				PLUGIN_DEPENDS(RNG, RNG_STRONG),
				PLUGIN_SDEPEND(RNG, RNG_TRUE),
				PLUGIN_SDEPEND(PRIVKEY, KEY_ANY),
				/* the store */
				PLUGIN_SDEPEND(AEAD, ENCR_AES_GCM_ICV16, 32),
				PLUGIN_SDEPEND(PRF, PRF_HMAC_SHA2_256),
				PLUGIN_SDEPEND(DATABASE, DB_ANY),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_gdoi_ks_plugin_t *this)
{
	free(this);
}

/**
 * Create the plugin, called by strongSwan's plugin loader
 */
plugin_t *gdoi_ks_plugin_create()
{
	private_gdoi_ks_plugin_t *this;

	if (!charon_version_matches("gdoi-ks"))
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
