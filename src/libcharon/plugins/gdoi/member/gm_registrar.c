/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_registrar.h"
#include "gm_accept.h"
#include "gm_log.h"
#include "gm_servers.h"
#include "gm_sids.h"

#include <stdarg.h>
#include <stdio.h>

/** how often a missing address or connection is looked for, ms */
#define POLL_INTERVAL 1000

/** polls without any connection until GM_INCOMPLETE_CFG is logged */
#define UNKNOWN_POLLS 10

typedef struct private_gm_registrar_t private_gm_registrar_t;

/**
 * Private data of an gm_registrar_t object.
 */
struct private_gm_registrar_t {

	/**
	 * Public interface
	 */
	gm_registrar_t public;

	/**
	 * Hears of the attempt's results
	 */
	gm_attempt_listener_t attempt_listener;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Clock and random numbers
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
	 * Gets the servers' addresses
	 */
	gm_dataplane_t *dataplane;

	/**
	 * Status of the group
	 */
	gm_status_t *status;

	/**
	 * Hears results
	 */
	gm_registrar_listener_t *listener;

	/**
	 * Round over the servers
	 */
	gm_attempt_t *attempt;

	/**
	 * Phase 1 kept after a registration, or NULL
	 */
	gdoi_phase1_t *phase1;

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
};

/**
 * Present time
 */
static uint64_t get_now(private_gm_registrar_t *this)
{
	return this->runtime->now(this->runtime);
}

/**
 * Name of the group
 */
static const char *get_name(private_gm_registrar_t *this)
{
	return this->config->get(this->config)->group.name;
}

/**
 * Say why the group is not registered
 */
static void set_reason(private_gm_registrar_t *this, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(this->status->reason, sizeof(this->status->reason), fmt, args);
	va_end(args);
}

/**
 * Give back the kept phase 1
 */
static void drop_phase1(private_gm_registrar_t *this, bool end)
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
static void begin(private_gm_registrar_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	const char *first = NULL;
	host_t *local;

	this->status->retry = this->status->reregister = GM_NEVER;
	if (!gm_servers_local(this->config, this->system, &local))
	{
		set_reason(this, "local_address: interface %s has no address",
				   config->local_interface);
		this->status->retry = get_now(this) + POLL_INTERVAL;
		return;
	}
	this->hash_logged = FALSE;
	if (!gm_servers_push(this->config, this->system, this->dataplane,
						 this->status->ks, this->status->sender) &&
		config->fail_close && this->unknown == 0 && this->rounds == 0)
	{
		gm_log_servers(get_name(this), TRUE);
	}
	if (this->phase1)
	{	/* no need for another phase 1 while this one is there */
		first = this->phase1->get_connection(this->phase1);
	}
	this->attempt->start(this->attempt, this->config, local, first);
	DESTROY_IF(local);
}

/**
 * Get the object of an attempt's listener
 */
static private_gm_registrar_t *from_listener(gm_attempt_listener_t *listener)
{
	return (private_gm_registrar_t*)((char*)listener -
								 offsetof(private_gm_registrar_t,
											  attempt_listener));
}

METHOD(gm_attempt_listener_t, trying, void,
	gm_attempt_listener_t *listener, const char *server)
{
	private_gm_registrar_t *this = from_listener(listener);

	snprintf(this->status->server, sizeof(this->status->server), "%s", server);
	this->status->attempted++;
}

METHOD(gm_attempt_listener_t, pulling, void,
	gm_attempt_listener_t *listener, gdoi_phase1_t *phase1)
{
	private_gm_registrar_t *this = from_listener(listener);
	host_t *other = phase1->get_other_host(phase1);

	this->listener->asking(this->listener);
	gm_servers_push(this->config, this->system, this->dataplane, other,
					this->status->sender);
	DESTROY_IF(other);
	gm_log_phase1(5, "GM_REGSTER", get_name(this), phase1,
				  "Start registration to KS %H for group %s using address %H");
}

