/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_attempt.h"

#include <exchanges/informational.h>
#include <exchanges/pull_initiator.h>

#include <stdio.h>

/** octets of our nonces */
#define NONCE_LEN 32

/** offset of the message ID in the ISAKMP header */
#define MESSAGE_ID_OFFSET 20

typedef struct private_gm_attempt_t private_gm_attempt_t;

/**
 * Private data of an gm_attempt_t object.
 */
struct private_gm_attempt_t {

	/**
	 * Public interface
	 */
	gm_attempt_t public;

	/**
	 * Clock and random numbers
	 */
	gm_runtime_t *runtime;

	/**
	 * Way to phase 1
	 */
	gm_link_t *link;

	/**
	 * Hears results
	 */
	gm_attempt_listener_t *listener;

	/**
	 * What is being done
	 */
	gm_attempt_state_t state;

	/**
	 * Configuration of this round, NULL when idle
	 */
	gm_config_t *config;

	/**
	 * Source address of this round, or NULL
	 */
	host_t *local;

	/**
	 * Servers of this round in order, strings of config
	 */
	char *servers[GM_SERVERS_MAX];

	/**
	 * Number of servers
	 */
	u_int count;

	/**
	 * Index of the present server
	 */
	u_int current;

	/**
	 * TRUE if a server's connection was known in this round
	 */
	bool known;

	/**
	 * When the present server must be done
	 */
	uint64_t timeout;

	/**
	 * When to send the last message again
	 */
	uint64_t retransmit;

	/**
	 * How often the last message was sent
	 */
	u_int sends;

	/**
	 * Error notify that may be the answer to the last message, 0 if none
	 */
	uint16_t refusal;

	/**
	 * Phase 1 with the present server while PULLING
	 */
	gdoi_phase1_t *phase1;

	/**
	 * Exchange with the present server while PULLING
	 */
	gdoi_pull_initiator_t *pull;
};

static void next(private_gm_attempt_t *this);

/**
 * Forget the exchange with the present server
 */
static void drop_pull(private_gm_attempt_t *this)
{
	DESTROY_IF(this->pull);
	DESTROY_IF(this->phase1);
	this->pull = NULL;
	this->phase1 = NULL;
	this->refusal = 0;
	this->retransmit = GM_NEVER;
}

/**
 * Forget the round
 */
static void reset(private_gm_attempt_t *this)
{
	drop_pull(this);
	DESTROY_IF(this->config);
	DESTROY_IF(this->local);
	this->config = NULL;
	this->local = NULL;
	this->count = 0;
	this->current = 0;
	this->known = FALSE;
	this->timeout = GM_NEVER;
	this->state = GM_ATTEMPT_IDLE;
}

METHOD(gm_attempt_t, cancel, void,
	private_gm_attempt_t *this)
{
	switch (this->state)
	{
		case GM_ATTEMPT_CONNECTING:
			this->link->abort(this->link, this->servers[this->current]);
			break;
		case GM_ATTEMPT_PULLING:
			this->link->release(this->link, this->phase1, TRUE);
			break;
		case GM_ATTEMPT_IDLE:
			break;
	}
	reset(this);
}

/**
 * Go on with the next server after the present one failed
 */
static void fail(private_gm_attempt_t *this, const char *reason)
{
	char *server = this->servers[this->current];
	bool known = this->state != GM_ATTEMPT_IDLE;

	drop_pull(this);
	this->state = GM_ATTEMPT_IDLE;
	this->current++;
	this->listener->failed(this->listener, server, known, reason);
	next(this);
}

/**
 * The present server gives us no keys, but its phase 1 works: it ends if no
 * other group uses it
 */
static void fail_and_release(private_gm_attempt_t *this, const char *reason)
{
	this->link->release(this->link, this->phase1, TRUE);
	fail(this, reason);
}

/**
 * The present server failed, and its phase 1 is of no use any more
 */
static void fail_and_kill(private_gm_attempt_t *this, const char *reason)
{
	this->link->release(this->link, this->phase1, FALSE);
	this->link->kill(this->link, this->phase1);
	fail(this, reason);
}

/**
 * Try the next server, if there is one
 */
static void next(private_gm_attempt_t *this)
{
	const gm_config_data_t *config;
	bool known = this->known;
	char *server;

	if (this->current >= this->count)
	{
		reset(this);
		this->listener->exhausted(this->listener, known);
		return;
	}
	server = this->servers[this->current];
	if (!this->link->is_known(this->link, server))
	{
		fail(this, "no IKEv1 connection of this name is loaded yet");
		return;
	}
	config = this->config->get(this->config);
	this->known = TRUE;
	this->state = GM_ATTEMPT_CONNECTING;
	this->timeout = this->runtime->now(this->runtime) +
													config->register_timeout;
	this->listener->trying(this->listener, server);
	this->link->initiate(this->link, server, this->local);
}

