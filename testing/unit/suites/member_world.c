/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "member_fakes.h"

#include <transport/gdoi_vendor_id.h>

#include <stdio.h>

world_t *world;

/** a call that waits */
typedef struct {
	uint64_t due;
	void (*callback)(void *data);
	void *data;
	void (*cleanup)(void *data);
} call_t;

/** calls that wait, sorted by time */
static linked_list_t *calls;
static gm_runtime_t runtime;
static gm_system_t host_system;
static void (*host_changed)(void *user);
static void *host_user;
static gdoi_log_t log_;
static gdoi_vici_t vici;
static vici_dispatcher_t dispatcher;
static struct {
	const char *name;
	vici_command_cb_t cb;
} commands[8];
static void *command_user;

/* --- clock --------------------------------------------------------------- */

static uint64_t rt_now(gm_runtime_t *this)
{
	return world->now;
}

void world_call(uint64_t delay, void (*callback)(void *data), void *data,
				void (*cleanup)(void *data))
{
	enumerator_t *enumerator;
	call_t *call, *other;

	INIT(call,
		.due = world->now + delay,
		.callback = callback,
		.data = data,
		.cleanup = cleanup,
	);
	enumerator = calls->create_enumerator(calls);
	while (enumerator->enumerate(enumerator, &other) && other->due <= call->due)
	{
		/* after those of the same time */
	}
	calls->insert_before(calls, enumerator, call);
	enumerator->destroy(enumerator);
}

static void rt_call(gm_runtime_t *this, uint64_t delay,
					void (*callback)(void *data), void *data,
					void (*cleanup)(void *data))
{
	world_call(delay, callback, data, cleanup);
}

static uint32_t rt_jitter(gm_runtime_t *this)
{
	return world->jitter;
}

static uint64_t rt_boot_ns(gm_runtime_t *this)
{
	return (world->now + world->slept) * 1000000;
}

static bool rt_random(gm_runtime_t *this, size_t len, uint8_t *buf)
{
	while (len--)
	{
		*buf++ = test_random(256);
	}
	return TRUE;
}


static void destroy_call(call_t *call)
{
	if (call->cleanup)
	{
		call->cleanup(call->data);
	}
	free(call);
}

uint8_t gdoi_vendor_features(void)
{
	return world->no_stamps ? GDOI_FEATURES
							: GDOI_FEATURES | GDOI_FEATURE_FRESHNESS;
}

gm_runtime_t *world_runtime()
{
	return &runtime;
}

void world_advance(uint64_t ms)
{
	uint64_t end = world->now + ms;
	call_t *call;

	while (calls->get_first(calls, (void**)&call) == SUCCESS &&
		   call->due <= end)
	{
		calls->remove_first(calls, (void**)&call);
		world->now = max(world->now, call->due);
		call->callback(call->data);
		destroy_call(call);
	}
	world->now = end;
}

/* --- host ---------------------------------------------------------------- */

server_t *world_server(const char *name)
{
	int i;

	for (i = 0; i < countof(world->servers); i++)
	{
		if (streq(world->servers[i].name, name))
		{
			return &world->servers[i];
		}
	}
	return NULL;
}

static bool sys_has_connection(gm_system_t *this, const char *connection)
{
	server_t *server = world_server(connection);

	return server && server->loaded;
}

static host_t *sys_get_server(gm_system_t *this, const char *connection)
{
	server_t *server = world_server(connection);

	return server && server->loaded && !server->named ?
									server->host->clone(server->host) : NULL;
}

bool world_has_interface(const char *name)
{
	return (streq(name, "eth0") && world->eth0) ||
		   (streq(name, "eth1") && world->eth1);
}

static bool sys_has_interface(gm_system_t *this, const char *name)
{
	return world_has_interface(name);
}

static host_t *sys_get_address(gm_system_t *this, const char *name, int family)
{
	return streq(name, "lo1") && world->lo1 ? world->lo1->clone(world->lo1) :
											  NULL;
}

static linked_list_t *sys_get_connections(gm_system_t *this,
										  const char *interface)
{
	linked_list_t *list = linked_list_create();
	enumerator_t *enumerator;
	gm_tcp_t *tcp, *copy;

	enumerator = world->connections->create_enumerator(world->connections);
	while (streq(interface, "eth0") && enumerator->enumerate(enumerator, &tcp))
	{
		INIT(copy,
			.local = tcp->local->clone(tcp->local),
			.remote = tcp->remote->clone(tcp->remote),
		);
		list->insert_last(list, copy);
	}
	enumerator->destroy(enumerator);
	return list;
}

