/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_links.h"

#include <collections/linked_list.h>
#include <threading/mutex.h>

typedef struct private_gm_links_t private_gm_links_t;
typedef struct private_gm_link_t private_gm_link_t;

/**
 * Private data of an gm_links_t object.
 */
struct private_gm_links_t {

	/**
	 * Public interface
	 */
	gm_links_t public;

	/**
	 * Transport
	 */
	gdoi_transport_t *transport;

	/**
	 * Handler of its events
	 */
	gdoi_handler_t *handler;

	/**
	 * Knows connections
	 */
	gm_system_t *system;

	/**
	 * Protects the lists
	 */
	mutex_t *mutex;

	/**
	 * Who waits for what, as wait_t
	 */
	linked_list_t *waits;

	/**
	 * Who uses what, as use_t
	 */
	linked_list_t *uses;
};

/**
 * Private data of an gm_link_t object.
 */
struct private_gm_link_t {

	/**
	 * Public interface
	 */
	gm_link_t public;

	/**
	 * All links
	 */
	private_gm_links_t *links;
};

/**
 * A group waits for a connection
 */
typedef struct {
	/** who */
	private_gm_link_t *link;
	/** name of the connection */
	char *connection;
	/** source address, or NULL */
	host_t *local;
} wait_t;

/**
 * A group uses a phase 1
 */
typedef struct {
	/** who */
	private_gm_link_t *link;
	/** unique id of the IKE_SA */
	uint32_t id;
} use_t;

/**
 * Destroy a wait
 */
static void destroy_wait(wait_t *wait)
{
	DESTROY_IF(wait->local);
	free(wait->connection);
	free(wait);
}

/**
 * Remove waits
 *
 * @param link				of this link, NULL for all
 * @param connection		for this connection, NULL for all
 * @return					number of other links' waits for the connection
 */
static u_int remove_waits(private_gm_links_t *this, private_gm_link_t *link,
						  const char *connection)
{
	enumerator_t *enumerator;
	wait_t *wait;
	u_int others = 0;

	enumerator = this->waits->create_enumerator(this->waits);
	while (enumerator->enumerate(enumerator, &wait))
	{
		if (connection && !streq(wait->connection, connection))
		{
			continue;
		}
		if (link && wait->link != link)
		{
			others++;
			continue;
		}
		this->waits->remove_at(this->waits, enumerator);
		destroy_wait(wait);
	}
	enumerator->destroy(enumerator);
	return others;
}

/**
 * Remove uses
 *
 * @param link				of this link, NULL for all
 * @param id				of this phase 1, 0 for all
 * @return					number of other links' uses of the phase 1
 */
static u_int remove_uses(private_gm_links_t *this, private_gm_link_t *link,
						 uint32_t id)
{
	enumerator_t *enumerator;
	u_int others = 0;
	use_t *use;

	enumerator = this->uses->create_enumerator(this->uses);
	while (enumerator->enumerate(enumerator, &use))
	{
		if (id && use->id != id)
		{
			continue;
		}
		if (link && use->link != link)
		{
			others++;
			continue;
		}
		this->uses->remove_at(this->uses, enumerator);
		free(use);
	}
	enumerator->destroy(enumerator);
	return others;
}

/**
 * Is someone waiting for a connection from a source address?
 */
static bool is_awaited(private_gm_links_t *this, const char *connection,
					   host_t *local)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	wait_t *wait;

	enumerator = this->waits->create_enumerator(this->waits);
	while (!found && enumerator->enumerate(enumerator, &wait))
	{
		found = streq(wait->connection, connection) &&
				(local == wait->local ||
				 (local && wait->local &&
				  local->ip_equals(local, wait->local)));
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_link_t, is_known, bool,
	private_gm_link_t *this, const char *connection)
{
	gm_system_t *system = this->links->system;

	return system->has_connection(system, connection);
}

