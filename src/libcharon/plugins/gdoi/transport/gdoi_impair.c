/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_impair.h"

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

/** default of delay_time, in milliseconds */
#define DELAY_TIME 2000

typedef struct private_gdoi_impair_t private_gdoi_impair_t;
typedef struct rule_t rule_t;
typedef struct delayed_t delayed_t;

/**
 * What a rule does
 */
typedef enum {
	ACTION_DROP,
	ACTION_DUPLICATE,
	ACTION_DELAY,
	ACTION_CORRUPT,
	ACTION_MAX,
} action_t;

/**
 * Names of actions in the settings
 */
static const char *action_names[ACTION_MAX] = {
	"drop",
	"duplicate",
	"delay",
	"corrupt",
};

/**
 * A rule
 */
struct rule_t {

	/**
	 * What it does
	 */
	action_t action;

	/**
	 * Direction and exchange it is for
	 */
	bool incoming;
	int exchange;

	/**
	 * Which message, 0 for all
	 */
	u_int nth;

	/**
	 * Messages seen
	 */
	refcount_t seen;
};

/**
 * Private data
 */
struct private_gdoi_impair_t {

	/**
	 * Public interface
	 */
	gdoi_impair_t public;

	/**
	 * Rules, rule_t*
	 */
	array_t *rules;

	/**
	 * Delay in milliseconds
	 */
	u_int delay_time;

	/**
	 * References
	 */
	refcount_t ref;
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
 * Does a rule hit this message? Counts it.
 */
static bool hits(rule_t *rule, bool incoming, int exchange)
{
	return rule->incoming == incoming && rule->exchange == exchange &&
		   (ref_get(&rule->seen) == rule->nth || !rule->nth);
}

METHOD(gdoi_impair_t, apply, void,
	private_gdoi_impair_t *this, bool incoming, packet_t *packet,
	gdoi_impair_pass_t pass, void *user)
{
	bool hit[ACTION_MAX] = {};
	gdoi_header_t header;
	delayed_t *delayed;
	chunk_t data;
	rule_t *rule;
	u_int i;

	data = packet->get_data(packet);
	if (gdoi_header_parse(data, &header, NULL))
	{
		for (i = 0; i < array_count(this->rules); i++)
		{
			array_get(this->rules, i, &rule);
			if (hits(rule, incoming, header.exchange))
			{
				DBG1(DBG_NET, "impairment: %s %s message of exchange %d",
					 action_names[rule->action], incoming ? "incoming"
														  : "outgoing",
					 header.exchange);
				hit[rule->action] = TRUE;
			}
		}
	}
	if (hit[ACTION_DROP])
	{
		packet->destroy(packet);
		return;
	}
	if (hit[ACTION_CORRUPT] && data.len > GDOI_HEADER_LEN)
	{	/* the middle is cipher text of something that matters */
		data.ptr[(GDOI_HEADER_LEN + data.len) / 2] ^= 0x10;
	}
	if (hit[ACTION_DUPLICATE])
	{
		pass(user, packet->clone(packet));
	}
	if (hit[ACTION_DELAY])
	{
		INIT(delayed,
			.pass = pass,
			.user = user,
			.packet = packet,
		);
		lib->scheduler->schedule_job_ms(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)pass_delayed,
						delayed, (callback_job_cleanup_t)delayed_destroy, NULL),
			this->delay_time);
		return;
	}
	pass(user, packet);
}

/**
 * Parse the rules of one action
 */
static void parse(private_gdoi_impair_t *this, action_t action)
{
	enumerator_t *enumerator;
	char *value, *token, direction[4];
	rule_t *rule;

	value = lib->settings->get_str(lib->settings,
								   "%s.plugins.gdoi.impair.%s", "",
								   lib->ns, action_names[action]);
	enumerator = enumerator_create_token(value, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		INIT(rule,
			.action = action,
		);
		if (sscanf(token, "%3[a-z]:%d:%u", direction, &rule->exchange,
				   &rule->nth) < 2)
		{
			DBG1(DBG_CFG, "impairment rule '%s' makes no sense", token);
			free(rule);
			continue;
		}
		rule->incoming = streq(direction, "in");
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

METHOD(gdoi_impair_t, destroy, void,
	private_gdoi_impair_t *this)
{
	if (ref_put(&this->ref))
	{
		array_destroy_function(this->rules, (void*)free, NULL);
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_impair_t *gdoi_impair_create()
{
	private_gdoi_impair_t *this;
	action_t action;

	INIT(this,
		.public = {
			.apply = _apply,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.rules = array_create(0, 0),
		.delay_time = lib->settings->get_int(lib->settings,
									"%s.plugins.gdoi.impair.delay_time",
									DELAY_TIME, lib->ns),
		.ref = 1,
	);
	for (action = 0; action < ACTION_MAX; action++)
	{
		parse(this, action);
	}
	if (!array_count(this->rules))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}

#endif /* GDOI_IMPAIR */
