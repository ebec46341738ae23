/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_bindings.h>

#include <threading/thread.h>

/** events that a recorder keeps */
#define EVENTS_MAX 64

typedef struct recorder_t recorder_t;
typedef struct dummy_phase1_t dummy_phase1_t;

/**
 * Handler that writes down what it is told
 */
struct recorder_t {

	/**
	 * Implements gdoi_handler_t
	 */
	gdoi_handler_t handler;

	/**
	 * One letter per event; of messages, the last octet
	 */
	char events[EVENTS_MAX + 1];
	refcount_t count;

	/**
	 * Calls at this moment, and TRUE if they ever overlapped
	 */
	refcount_t inside;
	bool overlapped;

	/**
	 * TRUE to keep calls from returning
	 */
	bool blocked;
};

/**
 * Phase 1 without an IKE_SA
 */
struct dummy_phase1_t {

	/**
	 * Implements gdoi_phase1_t, what a binding needs of it
	 */
	gdoi_phase1_t public;

	/**
	 * TRUE once the IKE_SA is gone
	 */
	bool gone;

	/**
	 * References
	 */
	refcount_t ref;
};

METHOD(gdoi_phase1_t, invalidate, void,
	dummy_phase1_t *this)
{
	this->gone = TRUE;
}

METHOD(gdoi_phase1_t, phase1_get_ref, gdoi_phase1_t*,
	dummy_phase1_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(gdoi_phase1_t, phase1_destroy, void,
	dummy_phase1_t *this)
{
	if (ref_put(&this->ref))
	{
		free(this);
	}
}

static dummy_phase1_t *dummy_phase1_create()
{
	dummy_phase1_t *this;

	INIT(this,
		.public = {
			.invalidate = _invalidate,
			.get_ref = _phase1_get_ref,
			.destroy = _phase1_destroy,
		},
		.ref = 1,
	);
	return this;
}

/**
 * Write an event down
 */
static void record(recorder_t *this, char event)
{
	u_int nth;

	if (ref_get(&this->inside) != 1)
	{
		this->overlapped = TRUE;
	}
	while (this->blocked)
	{
		usleep(1000);
	}
	usleep(500);
	nth = ref_get(&this->count);
	ck_assert_uint_le(nth, EVENTS_MAX);
	this->events[nth - 1] = event;
	ignore_result(ref_put(&this->inside));
}

METHOD(gdoi_handler_t, established, void,
	recorder_t *this, gdoi_phase1_t *phase1)
{
	record(this, 'E');
}

METHOD(gdoi_handler_t, pull, void,
	recorder_t *this, gdoi_phase1_t *phase1, chunk_t datagram)
{
	record(this, datagram.ptr[datagram.len - 1]);
}

METHOD(gdoi_handler_t, notify, void,
	recorder_t *this, gdoi_phase1_t *phase1, uint16_t type)
{
	record(this, 'N');
}

METHOD(gdoi_handler_t, closed, void,
	recorder_t *this, gdoi_phase1_t *phase1)
{
	record(this, 'C');
}

METHOD(gdoi_handler_t, failed, void,
	recorder_t *this, const char *connection)
{
	record(this, streq(connection, "conn") ? 'F' : '?');
}

static recorder_t recorder;
static gdoi_slot_t *slot;
static gdoi_counters_t *counters;
static gdoi_binding_t *binding;
static dummy_phase1_t *phase1;

static void setup()
{
	recorder = (recorder_t){
		.handler = {
			.established = _established,
			.pull = _pull,
			.notify = _notify,
			.closed = _closed,
			.failed = _failed,
		},
	};
	slot = gdoi_slot_create(&recorder.handler);
	counters = gdoi_counters_create();
	binding = gdoi_binding_create(1, counters);
	phase1 = dummy_phase1_create();
}

static void teardown()
{
	binding->destroy(binding);
	/* waits for calls under way */
	slot->vacate(slot);
	slot->destroy(slot);
	counters->destroy(counters);
	phase1->public.destroy(&phase1->public);
}

/**
 * Give the binding a message that the recorder knows by a letter
 */
static bool receive_letter(char letter)
{
	packet_t *packet;
	chunk_t data;

	data = test_message(1, 32, 1);
	data.ptr[data.len - 1] = letter;
	packet = test_packet(data);
	if (binding->receive(binding, packet))
	{
		return TRUE;
	}
	packet->destroy(packet);
	return FALSE;
}

/**
 * Wait for exactly these events
 */
static void expect(const char *events)
{
	wait_for(ref_cur(&recorder.count) >= strlen(events));
	ck_assert_str_eq(recorder.events, events);
	ck_assert(!recorder.overlapped);
}

START_TEST(test_order)
{
	ck_assert(binding->establish(binding, slot, &phase1->public));
	ck_assert(receive_letter('1'));
	binding->notify(binding, 18);
	ck_assert(receive_letter('2'));
	binding->close(binding);
	expect("E1N2C");
	ck_assert(phase1->gone);
	/* nothing is taken after the end */
	ck_assert(!receive_letter('3'));
	binding->notify(binding, 18);
	ck_assert(!binding->establish(binding, slot, &phase1->public));
	binding->close(binding);
	expect("E1N2C");
}
END_TEST

START_TEST(test_early_message)
{
	/* a Quick Mode may come before phase 1 is known to be for GDOI */
	binding->set_doi(binding, 1);
	ck_assert(!binding->expects(binding));
	binding->set_doi(binding, 2);
	ck_assert(binding->expects(binding));
	ck_assert(receive_letter('1'));
	binding->notify(binding, 18);
	binding->establish(binding, slot, &phase1->public);
	ck_assert(binding->expects(binding));
	ck_assert(receive_letter('2'));
	expect("E12");
	binding->close(binding);
	ck_assert(!binding->expects(binding));
	expect("E12C");
}
END_TEST

/**
 * Give the binding a message of a length
 */
static void receive_length(size_t len)
{
	packet_t *packet;

	packet = test_packet(test_message(1, 32, len - GDOI_HEADER_LEN));
	ck_assert(binding->receive(binding, packet));
}

START_TEST(test_early_length)
{
	/* half-open IKE_SAs of strangers must not hold large messages */
	receive_length(GDOI_BINDING_EARLY + 1);
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_QUEUE), 1);
	receive_length(GDOI_BINDING_EARLY);
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_QUEUE), 1);
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_PULL_IN), 1);
	binding->establish(binding, slot, &phase1->public);
	receive_length(GDOI_BINDING_EARLY + 1);
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_QUEUE), 1);
	wait_for(ref_cur(&recorder.count) == 3);
}
END_TEST

