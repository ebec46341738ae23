/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for struct in6_pktinfo */
#include "gdoi_port.h"

#include <payloads/gdoi_wire.h>

#include <daemon.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/** octets of receive buffer to ask for: after a power cut all members of a
 *  group may come back within the same second */
#define RECEIVE_BUFFER (1024 * 1024)

/** room for the control messages that we ask for */
#define CONTROL_LEN 128

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

/**
 * Find the address that a datagram was sent to
 */
static host_t *get_destination(private_gdoi_port_t *this, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	address_t addr;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
	{
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO)
		{
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			addr.in = (struct sockaddr_in){
				.sin_family = AF_INET,
				.sin_port = htons(this->port),
				.sin_addr = info.ipi_addr,
			};
			return host_create_from_sockaddr(&addr.any);
		}
		if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO)
		{
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			addr.in6 = (struct sockaddr_in6){
				.sin6_family = AF_INET6,
				.sin6_port = htons(this->port),
				.sin6_addr = info.ipi6_addr,
			};
			return host_create_from_sockaddr(&addr.any);
		}
	}
	return NULL;
}

METHOD(gdoi_port_t, receive_, packet_t*,
	private_gdoi_port_t *this, struct pollfd *pfd)
{
	char control[CONTROL_LEN] __attribute__((aligned(8)));
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
	dst = get_destination(this, &msg);
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

/**
 * Append a control message to those of a message to send
 */
static void add_control(struct msghdr *msg, int level, int type,
						const void *data, size_t len)
{
	struct cmsghdr *cmsg;

	cmsg = (struct cmsghdr*)((char*)msg->msg_control + msg->msg_controllen);
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

/**
 * Set the source address of a message to send
 */
static void add_source(struct msghdr *msg, host_t *src)
{
	address_t addr;

	if (src->is_anyaddr(src))
	{
		return;
	}
	if (src->get_family(src) == AF_INET)
	{
		struct in_pktinfo info = {};

		memcpy(&addr.in, src->get_sockaddr(src), sizeof(addr.in));
		info.ipi_spec_dst = addr.in.sin_addr;
		add_control(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	else
	{
		struct in6_pktinfo info = {};

		memcpy(&addr.in6, src->get_sockaddr(src), sizeof(addr.in6));
		info.ipi6_addr = addr.in6.sin6_addr;
		add_control(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

/**
 * Set the DSCP of a message to send
 */
static void add_dscp(struct msghdr *msg, int family, uint8_t dscp)
{
	int tos = dscp << 2;

	if (!tos)
	{
		return;
	}
	if (family == AF_INET)
	{
		add_control(msg, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	}
	else
	{
		add_control(msg, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	}
}

METHOD(gdoi_port_t, send_, bool,
	private_gdoi_port_t *this, packet_t *packet)
{
	char control[CONTROL_LEN] __attribute__((aligned(8))) = {};
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
	fd = dst->get_family(dst) == AF_INET ? this->ipv4 : this->ipv6;
	if (fd == -1)
	{
		DBG1(DBG_NET, "no socket on port %u to send to %H", this->port, dst);
		return FALSE;
	}
	iov = (struct iovec){ .iov_base = data.ptr, .iov_len = data.len };
	msg.msg_name = dst->get_sockaddr(dst);
	msg.msg_namelen = *dst->get_sockaddr_len(dst);
	add_source(&msg, src);
	add_dscp(&msg, dst->get_family(dst), packet->get_dscp(packet));
	if (!msg.msg_controllen)
	{
		msg.msg_control = NULL;
	}
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
		if (!set_option(fd, IPPROTO_IP, IP_PKTINFO, 1))
		{
			return FALSE;
		}
	}
	else
	{
		addr.in6.sin6_family = AF_INET6;
		addr.in6.sin6_port = htons(this->port);
		len = sizeof(addr.in6);
		if (!set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) ||
			!set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		{
			return FALSE;
		}
	}
	return bind(fd, &addr.any, len) == 0;
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
	if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER))
	{	/* needs CAP_NET_ADMIN; what the system allows to others will do */
		set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	}
	if (!charon->kernel->bypass_socket(charon->kernel, fd, family))
	{
		DBG1(DBG_NET, "exempting UDP port %u from IPsec policies failed",
			 this->port);
	}
	return fd;
}

METHOD(gdoi_port_t, set_member, bool,
	private_gdoi_port_t *this, host_t *group, const char *interface, bool join)
{
	bool ipv4 = group->get_family(group) == AF_INET;
	struct group_req request = {
		.gr_interface = if_nametoindex(interface),
	};

	memcpy(&request.gr_group, group->get_sockaddr(group),
		   *group->get_sockaddr_len(group));
	/* index 0 would be any interface */
	if (request.gr_interface &&
		setsockopt(ipv4 ? this->ipv4 : this->ipv6,
				   ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
				   join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP,
				   &request, sizeof(request)) == 0)
	{
		return TRUE;
	}
	if (join)
	{
		DBG1(DBG_NET, "joining multicast group %H on interface %s failed: %s",
			 group, interface, strerror(request.gr_interface ? errno : ENODEV));
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
			.set_member = _set_member,
			.destroy = _destroy,
		},
		.port = port,
		.buffer = malloc(GDOI_MESSAGE_MAX),
	);
	this->ipv4 = open_socket(this, AF_INET);
	this->ipv6 = open_socket(this, AF_INET6);
	return &this->public;
}
