/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_impair.h"
#include "gdoi_impair_rule.h"

#ifndef GDOI_IMPAIR

/*
 * Described in header
 */
gdoi_impair_t *gdoi_impair_create()
{
	return NULL;
}

#else /* GDOI_IMPAIR */

#include <payloads/gdoi_header.h>

#include <collections/array.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <signal.h>
#include <time.h>

/** default of delay_time, in milliseconds */
#define DELAY_TIME 2000

typedef struct private_gdoi_impair_t private_gdoi_impair_t;
typedef struct delayed_t delayed_t;
typedef struct flush_t flush_t;
typedef struct transit_t transit_t;

/**
 * Private data
 */
struct private_gdoi_impair_t {

	/**
	 * Public interface
	 */
	gdoi_impair_t public;

	/**
	 * Rules, gdoi_impair_rule_t*
	 */
	array_t *rules;

	/**
	 * Lock for messages that rules hold
	 */
	mutex_t *mutex;

	/**
	 * Delay in milliseconds
	 */
	u_int delay_time;

	/**
	 * Milliseconds between a message and the end
	 */
	u_int abort_time;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * A message on its way, and what hits it
 */
struct transit_t {

	/**
	 * Kind of message
	 */
	bool incoming;
	u_int exchange;

	/**
	 * Message and where it goes
	 */
	packet_t *packet;
	gdoi_impair_pass_t pass;
	void *user;

	/**
	 * Rule that hits it, by action
	 */
	gdoi_impair_rule_t *hits[GDOI_IMPAIR_MAX];

	/**
	 * A number made by chance, for the place to corrupt
	 */
	uint32_t chance;
};

/**
 * A packet that is passed later
 */
struct delayed_t {

	/**
	 * Where to
	 */
	gdoi_impair_pass_t pass;
	void *user;

	/**
	 * Packet, NULL once passed
	 */
	packet_t *packet;
};

/**
 * A held packet that is passed at the latest
 */
struct flush_t {

	/**
	 * Impairments, a reference
	 */
	private_gdoi_impair_t *impair;

	/**
	 * Rule that holds it
	 */
	gdoi_impair_rule_t *rule;

	/**
	 * Its number
	 */
	u_int number;
};

/**
 * Destroy a delayed packet
 */
static void delayed_destroy(delayed_t *this)
{
	DESTROY_IF(this->packet);
	free(this);
}

/**
 * Job: pass a delayed packet
 */
static job_requeue_t pass_delayed(delayed_t *this)
{
	packet_t *packet = this->packet;

	this->packet = NULL;
	this->pass(this->user, packet);
	return JOB_REQUEUE_NONE;
}

/**
 * Pass a message later
 */
static void delay(private_gdoi_impair_t *this, transit_t *message)
{
	delayed_t *delayed;

	INIT(delayed,
		.pass = message->pass,
		.user = message->user,
		.packet = message->packet,
	);
	lib->scheduler->schedule_job_ms(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)pass_delayed,
						delayed, (callback_job_cleanup_t)delayed_destroy, NULL),
			this->delay_time);
}

/**
 * Take the message that a rule holds, or NULL; with the lock held
 */
static packet_t *take_held(gdoi_impair_rule_t *rule)
{
	packet_t *packet = rule->held;

	rule->held = NULL;
	return packet;
}

/**
 * Destroy a flush
 */
static void flush_destroy(flush_t *flush)
{
	flush->impair->public.destroy(&flush->impair->public);
	free(flush);
}

/**
 * Job: pass a held packet, unless the next one came
 */
static job_requeue_t pass_held(flush_t *flush)
{
	private_gdoi_impair_t *this = flush->impair;
	gdoi_impair_rule_t *rule = flush->rule;
	packet_t *packet = NULL;

	this->mutex->lock(this->mutex);
	if (rule->number == flush->number)
	{
		packet = take_held(rule);
	}
	this->mutex->unlock(this->mutex);
	if (packet)
	{
		rule->pass(rule->user, packet);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Hold a message until the next one of its kind; FALSE if one is held already
 */
static bool hold(private_gdoi_impair_t *this, transit_t *message,
				 gdoi_impair_rule_t *rule)
{
	flush_t *flush;

	this->mutex->lock(this->mutex);
	if (rule->held)
	{
		this->mutex->unlock(this->mutex);
		return FALSE;
	}
	rule->held = message->packet;
	rule->pass = message->pass;
	rule->user = message->user;
	INIT(flush,
		.impair = this,
		.rule = rule,
		.number = ++rule->number,
	);
	this->mutex->unlock(this->mutex);
	ref_get(&this->ref);
	lib->scheduler->schedule_job_ms(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)pass_held, flush,
							(callback_job_cleanup_t)flush_destroy, NULL),
			this->delay_time);
	return TRUE;
}

/**
 * Pass what is held of a kind, as the next one has passed
 */
static void release(private_gdoi_impair_t *this, transit_t *message)
{
	gdoi_impair_rule_t *rule;
	packet_t *packet;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (!gdoi_impair_rule_is_for(rule, message->incoming,
									 message->exchange))
		{
			continue;
		}
		this->mutex->lock(this->mutex);
		packet = take_held(rule);
		this->mutex->unlock(this->mutex);
		if (packet)
		{
			rule->pass(rule->user, packet);
		}
	}
}

/**
 * Find the rules that hit a message
 */
static void find_hits(private_gdoi_impair_t *this, transit_t *message)
{
	gdoi_impair_rule_t *rule;
	uint32_t chance;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (gdoi_impair_rule_is_for(rule, message->incoming,
									message->exchange) &&
			gdoi_impair_rule_hits(rule, &chance))
		{
			DBG1(DBG_NET, "impairment: %s %s message of exchange %u",
				 gdoi_impair_rule_name(rule->action),
				 message->incoming ? "incoming" : "outgoing",
				 message->exchange);
			message->hits[rule->action] = rule;
			message->chance = chance;
		}
	}
}

