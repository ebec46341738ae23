/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_attempt.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_gdoi_attempt_t private_gdoi_attempt_t;
typedef struct start_job_t start_job_t;

/**
 * Private data
 */
struct private_gdoi_attempt_t {

	/**
	 * Public interface
	 */
	gdoi_attempt_t public;

	/**
	 * Name of the connection
	 */
	char *connection;

	/**
	 * Source address, or NULL
	 */
	host_t *local;

	/**
	 * Slot of the handler
	 */
	gdoi_slot_t *slot;

	/**
	 * Unique id of the IKE_SA, 0 if there is none yet
	 */
	uint32_t unique_id;

	/**
	 * TRUE if it ended without an IKE_SA of its own
	 */
	bool done;

	/**
	 * TRUE if given up
	 */
	bool aborted;

	/**
	 * Lock for what changes
	 */
	mutex_t *mutex;

	/**
	 * References
	 */
	refcount_t ref;
};

/**
 * Data of the job that starts an attempt
 */
struct start_job_t {

	/**
	 * Attempt, a reference
	 */
	private_gdoi_attempt_t *attempt;

	/**
	 * Table of the transport, used by a running job only
	 */
	gdoi_bindings_t *bindings;
};

/**
 * Destroy the data of a job
 */
static void start_job_destroy(start_job_t *job)
{
	job->attempt->public.destroy(&job->attempt->public);
	free(job);
}

/**
 * Remember the IKE_SA, FALSE if the attempt was given up
 */
static bool set_unique_id(private_gdoi_attempt_t *this, uint32_t unique_id)
{
	bool go;

	this->mutex->lock(this->mutex);
	this->unique_id = unique_id;
	go = !this->aborted;
	this->mutex->unlock(this->mutex);
	return go;
}

/**
 * Was the attempt given up?
 */
static bool is_aborted(private_gdoi_attempt_t *this)
{
	bool aborted;

	this->mutex->lock(this->mutex);
	aborted = this->aborted;
	this->mutex->unlock(this->mutex);
	return aborted;
}

/**
 * Remember that the attempt is over
 *
 * @return				FALSE if it was given up before
 */
static bool set_done(private_gdoi_attempt_t *this)
{
	bool go;

	this->mutex->lock(this->mutex);
	this->done = TRUE;
	go = !this->aborted;
	this->mutex->unlock(this->mutex);
	return go;
}

/**
 * Tell the handler that no IKE_SA could be started
 */
static void fail(private_gdoi_attempt_t *this, const char *reason)
{
	gdoi_handler_t *handler;

	DBG1(DBG_IKE, "initiating connection '%s' for GDOI failed: %s",
		 this->connection, reason);
	if (!set_done(this))
	{
		return;
	}
	handler = this->slot->enter(this->slot);
	if (handler)
	{
		handler->failed(handler, this->connection);
		this->slot->leave(this->slot);
	}
}

/**
 * Is this phase 1 of the same connection, from the same source?
 */
static bool is_same(private_gdoi_attempt_t *this, gdoi_binding_t *binding,
					gdoi_phase1_t *phase1)
{
	gdoi_handler_t *handler;
	host_t *me;
	bool same;

	handler = this->slot->enter(this->slot);
	if (!handler)
	{
		return FALSE;
	}
	same = streq(phase1->get_connection(phase1), this->connection) &&
		   !phase1->is_ending(phase1) &&
		   binding->is_established(binding, handler);
	this->slot->leave(this->slot);
	if (same && this->local)
	{
		me = phase1->get_my_host(phase1);
		same = me->ip_equals(me, this->local);
		me->destroy(me);
	}
	return same;
}

/**
 * Use an established phase 1 again; FALSE if there is none
 */
static bool reuse(private_gdoi_attempt_t *this, gdoi_bindings_t *bindings,
				  ike_cfg_t *ike_cfg)
{
	gdoi_binding_t *binding;
	gdoi_phase1_t *phase1;
	host_t *other;
	bool same;

	binding = bindings->find_initiator(bindings,
									   (gdoi_binding_match_t)is_same, this);
	if (!binding)
	{
		return FALSE;
	}
	phase1 = binding->get_phase1(binding);
	other = phase1->get_other_host(phase1);
	same = ike_cfg->match_other(ike_cfg, other) > 0;
	other->destroy(other);
	if (same && !is_aborted(this))
	{	/* if it ended just now nobody hears of it: make another one */
		same = binding->establish(binding, this->slot, phase1);
		if (same)
		{
			set_done(this);
		}
	}
	phase1->destroy(phase1);
	binding->destroy(binding);
	return same;
}

/**
 * Set the endpoints for a source address other than the connection's
 */
static bool set_hosts(private_gdoi_attempt_t *this, ike_sa_t *ike_sa,
					  ike_cfg_t *ike_cfg)
{
	host_t *me, *other;

	if (!this->local)
	{
		return TRUE;
	}
	other = ike_cfg->resolve_other(ike_cfg,
								   this->local->get_family(this->local));
	if (!other || other->is_anyaddr(other))
	{
		DESTROY_IF(other);
		return FALSE;
	}
	me = this->local->clone(this->local);
	me->set_port(me, ike_cfg->get_my_port(ike_cfg));
	ike_sa->set_my_host(ike_sa, me);
	ike_sa->set_other_host(ike_sa, other);
	return TRUE;
}

/**
 * Start an IKE_SA. From here on its binding tells the handler how it goes.
 */
