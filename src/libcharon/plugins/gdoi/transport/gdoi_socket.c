/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_socket.h"
#include "gdoi_filter.h"
#include "gdoi_port.h"

#include <payloads/gdoi_wire.h>

#include <daemon.h>
#include <collections/linked_list.h>
#include <plugins/socket_default/socket_default_socket.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/rwlock.h>
#include <threading/thread.h>

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** datagrams of the default socket that may wait; then its kernel buffer fills,
 *  as it would without us */
#define QUEUE_MAX 256

/** pause after a failed receive, in microseconds, against spinning */
#define FAILURE_PAUSE 1000

/** octets of the Non-ESP marker */
#define MARKER_LEN 4

typedef struct private_gdoi_socket_t private_gdoi_socket_t;

/**
 * Private data
 */
struct private_gdoi_socket_t {

	/**
	 * Public interface
	 */
	gdoi_socket_t public;

	/**
	 * Socket of ports 500 and 4500
	 */
	socket_t *inner;

	/**
	 * Sockets of the GDOI port
	 */
	gdoi_port_t *port;

	/**
	 * Thread receiving from the inner socket, whose descriptors are private
	 */
	thread_t *reader;

	/**
	 * What it received, packet_t*
	 */
	linked_list_t *queue;

	/**
	 * Lock for the queue
	 */
	mutex_t *mutex;

	/**
	 * Signals room in the queue
	 */
	condvar_t *room;

	/**
	 * Event counter with the number of packets in the queue
	 */
	int event;

	/**
	 * Source to serve first next time, so that none starves
	 */
	u_int turn;

	/**
	 * Who sees datagrams first, and its data
	 */
	gdoi_inbound_t inbound;
	void *user;

	/**
	 * Lock for inbound; read locked during its calls
	 */
	rwlock_t *lock;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;
};

/**
 * Append a packet to the queue, wait for room
 */
static void enqueue(private_gdoi_socket_t *this, packet_t *packet)
{
	bool old;

	thread_cleanup_push((thread_cleanup_t)packet->destroy, packet);
	this->mutex->lock(this->mutex);
	thread_cleanup_push((thread_cleanup_t)this->mutex->unlock, this->mutex);
	while (this->queue->get_count(this->queue) >= QUEUE_MAX)
	{
		old = thread_cancelability(TRUE);
		this->room->wait(this->room, this->mutex);
		thread_cancelability(old);
	}
	this->queue->insert_last(this->queue, packet);
	thread_cleanup_pop(TRUE);
	thread_cleanup_pop(FALSE);
	eventfd_write(this->event, 1);
}

/**
 * Main function of the reader thread
 */
static void *read_inner(private_gdoi_socket_t *this)
{
	packet_t *packet;

	thread_cancelability(FALSE);
	while (TRUE)
	{
		if (this->inner->receive(this->inner, &packet) == SUCCESS)
		{
			enqueue(this, packet);
		}
		else
		{
			thread_cancelability(TRUE);
			usleep(FAILURE_PAUSE);
			thread_cancelability(FALSE);
		}
	}
	return NULL;
}

/**
 * Take the next packet from the queue, which is not empty
 */
static packet_t *dequeue(private_gdoi_socket_t *this)
{
	packet_t *packet = NULL;
	eventfd_t value;

	if (eventfd_read(this->event, &value) == 0)
	{
		this->mutex->lock(this->mutex);
		this->queue->remove_first(this->queue, (void**)&packet);
		this->room->signal(this->room);
		this->mutex->unlock(this->mutex);
	}
	return packet;
}

/**
 * Offer a datagram to GDOI; TRUE if it was taken
 */
static bool offer(private_gdoi_socket_t *this, packet_t *packet, bool own_port)
{
	bool taken = FALSE;

	this->lock->read_lock(this->lock);
	if (this->inbound)
	{
		taken = this->inbound(this->user, packet, own_port);
	}
	else if (own_port)
	{
		packet->destroy(packet);
		taken = TRUE;
	}
	this->lock->unlock(this->lock);
	return taken;
}

