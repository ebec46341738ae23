/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_socket.h>

#include <daemon.h>
#include <threading/thread.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

static gdoi_socket_t *tested;
static uint16_t port;
static int peer;
static int family;

/** what the inbound function does */
static bool take;
static int offered;

/**
 * A gdoi_inbound_t
 */
static bool inbound(void *user, packet_t *packet, bool own_port)
{
	ck_assert_ptr_eq(user, &offered);
	offered++;
	if (take)
	{
		packet->destroy(packet);
	}
	return take;
}

/**
 * Open a socket on the loopback interface
 */
static int open_peer(int af, uint16_t *number)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = {};
	socklen_t len;
	int fd;

	len = af == AF_INET ? sizeof(addr.in) : sizeof(addr.in6);
	addr.any.sa_family = af;
	if (af == AF_INET)
	{
		addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	else
	{
		addr.in6.sin6_addr = in6addr_loopback;
	}
	fd = socket(af, SOCK_DGRAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, &addr.any, len), 0);
	ck_assert_int_eq(getsockname(fd, &addr.any, &len), 0);
	*number = ntohs(af == AF_INET ? addr.in.sin_port : addr.in6.sin6_port);
	return fd;
}

/**
 * Find a port that is free
 */
static uint16_t free_port()
{
	uint16_t number;

	close(open_peer(AF_INET, &number));
	return number;
}

static void open_all(int af)
{
	port = free_port();
	lib->settings->set_int(lib->settings, "charon.plugins.gdoi.port", port);
	tested = (gdoi_socket_t*)gdoi_socket_create();
	ck_assert(tested);
	family = af;
	peer = open_peer(af, &(uint16_t){0});
	take = FALSE;
	offered = 0;
	tested->set_inbound(tested, inbound, &offered);
}

static void setup()
{
	open_all(AF_INET);
}

static void setup_ipv6()
{
	open_all(AF_INET6);
}

static void teardown()
{
	close(peer);
	tested->socket.destroy(&tested->socket);
	ck_assert(!lib->get(lib, GDOI_SOCKET_NAME));
}

/**
 * Loopback address of the family
 */
static host_t *loopback(uint16_t number)
{
	return host_create_from_string(family == AF_INET ? "127.0.0.1" : "::1",
								   number);
}

/**
 * Send from the peer
 */
static void peer_send(chunk_t data, uint16_t number)
{
	host_t *host;

	host = loopback(number);
	ck_assert_int_eq(sendto(peer, data.ptr, data.len, 0,
					 host->get_sockaddr(host), *host->get_sockaddr_len(host)),
					 data.len);
	host->destroy(host);
}

/**
 * Receive what charon would get
 */
static packet_t *receive_packet()
{
	packet_t *packet;

	ck_assert_int_eq(tested->socket.receive(&tested->socket, &packet),
					 SUCCESS);
	return packet;
}

/**
 * Expect a packet with some data, after a Non-ESP marker
 */
static void expect_marked(chunk_t data, uint16_t number)
{
	chunk_t marker = chunk_from_chars(0, 0, 0, 0), found;
	packet_t *packet;
	host_t *dst;

	packet = receive_packet();
	found = packet->get_data(packet);
	ck_assert_int_eq(found.len, data.len + marker.len);
	ck_assert(memeq(found.ptr, marker.ptr, marker.len));
	ck_assert(memeq(found.ptr + marker.len, data.ptr, data.len));
	dst = packet->get_destination(packet);
	ck_assert_int_eq(dst->get_port(dst), number);
	ck_assert(!dst->is_anyaddr(dst));
	packet->destroy(packet);
}

START_TEST(test_receive)
{
	chunk_t message, marked;
	uint16_t natt;

	ck_assert_int_eq(tested->get_gdoi_port(tested), port);
	natt = tested->socket.get_port(&tested->socket, TRUE);

	/* on our port the marker is put on */
	message = test_message(1, 2, 100);
	peer_send(message, port);
	expect_marked(message, port);
	ck_assert_int_eq(offered, 1);

	/* on 4500 it is there, and only exchange 32 and the like are looked at */
	marked = chunk_cat("cc", chunk_from_chars(0, 0, 0, 0), message);
	peer_send(marked, natt);
	expect_marked(message, natt);
	ck_assert_int_eq(offered, 1);
	marked.ptr[4 + 18] = 32;
	message.ptr[18] = 32;
	peer_send(marked, natt);
	expect_marked(message, natt);
	ck_assert_int_eq(offered, 2);
	free(marked.ptr);
	free(message.ptr);
}
END_TEST

START_TEST(test_take)
{
	gdoi_counters_t *counters;
	chunk_t pull, other;
	packet_t *packet;
	int i;

	take = TRUE;
	pull = test_message(1, 32, 20);
	other = chunk_clone(chunk_from_str("this is not for GDOI"));
	for (i = 0; i < 20; i++)
	{
		peer_send(pull, port);
		peer_send(other, tested->socket.get_port(&tested->socket, FALSE));
	}
	for (i = 0; i < 20; i++)
	{
		packet = receive_packet();
		ck_assert(chunk_equals(packet->get_data(packet), other));
		packet->destroy(packet);
	}
	/* messages on our port are only served while somebody receives */
	counters = tested->get_counters(tested);
	for (i = 0; i < 1000 && counters->get(counters, GDOI_COUNT_PORT_IN) < 20;
		 i++)
	{
		peer_send(other, tested->socket.get_port(&tested->socket, FALSE));
		packet = receive_packet();
		packet->destroy(packet);
	}
	ck_assert_int_eq(counters->get(counters, GDOI_COUNT_PORT_IN), 20);
	ck_assert_int_eq(offered, 20);
	ck_assert_int_eq(counters->get(counters, GDOI_COUNT_PORT_PASSED), 0);
	counters->destroy(counters);
	free(pull.ptr);
	free(other.ptr);
}
END_TEST

