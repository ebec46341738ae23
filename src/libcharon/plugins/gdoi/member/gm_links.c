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

	/**
	 * Multicast group that was joined, or NULL
	 */
	host_t *group;

	/**
	 * Interface it was joined on, or NULL
	 */
	char *interface;
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
	/** TRUE if a phase 1 came, but the group has not taken it yet */
	bool answered;
	/** this phase 1, or one that another group left because of this wait, to
	 *  be ended with the wait if nobody uses it; NULL if there is none */
	gdoi_phase1_t *phase1;
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
	DESTROY_IF(wait->phase1);
	DESTROY_IF(wait->local);
	free(wait->connection);
	free(wait);
}

/**
 * Is it this phase 1, which may be NULL?
 */
static bool is_same(gdoi_phase1_t *phase1, uint32_t id)
{
	return phase1 && phase1->get_unique_id(phase1) == id;
}

/**
 * Remove waits
 *
 * @param link				of this link, NULL for all
 * @param connection		for this connection, NULL for all
 * @param removed			gets the waits, for end_waits()
 * @return					number of other links' waits for the connection
 */
static u_int remove_waits(private_gm_links_t *this, private_gm_link_t *link,
						  const char *connection, linked_list_t *removed)
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
			others += !wait->answered;
			continue;
		}
		this->waits->remove_at(this->waits, enumerator);
		removed->insert_last(removed, wait);
	}
	enumerator->destroy(enumerator);
	return others;
}

/**
 * Does a phase 1 come from where a wait wants it to?
 */
static bool is_wanted(wait_t *wait, gdoi_phase1_t *phase1)
{
	host_t *host;
	bool wanted;

	if (!streq(wait->connection, phase1->get_connection(phase1)))
	{
		return FALSE;
	}
	if (!wait->local)
	{
		return TRUE;
	}
	host = phase1->get_my_host(phase1);
	wanted = host && host->ip_equals(host, wait->local);
	DESTROY_IF(host);
	return wanted;
}

/**
 * Remove uses
 *
 * @param link				of this link, NULL for all
 * @param id				of this phase 1, 0 for all
 */
static void remove_uses(private_gm_links_t *this, private_gm_link_t *link,
						uint32_t id)
{
	enumerator_t *enumerator;
	use_t *use;

	enumerator = this->uses->create_enumerator(this->uses);
	while (enumerator->enumerate(enumerator, &use))
	{
		if ((!id || use->id == id) && (!link || use->link == link))
		{
			this->uses->remove_at(this->uses, enumerator);
			free(use);
		}
	}
	enumerator->destroy(enumerator);
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
		found = !wait->answered && streq(wait->connection, connection) &&
				(local == wait->local ||
				 (local && wait->local &&
				  local->ip_equals(local, wait->local)));
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Is a phase 1 needed: used, about to be, or perhaps the one that somebody
 * waits for? The mutex is held.
 *
 * @param mark		TRUE to have those who wait end it if they don't use it
 */
static bool is_needed(private_gm_links_t *this, gdoi_phase1_t *phase1,
					  bool mark)
{
	uint32_t id = phase1->get_unique_id(phase1);
	enumerator_t *enumerator;
	bool needed = FALSE;
	wait_t *wait;
	use_t *use;

	enumerator = this->uses->create_enumerator(this->uses);
	while (!needed && enumerator->enumerate(enumerator, &use))
	{
		needed = use->id == id;
	}
	enumerator->destroy(enumerator);
	enumerator = this->waits->create_enumerator(this->waits);
	while (!needed && enumerator->enumerate(enumerator, &wait))
	{
		needed = wait->answered ? is_same(wait->phase1, id) :
								  is_wanted(wait, phase1);
		if (needed && mark && !wait->phase1)
		{
			wait->phase1 = phase1->get_ref(phase1);
		}
	}
	enumerator->destroy(enumerator);
	return needed;
}

/**
 * End a phase 1 that nobody needs; the mutex is not held
 */
static void end_unneeded(private_gm_links_t *this, gdoi_phase1_t *phase1)
{
	bool needed;

	this->mutex->lock(this->mutex);
	needed = is_needed(this, phase1, TRUE);
	this->mutex->unlock(this->mutex);
	if (!needed)
	{
		phase1->terminate(phase1);
	}
}

/**
 * Destroy waits, and end the phase 1 SAs that were there because of them; the
 * mutex is not held
 */
static void end_waits(private_gm_links_t *this, linked_list_t *waits)
{
	wait_t *wait;

	while (waits->remove_first(waits, (void**)&wait) == SUCCESS)
	{
		if (wait->phase1)
		{
			end_unneeded(this, wait->phase1);
		}
		destroy_wait(wait);
	}
	waits->destroy(waits);
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
	linked_list_t *waits = linked_list_create();
	u_int others;

	links->mutex->lock(links->mutex);
	others = remove_waits(links, this, connection, waits);
	links->mutex->unlock(links->mutex);
	if (!others)
	{
		links->transport->abort(links->transport, connection, links->handler);
	}
	end_waits(links, waits);
}

METHOD(gm_link_t, acquire, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1)
{
	private_gm_links_t *links = this->links;
	linked_list_t *waits = linked_list_create();
	use_t *use;

	INIT(use,
		.link = this,
		.id = phase1->get_unique_id(phase1),
	);
	links->mutex->lock(links->mutex);
	remove_uses(links, this, use->id);
	links->uses->insert_last(links->uses, use);
	remove_waits(links, this, phase1->get_connection(phase1), waits);
	links->mutex->unlock(links->mutex);
	end_waits(links, waits);
}

METHOD(gm_link_t, release, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1, bool end)
{
	private_gm_links_t *links = this->links;

	links->mutex->lock(links->mutex);
	remove_uses(links, this, phase1->get_unique_id(phase1));
	links->mutex->unlock(links->mutex);
	if (end)
	{
		end_unneeded(links, phase1);
	}
}

METHOD(gm_link_t, kill_, void,
	private_gm_link_t *this, gdoi_phase1_t *phase1)
{
	phase1->terminate(phase1);
}

/**
 * Leave the multicast group
 */
static void leave(private_gm_link_t *this)
{
	gdoi_transport_t *transport = this->links->transport;

	if (this->group)
	{
		transport->set_member(transport, this->group, this->interface, FALSE);
		this->group->destroy(this->group);
		this->group = NULL;
	}
	free(this->interface);
	this->interface = NULL;
}

METHOD(gm_link_t, join, void,
	private_gm_link_t *this, host_t *group, const char *interface)
{
	gdoi_transport_t *transport = this->links->transport;

	if (group && this->group && group->ip_equals(group, this->group) &&
		streq(interface, this->interface))
	{
		return;
	}
	leave(this);
	if (group && transport->set_member(transport, group, interface, TRUE))
	{	/* if it fails, the next registration tries again */
		this->group = group->clone(group);
		this->interface = strdup(interface);
	}
}

METHOD(gm_link_t, add_kek, bool,
	private_gm_link_t *this, chunk_t spi, gdoi_kek_handler_t *handler)
{
	gdoi_transport_t *transport = this->links->transport;

	return transport->add_kek(transport, spi, GDOI_KEK_PUSH, handler,
							  GM_LINK_QUEUE);
}

METHOD(gm_link_t, remove_kek, void,
	private_gm_link_t *this, chunk_t spi, gdoi_kek_handler_t *handler)
{
	gdoi_transport_t *transport = this->links->transport;

	transport->remove_kek(transport, spi, GDOI_KEK_PUSH, handler);
}

METHOD(gm_link_t, send_, bool,
	private_gm_link_t *this, chunk_t datagram, host_t *src, host_t *dst)
{
	gdoi_transport_t *transport = this->links->transport;
	gdoi_fanout_t fanout = {
		.datagram = datagram,
		.src = src,
		.dsts = &dst,
		.count = 1,
	};

	return transport->send(transport, &fanout) == 1;
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
			.join = _join,
			.kill = _kill_,
			.add_kek = _add_kek,
			.remove_kek = _remove_kek,
			.send = _send_,
		},
		.links = this,
	);
	return &link->public;
}

