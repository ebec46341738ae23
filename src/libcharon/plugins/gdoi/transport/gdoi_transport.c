/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_transport.h"
#include "gdoi_attempt.h"
#include "gdoi_bindings.h"
#include "gdoi_filter.h"
#include "gdoi_keks.h"
#include "gdoi_listener.h"
#include "gdoi_sender.h"
#include "gdoi_socket.h"

#include <daemon.h>
#include <collections/linked_list.h>
#include <threading/mutex.h>
#include <threading/rwlock.h>

typedef struct private_gdoi_transport_t private_gdoi_transport_t;

/**
 * Private data
 */
struct private_gdoi_transport_t {

	/**
	 * Public interface
	 */
	gdoi_transport_t public;

	/**
	 * charon's socket, ours
	 */
	gdoi_socket_t *socket;

	/**
	 * Slots of handlers, gdoi_slot_t*
	 */
	linked_list_t *slots;

	/**
	 * Lock for slots
	 */
	rwlock_t *lock;

	/**
	 * Attempts not known to be over, gdoi_attempt_t*
	 */
	linked_list_t *attempts;

	/**
	 * Lock for attempts
	 */
	mutex_t *mutex;

	/**
	 * What we know of IKE_SAs
	 */
	gdoi_bindings_t *bindings;

	/**
	 * KEKs that messages are expected under
	 */
	gdoi_keks_t *keks;

	/**
	 * Sends messages outside of phase 1
	 */
	gdoi_sender_t *sender;

	/**
	 * Listener on the bus
	 */
	gdoi_listener_t *listener;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;

	/**
	 * Impairments, or NULL
	 */
	gdoi_impair_t *impair;
};

/**
 * Find the binding that a message belongs to by its cookies, or NULL
 */
static gdoi_binding_t *find_binding(private_gdoi_transport_t *this,
									packet_t *packet)
{
	return this->bindings->lookup(this->bindings,
				chunk_create(packet->get_data(packet).ptr, GDOI_COOKIES_LEN));
}

/**
 * Bring a message that got through the impairments to its phase 1
 */
static void deliver(private_gdoi_transport_t *this, packet_t *packet)
{
	gdoi_binding_t *binding;

	binding = find_binding(this, packet);
	if (!binding || !binding->receive(binding, packet))
	{
		this->counters->add(this->counters, GDOI_COUNT_COOKIES);
		packet->destroy(packet);
	}
	DESTROY_IF(binding);
}

/**
 * Let a received message through as the impairments say, adopts it
 */
static void impair(private_gdoi_transport_t *this, packet_t *packet,
				   gdoi_impair_pass_t pass)
{
	if (this->impair)
	{
		this->impair->apply(this->impair, TRUE, packet, pass, this);
	}
	else
	{
		pass(this, packet);
	}
}

/**
 * Take a GROUPKEY-PULL message; FALSE if it is a Quick Mode for charon
 */
static bool receive_pull(private_gdoi_transport_t *this, packet_t *packet,
						 bool own_port)
{
	gdoi_binding_t *binding;
	bool taken = own_port;

	if (!own_port)
	{
		binding = find_binding(this, packet);
		if (binding)
		{
			taken = binding->expects(binding);
			binding->destroy(binding);
		}
	}
	if (!taken)
	{
		return FALSE;
	}
	impair(this, packet, (gdoi_impair_pass_t)deliver);
	return TRUE;
}

/**
 * Bring a rekey that got through the impairments to its handler
 */
static void deliver_push(private_gdoi_transport_t *this, packet_t *packet)
{
	this->keks->receive(this->keks, GDOI_KEK_PUSH, packet);
}

/**
 * Bring an acknowledgement that got through the impairments to its handler
 */
static void deliver_ack(private_gdoi_transport_t *this, packet_t *packet)
{
	this->keks->receive(this->keks, GDOI_KEK_ACK, packet);
}

/**
 * Did a datagram come in on the port of NAT traversal?
 */
static bool on_natt_port(private_gdoi_transport_t *this, packet_t *packet)
{
	socket_t *socket = &this->socket->socket;
	host_t *dst = packet->get_destination(packet);

	return dst->get_port(dst) == socket->get_port(socket, TRUE);
}

/**
 * Take a message under a KEK. Off our port the exchange numbers may also be
 * those of a Quick or New Group Mode of others, which is charon's business.
 */
static bool receive_kek(private_gdoi_transport_t *this, packet_t *packet,
						bool own_port, gdoi_kek_use_t use)
{
	if (!own_port && (!on_natt_port(this, packet) ||
		!this->keks->has(this->keks, packet->get_data(packet), use)))
	{
		return FALSE;
	}
	impair(this, packet, use == GDOI_KEK_PUSH
							? (gdoi_impair_pass_t)deliver_push
							: (gdoi_impair_pass_t)deliver_ack);
	return TRUE;
}

/**
 * Drop and count a packet
 */
