/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "transport_fixture.h"

/** acknowledgements of a large group */
#define BURST 8000

/** receivers of a large group: sockets, and destinations */
#define SINKS 50
#define MANY 2000

/** endpoints of a rekey under an unknown KEK */
static host_t *heard_src, *heard_dst;

static void setup()
{
	fx_open(AF_INET);
}

static void setup_ipv6()
{
	fx_open(AF_INET6);
}

static void teardown()
{
	fx_close();
	DESTROY_IF(heard_src);
	DESTROY_IF(heard_dst);
	heard_src = heard_dst = NULL;
}

static void unknown(void *user, host_t *src, host_t *dst)
{
	heard_src = src->clone(src);
	heard_dst = dst->clone(dst);
	ref_get((refcount_t*)user);
}

/** messages under KEKs, who takes them */
static struct {
	uint8_t exchange;
	gdoi_kek_use_t use;
	const char *counter;
} messages[] = {
	{ 33, GDOI_KEK_PUSH, "push-in" },
	{ 35, GDOI_KEK_ACK, "ack-in" },
	{ 240, GDOI_KEK_ACK, "ack-in" },
};

/* ports 848 and 4500 both bring messages under known KEKs; what is unknown is
 * dropped on 848 and charon's on 4500, and so is all on 500 */
START_TEST(test_deliver)
{
	uint8_t exchange = messages[_i].exchange;
	gdoi_kek_use_t use = messages[_i].use;
	socket_t *socket = &fx.sock->socket;
	host_t *peer, *src, *dst;
	chunk_t message, marked;
	int fd;

	fd = fx_open_peer();
	peer = fx_address_of(fd);
	message = fx_make(1, exchange, FALSE);
	marked = fx_make(1, exchange, TRUE);

	/* for the other use the KEK is unknown */
	ck_assert(fx.transport->add_kek(fx.transport, fx_spi, !use, &fx_handler,
									10));
	fx_peer_send(fd, message, fx.port);
	wait_for(fx_count("dropped-kek") == 1);
	fx_peer_send(fd, marked, fx.natt);
	wait_for(fx.charons == 1);

	ck_assert(fx.transport->add_kek(fx.transport, fx_spi, use, &fx_handler,
									10));
	fx_peer_send(fd, message, fx.port);
	wait_for(fx.calls == 1);
	ck_assert(chunk_equals(fx.last->get_data(fx.last), message));
	src = fx.last->get_source(fx.last);
	dst = fx.last->get_destination(fx.last);
	ck_assert(src->equals(src, peer));
	ck_assert_int_eq(dst->get_port(dst), fx.port);
	ck_assert(dst->ip_equals(dst, peer));
	fx_peer_send(fd, marked, fx.natt);
	wait_for(fx.calls == 2);
	ck_assert(chunk_equals(fx.last->get_data(fx.last), message));
	dst = fx.last->get_destination(fx.last);
	ck_assert_int_eq(dst->get_port(dst), fx.natt);
	wait_for(fx_count(messages[_i].counter) == 2);

	fx_peer_send(fd, message, socket->get_port(socket, FALSE));
	wait_for(fx.charons == 2);
	fx.transport->remove_kek(fx.transport, fx_spi, use, &fx_handler);
	fx_peer_send(fd, message, fx.port);
	wait_for(fx_count("dropped-kek") == 2);
	ck_assert_int_eq(fx.calls, 2);
	fx.transport->remove_kek(fx.transport, fx_spi, !use, &fx_handler);
	peer->destroy(peer);
	close(fd);
	free(message.ptr);
	free(marked.ptr);
}
END_TEST

/* only rekeys on our port are told of */
START_TEST(test_unknown)
{
	chunk_t push, ack, marked;
	refcount_t heard = 0;
	host_t *peer;
	int fd;

	fd = fx_open_peer();
	peer = fx_address_of(fd);
	push = fx_make(1, 33, FALSE);
	ack = fx_make(1, 35, FALSE);
	marked = fx_make(1, 33, TRUE);
	fx.transport->set_unknown(fx.transport, unknown, &heard);
	fx_peer_send(fd, ack, fx.port);
	fx_peer_send(fd, marked, fx.natt);
	wait_for(fx_count("dropped-kek") == 1 && fx.charons == 1);
	ck_assert_int_eq(heard, 0);
	fx_peer_send(fd, push, fx.port);
	wait_for(heard == 1);
	ck_assert(heard_src->equals(heard_src, peer));
	ck_assert_int_eq(heard_dst->get_port(heard_dst), fx.port);
	fx.transport->set_unknown(fx.transport, NULL, NULL);
	ck_assert_int_eq(fx_count("dropped-kek"), 2);
	peer->destroy(peer);
	close(fd);
	free(push.ptr);
	free(ack.ptr);
	free(marked.ptr);
}
END_TEST

