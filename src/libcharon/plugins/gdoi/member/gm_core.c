/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_core.h"
#include "gm_accept.h"
#include "gm_attempt.h"
#include "gm_dataplane.h"
#include "gm_log.h"
#include "gm_servers.h"

#include <stdio.h>

/** how often a missing interface, address or connection is looked for, ms */
#define POLL_INTERVAL 1000

/** rest after a change of addresses or routes before the map is checked, ms */
#define ROAM_DELAY 500

/** polls without any connection until GM_INCOMPLETE_CFG is logged */
#define UNKNOWN_POLLS 10

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
	 * Name of the group
	 */
	char *name;

	/**
	 * Hears of the attempt's results
	 */
	gm_attempt_listener_t listener;

	/**
	 * Clock and timers
	 */
	gm_runtime_t *runtime;

	/**
	 * View of the host
	 */
	gm_system_t *system;

	/**
	 * Way to phase 1
	 */
	gm_link_t *link;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * SAs and crypto map
	 */
	gm_dataplane_t *dataplane;

	/**
	 * Round over the servers
	 */
	gm_attempt_t *attempt;

	/**
	 * Status, without TEKs
	 */
	gm_status_t draft;

	/**
	 * Phase 1 kept after a registration, or NULL
	 */
	gdoi_phase1_t *phase1;

	/**
	 * TRUE after stop()
	 */
	bool stopped;

	/**
	 * TRUE after a registration, until its keys end
	 */
	bool has_keys;

	/**
	 * Rounds that failed one after the other
	 */
	u_int rounds;

	/**
	 * Polls in which no connection was loaded
	 */
	u_int unknown;

	/**
	 * TRUE if a bad hash was logged in this round
	 */
	bool hash_logged;

	/**
	 * When the present policy came, which its lifetimes count from
	 */
	uint64_t judged_at;

	/**
	 * When to look for the interface
	 */
	uint64_t poll_at;

	/**
	 * When to check the crypto map
	 */
	uint64_t refresh_at;

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
 * Say why the group is not registered
 */
static void set_reason(private_gm_core_t *this, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(this->draft.reason, sizeof(this->draft.reason), fmt, args);
	va_end(args);
}

/**
 * Give back the kept phase 1
 */
static void drop_phase1(private_gm_core_t *this, bool end)
{
	if (this->phase1)
	{
		this->link->release(this->link, this->phase1, end);
		this->phase1->destroy(this->phase1);
		this->phase1 = NULL;
	}
}

/**
 * Start a round over the servers
 */
static void begin(private_gm_core_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	const char *first = NULL;
	host_t *local;

	this->draft.retry = this->draft.reregister = GM_NEVER;
	if (!gm_servers_local(this->config, this->system, &local))
	{
		set_reason(this, "local_address: interface %s has no address",
				   config->local_interface);
		this->draft.retry = get_now(this) + POLL_INTERVAL;
		return;
	}
	this->hash_logged = FALSE;
	if (!gm_servers_push(this->config, this->system, this->dataplane, NULL) &&
		config->fail_close && this->unknown == 0 && this->rounds == 0)
	{
		gm_log_servers(this->name, TRUE);
	}
	if (this->phase1)
	{	/* no need for another phase 1 while this one is there */
		first = this->phase1->get_connection(this->phase1);
	}
	this->attempt->start(this->attempt, this->config, local, first);
	DESTROY_IF(local);
}

/**
 * Get the group of an attempt's listener
 */
static private_gm_core_t *from_listener(gm_attempt_listener_t *listener)
{
	return (private_gm_core_t*)((char*)listener -
								 offsetof(private_gm_core_t, listener));
}

METHOD(gm_attempt_listener_t, trying, void,
	gm_attempt_listener_t *listener, const char *server)
{
	private_gm_core_t *this = from_listener(listener);

	snprintf(this->draft.server, sizeof(this->draft.server), "%s", server);
	this->draft.attempted++;
}

