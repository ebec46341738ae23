/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test_transport.h"

#include <transport/gdoi_impair.h>

#include <payloads/gdoi_wire.h>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/**
 * What came through
 */
static refcount_t passed;
static bool damaged;
static chunk_t original;

static void setup()
{
	passed = 0;
	damaged = FALSE;
	original = test_message(1, 32, 64);
}

static void teardown()
{
	/* not to impair other suites after a failure */
	lib->settings->set_str(lib->settings, "charon.plugins.gdoi.impair.reorder",
						   "");
	chunk_free(&original);
}

/**
 * Set a rule, "" to remove it
 */
static void rule(const char *action, const char *value)
{
	lib->settings->set_str(lib->settings, "charon.plugins.gdoi.impair.%s",
						   (char*)value, action);
}

/**
 * Count a packet, a gdoi_impair_pass_t
 */
static void pass(void *user, packet_t *packet)
{
	damaged = !chunk_equals(packet->get_data(packet), original);
	packet->destroy(packet);
	ref_get(&passed);
}

/**
 * Send one message of an exchange
 */
static void apply(gdoi_impair_t *impair, bool incoming, uint8_t exchange)
{
	original.ptr[18] = exchange;
	impair->apply(impair, incoming, test_packet(chunk_clone(original)), pass,
				  NULL);
}

START_TEST(test_none)
{
	ck_assert(!gdoi_impair_create());
}
END_TEST

START_TEST(test_drop)
{
	gdoi_impair_t *impair;

	rule("drop", "out:32:2, in:33");
	impair = gdoi_impair_create();
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	apply(impair, TRUE, 32);
	apply(impair, FALSE, 33);
	ck_assert_int_eq(passed, 4);
	apply(impair, TRUE, 33);
	apply(impair, TRUE, 33);
	ck_assert_int_eq(passed, 4);
	ck_assert(!damaged);
	impair->destroy(impair);
	rule("drop", "");
}
END_TEST

START_TEST(test_duplicate_and_corrupt)
{
	gdoi_impair_t *impair;

	rule("duplicate", "in:32:1");
	rule("corrupt", "in:32:2");
	impair = gdoi_impair_create();
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 2);
	ck_assert(!damaged);
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 3);
	ck_assert(damaged);
	impair->destroy(impair);
	rule("duplicate", "");
	rule("corrupt", "");
}
END_TEST

START_TEST(test_delay)
{
	gdoi_impair_t *impair;

	rule("delay", "out:32");
	rule("delay_time", "50");
	impair = gdoi_impair_create();
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 0);
	wait_for(passed == 1);
	ck_assert(!damaged);
	impair->destroy(impair);
	rule("delay", "");
}
END_TEST

/** text of nothing but rules that make no sense */
static const char *nonsense[] = {
	"rubbish", "in", "in:", "in:x", "in:32:", "in:32:0", "in:32:x", "in:32:1x",
	"in:32:101%", "in:32:10%x", "in:32:%", "in:256", "inn:32", "out32", "32",
	"in:-1", "in:32:-1",
};

START_TEST(test_nonsense)
{
	rule("drop", nonsense[_i]);
	ck_assert(!gdoi_impair_create());
	rule("drop", "");
}
END_TEST

START_TEST(test_nonsense_mixed)
{
	gdoi_impair_t *impair;

	rule("drop", "rubbish, out:32");
	impair = gdoi_impair_create();
	apply(impair, TRUE, 32);
	ck_assert_int_eq(passed, 1);
	apply(impair, FALSE, 32);
	ck_assert_int_eq(passed, 1);
	impair->destroy(impair);
	rule("drop", "");
}
END_TEST

/** messages to count by chance */
#define MANY 2000

/**
 * Which of many messages get lost with a seed
 *
 * @param lost		set per message
 * @return			how many
 */
static int lose(const char *seed, bool lost[MANY])
{
	gdoi_impair_t *impair;
	int i, before, count = 0;

	rule("seed", seed);
	impair = gdoi_impair_create();
	for (i = 0; i < MANY; i++)
	{
		before = passed;
		apply(impair, TRUE, 33);
		lost[i] = passed == before;
		count += lost[i];
	}
	impair->destroy(impair);
	rule("seed", "");
	return count;
}