/**
 * Log that a policy is rejected; FALSE for the caller to return
 */
static bool log_rejected(private_gm_registrar_t *this, gdoi_phase1_t *phase1,
						 const char *reason)
{
	gm_log_ks(4, "GM_REJECTING_SA_PAYLOAD", get_name(this), phase1,
			  "Registration: policy of KS %H in group %s is rejected: %s",
			  reason ?: "");
	return FALSE;
}

METHOD(gm_attempt_listener_t, judge, bool,
	gm_attempt_listener_t *listener, group_policy_t *policy,
	gdoi_phase1_t *phase1, uint16_t *sender_ids, char **reason)
{
	private_gm_registrar_t *this = from_listener(listener);

	this->judged_at = get_now(this);
	if (gm_accept(this->config, policy, reason))
	{
		*sender_ids = gm_sids_request(this->config, policy);
		return TRUE;
	}
	return log_rejected(this, phase1, *reason);
}

METHOD(gm_attempt_listener_t, ignored, void,
	gm_attempt_listener_t *listener, gdoi_phase1_t *phase1,
	gdoi_notify_t notify, const char *reason)
{
	private_gm_registrar_t *this = from_listener(listener);

	/* one line per round: whoever can send garbage must not fill the log */
	if (notify == GDOI_NOTIFY_INVALID_HASH_INFORMATION && !this->hash_logged)
	{
		gm_log_ks(3, "GM_HASH_FAIL", get_name(this), phase1, "Registration: "
				  "message of KS %H in group %s has a bad or no hash: %s",
				  reason);
		this->hash_logged = TRUE;
	}
}

METHOD(gm_attempt_listener_t, server_failed, void,
	gm_attempt_listener_t *listener, const char *server, bool known,
	const char *reason)
{
	private_gm_registrar_t *this = from_listener(listener);

	set_reason(this, "%s: %s", server, reason);
	if (known || !this->unknown)
	{
		gm_log(4, "GM_REGS_FAILED", get_name(this), NULL, "Registration with "
			   "%s for group %s failed: %s", server, get_name(this), reason);
	}
}

METHOD(gm_attempt_listener_t, exhausted, void,
	gm_attempt_listener_t *listener, bool known)
{
	private_gm_registrar_t *this = from_listener(listener);
	const gm_config_data_t *config = this->config->get(this->config);

	if (!known)
	{	/* connections are often loaded after groups, so that's no failure */
		if (++this->unknown == UNKNOWN_POLLS)
		{
			gm_log_servers(get_name(this), FALSE);
		}
		this->status->retry = get_now(this) + POLL_INTERVAL;
		return;
	}
	this->unknown = 0;
	this->rounds++;
	this->status->retry = get_now(this) +
				gm_schedule_backoff(&config->retry, this->rounds,
									this->runtime->jitter(this->runtime));
}

/**
 * Keep the phase 1 of a registration, or give it back
 */
static void keep_phase1(private_gm_registrar_t *this, gdoi_phase1_t *phase1)
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

METHOD(gm_attempt_listener_t, complete, bool,
	gm_attempt_listener_t *listener, group_policy_t *policy,
	gdoi_phase1_t *phase1, char **reason)
{
	private_gm_registrar_t *this = from_listener(listener);

	if (!gm_sids_accept(this->config, policy, reason))
	{
		return log_rejected(this, phase1, *reason);
	}
	if (!this->listener->complete(this->listener, policy, phase1,
								  this->judged_at, reason))
	{
		return FALSE;
	}
	this->rounds = 0;
	this->unknown = 0;
	this->status->succeeded++;
	this->status->registered = get_now(this);
	this->status->reason[0] = '\0';
	this->status->retry = GM_NEVER;
	gm_log_phase1(5, "GM_REGS_COMPL", get_name(this), phase1, "Registration to "
				  "KS %H complete for group %s using address %H");
	keep_phase1(this, phase1);
	return TRUE;
}

