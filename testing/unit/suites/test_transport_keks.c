/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_kek_queue.h>
#include <transport/gdoi_keks.h>

#include <payloads/gdoi_wire.h>
#include <threading/thread.h>

/** room for messages in handlers that don't care */
#define ROOM 100

static gdoi_counters_t *counters;
static gdoi_keks_t *keks;
static uint8_t octets[256][16];

/**
 * A handler that notes what it gets, and stops where it is told to
 */
typedef struct {
	gdoi_kek_handler_t handler;
	/** calls so far */
	refcount_t calls;
	/** calls under way, most of them at a time */
	refcount_t inside;
	u_int most;
	/** TRUE to stay in the call */
	volatile bool stay;
	/** number of the last message, for order */
	uint32_t last;
	bool disordered;
	/** TRUE to remove itself in its first call */
	bool remove;
} recorder_t;

/**
 * SPI with all octets of a value, as test_message() makes it
 */
static chunk_t spi(uint8_t value)
{
	memset(octets[value], value, sizeof(octets[value]));
	return chunk_from_thing(octets[value]);
}

METHOD(gdoi_kek_handler_t, message, void,
	recorder_t *this, packet_t *packet)
{
	uint32_t number = untoh32(packet->get_data(packet).ptr + 20);

	this->most = max(this->most, ref_get(&this->inside));
	this->disordered |= number < this->last;
	this->last = number;
	ref_get(&this->calls);
	if (this->remove)
	{
		keks->remove(keks, spi(1), GDOI_KEK_PUSH, &this->handler);
	}
	while (this->stay)
	{
		usleep(100);
	}
	ignore_result(ref_put(&this->inside));
}

static recorder_t one, two;

static void setup()
{
	counters = gdoi_counters_create();
	keks = gdoi_keks_create(counters);
	one = (recorder_t){ .handler = { .message = _message } };
	two = (recorder_t){ .handler = { .message = _message } };
}

static void teardown()
{
	one.stay = two.stay = FALSE;
	if (keks)
	{
		keks->destroy(keks);
	}
	counters->destroy(counters);
}

/**
 * Receive a message
 */
static void receive_one(uint8_t value, gdoi_kek_use_t use, uint32_t number,
						size_t body)
{
	chunk_t message;

	message = test_message(value, use == GDOI_KEK_PUSH ? 33 : 35, body);
	htoun32(message.ptr + 20, number);
	keks->receive(keks, use, test_packet(message));
}

static uint64_t count(gdoi_counter_t counter)
{
	return counters->get(counters, counter);
}

/* SPI and use together are a registration */
START_TEST(test_table)
{
	ck_assert(keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, ROOM));
	ck_assert(!keks->add(keks, spi(1), GDOI_KEK_PUSH, &two.handler, ROOM));
	ck_assert(keks->add(keks, spi(1), GDOI_KEK_ACK, &two.handler, ROOM));
	ck_assert(keks->has(keks, spi(1), GDOI_KEK_PUSH));
	ck_assert(!keks->has(keks, spi(2), GDOI_KEK_PUSH));
	ck_assert(!keks->add(keks, chunk_create(octets[1], 15), GDOI_KEK_PUSH,
						 &one.handler, ROOM));
	keks->remove(keks, chunk_create(octets[1], 15), GDOI_KEK_PUSH,
				 &one.handler);

	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	receive_one(1, GDOI_KEK_ACK, 1, 16);
	receive_one(2, GDOI_KEK_PUSH, 1, 16);
	receive_one(2, GDOI_KEK_ACK, 1, 16);
	wait_for(one.calls == 1 && two.calls == 1);
	ck_assert_int_eq(count(GDOI_COUNT_PUSH_IN), 1);
	ck_assert_int_eq(count(GDOI_COUNT_ACK_IN), 1);
	ck_assert_int_eq(count(GDOI_COUNT_KEK), 2);

	/* only who registered it ends it */
	keks->remove(keks, spi(1), GDOI_KEK_PUSH, &two.handler);
	ck_assert(keks->has(keks, spi(1), GDOI_KEK_PUSH));
	keks->remove(keks, spi(1), GDOI_KEK_PUSH, &one.handler);
	ck_assert(!keks->has(keks, spi(1), GDOI_KEK_PUSH));
	ck_assert(keks->has(keks, spi(1), GDOI_KEK_ACK));
	keks->remove(keks, spi(1), GDOI_KEK_PUSH, &one.handler);
	receive_one(1, GDOI_KEK_PUSH, 2, 16);
	ck_assert_int_eq(count(GDOI_COUNT_KEK), 3);
	ck_assert(keks->add(keks, spi(1), GDOI_KEK_PUSH, &two.handler, ROOM));
	receive_one(1, GDOI_KEK_PUSH, 3, 16);
	wait_for(two.calls == 2);
	ck_assert_int_eq(one.calls, 1);
}
END_TEST