METHOD(gm_attempt_listener_t, pulling, void,
	gm_attempt_listener_t *listener, gdoi_phase1_t *phase1)
{
	private_gm_core_t *this = from_listener(listener);

	gm_servers_learn(this->config, this->system, this->dataplane, phase1);
	gm_log_phase1(5, "GM_REGSTER", this->name, phase1,
				  "Start registration to KS %H for group %s using address %H");
}

METHOD(gm_attempt_listener_t, judge, bool,
	gm_attempt_listener_t *listener, group_policy_t *policy,
	gdoi_phase1_t *phase1, char **reason)
{
	private_gm_core_t *this = from_listener(listener);

	this->judged_at = get_now(this);
	if (gm_accept(this->config, policy, reason))
	{
		return TRUE;
	}
	gm_log_ks(4, "GM_REJECTING_SA_PAYLOAD", this->name, phase1, "Registration: "
			  "policy of KS %H in group %s is rejected: %s", *reason ?: "");
	return FALSE;
}

METHOD(gm_attempt_listener_t, ignored, void,
	gm_attempt_listener_t *listener, gdoi_phase1_t *phase1,
	gdoi_notify_t notify, const char *reason)
{
	private_gm_core_t *this = from_listener(listener);

	/* one line per round: whoever can send garbage must not fill the log */
	if (notify == GDOI_NOTIFY_INVALID_HASH_INFORMATION && !this->hash_logged)
	{
		gm_log_ks(3, "GM_HASH_FAIL", this->name, phase1, "Registration: "
				  "message of KS %H in group %s has a bad or no hash: %s",
				  reason);
		this->hash_logged = TRUE;
	}
}

METHOD(gm_attempt_listener_t, server_failed, void,
	gm_attempt_listener_t *listener, const char *server, bool known,
	const char *reason)
{
	private_gm_core_t *this = from_listener(listener);

	set_reason(this, "%s: %s", server, reason);
	if (known || !this->unknown)
	{
		gm_log(4, "GM_REGS_FAILED", this->name, NULL, "Registration with %s "
			   "for group %s failed: %s", server, this->name, reason);
	}
}

METHOD(gm_attempt_listener_t, exhausted, void,
	gm_attempt_listener_t *listener, bool known)
{
	private_gm_core_t *this = from_listener(listener);
	const gm_config_data_t *config = this->config->get(this->config);

	if (!known)
	{	/* connections are often loaded after groups, so that's no failure */
		if (++this->unknown == UNKNOWN_POLLS)
		{
			gm_log_servers(this->name, FALSE);
		}
		this->draft.retry = get_now(this) + POLL_INTERVAL;
		return;
	}
	this->unknown = 0;
	this->rounds++;
	this->draft.retry = get_now(this) +
				gm_schedule_backoff(&config->retry, this->rounds,
									this->runtime->jitter(this->runtime));
}

/**
 * Keep the phase 1 of a registration, or give it back
 */
static void keep_phase1(private_gm_core_t *this, gdoi_phase1_t *phase1)
{
	const gm_config_data_t *config = this->config->get(this->config);
	gdoi_phase1_t *old = this->phase1;

	if (old && old->get_unique_id(old) == phase1->get_unique_id(phase1) &&
		config->keep_phase1)
	{	/* it is acquired already */
		return;
	}
	drop_phase1(this, TRUE);
	if (config->keep_phase1)
	{
		this->phase1 = phase1->get_ref(phase1);
	}
	else
	{	/* KS-016 */
		this->link->release(this->link, phase1, TRUE);
	}
}

/**
 * Note a completed registration
 */
static void registered(private_gm_core_t *this, group_policy_t *policy,
					   gdoi_phase1_t *phase1, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);
	uint64_t end = this->dataplane->get_end(this->dataplane);

	this->has_keys = TRUE;
	this->rounds = 0;
	this->unknown = 0;
	this->draft.succeeded++;
	this->draft.registered = now;
	this->draft.reason[0] = '\0';
	this->draft.retry = GM_NEVER;
	this->draft.reregister = now + gm_schedule_reregister(
									end > now ? end - now : 0,
									config->reregister_jitter,
									this->runtime->jitter(this->runtime));
	gm_status_set_source(&this->draft, policy, phase1);
	gm_servers_join(this->config, policy, this->link);
	gm_log_phase1(5, "GM_REGS_COMPL", this->name, phase1, "Registration to KS "
				  "%H complete for group %s using address %H");
}