METHOD(gm_link_t, initiate, void,
	private_gm_link_t *this, const char *connection, host_t *local)
{
	private_gm_links_t *links = this->links;
	bool awaited;
	wait_t *wait;

	INIT(wait,
		.link = this,
		.connection = strdup(connection),
		.local = local ? local->clone(local) : NULL,
	);
	links->mutex->lock(links->mutex);
	awaited = is_awaited(links, connection, local);
	links->waits->insert_last(links->waits, wait);
	links->mutex->unlock(links->mutex);
	if (!awaited)
	{
		links->transport->initiate(links->transport, connection, local,
								   links->handler);
	}
}

METHOD(gm_link_t, abort_, void,
	private_gm_link_t *this, const char *connection)
{
	private_gm_links_t *links = this->links;
	u_int others;

	links->mutex->lock(links->mutex);
	others = remove_waits(links, this, connection);
	links->mutex->unlock(links->mutex);
	if (!others)
	{
		links->transport->abort(links->transport, connection, links->handler);
	}
}

METHOD(gm_link_t, acquire, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1)
{
	private_gm_links_t *links = this->links;
	use_t *use;

	INIT(use,
		.link = this,
		.id = phase1->get_unique_id(phase1),
	);
	links->mutex->lock(links->mutex);
	remove_uses(links, this, use->id);
	links->uses->insert_last(links->uses, use);
	links->mutex->unlock(links->mutex);
}

METHOD(gm_link_t, release, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1, bool end)
{
	private_gm_links_t *links = this->links;
	u_int others;

	links->mutex->lock(links->mutex);
	others = remove_uses(links, this, phase1->get_unique_id(phase1));
	links->mutex->unlock(links->mutex);
	if (end && !others)
	{
		phase1->terminate(phase1);
	}
}

METHOD(gm_link_t, kill_, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1)
{
	phase1->terminate(phase1);
}

METHOD(gm_links_t, create_link, gm_link_t*,
	private_gm_links_t *this)
{
	private_gm_link_t *link;

	INIT(link,
		.public = {
			.is_known = _is_known,
			.initiate = _initiate,
			.abort = _abort_,
			.acquire = _acquire,
			.release = _release,
			.kill = _kill_,
		},
		.links = this,
	);
	return &link->public;
}

METHOD(gm_links_t, remove_link, void,
	private_gm_links_t *this, gm_link_t *link)
{
	this->mutex->lock(this->mutex);
	remove_waits(this, (private_gm_link_t*)link, NULL);
	remove_uses(this, (private_gm_link_t*)link, 0);
	this->mutex->unlock(this->mutex);
	free(link);
}

METHOD(gm_links_t, settle, void,
	private_gm_links_t *this, const char *connection)
{
	this->mutex->lock(this->mutex);
	remove_waits(this, NULL, connection);
	this->mutex->unlock(this->mutex);
}

METHOD(gm_links_t, forget, void,
	private_gm_links_t *this, gdoi_phase1_t *phase1)
{
	this->mutex->lock(this->mutex);
	remove_uses(this, NULL, phase1->get_unique_id(phase1));
	this->mutex->unlock(this->mutex);
}

METHOD(gm_links_t, is_used_by, bool,
	private_gm_links_t *this, gdoi_phase1_t *phase1, gm_link_t *link)
{
	enumerator_t *enumerator;
	uint32_t id = phase1->get_unique_id(phase1);
	bool found = FALSE;
	use_t *use;

	this->mutex->lock(this->mutex);
	enumerator = this->uses->create_enumerator(this->uses);
	while (!found && enumerator->enumerate(enumerator, &use))
	{
		found = use->id == id && &use->link->public == link;
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gm_links_t, destroy, void,
	private_gm_links_t *this)
{
	this->waits->destroy_function(this->waits, (void*)destroy_wait);
	this->uses->destroy_function(this->uses, free);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gm_links_t *gm_links_create(gdoi_transport_t *transport,
							gdoi_handler_t *handler, gm_system_t *system)
{
	private_gm_links_t *this;

	INIT(this,
		.public = {
			.create_link = _create_link,
			.remove_link = _remove_link,
			.settle = _settle,
			.forget = _forget,
			.is_used_by = _is_used_by,
			.destroy = _destroy,
		},
		.transport = transport,
		.handler = handler,
		.system = system,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.waits = linked_list_create(),
		.uses = linked_list_create(),
	);
	return &this->public;
}
