/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "transport_fixture.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

/**
 * Multicast group of the family, and another
 */
static host_t *group(bool other, uint16_t number)
{
	return host_create_from_string(
				fx.family == AF_INET ? other ? "239.77.1.3" : "239.77.1.2"
								  : other ? "ff05::77:3" : "ff05::77:2",
				number);
}

/**
 * Open a socket that receives a group, and TTLs
 */
static int open_group(host_t *host)
{
	struct group_req request = {
		.gr_interface = if_nametoindex(fx_interface()),
	};
	bool ipv4 = fx.family == AF_INET;
	int fd, on = 1;

	fd = fx_open_on(host);
	memcpy(&request.gr_group, host->get_sockaddr(host),
		   *host->get_sockaddr_len(host));
	ck_assert_int_eq(setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
								MCAST_JOIN_GROUP, &request,
								sizeof(request)), 0);
	ck_assert_int_eq(setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
								ipv4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT,
								&on, sizeof(on)), 0);
	return fd;
}

/**
 * Join or leave a group by the transport
 */
static bool set_member(host_t *host, bool join)
{
	return fx.transport->set_member(fx.transport, host, fx_interface(), join);
}

/**
 * Send a message to a group by the transport
 */
static void send_group(host_t *dst, chunk_t message, uint8_t ttl)
{
	gdoi_fanout_t fanout = {
		.datagram = message,
		.src = fx_loopback(fx.port),
		.dsts = &dst,
		.count = 1,
		.interface = fx_interface(),
		.ttl = ttl,
	};

	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 1);
	fanout.src->destroy(fanout.src);
}

/* GM-005: a rekey sent to a group reaches a member of it on the same host,
 * with the group as destination */
START_TEST(test_multicast)
{
	host_t *ours = group(FALSE, fx.port), *dst, *src;
	chunk_t message;

	message = fx_make(1, 33, FALSE);
	fx.transport->add_kek(fx.transport, fx_spi, GDOI_KEK_PUSH, &fx_handler,
						  10);
	ck_assert(set_member(ours, TRUE));
	send_group(ours, message, 0);
	wait_for(fx.calls == 1);
	ck_assert(chunk_equals(fx.last->get_data(fx.last), message));
	dst = fx.last->get_destination(fx.last);
	ck_assert(dst->equals(dst, ours));
	src = fx.last->get_source(fx.last);
	ck_assert_int_eq(src->get_port(src), fx.port);
	dst = fx_loopback(fx.port);
	ck_assert(src->equals(src, dst));
	dst->destroy(dst);

	/* of two users one leaves, the other still receives */
	ck_assert(set_member(ours, TRUE));
	ck_assert(set_member(ours, FALSE));
	send_group(ours, message, 0);
	wait_for(fx.calls == 2);

	ck_assert(set_member(ours, FALSE));
	fx.transport->remove_kek(fx.transport, fx_spi, GDOI_KEK_PUSH, &fx_handler);
	ours->destroy(ours);
	free(message.ptr);
}
END_TEST

/* GM-005: groups that others on the host joined don't get to us */
START_TEST(test_multicast_others)
{
	host_t *ours = group(FALSE, fx.port), *theirs = group(TRUE, fx.port);
	host_t *there = group(TRUE, 0);
	chunk_t message;
	int fd;

	fd = open_group(there);
	there->destroy(there);
	message = fx_make(1, 33, FALSE);
	fx.transport->add_kek(fx.transport, fx_spi, GDOI_KEK_PUSH, &fx_handler,
						  10);
	ck_assert(set_member(ours, TRUE));
	send_group(theirs, message, 0);
	send_group(ours, message, 0);
	wait_for(fx.calls == 1);
	ck_assert_int_eq(fx_count("port-in"), 1);
	ck_assert(set_member(ours, FALSE));
	fx.transport->remove_kek(fx.transport, fx_spi, GDOI_KEK_PUSH, &fx_handler);
	theirs->destroy(theirs);
	ours->destroy(ours);
	free(message.ptr);
	close(fd);
}
END_TEST

/**
 * Send to a group with TTLs, return what arrives
 */
static int arriving_ttl(int fd, uint8_t ttl, chunk_t message)
{
	host_t *dst = fx_address_of(fd);
	packet_t *packet;
	int got = -1;

	send_group(dst, message, ttl);
	packet = fx_peer_receive(fd, &got);
	ck_assert(packet);
	ck_assert(chunk_equals(packet->get_data(packet), message));
	packet->destroy(packet);
	dst->destroy(dst);
	return got;
}

/* the TTL is 1 if nothing else is asked for */
START_TEST(test_multicast_ttl)
{
	host_t *there = group(FALSE, 0);
	chunk_t message;
	int fd;

	fd = open_group(there);
	there->destroy(there);
	message = fx_make(1, 33, FALSE);
	ck_assert_int_eq(arriving_ttl(fd, 0, message), 1);
	ck_assert_int_eq(arriving_ttl(fd, 1, message), 1);
	ck_assert_int_eq(arriving_ttl(fd, 17, message), 17);
	ck_assert_int_eq(arriving_ttl(fd, 255, message), 255);
	free(message.ptr);
	close(fd);
}
END_TEST

static void setup()
{
	fx_open(AF_INET);
}

static void setup_namespace()
{
	fx_enter();
	fx_open(AF_INET);
}

static void setup_namespace_ipv6()
{
	fx_enter();
	fx_open(AF_INET6);
}

static void teardown_namespace()
{
	fx_close();
	fx_leave();
}

/**
 * Set up so that all goes through the impairments, which let it through
 */
static void setup_detour()
{
	fx_impair("drop", "out:33:10000");
	fx_open(AF_INET);
}

static void teardown_detour()
{
	fx_close();
	fx_impair("drop", "");
}

static void setup_detour_ipv6()
{
	fx_enter();
	fx_impair("drop", "out:33:10000");
	fx_open(AF_INET6);
}

static void teardown_detour_ipv6()
{
	teardown_detour();
	fx_leave();
}

/**
 * Add all tests with a fixture
 */
static void add(Suite *suite, const char *name, SFun setup_fn,
				SFun teardown_fn)
{
	TCase *tc;

	tc = tcase_create(name);
	tcase_add_checked_fixture(tc, setup_fn, teardown_fn);
	tcase_add_test(tc, test_multicast);
	tcase_add_test(tc, test_multicast_others);
	tcase_add_test(tc, test_multicast_ttl);
	suite_add_tcase(suite, tc);
}

Suite *suite_transport_multicast(void)
{
	Suite *suite = suite_create("transport of multicast");

	add(suite, "IPv4 loopback", setup, fx_close);
	add(suite, "IPv4 loopback by impairments", setup_detour, teardown_detour);
	if (geteuid())
	{
		fprintf(stderr, "not root: no multicast but on loopback\n");
		return suite;
	}
	add(suite, "IPv4", setup_namespace, teardown_namespace);
	add(suite, "IPv6", setup_namespace_ipv6, teardown_namespace);
	add(suite, "IPv6 by impairments", setup_detour_ipv6, teardown_detour_ipv6);
	return suite;
}