METHOD(gm_attempt_listener_t, complete, bool,
	gm_attempt_listener_t *listener, group_policy_t *policy,
	gdoi_phase1_t *phase1, char **reason)
{
	private_gm_core_t *this = from_listener(listener);
	uint64_t now = get_now(this);

	if (!this->dataplane->install(this->dataplane, policy, this->judged_at,
								  reason))
	{
		return FALSE;
	}
	this->update_at = this->dataplane->update(this->dataplane, now);
	registered(this, policy, phase1, now);
	keep_phase1(this, phase1);
	return TRUE;
}

/**
 * Give up registrations and forget that there are keys
 */
static void disconnect(private_gm_core_t *this)
{
	this->attempt->cancel(this->attempt);
	drop_phase1(this, TRUE);
	this->link->join(this->link, NULL, NULL);
	this->has_keys = FALSE;
	this->draft.retry = this->draft.reregister = GM_NEVER;
	this->update_at = GM_NEVER;
	DESTROY_IF(this->draft.kek);
	this->draft.kek = NULL;
}

/**
 * Put the crypto map on its interface
 */
static void try_open(private_gm_core_t *this, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);
	char *reason = NULL;

	if (gm_servers_open(this->config, this->system, this->dataplane, &reason))
	{
		gm_log_map(this->name, config->interface, TRUE);
		this->poll_at = GM_NEVER;
		this->draft.reason[0] = '\0';
		begin(this);
		return;
	}
	this->poll_at = now + POLL_INTERVAL;
	if (!streq(reason, this->draft.reason))
	{
		set_reason(this, "%s", reason);
		gm_log_waits(this->name, reason);
	}
	free(reason);
}

/**
 * Check the crypto map after changes of the host
 */
static void check_map(private_gm_core_t *this, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);

	this->refresh_at = GM_NEVER;
	if (this->dataplane->refresh(this->dataplane) ||
		this->system->has_interface(this->system, config->interface))
	{	/* something is left to drop packets: better than to take it away */
		return;
	}
	disconnect(this);
	this->dataplane->close(this->dataplane);
	this->poll_at = now;
	gm_log_map(this->name, config->interface, FALSE);
}

/**
 * Let TEKs expire and others send
 */
static void update(private_gm_core_t *this, uint64_t now)
{
	this->update_at = this->dataplane->update(this->dataplane, now);
	if (this->has_keys && !this->dataplane->is_ready(this->dataplane))
	{
		this->has_keys = FALSE;
		gm_log_again(this->name, "have expired");
		if (this->attempt->get_state(this->attempt) == GM_ATTEMPT_IDLE &&
			this->draft.retry == GM_NEVER)
		{
			begin(this);
		}
	}
}

METHOD(gm_core_t, run, void,
	private_gm_core_t *this)
{
	uint64_t now = get_now(this);

	if (this->stopped)
	{
		return;
	}
	if (!this->dataplane->is_open(this->dataplane))
	{
		if (now >= this->poll_at)
		{
			try_open(this, now);
		}
		return;
	}
	if (now >= this->refresh_at)
	{
		check_map(this, now);
	}
	if (now >= this->update_at)
	{
		update(this, now);
	}
	if (now >= this->draft.reregister)
	{
		gm_log_again(this->name, "are about to expire");
		begin(this);
	}
	if (now >= this->draft.retry)
	{
		begin(this);
	}
	this->attempt->tick(this->attempt);
}