/* one call at a time and in order, with several workers there */
START_TEST(test_order)
{
	uint32_t i, number = 20000;

	keks->add(keks, spi(1), GDOI_KEK_ACK, &one.handler, 65536);
	keks->add(keks, spi(2), GDOI_KEK_ACK, &two.handler, 65536);
	for (i = 1; i <= number; i++)
	{
		receive_one(1 + i % 2, GDOI_KEK_ACK, i, 100);
	}
	wait_for(one.calls + two.calls == number);
	ck_assert_int_eq(one.most, 1);
	ck_assert_int_eq(two.most, 1);
	ck_assert(!one.disordered && !two.disordered);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 0);
}
END_TEST

/* one handler in a call does not keep another from being called */
START_TEST(test_independent)
{
	one.stay = TRUE;
	keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, ROOM);
	keks->add(keks, spi(2), GDOI_KEK_PUSH, &two.handler, ROOM);
	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	wait_for(one.inside == 1);
	receive_one(1, GDOI_KEK_PUSH, 2, 16);
	receive_one(2, GDOI_KEK_PUSH, 1, 16);
	wait_for(two.calls == 1);
	ck_assert_int_eq(one.calls, 1);
	one.stay = FALSE;
	wait_for(one.calls == 2);
}
END_TEST

/* no more waits than was asked for, and no more memory than that needs */
START_TEST(test_bounds)
{
	int i;

	one.stay = TRUE;
	keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, 3);
	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	wait_for(one.inside == 1);
	for (i = 2; i <= 7; i++)
	{
		receive_one(1, GDOI_KEK_PUSH, i, 16);
	}
	ck_assert_int_eq(count(GDOI_COUNT_PUSH_IN), 4);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 3);
	one.stay = FALSE;
	wait_for(one.calls == 4);
	ck_assert_int_eq(one.last, 4);

	one.stay = TRUE;
	receive_one(1, GDOI_KEK_PUSH, 5, 16);
	wait_for(one.inside == 1);
	receive_one(1, GDOI_KEK_PUSH, 6, GDOI_MESSAGE_MAX - GDOI_HEADER_LEN);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 3);
	receive_one(1, GDOI_KEK_PUSH, 7, GDOI_MESSAGE_MAX - GDOI_HEADER_LEN);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 4);
	receive_one(1, GDOI_KEK_PUSH, 8, 1000);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 4);
	one.stay = FALSE;
	wait_for(one.calls == 7);
	/* what was delivered makes room */
	receive_one(1, GDOI_KEK_PUSH, 9, GDOI_MESSAGE_MAX - GDOI_HEADER_LEN);
	wait_for(one.calls == 8);
	ck_assert_int_eq(count(GDOI_COUNT_QUEUE), 4);
}
END_TEST

/** set when remover() is through */
static volatile bool removed;

/**
 * Thread that removes a handler, or the function for unknown KEKs
 */
static void *remover(void *handler)
{
	if (handler)
	{
		keks->remove(keks, spi(1), GDOI_KEK_PUSH, handler);
	}
	else
	{
		keks->set_unknown(keks, NULL, NULL);
	}
	removed = TRUE;
	return NULL;
}

/* removing waits for the call under way; what waits is not delivered */
START_TEST(test_remove_waits)
{
	thread_t *thread;

	removed = FALSE;
	one.stay = TRUE;
	keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, ROOM);
	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	receive_one(1, GDOI_KEK_PUSH, 2, 16);
	wait_for(one.inside == 1);
	thread = thread_create(remover, &one.handler);
	wait_for(!keks->has(keks, spi(1), GDOI_KEK_PUSH));
	usleep(20000);
	ck_assert(!removed);
	one.stay = FALSE;
	thread->join(thread);
	ck_assert(removed);
	ck_assert_int_eq(one.inside, 0);
	ck_assert_int_eq(one.calls, 1);
}
END_TEST

/* within a call a handler may remove itself */
START_TEST(test_remove_within)
{
	one.remove = one.stay = TRUE;
	keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, ROOM);
	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	wait_for(one.calls == 1);
	wait_for(!keks->has(keks, spi(1), GDOI_KEK_PUSH));
	receive_one(1, GDOI_KEK_PUSH, 2, 16);
	ck_assert_int_eq(count(GDOI_COUNT_KEK), 1);
	/* the successor does not wait for it */
	ck_assert(keks->add(keks, spi(1), GDOI_KEK_PUSH, &two.handler, ROOM));
	receive_one(1, GDOI_KEK_PUSH, 3, 16);
	wait_for(two.calls == 1);
	one.stay = FALSE;
	wait_for(one.inside == 0);
	ck_assert_int_eq(one.calls, 1);
}
END_TEST