/* the acknowledgements of a large group all arrive, sent as fast as can be */
START_TEST(test_burst)
{
	chunk_t ack;
	int fd, i;

	fd = fx_open_peer();
	ack = fx_make(1, 35, FALSE);
	fx.transport->add_kek(fx.transport, fx_spi, GDOI_KEK_ACK, &fx_handler,
						  2 * BURST);
	for (i = 0; i < BURST; i++)
	{
		fx_peer_send(fd, ack, fx.port);
	}
	wait_for(fx.calls == BURST);
	wait_for(fx_count("ack-in") == BURST);
	ck_assert_int_eq(fx_count("dropped-queue"), 0);
	fx.transport->remove_kek(fx.transport, fx_spi, GDOI_KEK_ACK, &fx_handler);
	close(fd);
	free(ack.ptr);
}
END_TEST

/**
 * Number of datagrams that wait at a peer, all the same
 */
static u_int drain(int fd, chunk_t data, host_t *from)
{
	packet_t *packet;
	host_t *src;
	u_int number = 0;
	int none = 0;

	while ((packet = fx_peer_receive(fd, &none)))
	{
		src = packet->get_source(packet);
		ck_assert(chunk_equals(packet->get_data(packet), data));
		ck_assert(src->equals(src, from));
		packet->destroy(packet);
		number++;
		none = 0;
	}
	return number;
}

/* each receiver gets the message, from the source that was asked for */
START_TEST(test_fanout)
{
	gdoi_fanout_t fanout = { .count = MANY };
	host_t *dsts[MANY];
	int fds[SINKS], i;
	u_int number;
	chunk_t message;

	message = fx_make(1, 33, FALSE);
	for (i = 0; i < SINKS; i++)
	{
		fds[i] = fx_open_peer();
	}
	for (i = 0; i < MANY; i++)
	{
		dsts[i] = fx_address_of(fds[i % SINKS]);
	}
	fanout.datagram = message;
	fanout.src = fx_loopback(fx.port);
	fanout.dsts = dsts;
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), MANY);
	for (i = 0; i < SINKS; i++)
	{
		number = drain(fds[i], message, fanout.src);
		ck_assert_int_eq(number, MANY / SINKS);
		close(fds[i]);
	}
	ck_assert_int_eq(fx_count("sent"), MANY);
	ck_assert_int_eq(fx_count("send-failed"), 0);
	for (i = 0; i < MANY; i++)
	{
		dsts[i]->destroy(dsts[i]);
	}
	fanout.src->destroy(fanout.src);
	free(message.ptr);
}
END_TEST

/* a receiver that can't be sent to does not keep the others from theirs */
START_TEST(test_failures)
{
	gdoi_fanout_t fanout = {};
	host_t *dsts[6];
	chunk_t message;
	int fd, i;

	fd = fx_open_peer();
	message = fx_make(1, 33, FALSE);
	dsts[0] = fx_address_of(fd);
	/* broadcast is not allowed, the other is of the other family */
	dsts[1] = host_create_from_string("255.255.255.255", 848);
	dsts[2] = fx_address_of(fd);
	dsts[3] = host_create_from_string("::1", 848);
	dsts[4] = host_create_from_string("255.255.255.255", 848);
	dsts[5] = fx_address_of(fd);
	fanout.datagram = message;
	fanout.src = fx_loopback(fx.port);
	fanout.dsts = dsts;
	fanout.count = countof(dsts);
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 3);
	ck_assert_int_eq(drain(fd, message, fanout.src), 3);
	ck_assert_int_eq(fx_count("sent"), 3);
	ck_assert_int_eq(fx_count("send-failed"), 3);

	/* an address that isn't ours, an interface that isn't there */
	fanout.src->destroy(fanout.src);
	fanout.src = host_create_from_string("192.0.2.1", fx.port);
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 0);
	fanout.src->destroy(fanout.src);
	fanout.src = fx_loopback(fx.port);
	fanout.interface = "nowhere0";
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 0);
	fanout.interface = NULL;

	/* a port that isn't ours */
	fanout.src->set_port(fanout.src, fx.port + 1);
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 0);
	fanout.src->set_port(fanout.src,
						 fx.sock->socket.get_port(&fx.sock->socket, FALSE));
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 0);
	ck_assert_int_eq(drain(fd, message, fanout.src), 0);

	fanout.src->set_port(fanout.src, fx.port);
	fanout.count = 0;
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 0);
	for (i = 0; i < countof(dsts); i++)
	{
		dsts[i]->destroy(dsts[i]);
	}
	fanout.src->destroy(fanout.src);
	free(message.ptr);
	close(fd);
}
END_TEST