/**
 * Receive from the GDOI port; returns what charon shall process
 */
static packet_t *receive_port(private_gdoi_socket_t *this, struct pollfd *pfd)
{
	chunk_t marker = chunk_from_chars(0x00, 0x00, 0x00, 0x00);
	packet_t *packet;
	host_t *src;

	packet = this->port->receive(this->port, pfd);
	if (!packet)
	{
		return NULL;
	}
	this->counters->add(this->counters, GDOI_COUNT_PORT_IN);
	if (offer(this, packet, TRUE))
	{
		return NULL;
	}
	src = packet->get_source(packet);
	DBG2(DBG_NET, "received packet: from %#H to %#H", src,
		 packet->get_destination(packet));
	if (src->get_port(src) != IKEV2_UDP_PORT)
	{	/* charon expects it if neither port is 500 */
		packet->set_data(packet, chunk_cat("cc", marker,
										   packet->get_data(packet)));
	}
	this->counters->add(this->counters, GDOI_COUNT_PORT_PASSED);
	return packet;
}

/**
 * Is this an IKE message with a Non-ESP marker?
 */
static bool has_marker(packet_t *packet)
{
	chunk_t marker = chunk_from_chars(0x00, 0x00, 0x00, 0x00);
	host_t *src, *dst;

	src = packet->get_source(packet);
	dst = packet->get_destination(packet);
	return src->get_port(src) != IKEV2_UDP_PORT &&
		   dst->get_port(dst) != IKEV2_UDP_PORT &&
		   packet->get_data(packet).len > MARKER_LEN &&
		   memeq(packet->get_data(packet).ptr, marker.ptr, MARKER_LEN);
}

/**
 * Receive from the inner socket's queue; returns what charon shall process
 */
static packet_t *receive_inner(private_gdoi_socket_t *this)
{
	packet_t *packet, *inner;
	chunk_t data;
	host_t *src, *dst;

	packet = dequeue(this);
	if (!packet)
	{
		return NULL;
	}
	data = packet->get_data(packet);
	if (has_marker(packet))
	{
		data = chunk_skip(data, MARKER_LEN);
	}
	if (gdoi_filter(data, FALSE) == GDOI_VERDICT_CHARON)
	{
		return packet;
	}
	src = packet->get_source(packet);
	dst = packet->get_destination(packet);
	inner = packet_create_from_data(src->clone(src), dst->clone(dst),
									chunk_clone(data));
	if (offer(this, inner, FALSE))
	{
		packet->destroy(packet);
		return NULL;
	}
	inner->destroy(inner);
	return packet;
}

METHOD(socket_t, receive_, status_t,
	private_gdoi_socket_t *this, packet_t **packet)
{
	struct pollfd pfd[3];
	packet_t *found;
	bool old;
	int count, i, turn;

	if (!this->reader)
	{	/* not earlier, so that the thread has no more capabilities than the
		 * daemon kept */
		this->reader = thread_create((thread_main_t)read_inner, this);
		if (!this->reader)
		{
			return FAILED;
		}
	}
	this->port->get_pollfds(this->port, pfd);
	pfd[2] = (struct pollfd){ .fd = this->event, .events = POLLIN };
	while (TRUE)
	{
		old = thread_cancelability(TRUE);
		count = poll(pfd, countof(pfd), -1);
		thread_cancelability(old);
		if (count <= 0)
		{
			return FAILED;
		}
		turn = this->turn++;
		for (i = 0; i < countof(pfd); i++)
		{
			struct pollfd *ready = &pfd[(turn + i) % countof(pfd)];

			if (!ready->revents)
			{
				continue;
			}
			found = ready == &pfd[2] ? receive_inner(this)
									 : receive_port(this, ready);
			if (found)
			{
				*packet = found;
				return SUCCESS;
			}
		}
	}
}

