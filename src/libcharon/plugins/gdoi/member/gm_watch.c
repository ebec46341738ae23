/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_watch.h"

/** how often the crypto map is asked for unknown SPIs, ms */
#define SPI_INTERVAL 1000

typedef struct private_gm_watch_t private_gm_watch_t;

/**
 * Private data of an gm_watch_t object.
 */
struct private_gm_watch_t {

	/**
	 * Public interface
	 */
	gm_watch_t public;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Clock and random numbers
	 */
	gm_runtime_t *runtime;

	/**
	 * Knows SPIs
	 */
	gm_dataplane_t *dataplane;

	/**
	 * Decides on hints
	 */
	gm_recovery_t *recovery;

	/**
	 * When to ask for unknown SPIs
	 */
	uint64_t poll_at;
};

METHOD(gm_watch_t, configure, void,
	private_gm_watch_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
}

METHOD(gm_watch_t, registered, void,
	private_gm_watch_t *this, bool fresh)
{
	crypto_map_t *map = this->dataplane->get_map(this->dataplane);
	uint32_t before;

	this->poll_at = this->runtime->now(this->runtime) + SPI_INTERVAL;
	map->get_unknown_spi(map, &before);
	this->recovery->registered(this->recovery, fresh);
}

METHOD(gm_watch_t, rekeyed, void,
	private_gm_watch_t *this)
{
	this->recovery->rekeyed(this->recovery);
}

METHOD(gm_watch_t, hint_, void,
	private_gm_watch_t *this, gm_hint_t hint, group_kek_t *kek)
{
	const gm_config_data_t *config = this->config->get(this->config);
	uint32_t delay = config->reregister_jitter;

	if (hint == GM_HINT_KEK && kek && kek->get(kek)->multicast)
	{	/* all members got it at the same moment */
		delay = max(delay, config->recovery_interval / GM_RECOVERY_SPREAD);
	}
	this->recovery->hint(this->recovery, hint, 0, delay);
}

/**
 * Find out if others send by a TEK that we don't have
 */
static void poll_spi(private_gm_watch_t *this, bool accept)
{
	const gm_config_data_t *config = this->config->get(this->config);
	crypto_map_t *map = this->dataplane->get_map(this->dataplane);
	uint32_t spi;

	this->poll_at = this->runtime->now(this->runtime) + SPI_INTERVAL;
	if (map->get_unknown_spi(map, &spi) && accept &&
		!this->dataplane->knows_spi(this->dataplane, spi))
	{
		this->recovery->hint(this->recovery, GM_HINT_SPI, spi,
							 config->reregister_jitter);
	}
}

METHOD(gm_watch_t, run, const char*,
	private_gm_watch_t *this, bool accept)
{
	const gm_config_data_t *config = this->config->get(this->config);
	gm_hint_t hint;
	uint32_t spi;

	if (this->runtime->now(this->runtime) >= this->poll_at)
	{
		poll_spi(this, accept);
	}
	if (!this->recovery->get_due(this->recovery, &hint, &spi))
	{
		return NULL;
	}
	if (hint == GM_HINT_SPI && this->dataplane->knows_spi(this->dataplane, spi))
	{	/* the rekey came meanwhile */
		this->recovery->cancel(this->recovery);
		return NULL;
	}
	this->recovery->take(this->recovery, config->recovery_interval);
	return gm_recovery_text(hint);
}

METHOD(gm_watch_t, get_deadline, uint64_t,
	private_gm_watch_t *this)
{
	return min(this->poll_at, this->recovery->get_deadline(this->recovery));
}

METHOD(gm_watch_t, get_pause, uint64_t,
	private_gm_watch_t *this)
{
	return this->recovery->get_pause(this->recovery);
}

METHOD(gm_watch_t, cancel, void,
	private_gm_watch_t *this)
{
	this->recovery->cancel(this->recovery);
}

METHOD(gm_watch_t, stop, void,
	private_gm_watch_t *this)
{
	this->recovery->cancel(this->recovery);
	this->poll_at = GM_NEVER;
}

METHOD(gm_watch_t, destroy, void,
	private_gm_watch_t *this)
{
	this->recovery->destroy(this->recovery);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_watch_t *gm_watch_create(gm_config_t *config, gm_runtime_t *runtime,
							gm_dataplane_t *dataplane)
{
	private_gm_watch_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.registered = _registered,
			.rekeyed = _rekeyed,
			.hint = _hint_,
			.run = _run,
			.get_deadline = _get_deadline,
			.get_pause = _get_pause,
			.cancel = _cancel,
			.stop = _stop,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.runtime = runtime,
		.dataplane = dataplane,
		.recovery = gm_recovery_create(runtime),
		.poll_at = GM_NEVER,
	);
	return &this->public;
}
