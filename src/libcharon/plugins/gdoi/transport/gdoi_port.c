/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for IP_MULTICAST_ALL */
#include "gdoi_port.h"
#include "gdoi_cmsg.h"
#include "gdoi_joins.h"

#include <payloads/gdoi_wire.h>

#include <daemon.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/** octets of receive buffer to ask for: after a rekey thousands of members
 *  acknowledge within the same second, and each datagram, however short, takes
 *  at least 768 octets */
#define RECEIVE_BUFFER (8 * 1024 * 1024)

/** octets of send buffer to ask for: some batches of a rekey */
#define SEND_BUFFER (2 * 1024 * 1024)

/** names of what is noted with packets to send */
#define METADATA_INDEX "gdoi-interface"
#define METADATA_TTL "gdoi-ttl"

typedef struct private_gdoi_port_t private_gdoi_port_t;
typedef union address_t address_t;

/**
 * Private data
 */
struct private_gdoi_port_t {

	/**
	 * Public interface
	 */
	gdoi_port_t public;

	/**
	 * Port
	 */
	uint16_t port;

	/**
	 * Sockets, -1 if not available
	 */
	int ipv4;
	int ipv6;

	/**
	 * Multicast groups joined
	 */
	gdoi_joins_t *joins;

	/**
	 * Buffer to receive in
	 */
	uint8_t *buffer;
};

/**
 * An address of either family
 */