/**
 * Change an octet behind the header: in the middle, which is cipher text of
 * something that matters, or anywhere if chance selected the message
 */
static void corrupt(transit_t *message)
{
	gdoi_impair_rule_t *rule = message->hits[GDOI_IMPAIR_CORRUPT];
	chunk_t data = message->packet->get_data(message->packet);
	size_t place;

	if (data.len > GDOI_HEADER_LEN)
	{
		place = (GDOI_HEADER_LEN + data.len) / 2;
		if (rule->percent < 100)
		{
			place = GDOI_HEADER_LEN +
					message->chance % (data.len - GDOI_HEADER_LEN);
		}
		data.ptr[place] ^= 0x10;
	}
}

/**
 * Let a message through, later or not at all
 */
static void let_through(private_gdoi_impair_t *this, transit_t *message)
{
	gdoi_impair_rule_t **hits = message->hits;
	packet_t *packet = message->packet;

	if (hits[GDOI_IMPAIR_DROP])
	{
		packet->destroy(packet);
		return;
	}
	if (hits[GDOI_IMPAIR_CORRUPT])
	{
		corrupt(message);
	}
	if (hits[GDOI_IMPAIR_DUPLICATE])
	{
		message->pass(message->user, packet->clone(packet));
	}
	if (hits[GDOI_IMPAIR_DELAY])
	{
		delay(this, message);
		return;
	}
	if (hits[GDOI_IMPAIR_REORDER] &&
		hold(this, message, hits[GDOI_IMPAIR_REORDER]))
	{
		return;
	}
	message->pass(message->user, packet);
	release(this, message);
}

/**
 * Job: end the process as if by kill -9
 */
static job_requeue_t die(void *unused)
{
	raise(SIGKILL);
	return JOB_REQUEUE_NONE;
}

METHOD(gdoi_impair_t, apply, void,
	private_gdoi_impair_t *this, bool incoming, packet_t *packet,
	gdoi_impair_pass_t pass, void *user)
{
	transit_t message = {
		.incoming = incoming,
		.packet = packet,
		.pass = pass,
		.user = user,
	};
	gdoi_header_t header;

	if (!gdoi_header_parse(packet->get_data(packet), &header, NULL))
	{
		pass(user, packet);
		return;
	}
	message.exchange = header.exchange;
	find_hits(this, &message);
	if (message.hits[GDOI_IMPAIR_ABORT])
	{
		die(NULL);
	}
	let_through(this, &message);
	if (!message.hits[GDOI_IMPAIR_ABORT_AFTER])
	{
		return;
	}
	if (!this->abort_time)
	{
		die(NULL);
	}
	lib->scheduler->schedule_job_ms(lib->scheduler,
					(job_t*)callback_job_create(die, NULL, NULL, NULL),
					this->abort_time);
}

/**
 * Parse the rules of one action
 */
static void parse(private_gdoi_impair_t *this, gdoi_impair_action_t action,
				  uint64_t seed)
{
	enumerator_t *enumerator;
	gdoi_impair_rule_t *rule;
	char *value, *token;

	value = lib->settings->get_str(lib->settings,
								   "%s.plugins.gdoi.impair.%s", "",
								   lib->ns, gdoi_impair_rule_name(action));
	enumerator = enumerator_create_token(value, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		INIT(rule,
			.action = action,
			/* no two rules choose alike */
			.seed = seed + ((uint64_t)(array_count(this->rules) + 1) << 32),
		);
		if (!gdoi_impair_rule_parse(rule, token))
		{
			DBG1(DBG_CFG, "impairment rule '%s' makes no sense", token);
			free(rule);
			continue;
		}
		array_insert(this->rules, ARRAY_TAIL, rule);
	}
	enumerator->destroy(enumerator);
}

METHOD(gdoi_impair_t, get_ref, gdoi_impair_t*,
	private_gdoi_impair_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

/**
 * Destroy a rule, and what it holds
 */
static void rule_destroy(gdoi_impair_rule_t *rule, int index, void *user)
{
	DESTROY_IF(rule->held);
	free(rule);
}

METHOD(gdoi_impair_t, destroy, void,
	private_gdoi_impair_t *this)
{
	if (ref_put(&this->ref))
	{
		array_destroy_function(this->rules, (void*)rule_destroy, NULL);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

/**
 * Read all rules
 */
static void read_rules(private_gdoi_impair_t *this)
{
	gdoi_impair_action_t action;
	uint32_t seed;

	seed = lib->settings->get_int(lib->settings,
								  "%s.plugins.gdoi.impair.seed", 0, lib->ns);
	if (!seed)
	{
		seed = (time(NULL) ^ getpid() << 16) & 0x7fffffff;
	}
	for (action = 0; action < GDOI_IMPAIR_MAX; action++)
	{
		parse(this, action, seed);
	}
	if (array_count(this->rules))
	{
		DBG1(DBG_CFG, "impairments are on, with seed %u", seed);
	}
}

/*
 * Described in header
 */
gdoi_impair_t *gdoi_impair_create()
{
	private_gdoi_impair_t *this;

	INIT(this,
		.public = {
			.apply = _apply,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.rules = array_create(0, 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.delay_time = lib->settings->get_int(lib->settings,
									"%s.plugins.gdoi.impair.delay_time",
									DELAY_TIME, lib->ns),
		.abort_time = lib->settings->get_int(lib->settings,
									"%s.plugins.gdoi.impair.abort_time",
									0, lib->ns),
		.ref = 1,
	);
	read_rules(this);
	if (!array_count(this->rules))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}

#endif /* GDOI_IMPAIR */
