/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gdoi_sender.h"
#include "gdoi_port.h"

#include <daemon.h>

typedef struct private_gdoi_sender_t private_gdoi_sender_t;

/**
 * Private data
 */
struct private_gdoi_sender_t {

	/**
	 * Public interface
	 */
	gdoi_sender_t public;

	/**
	 * charon's socket, ours
	 */
	gdoi_socket_t *socket;

	/**
	 * Counters
	 */
	gdoi_counters_t *counters;

	/**
	 * Impairments, or NULL
	 */
	gdoi_impair_t *impair;
};

/*
 * Described in header
 */
void gdoi_sender_mark(packet_t *packet)
{
	chunk_t marker = chunk_from_chars(0x00, 0x00, 0x00, 0x00);
	host_t *src, *dst;

	src = packet->get_source(packet);
	dst = packet->get_destination(packet);
	if (src->get_port(src) != IKEV2_UDP_PORT &&
		dst->get_port(dst) != IKEV2_UDP_PORT)
	{
		packet->set_data(packet,
						 chunk_cat("cc", marker, packet->get_data(packet)));
	}
}

/**
 * Send a packet by the socket
 */
static bool put(socket_t *socket, packet_t *packet)
{
	bool sent;

	gdoi_sender_mark(packet);
	sent = socket->send(socket, packet) == SUCCESS;
	packet->destroy(packet);
	return sent;
}

/**
 * Send a packet that the impairments let through
 */
static void pass(socket_t *socket, packet_t *packet)
{
	put(socket, packet);
}

/**
 * Make the packet for one receiver
 */
static packet_t *create_packet(const gdoi_fanout_t *fanout, u_int nth)
{
	host_t *src = fanout->src, *dst = fanout->dsts[nth];
	packet_t *packet;

	packet = packet_create_from_data(src->clone(src), dst->clone(dst),
									 chunk_clone(fanout->datagram));
	gdoi_port_set_multicast(packet, fanout->interface, fanout->ttl);
	return packet;
}

/**
 * Send one by one through the impairments; all count as sent
 */
static u_int send_impaired(private_gdoi_sender_t *this,
						   const gdoi_fanout_t *fanout)
{
	u_int i;

	for (i = 0; i < fanout->count; i++)
	{
		this->impair->apply(this->impair, FALSE, create_packet(fanout, i),
							(gdoi_impair_pass_t)pass,
							&this->socket->socket);
	}
	return i;
}

/**
 * Send one by one from the port of NAT traversal
 */
static u_int send_marked(private_gdoi_sender_t *this,
						 const gdoi_fanout_t *fanout)
{
	u_int i, sent = 0;

	for (i = 0; i < fanout->count; i++)
	{
		sent += put(&this->socket->socket, create_packet(fanout, i));
	}
	return sent;
}

METHOD(gdoi_sender_t, send_, u_int,
	private_gdoi_sender_t *this, const gdoi_fanout_t *fanout)
{
	socket_t *socket = &this->socket->socket;
	host_t *src = fanout->src;
	uint16_t port = src->get_port(src);
	bool own_port = port == this->socket->get_gdoi_port(this->socket);
	u_int sent;

	if (!own_port && port != socket->get_port(socket, TRUE))
	{
		DBG1(DBG_NET, "no GDOI message can be sent from %#H", src);
		return 0;
	}
	if (this->impair)
	{
		sent = send_impaired(this, fanout);
	}
	else if (own_port)
	{
		sent = this->socket->send_fanout(this->socket, fanout);
	}
	else
	{
		sent = send_marked(this, fanout);
	}
	this->counters->add_many(this->counters, GDOI_COUNT_SENT, sent);
	this->counters->add_many(this->counters, GDOI_COUNT_SEND_FAILED,
							 fanout->count - sent);
	return sent;
}

METHOD(gdoi_sender_t, destroy, void,
	private_gdoi_sender_t *this)
{
	this->counters->destroy(this->counters);
	DESTROY_IF(this->impair);
	free(this);
}

/*
 * Described in header
 */
gdoi_sender_t *gdoi_sender_create(gdoi_socket_t *socket,
								  gdoi_counters_t *counters,
								  gdoi_impair_t *impair)
{
	private_gdoi_sender_t *this;

	INIT(this,
		.public = {
			.send = _send_,
			.destroy = _destroy,
		},
		.socket = socket,
		.counters = counters->get_ref(counters),
		.impair = impair ? impair->get_ref(impair) : NULL,
	);
	return &this->public;
}
