/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "member_world.h"

#include <cryptomap/group_sa.h>
#include <exchanges/pull_responder.h>
#include <member/gm_config.h>

#include <stdio.h>

world_t *world;

/** time at which a world begins, ms */
#define START 1000000

/** calls that wait, sorted by time */
typedef struct {
	uint64_t due;
	void (*callback)(void *data);
	void *data;
	void (*cleanup)(void *data);
} call_t;

/** exchanges that a fake phase 1 can have */
#define RESPONDERS 64

/** a fake phase 1 */
typedef struct {
	gdoi_phase1_t public;
	server_t *server;
	uint32_t id;
	host_t *local;
	gdoi_pull_responder_t *responders[RESPONDERS];
	int replies;
	bool closed;
	bool ready;
	refcount_t ref;
} phase1_t;

static linked_list_t *calls, *phase1s;
static gm_runtime_t runtime;
static gm_system_t host_system;
static void (*host_changed)(void *user);
static void *host_user;
static gdoi_transport_t transport;
static gdoi_handler_t *handler;
static gdoi_log_t log_;
static gdoi_vici_t vici;
static vici_dispatcher_t dispatcher;
static vici_command_cb_t command;
static void *command_user;
static uint32_t next_id;

/* --- clock --------------------------------------------------------------- */

static uint64_t rt_now(gm_runtime_t *this)
{
	return world->now;
}

