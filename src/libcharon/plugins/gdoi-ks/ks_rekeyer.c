/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekeyer.h"
#include "ks_fanout.h"
#include "ks_round.h"
#include "ks_schedule.h"

#include <member/gm_serializer.h>

/** seconds to wait after a rekey could not be written */
#define FAILURE_DELAY 10

/** seconds that a member has for its acknowledgement, RFC 8263 */
#define ACK_WAIT 10

/** records copied at a time */
#define CHUNK 64

typedef struct private_ks_rekeyer_t private_ks_rekeyer_t;
typedef struct event_t event_t;
typedef struct plan_t plan_t;
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
 * What a rekey is to bring
 */
struct plan_t {

	/** ks_stage_t flags */
	u_int stage;

	/** which keys it describes */
	ks_give_t give;

	/** it describes no keys, but ends all */
	bool end_all;

	/** seconds that keys in force live on at most, 0 for no limit */
	uint32_t cut;

	/** also the KEK */
	bool cut_kek;

	/** who has not registered since is to be forgotten */
	bool forget;
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
	 * What all groups use
	 */
	ks_services_t services;

	/**
	 * Makes an actor of this
	 */
	gm_serializer_t *actor;

	/**
	 * Sends to members
	 */
	ks_fanout_t *fanout;

	/**
	 * Takes acknowledgements
	 */
	ks_acks_t *acks;

	/**
	 * Present rekey, the actor's
	 */
	ks_round_t *round;

	/**
	 * When to begin the second part of an expulsion, 0 for none; the actor's
	 */
	time_t expel_at;

	/**
	 * No rekey before this time, after a failure; the actor's
	 */
	time_t blocked;

	/**
	 * stop() was called; the actor's
	 */
	bool stopped;

	/**
	 * When to send the present rekey again, milliseconds; the actor's
	 */
	uint64_t again;

	/**
	 * Members that have not registered since the present rekey began are to
	 * be forgotten when it is over; the actor's
	 */
	bool forget;

	/**
	 * When the present rekey began; the actor's
	 */
	time_t began;

	/**
	 * Configuration as members were told it, NULL before there was any; the
	 * actor's
	 */
	ks_config_t *told;

	/**
	 * Called before sending
	 */
	void (*secure)(void *user, ks_group_t *group);

	/**
	 * Its argument
	 */
	void *secure_user;

	/**
	 * Address that a member registered at, NULL before the first
	 */
	host_t *local;

	/**
	 * What is shown
	 */
	ks_rekeyer_status_t status;

