/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"
#include "config_suites.h"

#include <config/config_message.h>
#include <vici/event_queue.h>
#include <vici/vici_time.h>

#include <threading/condvar.h>
#include <threading/mutex.h>

#include <stdlib.h>
#include <time.h>

/** how long to wait for something, in ms */
#define DEADLINE 10000

/** items of a list that fills a message */
#define LONG_LIST 100000

/* --- messages ------------------------------------------------------------ */

START_TEST(test_message)
{
	vici_builder_t *builder;
	vici_message_t *message;
	config_node_t *root, *node;
	char *error = NULL;

	builder = vici_builder_create();
	builder->add_kv(builder, "dry-run", "yes");
	builder->begin_section(builder, "other");
	builder->begin_section(builder, "groups");
	builder->add_kv(builder, "ignored", "yes");
	builder->end_section(builder);
	builder->end_section(builder);
	builder->begin_section(builder, "groups");
	builder->begin_section(builder, "g");
	builder->add_kv(builder, "id", "1");
	builder->begin_list(builder, "servers");
	builder->add_li(builder, "a");
	builder->add_li(builder, "b");
	builder->end_list(builder);
	builder->begin_list(builder, "empty");
	builder->end_list(builder);
	builder->end_section(builder);
	builder->end_section(builder);
	message = builder->finalize(builder);
	root = config_message_read(message, &error);
	ck_assert_ptr_nonnull(root);
	ck_assert(!root->get_child(root, "dry-run"));
	ck_assert(!root->get_child(root, "other"));
	node = root->get_child(root, "groups");
	ck_assert(!node->get_child(node, "ignored"));
	node = node->get_child(node, "g");
	node = node->get_child(node, "servers");
	ck_assert_str_eq(node->get_value(node), "a, b");
	root->destroy(root);
	message->destroy(message);
}
END_TEST

/**
 * A list of very many items takes time in proportion, see the timeout
 */
START_TEST(test_message_long_list)
{
	vici_builder_t *builder;
	vici_message_t *message;
	config_node_t *root, *groups, *node;
	char *error = NULL;
	int i;

	builder = vici_builder_create();
	builder->begin_section(builder, "groups");
	builder->begin_list(builder, "long");
	builder->add_li(builder, "first");
	for (i = 0; i < LONG_LIST; i++)
	{
		builder->add_li(builder, "x");
	}
	builder->end_list(builder);
	builder->begin_list(builder, "short");
	builder->add_li(builder, "first");
	builder->end_list(builder);
	builder->end_section(builder);
	message = builder->finalize(builder);
	root = config_message_read(message, &error);
	ck_assert_ptr_nonnull(root);
	groups = root->get_child(root, "groups");
	node = groups->get_child(groups, "long");
	ck_assert_uint_eq(strlen(node->get_value(node)),
					  strlen("first") + strlen(", x") * LONG_LIST);
	node = groups->get_child(groups, "short");
	ck_assert_str_eq(node->get_value(node), "first");
	root->destroy(root);
	message->destroy(message);
}
END_TEST

/**
 * Read a message made of elements, expect an error
 */
static void expect_error(vici_message_t *message, const char *expected)
{
	config_node_t *root;
	char *error = NULL;

	root = config_message_read(message, &error);
	ck_assert_ptr_null(root);
	ck_assert_str_eq(error, expected);
	free(error);
	message->destroy(message);
}

START_TEST(test_message_bad)
{
	vici_builder_t *builder;
	int i;

	builder = vici_builder_create();
	builder->begin_section(builder, "groups");
	builder->add_kv(builder, "a", "1");
	builder->add_kv(builder, "a", "2");
	builder->end_section(builder);
	expect_error(builder->finalize(builder),
				 "groups.a: is there twice, or has no name");

	builder = vici_builder_create();
	builder->begin_section(builder, "groups");
	builder->begin_section(builder, "");
	builder->end_section(builder);
	builder->end_section(builder);
	expect_error(builder->finalize(builder),
				 "groups.: is there twice, or has no name");

	builder = vici_builder_create();
	builder->begin_section(builder, "groups");
	builder->add(builder, VICI_KEY_VALUE, "a", chunk_from_chars('a', 0, 'b'));
	builder->end_section(builder);
	expect_error(builder->finalize(builder),
				 "groups.a: has unprintable characters");

	builder = vici_builder_create();
	for (i = 0; i < 9; i++)
	{
		builder->begin_section(builder, i ? "x" : "groups");
	}
	for (i = 0; i < 9; i++)
	{
		builder->end_section(builder);
	}
	expect_error(builder->finalize(builder),
				 "groups.x.x.x.x.x.x.x.x: is nested too deeply");

	/* cut off in a section */
	expect_error(vici_message_create_from_data(
			chunk_clone(chunk_from_chars(1, 6, 'g','r','o','u','p','s')), TRUE),
			"groups: message is malformed");
	/* a name that is longer than the message */
	expect_error(vici_message_create_from_data(
			chunk_clone(chunk_from_chars(1, 200, 'g')), TRUE),
			"message is malformed");
	/* an element of no known type */
	expect_error(vici_message_create_from_data(
			chunk_clone(chunk_from_chars(99)), TRUE), "message is malformed");
}
END_TEST