static void rt_call(gm_runtime_t *this, uint64_t delay,
					void (*callback)(void *data), void *data,
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

static uint32_t rt_jitter(gm_runtime_t *this)
{
	return world->jitter;
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

static server_t *find_server(const char *name)
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
	server_t *server = find_server(connection);

	return server && server->loaded;
}

static host_t *sys_get_server(gm_system_t *this, const char *connection)
{
	server_t *server = find_server(connection);

	return server && server->loaded ? server->host->clone(server->host) : NULL;
}

static bool sys_has_interface(gm_system_t *this, const char *name)
{
	return (streq(name, "eth0") && world->eth0) ||
		   (streq(name, "eth1") && world->eth1);
}

static host_t *sys_get_address(gm_system_t *this, const char *name, int family)
{
	return streq(name, "lo1") && world->lo1 ? world->lo1->clone(world->lo1) :
											  NULL;
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

static void keep_line(linked_list_t *list, const char *fmt, ...)
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
	keep_line(world->log, "%%GDOI-%d-%s: %s", severity, mnemonic, text);
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

/* --- key servers --------------------------------------------------------- */

group_tek_t *world_tek(uint32_t spi, uint32_t lifetime, const char *line)
{
	group_tek_t *random, *full, *tek;
	uint8_t keys[64];

	memset(keys, spi, sizeof(keys));
	random = test_tek(spi, line, NULL);
	full = random->with_keys(random, chunk_create(keys, 32),
							 chunk_create(keys + 32, 32));
	tek = full->with_lifetime(full, lifetime);
	random->destroy(random);
	full->destroy(full);
	return tek;
}

/**
 * TEKs of the model: each lives WORLD_LIFE, the next is made 90 s before its
 * end (GM-007)
 */
static group_policy_t *model_policy()
{
	group_policy_t *policy = group_policy_create();
	uint64_t now = (world->now - START) / 1000 + world->age, start;
	uint32_t k;

	policy->set_kek(policy, test_kek(7));
	for (k = 0; (start = (uint64_t)k * (WORLD_LIFE - 90)) <= now; k++)
	{
		if (start + WORLD_LIFE > now && (!world->frozen || !k))
		{
			policy->add_tek(policy, world_tek(WORLD_SPI + k,
										start + WORLD_LIFE - now,
										"permit ip 10.0.0.0/8 10.0.0.0/8"));
		}
	}
	return policy;
}

static group_policy_t *ks_authorize(server_t *server, const group_id_t *group,
									gdoi_notify_t *notify, char **reason)
{
	return server->policy ? server->policy(group) : model_policy();
}

static bool ks_registered(server_t *server, const group_id_t *group,
						  group_policy_t *policy, uint16_t sender_ids,
						  gdoi_notify_t *notify, char **reason)
{
	server->registered++;
	return TRUE;
}

/** a datagram on its way */
typedef struct {
	phase1_t *phase1;
	chunk_t datagram;
	uint16_t notify;
} parcel_t;

static void destroy_packet(parcel_t *packet)
{
	packet->phase1->public.destroy(&packet->phase1->public);
	chunk_free(&packet->datagram);
	free(packet);
}

static parcel_t *create_packet(phase1_t *phase1, chunk_t datagram)
{
	parcel_t *packet;

	INIT(packet,
		.phase1 = (phase1_t*)phase1->public.get_ref(&phase1->public),
		.datagram = chunk_clone(datagram),
	);
	return packet;
}

static void deliver_to_member(parcel_t *packet)
{
	gdoi_phase1_t *phase1 = &packet->phase1->public;

	if (packet->phase1->closed)
	{
		return;
	}
	if (packet->notify)
	{
		handler->notify(handler, phase1, packet->notify);
	}
	else
	{
		handler->pull(handler, phase1, packet->datagram);
	}
}

static void answer(phase1_t *phase1, chunk_t datagram, uint16_t notify)
{
	parcel_t *packet = create_packet(phase1, datagram);

	packet->notify = notify;
	rt_call(NULL, 5, (void*)deliver_to_member, packet, (void*)destroy_packet);
}

static gdoi_pull_responder_t *get_responder(phase1_t *phase1, uint32_t mid)
{
	gdoi_pull_responder_cb_t cb = {
		.authorize = (void*)ks_authorize,
		.registered = (void*)ks_registered,
		.user = phase1->server,
	};
	gdoi_pull_responder_t **responder = phase1->responders;
	uint8_t nonce[32] = { 42 };

	while (*responder && (*responder)->get_message_id(*responder) != mid)
	{
		responder++;
		ck_assert(responder < phase1->responders + RESPONDERS);
	}
	if (!*responder)
	{
		phase1->replies = 0;
		*responder = gdoi_pull_responder_create(
							test_phase2(mid, phase1->server->wrong_keys),
							chunk_from_thing(nonce), &cb);
	}
	return *responder;
}

static void respond(phase1_t *phase1, chunk_t datagram)
{
	gdoi_pull_responder_t *responder;
	gdoi_pull_result_t result = {};

	responder = get_responder(phase1, untoh32(datagram.ptr + 20));
	responder->process(responder, datagram, &result);
	if (result.out.len && (phase1->server->replies < 0 ||
						   phase1->replies++ < phase1->server->replies))
	{
		answer(phase1, result.out, 0);
	}
	else if (phase1->server->wrong_keys)
	{	/* garbage under the right message ID, as an attacker can make it */
		datagram.ptr[datagram.len - 1] ^= 1;
		answer(phase1, datagram, 0);
	}
	gdoi_pull_result_clear(&result);
}

static void deliver_to_server(parcel_t *packet)
{
	phase1_t *phase1 = packet->phase1;
	server_t *server = phase1->server;

	if (packet->datagram.ptr[18] == GDOI_EXCH_INFORMATIONAL)
	{	/* the IKE_SA may be gone at our side already */
		server->informationals++;
		return;
	}
	if (phase1->closed || server->deaf || server->lose-- > 0)
	{
		return;
	}
	server->messages++;
	if (server->notify)
	{
		answer(phase1, chunk_empty, server->notify);
		return;
	}
	respond(phase1, packet->datagram);
}

/* --- phase 1 ------------------------------------------------------------- */

static chunk_t p1_get_cookies(gdoi_phase1_t *this)
{
	return chunk_from_str("iiiiiiiirrrrrrrr");
}

static const char *p1_get_connection(gdoi_phase1_t *this)
{
	return ((phase1_t*)this)->server->name;
}

static uint32_t p1_get_unique_id(gdoi_phase1_t *this)
{
	return ((phase1_t*)this)->id;
}

static bool p1_is_initiator(gdoi_phase1_t *this)
{
	return TRUE;
}

static host_t *p1_get_my_host(gdoi_phase1_t *this)
{
	phase1_t *phase1 = (phase1_t*)this;

	return phase1->local->clone(phase1->local);
}

static host_t *p1_get_other_host(gdoi_phase1_t *this)
{
	phase1_t *phase1 = (phase1_t*)this;

	return phase1->server->host->clone(phase1->server->host);
}

static gdoi_phase2_t *p1_create_phase2(gdoi_phase1_t *this, uint32_t mid)
{
	return ((phase1_t*)this)->closed ? NULL : test_phase2(mid, FALSE);
}

static void p1_send(gdoi_phase1_t *this, chunk_t datagram)
{
	rt_call(NULL, 5, (void*)deliver_to_server,
			create_packet((phase1_t*)this, datagram), (void*)destroy_packet);
}

static void p1_destroy(gdoi_phase1_t *this)
{
	phase1_t *phase1 = (phase1_t*)this;
	int i;

	if (ref_put(&phase1->ref))
	{
		for (i = 0; i < RESPONDERS; i++)
		{
			DESTROY_IF(phase1->responders[i]);
		}
		phase1->local->destroy(phase1->local);
		free(phase1);
	}
}

static gdoi_phase1_t *p1_get_ref(gdoi_phase1_t *this)
{
	ref_get(&((phase1_t*)this)->ref);
	return this;
}

static void close_phase1(phase1_t *phase1)
{
	if (!phase1->closed)
	{
		phase1->closed = TRUE;
		phase1->server->terminated++;
		phase1s->remove(phase1s, phase1, NULL);
		if (handler)
		{
			handler->closed(handler, &phase1->public);
		}
		p1_destroy(&phase1->public);
	}
}

static void p1_terminate(gdoi_phase1_t *this)
{
	p1_get_ref(this);
	rt_call(NULL, 1, (void*)close_phase1, this, (void*)p1_destroy);
}

static void make_ready(phase1_t *phase1)
{
	if (phase1->closed)
	{
		return;
	}
	if (phase1->server->phase1 == PHASE1_FAILS)
	{
		phase1->closed = TRUE;
		phase1s->remove(phase1s, phase1, NULL);
		handler->failed(handler, phase1->server->name);
		p1_destroy(&phase1->public);
		return;
	}
	if (!phase1->ready)
	{
		phase1->ready = TRUE;
		phase1->server->established++;
	}
	handler->established(handler, &phase1->public);
}

static phase1_t *create_phase1(server_t *server, host_t *local)
{
	phase1_t *this;

	INIT(this,
		.public = {
			.get_cookies = p1_get_cookies,
			.get_connection = p1_get_connection,
			.get_unique_id = p1_get_unique_id,
			.is_initiator = p1_is_initiator,
			.get_my_host = p1_get_my_host,
			.get_other_host = p1_get_other_host,
			.create_phase2 = p1_create_phase2,
			.send = p1_send,
			.terminate = p1_terminate,
			.get_ref = p1_get_ref,
			.destroy = p1_destroy,
		},
		.server = server,
		.id = ++next_id,
		.local = local ? local->clone(local) :
						 host_create_from_string("10.0.1.1", 848),
		.ref = 1,
	);
	phase1s->insert_last(phase1s, this);
	return this;
}

int world_phase1s()
{
	return phase1s->get_count(phase1s);
}

void world_close(server_t *server)
{
	enumerator_t *enumerator;
	phase1_t *phase1;

	enumerator = phase1s->create_enumerator(phase1s);
	while (enumerator->enumerate(enumerator, &phase1))
	{
		if (phase1->server == server)
		{
			p1_terminate(&phase1->public);
		}
	}
	enumerator->destroy(enumerator);
	world_advance(1);
}

/* --- transport ----------------------------------------------------------- */

static void tr_add_handler(gdoi_transport_t *this, gdoi_handler_t *add)
{
	handler = add;
}

static void tr_remove_handler(gdoi_transport_t *this, gdoi_handler_t *remove)
{
	handler = NULL;
}

static void tr_initiate(gdoi_transport_t *this, const char *connection,
						host_t *local, gdoi_handler_t *for_handler)
{
	server_t *server = find_server(connection);
	enumerator_t *enumerator;
	phase1_t *phase1, *found = NULL;

	ck_assert(handler->claims(handler, connection, TRUE));
	ck_assert(!handler->claims(handler, connection, FALSE));
	server->initiated++;
	DESTROY_IF(server->local);
	server->local = local ? local->clone(local) : NULL;
	enumerator = phase1s->create_enumerator(phase1s);
	while (enumerator->enumerate(enumerator, &phase1))
	{
		if (phase1->server == server && phase1->ready &&
			(!local || local->ip_equals(local, phase1->local)))
		{
			found = phase1;
		}
	}
	enumerator->destroy(enumerator);
	if (!found && server->phase1 == PHASE1_SILENT)
	{
		return;
	}
	found = found ?: create_phase1(server, local);
	p1_get_ref(&found->public);
	rt_call(NULL, 20, (void*)make_ready, found, (void*)p1_destroy);
}

static void tr_abort(gdoi_transport_t *this, const char *connection,
					 gdoi_handler_t *for_handler)
{
	enumerator_t *enumerator;
	phase1_t *phase1;

	enumerator = phase1s->create_enumerator(phase1s);
	while (enumerator->enumerate(enumerator, &phase1))
	{
		if (streq(phase1->server->name, connection) && !phase1->ready)
		{
			phase1s->remove_at(phase1s, enumerator);
			phase1->closed = TRUE;
			p1_destroy(&phase1->public);
		}
	}
	enumerator->destroy(enumerator);
}

/* --- crypto map and SAs -------------------------------------------------- */

static const char *cm_get_interface(crypto_map_t *this)
{
	return ((fake_map_t*)this)->interface;
}

static bool cm_attach(crypto_map_t *this, char **reason)
{
	fake_map_t *map = (fake_map_t*)this;

	if (world->attach_error)
	{
		*reason = strdup(world->attach_error);
		return FALSE;
	}
	map->attached = TRUE;
	keep_line(world->trace, "attach %s", map->interface);
	return TRUE;
}

static void cm_detach(crypto_map_t *this)
{
	fake_map_t *map = (fake_map_t*)this;

	map->attached = FALSE;
	keep_line(world->trace, "detach %s", map->interface);
}

static bool cm_refresh(crypto_map_t *this)
{
	fake_map_t *map = (fake_map_t*)this;

	map->refreshed++;
	return sys_has_interface(NULL, map->interface);
}

static bool cm_set_acl(crypto_map_t *this, const crypto_map_line_t *lines,
					   u_int count)
{
	fake_map_t *map = (fake_map_t*)this;

	ck_assert_uint_le(count, countof(map->lines));
	memcpy(map->lines, lines, count * sizeof(*lines));
	map->line_count = count;
	keep_line(world->trace, "acl %u", count);
	return TRUE;
}

static bool cm_set_spis(crypto_map_t *this, const uint32_t *spis, u_int count)
{
	fake_map_t *map = (fake_map_t*)this;

	ck_assert_uint_le(count, CRYPTO_MAP_SPIS);
	memcpy(map->spis, spis ?: map->spis, count * sizeof(*spis));
	map->spi_count = count;
	return TRUE;
}

static void cm_set_ready(crypto_map_t *this, u_int sa, bool ready)
{
	((fake_map_t*)this)->ready[sa] = ready;
}

static void cm_set_fail_close(crypto_map_t *this, bool close)
{
	((fake_map_t*)this)->fail_close = close;
}

static bool cm_set_servers(crypto_map_t *this, host_t **servers, u_int count)
{
	ck_assert_uint_le(count, CRYPTO_MAP_SERVERS);
	((fake_map_t*)this)->server_count = count;
	return TRUE;
}

static enumerator_t *cm_create_stats_enumerator(crypto_map_t *this)
{
	static crypto_map_stat_t stat = { .name = "encrypted", .value = 3 };

	return enumerator_create_single(&stat, NULL);
}

static void cm_destroy(crypto_map_t *this)
{
	world->maps->remove(world->maps, this, NULL);
	if (world->map == (fake_map_t*)this)
	{
		world->map = NULL;
	}
	free(this);
}

crypto_map_t *crypto_map_create(const crypto_map_params_t *params)
{
	fake_map_t *this;

	INIT(this,
		.public = {
			.get_interface = cm_get_interface,
			.attach = cm_attach,
			.detach = cm_detach,
			.refresh = cm_refresh,
			.set_acl = cm_set_acl,
			.set_spis = cm_set_spis,
			.set_esp = (void*)nop,
			.set_ready = cm_set_ready,
			.set_fail_close = cm_set_fail_close,
			.set_servers = cm_set_servers,
			.create_stats_enumerator = cm_create_stats_enumerator,
			.destroy = cm_destroy,
		},
		.index = params->index,
	);
	snprintf(this->interface, sizeof(this->interface), "%s", params->interface);
	world->maps->insert_last(world->maps, this);
	world->map = this;
	return &this->public;
}

/** a fake group SA */
typedef struct {
	group_sa_t public;
	fake_map_t *map;
	uint32_t spi;
	u_int index;
	bool installed;
	bool active;
} fake_sa_t;

static uint32_t sa_get_spi(group_sa_t *this)
{
	return htonl(((fake_sa_t*)this)->spi);
}

static bool sa_install(group_sa_t *this, bool clear_df)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	if (world->refused == sa->spi)
	{
		return FALSE;
	}
	sa->installed = TRUE;
	world->sas++;
	keep_line(world->trace, "install %x", sa->spi);
	return TRUE;
}

static bool sa_activate(group_sa_t *this, group_sa_t *old)
{
	fake_sa_t *sa = (fake_sa_t*)this, *before = (fake_sa_t*)old;

	ck_assert(sa->installed);
	/* whoever is active at an index must be named, or there are two */
	if (sa->map->sends[sa->index])
	{
		ck_assert(before && before->active);
		ck_assert_uint_eq(sa->map->sends[sa->index], before->spi);
	}
	if (before)
	{
		before->active = FALSE;
	}
	sa->active = TRUE;
	sa->map->sends[sa->index] = sa->spi;
	keep_line(world->trace, "activate %x", sa->spi);
	return TRUE;
}

static bool sa_is_active(group_sa_t *this)
{
	return ((fake_sa_t*)this)->active;
}

static void sa_deactivate(group_sa_t *this)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	if (sa->active)
	{	/* the map must know before */
		ck_assert(!sa->map->ready[sa->index]);
		sa->map->sends[sa->index] = 0;
		sa->active = FALSE;
	}
}

