/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_service.h"
#include "config_fixture.h"
#include "config_suites.h"

#include <vici/group_vici.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

gdoi_log_t *service_log;
gdoi_vici_t *service_vici;
char service_uri[128];

static group_config_t *config;
static group_vici_t *commands;

static void room_stats(void *user, vici_builder_t *builder)
{
	builder->add_kv(builder, "datagrams-in", "12");
	builder->add_kv(builder, "spi", "0012");
}

void service_setup(void)
{
	fixture_setup();
	snprintf(service_uri, sizeof(service_uri), "unix://./gdoi-test.%d.vici",
			 getpid());
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.socket",
						   service_uri, lib->ns);
	service_log = gdoi_log_create();
	lib->set(lib, GDOI_LOG_NAME, service_log);
	service_vici = gdoi_vici_create();
	ck_assert_ptr_nonnull(service_vici);
	lib->set(lib, GDOI_VICI_NAME, service_vici);
	config = group_config_create();
	lib->set(lib, GROUP_CONFIG_NAME, config);
	config->add_role(config, &fixture_member);
	config->add_role(config, &fixture_server);
	commands = group_vici_create();
	service_vici->add_stats(service_vici, "transport", room_stats, NULL);
}

void service_stop(void)
{
	/* VICI sockets can't be closed while a worker takes a client's connection
	 * down */
	lib->processor->cancel(lib->processor);
	service_vici->remove_stats(service_vici, "transport");
	commands->destroy(commands);
	lib->set(lib, GROUP_CONFIG_NAME, NULL);
	config->destroy(config);
	lib->set(lib, GDOI_VICI_NAME, NULL);
	service_vici->destroy(service_vici);
	service_vici = NULL;
}

void service_teardown(void)
{
	if (service_vici)
	{
		service_stop();
	}
	lib->set(lib, GDOI_LOG_NAME, NULL);
	service_log->destroy(service_log);
	unlink(service_uri + strlen("unix://"));
	fixture_teardown();
}

void service_offer(char *name, char *event, vici_command_cb_t command)
{
	vici_dispatcher_t *dispatcher = service_vici->dispatcher;

	if (event)
	{
		dispatcher->manage_event(dispatcher, event, command != NULL);
	}
	dispatcher->manage_command(dispatcher, name, command, NULL);
}

void service_send(char *event, u_int id, vici_builder_t *row)
{
	vici_dispatcher_t *dispatcher = service_vici->dispatcher;

	dispatcher->raise_event(dispatcher, event, id, row->finalize(row));
}

vici_builder_t *service_answer(const char *errmsg)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "success", errmsg ? "no" : "yes");
	if (errmsg)
	{
		builder->add_kv(builder, "errmsg", "%s", errmsg);
	}
	return builder;
}

char *service_gdoictl(int *code, const char *args)
{
	char command[512], buf[16384];
	size_t len;
	FILE *out;

	snprintf(command, sizeof(command), "timeout 20 %s --uri %s %s 2>&1",
			 GDOICTL, service_uri, args);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	len = fread(buf, 1, sizeof(buf) - 1, out);
	buf[len] = '\0';
	*code = WEXITSTATUS(pclose(out));
	return strdup(buf);
}

void service_check(const char *args, int code, const char *expected)
{
	char *out;
	int got;

	out = service_gdoictl(&got, args);
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(got, code);
	free(out);
}

void service_check_load(const char *text, const char *options, int code,
						const char *expected)
{
	char args[256];

	snprintf(args, sizeof(args), "load-groups --file %s %s",
			 fixture_file(text), options);
	service_check(args, code, expected);
}
