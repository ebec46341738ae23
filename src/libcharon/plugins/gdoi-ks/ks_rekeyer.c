/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekeyer.h"
#include "ks_schedule.h"

#include <member/gm_serializer.h>

/** seconds that members have to take in a KEK before a command's rekey is sent
 *  under it */
#define SETTLE_TIME 2

/** seconds to wait after a rekey could not be written */
#define FAILURE_DELAY 10

/** seconds that a member has for its acknowledgement, RFC 8263 */
#define ACK_WAIT 10

typedef struct private_ks_rekeyer_t private_ks_rekeyer_t;
typedef struct event_t event_t;
typedef enum event_kind_t event_kind_t;

/**
 * What the actor is told
 */
enum event_kind_t {
	EVENT_TICK,
	EVENT_REKEY,
	EVENT_EXPEL,
	EVENT_CLEAR,
	EVENT_NEWCOMER,
	EVENT_SENT,
	EVENT_STOP,
};

/**
 * What the actor is told, with what belongs to it
 */
struct event_t {

	/** kind */
	event_kind_t kind;

	/** EVENT_REKEY: replace; EVENT_CLEAR: now */
	bool flag;

	/** EVENT_NEWCOMER: address of the member */
	host_t *host;

	/** EVENT_SENT: milliseconds it took */
	uint32_t duration;
};

/**
 * Private data
 */
struct private_ks_rekeyer_t {

	/**
	 * Public interface
	 */
	ks_rekeyer_t public;

	/**
	 * Group
	 */
	ks_group_t *group;

	/**
	 * Members of the group
	 */
	ks_members_t *members;

	/**
	 * Keys of the group
	 */
	ks_keys_t *keys;

	/**
	 * Protects keys
	 */
	mutex_t *lock;

	/**
	 * Clock
	 */
	ks_clock_t clock;

	/**
	 * Makes an actor of this
	 */
	gm_serializer_t *actor;

	/**
	 * Carries rekeys out; the actor's
	 */
	ks_pusher_t *pusher;

	/**
	 * When to begin the second part of an expulsion, 0 for none; the actor's
	 */
	time_t expel_at;

	/**
	 * A command that waits, and whether it replaces; the actor's
	 */
	bool wanted, replace;

	/**
	 * No rekey before this time, after a failure; the actor's
	 */
	time_t blocked;

	/**
	 * stop() was called; the actor's
	 */
	bool stopped;
};

/**
 * Tell the actor something
 */
static void tell(private_ks_rekeyer_t *this, event_t copy)
{
	event_t *event = malloc_thing(event_t);

	*event = copy;
	/* dropped if many are waiting, but only a tick is told so often */
	this->actor->post(this->actor, event, copy.kind != EVENT_TICK);
}

/**
 * Free an event
 */
static void destroy_event(void *data)
{
	event_t *event = data;

	DESTROY_IF(event->host);
	free(event);
}

/**
 * All copies were sent; implements the callback of ks_round_t.send()
 */
static void sent_all(void *user, u_int count, uint32_t duration)
{
	private_ks_rekeyer_t *this = user;

	tell(this, (event_t){ .kind = EVENT_SENT, .duration = duration });
}

/**
 * Carry out a rekey, if the group has any
 */
static void push(private_ks_rekeyer_t *this, const ks_plan_t *plan)
{
	ks_config_t *config = this->group->get_config(this->group);

	if (config->rekey && !this->pusher->push(this->pusher, config, plan))
	{
		this->blocked = this->clock() + FAILURE_DELAY;
	}
	ks_config_destroy(config);
}

/**
 * Bring the keys up to date and find out what members have to be told.
 *
 * @param next			set to the seconds until the next rekey by schedule
 * @return				ks_stage_t flags, -1 for nothing to do
 */
