/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekeyer.h"
#include "ks_schedule.h"

#include <member/gm_serializer.h>

/** seconds that members have to take in a KEK before a rekey is sent under it,
 *  lest that overtakes it */
#define SETTLE_TIME 2

/** seconds to wait after a rekey could not be written */
#define FAILURE_DELAY 10

typedef struct private_ks_rekeyer_t private_ks_rekeyer_t;
typedef struct event_t event_t;
typedef enum event_kind_t event_kind_t;
typedef enum want_t want_t;

/**
 * What the actor is told
 */
enum event_kind_t {
	EVENT_TICK,
	EVENT_COMMAND,
	EVENT_NEWCOMER,
	EVENT_SENT,
	EVENT_STOP,
};

/**
 * What commands ask for, flags
 */
enum want_t {
	/** new TEKs */
	WANT_REKEY = (1 << 0),
	/** new TEKs and KEK, the old ones end */
	WANT_REPLACE = (1 << 1),
	/** a KEK that removed members don't have */
	WANT_EXPEL = (1 << 2),
	/** then TEKs that they don't have */
	WANT_FINISH = (1 << 3),
	/** all members register again, soon */
	WANT_CLEAR = (1 << 4),
	/** at once */
	WANT_CLEAR_NOW = (1 << 5),
	/** what there is, to somebody who came in with what was before */
	WANT_TELL = (1 << 6),
};

/**
 * What the actor is told, with what belongs to it
 */
struct event_t {

	/** kind */
	event_kind_t kind;

	/** EVENT_COMMAND: what it asks for */
	want_t want;

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
	 * What commands asked for and is yet to be done, want_t flags; the actor's
	 */
	u_int wanted;

