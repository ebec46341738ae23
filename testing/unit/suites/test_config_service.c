/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The VICI service over roles that only pretend, asked by gdoictl itself.
 */

#include "config_fixture.h"
#include "config_service.h"
#include "config_suites.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/** rows of a large list */
#define MEMBERS 8000

/** how long to wait for something, in ms */
#define DEADLINE 10000

START_TEST(test_load)
{
	service_check_load(SERVICE_GROUPS, "--dry-run", 2,
					   "would add member one\nwould add server two\n");
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check_load(SERVICE_GROUPS, "", 0, "unchanged\n");
	service_check_load(SERVICE_GROUPS, "--json", 0,
			   "{\"changes\": [], \"plan\": {}, \"errors\": [], "
			   "\"warnings\": [], \"success\": true}\n");
	service_check_load("groups { one { id = 1\n member { } } }", "", 1,
			   "gdoictl: groups.one.member.servers: is missing (write one to "
			   "eight connections)\nrefused, nothing has changed\n");
	service_check_load("groups { one { id = 1\n member { } } }", "--json", 1,
			   "{\"changes\": [], \"plan\": {}, \"errors\": "
			   "[\"groups.one.member.servers: is missing (write one to eight "
			   "connections)\"], \"warnings\": [], "
			   "\"success\": false, \"errmsg\": \"groups.one.member.servers: "
			   "is missing (write one to eight connections)\"}\n");
	service_check_load(SERVICE_GROUPS, "", 0, "unchanged\n");
}
END_TEST

/**
 * Send load-groups as a client that is not gdoictl
 *
 * @param message		encoded message
 * @param buf			receives the answer, a string behind its binary header
 * @param len			size of buf
 * @return				length of the answer
 */
static size_t request_load(chunk_t message, char *buf, size_t len)
{
	struct sockaddr_un addr = {
		.sun_family = AF_UNIX,
	};
	const char *command = "load-groups";
	uint32_t size;
	chunk_t packet;
	int fd;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
			 service_uri + strlen("unix://"));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr*)&addr, sizeof(addr)), 0);
	/* VICI's length, type of a command request, and length of its name */
	size = htonl(2 + strlen(command) + message.len);
	packet = chunk_cat("cccc", chunk_from_thing(size),
					   chunk_from_chars(0, strlen(command)),
					   chunk_from_str((char*)command), message);
	ck_assert_int_eq(write(fd, packet.ptr, packet.len), packet.len);
	chunk_free(&packet);
	ck_assert_int_eq(recv(fd, &size, sizeof(size), MSG_WAITALL), sizeof(size));
	size = ntohl(size);
	ck_assert_uint_lt(size, len);
	ck_assert_int_eq(recv(fd, buf, size, MSG_WAITALL), size);
	close(fd);
	return size;
}

/**
 * A client that forgets the groups must not end them, one that says so may
 */
START_TEST(test_load_without_groups)
{
	static const u_char acls[] = { 1, 4, 'a', 'c', 'l', 's', 2 };
	static const u_char groups[] = { 1, 6, 'g', 'r', 'o', 'u', 'p', 's', 2 };
	static const char *missing = "groups: is missing (send an empty section";
	char answer[4096], *out;
	size_t len;
	int code;

	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	len = request_load(chunk_empty, answer, sizeof(answer));
	ck_assert(memmem(answer, len, missing, strlen(missing)));
	len = request_load(chunk_create((u_char*)acls, sizeof(acls)), answer,
					   sizeof(answer));
	ck_assert(memmem(answer, len, missing, strlen(missing)));
	service_check_load(SERVICE_GROUPS, "", 0, "unchanged\n");
	ck_assert_int_eq(fixture_calls.remove, 0);
	len = request_load(chunk_create((u_char*)groups, sizeof(groups)), answer,
					   sizeof(answer));
	ck_assert(!memmem(answer, len, missing, strlen(missing)));
	ck_assert_int_eq(fixture_calls.remove, 2);
	/* gdoictl loads what the file has, which may be nothing */
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check_load("# nothing\n", "", 2,
					   "remove member one\nremove server two\n");
	out = service_gdoictl(&code, "groups");
	ck_assert_str_eq(out, "");
	free(out);
}
END_TEST

