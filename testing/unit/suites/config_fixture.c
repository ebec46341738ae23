/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config_fixture.h"

#include <config/config_file.h>
#include <config/config_text.h>

#include <threading/mutex.h>

#include <stdlib.h>
#include <unistd.h>

fixture_calls_t fixture_calls;
bool fixture_refuses;

/** log that is kept for a test */
#define LOG_MAX 20000

/** what runs, by the names of the groups */
static struct {
	char name[65];
	char *value;
} running[16];

static char *logged;
static mutex_t *log_mutex;
static char file_name[64];

ENUM(mode_names, 1, 3,
	"both",
	"inbound-optional",
	"inbound-only",
);

/** collect log lines instead of printing them */
static void collect(debug_t group, level_t level, char *fmt, ...)
{
	char *text, *all;
	va_list args;

	if (level > 1)
	{
		return;
	}
	va_start(args, fmt);
	text = config_text_vformat(fmt, args);
	va_end(args);
	log_mutex->lock(log_mutex);
	if (!logged || strlen(logged) < LOG_MAX)
	{
		all = config_text_format("%s%d %s\n", logged ?: "", level, text);
		free(logged);
		logged = all;
	}
	log_mutex->unlock(log_mutex);
	free(text);
}

char *fixture_log(void)
{
	char *text;

	log_mutex->lock(log_mutex);
	text = logged ?: strdup("");
	logged = NULL;
	log_mutex->unlock(log_mutex);
	return text;
}

void fixture_setup(void)
{
	library_init(NULL, "unit");
	log_mutex = mutex_create(MUTEX_TYPE_DEFAULT);
	dbg = collect;
	lib->processor->set_threads(lib->processor, 4);
	memset(&fixture_calls, 0, sizeof(fixture_calls));
	fixture_refuses = FALSE;
}

void fixture_teardown(void)
{
	lib->processor->cancel(lib->processor);
	dbg = dbg_default;
	log_mutex->destroy(log_mutex);
	free(logged);
	logged = NULL;
	if (*file_name)
	{
		unlink(file_name);
		*file_name = '\0';
	}
	library_deinit();
}

const char *fixture_file(const char *text)
{
	int fd;

	if (*file_name)
	{
		unlink(file_name);
	}
	snprintf(file_name, sizeof(file_name), "./config-test.XXXXXX");
	fd = mkstemp(file_name);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
	{
		abort();
	}
	close(fd);
	return file_name;
}

config_node_t *fixture_read(const char *text)
{
	return config_file_read(fixture_file(text));
}

char *fixture_lines(config_reader_t *reader, bool errors)
{
	enumerator_t *enumerator;
	char *line, *all, *next;
	bool error;

	all = strdup("");
	enumerator = reader->create_enumerator(reader);
	while (enumerator->enumerate(enumerator, &error, &line))
	{
		if (error == errors)
		{
			next = config_text_format("%s%s\n", all, line);
			free(all);
			all = next;
		}
	}
	enumerator->destroy(enumerator);
	return all;
}

char *fixture_load(group_config_t *config, const char *text)
{
	config_reader_t *reader;
	config_node_t *root;
	char *lines = NULL;

	root = fixture_read(text);
	if (!root)
	{
		return strdup("unreadable\n");
	}
	reader = config_reader_create();
	if (!config->load(config, root, reader, NULL))
	{
		lines = fixture_lines(reader, TRUE);
	}
	reader->destroy(reader);
	root->destroy(root);
	return lines;
}

/** slot of a group that runs in a role, or a free one */
static int slot(group_role_t *this, const char *name)
{
	char key[80];
	int i, empty = -1;

	snprintf(key, sizeof(key), "%c%s", *this->section, name);
	for (i = 0; i < countof(running); i++)
	{
		if (running[i].value && streq(running[i].name, key))
		{
			return i;
		}
		if (!running[i].value && empty < 0)
		{
			empty = i;
		}
	}
	snprintf(running[empty].name, sizeof(running[empty].name), "%s", key);
	return empty;
}

