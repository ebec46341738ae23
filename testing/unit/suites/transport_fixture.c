/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for unshare() */
#include "transport_fixture.h"

#include <daemon.h>
#include <threading/thread.h>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

fx_t fx = {
	.home = -1,
};

chunk_t fx_spi = chunk_from_chars(1, 1, 1, 1, 1, 1, 1, 1,
								  1, 1, 1, 1, 1, 1, 1, 1);

/** thread that runs receive_all() */
static thread_t *receiver;

/**
 * Thread in the place of charon's receiver
 */
static void *receive_all(void *unused)
{
	packet_t *packet;

	thread_cancelability(FALSE);
	while (TRUE)
	{
		if (fx.sock->socket.receive(&fx.sock->socket, &packet) == SUCCESS)
		{
			packet->destroy(packet);
			ref_get(&fx.charons);
		}
	}
	return NULL;
}

/**
 * Implementation of gdoi_kek_handler_t.message
 */
static void message_(gdoi_kek_handler_t *this, packet_t *packet)
{
	DESTROY_IF(fx.last);
	fx.last = packet->clone(packet);
	ref_get(&fx.calls);
}

gdoi_kek_handler_t fx_handler = {
	.message = message_,
};

/*
 * Described in header
 */
host_t *fx_loopback(uint16_t number)
{
	static char *addresses[2][2] = {
		{ "::1", "127.0.0.3" },
		{ "2001:db8::3", "192.0.2.3" },
	};

	return host_create_from_string(
						addresses[fx.home != -1][fx.family == AF_INET], number);
}

/*
 * Described in header
 */
char *fx_interface()
{
	return fx.home == -1 ? "lo" : "gdoi0";
}

/*
 * Described in header
 */
int fx_open_on(host_t *host)
{
	int fd;

	fd = socket(host->get_family(host), SOCK_DGRAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, host->get_sockaddr(host),
						  *host->get_sockaddr_len(host)), 0);
	return fd;
}

/*
 * Described in header
 */
host_t *fx_address_of(int fd)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr*)&addr, &len), 0);
	return host_create_from_sockaddr((struct sockaddr*)&addr);
}

/**
 * Find a port that is free
 */
static uint16_t free_port()
{
	host_t *any, *host;
	uint16_t number;
	int fd;

	any = host_create_any(AF_INET);
	fd = fx_open_on(any);
	host = fx_address_of(fd);
	number = host->get_port(host);
	host->destroy(host);
	any->destroy(any);
	close(fd);
	return number;
}

/*
 * Described in header
 */
void fx_open(int af)
{
	fx.family = af;
	fx.port = free_port();
	lib->settings->set_int(lib->settings, "charon.plugins.gdoi.port", fx.port);
	fx.sock = (gdoi_socket_t*)gdoi_socket_create();
	ck_assert(fx.sock);
	fx.natt = fx.sock->socket.get_port(&fx.sock->socket, TRUE);
	fx.transport = gdoi_transport_create();
	ck_assert(fx.transport);
	fx.charons = fx.calls = 0;
	fx.last = NULL;
	receiver = thread_create(receive_all, NULL);
}

/*
 * Described in header
 */
void fx_close()
{
	receiver->cancel(receiver);
	receiver->join(receiver);
	fx.transport->destroy(fx.transport);
	fx.sock->socket.destroy(&fx.sock->socket);
	DESTROY_IF(fx.last);
}

/*
 * Described in header
 */
uint64_t fx_count(const char *wanted)
{
	enumerator_t *enumerator;
	const char *name;
	uint64_t value, found = 0;

	enumerator = fx.transport->create_counter_enumerator(fx.transport);
	while (enumerator->enumerate(enumerator, &name, &value))
	{
		if (streq(name, wanted))
		{
			found = value;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/*
 * Described in header
 */
void fx_peer_send(int fd, chunk_t data, uint16_t number)
{
	host_t *dst = fx_loopback(number);

	ck_assert_int_eq(sendto(fd, data.ptr, data.len, 0, dst->get_sockaddr(dst),
							*dst->get_sockaddr_len(dst)), data.len);
	dst->destroy(dst);
}

/*
 * Described in header
 */
int fx_open_peer()
{
	host_t *host = fx_loopback(0);
	int fd;

	fd = fx_open_on(host);
	host->destroy(host);
	return fd;
}

/*
 * Described in header
 */
chunk_t fx_make(uint8_t cookie, uint8_t exchange, bool marker)
{
	chunk_t message;

	message = test_message(cookie, exchange, 100);
	return marker ? chunk_cat("cm", chunk_from_chars(0, 0, 0, 0), message)
				  : message;
}

/*
 * Described in header
 */
packet_t *fx_peer_receive(int fd, int *ttl)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char control[64] __attribute__((aligned(8)));
	struct sockaddr_storage addr;
	uint8_t buf[1024];
	struct iovec iov = {
		.iov_base = buf,
		.iov_len = sizeof(buf),
	};
	struct msghdr msg = {
		.msg_name = &addr,
		.msg_namelen = sizeof(addr),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t len;

	if (poll(&pfd, 1, ttl && !*ttl ? 0 : 5000) != 1)
	{
		return NULL;
	}
	len = recvmsg(fd, &msg, 0);
	ck_assert_int_ge(len, 0);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && ttl)
	{
		memcpy(ttl, CMSG_DATA(cmsg), sizeof(*ttl));
	}
	return packet_create_from_data(
						host_create_from_sockaddr((struct sockaddr*)&addr),
						fx_address_of(fd), chunk_clone(chunk_create(buf, len)));
}

/*
 * Described in header
 */
void fx_impair(const char *action, const char *value)
{
	lib->settings->set_str(lib->settings, "charon.plugins.gdoi.impair.%s",
						   (char*)value, action);
}

/*
 * Described in header
 */
void fx_enter()
{
	int i;

	fx.home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ne(fx.home, -1);
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	/* sources and routes are on another interface than the one to send on, so
	 * that nothing but asking for that gets there */
	ck_assert_int_eq(system("ip link set lo up &&"
			" ip link add gdoi0 type veth peer name gdoi1 &&"
			" ip link add gdoi2 type veth peer name gdoi3 &&"
			" ip address add 192.0.2.3/24 dev gdoi2 &&"
			" ip address add 2001:db8::3/64 dev gdoi2 nodad &&"
			" ip link set gdoi1 up && ip link set gdoi0 up &&"
			" ip link set gdoi3 up && ip link set gdoi2 up &&"
			" ip route add 224.0.0.0/4 dev gdoi2 &&"
			" ip -6 route add multicast ff00::/8 dev gdoi2 table local"
			" metric 1"), 0);
	/* the carrier comes later, and with it the routes of multicast */
	for (i = 0; i < 500 &&
		 system("ip -6 route show table local dev gdoi0 | grep -q ff00:: &&"
				" ip -6 route show table local dev gdoi2 | grep -q 256"); i++)
	{
		usleep(10000);
	}
	ck_assert_int_lt(i, 500);
}

/*
 * Described in header
 */
void fx_leave()
{
	ck_assert_int_eq(setns(fx.home, CLONE_NEWNET), 0);
	close(fx.home);
	fx.home = -1;
}