START_TEST(test_groups)
{
	service_check("groups", 0, "");
	service_check("groups --json", 0, "[]\n");
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check("groups", 0,
		  "GROUP            ID              ROLE STATE             INFO\n"
		  "one              3333            gm   REGISTERED        "
		  "10.0.8.1 again in 58m0s\n"
		  "two              10.0.0.1        ks   ACTIVE            "
		  "3 members, TEK 45s\n");
	service_check("groups --json", 0,
		  "[\n{\"name\": \"one\", \"id\": \"3333\", \"id-type\": \"number\", "
		  "\"gm\": {\"state\": \"REGISTERED\", \"interface\": \"eth0\", "
		  "\"servers\": [\"ks1\", \"ks2\"], \"registered-with\": "
		  "\"10.0.8.1\", \"reregister-in\": 3480, \"reregister-in-at\": "
		  "\"2030-01-02T03:04:05Z\", \"teks\": 1, \"ready\": true}},\n"
		  "{\"name\": \"two\", \"id\": \"10.0.0.1\", \"id-type\": "
		  "\"address\", \"ks\": {\"state\": \"ACTIVE\", \"members\": 3, "
		  "\"tek-expires-in\": 45}}\n]\n");
	service_check("groups one", 0,
		  "name                        one\n"
		  "id                          3333\n"
		  "id-type                     number\n"
		  "gm\n"
		  "  state                     REGISTERED\n"
		  "  interface                 eth0\n"
		  "  servers                   ks1\n"
		  "                            ks2\n"
		  "  registered-with           10.0.8.1\n"
		  "  reregister-in             58m0s (2030-01-02T03:04:05Z)\n"
		  "  teks                      1\n"
		  "  ready                     yes\n");
	service_check("groups three", 1, "gdoictl: nothing found for three\n");
}
END_TEST

START_TEST(test_policy)
{
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check("policy", 0,
		  "GROUP        ROLE KIND STATE   LIFE   LEFT   REKEY  ALGORITHMS     "
		  "     SPI\n"
		  "one          gm   tek  CURRENT 1h0m   50m0s  -      aes256-sha256  "
		  "     0011aaff\n");
	service_check("policy one --json", 0,
		  "[\n{\"group\": \"one\", \"role\": \"gm\", \"kind\": \"tek\", "
		  "\"spi\": \"0011aaff\", \"state\": "
		  "\"CURRENT\", \"encryption\": \"aes-cbc\", \"encryption-bits\": 256, "
		  "\"integrity\": \"hmac-sha2-256\", \"lifetime\": 3600, "
		  "\"expires-in\": 3000, \"acl\": [\"permit ip 10.1.0.0/16 "
		  "10.1.0.0/16\"]}\n]\n");
}
END_TEST

/**
 * A list as a key server with many members sends it
 */
static vici_message_t *list_members(void *user, char *name, u_int id,
									vici_message_t *request)
{
	vici_builder_t *builder;
	int i;

	for (i = 0; i < MEMBERS; i++)
	{
		builder = vici_builder_create();
		builder->add_kv(builder, "group", "one");
		builder->add_kv(builder, "id", "C=CH, O=Example, OU=GETVPN, CN=site%d",
						i);
		builder->add_kv(builder, "address", "10.%d.%d.1", i / 256, i % 256);
		builder->add_kv(builder, "state", "REGISTERED");
		builder->add_kv(builder, "last-registration", "%d", i);
		builder->add_kv(builder, "expires-in", "3600");
		service_send("list-member", id, builder);
	}
	builder = vici_builder_create();
	return builder->finalize(builder);
}

/**
 * Lines come in order, none wider than 80 columns; JSON has as many rows
 */
START_TEST(test_many_members)
{
	char command[512], line[1024], expected[64];
	FILE *out;
	int i;

	service_offer("list-members", "list-member", list_members);
	snprintf(command, sizeof(command), "timeout 30 %s --uri %s members",
			 GDOICTL, service_uri);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
	ck_assert_str_eq(line, "GROUP        STATE      SINCE  EXPIRES ACKED  "
					 "MISSED MEMBER\n");
	for (i = 0; i < MEMBERS; i++)
	{
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), out));
		ck_assert_uint_le(strlen(line), 81);
		snprintf(expected, sizeof(expected), " 1h0m    -      -      "
				 "10.%d.%d.1 C=CH", i / 256, i % 256);
		ck_assert_msg(strstr(line, expected), "%s", line);
	}
	ck_assert_ptr_null(fgets(line, sizeof(line), out));
	ck_assert_int_eq(pclose(out), 0);

	snprintf(command, sizeof(command), "timeout 30 %s --uri %s members --json",
			 GDOICTL, service_uri);
	out = popen(command, "r");
	for (i = 0; fgets(line, sizeof(line), out); i++)
	{
		ck_assert_msg(i == 0 || i > MEMBERS || strpfx(line, "{\"group\": "),
					  "%s", line);
	}
	ck_assert_int_eq(i, MEMBERS + 2);
	ck_assert_int_eq(pclose(out), 0);
	/* a reader that has seen enough */
	snprintf(command, sizeof(command), "timeout 30 %s --uri %s members 2>&1 "
			 "| head -n 1 >/dev/null", GDOICTL, service_uri);
	ck_assert_int_eq(system(command), 0);
	service_offer("list-members", "list-member", NULL);
}
END_TEST

/**
 * A configuration that no VICI message can carry
 */
START_TEST(test_too_large)
{
	char *text, *pos, *out, args[256];
	int code, i;

	text = pos = malloc(64 * 20000);
	pos += sprintf(pos, "acls {\n");
	for (i = 1; i < 20000; i++)
	{	/* strongSwan's parser sorts a section after every key */
		if (i % 100 == 1)
		{
			pos += sprintf(pos, "big%d {\n", i);
		}
		pos += sprintf(pos, "%d = permit ip 10.%d.%d.0/24 any\n%s", i, i / 256,
					   i % 256, i % 100 == 0 ? "}\n" : "");
	}
	sprintf(pos, "} }\n");
	snprintf(args, sizeof(args), "load-groups --file %s", fixture_file(text));
	out = service_gdoictl(&code, args);
	ck_assert_msg(strstr(out, "octets, at most 524032 can be sent"), "%s", out);
	ck_assert_int_eq(code, 1);
	free(out);
	free(text);
	/* the service is still there */
	service_check("groups", 0, "");
}
END_TEST

