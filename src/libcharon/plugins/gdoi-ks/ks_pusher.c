/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pusher.h"
#include "ks_deny.h"
#include "ks_fanout.h"
#include "ks_group_log.h"
#include "ks_roll.h"
#include "ks_round.h"
#include "ks_told.h"
#include "ks_unable.h"

/** milliseconds until a late member gets the present rekey again */
#define CATCH_UP_DELAY 1000

typedef struct private_ks_pusher_t private_ks_pusher_t;

/**
 * Private data
 */
struct private_ks_pusher_t {

	/**
	 * Public interface
	 */
	ks_pusher_t public;

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
	 * Sends to members
	 */
	ks_fanout_t *fanout;

	/**
	 * Takes acknowledgements
	 */
	ks_acks_t *acks;

	/**
	 * Called when all copies were sent, with its argument
	 */
	void (*done)(void *user, u_int count, uint32_t duration);
	void *user;

	/**
	 * Present rekey, NULL if there is none
	 */
	ks_round_t *round;

	/**
	 * When the present rekey began
	 */
	time_t began;

	/**
	 * Members that have not registered since then are to be forgotten when it
	 * is over
	 */
	bool forget;

	/**
	 * Configuration as members know it, NULL before there was any
	 */
	ks_config_t *told;

	/**
	 * Called before sending, with its argument
	 */
	bool (*secure)(void *user, ks_group_t *group);
	void *secure_user;

	/**
	 * Address that a member registered at, NULL before the first
	 */
	host_t *local;

	/**
	 * What is shown
	 */
	ks_pusher_status_t status;

	/**
	 * Protects secure, local, and status
	 */
	mutex_t *mutex;
};

/**
 * Draw conclusions from who has not acknowledged the present rekey
 */
static void count_missed(private_ks_pusher_t *this)
{
	u_int ejected;

	ejected = ks_roll_eject(this->members, this->told->rekey->eject_after,
							this->services.clock(), this->services.log,
							this->group->get_name(this->group));
	this->mutex->lock(this->mutex);
	this->status.ejected += ejected;
	this->mutex->unlock(this->mutex);
}

/**
 * Set when the present rekey is sent again
 *
 * @param again			milliseconds, KS_NEVER for never
 * @param sending		it is being sent now
 */
static void set_again(private_ks_pusher_t *this, uint64_t again, bool sending)
{
	this->mutex->lock(this->mutex);
	this->status.again = again;
	this->status.sending = sending;
	this->mutex->unlock(this->mutex);
}

/**
 * End the present rekey
 */
static void end_round(private_ks_pusher_t *this)
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
		ks_roll_forget(this->members, this->began);
	}
	set_again(this, KS_NEVER, FALSE);
}

/**
 * Get the address, to destroy, that rekeys come from, which are of the
 * transport of a configuration
 */
static host_t *get_source(private_ks_pusher_t *this, ks_config_t *transport,
						  ks_config_t *config)
{
	host_t *source;

	this->mutex->lock(this->mutex);
	source = ks_config_get_source(config, transport->rekey->address,
								  this->local);
	this->mutex->unlock(this->mutex);
	return source;
}

/**
 * Members know a configuration now
 */
static void set_told(private_ks_pusher_t *this, ks_config_t *config)
{
	ks_config_get_ref(config);
	if (this->told)
	{
		ks_told_log(this->told, config, this->services.log);
		ks_config_destroy(this->told);
	}
	this->told = config;
	this->mutex->lock(this->mutex);
	this->status.multicast = config->rekey->address != NULL;
	this->status.ack = config->rekey->ack;
	this->mutex->unlock(this->mutex);
}

/**
 * Write the present rekey with the next sequence number
 */