	/**
	 * When to do WANT_FINISH at the latest, 0 while the KEK before it is being
	 * sent; the actor's
	 */
	time_t finish_at;

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
 * Is the present rekey to be sent again? What members get then has the
 * pseudotime of that moment, and may have a KEK that they would miss.
 */
static bool is_repeating(private_ks_rekeyer_t *this)
{
	ks_pusher_status_t status;

	this->pusher->get_status(this->pusher, &status);
	return status.sending || status.again != KS_NEVER;
}

/**
 * Find out what to make for what members have to be told.
 *
 * @param needs			ks_need_t flags
 * @param tek			seconds until a TEK is due
 * @param kek			seconds until the KEK is due
 * @return				ks_stage_t flags, -1 for nothing to do
 */
static int get_stage(private_ks_rekeyer_t *this, ks_config_t *config,
					 u_int needs, uint32_t tek, uint32_t kek)
{
	uint32_t lifetime = ks_config_shortest_lifetime(config);

	if (!needs || (needs == KS_NEED_SYNC && is_repeating(this)))
	{
		return -1;
	}
	if (needs & KS_NEED_REPLACE)
	{	/* D3P-011 */
		return KS_STAGE_KEK | KS_STAGE_TEKS | KS_STAGE_REPLACE;
	}
	if ((needs & KS_NEED_KEK) ||
		rekey_schedule_combines(ks_schedule_stretch(kek, lifetime)))
	{	/* KS-019, REKEY-012: what is due soon comes along */
		return KS_STAGE_KEK;
	}
	return needs == KS_NEED_SYNC &&
		   !ks_schedule_sync_combines(tek, kek, lifetime) ? KS_STAGE_NO_TEKS
														   : 0;
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
	uint32_t kek, tek;

	this->lock->lock(this->lock);
	this->keys->update(this->keys, config, members, now);
	needs = this->keys->get_needs(this->keys, config, now);
	kek = this->keys->get_due(this->keys, TRUE, now);
	tek = this->keys->get_due(this->keys, FALSE, now);
	this->lock->unlock(this->lock);
	*next = min(kek, tek);
	if (this->pusher->is_news(this->pusher, config))
	{
		needs |= KS_NEED_TELL;
	}
	return get_stage(this, config, needs, tek, kek);
}

/**
 * Is it time for the second part of an expulsion: have all got the new KEK, or
 * had the time to?
 */
static bool can_finish(private_ks_rekeyer_t *this)
{
	return this->pusher->is_over(this->pusher) ||
		   (this->finish_at && this->finish_at <= this->clock());
}

/**
 * Plan what removes members.
 *
 * @return				want_t flags that it fulfills, 0 if it can't be done yet
 */
static u_int plan_removal(private_ks_rekeyer_t *this, ks_plan_t *plan)
{
	if (this->wanted & WANT_CLEAR_NOW)
	{
		plan->stage = KS_STAGE_KEK | KS_STAGE_TEKS | KS_STAGE_REPLACE |
					  KS_STAGE_RESTART;
		plan->end_all = plan->forget = TRUE;
		return this->wanted;
	}
	if (this->wanted & WANT_CLEAR)
	{
		plan->stage = KS_STAGE_KEK | KS_STAGE_TEKS;
		plan->give = KS_GIVE_LIVE;
		plan->cut = KS_CUT_LIFETIME;
		plan->cut_kek = plan->forget = TRUE;
		return this->wanted & ~WANT_REPLACE;
	}
	if (this->wanted & WANT_EXPEL)
	{
		plan->stage = KS_STAGE_KEK | KS_STAGE_NO_TEKS;
		plan->give = KS_GIVE_KEK;
		return WANT_EXPEL;
	}
	if (can_finish(this))
	{
		plan->stage = KS_STAGE_TEKS;
		plan->cut = KS_CUT_LIFETIME;
		return WANT_FINISH | (this->wanted & (WANT_REKEY | WANT_TELL));
	}
	return 0;
}

/**
 * Plan the next rekey.
 *
 * @param due			ks_stage_t flags of what is due, -1 for nothing
 * @param plan			filled
 * @param fulfilled		want_t flags that it fulfills
 * @return				FALSE if there is nothing to do now
 */
static bool plan_next(private_ks_rekeyer_t *this, int due, ks_plan_t *plan,
					  u_int *fulfilled)
{
	*fulfilled = 0;
	if (this->wanted & ~(WANT_REKEY | WANT_REPLACE | WANT_TELL))
	{
		*fulfilled = plan_removal(this, plan);
		return *fulfilled;
	}
	if (this->wanted & (WANT_REKEY | WANT_REPLACE))
	{
		plan->stage = KS_STAGE_TEKS | (max(due, 0) & ~KS_STAGE_NO_TEKS);
		if (this->wanted & WANT_REPLACE)
		{
			plan->stage |= KS_STAGE_KEK | KS_STAGE_REPLACE;
		}
		*fulfilled = this->wanted;
		return TRUE;
	}
	if (this->wanted && due < 0)
	{
		due = KS_STAGE_NO_TEKS;
	}
	*fulfilled = this->wanted;
	plan->stage = max(due, 0);
	return due >= 0;
}

/**
 * Are members taking in a KEK still, or were they told nothing for a failure?
 */
static bool has_to_wait(private_ks_rekeyer_t *this)
{
	ks_pusher_status_t status;

	this->pusher->get_status(this->pusher, &status);
	return this->clock() < this->blocked ||
		   (status.kind != KS_REKEY_TEK &&
			status.finished + SETTLE_TIME > this->clock());
}

/**
 * Carry out the next rekey.
 *
 * @return				FALSE if there is none to do now
 */
static bool begin_next(private_ks_rekeyer_t *this, ks_config_t *config, int due)
{
	ks_plan_t plan = {
		.give = KS_GIVE_NEW,
	};
	u_int fulfilled;

	if (has_to_wait(this) || !plan_next(this, due, &plan, &fulfilled))
	{
		return FALSE;
	}
	if (!this->pusher->push(this->pusher, config, &plan))
	{
		this->blocked = this->clock() + FAILURE_DELAY;
		return TRUE;
	}
	this->wanted &= ~fulfilled;
	if (fulfilled == WANT_EXPEL)
	{
		this->wanted |= WANT_FINISH;
		this->finish_at = 0;
	}
	return TRUE;
}

/**
 * Are copies going out that have to? While they do nothing else begins, or
 * those that are last would never get any. But members are removed at once if
 * it's only TEKs that the others miss, as the next rekey has these as well.
 */
static bool is_busy(private_ks_rekeyer_t *this)
{
	ks_pusher_status_t status;

	this->pusher->get_status(this->pusher, &status);
	return status.sending && (status.kind != KS_REKEY_TEK ||
				!(this->wanted & (WANT_EXPEL | WANT_CLEAR | WANT_CLEAR_NOW)));
}

/**
 * Do what there is to do in a group that has rekeys
 */
static void work(private_ks_rekeyer_t *this)
{
	ks_config_t *config = this->group->get_config(this->group);
	uint32_t next;
	int due;

	if (config->rekey)
	{
		due = get_due(this, config, &next);
		if (!is_busy(this) && !begin_next(this, config, due))
		{
			next = ks_schedule_stretch(next,
									ks_config_shortest_lifetime(config));
			this->pusher->retransmit(this->pusher, next);
		}
	}
	else
	{	/* REKEY-216; who gets a KEK later registers for it */
		this->wanted = 0;
		this->pusher->stop(this->pusher);
	}
	ks_config_destroy(config);
}

/**
 * A command asks for something
 */
static void on_command(private_ks_rekeyer_t *this, want_t want)
{
	this->wanted |= want;
	work(this);
}

/**
 * A member came in with what was before the present rekey
 */
static void on_newcomer(private_ks_rekeyer_t *this, host_t *host)
{
	if (!this->pusher->catch_up(this->pusher, host))
	{	/* it has a pseudotime of long ago, as nothing was sent yet */
		on_command(this, WANT_TELL);
	}
}

/**
 * All copies were sent
 */
static void on_sent(private_ks_rekeyer_t *this, uint32_t duration)
{
	ks_config_t *config = this->group->get_config(this->group);

	this->pusher->sent(this->pusher, duration);
	if ((this->wanted & WANT_FINISH) && !this->finish_at)
	{
		this->finish_at = this->clock() + KS_ACK_WAIT;
		if (config->rekey)
		{
			this->finish_at += config->rekey->schedule.tries *
							   config->rekey->schedule.interval;
		}
	}
	ks_config_destroy(config);
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
			work(this);
			break;
		case EVENT_COMMAND:
			on_command(this, event->want);
			break;
		case EVENT_NEWCOMER:
			on_newcomer(this, event->host);
			break;
		case EVENT_SENT:
			on_sent(this, event->duration);
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
	tell(this, (event_t){
		.kind = EVENT_COMMAND,
		.want = replace ? WANT_REPLACE : WANT_REKEY,
	});
}

METHOD(ks_rekeyer_t, expel, void,
	private_ks_rekeyer_t *this)
{
	tell(this, (event_t){ .kind = EVENT_COMMAND, .want = WANT_EXPEL });
}

METHOD(ks_rekeyer_t, clear, void,
	private_ks_rekeyer_t *this, bool now)
{
	tell(this, (event_t){
		.kind = EVENT_COMMAND,
		.want = now ? WANT_CLEAR_NOW : WANT_CLEAR,
	});
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
	private_ks_rekeyer_t *this, bool (*secure)(void*, ks_group_t*), void *user)
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