METHOD(gm_core_t, clear, void,
	private_gm_core_t *this)
{
	gm_log(5, "GM_CLEAR_REGISTER", this->name, NULL, "Keys of group %s cleared "
		   "by command, registering again", this->name);
	disconnect(this);
	this->dataplane->clear(this->dataplane);
	this->rounds = 0;
	if (this->dataplane->is_open(this->dataplane))
	{
		begin(this);
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
	if (!config->get(config)->keep_phase1)
	{
		drop_phase1(this, TRUE);
	}
	if (this->dataplane->is_open(this->dataplane) && (!this->has_keys ||
		this->attempt->get_state(this->attempt) != GM_ATTEMPT_IDLE))
	{	/* perhaps this is what it waited for, or the server it is trying is
		 * gone */
		this->rounds = 0;
		begin(this);
	}
}

METHOD(gm_core_t, closed, void,
	private_gm_core_t *this, gdoi_phase1_t *phase1)
{
	if (this->phase1 && this->phase1->get_unique_id(this->phase1) ==
											phase1->get_unique_id(phase1))
	{
		drop_phase1(this, FALSE);
	}
	this->attempt->closed(this->attempt, phase1);
}

METHOD(gm_core_t, roam, void,
	private_gm_core_t *this)
{
	uint64_t soon = get_now(this) + ROAM_DELAY;

	/* perhaps this is the interface that is waited for */
	this->poll_at = this->poll_at == GM_NEVER ? GM_NEVER :
												min(this->poll_at, soon);
	this->refresh_at = min(this->refresh_at, soon);
}

METHOD(gm_core_t, established, void,
	private_gm_core_t *this, gdoi_phase1_t *phase1)
{
	this->attempt->established(this->attempt, phase1);
}

METHOD(gm_core_t, pull, void,
	private_gm_core_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	this->attempt->pull(this->attempt, phase1, datagram);
}

METHOD(gm_core_t, notify, void,
	private_gm_core_t *this, gdoi_phase1_t *phase1, uint16_t type, bool alone)
{
	this->attempt->notify(this->attempt, phase1, type, alone);
}

METHOD(gm_core_t, failed, void,
	private_gm_core_t *this, const char *connection)
{
	this->attempt->failed(this->attempt, connection);
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
	switch (this->attempt->get_state(this->attempt))
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

	if (this->stopped || !this->dataplane->is_open(this->dataplane))
	{
		return this->stopped ? GM_NEVER : this->poll_at;
	}
	next = min(this->draft.reregister, this->draft.retry);
	next = min(next, this->attempt->get_deadline(this->attempt));
	return min(next, min(this->refresh_at, this->update_at));
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
	gm_status_clone(&this->draft, status);
	gm_status_add_teks(status, this->dataplane);
}

METHOD(gm_core_t, get_map, crypto_map_t*,
	private_gm_core_t *this)
{
	return this->dataplane->get_map(this->dataplane);
}

METHOD(gm_core_t, destroy, void,
	private_gm_core_t *this)
{
	this->attempt->destroy(this->attempt);
	drop_phase1(this, TRUE);
	this->dataplane->destroy(this->dataplane);
	gm_status_clear(&this->draft);
	this->config->destroy(this->config);
	free(this->name);
	free(this);
}

/*
 * Described in header
 */
gm_core_t *gm_core_create(gm_config_t *config, u_int index,
						  gm_runtime_t *runtime, gm_system_t *system,
						  gm_link_t *link)
{
	private_gm_core_t *this;
	gm_dataplane_t *dataplane;

	dataplane = gm_dataplane_create(config, index);
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
			.roam = _roam,
			.established = _established,
			.pull = _pull,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
			.stop = _stop,
			.get_status = _get_status,
			.get_map = _get_map,
			.destroy = _destroy,
		},
		.listener = {
			.trying = _trying,
			.pulling = _pulling,
			.judge = _judge,
			.complete = _complete,
			.ignored = _ignored,
			.failed = _server_failed,
			.exhausted = _exhausted,
		},
		.name = strdup(config->get(config)->group.name),
		.runtime = runtime,
		.system = system,
		.link = link,
		.config = config->get_ref(config),
		.dataplane = dataplane,
		.draft = {
			.since = runtime->now(runtime),
			.reregister = GM_NEVER,
			.retry = GM_NEVER,
		},
		.refresh_at = GM_NEVER,
		.update_at = GM_NEVER,
	);
	this->attempt = gm_attempt_create(runtime, link, &this->listener);
	return &this->public;
}