/* a share of messages is hit, the same ones with the same seed */
START_TEST(test_chance)
{
	bool first[MANY], again[MANY], other[MANY];
	int count;

	rule("drop", "in:33:10%, out:33");
	count = lose("4711", first);
	ck_assert_int_gt(count, MANY / 10 * 8 / 10);
	ck_assert_int_lt(count, MANY / 10 * 12 / 10);
	ck_assert_int_eq(lose("4711", again), count);
	ck_assert(memeq(first, again, sizeof(first)));
	lose("4712", other);
	ck_assert(!memeq(first, other, sizeof(first)));
	rule("drop", "in:33:0%");
	ck_assert_int_eq(lose("4711", first), 0);
	rule("drop", "in:33:100%");
	ck_assert_int_eq(lose("4711", first), MANY);
	rule("drop", "");
}
END_TEST

/* two rules with the same share don't hit the same messages */
START_TEST(test_chance_apart)
{
	gdoi_impair_t *impair;
	int i;

	rule("seed", "1");
	rule("drop", "in:33:50%");
	rule("duplicate", "in:33:50%");
	impair = gdoi_impair_create();
	for (i = 0; i < MANY; i++)
	{
		apply(impair, TRUE, 33);
	}
	/* a quarter passes once, a quarter twice */
	ck_assert_int_gt(passed, MANY * 3 / 4 * 9 / 10);
	ck_assert_int_lt(passed, MANY * 3 / 4 * 11 / 10);
	impair->destroy(impair);
	rule("seed", "");
	rule("drop", "");
	rule("duplicate", "");
}
END_TEST

/**
 * Where messages were damaged
 */
static bool places[GDOI_HEADER_LEN + 64];

/**
 * Note the place of damage, a gdoi_impair_pass_t
 */
static void note_place(void *user, packet_t *packet)
{
	chunk_t data = packet->get_data(packet);
	int i;

	ck_assert_int_eq(data.len, sizeof(places));
	for (i = 0; i < data.len; i++)
	{
		places[i] |= data.ptr[i] != original.ptr[i];
	}
	packet->destroy(packet);
}

/* with a share, every octet but those of the header has its turn */
START_TEST(test_corrupt_places)
{
	gdoi_impair_t *impair;
	int i;

	memset(places, 0, sizeof(places));
	original.ptr[18] = 33;
	rule("seed", "7");
	rule("corrupt", "in:33:50%");
	impair = gdoi_impair_create();
	for (i = 0; i < MANY; i++)
	{
		impair->apply(impair, TRUE, test_packet(chunk_clone(original)),
					  note_place, NULL);
	}
	for (i = 0; i < sizeof(places); i++)
	{
		ck_assert_int_eq(places[i], i >= GDOI_HEADER_LEN);
	}
	impair->destroy(impair);
	rule("seed", "");
	rule("corrupt", "");
}
END_TEST

/**
 * Order of messages that came through, by message ID
 */
static char order[16];

/**
 * Note the order, a gdoi_impair_pass_t
 */
static void note_order(void *user, packet_t *packet)
{
	chunk_t data = packet->get_data(packet);
	size_t len = strlen(order);

	order[len] = data.ptr[23];
	packet->destroy(packet);
	ref_get(&passed);
}

/**
 * Send a message with a message ID
 */
static void apply_id(gdoi_impair_t *impair, uint8_t exchange, char id)
{
	chunk_t data = chunk_clone(original);

	data.ptr[18] = exchange;
	data.ptr[23] = id;
	impair->apply(impair, FALSE, test_packet(data), note_order, NULL);
}