static bool write_round(private_ks_pusher_t *this)
{
	bool kinds[KS_FANOUT_VARIANTS], ok;
	char *reason = NULL;
	uint32_t seq;

	ks_roll_kinds(this->members, kinds);
	this->lock->lock(this->lock);
	seq = this->keys->next_sequence(this->keys,
									this->round->get_kek(this->round));
	this->lock->unlock(this->lock);
	ok = seq && this->round->write(this->round, seq, this->services.clock(),
								   kinds, &reason);
	if (!ok)
	{
		ks_group_log_failed(this->services.log,
							this->group->get_name(this->group),
							seq ? reason : "its KEK has ended");
		free(reason);
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	this->status.sequence = seq;
	this->mutex->unlock(this->mutex);
	return TRUE;
}

/**
 * Have it written down what is in force; it stays so if that fails, as members
 * can't do without
 */
static void keep(private_ks_pusher_t *this)
{
	bool (*secure)(void*, ks_group_t*);
	void *user;

	this->mutex->lock(this->mutex);
	secure = this->secure;
	user = this->secure_user;
	this->mutex->unlock(this->mutex);
	if (secure)
	{
		secure(user, this->group);
	}
}

/**
 * Write the present rekey anew while it is being sent; implements the callback
 * of ks_round_t.set_renewal()
 */
static bool renew_round(void *user)
{
	if (!write_round(user))
	{
		return FALSE;
	}
	keep(user);
	return TRUE;
}

/**
 * Send what was written
 */
static void send_round(private_ks_pusher_t *this, bool retry)
{
	keep(this);
	set_again(this, KS_NEVER, TRUE);
	this->round->send(this->round, retry, this->done, this->user);
}

/**
 * Put the keys of a rekey into force, or forget them
 *
 * @return				when the keys end that members have then
 */
static time_t settle(private_ks_pusher_t *this, ks_config_t *config,
					 bool written)
{
	time_t end, now = this->services.clock();
	u_int members = this->members->get_count(this->members);

	this->lock->lock(this->lock);
	if (written)
	{
		this->keys->commit(this->keys);
		this->keys->update(this->keys, config, members, now);
	}
	else
	{
		this->keys->discard(this->keys);
	}
	end = this->keys->get_end(this->keys, now);
	this->lock->unlock(this->lock);
	return end;
}

/**
 * Note that a rekey begins
 */
static void count_rekey(private_ks_pusher_t *this, ks_config_t *config,
						const ks_plan_t *plan)
{
	this->mutex->lock(this->mutex);
	this->status.rekeys++;
	this->status.kind = ks_plan_kind(plan);
	this->status.last_retransmits = 0;
	this->status.tries_left = config->rekey->schedule.tries;
	this->status.last = this->services.clock();
	this->mutex->unlock(this->mutex);
}

/**
 * Get ready for acknowledgements of the present rekey
 */
static void expect_acks(private_ks_pusher_t *this, ks_config_t *config,
						const ks_plan_t *plan)
{
	ks_config_rekey_t *told = this->told->rekey;
	ks_ack_mode_t mode = told->ack;
	bool sha512 = told->sha512;

	if (ks_config_rekey_is_news(this->told->rekey, config->rekey))
	{	/* members may take it to heart before or after they acknowledge */
		mode = KS_ACK_ANY;
	}
	if (!ks_plan_brings_kek(plan) && !plan->end_all)
	{	/* what is said of the KEK anew holds for this acknowledgement */
		sha512 = config->rekey->sha512;
	}
	this->acks->set_kek(this->acks, this->round->get_kek(this->round), mode,
						sha512);
}

/**
 * Send a rekey that is written
 */
static void begin_round(private_ks_pusher_t *this, ks_config_t *config,
						const ks_plan_t *plan, time_t expires)
{
	if (this->round->is_multicast(this->round))
	{
		this->members->extend(this->members, expires);
	}
	else
	{
		this->members->begin_rekey(this->members, expires);
	}
	expect_acks(this, config, plan);
	count_rekey(this, config, plan);
	set_told(this, config);
	send_round(this, FALSE);
}

/**
 * Make keys where nobody has to be told
 */
static bool stage_silently(private_ks_pusher_t *this, const ks_plan_t *plan,
						   ks_config_t *config)
{
	u_int what = plan->stage;
	bool ok;

	if (plan->cut)
	{	/* nobody may need the old ones, but somebody may have them */
		what |= KS_STAGE_REPLACE;
	}
	this->lock->lock(this->lock);
	ok = this->keys->stage(this->keys, config, what, this->services.clock());
	this->lock->unlock(this->lock);
	if (ok)
	{
		settle(this, config, TRUE);
		set_told(this, config);
		keep(this);
	}
	return ok;
}

/**
 * Prepare, write and send a rekey
 */
static bool send_rekey(private_ks_pusher_t *this, const ks_plan_t *plan,
					   ks_config_t *config)
{
	ks_rekey_content_t *content = NULL;
	ks_protector_t protector = {};
	host_t *src, *from;
	time_t expires;
	bool ok;

	src = get_source(this, config, config);
	this->lock->lock(this->lock);
	ok = ks_plan_stage(plan, this->keys, config, src, this->services.clock(),
					   &content, &protector);
	this->lock->unlock(this->lock);
	src->destroy(src);
	if (!ok)
	{
		ks_group_log_failed(this->services.log,
							this->group->get_name(this->group),
							"no keys can be made");
		return FALSE;
	}
	from = get_source(this, this->told, config);
	this->round = ks_round_create(config, this->told, content, &protector,
								  from, this->fanout, &this->services);
	from->destroy(from);
	this->round->set_renewal(this->round, renew_round, this);
	ok = write_round(this);
	expires = settle(this, config, ok);
	if (!ok)
	{
		this->round->destroy(this->round);
		this->round = NULL;
		return FALSE;
	}
	this->forget = plan->forget;
	begin_round(this, config, plan, expires);
	return TRUE;
}

/**
 * Use up a retransmission.
 *
 * @param all			give up all that are left
 * @return				FALSE if there is none left
 */
static bool take_try(private_ks_pusher_t *this, bool all)
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

METHOD(ks_pusher_t, is_news, bool,
	private_ks_pusher_t *this, ks_config_t *config)
{
	if (!this->told)
	{
		set_told(this, config);
	}
	return ks_config_rekey_is_news(this->told->rekey, config->rekey);
}

METHOD(ks_pusher_t, push, bool,
	private_ks_pusher_t *this, ks_config_t *config, const ks_plan_t *plan)
{
	end_round(this);
	this->began = this->services.clock();
	if (!this->told)
	{
		set_told(this, config);
	}
	ks_deny_leave_out(this->members, this->told, config, this->services.log);
	ks_unable_leave_out(this->members, this->told, config, this->services.log);
	if (!this->told->rekey->address &&
		!this->members->get_count(this->members))
	{
		return stage_silently(this, plan, config);
	}
	return send_rekey(this, plan, config);
}

METHOD(ks_pusher_t, is_over, bool,
	private_ks_pusher_t *this)
{
	u_int sent, acked;

	if (!this->round || this->round->is_multicast(this->round) ||
		this->status.sending)
	{	/* there is none, nobody tells, or some are yet to get it */
		return !this->round;
	}
	this->members->get_progress(this->members, &sent, &acked);
	return sent && sent == acked;
}

/**
 * Forget who has not registered again, once no acknowledgement is to be
 * expected any more
 */
static void forget_members(private_ks_pusher_t *this)
{
	if (this->forget &&
		(is_over(this) ||
		 (this->status.again == KS_NEVER && !this->status.sending &&
		  this->status.finished + KS_ACK_WAIT <= this->services.clock())))
	{
		this->forget = FALSE;
		ks_roll_forget(this->members, this->began);
	}
}

METHOD(ks_pusher_t, retransmit, void,
	private_ks_pusher_t *this, uint32_t next)
{
	ks_runtime_t *runtime = this->services.runtime;

	forget_members(this);
	/* only the user's thread writes it */
	if (!this->round || runtime->now(runtime) < this->status.again)
	{
		return;
	}
	set_again(this, KS_NEVER, FALSE);
	if (is_over(this) || !rekey_schedule_may_retransmit(next))
	{
		take_try(this, TRUE);
	}
	else if (take_try(this, FALSE) && write_round(this))
	{
		send_round(this, TRUE);
	}
}

METHOD(ks_pusher_t, sent, void,
	private_ks_pusher_t *this, uint32_t duration)
{
	ks_runtime_t *runtime = this->services.runtime;
	uint64_t again = KS_NEVER;

	if (!this->round)
	{
		return;
	}
	this->mutex->lock(this->mutex);
	this->status.finished = this->services.clock();
	if (!this->status.last_retransmits)
	{
		this->status.duration = duration;
	}
	if (this->status.tries_left)
	{
		again = runtime->now(runtime) +
				this->told->rekey->schedule.interval * 1000ULL;
	}
	this->mutex->unlock(this->mutex);
	set_again(this, again, FALSE);
}

/**
 * Count a member among those that the present rekey was sent to
 */
static void include(private_ks_pusher_t *this, ks_target_t *target)
{
	group_kek_t *kek = this->round->get_kek(this->round);
	chunk_t spi = chunk_create((u_char*)kek->get(kek)->spi,
							   GROUP_KEK_SPI_LEN);

	this->members->include(this->members, target->number);
	this->members->mark_sent(this->members, target, 1, ks_member_kek(spi),
							 this->status.sequence, FALSE,
							 this->services.clock());
}

METHOD(ks_pusher_t, catch_up, bool,
	private_ks_pusher_t *this, host_t *host)
{
	ks_runtime_t *runtime = this->services.runtime;
	ks_target_t target;
	uint64_t soon;

	if (!this->round)
	{
		return FALSE;
	}
	if (!this->round->is_multicast(this->round))
	{
		if (!ks_roll_find(this->members, host, &target))
		{
			return TRUE;
		}
		include(this, &target);
	}
	soon = runtime->now(runtime) + CATCH_UP_DELAY;
	this->mutex->lock(this->mutex);
	this->status.tries_left = max(1, this->status.tries_left);
	if (!this->status.sending)
	{
		this->status.again = min(this->status.again, soon);
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(ks_pusher_t, set_local, void,
	private_ks_pusher_t *this, host_t *local)
{
	this->mutex->lock(this->mutex);
	DESTROY_IF(this->local);
	this->local = local->clone(local);
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pusher_t, set_guard, void,
	private_ks_pusher_t *this, bool (*secure)(void*, ks_group_t*), void *user)
{
	this->mutex->lock(this->mutex);
	this->secure = secure;
	this->secure_user = user;
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pusher_t, get_status, void,
	private_ks_pusher_t *this, ks_pusher_status_t *status)
{
	this->mutex->lock(this->mutex);
	*status = this->status;
	this->mutex->unlock(this->mutex);
	this->members->get_progress(this->members, &status->sent, &status->acked);
	this->acks->get_stats(this->acks, &status->acks);
}

METHOD(ks_pusher_t, stop, void,
	private_ks_pusher_t *this)
{
	this->fanout->cancel(this->fanout);
	this->acks->set_kek(this->acks, NULL, KS_ACK_NONE, FALSE);
	DESTROY_IF(this->round);
	this->round = NULL;
	this->forget = FALSE;
	if (this->told)
	{
		ks_config_destroy(this->told);
		this->told = NULL;
	}
	set_again(this, KS_NEVER, FALSE);
}

METHOD(ks_pusher_t, destroy, void,
	private_ks_pusher_t *this)
{
	this->fanout->destroy(this->fanout);
	this->acks->destroy(this->acks);
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
ks_pusher_t *ks_pusher_create(ks_group_t *group, ks_members_t *members,
							  ks_keys_t *keys, mutex_t *lock,
							  const ks_services_t *services,
							  void (*done)(void *user, u_int count,
										   uint32_t duration), void *user)
{
	private_ks_pusher_t *this;

	INIT(this,
		.public = {
			.push = _push,
			.is_news = _is_news,
			.retransmit = _retransmit,
			.sent = _sent,
			.catch_up = _catch_up,
			.is_over = _is_over,
			.set_local = _set_local,
			.set_guard = _set_guard,
			.get_status = _get_status,
			.stop = _stop,
			.destroy = _destroy,
		},
		.group = group,
		.members = members,
		.keys = keys,
		.lock = lock,
		.services = *services,
		.done = done,
		.user = user,
		.status = {
			.again = KS_NEVER,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->fanout = ks_fanout_create(members, services->transport,
									services->runtime);
	this->acks = ks_acks_create(group->get_name(group), members,
								services->transport, services->runtime,
								services->log);
	return &this->public;
}
