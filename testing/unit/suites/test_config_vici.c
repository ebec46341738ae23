/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"
#include "config_suites.h"

#include <config/config_message.h>
#include <gdoi_log.h>
#include <vici/event_queue.h>
#include <vici/gdoi_vici.h>
#include <vici/group_vici.h>
#include <vici/vici_time.h>

#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/semaphore.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** how long to wait for something, in ms */
#define DEADLINE 10000

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

/* --- service, asked by gdoictl ------------------------------------------- */

static gdoi_log_t *log_;
static gdoi_vici_t *vici;
static group_config_t *config;
static group_vici_t *commands;
static char uri[128];

static void room_stats(void *user, vici_builder_t *builder)
{
	builder->add_kv(builder, "datagrams-in", "12");
	builder->add_kv(builder, "spi", "0012");
}

static vici_message_t *register_(void *user, char *name, u_int id,
								 vici_message_t *request)
{
	vici_builder_t *builder;
	bool good;

	good = streq(request->get_str(request, "", "group"), "one");
	builder = vici_builder_create();
	builder->add_kv(builder, "success", good ? "yes" : "no");
	if (!good)
	{
		builder->add_kv(builder, "errmsg", "there is no such group");
	}
	return builder->finalize(builder);
}

static void setup(void)
{
	fixture_setup();
	snprintf(uri, sizeof(uri), "unix://./gdoi-test.%d.vici", getpid());
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.socket", uri,
						   lib->ns);
	log_ = gdoi_log_create();
	lib->set(lib, GDOI_LOG_NAME, log_);
	vici = gdoi_vici_create();
	ck_assert_ptr_nonnull(vici);
	lib->set(lib, GDOI_VICI_NAME, vici);
	config = group_config_create();
	lib->set(lib, GROUP_CONFIG_NAME, config);
	config->add_role(config, &fixture_member);
	config->add_role(config, &fixture_server);
	commands = group_vici_create();
	vici->add_stats(vici, "transport", room_stats, NULL);
	vici->dispatcher->manage_command(vici->dispatcher, "register", register_,
									 NULL);
}

/**
 * End the service, as charon does: its VICI sockets can't be closed while a
 * worker takes a client's connection down
 */
static void stop_service(void)
{
	lib->processor->cancel(lib->processor);
	vici->dispatcher->manage_command(vici->dispatcher, "register", NULL, NULL);
	vici->remove_stats(vici, "transport");
	commands->destroy(commands);
	lib->set(lib, GROUP_CONFIG_NAME, NULL);
	config->destroy(config);
	lib->set(lib, GDOI_VICI_NAME, NULL);
	vici->destroy(vici);
	vici = NULL;
}

static void teardown(void)
{
	if (vici)
	{
		stop_service();
	}
	lib->set(lib, GDOI_LOG_NAME, NULL);
	log_->destroy(log_);
	unlink(uri + strlen("unix://"));
	fixture_teardown();
}

/**
 * Run gdoictl and collect what it prints, both streams
 *
 * @param code			receives the exit code
 * @return				output, free() it
 */
static char *gdoictl(int *code, const char *args)
{
	char command[512], buf[16384];
	size_t len;
	FILE *out;

	snprintf(command, sizeof(command), "timeout 20 %s --uri %s %s 2>&1",
			 GDOICTL, uri, args);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	len = fread(buf, 1, sizeof(buf) - 1, out);
	buf[len] = '\0';
	*code = WEXITSTATUS(pclose(out));
	return strdup(buf);
}

/**
 * Run gdoictl and compare
 */
static void check(const char *args, int code, const char *expected)
{
	char *out;
	int got;

	out = gdoictl(&got, args);
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(got, code);
	free(out);
}

/**
 * Load a file with gdoictl and compare
 */
static void check_load(const char *text, const char *options, int code,
					   const char *expected)
{
	char args[256];

	snprintf(args, sizeof(args), "load-groups --file %s %s",
			 fixture_file(text), options);
	check(args, code, expected);
}

#define GOOD "groups {\n" \
	"one { id = 3333\n member { servers = a, b } }\n" \
	"two { id = 10.0.0.1\n server { connections = m } }\n}\n"