/* messages left at the end go unheard, and are freed */
START_TEST(test_destroy)
{
	one.stay = TRUE;
	keks->add(keks, spi(1), GDOI_KEK_PUSH, &one.handler, ROOM);
	receive_one(1, GDOI_KEK_PUSH, 1, 16);
	receive_one(1, GDOI_KEK_PUSH, 2, 16);
	wait_for(one.inside == 1);
	one.stay = FALSE;
	keks->destroy(keks);
	keks = NULL;
	ck_assert_int_eq(one.inside, 0);
	ck_assert_int_le(one.calls, 2);
}
END_TEST

/** calls for unknown KEKs, and what holds them */
static refcount_t heard;
static volatile bool hearing, deaf;

static void unknown(void *user, host_t *src, host_t *dst)
{
	ck_assert_ptr_eq(user, &heard);
	ck_assert_int_eq(src->get_port(src), 848);
	ck_assert(!src->ip_equals(src, dst));
	hearing = TRUE;
	ref_get(&heard);
	if (deaf)
	{
		keks->set_unknown(keks, NULL, NULL);
	}
	while (one.stay)
	{
		usleep(100);
	}
	hearing = FALSE;
}

/* at most one call a second is made for rekeys under unknown KEKs */
START_TEST(test_unknown)
{
	timeval_t begin, end;
	int i;

	heard = 0;
	deaf = FALSE;
	receive_one(1, GDOI_KEK_PUSH, 0, 16);
	keks->set_unknown(keks, unknown, &heard);
	receive_one(1, GDOI_KEK_ACK, 0, 16);
	time_monotonic(&begin);
	for (i = 0; i < 100; i++)
	{
		receive_one(i, GDOI_KEK_PUSH, i, 16);
	}
	wait_for(heard == 1);
	ck_assert_int_eq(count(GDOI_COUNT_KEK), 102);
	/* the next one in a second */
	for (i = 0; heard == 1 && i < 5000; i++)
	{
		receive_one(1, GDOI_KEK_PUSH, i, 16);
		usleep(1000);
	}
	ck_assert_int_eq(heard, 2);
	time_monotonic(&end);
	timersub(&end, &begin, &end);
	ck_assert_int_ge(end.tv_sec, 1);
}
END_TEST

/**
 * Receive a rekey under an unknown KEK from an address
 */
static void receive_from(char *address)
{
	packet_t *packet = test_packet(test_message(1, 33, 16));

	packet->set_source(packet, host_create_from_string(address, 848));
	keks->receive(keks, GDOI_KEK_PUSH, packet);
}

/* what some sources send doesn't hide what others do: two of six may share
 * their place, not all */
START_TEST(test_unknown_sources)
{
	char address[32];
	int i;

	heard = 0;
	deaf = FALSE;
	keks->set_unknown(keks, unknown, &heard);
	for (i = 1; i <= 6; i++)
	{
		snprintf(address, sizeof(address), "10.9.%d.1", i);
		receive_from(address);
		receive_from(address);
		usleep(20 * 1000);
	}
	wait_for(heard >= 2);
	ck_assert_int_le(heard, 6);
}
END_TEST

/* the end of hearing waits for a call, but not for one's own */
START_TEST(test_unknown_end)
{
	thread_t *thread;

	heard = 0;
	removed = FALSE;
	deaf = _i;
	one.stay = TRUE;
	keks->set_unknown(keks, unknown, &heard);
	receive_one(1, GDOI_KEK_PUSH, 0, 16);
	wait_for(hearing);
	thread = thread_create(remover, NULL);
	usleep(20000);
	ck_assert(!removed);
	one.stay = FALSE;
	thread->join(thread);
	ck_assert(!hearing);
	ck_assert_int_eq(heard, 1);
}
END_TEST

Suite *suite_transport_keks(void)
{
	Suite *suite = suite_create("transport KEKs");
	TCase *tc;

	tc = tcase_create("registrations");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_independent);
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_remove_waits);
	tcase_add_test(tc, test_remove_within);
	tcase_add_test(tc, test_destroy);
	suite_add_tcase(suite, tc);

	tc = tcase_create("unknown KEKs");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_unknown_sources);
	tcase_add_loop_test(tc, test_unknown_end, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