METHOD(gm_links_t, remove_link, void,
	private_gm_links_t *this, gm_link_t *link)
{
	linked_list_t *waits = linked_list_create();

	leave((private_gm_link_t*)link);

	this->mutex->lock(this->mutex);
	remove_waits(this, (private_gm_link_t*)link, NULL, waits);
	remove_uses(this, (private_gm_link_t*)link, 0);
	this->mutex->unlock(this->mutex);
	end_waits(this, waits);
	free(link);
}

METHOD(gm_links_t, answer, void,
	private_gm_links_t *this, gdoi_phase1_t *phase1)
{
	linked_list_t *left = linked_list_create();
	enumerator_t *enumerator;
	wait_t *wait;

	this->mutex->lock(this->mutex);
	enumerator = this->waits->create_enumerator(this->waits);
	while (enumerator->enumerate(enumerator, &wait))
	{
		if (!wait->answered && is_wanted(wait, phase1))
		{
			if (wait->phase1)
			{
				left->insert_last(left, wait->phase1);
			}
			wait->phase1 = phase1->get_ref(phase1);
			wait->answered = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	while (left->remove_first(left, (void**)&phase1) == SUCCESS)
	{
		end_unneeded(this, phase1);
		phase1->destroy(phase1);
	}
	left->destroy(left);
}

METHOD(gm_links_t, settle, void,
	private_gm_links_t *this, const char *connection)
{
	linked_list_t *waits = linked_list_create();

	this->mutex->lock(this->mutex);
	remove_waits(this, NULL, connection, waits);
	this->mutex->unlock(this->mutex);
	end_waits(this, waits);
}

METHOD(gm_links_t, forget, void,
	private_gm_links_t *this, gdoi_phase1_t *phase1)
{
	uint32_t id = phase1->get_unique_id(phase1);
	enumerator_t *enumerator;
	wait_t *wait;

	this->mutex->lock(this->mutex);
	remove_uses(this, NULL, id);
	enumerator = this->waits->create_enumerator(this->waits);
	while (enumerator->enumerate(enumerator, &wait))
	{
		if (is_same(wait->phase1, id))
		{
			wait->phase1->destroy(wait->phase1);
			wait->phase1 = NULL;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(gm_links_t, is_used_by, bool,
	private_gm_links_t *this, gdoi_phase1_t *phase1, gm_link_t *link)
{
	enumerator_t *enumerator;
	uint32_t id = phase1->get_unique_id(phase1);
	bool found = FALSE;
	wait_t *wait;
	use_t *use;

	this->mutex->lock(this->mutex);
	enumerator = this->uses->create_enumerator(this->uses);
	while (!found && enumerator->enumerate(enumerator, &use))
	{
		found = use->id == id && &use->link->public == link;
	}
	enumerator->destroy(enumerator);
	enumerator = this->waits->create_enumerator(this->waits);
	while (!found && enumerator->enumerate(enumerator, &wait))
	{
		found = wait->answered && is_same(wait->phase1, id) &&
				&wait->link->public == link;
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
			.answer = _answer,
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