START_TEST(test_bounded)
{
	int i;

	for (i = 0; i < GDOI_BINDING_QUEUE + 3; i++)
	{
		ck_assert(receive_letter('a' + i));
	}
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_QUEUE), 3);
	ck_assert_uint_eq(counters->get(counters, GDOI_COUNT_PULL_IN),
					  GDOI_BINDING_QUEUE);
	binding->establish(binding, slot, &phase1->public);
	expect("Eabcdefgh");
	/* there is room again, and the end is told in any case */
	recorder.blocked = TRUE;
	for (i = 0; i < 2 * GDOI_BINDING_QUEUE; i++)
	{
		binding->notify(binding, 18);
	}
	binding->close(binding);
	recorder.blocked = FALSE;
	wait_for(strchr(recorder.events, 'C'));
	ck_assert_uint_le(strlen(recorder.events), 2 * GDOI_BINDING_QUEUE + 3);
}
END_TEST

START_TEST(test_again)
{
	binding->establish(binding, slot, &phase1->public);
	binding->establish(binding, slot, &phase1->public);
	expect("EE");
	ck_assert(binding->is_established(binding, &recorder.handler));
	ck_assert(!binding->is_established(binding, NULL));
	binding->close(binding);
	expect("EEC");
	ck_assert(!binding->is_established(binding, &recorder.handler));
}
END_TEST

START_TEST(test_failed_gm_001)
{
	gdoi_slot_t *attempt;

	binding->set_attempt(binding, slot, "conn");
	attempt = binding->get_attempt(binding);
	ck_assert_ptr_eq(attempt, slot);
	attempt->destroy(attempt);
	ck_assert(receive_letter('1'));
	binding->close(binding);
	expect("F");
	binding->close(binding);
	expect("F");
}
END_TEST

START_TEST(test_unclaimed)
{
	ck_assert(!binding->get_attempt(binding));
	ck_assert(receive_letter('1'));
	binding->close(binding);
	ck_assert(!receive_letter('2'));
	usleep(20000);
	expect("");
}
END_TEST

START_TEST(test_silence)
{
	binding->set_attempt(binding, slot, "conn");
	binding->silence(binding);
	binding->establish(binding, slot, &phase1->public);
	usleep(20000);
	expect("");
}
END_TEST

/**
 * Thread that sends
 */
static void *post(void *letter)
{
	int i;

	for (i = 0; i < 2; i++)
	{
		receive_letter((uintptr_t)letter);
	}
	return NULL;
}

START_TEST(test_serialised)
{
	thread_t *threads[4];
	int i;

	binding->establish(binding, slot, &phase1->public);
	for (i = 0; i < countof(threads); i++)
	{
		threads[i] = thread_create(post, (void*)(uintptr_t)('a' + i));
	}
	for (i = 0; i < countof(threads); i++)
	{
		threads[i]->join(threads[i]);
	}
	binding->close(binding);
	wait_for(strchr(recorder.events, 'C'));
	ck_assert(!recorder.overlapped);
	ck_assert_int_eq(strlen(recorder.events) +
					 counters->get(counters, GDOI_COUNT_QUEUE), 10);
}
END_TEST

static bool vacated;

/**
 * Thread that takes the handler away
 */
static void *vacate(void *unused)
{
	slot->vacate(slot);
	vacated = TRUE;
	return NULL;
}

START_TEST(test_vacate)
{
	thread_t *thread;

	vacated = FALSE;
	recorder.blocked = TRUE;
	binding->establish(binding, slot, &phase1->public);
	wait_for(ref_cur(&recorder.inside) == 1);
	thread = thread_create(vacate, NULL);
	usleep(20000);
	ck_assert(!vacated);
	recorder.blocked = FALSE;
	thread->join(thread);
	ck_assert(vacated);
	expect("E");
	binding->close(binding);
	ck_assert(!slot->enter(slot));
	ck_assert(slot->is(slot, &recorder.handler));
	usleep(20000);
	expect("E");
}
END_TEST

Suite *suite_transport_binding(void)
{
	Suite *suite = suite_create("transport binding");
	TCase *tc;

	tc = tcase_create("events");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_early_message);
	tcase_add_test(tc, test_early_length);
	tcase_add_test(tc, test_bounded);
	tcase_add_test(tc, test_again);
	tcase_add_test(tc, test_failed_gm_001);
	tcase_add_test(tc, test_unclaimed);
	tcase_add_test(tc, test_silence);
	tcase_add_test(tc, test_serialised);
	tcase_add_test(tc, test_vacate);
	suite_add_tcase(suite, tc);
	return suite;
}