/**
 * Whatever the octets, reading ends with a tree or one printable line
 */
START_TEST(test_message_random)
{
	static const u_char seed[] = {
		1, 6, 'g', 'r', 'o', 'u', 'p', 's', 1, 1, 'g',
		3, 2, 'i', 'd', 0, 4, '3', '3', '3', '3',
		1, 6, 'm', 'e', 'm', 'b', 'e', 'r',
		4, 7, 's', 'e', 'r', 'v', 'e', 'r', 's',
		5, 0, 1, 'a', 5, 0, 1, 'b', 6, 2, 2, 2,
	};
	unsigned state = getenv("SEED") ? atoi(getenv("SEED")) : time(NULL);
	vici_message_t *message;
	config_node_t *root;
	chunk_t data;
	char *error;
	int i, j;

	printf("random messages: SEED=%u\n", state);
	for (i = 0; i < 5000; i++)
	{
		data = chunk_clone(chunk_create((u_char*)seed, sizeof(seed)));
		for (j = rand_r(&state) % 4; j >= 0; j--)
		{
			data.ptr[rand_r(&state) % data.len] = rand_r(&state) % 4 ?
								rand_r(&state) % 8 : rand_r(&state);
		}
		data.len -= rand_r(&state) % 3 ? 0 : rand_r(&state) % data.len;
		message = vici_message_create_from_data(data, TRUE);
		error = NULL;
		root = config_message_read(message, &error);
		ck_assert(!root == !!error);
		for (j = 0; error && error[j]; j++)
		{
			ck_assert((u_char)error[j] >= 0x20);
		}
		DESTROY_IF(root);
		free(error);
		message->destroy(message);
	}
}
END_TEST

START_TEST(test_time_text)
{
	char buf[VICI_TIME_LEN];

	ck_assert_str_eq(vici_time_print(0, buf, sizeof(buf)),
					 "1970-01-01T00:00:00Z");
	ck_assert_str_eq(vici_time_print(1700000000, buf, sizeof(buf)),
					 "2023-11-14T22:13:20Z");
}
END_TEST

START_TEST(test_time_keys)
{
	vici_builder_t *builder;
	vici_message_t *message;
	char buf[VICI_TIME_LEN], *at;
	time_t now = time(NULL);

	builder = vici_builder_create();
	vici_time_add_in(builder, "late", -5);
	vici_time_add_ago(builder, "since", 100);
	message = builder->finalize(builder);
	ck_assert_str_eq(message->get_str(message, "", "late"), "0");
	ck_assert_str_eq(message->get_str(message, "", "since"), "100");
	at = message->get_str(message, "", "since-at");
	ck_assert(streq(at, vici_time_print(now - 100, buf, sizeof(buf))) ||
			  streq(at, vici_time_print(now - 99, buf, sizeof(buf))));
	message->destroy(message);
}
END_TEST

/* --- queue --------------------------------------------------------------- */

/**
 * What the queue sends to
 */
typedef struct {
	mutex_t *mutex;
	condvar_t *condvar;
	/** sending waits while this is set */
	bool hold;
	/** numbers that were sent, in order */
	int sent[2000];
	int count;
	/** a send is under way */
	bool inside;
} sink_t;