static int get_due(private_ks_rekeyer_t *this, ks_config_t *config,
				   uint32_t *next)
{
	time_t now = this->clock();
	u_int members = this->members->get_count(this->members), needs;
	uint32_t kek;

	this->lock->lock(this->lock);
	this->keys->update(this->keys, config, members, now);
	needs = this->keys->get_needs(this->keys, config, now);
	kek = this->keys->get_due(this->keys, TRUE, now);
	*next = min(kek, this->keys->get_due(this->keys, FALSE, now));
	this->lock->unlock(this->lock);
	if (!this->pusher->is_news(this->pusher, config) && !needs)
	{
		return -1;
	}
	/* KS-019, REKEY-012: what is due soon comes along */
	kek = ks_schedule_stretch(kek, ks_config_shortest_lifetime(config));
	return (needs & KS_NEED_KEK) || rekey_schedule_combines(kek) ?
			KS_STAGE_KEK : 0;
}

/**
 * Is it time for the second part of an expulsion: have all got the new KEK, or
 * had the time to?
 */
static bool is_expelling(private_ks_rekeyer_t *this)
{
	return this->expel_at && (this->expel_at <= this->clock() ||
							  this->pusher->is_over(this->pusher));
}

/**
 * Give those that are left TEKs under the KEK that they have now
 */
static void finish_expulsion(private_ks_rekeyer_t *this)
{
	static const ks_plan_t plan = {
		.stage = KS_STAGE_TEKS,
		.give = KS_GIVE_NEW,
		.cut = KS_CUT_LIFETIME,
	};

	this->expel_at = 0;
	push(this, &plan);
}

/**
 * Send new TEKs on command, unless members are just taking another KEK in: a
 * message under it must not overtake that. The next tick does it then.
 */
static void do_command(private_ks_rekeyer_t *this)
{
	ks_plan_t plan = {
		.stage = KS_STAGE_TEKS,
		.give = KS_GIVE_NEW,
	};
	ks_pusher_status_t status;

	this->pusher->get_status(this->pusher, &status);
	if (this->expel_at || (status.kind != KS_REKEY_TEK &&
						   status.last + SETTLE_TIME > this->clock()))
	{
		return;
	}
	if (this->replace)
	{
		plan.stage = KS_STAGE_KEK | KS_STAGE_TEKS | KS_STAGE_REPLACE;
	}
	this->wanted = this->replace = FALSE;
	push(this, &plan);
}

/**
 * Let time work in a group that has rekeys
 */
static void let_work(private_ks_rekeyer_t *this, ks_config_t *config)
{
	ks_plan_t plan = {
		.give = KS_GIVE_NEW,
	};
	uint32_t next;
	int due;

	due = get_due(this, config, &next);
	if (is_expelling(this))
	{
		finish_expulsion(this);
	}
	else if (this->wanted)
	{
		do_command(this);
	}
	else if (due >= 0 && !this->expel_at && this->clock() >= this->blocked)
	{
		plan.stage = due;
		push(this, &plan);
	}
	else
	{
		next = ks_schedule_stretch(next, ks_config_shortest_lifetime(config));
		this->pusher->retransmit(this->pusher, next);
	}
}

/**
 * Let time work
 */
static void on_tick(private_ks_rekeyer_t *this)
{
	ks_config_t *config = this->group->get_config(this->group);

	if (config->rekey)
	{
		let_work(this, config);
	}
	ks_config_destroy(config);
}

/**
 * Send new TEKs on command
 */
static void on_rekey(private_ks_rekeyer_t *this, bool replace)
{
	this->wanted = TRUE;
	this->replace = this->replace || replace;
	do_command(this);
}

/**
 * Give those that are left a KEK that removed members don't have
 */
static void on_expel(private_ks_rekeyer_t *this)
{
	static const ks_plan_t plan = {
		.stage = KS_STAGE_KEK | KS_STAGE_NO_TEKS,
		.give = KS_GIVE_KEK,
	};
	ks_config_t *config = this->group->get_config(this->group);

	push(this, &plan);
	if (config->rekey)
	{
		this->expel_at = this->clock() + ACK_WAIT +
			config->rekey->schedule.tries * config->rekey->schedule.interval;
	}
	ks_config_destroy(config);
}

/**
 * Have all members register again
 */