METHOD(gm_registrar_t, begin_, void,
	private_gm_registrar_t *this, bool afresh)
{
	if (afresh)
	{
		this->rounds = 0;
	}
	begin(this);
}

METHOD(gm_registrar_t, cancel, void,
	private_gm_registrar_t *this)
{
	this->attempt->cancel(this->attempt);
	drop_phase1(this, TRUE);
	this->status->retry = GM_NEVER;
}

METHOD(gm_registrar_t, configure, void,
	private_gm_registrar_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
	if (!config->get(config)->keep_phase1)
	{
		drop_phase1(this, TRUE);
	}
}

METHOD(gm_registrar_t, established, void,
	private_gm_registrar_t *this, gdoi_phase1_t *phase1)
{
	this->attempt->established(this->attempt, phase1);
}

METHOD(gm_registrar_t, pull, void,
	private_gm_registrar_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	this->attempt->pull(this->attempt, phase1, datagram);
}

METHOD(gm_registrar_t, notify, void,
	private_gm_registrar_t *this, gdoi_phase1_t *phase1, uint16_t type,
	bool alone)
{
	this->attempt->notify(this->attempt, phase1, type, alone);
}

METHOD(gm_registrar_t, closed, void,
	private_gm_registrar_t *this, gdoi_phase1_t *phase1)
{
	bool lost;

	lost = this->phase1 && this->phase1->get_unique_id(this->phase1) ==
											phase1->get_unique_id(phase1);
	if (lost)
	{
		drop_phase1(this, FALSE);
	}
	this->attempt->closed(this->attempt, phase1);
	if (lost && phase1->get_end(phase1) != GDOI_PHASE1_OURS)
	{
		this->listener->lost(this->listener);
	}
}

METHOD(gm_registrar_t, failed, void,
	private_gm_registrar_t *this, const char *connection)
{
	this->attempt->failed(this->attempt, connection);
}

METHOD(gm_registrar_t, run, void,
	private_gm_registrar_t *this)
{
	if (get_now(this) >= this->status->retry)
	{
		begin(this);
	}
	this->attempt->tick(this->attempt);
}

METHOD(gm_registrar_t, get_deadline, uint64_t,
	private_gm_registrar_t *this)
{
	return min(this->status->retry, this->attempt->get_deadline(this->attempt));
}

METHOD(gm_registrar_t, get_state, gm_attempt_state_t,
	private_gm_registrar_t *this)
{
	return this->attempt->get_state(this->attempt);
}

METHOD(gm_registrar_t, is_busy, bool,
	private_gm_registrar_t *this)
{
	return get_state(this) != GM_ATTEMPT_IDLE ||
		   this->status->retry != GM_NEVER;
}

METHOD(gm_registrar_t, destroy, void,
	private_gm_registrar_t *this)
{
	this->attempt->destroy(this->attempt);
	drop_phase1(this, TRUE);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_registrar_t *gm_registrar_create(gm_config_t *config, gm_runtime_t *runtime,
									gm_system_t *system, gm_link_t *link,
									gm_dataplane_t *dataplane,
									gm_status_t *status,
									gm_registrar_listener_t *listener)
{
	private_gm_registrar_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.begin = _begin_,
			.cancel = _cancel,
			.established = _established,
			.pull = _pull,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
			.run = _run,
			.get_deadline = _get_deadline,
			.get_state = _get_state,
			.is_busy = _is_busy,
			.destroy = _destroy,
		},
		.attempt_listener = {
			.trying = _trying,
			.pulling = _pulling,
			.judge = _judge,
			.complete = _complete,
			.ignored = _ignored,
			.failed = _server_failed,
			.exhausted = _exhausted,
		},
		.config = config->get_ref(config),
		.runtime = runtime,
		.system = system,
		.link = link,
		.dataplane = dataplane,
		.status = status,
		.listener = listener,
	);
	this->attempt = gm_attempt_create(runtime, link, &this->attempt_listener);
	return &this->public;
}
