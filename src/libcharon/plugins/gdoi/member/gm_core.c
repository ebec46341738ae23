/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_core.h"
#include "gm_accept.h"
#include "gm_dataplane.h"
#include "gm_log.h"
#include "gm_place.h"
#include "gm_registrar.h"
#include "gm_rekey.h"
#include "gm_restorer.h"
#include "gm_servers.h"
#include "gm_watch.h"

typedef struct private_gm_core_t private_gm_core_t;

/**
 * Private data of an gm_core_t object.
 */
struct private_gm_core_t {

	/**
	 * Public interface
	 */
	gm_core_t public;

	/**
	 * Hears of registrations
	 */
	gm_registrar_listener_t registrar_listener;

	/**
	 * Acts on rekeys
	 */
	gm_rekey_listener_t rekey_listener;

	/**
	 * Name of the group
	 */
	char *name;

	/**
	 * Clock and timers
	 */
	gm_runtime_t *runtime;

	/**
	 * View of the host
	 */
	gm_system_t *system;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * SAs and crypto map
	 */
	gm_dataplane_t *dataplane;

	/**
	 * Puts back what the kernel removes too early
	 */
	gm_restorer_t *restorer;

	/**
	 * Keeps the crypto map on its interface
	 */
	gm_place_t *place;

	/**
	 * Registers
	 */
	gm_registrar_t *registrar;

	/**
	 * KEKs
	 */
	gm_rekey_t *rekey;

	/**
	 * Watches for keys that we don't have
	 */
	gm_watch_t *watch;

	/**
	 * Status, without TEKs and rekeys
	 */
	gm_status_t draft;

	/**
	 * TRUE after stop()
	 */
	bool stopped;

	/**
	 * TRUE after a registration, until its keys end
	 */
	bool has_keys;

	/**
	 * TRUE if a rekey was acted on since a server was asked for the keys
	 */
	bool overtaken;

	/**
	 * When to register again at the earliest
	 */
	uint64_t earliest;

	/**
	 * Why to register again at draft.reregister, for the log
	 */
	const char *why;

	/**
	 * When to let the data plane expire and switch
	 */
	uint64_t update_at;
};

/**
 * Present time
 */
static uint64_t get_now(private_gm_core_t *this)
{
	return this->runtime->now(this->runtime);
}

/**
 * Random number
 */
static uint32_t get_jitter(private_gm_core_t *this)
{
	return this->runtime->jitter(this->runtime);
}

/**
 * Register
 */
static void begin(private_gm_core_t *this, bool afresh)
{
	this->watch->cancel(this->watch);
	this->registrar->begin(this->registrar, afresh);
}

/**
 * When the keys end that end first
 */
static uint64_t get_end(private_gm_core_t *this)
{
	return min(this->dataplane->get_end(this->dataplane),
			   this->rekey->get_end(this->rekey));
}

/**
 * Set when to register again if no rekey comes before (GM-007, GM-010)
 */
static void plan(private_gm_core_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	uint64_t now = get_now(this), end = get_end(this);

	this->why = "are about to expire";
	this->draft.reregister = now + gm_schedule_reregister(
							end > now ? end - now : 0,
							config->reregister_margin,
							config->reregister_jitter, get_jitter(this));
	this->draft.reregister = max(this->draft.reregister, this->earliest);
}

/**
 * Let packets from where rekeys come from pass the crypto map
 */
static void follow_sender(private_gm_core_t *this)
{
	if (gm_status_set_sender(&this->draft, this->rekey->get_kek(this->rekey)))
	{
		gm_servers_push(this->config, this->system, this->dataplane,
						this->draft.ks, this->draft.sender);
	}
}

/**
 * Get the group of a registrar's listener
 */
static private_gm_core_t *from_registrar(gm_registrar_listener_t *listener)
{
	return (private_gm_core_t*)((char*)listener -
					offsetof(private_gm_core_t, registrar_listener));
}

METHOD(gm_registrar_listener_t, asking, void,
	gm_registrar_listener_t *listener)
{
	from_registrar(listener)->overtaken = FALSE;
}