static void on_clear(private_ks_rekeyer_t *this, bool now)
{
	ks_plan_t plan = {
		.stage = KS_STAGE_KEK | KS_STAGE_TEKS,
		.give = KS_GIVE_LIVE,
		.forget = TRUE,
	};

	if (now)
	{
		plan.stage |= KS_STAGE_REPLACE;
		plan.end_all = TRUE;
	}
	else
	{
		plan.cut = KS_CUT_LIFETIME;
		plan.cut_kek = TRUE;
	}
	this->expel_at = 0;
	push(this, &plan);
}

/**
 * Handle an event; implements the handler of gm_serializer_t
 */
static void handle(void *user, void *data)
{
	private_ks_rekeyer_t *this = user;
	event_t *event = data;

	if (this->stopped)
	{
		return;
	}
	switch (event->kind)
	{
		case EVENT_TICK:
			on_tick(this);
			break;
		case EVENT_REKEY:
			on_rekey(this, event->flag);
			break;
		case EVENT_EXPEL:
			on_expel(this);
			break;
		case EVENT_CLEAR:
			on_clear(this, event->flag);
			break;
		case EVENT_NEWCOMER:
			this->pusher->catch_up(this->pusher, event->host);
			break;
		case EVENT_SENT:
			this->pusher->sent(this->pusher, event->duration);
			break;
		case EVENT_STOP:
			this->pusher->stop(this->pusher);
			this->stopped = TRUE;
			break;
	}
}

METHOD(ks_rekeyer_t, tick, void,
	private_ks_rekeyer_t *this)
{
	tell(this, (event_t){ .kind = EVENT_TICK });
}

METHOD(ks_rekeyer_t, rekey, void,
	private_ks_rekeyer_t *this, bool replace)
{
	tell(this, (event_t){ .kind = EVENT_REKEY, .flag = replace });
}

METHOD(ks_rekeyer_t, expel, void,
	private_ks_rekeyer_t *this)
{
	tell(this, (event_t){ .kind = EVENT_EXPEL });
}

METHOD(ks_rekeyer_t, clear, void,
	private_ks_rekeyer_t *this, bool now)
{
	tell(this, (event_t){ .kind = EVENT_CLEAR, .flag = now });
}

METHOD(ks_rekeyer_t, newcomer, void,
	private_ks_rekeyer_t *this, host_t *host)
{
	tell(this, (event_t){ .kind = EVENT_NEWCOMER, .host = host->clone(host) });
}

METHOD(ks_rekeyer_t, set_local, void,
	private_ks_rekeyer_t *this, host_t *local)
{
	this->pusher->set_local(this->pusher, local);
}

METHOD(ks_rekeyer_t, set_guard, void,
	private_ks_rekeyer_t *this, void (*secure)(void*, ks_group_t*), void *user)
{
	this->pusher->set_guard(this->pusher, secure, user);
}

METHOD(ks_rekeyer_t, get_status, void,
	private_ks_rekeyer_t *this, ks_pusher_status_t *status)
{
	this->pusher->get_status(this->pusher, status);
}

METHOD(ks_rekeyer_t, stop_, void,
	private_ks_rekeyer_t *this)
{
	tell(this, (event_t){ .kind = EVENT_STOP });
	this->actor->wait_idle(this->actor);
}

METHOD(ks_rekeyer_t, destroy, void,
	private_ks_rekeyer_t *this)
{
	this->pusher->destroy(this->pusher);
	this->actor->destroy(this->actor);
	free(this);
}

/*
 * Described in header
 */
ks_rekeyer_t *ks_rekeyer_create(ks_group_t *group, ks_members_t *members,
								ks_keys_t *keys, mutex_t *lock,
								const ks_services_t *services)
{
	private_ks_rekeyer_t *this;

	INIT(this,
		.public = {
			.tick = _tick,
			.rekey = _rekey,
			.expel = _expel,
			.clear = _clear,
			.newcomer = _newcomer,
			.set_local = _set_local,
			.set_guard = _set_guard,
			.get_status = _get_status,
			.stop = _stop_,
			.destroy = _destroy,
		},
		.group = group,
		.members = members,
		.keys = keys,
		.lock = lock,
		.clock = services->clock,
	);
	this->actor = gm_serializer_create(handle, this, destroy_event);
	this->pusher = ks_pusher_create(group, members, keys, lock, services,
									sent_all, this);
	return &this->public;
}