/**
 * Receive at the peer
 */
static chunk_t peer_receive(uint16_t *from)
{
	struct pollfd pfd = { .fd = peer, .events = POLLIN };
	static uint8_t buf[1024];
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t addrlen = sizeof(addr);
	ssize_t len;

	ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
	len = recvfrom(peer, buf, sizeof(buf), 0, &addr.any, &addrlen);
	ck_assert_int_ge(len, 0);
	*from = ntohs(family == AF_INET ? addr.in.sin_port : addr.in6.sin6_port);
	return chunk_create(buf, len);
}

/**
 * Port that the peer's socket is bound to
 */
static uint16_t peer_port()
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	ck_assert_int_eq(getsockname(peer, (struct sockaddr*)&addr, &len), 0);
	return ntohs(addr.sin6_port);
}

START_TEST(test_send)
{
	chunk_t marked = chunk_from_chars(0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o');
	chunk_t plain = chunk_from_chars('h', 'e', 'l', 'l', 'o'), found;
	uint16_t ports[2], from;
	packet_t *packet;
	int i;

	ports[0] = port;
	ports[1] = tested->socket.get_port(&tested->socket, TRUE);
	for (i = 0; i < countof(ports); i++)
	{
		packet = packet_create_from_data(loopback(ports[i]),
										 loopback(peer_port()),
										 chunk_clone(marked));
		packet->set_dscp(packet, 46);
		ck_assert_int_eq(tested->socket.send(&tested->socket, packet),
						 SUCCESS);
		packet->destroy(packet);
		found = peer_receive(&from);
		ck_assert(chunk_equals(found, i ? marked : plain));
		ck_assert_int_eq(from, ports[i]);
	}
}
END_TEST

/**
 * Thread that receives for ever
 */
static void *receive_forever(void *received)
{
	packet_t *packet;

	thread_cancelability(FALSE);
	while (TRUE)
	{
		if (tested->socket.receive(&tested->socket, &packet) == SUCCESS)
		{
			packet->destroy(packet);
			ref_get((refcount_t*)received);
		}
	}
	return NULL;
}

/* charon cancels the receiving thread at shutdown: with and without traffic */
START_TEST(test_cancel)
{
	refcount_t received = 0;
	thread_t *thread;
	chunk_t data;
	int i;

	data = test_message(1, 5, 900);
	thread = thread_create(receive_forever, &received);
	if (_i)
	{
		for (i = 0; i < 50; i++)
		{
			peer_send(data, port);
			peer_send(data, tested->socket.get_port(&tested->socket, FALSE));
		}
		wait_for(ref_cur(&received) >= 100);
		for (i = 0; i < 600; i++)
		{
			peer_send(data, tested->socket.get_port(&tested->socket, FALSE));
		}
	}
	thread->cancel(thread);
	thread->join(thread);
	free(data.ptr);
}
END_TEST

START_TEST(test_port_in_use)
{
	gdoi_socket_t *second;

	second = (gdoi_socket_t*)gdoi_socket_create();
	ck_assert(second);
	ck_assert_int_eq(second->get_gdoi_port(second), 0);
	ck_assert_int_ne(second->socket.get_port(&second->socket, FALSE), 0);
	second->socket.destroy(&second->socket);
}
END_TEST

/* GM-005: multicast groups of both families are joined and left */
START_TEST(test_member)
{
	static char *groups[] = { "239.1.2.3", "ff05::123" };
	host_t *group = host_create_from_string(groups[_i], 848);

	ck_assert(!tested->set_member(tested, group, "lo", FALSE));
	ck_assert(tested->set_member(tested, group, "lo", TRUE));
	/* another user of the same group */
	ck_assert(tested->set_member(tested, group, "lo", TRUE));
	ck_assert(tested->set_member(tested, group, "lo", FALSE));
	ck_assert(tested->set_member(tested, group, "lo", FALSE));
	ck_assert(!tested->set_member(tested, group, "lo", FALSE));
	ck_assert(!tested->set_member(tested, group, "nowhere0", TRUE));
	group->destroy(group);
}
END_TEST

Suite *suite_transport_socket(void)
{
	Suite *suite = suite_create("transport socket");
	TCase *tc;

	tc = tcase_create("IPv4");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_receive);
	tcase_add_test(tc, test_take);
	tcase_add_test(tc, test_send);
	tcase_add_loop_test(tc, test_cancel, 0, 2);
	tcase_add_test(tc, test_port_in_use);
	tcase_add_loop_test(tc, test_member, 0, 2);
	suite_add_tcase(suite, tc);

	tc = tcase_create("IPv6");
	tcase_add_checked_fixture(tc, setup_ipv6, teardown);
	tcase_add_test(tc, test_receive);
	tcase_add_test(tc, test_send);
	suite_add_tcase(suite, tc);
	return suite;
}