static bool drop(private_gdoi_transport_t *this, packet_t *packet,
				 gdoi_counter_t counter)
{
	this->counters->add(this->counters, counter);
	packet->destroy(packet);
	return TRUE;
}

/**
 * Look at a received datagram, a gdoi_inbound_t
 */
static bool inbound(void *user, packet_t *packet, bool own_port)
{
	private_gdoi_transport_t *this = user;

	switch (gdoi_filter(packet->get_data(packet), own_port))
	{
		case GDOI_VERDICT_PULL:
			return receive_pull(this, packet, own_port);
		case GDOI_VERDICT_PUSH:
			return receive_kek(this, packet, own_port, GDOI_KEK_PUSH);
		case GDOI_VERDICT_ACK:
			return receive_kek(this, packet, own_port, GDOI_KEK_ACK);
		case GDOI_VERDICT_MALFORMED:
			return drop(this, packet, GDOI_COUNT_MALFORMED);
		case GDOI_VERDICT_EXCHANGE:
			return drop(this, packet, GDOI_COUNT_EXCHANGE);
		case GDOI_VERDICT_CHARON:
		default:
			return FALSE;
	}
}

/**
 * Get the nth slot, a new reference, NULL if there are fewer
 */
static gdoi_slot_t *get_slot(private_gdoi_transport_t *this, int nth)
{
	gdoi_slot_t *slot, *found = NULL;
	enumerator_t *enumerator;

	this->lock->read_lock(this->lock);
	enumerator = this->slots->create_enumerator(this->slots);
	while (!found && enumerator->enumerate(enumerator, &slot))
	{
		if (!nth--)
		{
			found = slot->get_ref(slot);
		}
	}
	enumerator->destroy(enumerator);
	this->lock->unlock(this->lock);
	return found;
}

/**
 * Find the handler of a connection, a gdoi_claim_t.
 *
 * Handlers have locks of their own, under which they may call us: ask them
 * without holding ours.
 */
static gdoi_slot_t *claim(void *user, const char *connection, bool initiator)
{
	private_gdoi_transport_t *this = user;
	gdoi_handler_t *handler;
	gdoi_slot_t *slot;
	bool claimed;
	int i;

	for (i = 0; (slot = get_slot(this, i)); i++)
	{
		handler = slot->enter(slot);
		if (handler)
		{
			claimed = handler->claims(handler, connection, initiator);
			slot->leave(slot);
			if (claimed)
			{
				return slot;
			}
		}
		slot->destroy(slot);
	}
	return NULL;
}

METHOD(gdoi_transport_t, add_handler, void,
	private_gdoi_transport_t *this, gdoi_handler_t *handler)
{
	this->lock->write_lock(this->lock);
	this->slots->insert_last(this->slots, gdoi_slot_create(handler));
	this->lock->unlock(this->lock);
}

/**
 * Find the slot of a handler, a new reference; take it out if wanted
 */
static gdoi_slot_t *find_slot(private_gdoi_transport_t *this,
							  gdoi_handler_t *handler, bool take)
{
	gdoi_slot_t *slot, *found = NULL;
	enumerator_t *enumerator;

	if (take)
	{
		this->lock->write_lock(this->lock);
	}
	else
	{
		this->lock->read_lock(this->lock);
	}
	enumerator = this->slots->create_enumerator(this->slots);
	while (!found && enumerator->enumerate(enumerator, &slot))
	{
		if (slot->is(slot, handler))
		{
			found = slot;
			if (take)
			{
				this->slots->remove_at(this->slots, enumerator);
			}
			else
			{
				found->get_ref(found);
			}
		}
	}
	enumerator->destroy(enumerator);
	this->lock->unlock(this->lock);
	return found;
}

METHOD(gdoi_transport_t, remove_handler, void,
	private_gdoi_transport_t *this, gdoi_handler_t *handler)
{
	gdoi_slot_t *slot;

	slot = find_slot(this, handler, TRUE);
	if (slot)
	{
		slot->vacate(slot);
		slot->destroy(slot);
	}
}

/**
 * Forget attempts that are over
 */