static void initiate(private_gdoi_attempt_t *this, gdoi_bindings_t *bindings,
					 peer_cfg_t *peer_cfg)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	gdoi_binding_t *binding;
	ike_sa_t *ike_sa;

	ike_sa = manager->create_new(manager, IKEV1, TRUE);
	if (!ike_sa)
	{
		fail(this, "no IKE_SA");
		return;
	}
	ike_sa->set_peer_cfg(ike_sa, peer_cfg);
	binding = bindings->make(bindings, ike_sa->get_unique_id(ike_sa));
	binding->set_attempt(binding, this->slot, this->connection);
	manager->checkout_new(manager, ike_sa);
	charon->bus->set_sa(charon->bus, ike_sa);
	if (!set_unique_id(this, ike_sa->get_unique_id(ike_sa)))
	{
		binding->silence(binding);
	}
	else if (!set_hosts(this, ike_sa, peer_cfg->get_ike_cfg(peer_cfg)))
	{
		DBG1(DBG_IKE, "no remote address of '%s' goes with source %H",
			 this->connection, this->local);
	}
	else if (ike_sa->initiate(ike_sa, NULL, NULL) == SUCCESS)
	{
		manager->checkin(manager, ike_sa);
		binding->destroy(binding);
		return;
	}
	binding->destroy(binding);
	manager->checkin_and_destroy(manager, ike_sa);
}

/**
 * Job: start an attempt
 */
static job_requeue_t run(start_job_t *job)
{
	private_gdoi_attempt_t *this = job->attempt;
	peer_cfg_t *peer_cfg;

	peer_cfg = charon->backends->get_peer_cfg_by_name(charon->backends,
													  this->connection);
	if (!peer_cfg)
	{
		fail(this, "no such connection is loaded");
	}
	else if (peer_cfg->get_ike_version(peer_cfg) != IKEV1)
	{
		fail(this, "it is not version = 1");
	}
	else if (!reuse(this, job->bindings, peer_cfg->get_ike_cfg(peer_cfg)))
	{
		initiate(this, job->bindings, peer_cfg);
	}
	DESTROY_IF(peer_cfg);
	return JOB_REQUEUE_NONE;
}

METHOD(gdoi_attempt_t, start, void,
	private_gdoi_attempt_t *this, gdoi_bindings_t *bindings)
{
	start_job_t *job;

	INIT(job,
		.attempt = this,
		.bindings = bindings,
	);
	ref_get(&this->ref);
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create_with_prio((callback_job_cb_t)run, job,
								(callback_job_cleanup_t)start_job_destroy,
								NULL, JOB_PRIO_MEDIUM));
}

/**
 * Job: end an IKE_SA by its unique id. Only members do that, with few IKE_SAs.
 */
static job_requeue_t end_ike_sa(void *data)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = manager->checkout_by_id(manager, (uint32_t)(uintptr_t)data);
	if (ike_sa)
	{
		if (ike_sa->delete(ike_sa, FALSE) == DESTROY_ME)
		{
			manager->checkin_and_destroy(manager, ike_sa);
		}
		else
		{
			manager->checkin(manager, ike_sa);
		}
	}
	return JOB_REQUEUE_NONE;
}

METHOD(gdoi_attempt_t, abort_, void,
	private_gdoi_attempt_t *this, gdoi_bindings_t *bindings)
{
	gdoi_binding_t *binding;
	gdoi_phase1_t *phase1;
	uint32_t unique_id;

	this->mutex->lock(this->mutex);
	this->aborted = TRUE;
	unique_id = this->unique_id;
	this->mutex->unlock(this->mutex);

	binding = unique_id ? bindings->get(bindings, unique_id) : NULL;
	if (!binding)
	{
		return;
	}
	phase1 = binding->get_phase1(binding);
	if (phase1)
	{
		phase1->destroy(phase1);
	}
	else
	{
		binding->silence(binding);
		lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(end_ike_sa,
								(void*)(uintptr_t)unique_id, NULL, NULL,
								JOB_PRIO_MEDIUM));
	}
	binding->destroy(binding);
}

METHOD(gdoi_attempt_t, matches, bool,
	private_gdoi_attempt_t *this, const char *connection,
	gdoi_handler_t *handler)
{
	return this->slot->is(this->slot, handler) &&
		   streq(this->connection, connection);
}

METHOD(gdoi_attempt_t, is_over, bool,
	private_gdoi_attempt_t *this, gdoi_bindings_t *bindings)
{
	gdoi_binding_t *binding;
	gdoi_phase1_t *phase1;
	uint32_t unique_id;
	bool over;

	this->mutex->lock(this->mutex);
	over = this->done || this->aborted;
	unique_id = this->unique_id;
	this->mutex->unlock(this->mutex);
	if (!over && unique_id)
	{
		over = TRUE;
		binding = bindings->get(bindings, unique_id);
		if (binding)
		{
			phase1 = binding->get_phase1(binding);
			over = phase1 != NULL;
			DESTROY_IF(phase1);
			binding->destroy(binding);
		}
	}
	return over;
}

METHOD(gdoi_attempt_t, get_ref, gdoi_attempt_t*,
	private_gdoi_attempt_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_attempt_t, destroy, void,
	private_gdoi_attempt_t *this)
{
	if (ref_put(&this->ref))
	{
		this->slot->destroy(this->slot);
		DESTROY_IF(this->local);
		this->mutex->destroy(this->mutex);
		free(this->connection);
		free(this);
	}
}

/*
 * Described in header
 */
gdoi_attempt_t *gdoi_attempt_create(const char *connection, host_t *local,
									gdoi_slot_t *slot)
{
	private_gdoi_attempt_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.abort = _abort_,
			.matches = _matches,
			.is_over = _is_over,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.connection = strdup(connection),
		.local = local ? local->clone(local) : NULL,
		.slot = slot->get_ref(slot),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