static void sink_raise(void *user, const char *name, vici_message_t *message)
{
	sink_t *sink = user;

	sink->mutex->lock(sink->mutex);
	ck_assert(!sink->inside);
	sink->inside = TRUE;
	sink->condvar->broadcast(sink->condvar);
	while (sink->hold)
	{
		sink->condvar->wait(sink->condvar, sink->mutex);
	}
	sink->sent[sink->count++] = message->get_int(message, -1, "n");
	sink->inside = FALSE;
	sink->condvar->broadcast(sink->condvar);
	sink->mutex->unlock(sink->mutex);
	message->destroy(message);
}

/**
 * Wait until a number of events were sent, or one is being sent
 */
static void sink_wait(sink_t *sink, int count, bool inside)
{
	sink->mutex->lock(sink->mutex);
	while (sink->count < count || (inside && !sink->inside))
	{
		ck_assert(!sink->condvar->timed_wait(sink->condvar, sink->mutex,
											 DEADLINE));
	}
	sink->mutex->unlock(sink->mutex);
}

static void sink_hold(sink_t *sink, bool hold)
{
	sink->mutex->lock(sink->mutex);
	sink->hold = hold;
	sink->condvar->broadcast(sink->condvar);
	sink->mutex->unlock(sink->mutex);
}

static sink_t *sink_create()
{
	sink_t *sink;

	INIT(sink,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	return sink;
}

static void sink_destroy(sink_t *sink)
{
	sink->mutex->destroy(sink->mutex);
	sink->condvar->destroy(sink->condvar);
	free(sink);
}

static void add_number(event_queue_t *queue, int n)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "n", "%d", n);
	queue->add(queue, "event", builder->finalize(builder));
}

START_TEST(test_queue_order)
{
	event_queue_t *queue;
	sink_t *sink = sink_create();
	int i;

	queue = event_queue_create(sink_raise, sink, 2000);
	for (i = 0; i < 1000; i++)
	{
		add_number(queue, i);
	}
	sink_wait(sink, 1000, FALSE);
	for (i = 0; i < 1000; i++)
	{
		ck_assert_int_eq(sink->sent[i], i);
	}
	ck_assert_uint_eq(queue->get_sent(queue), 1000);
	ck_assert_uint_eq(queue->get_dropped(queue), 0);
	queue->destroy(queue);
	sink_destroy(sink);
}
END_TEST

START_TEST(test_queue_bounded)
{
	event_queue_t *queue;
	sink_t *sink = sink_create();
	int i;

	/* a client that doesn't read: adding goes on, the oldest get lost */
	sink_hold(sink, TRUE);
	queue = event_queue_create(sink_raise, sink, 10);
	add_number(queue, 1000);
	sink_wait(sink, 0, TRUE);
	for (i = 0; i < 100; i++)
	{
		add_number(queue, i);
	}
	ck_assert_uint_eq(queue->get_dropped(queue), 90);
	sink_hold(sink, FALSE);
	sink_wait(sink, 11, FALSE);
	ck_assert_int_eq(sink->sent[0], 1000);
	ck_assert_int_eq(sink->sent[1], 90);
	ck_assert_int_eq(sink->sent[10], 99);
	queue->destroy(queue);
	sink_destroy(sink);
}
END_TEST

START_TEST(test_queue_destroy)
{
	event_queue_t *queue;
	sink_t *sink = sink_create();
	int i;

	/* with no worker the job never runs, and outlives the queue */
	lib->processor->cancel(lib->processor);
	queue = event_queue_create(sink_raise, sink, 10);
	for (i = 0; i < 5; i++)
	{
		add_number(queue, i);
	}
	queue->destroy(queue);
	lib->processor->cancel(lib->processor);
	ck_assert_int_eq(sink->count, 0);
	sink_destroy(sink);
}
END_TEST

Suite *config_vici_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config vici");

	tc = tcase_create("message");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_message);
	tcase_add_test(tc, test_message_bad);
	tcase_add_test(tc, test_message_random);
	tcase_add_test(tc, test_time_text);
	tcase_add_test(tc, test_time_keys);
	suite_add_tcase(s, tc);

	tc = tcase_create("long list");
	tcase_set_timeout(tc, 10);
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_message_long_list);
	suite_add_tcase(s, tc);

	tc = tcase_create("queue");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_queue_order);
	tcase_add_test(tc, test_queue_bounded);
	tcase_add_test(tc, test_queue_destroy);
	suite_add_tcase(s, tc);

	return s;
}