static void *parse_member(group_role_t *this, const group_entry_t *group,
						  config_node_t *node, config_reader_t *reader,
						  group_acl_lookup_t acls, void *user)
{
	linked_list_t *servers;
	config_node_t *tuning;
	const char *interface, *acl;
	group_acl_t *list = NULL;
	u_int errors = reader->errors(reader);
	uint64_t timeout, tries, speed = 0;
	host_t *address;
	char *value;
	bool strict;
	int mode;

	servers = reader->get_list(reader, node, "servers");
	interface = reader->get_str(reader, node, "interface", "eth0");
	timeout = reader->get_time(reader, node, "timeout", 5000, 1000, 86400000);
	tries = reader->get_int(reader, node, "tries", 3, 1, 10);
	mode = reader->get_word(reader, node, "mode", mode_names, 1);
	strict = reader->get_bool(reader, node, "strict", TRUE);
	address = reader->get_host(reader, node, "address");
	acl = reader->get_str(reader, node, "acl", NULL);
	tuning = reader->get_section(reader, node, "tuning");
	if (tuning)
	{
		speed = reader->get_int(reader, tuning, "speed", 1, 0, UINT64_MAX);
	}
	if (!node->get_child(node, "servers"))
	{
		reader->missing(reader, node, "servers",
						"write one to eight connections");
	}
	if (acl)
	{
		list = acls(user, acl);
		if (!list)
		{
			reader->error(reader, node->get_child(node, "acl"), "\"%s\" is not "
						  "the name of an ACL", acl);
		}
	}
	value = config_text_format("%d servers %s %d %d %d %d %H %d lines %d",
				servers->get_count(servers), interface, (int)timeout,
				(int)tries, mode, strict, address,
				list ? (int)list->get_count(list) : 0, (int)speed);
	servers->destroy_function(servers, free);
	DESTROY_IF(address);
	DESTROY_IF(list);
	if (errors != reader->errors(reader))
	{
		free(value);
		return NULL;
	}
	return value;
}

static void *parse_server(group_role_t *this, const group_entry_t *group,
						  config_node_t *node, config_reader_t *reader,
						  group_acl_lookup_t acls, void *user)
{
	const char *connections;

	connections = reader->get_str(reader, node, "connections", NULL);
	if (fixture_refuses)
	{
		reader->error(reader, node, "is refused today");
		return NULL;
	}
	if (!connections)
	{	/* gives up early, without having asked for "lifetime" */
		reader->missing(reader, node, "connections", "write their names");
		return NULL;
	}
	reader->get_time(reader, node, "lifetime", 0, 0, UINT64_MAX);
	return strdup(connections);
}

static bool changed(group_role_t *this, const char *name, void *parsed)
{
	int i = slot(this, name);

	return !running[i].value || !streq(running[i].value, parsed);
}

static void plan(group_role_t *this, const char *name, void *parsed,
				 group_change_cb_t change, void *user)
{
	group_change_t line = {
		.key = "value",
		.from = running[slot(this, name)].value,
		.to = parsed,
		.rekey = TRUE,
		.effective = GROUP_EFFECT_BESIDE,
		.rule = "REKEY-102, REKEY-208",
	};

	if (!line.from || !line.to)
	{
		line.key = "";
		line.from = line.from ? "present" : NULL;
		line.to = line.to ? "present" : NULL;
		change(user, &line);
		return;
	}
	change(user, &line);
	line.key = "a.rather.long.path.of.a.single.key";
	line.rekey = FALSE;
	line.effective = GROUP_EFFECT_NOW;
	line.rule = NULL;
	change(user, &line);
}

static void apply(group_role_t *this, const group_entry_t *group, void *parsed)
{
	int i = slot(this, group->name);

	free(running[i].value);
	running[i].value = parsed;
	fixture_calls.apply++;
}