union address_t {
	sockaddr_t any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

METHOD(gdoi_port_t, get_number, uint16_t,
	private_gdoi_port_t *this)
{
	return this->port;
}

METHOD(gdoi_port_t, is_open, bool,
	private_gdoi_port_t *this)
{
	return this->ipv4 != -1 || this->ipv6 != -1;
}

METHOD(gdoi_port_t, get_pollfds, void,
	private_gdoi_port_t *this, struct pollfd pfd[2])
{
	pfd[0] = (struct pollfd){ .fd = this->ipv4, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = this->ipv6, .events = POLLIN };
}

METHOD(gdoi_port_t, receive_, packet_t*,
	private_gdoi_port_t *this, struct pollfd *pfd)
{
	char control[GDOI_CMSG_LEN] __attribute__((aligned(8)));
	address_t source;
	struct iovec iov = {
		.iov_base = this->buffer,
		.iov_len = GDOI_MESSAGE_MAX,
	};
	struct msghdr msg = {
		.msg_name = &source,
		.msg_namelen = sizeof(source),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	host_t *src, *dst;
	packet_t *packet;
	ssize_t len;

	len = recvmsg(pfd->fd, &msg, MSG_DONTWAIT);
	if (len < 0 || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
	{	/* nothing there any more, or a pending ICMP error */
		return NULL;
	}
	dst = gdoi_cmsg_get_destination(&msg, this->port);
	src = host_create_from_sockaddr(&source.any);
	if (!src || !dst)
	{
		DESTROY_IF(src);
		DESTROY_IF(dst);
		return NULL;
	}
	packet = packet_create_from_data(src, dst,
						chunk_clone(chunk_create(this->buffer, len)));
	return packet;
}

/*
 * Described in header
 */
void gdoi_port_set_multicast(packet_t *packet, const char *interface,
							 uint8_t ttl)
{
	if (interface)
	{
		packet->set_metadata(packet, METADATA_INDEX,
				lib->metadata->create(lib->metadata, METADATA_TYPE_INT,
									  (int)if_nametoindex(interface)));
	}
	if (ttl)
	{
		packet->set_metadata(packet, METADATA_TTL,
				lib->metadata->create(lib->metadata, METADATA_TYPE_INT,
									  (int)ttl));
	}
}

/**
 * Get a number noted with a packet, 0 if there is none
 */
static int get_number_of(packet_t *packet, const char *name)
{
	metadata_t *metadata;
	int value = 0;

	metadata = packet->get_metadata(packet, name);
	if (metadata)
	{
		metadata->get(metadata, &value);
	}
	return value;
}

/**
 * Append the control messages of a packet to send
 */
static void add_control(struct msghdr *msg, packet_t *packet)
{
	host_t *src = packet->get_source(packet);
	int family = src->get_family(src);

	gdoi_cmsg_add_source(msg, src, get_number_of(packet, METADATA_INDEX));
	gdoi_cmsg_add_ttl(msg, family, get_number_of(packet, METADATA_TTL));
	gdoi_cmsg_add_dscp(msg, family, packet->get_dscp(packet));
	if (!msg->msg_controllen)
	{
		msg->msg_control = NULL;
	}
}

/**
 * Get the socket of a family, -1 if not available
 */
static int get_socket(private_gdoi_port_t *this, int family)
{
	return family == AF_INET ? this->ipv4 : this->ipv6;
}

METHOD(gdoi_port_t, send_, bool,
	private_gdoi_port_t *this, packet_t *packet)
{
	char control[GDOI_CMSG_LEN] __attribute__((aligned(8))) = {};
	host_t *src, *dst;
	chunk_t data;
	struct iovec iov;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	int fd;

	src = packet->get_source(packet);
	dst = packet->get_destination(packet);
	data = packet->get_data(packet);
	fd = get_socket(this, dst->get_family(dst));
	if (fd == -1 || src->get_family(src) != dst->get_family(dst))
	{
		DBG1(DBG_NET, "no socket on port %u to send to %H", this->port, dst);
		return FALSE;
	}
	iov = (struct iovec){ .iov_base = data.ptr, .iov_len = data.len };
	msg.msg_name = dst->get_sockaddr(dst);
	msg.msg_namelen = *dst->get_sockaddr_len(dst);
	add_control(&msg, packet);
	if (sendmsg(fd, &msg, 0) != data.len)
	{
		DBG1(DBG_NET, "sending from %#H to %#H failed: %s", src, dst,
			 strerror(errno));
		return FALSE;
	}
	return TRUE;
}

/**
 * Set an integer option
 */
static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/**
 * Set the options of a family; FALSE if one is missing that has to be
 */
static bool set_options(int fd, int family)
{
	/* receive only groups that were joined here, not those of others on the
	 * same host; and let members on this host have what is sent */
	if (family == AF_INET)
	{
		set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
		set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
		return set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	}
	set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
	return set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
		   set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

/**
 * Set the options of a family and bind to its any address
 */
static bool prepare(private_gdoi_port_t *this, int fd, int family)
{
	address_t addr = {};
	socklen_t len;

	if (family == AF_INET)
	{
		addr.in.sin_family = AF_INET;
		addr.in.sin_port = htons(this->port);
		len = sizeof(addr.in);
	}
	else
	{
		addr.in6.sin6_family = AF_INET6;
		addr.in6.sin6_port = htons(this->port);
		len = sizeof(addr.in6);
	}
	return set_options(fd, family) && bind(fd, &addr.any, len) == 0;
}

/**
 * Set the size of a buffer; beyond the system's limit this needs CAP_NET_ADMIN
 */
static void set_buffer(int fd, int forced, int option, int size)
{
	if (!set_option(fd, SOL_SOCKET, forced, size))
	{
		set_option(fd, SOL_SOCKET, option, size);
	}
}

/**
 * Open the socket of a family
 */
static int open_socket(private_gdoi_port_t *this, int family)
{
	int fd;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	if (fd == -1)
	{
		DBG1(DBG_NET, "no IPv%d for the GDOI port: %s",
			 family == AF_INET ? 4 : 6, strerror(errno));
		return -1;
	}
	if (!prepare(this, fd, family))
	{
		DBG1(DBG_NET, "opening UDP port %u for GDOI over IPv%d failed: %s",
			 this->port, family == AF_INET ? 4 : 6, strerror(errno));
		close(fd);
		return -1;
	}
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
	if (!charon->kernel->bypass_socket(charon->kernel, fd, family))
	{
		DBG1(DBG_NET, "exempting UDP port %u from IPsec policies failed",
			 this->port);
	}
	return fd;
}

METHOD(gdoi_port_t, send_fanout, u_int,
	private_gdoi_port_t *this, const gdoi_fanout_t *fanout)
{
	int fd;

	fd = get_socket(this, fanout->src->get_family(fanout->src));
	if (fd == -1)
	{
		DBG1(DBG_NET, "no socket on port %u to send from %H", this->port,
			 fanout->src);
		return 0;
	}
	return gdoi_fanout_send(fd, fanout);
}

METHOD(gdoi_port_t, set_member, bool,
	private_gdoi_port_t *this, host_t *group, const char *interface, bool join)
{
	if (this->joins->set(this->joins,
						 get_socket(this, group->get_family(group)),
						 group, interface, join))
	{
		return TRUE;
	}
	if (join)
	{
		DBG1(DBG_NET, "joining multicast group %H on interface %s failed: %s",
			 group, interface, strerror(errno));
	}
	return FALSE;
}

METHOD(gdoi_port_t, destroy, void,
	private_gdoi_port_t *this)
{
	if (this->ipv4 != -1)
	{
		close(this->ipv4);
	}
	if (this->ipv6 != -1)
	{
		close(this->ipv6);
	}
	this->joins->destroy(this->joins);
	free(this->buffer);
	free(this);
}

/*
 * Described in header
 */
gdoi_port_t *gdoi_port_create(uint16_t port)
{
	private_gdoi_port_t *this;

	INIT(this,
		.public = {
			.get_number = _get_number,
			.is_open = _is_open,
			.get_pollfds = _get_pollfds,
			.receive = _receive_,
			.send = _send_,
			.send_fanout = _send_fanout,
			.set_member = _set_member,
			.destroy = _destroy,
		},
		.port = port,
		.joins = gdoi_joins_create(),
		.buffer = malloc(GDOI_MESSAGE_MAX),
	);
	this->ipv4 = open_socket(this, AF_INET);
	this->ipv6 = open_socket(this, AF_INET6);
	return &this->public;
}