static bool sys_is_starting(gm_system_t *this)
{
	return world->starting;
}

static host_t *make_end(const char *text)
{
	char addr[64];
	u_int port;

	ck_assert_int_eq(sscanf(text, "%63s %u", addr, &port), 2);
	return host_create_from_string(addr, port);
}

void world_connect(const char *local, const char *remote)
{
	gm_tcp_t *tcp;

	INIT(tcp,
		.local = make_end(local),
		.remote = make_end(remote),
	);
	world->connections->insert_last(world->connections, tcp);
}

/* takes the place of the real one */
gm_system_t *gm_system_create(void (*changed)(void *user), void *user)
{
	host_changed = changed;
	host_user = user;
	return &host_system;
}

void world_roam()
{
	host_changed(host_user);
}

/* --- log, trace ---------------------------------------------------------- */

void world_keep_line(linked_list_t *list, const char *fmt, ...)
{
	va_list args;
	char *line;

	va_start(args, fmt);
	ck_assert(vasprintf(&line, fmt, args) >= 0);
	va_end(args);
	list->insert_last(list, line);
}

static void log_log(gdoi_log_t *this, int severity, const char *mnemonic,
					const char *group, const char *peer, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	ck_assert(vasprintf(&text, fmt, args) >= 0);
	va_end(args);
	world_keep_line(world->log, "%%GDOI-%d-%s: %s", severity, mnemonic, text);
	free(text);
}

int world_logged(const char *text)
{
	enumerator_t *enumerator;
	int count = 0;
	char *line;

	enumerator = world->log->create_enumerator(world->log);
	while (enumerator->enumerate(enumerator, &line))
	{
		count += strstr(line, text) != NULL;
	}
	enumerator->destroy(enumerator);
	return count;
}

int world_traced(const char *entry, int from)
{
	enumerator_t *enumerator;
	int i = 0, found = -1;
	char *line;

	enumerator = world->trace->create_enumerator(world->trace);
	while (found < 0 && enumerator->enumerate(enumerator, &line))
	{
		if (i >= from && streq(line, entry))
		{
			found = i;
		}
		i++;
	}
	enumerator->destroy(enumerator);
	return found;
}

/* --- VICI ---------------------------------------------------------------- */

static void vi_manage_command(vici_dispatcher_t *this, char *name,
							  vici_command_cb_t cb, void *user)
{
	int i = 0;

	while (commands[i].name && !streq(commands[i].name, name))
	{
		ck_assert_int_lt(++i, countof(commands));
	}
	commands[i].name = name;
	commands[i].cb = cb;
	command_user = user;
}

bool world_command(const char *name, const char *group)
{
	return world_command_with(name, group, NULL, NULL);
}

bool world_command_with(const char *name, const char *group, char *key,
						const char *value)
{
	vici_message_t *request, *reply;
	vici_builder_t *builder;
	bool success;
	int i = 0;

	while (!commands[i].cb || !streq(commands[i].name, name))
	{
		ck_assert_int_lt(++i, countof(commands));
	}

	builder = vici_builder_create();
	if (group)
	{
		builder->add_kv(builder, "group", "%s", group);
	}
	if (key)
	{
		builder->add_kv(builder, key, "%s", value);
	}
	request = builder->finalize(builder);
	reply = commands[i].cb(command_user, (char*)name, 1, request);
	success = streq(reply->get_str(reply, "", "success"), "yes");
	ck_assert(success || reply->get_str(reply, NULL, "errmsg"));
	request->destroy(request);
	reply->destroy(reply);
	world_settle();
	return success;
}

vici_message_t *world_describe(const char *name)
{
	group_role_t *role = &world->manager->role;
	vici_builder_t *builder = vici_builder_create();

	role->describe(role, name, builder);
	return builder->finalize(builder);
}

/* --- configuration ------------------------------------------------------- */

/** an access list of the configuration */
typedef struct {
	char *name;
	group_acl_t *acl;
} world_list_t;

static void destroy_list(world_list_t *list)
{
	list->acl->destroy(list->acl);
	free(list->name);
	free(list);
}