METHOD(gm_attempt_t, start, void,
	private_gm_attempt_t *this, gm_config_t *config, host_t *local,
	const char *first)
{
	const gm_config_data_t *data = config->get(config);
	u_int i;

	cancel(this);
	this->config = config->get_ref(config);
	this->local = local ? local->clone(local) : NULL;
	if (first && config->has_server(config, first))
	{
		for (i = 0; i < data->server_count; i++)
		{
			if (streq(data->servers[i], first))
			{
				this->servers[this->count++] = data->servers[i];
			}
		}
	}
	for (i = 0; i < data->server_count; i++)
	{
		if (!this->count || !streq(data->servers[i], this->servers[0]))
		{
			this->servers[this->count++] = data->servers[i];
		}
	}
	next(this);
}

/**
 * Ask the listener about a policy
 */
static bool accept_policy(private_gm_attempt_t *this, group_policy_t *policy,
						  uint16_t *sender_ids, char **reason)
{
	return this->listener->judge(this->listener, policy, this->phase1,
								 sender_ids, reason);
}

/**
 * Create protection for a new exchange under the present phase 1
 */
static gdoi_phase2_t *create_phase2(private_gm_attempt_t *this)
{
	uint32_t mid = 0;

	while (!mid)
	{
		if (!this->runtime->random(this->runtime, sizeof(mid), (uint8_t*)&mid))
		{
			return NULL;
		}
	}
	return this->phase1->create_phase2(this->phase1, mid);
}

/**
 * Create the exchange
 */
static gdoi_pull_initiator_t *create_pull(private_gm_attempt_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	gdoi_pull_initiator_cb_t cb = {
		.accept_policy = (void*)accept_policy,
		.user = this,
	};
	gdoi_tolerance_t tolerance = config->long_id_lengths ?
									GDOI_TOLERATE_LONG_ID_LEN : GDOI_STRICT;
	uint8_t nonce[NONCE_LEN];
	gdoi_phase2_t *phase2;

	phase2 = create_phase2(this);
	if (!phase2)
	{
		return NULL;
	}
	if (!this->runtime->random(this->runtime, sizeof(nonce), nonce))
	{
		phase2->destroy(phase2);
		return NULL;
	}
	return gdoi_pull_initiator_create(phase2, &config->group.id,
									  chunk_from_thing(nonce), tolerance,
									  &cb);
}

/**
 * Send a message and arm its retransmission
 */
static void send_message(private_gm_attempt_t *this, chunk_t message)
{
	uint32_t delay;

	this->sends++;
	delay = gdoi_pull_retransmit_delay(this->sends,
								this->runtime->jitter(this->runtime) >> 16);
	this->retransmit = this->runtime->now(this->runtime) + delay;
	this->phase1->send(this->phase1, message);
}

/**
 * Is it the phase 1 that this attempt waits for?
 */
static bool is_awaited(private_gm_attempt_t *this, gdoi_phase1_t *phase1)
{
	host_t *host;
	bool match;

	if (this->state != GM_ATTEMPT_CONNECTING ||
		!streq(phase1->get_connection(phase1), this->servers[this->current]))
	{
		return FALSE;
	}
	if (!this->local)
	{
		return TRUE;
	}
	host = phase1->get_my_host(phase1);
	match = host && host->ip_equals(host, this->local);
	DESTROY_IF(host);
	return match;
}

METHOD(gm_attempt_t, established, void,
	private_gm_attempt_t *this, gdoi_phase1_t *phase1)
{
	chunk_t message = chunk_empty;

	if (!is_awaited(this, phase1))
	{
		return;
	}
	this->state = GM_ATTEMPT_PULLING;
	this->phase1 = phase1->get_ref(phase1);
	this->link->acquire(this->link, phase1);
	this->pull = create_pull(this);
	if (!this->pull || !this->pull->initiate(this->pull, &message))
	{
		fail_and_release(this, "message 1 could not be made");
		return;
	}
	this->listener->pulling(this->listener, phase1);
	this->sends = 0;
	send_message(this, message);
	chunk_free(&message);
}

/**
 * Send an Informational about a failed exchange
 *
 * @param notify		what to say, GDOI_NOTIFY_NONE to refuse the policy
 */
static void send_informational(private_gm_attempt_t *this,
							   gdoi_notify_t notify)
{
	chunk_t message = chunk_empty;
	gdoi_phase2_t *phase2;
	bool built;

	phase2 = create_phase2(this);
	if (!phase2)
	{
		return;
	}
	if (notify == GDOI_NOTIFY_NONE)
	{
		built = gdoi_informational_reject(phase2,
									this->pull->get_policy(this->pull),
									&message);
	}
	else
	{
		built = gdoi_informational_notify(phase2, notify, &message);
	}
	if (built)
	{
		this->phase1->send(this->phase1, message);
	}
	chunk_free(&message);
	phase2->destroy(phase2);
}

/**
 * The keys are there
 */
static void complete(private_gm_attempt_t *this)
{
	group_policy_t *policy;
	char *reason = NULL;

	policy = this->pull->take_policy(this->pull);
	if (!policy)
	{
		fail_and_release(this, "no policy came out of the exchange");
		return;
	}
	if (this->listener->complete(this->listener, policy, this->phase1, &reason))
	{
		reset(this);
	}
	else
	{
		fail_and_release(this, reason ?: "the keys could not be installed");
	}
	policy->destroy(policy);
	free(reason);
}