START_TEST(test_load)
{
	check_load(GOOD, "--dry-run", 2,
			   "would add member one\nwould add server two\n");
	check_load(GOOD, "", 2, "add member one\nadd server two\n");
	check_load(GOOD, "", 0, "unchanged\n");
	check_load(GOOD, "--json", 0, "{\"changes\": [], \"errors\": [], "
			   "\"warnings\": [], \"success\": true}\n");
	check_load("groups { one { id = 1\n member { } } }", "", 1,
			   "gdoictl: groups.one.member.servers: is missing (write one to "
			   "eight connections)\nrefused, nothing has changed\n");
	check_load("groups { one { id = 1\n member { } } }", "--json", 1,
			   "{\"changes\": [], \"errors\": [\"groups.one.member.servers: is "
			   "missing (write one to eight connections)\"], \"warnings\": [], "
			   "\"success\": false, \"errmsg\": \"groups.one.member.servers: "
			   "is missing (write one to eight connections)\"}\n");
	check_load(GOOD, "", 0, "unchanged\n");
}
END_TEST

START_TEST(test_groups)
{
	check("groups", 0, "");
	check("groups --json", 0, "[]\n");
	check_load(GOOD, "", 2, "add member one\nadd server two\n");
	check("groups", 0,
		  "GROUP            ID              ROLE STATE             INFO\n"
		  "one              3333            gm   REGISTERED        "
		  "10.0.8.1 again in 58m0s\n"
		  "two              10.0.0.1        ks   ACTIVE            "
		  "3 members, TEK 45s\n");
	check("groups --json", 0,
		  "[\n{\"name\": \"one\", \"id\": \"3333\", \"id-type\": \"number\", "
		  "\"gm\": {\"state\": \"REGISTERED\", \"interface\": \"eth0\", "
		  "\"servers\": [\"ks1\", \"ks2\"], \"registered-with\": "
		  "\"10.0.8.1\", \"reregister-in\": 3480, \"reregister-in-at\": "
		  "\"2030-01-02T03:04:05Z\", \"teks\": 1, \"ready\": true}},\n"
		  "{\"name\": \"two\", \"id\": \"10.0.0.1\", \"id-type\": "
		  "\"address\", \"ks\": {\"state\": \"ACTIVE\", \"members\": 3, "
		  "\"tek-expires-in\": 45}}\n]\n");
	check("groups one", 0,
		  "name                     one\n"
		  "id                       3333\n"
		  "id-type                  number\n"
		  "gm\n"
		  "  state                  REGISTERED\n"
		  "  interface              eth0\n"
		  "  servers                ks1\n"
		  "                         ks2\n"
		  "  registered-with        10.0.8.1\n"
		  "  reregister-in          58m0s (2030-01-02T03:04:05Z)\n"
		  "  teks                   1\n"
		  "  ready                  yes\n");
	check("groups three", 1, "gdoictl: nothing found for three\n");
}
END_TEST

START_TEST(test_policy)
{
	check_load(GOOD, "", 2, "add member one\nadd server two\n");
	check("policy", 0,
		  "GROUP          ROLE KIND STATE   EXPIRES ALGORITHMS                "
		  "SPI\n"
		  "one            gm   tek  CURRENT 50m0s   aes-cbc-256 hmac-sha2-256 "
		  "0011aaff\n");
	check("policy one --json", 0,
		  "[\n{\"kind\": \"tek\", \"spi\": \"0011aaff\", \"state\": "
		  "\"CURRENT\", \"encryption\": \"aes-cbc\", \"encryption-bits\": 256, "
		  "\"integrity\": \"hmac-sha2-256\", \"lifetime\": 3600, "
		  "\"expires-in\": 3000, \"acl\": [\"permit ip 10.1.0.0/16 "
		  "10.1.0.0/16\"], \"group\": \"one\", \"role\": \"gm\"}\n]\n");
}
END_TEST

START_TEST(test_others)
{
	char *out;
	int code;

	/* a command that no plugin offers */
	check("members", 1, "gdoictl: the service doesn't know list-members, a "
		  "plugin is not loaded\n");
	check("register one", 0, "registering one\n");
	check("register two", 1, "gdoictl: there is no such group\n");
	out = gdoictl(&code, "stats --json");
	ck_assert_int_eq(code, 0);
	ck_assert_msg(strstr(out, "\"transport\": {\"datagrams-in\": 12, "
						 "\"spi\": \"0012\"}"), "%s", out);
	ck_assert_msg(strstr(out, "\"vici\": {\"events-sent\": "), "%s", out);
	free(out);
	out = gdoictl(&code, "version");
	ck_assert_int_eq(code, 0);
	ck_assert_msg(strstr(out, "plugin                   gdoi\n"), "%s", out);
	free(out);
}
END_TEST

