/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_place.h"
#include "gm_log.h"
#include "gm_servers.h"

#include <stdio.h>

/** how often a missing interface is looked for, ms */
#define POLL_INTERVAL 1000

/** rest after a change of addresses or routes before the map is checked, ms */
#define ROAM_DELAY 500

typedef struct private_gm_place_t private_gm_place_t;

/**
 * Private data of an gm_place_t object.
 */
struct private_gm_place_t {

	/**
	 * Public interface
	 */
	gm_place_t public;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Clock
	 */
	gm_runtime_t *runtime;

	/**
	 * View of the host
	 */
	gm_system_t *system;

	/**
	 * Has the crypto map
	 */
	gm_dataplane_t *dataplane;

	/**
	 * Status of the group
	 */
	gm_status_t *status;

	/**
	 * When to look for the interface
	 */
	uint64_t poll_at;

	/**
	 * When to check the crypto map
	 */
	uint64_t refresh_at;
};

/**
 * Name of the group
 */
static const char *get_name(private_gm_place_t *this)
{
	return this->config->get(this->config)->group.name;
}

/**
 * Put the crypto map on its interface
 */
static gm_place_event_t try_open(private_gm_place_t *this, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);
	char *reason = NULL;

	if (gm_servers_open(this->config, this->system, this->dataplane, &reason))
	{
		gm_log_map(get_name(this), config->interface, TRUE);
		this->poll_at = GM_NEVER;
		this->status->reason[0] = '\0';
		return GM_PLACE_OPENED;
	}
	this->poll_at = now + POLL_INTERVAL;
	if (!streq(reason, this->status->reason))
	{
		snprintf(this->status->reason, sizeof(this->status->reason), "%s",
				 reason);
		gm_log_waits(get_name(this), reason);
	}
	free(reason);
	return GM_PLACE_SAME;
}

/**
 * Check the crypto map after changes of the host
 */
static gm_place_event_t check_map(private_gm_place_t *this, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);

	this->refresh_at = GM_NEVER;
	if (this->dataplane->refresh(this->dataplane) ||
		this->system->has_interface(this->system, config->interface))
	{	/* something is left to drop packets: better than to take it away */
		return GM_PLACE_SAME;
	}
	this->poll_at = now;
	gm_log_map(get_name(this), config->interface, FALSE);
	return GM_PLACE_LOST;
}

METHOD(gm_place_t, run, gm_place_event_t,
	private_gm_place_t *this)
{
	uint64_t now = this->runtime->now(this->runtime);

	if (!this->dataplane->is_open(this->dataplane))
	{
		return now >= this->poll_at ? try_open(this, now) : GM_PLACE_SAME;
	}
	return now >= this->refresh_at ? check_map(this, now) : GM_PLACE_SAME;
}

METHOD(gm_place_t, get_deadline, uint64_t,
	private_gm_place_t *this)
{
	return this->dataplane->is_open(this->dataplane) ? this->refresh_at
													 : this->poll_at;
}

METHOD(gm_place_t, roam, void,
	private_gm_place_t *this)
{
	uint64_t soon = this->runtime->now(this->runtime) + ROAM_DELAY;

	/* perhaps this is the interface that is waited for */
	this->poll_at = this->poll_at == GM_NEVER ? GM_NEVER :
												min(this->poll_at, soon);
	this->refresh_at = min(this->refresh_at, soon);
}

METHOD(gm_place_t, configure, void,
	private_gm_place_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
}

METHOD(gm_place_t, destroy, void,
	private_gm_place_t *this)
{
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_place_t *gm_place_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_system_t *system, gm_dataplane_t *dataplane,
							gm_status_t *status)
{
	private_gm_place_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.roam = _roam,
			.run = _run,
			.get_deadline = _get_deadline,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.runtime = runtime,
		.system = system,
		.dataplane = dataplane,
		.status = status,
		.refresh_at = GM_NEVER,
	);
	return &this->public;
}
