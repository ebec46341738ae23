/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_fanout.h"

#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/thread.h>

/** addresses held at a time, whatever the size of a batch */
#define MAX_CHUNK 2000

typedef struct private_ks_fanout_t private_ks_fanout_t;
typedef struct run_t run_t;

/**
 * Private data
 */
struct private_ks_fanout_t {

	/**
	 * Public interface
	 */
	ks_fanout_t public;

	/**
	 * Members of the group
	 */
	ks_members_t *members;

	/**
	 * Transport
	 */
	gdoi_transport_t *transport;

	/**
	 * Clock and timers
	 */
	ks_runtime_t *runtime;

	/**
	 * Fan-out under way, NULL if there is none
	 */
	run_t *run;

	/**
	 * Who sends or calls done(), NULL for nobody; and how often it entered, as
	 * done() may start the next one
	 */
	thread_t *busy;
	u_int depth;

	/**
	 * Protects run, busy and depth
	 */
	mutex_t *mutex;

	/**
	 * Signals that nobody is busy
	 */
	condvar_t *idle;

	/**
	 * References: the owner's and one per run
	 */
	refcount_t refs;
};

/**
 * One fan-out
 */
struct run_t {

	/** whose it is, referenced */
	private_ks_fanout_t *this;

	/** what to send, with messages of our own */
	ks_fanout_plan_t plan;

	/** the first message is for all */
	bool same;

	/** called at the end */
	void (*done)(void *user, u_int count, uint32_t duration);
	void *user;

	/** number of the last record that was sent to */
	uint64_t after;

	/** datagrams sent so far */
	u_int count;

	/** when it started, and when its messages were written, milliseconds */
	uint64_t started;
	uint64_t written;

	/** the fan-out's, a timer's, and that of whoever is busy */
	refcount_t refs;
};

/**
 * Give back a reference to the fan-out
 */