/**
 * Is a phase 1 the one that is in use now?
 */
static bool is_present(private_gm_attempt_t *this, gdoi_phase1_t *phase1)
{
	return this->state == GM_ATTEMPT_PULLING &&
		   phase1->get_unique_id(phase1) ==
									this->phase1->get_unique_id(this->phase1);
}

METHOD(gm_attempt_t, pull_, void,
	private_gm_attempt_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	gdoi_pull_result_t result = {};

	if (!is_present(this, phase1) || datagram.len < GDOI_HEADER_LEN ||
		untoh32(datagram.ptr + MESSAGE_ID_OFFSET) !=
									this->pull->get_message_id(this->pull))
	{	/* another group may have an exchange under the same phase 1 */
		return;
	}
	this->pull->process(this->pull, datagram, &result);
	switch (result.status)
	{
		case GDOI_PULL_SEND:
			this->sends = 0;
			this->refusal = 0;
			send_message(this, result.out);
			break;
		case GDOI_PULL_DONE:
			complete(this);
			break;
		case GDOI_PULL_FAILED:
			send_informational(this, result.notify);
			fail_and_release(this, result.reason ?: "the exchange failed");
			break;
		case GDOI_PULL_IGNORED:
			this->listener->ignored(this->listener, this->phase1,
									result.notify, result.reason ?: "");
			break;
		case GDOI_PULL_DUPLICATE:
			break;
	}
	gdoi_pull_result_clear(&result);
}

/**
 * The key server refuses us with an error notify
 */
static void refused(private_gm_attempt_t *this, uint16_t type)
{
	char reason[64];

	switch (type)
	{
		case GDOI_NOTIFY_INVALID_ID_INFORMATION:
			fail_and_release(this, "the key server does not know the group");
			break;
		case GDOI_NOTIFY_AUTHENTICATION_FAILED:
			fail_and_release(this, "the key server does not authorise us");
			break;
		default:
			snprintf(reason, sizeof(reason),
					 "the key server sent error notify %u", type);
			fail_and_release(this, reason);
			break;
	}
}

METHOD(gm_attempt_t, notify, void,
	private_gm_attempt_t *this, gdoi_phase1_t *phase1, uint16_t type,
	bool alone)
{
	if (is_present(this, phase1))
	{
		if (alone)
		{
			refused(this, type);
		}
		else
		{
			this->refusal = type;
		}
	}
}

METHOD(gm_attempt_t, closed, void,
	private_gm_attempt_t *this, gdoi_phase1_t *phase1)
{
	if (is_present(this, phase1))
	{
		this->link->release(this->link, this->phase1, FALSE);
		fail(this, "phase 1 ended before the keys came");
	}
}

METHOD(gm_attempt_t, failed, void,
	private_gm_attempt_t *this, const char *connection)
{
	if (this->state == GM_ATTEMPT_CONNECTING &&
		streq(connection, this->servers[this->current]))
	{
		fail(this, "phase 1 could not be established");
	}
}

/**
 * The time for the present server is over
 */
static void time_out(private_gm_attempt_t *this)
{
	if (this->state == GM_ATTEMPT_CONNECTING)
	{
		this->link->abort(this->link, this->servers[this->current]);
		fail(this, "no phase 1 within register_timeout");
	}
	else
	{
		fail_and_kill(this, "no keys within register_timeout");
	}
}

METHOD(gm_attempt_t, tick, void,
	private_gm_attempt_t *this)
{
	uint64_t now = this->runtime->now(this->runtime);

	if (this->state == GM_ATTEMPT_IDLE)
	{
		return;
	}
	if (now >= this->timeout)
	{
		time_out(this);
	}
	else if (this->state == GM_ATTEMPT_PULLING && now >= this->retransmit)
	{
		if (this->refusal)
		{
			refused(this, this->refusal);
		}
		else if (this->sends < GDOI_PULL_SENDS)
		{
			send_message(this, this->pull->get_last(this->pull));
		}
		else
		{
			fail_and_kill(this, "the key server does not answer");
		}
	}
}

METHOD(gm_attempt_t, get_deadline, uint64_t,
	private_gm_attempt_t *this)
{
	return min(this->timeout, this->retransmit);
}

METHOD(gm_attempt_t, get_state, gm_attempt_state_t,
	private_gm_attempt_t *this)
{
	return this->state;
}

METHOD(gm_attempt_t, destroy, void,
	private_gm_attempt_t *this)
{
	cancel(this);
	free(this);
}

/*
 * Described in header
 */
gm_attempt_t *gm_attempt_create(gm_runtime_t *runtime, gm_link_t *link,
								gm_attempt_listener_t *listener)
{
	private_gm_attempt_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.cancel = _cancel,
			.established = _established,
			.pull = _pull_,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
			.tick = _tick,
			.get_deadline = _get_deadline,
			.get_state = _get_state,
			.destroy = _destroy,
		},
		.runtime = runtime,
		.link = link,
		.listener = listener,
		.timeout = GM_NEVER,
		.retransmit = GM_NEVER,
	);
	return &this->public;
}