METHOD(socket_t, send_, status_t,
	private_gdoi_socket_t *this, packet_t *packet)
{
	host_t *src;

	src = packet->get_source(packet);
	if (src->get_port(src) != this->port->get_number(this->port))
	{
		return this->inner->send(this->inner, packet);
	}
	if (has_marker(packet))
	{
		packet->skip_bytes(packet, MARKER_LEN);
	}
	return this->port->send(this->port, packet) ? SUCCESS : FAILED;
}

METHOD(socket_t, get_port, uint16_t,
	private_gdoi_socket_t *this, bool nat_t)
{
	return this->inner->get_port(this->inner, nat_t);
}

METHOD(socket_t, supported_families, socket_family_t,
	private_gdoi_socket_t *this)
{
	return this->inner->supported_families(this->inner);
}

METHOD(gdoi_socket_t, set_member, bool,
	private_gdoi_socket_t *this, host_t *group, const char *interface,
	bool join)
{
	return this->port->set_member(this->port, group, interface, join);
}

METHOD(gdoi_socket_t, send_fanout, u_int,
	private_gdoi_socket_t *this, const gdoi_fanout_t *fanout)
{
	return this->port->send_fanout(this->port, fanout);
}

METHOD(gdoi_socket_t, get_gdoi_port, uint16_t,
	private_gdoi_socket_t *this)
{
	return this->port->is_open(this->port)
						? this->port->get_number(this->port) : 0;
}

METHOD(gdoi_socket_t, set_inbound, void,
	private_gdoi_socket_t *this, gdoi_inbound_t inbound, void *user)
{
	this->lock->write_lock(this->lock);
	this->inbound = inbound;
	this->user = user;
	this->lock->unlock(this->lock);
}

METHOD(gdoi_socket_t, get_counters, gdoi_counters_t*,
	private_gdoi_socket_t *this)
{
	return this->counters->get_ref(this->counters);
}

METHOD(socket_t, destroy, void,
	private_gdoi_socket_t *this)
{
	if (lib->get(lib, GDOI_SOCKET_NAME) == this)
	{
		lib->set(lib, GDOI_SOCKET_NAME, NULL);
	}
	if (this->reader)
	{
		this->reader->cancel(this->reader);
		this->reader->join(this->reader);
	}
	this->inner->destroy(this->inner);
	this->port->destroy(this->port);
	this->queue->destroy_offset(this->queue, offsetof(packet_t, destroy));
	this->room->destroy(this->room);
	this->mutex->destroy(this->mutex);
	this->lock->destroy(this->lock);
	this->counters->destroy(this->counters);
	close(this->event);
	free(this);
}

/*
 * Described in header
 */
socket_t *gdoi_socket_create()
{
	private_gdoi_socket_t *this;
	socket_default_socket_t *inner;
	uint16_t port;
	int event;

	inner = socket_default_socket_create();
	if (!inner)
	{
		return NULL;
	}
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (event == -1)
	{
		DBG1(DBG_NET, "creating an event counter failed: %s", strerror(errno));
		inner->socket.destroy(&inner->socket);
		return NULL;
	}
	port = lib->settings->get_int(lib->settings, "%s.plugins.gdoi.port",
								  GDOI_PORT, lib->ns);
	INIT(this,
		.public = {
			.socket = {
				.receive = _receive_,
				.send = _send_,
				.get_port = _get_port,
				.supported_families = _supported_families,
				.destroy = _destroy,
			},
			.get_gdoi_port = _get_gdoi_port,
			.set_member = _set_member,
			.send_fanout = _send_fanout,
			.set_inbound = _set_inbound,
			.get_counters = _get_counters,
		},
		.inner = &inner->socket,
		.port = gdoi_port_create(port),
		.queue = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.room = condvar_create(CONDVAR_TYPE_DEFAULT),
		.event = event,
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.counters = gdoi_counters_create(),
	);
	lib->set(lib, GDOI_SOCKET_NAME, this);
	return &this->public.socket;
}