static void put_fanout(private_ks_fanout_t *this)
{
	if (ref_put(&this->refs))
	{
		this->idle->destroy(this->idle);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

/**
 * Free the messages of a run
 */
static void clear_messages(run_t *run)
{
	int i;

	for (i = 0; i < KS_FANOUT_VARIANTS; i++)
	{
		chunk_clear(&run->plan.messages[i]);
	}
}

/**
 * Give back a reference to a run
 */
static void put_run(run_t *run)
{
	if (ref_put(&run->refs))
	{
		clear_messages(run);
		put_fanout(run->this);
		free(run);
	}
}

/**
 * Message that a member gets
 */
static chunk_t get_message(run_t *run, const ks_target_t *target)
{
	bool native = ks_peer(target->features) == KS_PEER_NATIVE;

	return run->plan.messages[native || run->same ? 0 : 1];
}

/**
 * Create one of the addresses of a member
 */
static host_t *create_host(const uint8_t *address, uint16_t family,
						   uint16_t port)
{
	return host_create_from_chunk(family, chunk_create((u_char*)address,
								  family == AF_INET ? 4 : 16), port);
}

/**
 * Do two members get the same octets from the same socket?
 */
static bool same_group(run_t *run, const ks_target_t *a, const ks_target_t *b)
{
	return get_message(run, a).ptr == get_message(run, b).ptr &&
		   a->family == b->family && a->local_port == b->local_port &&
		   memeq(a->local, b->local, sizeof(a->local));
}

/**
 * Send to all members that belong together with the first one
 *
 * @param targets	members, those sent to move to the front
 * @param count		number of them
 * @return			number of members sent to
 */
static u_int send_group(run_t *run, ks_target_t *targets, u_int count)
{
	gdoi_transport_t *transport = run->this->transport;
	gdoi_fanout_t fanout = {
		.datagram = get_message(run, targets),
		.src = create_host(targets->local, targets->family,
						   targets->local_port),
		.dsts = calloc(count, sizeof(host_t*)),
	};
	ks_target_t target;
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (same_group(run, targets, &targets[i]))
		{
			target = targets[i];
			targets[i] = targets[fanout.count];
			targets[fanout.count] = target;
			fanout.dsts[fanout.count++] = create_host(target.address,
												target.family, target.port);
		}
	}
	run->count += transport->send(transport, &fanout);
	for (i = 0; i < fanout.count; i++)
	{
		fanout.dsts[i]->destroy(fanout.dsts[i]);
	}
	free(fanout.dsts);
	fanout.src->destroy(fanout.src);
	return fanout.count;
}

/**
 * Leave out who gets nothing
 *
 * @return			number of those that get something, at the front
 */
static u_int select_targets(run_t *run, ks_target_t *targets, u_int count)
{
	u_int i, left = 0;

	for (i = 0; i < count; i++)
	{
		if (targets[i].number != run->plan.except &&
			get_message(run, &targets[i]).len)
		{
			targets[left++] = targets[i];
		}
	}
	return left;
}

/**
 * Send to a number of members
 */
static void send_chunk(run_t *run, ks_target_t *targets, u_int count)
{
	private_ks_fanout_t *this = run->this;
	ks_fanout_plan_t *plan = &run->plan;
	u_int sent = 0;

	count = select_targets(run, targets, count);
	if (count)
	{
		this->members->mark_sent(this->members, targets, count,
								 ks_member_kek(get_message(run, targets)),
								 plan->seq, plan->retry,
								 this->runtime->now(this->runtime) / 1000);
	}
	while (sent < count)
	{
		sent += send_group(run, targets + sent, count - sent);
	}
}

/**
 * Was the run given up?
 */
static bool is_cancelled(run_t *run)
{
	private_ks_fanout_t *this = run->this;
	bool cancelled;

	this->mutex->lock(this->mutex);
	cancelled = this->run != run;
	this->mutex->unlock(this->mutex);
	return cancelled;
}

/**
 * Send a batch
 *
 * @return			TRUE if there are members left
 */
static bool send_batch(run_t *run)
{
	ks_members_t *members = run->this->members;
	u_int count, size, left = run->plan.batch ?: UINT_MAX;
	ks_target_t *targets, next;
	bool retry = run->plan.retry;

	size = min(left, MAX_CHUNK);
	targets = calloc(size, sizeof(*targets));
	while (left && !is_cancelled(run))
	{
		count = members->get_targets(members, run->after, retry, targets,
									 min(left, size));
		if (!count)
		{
			break;
		}
		left -= count;
		run->after = targets[count - 1].number;
		send_chunk(run, targets, count);
	}
	free(targets);
	return members->get_targets(members, run->after, retry, &next, 1) != 0;
}

/**
 * Wait until no other thread is busy; lock held
 */
static void wait_idle(private_ks_fanout_t *this)
{
	while (this->busy && this->busy != thread_current())
	{
		this->idle->wait(this->idle, this->mutex);
	}
}

/**
 * Begin to work at a run
 *
 * @return			FALSE if it was given up
 */
static bool enter(run_t *run)
{
	private_ks_fanout_t *this = run->this;
	bool entered;

	this->mutex->lock(this->mutex);
	wait_idle(this);
	entered = this->run == run;
	if (entered)
	{
		this->busy = thread_current();
		this->depth++;
		ref_get(&run->refs);
	}
	this->mutex->unlock(this->mutex);
	return entered;
}

/**
 * Stop working at a run, which is over if it is done
 */
static void leave(run_t *run, bool done)
{
	private_ks_fanout_t *this = run->this;
	bool ours;

	this->mutex->lock(this->mutex);
	ours = done && this->run == run;
	if (ours)
	{
		this->run = NULL;
	}
	if (--this->depth == 0)
	{
		this->busy = NULL;
		this->idle->broadcast(this->idle);
	}
	this->mutex->unlock(this->mutex);
	if (ours)
	{
		put_run(run);
	}
	put_run(run);
}

static void step(void *data);

/**
 * Implements the cleanup of ks_runtime_t.call()
 */
static void drop(void *data)
{
	put_run(data);
}

/**
 * Have the next batch sent
 *
 * @param started	when the last one was begun
 */
static void schedule(run_t *run, uint64_t started)
{
	ks_runtime_t *runtime = run->this->runtime;
	uint64_t took = runtime->now(runtime) - started;

	ref_get(&run->refs);
	runtime->call(runtime, run->plan.interval - min(took, run->plan.interval),
				  step, run, drop);
}

/**
 * Copy what is to be sent
 */
static void copy_plan(run_t *run, const ks_fanout_plan_t *plan)
{
	int i;

	run->plan = *plan;
	for (i = 0; i < KS_FANOUT_VARIANTS; i++)
	{
		run->plan.messages[i] = chunk_clone(plan->messages[i]);
	}
	run->same = chunk_equals(plan->messages[0], plan->messages[1]);
}

/**
 * Have the messages written anew if they are too old
 */
static void renew(run_t *run, uint64_t now)
{
	ks_fanout_plan_t plan = run->plan;

	if (plan.fresh && now - run->written >= plan.fresh && !is_cancelled(run) &&
		plan.renew(plan.renewer, &plan))
	{
		clear_messages(run);
		copy_plan(run, &plan);
		run->written = now;
	}
}

/**
 * Send a batch; implements the callback of ks_runtime_t.call()
 */
static void step(void *data)
{
	run_t *run = data;
	ks_runtime_t *runtime = run->this->runtime;
	uint64_t started;
	bool more;

	if (!enter(run))
	{
		return;
	}
	started = runtime->now(runtime);
	renew(run, started);
	more = send_batch(run);
	if (more)
	{
		schedule(run, started);
	}
	else if (!is_cancelled(run))
	{
		run->done(run->user, run->count,
				  runtime->now(runtime) - run->started);
	}
	leave(run, !more);
}

/**
 * Put a run in the place of the one under way, and wait until that is left
 *
 * @param run		run, adopted; NULL for none
 */
static void replace(private_ks_fanout_t *this, run_t *run)
{
	run_t *old;

	this->mutex->lock(this->mutex);
	old = this->run;
	this->run = run;
	wait_idle(this);
	this->mutex->unlock(this->mutex);
	if (old)
	{
		put_run(old);
	}
}

METHOD(ks_fanout_t, start, void,
	private_ks_fanout_t *this, const ks_fanout_plan_t *plan,
	void (*done)(void *user, u_int count, uint32_t duration), void *user)
{
	run_t *run;

	INIT(run,
		.this = this,
		.done = done,
		.user = user,
		.started = this->runtime->now(this->runtime),
		.refs = 2,
	);
	run->written = run->started;
	copy_plan(run, plan);
	ref_get(&this->refs);
	replace(this, run);
	step(run);
	put_run(run);
}

METHOD(ks_fanout_t, cancel, void,
	private_ks_fanout_t *this)
{
	replace(this, NULL);
}

METHOD(ks_fanout_t, destroy, void,
	private_ks_fanout_t *this)
{
	cancel(this);
	put_fanout(this);
}

/*
 * Described in header
 */
ks_fanout_t *ks_fanout_create(ks_members_t *members,
							  gdoi_transport_t *transport,
							  ks_runtime_t *runtime)
{
	private_ks_fanout_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.cancel = _cancel,
			.destroy = _destroy,
		},
		.members = members,
		.transport = transport,
		.runtime = runtime,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.idle = condvar_create(CONDVAR_TYPE_DEFAULT),
		.refs = 1,
	);
	return &this->public;
}