START_TEST(test_others)
{
	char *out;
	int code;

	/* a command that no plugin offers */
	service_check("members", 1, "gdoictl: the service doesn't know "
				  "list-members, a plugin is not loaded\n");
	out = service_gdoictl(&code, "stats --json");
	ck_assert_int_eq(code, 0);
	ck_assert_msg(strstr(out, "\"transport\": {\"datagrams-in\": 12, "
						 "\"spi\": \"0012\"}"), "%s", out);
	ck_assert_msg(strstr(out, "\"vici\": {\"events-sent\": "), "%s", out);
	free(out);
	out = service_gdoictl(&code, "version");
	ck_assert_int_eq(code, 0);
	ck_assert_msg(strstr(out, "plugin                      gdoi\n"), "%s", out);
	free(out);
}
END_TEST

START_TEST(test_usage)
{
	static const char *wrong[] = {
		"", "frobnicate", "register", "register a b", "groups a b",
		"groups --dry-run", "--frobnicate groups", "groups --uri", "rekey a b",
		"rekey --now", "remove-members", "remove-members a b c",
		"remove-members a --replace", "members --now", "register a --file f",
		"rekeys a b",
	};
	char *out;
	int code, i;

	for (i = 0; i < countof(wrong); i++)
	{
		out = service_gdoictl(&code, wrong[i]);
		ck_assert_msg(code == 1, "%s: %d", wrong[i], code);
		ck_assert_msg(strstr(out, "usage: gdoictl COMMAND"), "%s", out);
		free(out);
	}
	out = service_gdoictl(&code, "--uri unix:///no/such/socket groups");
	ck_assert_int_eq(code, 3);
	free(out);
	out = service_gdoictl(&code, "load-groups --file ./no-such-file");
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
	vici_dispatcher_t *dispatcher = service_vici->dispatcher;
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
		execlp(GDOICTL, "gdoictl", "--uri", service_uri,
			   "--json", "log", NULL);
		_exit(127);
	}
	close(fds[1]);
	*out = fdopen(fds[0], "r");
	for (i = 0; !dispatcher->has_event_listeners(dispatcher, "gdoi-event"); i++)
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

/**
 * Read what follow() prints up to an event of a name
 */
static void read_event(FILE *out, char *line, size_t len, const char *name)
{
	char start[64];

	snprintf(start, sizeof(start), "{\"name\": \"%s\"", name);
	do
	{
		ck_assert_ptr_nonnull(fgets(line, len, out));
	}
	while (!strpfx(line, start));
}

START_TEST(test_log_LOG_014)
{
	struct pollfd fd = { .events = POLLIN };
	char line[1024], expected[64];
	FILE *out;
	pid_t pid;
	int i;

	pid = follow(&out);
	/* libvici loses events that come before it knows of its registration */
	fd.fd = fileno(out);
	for (i = 0; i < DEADLINE / 100 && poll(&fd, 1, 100) == 0; i++)
	{
		service_log->log(service_log, 7, "HELLO", NULL, NULL, "anybody there?");
	}
	service_log->log(service_log, 1, "UNAUTHORIZED_IPADDR", "getvpn",
			  "10.1.1.9", "Group %s received registration from unauthorized ip "
			  "address: %s", "getvpn", "10.1.1.9");
	read_event(out, line, sizeof(line), "UNAUTHORIZED_IPADDR");
	ck_assert_msg(strpfx(line, "{\"name\": \"UNAUTHORIZED_IPADDR\", "
			"\"severity\": 1, \"group\": \"getvpn\", \"peer\": \"10.1.1.9\", "
			"\"text\": \"Group getvpn received registration from unauthorized "
			"ip address: 10.1.1.9\", \"time-at\": \""), "%s", line);
	service_log->log(service_log, 6, "LAST", NULL, NULL, "bye");
	read_event(out, line, sizeof(line), "LAST");
	snprintf(expected, sizeof(expected), "\"sequence\": %d}", i + 2);
	ck_assert_msg(strstr(line, expected), "%s", line);
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
	service_stop();
	expect_exit(pid, 3);
	fclose(out);
}
END_TEST

Suite *config_service_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config service");

	tc = tcase_create("service");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, service_setup, service_teardown);
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_load_without_groups);
	tcase_add_test(tc, test_groups);
	tcase_add_test(tc, test_policy);
	tcase_add_test(tc, test_many_members);
	tcase_add_test(tc, test_too_large);
	tcase_add_test(tc, test_others);
	tcase_add_test(tc, test_usage);
	tcase_add_test(tc, test_log_LOG_014);
	tcase_add_test(tc, test_log_gone);
	suite_add_tcase(s, tc);
	return s;
}