static group_acl_t *lookup_acl(void *user, const char *name)
{
	enumerator_t *enumerator;
	group_acl_t *found = NULL;
	world_list_t *list;

	enumerator = world->lists->create_enumerator(world->lists);
	while (enumerator->enumerate(enumerator, &list))
	{
		if (streq(list->name, name))
		{
			DESTROY_IF(found);
			found = list->acl->get_ref(list->acl);
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

void world_acl(const char *name, ...)
{
	world_list_t *list;
	const char *line;
	u_int number = 0;
	group_ace_t ace;
	va_list args;

	INIT(list,
		.name = strdup(name),
		.acl = group_acl_create(),
	);
	va_start(args, name);
	while ((line = va_arg(args, const char*)))
	{
		ck_assert_msg(group_ace_parse(line, &ace, NULL), "%s", line);
		ace.number = number += 10;
		ck_assert(list->acl->add(list->acl, &ace));
	}
	va_end(args);
	world->lists->insert_last(world->lists, list);
}

void world_long_acl(const char *name, u_int count)
{
	world_list_t *list;
	group_ace_t ace;
	char text[64];
	u_int i;

	INIT(list,
		.name = strdup(name),
		.acl = group_acl_create(),
	);
	for (i = 0; i < count; i++)
	{
		snprintf(text, sizeof(text), "deny ip host 10.9.%u.%u any", i / 256,
				 i % 256);
		ck_assert(group_ace_parse(text, &ace, NULL));
		list->acl->append(list->acl, &ace);
	}
	world->lists->insert_last(world->lists, list);
}

/** the row that is looked for, and how many were before it */
typedef struct {
	vici_message_t *row;
	u_int position;
	u_int seen;
} wanted_t;

static void keep_row(void *user, vici_builder_t *builder)
{
	wanted_t *wanted = user;
	vici_message_t *row = builder->finalize(builder);

	ck_assert(row != NULL);
	if (++wanted->seen == wanted->position)
	{
		wanted->row = row;
		return;
	}
	row->destroy(row);
}

vici_message_t *world_rule(const char *name, const char *packet, u_int position)
{
	group_role_t *role = &world->manager->role;
	wanted_t wanted = {
		.position = packet ? 1 : position,
	};
	group_packet_t parsed;
	char *reason;

	if (packet)
	{
		ck_assert_msg(group_packet_parse(packet, &parsed, &reason), "%s",
					  packet);
	}
	role->rules(role, name, packet ? &parsed : NULL, keep_row, &wanted);
	return wanted.row;
}

static void *vparse(config_reader_t *reader, const char *name, uint32_t id,
					group_entry_t *entry, va_list args)
{
	group_role_t *role = &world->manager->role;
	config_node_t *root, *node;
	const char *key, *value;
	void *parsed;

	root = config_node_create();
	node = root->add_child(root, "groups", NULL);
	node = node->add_child(node, name, NULL);
	node = node->add_child(node, "member", NULL);
	while ((key = va_arg(args, const char*)))
	{
		value = va_arg(args, const char*);
		node->add_child(node, key, value);
	}
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->id = (group_id_t){ GROUP_ID_NUMBER, id };
	parsed = role->parse(role, entry, node, reader, lookup_acl, NULL);
	root->destroy(root);
	return parsed;
}

void *world_parse(config_reader_t *reader, const char *name, uint32_t id, ...)
{
	group_entry_t entry = {};
	va_list args;
	void *parsed;

	va_start(args, id);
	parsed = vparse(reader, name, id, &entry, args);
	va_end(args);
	return parsed;
}

void world_apply(const char *name, uint32_t id, ...)
{
	group_role_t *role = &world->manager->role;
	config_reader_t *reader = config_reader_create();
	group_entry_t entry = {};
	va_list args;
	void *parsed;

	va_start(args, id);
	parsed = vparse(reader, name, id, &entry, args);
	va_end(args);
	ck_assert(parsed != NULL);
	ck_assert_uint_eq(reader->errors(reader), 0);
	role->apply(role, &entry, parsed);
	reader->destroy(reader);
}

/** gets a row of list-policies; nothing to be done with it here */
static void drop_row(void *user, vici_builder_t *builder)
{
	builder->destroy(builder);
}

gm_status_t world_status(const char *name)
{
	gm_status_t status = {};
	vici_message_t *message;
	group_role_t *role = &world->manager->role;

	message = world_describe(name);
	snprintf(status.reason, sizeof(status.reason), "%s",
			 message->get_str(message, "", "reason"));
	snprintf(status.server, sizeof(status.server), "%s",
			 message->get_str(message, "", "server"));
	status.attempted = message->get_int(message, -1, "registrations-attempted");
	status.succeeded = message->get_int(message, -1, "registrations-succeeded");
	status.ready = message->get_bool(message, FALSE, "ready");
	status.retry = message->get_int(message, 0, "retry-in");
	message->destroy(message);
	role->policies(role, name, drop_row, NULL);
	return status;
}

gm_state_t world_state(const char *name)
{
	vici_message_t *message = world_describe(name);
	int state;

	ck_assert(enum_from_name(gm_state_names,
							 message->get_str(message, "", "state"), &state));
	message->destroy(message);
	return state;
}

int64_t world_reregister_in(const char *name)
{
	vici_message_t *message = world_describe(name);
	int64_t in;

	in = message->get_int(message, -1, "reregister-in");
	message->destroy(message);
	return in;
}

/* --- fixture ------------------------------------------------------------- */

static void setup_fakes()
{
	runtime = (gm_runtime_t){
		.now = rt_now,
		.boot_ns = rt_boot_ns,
		.call = rt_call,
		.jitter = rt_jitter,
		.random = rt_random,
		.destroy = (void*)nop,
	};
	host_system = (gm_system_t){
		.has_connection = sys_has_connection,
		.get_server = sys_get_server,
		.has_interface = sys_has_interface,
		.get_address = sys_get_address,
		.get_connections = sys_get_connections,
		.is_starting = sys_is_starting,
		.destroy = (void*)nop,
	};
	dispatcher = (vici_dispatcher_t){
		.manage_command = vi_manage_command,
	};
	vici = (gdoi_vici_t){
		.dispatcher = &dispatcher,
		.add_stats = (void*)nop,
		.remove_stats = (void*)nop,
	};
	log_ = (gdoi_log_t){
		.log = log_log,
	};
	lib->set(lib, GDOI_VICI_NAME, &vici);
	lib->set(lib, GDOI_LOG_NAME, &log_);
}

void world_setup()
{
	char address[16];
	int i;

	INIT(world,
		.now = START,
		.eth0 = TRUE,
		.eth1 = TRUE,
		.maps = linked_list_create(),
		.expiries = linked_list_create(),
		.trace = linked_list_create(),
		.log = linked_list_create(),
		.acks = linked_list_create(),
		.lists = linked_list_create(),
		.connections = linked_list_create(),
	);
	world_set_kek(7, WORLD_MULTICAST, GROUP_ACK_NONE);
	for (i = 0; i < countof(world->servers); i++)
	{
		snprintf(world->servers[i].name, sizeof(world->servers[i].name),
				 "ks%d", i + 1);
		snprintf(address, sizeof(address), "10.0.8.%d", i + 1);
		world->servers[i].host = host_create_from_string(address, 848);
		world->servers[i].loaded = TRUE;
		world->servers[i].replies = -1;
	}
	calls = linked_list_create();
	servers_setup();
	setup_fakes();
	world->manager = gm_manager_create_with(&runtime);
}

void world_teardown()
{
	int i;

	world->manager->destroy(world->manager);
	for (i = 0; i < countof(commands); i++)
	{
		ck_assert(!commands[i].cb);
	}
	ck_assert_int_eq(world->sas, 0);
	calls->destroy_function(calls, (void*)destroy_call);
	ck_assert_int_eq(world->maps->get_count(world->maps), 0);
	servers_teardown();
	lib->set(lib, GDOI_VICI_NAME, NULL);
	lib->set(lib, GDOI_LOG_NAME, NULL);
	for (i = 0; i < countof(world->servers); i++)
	{
		world->servers[i].host->destroy(world->servers[i].host);
		DESTROY_IF(world->servers[i].local);
	}
	ck_assert_int_eq(world->memberships, 0);
	DESTROY_IF(world->joined);
	DESTROY_IF(world->lo1);
	world->maps->destroy(world->maps);
	ck_assert_int_eq(world->expiries->get_count(world->expiries), 0);
	world->expiries->destroy(world->expiries);
	world->lists->destroy_function(world->lists, (void*)destroy_list);
	world->connections->destroy_function(world->connections,
										 (void*)gm_tcp_destroy);
	world->trace->destroy_function(world->trace, free);
	world->log->destroy_function(world->log, free);
	free(world);
	world = NULL;
}