METHOD(gm_registrar_listener_t, complete, bool,
	gm_registrar_listener_t *listener, group_policy_t *policy,
	gdoi_phase1_t *phase1, uint64_t since, char **reason)
{
	private_gm_core_t *this = from_registrar(listener);
	group_kek_t *kek = policy->get_kek(policy);
	group_kek_t *old = this->rekey->get_kek(this->rekey);
	bool fresh;

	if (this->overtaken)
	{	/* keys from before the rekey would take back what it did */
		this->why = "were rekeyed during registration";
		this->draft.reregister = get_now(this) + GM_SHORTEST_WAIT +
						gm_schedule_spread(GM_SHORTEST_WAIT, get_jitter(this));
		return TRUE;
	}
	fresh = kek && old && !memeq(kek->get(kek)->spi, old->get(old)->spi,
								 GROUP_KEK_SPI_LEN);
	fresh |= this->dataplane->has_news(this->dataplane, policy);
	if (!this->dataplane->install(this->dataplane, policy, since, reason))
	{
		return FALSE;
	}
	this->update_at = this->dataplane->update(this->dataplane, get_now(this));
	this->has_keys = TRUE;
	gm_status_set_source(&this->draft, phase1);
	this->rekey->registered(this->rekey, policy, phase1);
	follow_sender(this);
	this->watch->registered(this->watch, fresh);
	this->earliest = get_now(this) + this->watch->get_pause(this->watch);
	plan(this);
	return TRUE;
}

/**
 * Is it worth while to register again for keys that we don't have?
 */
static bool can_recover(private_gm_core_t *this)
{
	return this->has_keys && !this->registrar->is_busy(this->registrar);
}

/**
 * Consider to register again as there may be keys that we don't have
 */
static void take_hint(private_gm_core_t *this, gm_hint_t hint)
{
	if (can_recover(this))
	{
		this->watch->hint(this->watch, hint, this->rekey->get_kek(this->rekey));
	}
}

METHOD(gm_registrar_listener_t, lost, void,
	gm_registrar_listener_t *listener)
{
	take_hint(from_registrar(listener), GM_HINT_PHASE1);
}

/**
 * Get the group of a rekey's listener
 */
static private_gm_core_t *from_rekey(gm_rekey_listener_t *listener)
{
	return (private_gm_core_t*)((char*)listener -
							offsetof(private_gm_core_t, rekey_listener));
}

METHOD(gm_rekey_listener_t, apply, bool,
	gm_rekey_listener_t *listener, group_rekey_t *rekey, host_t *src,
	char **reason)
{
	private_gm_core_t *this = from_rekey(listener);
	group_policy_t *policy = rekey->get_policy(rekey);
	uint64_t now = get_now(this);

	if ((policy && !gm_accept_rekey(this->config, policy, reason)) ||
		!this->dataplane->merge(this->dataplane, rekey, now, reason))
	{
		return FALSE;
	}
	this->update_at = this->dataplane->update(this->dataplane, now);
	return TRUE;
}

METHOD(gm_rekey_listener_t, applied, void,
	gm_rekey_listener_t *listener, bool deleted)
{
	private_gm_core_t *this = from_rekey(listener);
	const gm_config_data_t *config = this->config->get(this->config);

	this->overtaken = TRUE;
	this->earliest = 0;
	this->watch->rekeyed(this->watch);
	follow_sender(this);
	this->has_keys = this->dataplane->is_ready(this->dataplane);
	plan(this);
	if (deleted || get_end(this) <= get_now(this))
	{	/* all members have to: don't come all at once */
		this->why = "were deleted by the key server";
		this->draft.reregister = get_now(this) + gm_schedule_spread(
								config->reregister_jitter, get_jitter(this));
	}
}

METHOD(gm_rekey_listener_t, astray, void,
	gm_rekey_listener_t *listener)
{
	take_hint(from_rekey(listener), GM_HINT_KEK);
}

/**
 * Give up registrations and forget that there are keys
 */
static void disconnect(private_gm_core_t *this)
{
	this->registrar->cancel(this->registrar);
	this->rekey->clear(this->rekey);
	this->watch->stop(this->watch);
	this->has_keys = FALSE;
	this->draft.reregister = GM_NEVER;
	this->update_at = GM_NEVER;
}

/**
 * Let TEKs expire and others send
 */
static void update(private_gm_core_t *this, uint64_t now)
{
	gm_sampling_t *sampling;

	this->update_at = this->dataplane->update(this->dataplane, now);
	if (this->has_keys && !this->dataplane->is_ready(this->dataplane))
	{
		this->has_keys = FALSE;
		this->why = "have expired";
		if (this->registrar->is_busy(this->registrar))
		{
			gm_log_again(this->name, this->why);
		}
		else
		{
			this->draft.reregister = max(now, this->earliest);
		}
	}
	sampling = this->dataplane->get_sampling(this->dataplane);
	if (sampling->is_short(sampling))
	{
		take_hint(this, GM_HINT_SIDS);
	}
}