static void prune(private_gdoi_transport_t *this)
{
	enumerator_t *enumerator;
	gdoi_attempt_t *attempt;

	enumerator = this->attempts->create_enumerator(this->attempts);
	while (enumerator->enumerate(enumerator, &attempt))
	{
		if (attempt->is_over(attempt, this->bindings))
		{
			this->attempts->remove_at(this->attempts, enumerator);
			attempt->destroy(attempt);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(gdoi_transport_t, initiate, void,
	private_gdoi_transport_t *this, const char *connection, host_t *local,
	gdoi_handler_t *handler)
{
	gdoi_attempt_t *attempt;
	gdoi_slot_t *slot;

	slot = find_slot(this, handler, FALSE);
	if (!slot)
	{
		return;
	}
	attempt = gdoi_attempt_create(connection, local, slot);
	slot->destroy(slot);
	this->mutex->lock(this->mutex);
	prune(this);
	this->attempts->insert_last(this->attempts, attempt->get_ref(attempt));
	this->mutex->unlock(this->mutex);
	attempt->start(attempt, this->bindings);
	attempt->destroy(attempt);
}

/**
 * Take the next attempt at a connection out of the list, or NULL
 */
static gdoi_attempt_t *take_attempt(private_gdoi_transport_t *this,
									const char *connection,
									gdoi_handler_t *handler)
{
	gdoi_attempt_t *attempt, *found = NULL;
	enumerator_t *enumerator;

	this->mutex->lock(this->mutex);
	enumerator = this->attempts->create_enumerator(this->attempts);
	while (!found && enumerator->enumerate(enumerator, &attempt))
	{
		if (attempt->matches(attempt, connection, handler))
		{
			this->attempts->remove_at(this->attempts, enumerator);
			found = attempt;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(gdoi_transport_t, abort_, void,
	private_gdoi_transport_t *this, const char *connection,
	gdoi_handler_t *handler)
{
	gdoi_attempt_t *attempt;

	while ((attempt = take_attempt(this, connection, handler)))
	{
		attempt->abort(attempt, this->bindings);
		attempt->destroy(attempt);
	}
}

METHOD(gdoi_transport_t, set_member, bool,
	private_gdoi_transport_t *this, host_t *group, const char *interface,
	bool join)
{
	return this->socket->set_member(this->socket, group, interface, join);
}

METHOD(gdoi_transport_t, add_kek, bool,
	private_gdoi_transport_t *this, chunk_t spi, gdoi_kek_use_t use,
	gdoi_kek_handler_t *handler, u_int queue)
{
	return this->keks->add(this->keks, spi, use, handler, queue);
}

METHOD(gdoi_transport_t, remove_kek, void,
	private_gdoi_transport_t *this, chunk_t spi, gdoi_kek_use_t use,
	gdoi_kek_handler_t *handler)
{
	this->keks->remove(this->keks, spi, use, handler);
}

METHOD(gdoi_transport_t, set_unknown, void,
	private_gdoi_transport_t *this, gdoi_unknown_cb_t unknown, void *user)
{
	this->keks->set_unknown(this->keks, unknown, user);
}

METHOD(gdoi_transport_t, send_, u_int,
	private_gdoi_transport_t *this, const gdoi_fanout_t *fanout)
{
	return this->sender->send(this->sender, fanout);
}

METHOD(gdoi_transport_t, create_counter_enumerator, enumerator_t*,
	private_gdoi_transport_t *this)
{
	return this->counters->create_enumerator(this->counters);
}

METHOD(gdoi_transport_t, destroy, void,
	private_gdoi_transport_t *this)
{
	if (lib->get(lib, GDOI_SOCKET_NAME) == this->socket)
	{
		this->socket->set_inbound(this->socket, NULL, NULL);
	}
	charon->bus->remove_listener(charon->bus, &this->listener->listener);
	this->listener->destroy(this->listener);
	this->attempts->destroy_offset(this->attempts,
								   offsetof(gdoi_attempt_t, destroy));
	this->slots->destroy_offset(this->slots, offsetof(gdoi_slot_t, destroy));
	this->bindings->destroy(this->bindings);
	this->keks->destroy(this->keks);
	this->sender->destroy(this->sender);
	this->counters->destroy(this->counters);
	DESTROY_IF(this->impair);
	this->lock->destroy(this->lock);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
gdoi_transport_t *gdoi_transport_create()
{
	private_gdoi_transport_t *this;
	gdoi_socket_t *socket;

	socket = lib->get(lib, GDOI_SOCKET_NAME);
	if (!socket)
	{
		DBG1(DBG_NET, "another plugin provides charon's socket; give plugin "
			 "gdoi a higher load priority");
		return NULL;
	}
	if (!socket->get_gdoi_port(socket))
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.add_handler = _add_handler,
			.remove_handler = _remove_handler,
			.initiate = _initiate,
			.abort = _abort_,
			.set_member = _set_member,
			.add_kek = _add_kek,
			.remove_kek = _remove_kek,
			.set_unknown = _set_unknown,
			.send = _send_,
			.create_counter_enumerator = _create_counter_enumerator,
			.destroy = _destroy,
		},
		.socket = socket,
		.slots = linked_list_create(),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.attempts = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.counters = socket->get_counters(socket),
		.impair = gdoi_impair_create(),
	);
	this->bindings = gdoi_bindings_create(this->counters);
	this->keks = gdoi_keks_create(this->counters);
	this->sender = gdoi_sender_create(socket, this->counters, this->impair);
	this->listener = gdoi_listener_create(this->bindings, this->counters,
										  this->impair,
										  socket->get_gdoi_port(socket),
										  claim, this);
	charon->bus->add_listener(charon->bus, &this->listener->listener);
	socket->set_inbound(socket, inbound, this);
	return &this->public;
}