	/**
	 * Protects secure, local, and status
	 */
	mutex_t *mutex;
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
 * Log that a member is removed as it does not acknowledge, LOG-154
 */
static void log_ejected(private_ks_rekeyer_t *this, ks_member_t *member)
{
	const char *name = this->group->get_name(this->group);
	gdoi_log_t *log = this->services.log;
	host_t *host = ks_member_get_host(member);
	char peer[64];

	snprintf(peer, sizeof(peer), "%H", host);
	host->destroy(host);
	log->log(log, 4, "KS_NACK_GM_EJECT", name, peer, "Member %s of group %s "
			 "was ejected: it has not acknowledged %u rekeys in a row", peer,
			 name, member->missed);
}

/**
 * Count who has not acknowledged the present rekey, and remove who did so too
 * often, ACK-004
 */
static void count_missed(private_ks_rekeyer_t *this)
{
	u_int threshold = 0;
	linked_list_t *ejected;
	ks_member_t *member;

	if (this->told->rekey)
	{
		threshold = this->told->rekey->eject_after;
	}
	ejected = this->members->end_rekey(this->members, threshold,
									   this->services.clock());
	this->mutex->lock(this->mutex);
	this->status.ejected += ejected->get_count(ejected);
	this->mutex->unlock(this->mutex);
	while (ejected->remove_first(ejected, (void**)&member) == SUCCESS)
	{
		log_ejected(this, member);
		free(member);
	}
	ejected->destroy(ejected);
}

/**
 * Forget members that have not registered since
 */
static void forget_members(private_ks_rekeyer_t *this, time_t since)
{
	ks_member_t *rows[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = this->members->snapshot(this->members, after, rows,
											CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			if (rows[i]->last < since)
			{
				free(this->members->remove(this->members, rows[i]->number));
			}
			free(rows[i]);
		}
	}
}

/**
 * End the present rekey
 */
static void end_round(private_ks_rekeyer_t *this)
{
	if (this->round)
	{
		this->fanout->cancel(this->fanout);
		if (!this->round->is_multicast(this->round))
		{
			count_missed(this);
		}
		this->round->destroy(this->round);
		this->round = NULL;
	}
	if (this->forget)
	{
		this->forget = FALSE;
		forget_members(this, this->began);
	}
	this->again = KS_NEVER;
}

/**
 * Log that a rekey could not be written
 */
static void log_failure(private_ks_rekeyer_t *this, const char *reason)
{
	const char *name = this->group->get_name(this->group);
	gdoi_log_t *log = this->services.log;

	log->log(log, 3, "KS_REKEY_FAILED", name, NULL, "Rekey of group %s failed: "
			 "%s", name, reason ?: "there is no memory or randomness");
}

/**
 * Get the address that rekeys come from
 *
 * @param family		address family, 0 for any
 * @return				address to destroy
 */
static host_t *get_source(private_ks_rekeyer_t *this, ks_config_t *config,
						  int family)
{
	host_t *src, *local = NULL;

	src = family ? ks_config_get_local(config, family)
				 : config->local[0] ?: config->local[1];
	if (src)
	{
		return src->clone(src);
	}
	this->mutex->lock(this->mutex);
	if (this->local &&
		(!family || this->local->get_family(this->local) == family))
	{
		local = this->local->clone(this->local);
	}
	this->mutex->unlock(this->mutex);
	if (!local)
	{
		local = host_create_any(family ?: AF_INET);
	}
	local->set_port(local, 848);
	return local;
}

/**
 * Family of a group address, 0 for unicast
 */
static int get_family(ks_config_t *config)
{
	host_t *address = config->rekey ? config->rekey->address : NULL;

	return address ? address->get_family(address) : 0;
}

/**
 * Does a configuration tell members another transport or acknowledgement?
 */
static bool tells_else(ks_config_t *a, ks_config_t *b)
{
	ks_config_rekey_t *x = a->rekey, *y = b->rekey;

	return (x->address ? !y->address || !x->address->equals(x->address,
															y->address)
					   : y->address != NULL) ||
		   x->ack != y->ack || (x->ack != KS_ACK_NONE && x->ack !=
								KS_ACK_CISCO && x->sha512 != y->sha512);
}

/**
 * Log a change of the transport, REKEY-032
 */
static void log_transport(private_ks_rekeyer_t *this, ks_config_t *config)
{
	const char *name = config->group.name;
	gdoi_log_t *log = this->services.log;
	bool multicast = config->rekey->address != NULL;

	if (!this->told->rekey->address == multicast)
	{
		log->log(log, 5, multicast ? "KS_REKEY_TRANS_2_MULTI" :
				 "KS_REKEY_TRANS_2_UNI", name, NULL, "Group %s transitioned "
				 "to %s rekeys", name, multicast ? "multicast" : "unicast");
	}
}

/**
 * Members know a configuration now
 */
static void set_told(private_ks_rekeyer_t *this, ks_config_t *config)
{
	ks_config_t *old = this->told;

	if (old)
	{
		log_transport(this, config);
	}
	this->told = ks_config_get_ref(config);
	if (old)
	{
		ks_config_destroy(old);
	}
	this->mutex->lock(this->mutex);
	this->status.multicast = config->rekey->address != NULL;
	this->status.ack = config->rekey->ack;
	this->mutex->unlock(this->mutex);
}

/**
 * Make the keys of a rekey and what it tells; lock held
 *
 * @return				FALSE if there are none
 */
static bool stage(private_ks_rekeyer_t *this, const plan_t *plan,
				  ks_config_t *config, host_t *src,
				  ks_rekey_content_t **content, ks_protector_t *protector)
{
	time_t now = this->services.clock();

	if (plan->cut)
	{
		this->keys->cut(this->keys, plan->cut, plan->cut_kek, now);
	}
	if (!this->keys->stage(this->keys, config, plan->stage, now))
	{
		return FALSE;
	}
	*content = plan->end_all ? ks_rekey_content_end_all(now) :
			ks_rekey_content_build(this->keys, plan->give, config, src, now);
	if (*content && this->keys->get_protector(this->keys, protector))
	{
		return TRUE;
	}
	DESTROY_IF(*content);
	this->keys->discard(this->keys);
	return FALSE;
}

/**
 * Write the present rekey with the next sequence number
 */
static bool write_round(private_ks_rekeyer_t *this)
{
	char *reason = NULL;
	uint32_t seq;
	bool ok;

	this->lock->lock(this->lock);
	seq = this->keys->next_sequence(this->keys,
									this->round->get_kek(this->round));
	this->lock->unlock(this->lock);
	ok = seq && this->round->write(this->round, seq, this->services.clock(),
								   &reason);
	if (!ok)
	{
		log_failure(this, seq ? reason : "its KEK has ended");
		free(reason);
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	this->status.sequence = seq;
	this->mutex->unlock(this->mutex);
	return TRUE;
}

/**
 * Send what was written
 */
static void send_round(private_ks_rekeyer_t *this, bool retry)
{
	void (*secure)(void*, ks_group_t*);
	void *user;

	this->mutex->lock(this->mutex);
	secure = this->secure;
	user = this->secure_user;
	this->mutex->unlock(this->mutex);
	if (secure)
	{
		secure(user, this->group);
	}
	this->again = KS_NEVER;
	this->round->send(this->round, retry, sent_all, this);
}

/**
 * Put the keys of a rekey into force, or forget them
 *
 * @return				when the keys end that members have then
 */
static time_t settle(private_ks_rekeyer_t *this, bool written)
{
	time_t end;

	this->lock->lock(this->lock);
	if (written)
	{
		this->keys->commit(this->keys);
	}
	else
	{
		this->keys->discard(this->keys);
	}
	end = this->keys->get_end(this->keys, this->services.clock());
	this->lock->unlock(this->lock);
	return end;
}

/**
 * Note that a rekey begins
 */
static void count_rekey(private_ks_rekeyer_t *this, ks_config_t *config)
{
	this->mutex->lock(this->mutex);
	this->status.rekeys++;
	this->status.last_retransmits = 0;
	this->status.tries_left = config->rekey->schedule.tries;
	this->status.last = this->services.clock();
	this->mutex->unlock(this->mutex);
}

/**
 * Send a rekey that is written
 */
static void begin_round(private_ks_rekeyer_t *this, ks_config_t *config,
						time_t expires)
{
	ks_config_rekey_t *told = this->told->rekey;
	ks_ack_mode_t mode = told->ack;

	if (tells_else(this->told, config))
	{	/* members may take it to heart before or after they acknowledge */
		mode = KS_ACK_ANY;
	}
	if (this->round->is_multicast(this->round))
	{
		this->members->extend(this->members, expires);
	}
	else
	{
		this->members->begin_rekey(this->members, expires);
	}
	this->acks->set_kek(this->acks, this->round->get_kek(this->round), mode,
						config->rekey->sha512);
	count_rekey(this, config);
	set_told(this, config);
	send_round(this, FALSE);
}

/**
 * Make keys where nobody has to be told
 */
static bool stage_silently(private_ks_rekeyer_t *this, const plan_t *plan,
						   ks_config_t *config)
{
	time_t now = this->services.clock();
	bool ok;

	this->lock->lock(this->lock);
	ok = this->keys->stage(this->keys, config, plan->stage, now);
	if (ok)
	{
		this->keys->commit(this->keys);
	}
	this->lock->unlock(this->lock);
	if (ok)
	{
		set_told(this, config);
	}
	return ok;
}

/**
 * Prepare, write and send a rekey
 */
static bool send_rekey(private_ks_rekeyer_t *this, const plan_t *plan,
					   ks_config_t *config)
{
	ks_rekey_content_t *content = NULL;
	ks_protector_t protector = {};
	host_t *src, *from;
	time_t expires;
	bool ok;

	src = get_source(this, config, get_family(config));
	this->lock->lock(this->lock);
	ok = stage(this, plan, config, src, &content, &protector);
	this->lock->unlock(this->lock);
	src->destroy(src);
	if (!ok)
	{
		log_failure(this, "no keys can be made");
		return FALSE;
	}
	from = get_source(this, config, get_family(this->told));
	this->round = ks_round_create(config, this->told, content, &protector,
								  from, this->fanout, &this->services);
	from->destroy(from);
	ok = write_round(this);
	expires = settle(this, ok);
	if (!ok)
	{
		this->round->destroy(this->round);
		this->round = NULL;
		return FALSE;
	}
	this->forget = plan->forget;
	begin_round(this, config, expires);
	return TRUE;
}

/**
 * Do a rekey, now
 */
static void do_rekey(private_ks_rekeyer_t *this, const plan_t *plan)
{
	ks_config_t *config = this->group->get_config(this->group);
	bool ok = TRUE;

	end_round(this);
	this->began = this->services.clock();
	if (config->rekey)
	{
		if (!this->told || !this->told->rekey)
		{
			set_told(this, config);
		}
		if (!this->told->rekey->address &&
			!this->members->get_count(this->members))
		{
			ok = stage_silently(this, plan, config);
		}
		else
		{
			ok = send_rekey(this, plan, config);
		}
	}
	if (!ok)
	{
		this->blocked = this->services.clock() + FAILURE_DELAY;
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
	time_t now = this->services.clock();
	u_int members = this->members->get_count(this->members), needs;
	uint32_t kek;

	this->lock->lock(this->lock);
	this->keys->update(this->keys, config, members, now);
	needs = this->keys->get_needs(this->keys, config, now);
	kek = this->keys->get_due(this->keys, TRUE, now);
	*next = min(kek, this->keys->get_due(this->keys, FALSE, now));
	this->lock->unlock(this->lock);
	if (!needs && (!this->told || !tells_else(this->told, config)))
	{
		return -1;
	}
	/* KS-019, REKEY-012: what is due soon comes along */
	kek = ks_schedule_stretch(kek, ks_config_shortest_lifetime(config));
	return (needs & KS_NEED_KEK) || rekey_schedule_combines(kek) ?
			KS_STAGE_KEK : 0;
}

/**
 * Have all members acknowledged the present rekey? Nobody knows with multicast.
 */
static bool is_acknowledged(private_ks_rekeyer_t *this)
{
	u_int sent, acked;

	if (this->round->is_multicast(this->round))
	{
		return FALSE;
	}
	this->members->get_progress(this->members, &sent, &acked);
	return sent && sent == acked;
}

/**
 * Use up a retransmission.
 *
 * @param all			give up all that are left
 * @return				FALSE if there is none left
 */
static bool take_try(private_ks_rekeyer_t *this, bool all)
{
	bool taken = FALSE;

	this->mutex->lock(this->mutex);
	if (all)
	{
		this->status.tries_left = 0;
	}
	else if (this->status.tries_left)
	{
		this->status.tries_left--;
		this->status.retransmits++;
		this->status.last_retransmits++;
		taken = TRUE;
	}
	this->mutex->unlock(this->mutex);
	return taken;
}

/**
 * Send the present rekey again if it is time, REKEY-011 to REKEY-014
 */
static void retransmit(private_ks_rekeyer_t *this, ks_config_t *config,
					   uint32_t next)
{
	if (!this->round ||
		this->services.runtime->now(this->services.runtime) < this->again)
	{
		return;
	}
	this->again = KS_NEVER;
	if (is_acknowledged(this) ||
		!rekey_schedule_may_retransmit(
					ks_schedule_stretch(next,
										ks_config_shortest_lifetime(config))))
	{
		take_try(this, TRUE);
	}
	else if (take_try(this, FALSE) && write_round(this))
	{
		send_round(this, TRUE);
	}
}

/**
 * Is it time for the second part of an expulsion: have all got the new KEK, or
 * had the time to?
 */
static bool is_expelling(private_ks_rekeyer_t *this)
{
	return this->expel_at &&
		   (this->expel_at <= this->services.clock() || !this->round ||
			is_acknowledged(this));
}

/**
 * Give those that are left TEKs under the KEK that they have now
 */
static void finish_expulsion(private_ks_rekeyer_t *this)
{
	static const plan_t plan = {
		.stage = KS_STAGE_TEKS,
		.give = KS_GIVE_NEW,
		.cut = KS_CUT_LIFETIME,
	};

	this->expel_at = 0;
	do_rekey(this, &plan);
}

/**
 * Let time work
 */
static void on_tick(private_ks_rekeyer_t *this)
{
	ks_config_t *config = this->group->get_config(this->group);
	plan_t plan = {
		.give = KS_GIVE_NEW,
	};
	uint32_t next = UINT32_MAX;
	int due = -1;

	if (config->rekey)
	{
		due = get_due(this, config, &next);
		if (!this->told || !this->told->rekey)
		{
			set_told(this, config);
		}
	}
	if (is_expelling(this))
	{
		finish_expulsion(this);
	}
	else if (due >= 0 && !this->expel_at &&
			 this->services.clock() >= this->blocked)
	{
		plan.stage = due;
		do_rekey(this, &plan);
	}
	else if (config->rekey)
	{
		retransmit(this, config, next);
	}
	ks_config_destroy(config);
}

/**
 * Send new TEKs on command
 */
static void on_rekey(private_ks_rekeyer_t *this, bool replace)
{
	plan_t plan = {
		.stage = KS_STAGE_TEKS,
		.give = KS_GIVE_NEW,
	};

	if (replace)
	{
		plan.stage = KS_STAGE_KEK | KS_STAGE_TEKS | KS_STAGE_REPLACE;
	}
	do_rekey(this, &plan);
}

/**
 * Give those that are left a KEK that removed members don't have
 */
static void on_expel(private_ks_rekeyer_t *this)
{
	static const plan_t plan = {
		.stage = KS_STAGE_KEK | KS_STAGE_NO_TEKS,
		.give = KS_GIVE_KEK,
	};
	rekey_schedule_t *schedule;

	do_rekey(this, &plan);
	this->expel_at = this->services.clock() + ACK_WAIT;
	if (this->told && this->told->rekey)
	{
		schedule = &this->told->rekey->schedule;
		this->expel_at += schedule->tries * schedule->interval;
	}
}

/**
 * Have all members register again
 */
static void on_clear(private_ks_rekeyer_t *this, bool now)
{
	plan_t plan = {
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
	do_rekey(this, &plan);
}

/**
 * Find a member by its address
 */
static bool find_target(private_ks_rekeyer_t *this, host_t *host,
						ks_target_t *found)
{
	chunk_t address = host->get_address(host);
	ks_target_t targets[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = this->members->get_targets(this->members, after, FALSE,
											   targets, CHUNK)))
	{
		after = targets[count - 1].number;
		for (i = 0; i < count; i++)
		{
			if (targets[i].port == host->get_port(host) &&
				targets[i].family == host->get_family(host) &&
				memeq(targets[i].address, address.ptr, address.len))
			{
				*found = targets[i];
				return TRUE;
			}
		}
	}
	return FALSE;
}

/**
 * Have the present rekey sent again, for a member that registered with the
 * keys of before
 */
static void on_newcomer(private_ks_rekeyer_t *this, host_t *host)
{
	const group_kek_data_t *kek;
	ks_target_t target;

	if (!this->round)
	{
		return;
	}
	kek = this->round->get_kek(this->round)->get(
											this->round->get_kek(this->round));
	if (!this->round->is_multicast(this->round) &&
		find_target(this, host, &target))
	{
		this->members->mark_sent(this->members, &target, 1,
					ks_member_kek(chunk_create((u_char*)kek->spi,
											   GROUP_KEK_SPI_LEN)),
					this->status.sequence, FALSE, this->services.clock());
	}
	this->mutex->lock(this->mutex);
	this->status.tries_left = max(1, this->status.tries_left);
	this->mutex->unlock(this->mutex);
	this->again = min(this->again, this->services.runtime->now(
											this->services.runtime) + 1000);
}

/**
 * All copies of a rekey, or of a retransmission, were sent
 */
static void on_sent(private_ks_rekeyer_t *this, uint32_t duration)
{
	ks_config_rekey_t *rekey;
	bool first, more;

	this->mutex->lock(this->mutex);
	first = !this->status.last_retransmits;
	if (first)
	{
		this->status.duration = duration;
	}
	more = this->status.tries_left;
	this->mutex->unlock(this->mutex);
	if (more && this->round)
	{
		rekey = this->told->rekey;
		this->again = this->services.runtime->now(this->services.runtime) +
					  rekey->schedule.interval * 1000ULL;
	}
	else if (this->forget)
	{
		this->forget = FALSE;
		forget_members(this, this->began);
	}
}

/**
 * End for good
 */
static void on_stop(private_ks_rekeyer_t *this)
{
	this->fanout->cancel(this->fanout);
	this->acks->set_kek(this->acks, NULL, KS_ACK_NONE, FALSE);
	if (this->round)
	{
		this->round->destroy(this->round);
		this->round = NULL;
	}
	this->stopped = TRUE;
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
			on_newcomer(this, event->host);
			break;
		case EVENT_SENT:
			on_sent(this, event->duration);
			break;
		case EVENT_STOP:
			on_stop(this);
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
	this->mutex->lock(this->mutex);
	DESTROY_IF(this->local);
	this->local = local->clone(local);
	this->mutex->unlock(this->mutex);
}

METHOD(ks_rekeyer_t, set_guard, void,
	private_ks_rekeyer_t *this, void (*secure)(void*, ks_group_t*), void *user)
{
	this->mutex->lock(this->mutex);
	this->secure = secure;
	this->secure_user = user;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_rekeyer_t, get_status, void,
	private_ks_rekeyer_t *this, ks_rekeyer_status_t *status)
{
	this->mutex->lock(this->mutex);
	*status = this->status;
	this->mutex->unlock(this->mutex);
	this->members->get_progress(this->members, &status->sent, &status->acked);
	this->acks->get_stats(this->acks, &status->acks);
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
	this->fanout->destroy(this->fanout);
	this->acks->destroy(this->acks);
	this->actor->destroy(this->actor);
	if (this->told)
	{
		ks_config_destroy(this->told);
	}
	DESTROY_IF(this->local);
	this->mutex->destroy(this->mutex);
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
		.services = *services,
		.again = KS_NEVER,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->actor = gm_serializer_create(handle, this, destroy_event);
	this->fanout = ks_fanout_create(members, services->transport,
									services->runtime);
	this->acks = ks_acks_create(group->get_name(group), members,
								services->transport, services->runtime,
								services->log);
	return &this->public;
}