START_TEST(test_reorder)
{
	gdoi_impair_t *impair;

	memset(order, 0, sizeof(order));
	rule("reorder", "out:33:1, out:33:4, out:35");
	rule("delay_time", "50");
	impair = gdoi_impair_create();
	apply_id(impair, 33, 'a');
	apply_id(impair, 32, 'b');
	ck_assert_str_eq(order, "b");
	apply_id(impair, 33, 'c');
	apply_id(impair, 33, 'd');
	ck_assert_str_eq(order, "bcad");
	/* without a next one it takes its time */
	apply_id(impair, 33, 'e');
	ck_assert_str_eq(order, "bcad");
	wait_for(passed == 5);
	ck_assert_str_eq(order, "bcade");
	/* one at a time is held: pairs swap */
	apply_id(impair, 35, 'f');
	apply_id(impair, 35, 'g');
	apply_id(impair, 35, 'h');
	apply_id(impair, 35, 'i');
	ck_assert_str_eq(order, "bcadegfih");
	/* what is held at the end is not leaked */
	apply_id(impair, 35, 'j');
	impair->destroy(impair);
	wait_for(passed == 10);
	rule("reorder", "");
}
END_TEST

/* time runs anew for each message that is held */
START_TEST(test_reorder_time)
{
	gdoi_impair_t *impair;
	timeval_t begin, end;

	memset(order, 0, sizeof(order));
	rule("reorder", "out:33");
	rule("delay_time", "300");
	impair = gdoi_impair_create();
	apply_id(impair, 33, 'a');
	apply_id(impair, 33, 'b');
	ck_assert_str_eq(order, "ba");
	usleep(200000);
	time_monotonic(&begin);
	apply_id(impair, 33, 'c');
	wait_for(passed == 3);
	time_monotonic(&end);
	timersub(&end, &begin, &end);
	ck_assert_int_ge(end.tv_sec * 1000 + end.tv_usec / 1000, 250);
	impair->destroy(impair);
	rule("reorder", "");
}
END_TEST

/** counts in memory shared with a child */
static volatile int *shared;

/**
 * Count a packet across processes, a gdoi_impair_pass_t
 */
static void pass_shared(void *user, packet_t *packet)
{
	(*shared)++;
	packet->destroy(packet);
}

/**
 * Apply to four messages in a child; FALSE if it was not killed
 */
static bool is_killed(const char *action)
{
	gdoi_impair_t *impair;
	pid_t pid;
	int status, i;

	rule(action, "out:33:3");
	impair = gdoi_impair_create();
	original.ptr[18] = 33;
	*shared = 0;
	pid = fork();
	if (!pid)
	{
		for (i = 0; i < 4; i++)
		{
			impair->apply(impair, FALSE, test_packet(chunk_clone(original)),
						  pass_shared, NULL);
		}
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	impair->destroy(impair);
	rule(action, "");
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* the process ends right before or after a message, as by kill -9 */
START_TEST(test_abort)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne((void*)shared, MAP_FAILED);
	ck_assert(is_killed("abort"));
	ck_assert_int_eq(*shared, 2);
	ck_assert(is_killed("abort_after"));
	ck_assert_int_eq(*shared, 3);
	ck_assert(!is_killed("drop"));
	ck_assert_int_eq(*shared, 3);
	/* with time, the next message still gets through */
	rule("abort_time", "60000");
	ck_assert(!is_killed("abort_after"));
	ck_assert_int_eq(*shared, 4);
	rule("abort_time", "");
	munmap((void*)shared, sizeof(*shared));
}
END_TEST

Suite *suite_transport_impair(void)
{
	Suite *suite = suite_create("transport impairments");
	TCase *tc;

	tc = tcase_create("rules");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_drop);
	tcase_add_test(tc, test_duplicate_and_corrupt);
	tcase_add_test(tc, test_delay);
	tcase_add_loop_test(tc, test_nonsense, 0, countof(nonsense));
	tcase_add_test(tc, test_nonsense_mixed);
	suite_add_tcase(suite, tc);

	tc = tcase_create("chance");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_chance);
	tcase_add_test(tc, test_chance_apart);
	tcase_add_test(tc, test_corrupt_places);
	suite_add_tcase(suite, tc);

	tc = tcase_create("order and end");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_reorder);
	tcase_add_test(tc, test_reorder_time);
	tcase_add_test(tc, test_abort);
	suite_add_tcase(suite, tc);
	return suite;
}