static void sa_destroy(group_sa_t *this)
{
	fake_sa_t *sa = (fake_sa_t*)this;

	sa_deactivate(this);
	if (sa->installed)
	{
		world->sas--;
		keep_line(world->trace, "remove %x", sa->spi);
	}
	free(sa);
}

group_sa_t *group_sa_create(crypto_map_t *map, group_tek_t *tek, u_int sa,
							uint32_t reqid)
{
	fake_sa_t *this;

	ck_assert(tek->has_keys(tek) && sa < CRYPTO_MAP_SAS && reqid);
	INIT(this,
		.public = {
			.get_spi = sa_get_spi,
			.install = sa_install,
			.activate = sa_activate,
			.is_active = sa_is_active,
			.deactivate = sa_deactivate,
			.destroy = sa_destroy,
		},
		.map = (fake_map_t*)map,
		.spi = ntohl(tek->get(tek)->spi),
		.index = sa,
	);
	return &this->public;
}

bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp)
{
	*esp = (crypto_map_esp_t){ 16, 16, 16 };
	return TRUE;
}

bool world_decrypts(fake_map_t *map, uint32_t spi)
{
	u_int i;

	for (i = 0; i < map->spi_count; i++)
	{
		if (map->spis[i] == htonl(spi))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/* --- VICI ---------------------------------------------------------------- */

static void vi_manage_command(vici_dispatcher_t *this, char *name,
							  vici_command_cb_t cb, void *user)
{
	ck_assert_str_eq(name, "register");
	command = cb;
	command_user = user;
}

bool world_command(const char *name, const char *group)
{
	vici_message_t *request, *reply;
	vici_builder_t *builder;
	bool success;

	builder = vici_builder_create();
	if (group)
	{
		builder->add_kv(builder, "group", "%s", group);
	}
	request = builder->finalize(builder);
	reply = command(command_user, (char*)name, 1, request);
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
	parsed = role->parse(role, entry, node, reader, NULL, NULL);
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
		.destroy = (void*)nop,
	};
	transport = (gdoi_transport_t){
		.add_handler = tr_add_handler,
		.remove_handler = tr_remove_handler,
		.initiate = tr_initiate,
		.abort = tr_abort,
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
	lib->set(lib, GDOI_TRANSPORT_NAME, &transport);
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
		.trace = linked_list_create(),
		.log = linked_list_create(),
	);
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
	phase1s = linked_list_create();
	setup_fakes();
	world->manager = gm_manager_create_with(&runtime);
}

void world_teardown()
{
	int i;

	world->manager->destroy(world->manager);
	ck_assert_ptr_null(command);
	ck_assert_int_eq(world->sas, 0);
	calls->destroy_function(calls, (void*)destroy_call);
	ck_assert_int_eq(world->maps->get_count(world->maps), 0);
	phase1s->destroy_offset(phase1s, offsetof(gdoi_phase1_t, destroy));
	lib->set(lib, GDOI_TRANSPORT_NAME, NULL);
	lib->set(lib, GDOI_VICI_NAME, NULL);
	lib->set(lib, GDOI_LOG_NAME, NULL);
	for (i = 0; i < countof(world->servers); i++)
	{
		world->servers[i].host->destroy(world->servers[i].host);
		DESTROY_IF(world->servers[i].local);
	}
	DESTROY_IF(world->lo1);
	world->maps->destroy(world->maps);
	world->trace->destroy_function(world->trace, free);
	world->log->destroy_function(world->log, free);
	free(world);
	world = NULL;
}