/**
 * Do what is due while the crypto map is on its interface
 */
static void run_open(private_gm_core_t *this)
{
	uint64_t now = get_now(this);
	const char *why;

	this->rekey->run(this->rekey);
	if (now >= this->update_at)
	{
		update(this, now);
	}
	if (now >= this->draft.reregister)
	{
		gm_log_again(this->name, this->why);
		begin(this, FALSE);
	}
	why = this->watch->run(this->watch, can_recover(this));
	if (why)
	{
		gm_log_again(this->name, why);
		begin(this, FALSE);
	}
	this->registrar->run(this->registrar);
}

METHOD(gm_core_t, run, void,
	private_gm_core_t *this)
{
	if (this->stopped)
	{
		return;
	}
	switch (this->place->run(this->place))
	{
		case GM_PLACE_OPENED:
			begin(this, FALSE);
			break;
		case GM_PLACE_LOST:
			disconnect(this);
			this->dataplane->close(this->dataplane);
			break;
		case GM_PLACE_SAME:
			if (this->dataplane->is_open(this->dataplane))
			{
				run_open(this);
			}
			break;
	}
}

METHOD(gm_core_t, clear, void,
	private_gm_core_t *this)
{
	gm_log(5, "GM_CLEAR_REGISTER", this->name, NULL, "Keys of group %s cleared "
		   "by command, registering again", this->name);
	disconnect(this);
	this->dataplane->clear(this->dataplane);
	if (this->dataplane->is_open(this->dataplane))
	{
		begin(this, TRUE);
	}
}

METHOD(gm_core_t, direct, void,
	private_gm_core_t *this, crypto_map_direction_t direction)
{
	if (this->has_keys)
	{
		this->update_at = this->dataplane->direct(this->dataplane, direction,
												  get_now(this));
	}
}

METHOD(gm_core_t, stop, void,
	private_gm_core_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);

	if (this->has_keys)
	{
		gm_log(5, "GM_UNREGISTER", this->name, NULL, "Member left group %s",
			   this->name);
	}
	disconnect(this);
	this->stopped = TRUE;
	if (this->dataplane->is_open(this->dataplane))
	{
		this->dataplane->close(this->dataplane);
		gm_log_map(this->name, config->interface, FALSE);
	}
}

METHOD(gm_core_t, configure, void,
	private_gm_core_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
	this->place->configure(this->place, config);
	this->rekey->configure(this->rekey, config);
	this->watch->configure(this->watch, config);
	this->dataplane->configure(this->dataplane, config);
	if (this->has_keys)
	{
		this->update_at = this->dataplane->update(this->dataplane,
												  get_now(this));
	}
	this->registrar->configure(this->registrar, config);
	if (this->dataplane->is_open(this->dataplane) && (!this->has_keys ||
		this->registrar->get_state(this->registrar) != GM_ATTEMPT_IDLE))
	{	/* perhaps this is what it waited for, or the server it is trying is
		 * gone */
		begin(this, TRUE);
	}
}

METHOD(gm_core_t, roam, void,
	private_gm_core_t *this)
{
	this->place->roam(this->place);
}

METHOD(gm_core_t, expired, void,
	private_gm_core_t *this, uint32_t spi, host_t *dst)
{
	uint64_t now = get_now(this);

	if (this->restorer->expired(this->restorer, spi, dst, now))
	{
		this->update_at = now;
	}
}

METHOD(gm_core_t, get_registrar, gm_registrar_t*,
	private_gm_core_t *this)
{
	return this->registrar;
}

METHOD(gm_core_t, reset, void,
	private_gm_core_t *this)
{
	gm_stamps_t *stamps = this->dataplane->get_stamps(this->dataplane);

	stamps->reset(stamps);
}

METHOD(gm_core_t, push, void,
	private_gm_core_t *this, packet_t *packet)
{
	this->rekey->process(this->rekey, packet);
}

METHOD(gm_core_t, unknown, void,
	private_gm_core_t *this, host_t *src, host_t *dst)
{
	if (gm_status_is_server(&this->draft, src) ||
		gm_servers_has(this->config, this->system, src))
	{
		take_hint(this, GM_HINT_KEK);
	}
}

/**
 * State to show
 */