/* from the port of NAT traversal messages have a Non-ESP marker */
START_TEST(test_marked)
{
	gdoi_fanout_t fanout = { .count = 3 };
	chunk_t message, marked;
	host_t *dsts[3];
	int fd, i;

	fd = fx_open_peer();
	message = fx_make(1, 33, FALSE);
	marked = fx_make(1, 33, TRUE);
	for (i = 0; i < countof(dsts); i++)
	{
		dsts[i] = fx_address_of(fd);
	}
	fanout.datagram = message;
	fanout.src = fx_loopback(fx.natt);
	fanout.dsts = dsts;
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), 3);
	ck_assert_int_eq(drain(fd, marked, fanout.src), 3);
	ck_assert_int_eq(fx_count("sent"), 3);
	for (i = 0; i < countof(dsts); i++)
	{
		dsts[i]->destroy(dsts[i]);
	}
	fanout.src->destroy(fanout.src);
	free(message.ptr);
	free(marked.ptr);
	close(fd);
}
END_TEST

/**
 * Set up with impairments; the transport reads them when it is made
 */
static void setup_impaired()
{
	fx_impair("drop", "out:33:25%, in:35:2");
	fx_impair("duplicate", "in:35:3");
	fx_impair("seed", "5");
	fx_open(AF_INET);
}

static void teardown_impaired()
{
	fx_close();
	fx_impair("drop", "");
	fx_impair("duplicate", "");
	fx_impair("seed", "");
}

/* each datagram of a rekey and each acknowledgement has its own fate, and
 * goes the way that it would go without impairments */
START_TEST(test_impaired)
{
	gdoi_fanout_t fanout = { .count = 200 };
	chunk_t push, ack;
	host_t *dsts[200];
	int fd, i;
	u_int number;

	fd = fx_open_peer();
	push = fx_make(1, 33, FALSE);
	ack = fx_make(1, 35, FALSE);
	for (i = 0; i < countof(dsts); i++)
	{
		dsts[i] = fx_address_of(fd);
	}
	fanout.datagram = push;
	fanout.src = fx_loopback(fx.port);
	fanout.dsts = dsts;
	ck_assert_int_eq(fx.transport->send(fx.transport, &fanout), fanout.count);
	number = drain(fd, push, fanout.src);
	ck_assert_int_gt(number, 130);
	ck_assert_int_lt(number, 170);

	fx.transport->add_kek(fx.transport, fx_spi, GDOI_KEK_ACK, &fx_handler, 10);
	for (i = 0; i < 3; i++)
	{
		fx_peer_send(fd, ack, fx.port);
	}
	wait_for(fx.calls == 3 && fx_count("port-in") == 3);
	fx.transport->remove_kek(fx.transport, fx_spi, GDOI_KEK_ACK, &fx_handler);
	for (i = 0; i < countof(dsts); i++)
	{
		dsts[i]->destroy(dsts[i]);
	}
	fanout.src->destroy(fanout.src);
	free(push.ptr);
	free(ack.ptr);
	close(fd);
}
END_TEST

/**
 * Set up so that all goes through the impairments, but most gets through
 */
static void setup_detour()
{
	fx_impair("drop", "out:33:10000");
	fx_open(AF_INET);
}

Suite *suite_transport_sender(void)
{
	Suite *suite = suite_create("transport of rekeys");
	TCase *tc;

	tc = tcase_create("IPv4");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_deliver, 0, countof(messages));
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_burst);
	tcase_add_test(tc, test_fanout);
	tcase_add_test(tc, test_marked);
	tcase_add_test(tc, test_failures);
	suite_add_tcase(suite, tc);

	tc = tcase_create("IPv6");
	tcase_add_checked_fixture(tc, setup_ipv6, teardown);
	tcase_add_loop_test(tc, test_deliver, 0, countof(messages));
	tcase_add_test(tc, test_burst);
	tcase_add_test(tc, test_fanout);
	tcase_add_test(tc, test_marked);
	suite_add_tcase(suite, tc);

	tc = tcase_create("impaired");
	tcase_add_checked_fixture(tc, setup_impaired, teardown_impaired);
	tcase_add_test(tc, test_impaired);
	suite_add_tcase(suite, tc);

	tc = tcase_create("by impairments");
	tcase_add_checked_fixture(tc, setup_detour, teardown_impaired);
	tcase_add_test(tc, test_fanout);
	tcase_add_test(tc, test_marked);
	suite_add_tcase(suite, tc);
	return suite;
}