static void remove_(group_role_t *this, const char *name)
{
	int i = slot(this, name);

	free(running[i].value);
	running[i].value = NULL;
	fixture_calls.remove++;
}

static void discard(group_role_t *this, void *parsed)
{
	free(parsed);
	fixture_calls.discard++;
}

static void describe_member(group_role_t *this, const char *name,
							vici_builder_t *builder)
{
	builder->add_kv(builder, "state", "REGISTERED");
	builder->add_kv(builder, "interface", "eth0");
	builder->begin_list(builder, "servers");
	builder->add_li(builder, "ks1");
	builder->add_li(builder, "ks2");
	builder->end_list(builder);
	builder->add_kv(builder, "registered-with", "10.0.8.1");
	builder->add_kv(builder, "reregister-in", "3480");
	builder->add_kv(builder, "reregister-in-at", "2030-01-02T03:04:05Z");
	builder->add_kv(builder, "teks", "1");
	builder->add_kv(builder, "ready", "yes");
}

static void describe_server(group_role_t *this, const char *name,
							vici_builder_t *builder)
{
	builder->add_kv(builder, "state", "ACTIVE");
	builder->add_kv(builder, "members", "3");
	builder->add_kv(builder, "tek-expires-in", "45");
}

static void policies(group_role_t *this, const char *name, group_row_cb_t row,
					 void *user)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "kind", "tek");
	builder->add_kv(builder, "spi", "0011aaff");
	builder->add_kv(builder, "state", "CURRENT");
	builder->add_kv(builder, "encryption", "aes-cbc");
	builder->add_kv(builder, "encryption-bits", "256");
	builder->add_kv(builder, "integrity", "hmac-sha2-256");
	builder->add_kv(builder, "lifetime", "3600");
	builder->add_kv(builder, "expires-in", "3000");
	builder->begin_list(builder, "acl");
	builder->add_li(builder, "permit ip 10.1.0.0/16 10.1.0.0/16");
	builder->end_list(builder);
	row(user, builder);
}

static void rekeys_member(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "transport", "unicast");
	builder->add_kv(builder, "sequence", "17");
	builder->add_kv(builder, "signature-key", "0123456789abcdef0123456789"
					"abcdef0123456789abcdef0123456789");
	builder->add_kv(builder, "rekeys-received", "40");
	builder->add_kv(builder, "last-rekey", "65");
	builder->add_kv(builder, "last-rekey-at", "2030-01-02T03:04:05Z");
	builder->add_kv(builder, "last-rekey-from", "10.0.8.1");
	row(user, builder);
}

static void rekeys_server(group_role_t *this, const char *name,
						  group_row_cb_t row, void *user)
{
	vici_builder_t *builder;

	builder = vici_builder_create();
	builder->add_kv(builder, "transport", "unicast");
	builder->add_kv(builder, "acknowledgement", "cisco");
	builder->add_kv(builder, "sequence", "100017");
	builder->add_kv(builder, "rekeys-sent", "123456");
	builder->add_kv(builder, "last-rekey", "9000000");
	builder->add_kv(builder, "last-rekey-sent", "8000");
	builder->add_kv(builder, "last-rekey-acked", "7999");
	builder->add_kv(builder, "last-rekey-duration", "412");
	builder->add_kv(builder, "next-rekey-in", "3235");
	row(user, builder);
}

group_role_t fixture_member = {
	.section = "member",
	.parse = parse_member,
	.changed = changed,
	.plan = plan,
	.apply = apply,
	.remove = remove_,
	.discard = discard,
	.describe = describe_member,
	.policies = policies,
	.rekeys = rekeys_member,
};

group_role_t fixture_server = {
	.section = "server",
	.parse = parse_server,
	.changed = changed,
	.apply = apply,
	.remove = remove_,
	.discard = discard,
	.describe = describe_server,
	.rekeys = rekeys_server,
};