static gm_state_t get_state(private_gm_core_t *this)
{
	if (this->stopped)
	{
		return GM_STOPPED;
	}
	if (!this->dataplane->is_open(this->dataplane))
	{
		return GM_WAITING_INTERFACE;
	}
	switch (this->registrar->get_state(this->registrar))
	{
		case GM_ATTEMPT_CONNECTING:
			return this->has_keys ? GM_REREGISTERING : GM_CONNECTING;
		case GM_ATTEMPT_PULLING:
			return this->has_keys ? GM_REREGISTERING : GM_REGISTERING;
		case GM_ATTEMPT_IDLE:
			break;
	}
	return this->draft.retry != GM_NEVER ? GM_RETRYING : GM_REGISTERED;
}

METHOD(gm_core_t, get_deadline, uint64_t,
	private_gm_core_t *this)
{
	uint64_t next;

	if (this->stopped)
	{
		return GM_NEVER;
	}
	next = this->place->get_deadline(this->place);
	if (!this->dataplane->is_open(this->dataplane))
	{
		return next;
	}
	next = min(next, this->draft.reregister);
	next = min(next, this->registrar->get_deadline(this->registrar));
	next = min(next, this->rekey->get_deadline(this->rekey));
	next = min(next, this->watch->get_deadline(this->watch));
	return min(next, this->update_at);
}

METHOD(gm_core_t, get_status, void,
	private_gm_core_t *this, gm_status_t *status)
{
	gm_state_t state = get_state(this);

	if (state != this->draft.state)
	{
		this->draft.state = state;
		this->draft.since = get_now(this);
	}
	this->draft.ready = this->has_keys;
	this->draft.restored = this->restorer->get_count(this->restorer);
	gm_status_clone(&this->draft, status);
	gm_status_add_dataplane(status, this->dataplane);
	this->rekey->get_status(this->rekey, &status->rekey);
}

METHOD(gm_core_t, get_map, crypto_map_t*,
	private_gm_core_t *this)
{
	return this->dataplane->get_map(this->dataplane);
}

METHOD(gm_core_t, destroy, void,
	private_gm_core_t *this)
{
	this->registrar->destroy(this->registrar);
	this->rekey->destroy(this->rekey);
	this->watch->destroy(this->watch);
	this->place->destroy(this->place);
	this->restorer->destroy(this->restorer);
	this->dataplane->destroy(this->dataplane);
	gm_status_clear(&this->draft);
	this->config->destroy(this->config);
	free(this->name);
	free(this);
}

/**
 * Create what it consists of
 */
static void create_parts(private_gm_core_t *this, gm_link_t *link,
						 gdoi_kek_handler_t *handler)
{
	this->restorer = gm_restorer_create(this->name,
								this->dataplane->get_teks(this->dataplane),
								this->dataplane->get_map(this->dataplane));
	this->place = gm_place_create(this->config, this->runtime, this->system,
								  this->dataplane, &this->draft);
	this->registrar = gm_registrar_create(this->config, this->runtime,
								this->system, link, this->dataplane,
								&this->draft, &this->registrar_listener);
	this->rekey = gm_rekey_create(this->config, this->runtime, link, handler,
								  &this->rekey_listener);
	this->watch = gm_watch_create(this->config, this->runtime,
								  this->dataplane);
}

/*
 * Described in header
 */
gm_core_t *gm_core_create(gm_config_t *config, u_int index,
						  gm_runtime_t *runtime, gm_system_t *system,
						  gm_link_t *link, gdoi_kek_handler_t *handler)
{
	private_gm_core_t *this;
	gm_dataplane_t *dataplane;

	dataplane = gm_dataplane_create(config, index, runtime);
	if (!dataplane)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.run = _run,
			.get_deadline = _get_deadline,
			.configure = _configure,
			.clear = _clear,
			.direct = _direct,
			.roam = _roam,
			.expired = _expired,
			.get_registrar = _get_registrar,
			.reset = _reset,
			.push = _push,
			.unknown = _unknown,
			.stop = _stop,
			.get_status = _get_status,
			.get_map = _get_map,
			.destroy = _destroy,
		},
		.registrar_listener = {
			.asking = _asking,
			.complete = _complete,
			.lost = _lost,
		},
		.rekey_listener = {
			.apply = _apply,
			.applied = _applied,
			.astray = _astray,
		},
		.name = strdup(config->get(config)->group.name),
		.runtime = runtime,
		.system = system,
		.config = config->get_ref(config),
		.dataplane = dataplane,
		.draft = {
			.since = runtime->now(runtime),
			.reregister = GM_NEVER,
			.retry = GM_NEVER,
		},
		.update_at = GM_NEVER,
	);
	create_parts(this, link, handler);
	return &this->public;
}