START_TEST(test_usage)
{
	static const char *wrong[] = {
		"", "frobnicate", "register", "register a b", "groups a b",
		"groups --dry-run", "--frobnicate groups", "groups --uri",
	};
	char *out;
	int code, i;

	for (i = 0; i < countof(wrong); i++)
	{
		out = gdoictl(&code, wrong[i]);
		ck_assert_msg(code == 1, "%s: %d", wrong[i], code);
		ck_assert_msg(strstr(out, "usage: gdoictl COMMAND"), "%s", out);
		free(out);
	}
	out = gdoictl(&code, "--uri unix:///no/such/socket groups");
	ck_assert_int_eq(code, 3);
	free(out);
	out = gdoictl(&code, "load-groups --file ./no-such-file");
	ck_assert_int_eq(code, 1);
	free(out);
}
END_TEST

/**
 * Start to follow the log
 *
 * @param out			receives what gdoictl prints
 * @return				its process
 */
static pid_t follow(FILE **out)
{
	int fds[2], i;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
	{
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execlp(GDOICTL, "gdoictl", "--uri", uri,
			   "--json", "log", NULL);
		_exit(127);
	}
	close(fds[1]);
	*out = fdopen(fds[0], "r");
	for (i = 0; !vici->dispatcher->has_event_listeners(vici->dispatcher,
													   "gdoi-event"); i++)
	{
		ck_assert_int_lt(i, DEADLINE);
		usleep(1000);
	}
	return pid;
}

/**
 * Wait for the end of a process, and compare its exit code
 */
static void expect_exit(pid_t pid, int code)
{
	int status, i;

	for (i = 0; waitpid(pid, &status, WNOHANG) == 0; i++)
	{
		if (i == DEADLINE)
		{
			kill(pid, SIGKILL);
			ck_abort_msg("gdoictl doesn't end");
		}
		usleep(1000);
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
}

START_TEST(test_log_LOG_014)
{
	char line[1024];
	FILE *out;
	pid_t pid;

	pid = follow(&out);
	log_->log(log_, 1, "UNAUTHORIZED_IPADDR", "getvpn", "10.1.1.9",
			  "Group %s received registration from unauthorized ip address: "
			  "%s", "getvpn", "10.1.1.9");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
	ck_assert_msg(strpfx(line, "{\"name\": \"UNAUTHORIZED_IPADDR\", "
			"\"severity\": 1, \"group\": \"getvpn\", \"peer\": \"10.1.1.9\", "
			"\"text\": \"Group getvpn received registration from unauthorized "
			"ip address: 10.1.1.9\", \"time-at\": \""), "%s", line);
	log_->log(log_, 6, "LAST", NULL, NULL, "bye");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
	ck_assert_msg(strstr(line, "\"sequence\": 2}"), "%s", line);
	kill(pid, SIGTERM);
	expect_exit(pid, 0);
	fclose(out);
}
END_TEST

START_TEST(test_log_gone)
{
	FILE *out;
	pid_t pid;

	pid = follow(&out);
	stop_service();
	expect_exit(pid, 3);
	fclose(out);
}
END_TEST

Suite *config_vici_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config vici");

	tc = tcase_create("message");
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_message);
	tcase_add_test(tc, test_message_bad);
	tcase_add_test(tc, test_time_text);
	tcase_add_test(tc, test_time_keys);
	suite_add_tcase(s, tc);

	tc = tcase_create("queue");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, test_queue_order);
	tcase_add_test(tc, test_queue_bounded);
	tcase_add_test(tc, test_queue_destroy);
	suite_add_tcase(s, tc);

	tc = tcase_create("service");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_groups);
	tcase_add_test(tc, test_policy);
	tcase_add_test(tc, test_others);
	tcase_add_test(tc, test_usage);
	tcase_add_test(tc, test_log_LOG_014);
	tcase_add_test(tc, test_log_gone);
	suite_add_tcase(s, tc);
	return s;
}
