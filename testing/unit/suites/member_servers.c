/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_fakes.h"

#include <exchanges/pull_responder.h>

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
	gdoi_phase1_end_t end;
	refcount_t ref;
} phase1_t;

static linked_list_t *phase1s;
static gdoi_transport_t transport;
static gdoi_handler_t *handler;
static uint32_t next_id;

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

group_tek_t *world_tek_gcm(uint32_t spi, uint32_t lifetime, const char *line)
{
	group_tek_t *cbc = world_tek(spi, lifetime, line), *gcm;
	group_tek_data_t data = *cbc->get(cbc);

	data.encr = ENCR_AES_GCM_ICV16;
	data.integ = AUTH_UNDEFINED;
	data.encr_bits = 256;
	data.encr_key = chunk_cata("cc", data.encr_key,
							   chunk_create(data.integ_key.ptr, 4));
	data.integ_key = chunk_empty;
	gcm = group_tek_create(&data);
	cbc->destroy(cbc);
	return gcm;
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

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
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
	if (server->refused && group->value == server->refused)
	{
		*notify = GDOI_NOTIFY_AUTHENTICATION_FAILED;
		return NULL;
	}
	return server->policy ? server->policy(group) : model_policy();
}

static bool ks_registered(server_t *server, const group_id_t *group,
						  group_policy_t *policy, uint16_t sender_ids,
						  gdoi_notify_t *notify, char **reason)
{
	uint32_t sids[GROUP_POLICY_SIDS_MAX];
	u_int i;

	server->registered++;
	server->sender_ids = sender_ids;
	if (server->sid_bits && policy->needs_sids(policy))
	{
		for (i = 0; i < max(sender_ids, 1); i++)
		{
			sids[i] = server->next_sid++;
		}
		policy->set_sids(policy, server->sid_bits, sids, i);
	}
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
	world_call(5, (void*)deliver_to_member, packet, (void*)destroy_packet);
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
	else if (result.status == GDOI_PULL_FAILED)
	{
		answer(phase1, chunk_empty, result.notify);
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

static uint8_t p1_get_features(gdoi_phase1_t *this)
{
	return ((phase1_t*)this)->server->features;
}

static gdoi_phase2_t *p1_create_phase2(gdoi_phase1_t *this, uint32_t mid)
{
	return ((phase1_t*)this)->closed ? NULL : test_phase2(mid, FALSE);
}

static void p1_send(gdoi_phase1_t *this, chunk_t datagram)
{
	world_call(5, (void*)deliver_to_server,
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

static gdoi_phase1_end_t p1_get_end(gdoi_phase1_t *this)
{
	return ((phase1_t*)this)->end;
}

static void p1_terminate(gdoi_phase1_t *this)
{
	phase1_t *phase1 = (phase1_t*)this;

	if (phase1->end == GDOI_PHASE1_LOST)
	{
		phase1->end = GDOI_PHASE1_OURS;
	}
	p1_get_ref(this);
	world_call(1, (void*)close_phase1, this, (void*)p1_destroy);
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
			.get_features = p1_get_features,
			.create_phase2 = p1_create_phase2,
			.send = p1_send,
			.terminate = p1_terminate,
			.get_end = p1_get_end,
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
	world_end(server, GDOI_PHASE1_PEER);
}

void world_end(server_t *server, gdoi_phase1_end_t end)
{
	enumerator_t *enumerator;
	phase1_t *phase1;

	enumerator = phase1s->create_enumerator(phase1s);
	while (enumerator->enumerate(enumerator, &phase1))
	{
		if (phase1->server == server)
		{
			phase1->end = end;
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
	server_t *server = world_server(connection);
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
	world_call(20, (void*)make_ready, found, (void*)p1_destroy);
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

static bool tr_set_member(gdoi_transport_t *this, host_t *group,
						  const char *interface, bool join)
{
	world->memberships += join ? 1 : -1;
	DESTROY_IF(world->joined);
	world->joined = join ? group->clone(group) : NULL;
	snprintf(world->joined_on, sizeof(world->joined_on), "%s", interface);
	return TRUE;
}

void servers_setup()
{
	phase1s = linked_list_create();
	transport = (gdoi_transport_t){
		.add_handler = tr_add_handler,
		.remove_handler = tr_remove_handler,
		.initiate = tr_initiate,
		.abort = tr_abort,
		.set_member = tr_set_member,
	};
	push_setup(&transport);
	lib->set(lib, GDOI_TRANSPORT_NAME, &transport);
}

void servers_teardown()
{
	lib->set(lib, GDOI_TRANSPORT_NAME, NULL);
	push_teardown();
	phase1s->destroy_offset(phase1s, offsetof(gdoi_phase1_t, destroy));
}
