/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_rekey_world.h"

#include <payloads/gdoi_wire.h>

/** offset of the exchange type in the header */
#define EXCHANGE_OFFSET 18

/**
 * A call that waits.
 */
typedef struct {
	uint64_t due;
	void (*callback)(void *data);
	void *data;
	void (*cleanup)(void *data);
} call_t;

static void destroy_call(call_t *call)
{
	if (call->cleanup)
	{
		call->cleanup(call->data);
	}
	free(call);
}

static void destroy_sent(rekey_sent_t *sent)
{
	chunk_free(&sent->datagram);
	sent->src->destroy(sent->src);
	sent->dsts->destroy_offset(sent->dsts, offsetof(host_t, destroy));
	free(sent);
}

/**
 * World that a runtime belongs to
 */
static rekey_world_t *of_runtime(ks_runtime_t *runtime)
{
	return (rekey_world_t*)((char*)runtime - offsetof(rekey_world_t, runtime));
}

/**
 * World that a transport belongs to
 */
static rekey_world_t *of_transport(gdoi_transport_t *transport)
{
	return (rekey_world_t*)((char*)transport -
							offsetof(rekey_world_t, transport));
}

static uint64_t runtime_now(ks_runtime_t *this)
{
	return of_runtime(this)->now;
}

static void runtime_call(ks_runtime_t *this, uint64_t delay,
						 void (*callback)(void *data), void *data,
						 void (*cleanup)(void *data))
{
	rekey_world_t *world = of_runtime(this);
	enumerator_t *enumerator;
	call_t *call, *other;

	INIT(call,
		.due = world->now + delay,
		.callback = callback,
		.data = data,
		.cleanup = cleanup,
	);
	enumerator = world->calls->create_enumerator(world->calls);
	while (enumerator->enumerate(enumerator, &other) && other->due <= call->due)
	{
		/* after those of the same time */
	}
	world->calls->insert_before(world->calls, enumerator, call);
	enumerator->destroy(enumerator);
}

static void runtime_destroy(ks_runtime_t *this)
{
	/* lives as long as its world */
}

static u_int transport_send(gdoi_transport_t *this, const gdoi_fanout_t *fanout)
{
	rekey_world_t *world = of_transport(this);
	rekey_sent_t *sent;
	u_int i;

	INIT(sent,
		.time = world->now,
		.datagram = chunk_clone(fanout->datagram),
		.src = fanout->src->clone(fanout->src),
		.dsts = linked_list_create(),
		.ttl = fanout->ttl,
	);
	snprintf(sent->interface, sizeof(sent->interface), "%s",
			 fanout->interface ?: "");
	for (i = 0; i < fanout->count; i++)
	{
		ck_assert_int_eq(fanout->dsts[i]->get_family(fanout->dsts[i]),
						 fanout->src->get_family(fanout->src));
		sent->dsts->insert_last(sent->dsts,
								fanout->dsts[i]->clone(fanout->dsts[i]));
	}
	world->sent->insert_last(world->sent, sent);
	if (world->on_send)
	{
		world->on_send(world, sent);
	}
	return fanout->count;
}

/**
 * Find a registration
 */
static rekey_kek_t *find_kek(rekey_world_t *world, chunk_t spi,
							 gdoi_kek_use_t use)
{
	enumerator_t *enumerator;
	rekey_kek_t *kek, *found = NULL;

	enumerator = world->keks->create_enumerator(world->keks);
	while (!found && enumerator->enumerate(enumerator, &kek))
	{
		if (kek->use == use && memeq(kek->spi, spi.ptr, sizeof(kek->spi)))
		{
			found = kek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

static bool transport_add_kek(gdoi_transport_t *this, chunk_t spi,
							  gdoi_kek_use_t use, gdoi_kek_handler_t *handler,
							  u_int queue)
{
	rekey_world_t *world = of_transport(this);
	rekey_kek_t *kek;

	ck_assert_uint_eq(spi.len, sizeof(kek->spi));
	if (find_kek(world, spi, use))
	{
		return FALSE;
	}
	INIT(kek,
		.use = use,
		.handler = handler,
	);
	memcpy(kek->spi, spi.ptr, sizeof(kek->spi));
	world->keks->insert_last(world->keks, kek);
	return TRUE;
}

static void transport_remove_kek(gdoi_transport_t *this, chunk_t spi,
								 gdoi_kek_use_t use,
								 gdoi_kek_handler_t *handler)
{
	rekey_world_t *world = of_transport(this);
	rekey_kek_t *kek = find_kek(world, spi, use);

	ck_assert(kek && kek->handler == handler);
	world->keks->remove(world->keks, kek, NULL);
	free(kek);
}

bool rekey_world_deliver(rekey_world_t *world, chunk_t datagram,
						 const char *src)
{
	packet_t *packet;
	rekey_kek_t *kek;

	ck_assert_uint_gt(datagram.len, EXCHANGE_OFFSET);
	kek = find_kek(world, datagram, GDOI_KEK_ACK);
	if (!kek)
	{
		return FALSE;
	}
	packet = packet_create_from_data(rekey_world_host(src),
									 rekey_world_host("10.0.8.1"),
									 chunk_clone(datagram));
	kek->handler->message(kek->handler, packet);
	packet->destroy(packet);
	return TRUE;
}

host_t *rekey_world_host(const char *text)
{
	char address[64];
	const char *port = strchr(text, '[');
	host_t *host;

	snprintf(address, sizeof(address), "%.*s",
			 (int)(port ? port - text : strlen(text)), text);
	host = host_create_from_string(address, port ? atoi(port + 1) : 848);
	ck_assert_msg(host != NULL, "no address: %s", text);
	return host;
}

void rekey_world_advance(rekey_world_t *world, uint64_t ms)
{
	uint64_t end = world->now + ms;
	call_t *call;

	while (world->calls->get_first(world->calls, (void**)&call) == SUCCESS &&
		   call->due <= end)
	{
		world->calls->remove_first(world->calls, (void**)&call);
		world->now = max(world->now, call->due);
		ks_fixture_now = world->now / 1000;
		call->callback(call->data);
		destroy_call(call);
	}
	world->now = end;
	ks_fixture_now = world->now / 1000;
}

void rekey_world_clear(rekey_world_t *world)
{
	rekey_sent_t *sent;

	while (world->sent->remove_first(world->sent, (void**)&sent) == SUCCESS)
	{
		destroy_sent(sent);
	}
}

u_int rekey_world_count(rekey_world_t *world)
{
	enumerator_t *enumerator;
	rekey_sent_t *sent;
	u_int count = 0;

	enumerator = world->sent->create_enumerator(world->sent);
	while (enumerator->enumerate(enumerator, &sent))
	{
		count += sent->dsts->get_count(sent->dsts);
	}
	enumerator->destroy(enumerator);
	return count;
}

void rekey_world_destroy(rekey_world_t *world)
{
	rekey_world_clear(world);
	world->sent->destroy(world->sent);
	world->calls->destroy_function(world->calls, (void*)destroy_call);
	ck_assert_int_eq(world->keks->get_count(world->keks), 0);
	world->keks->destroy(world->keks);
	free(world);
}

rekey_world_t *rekey_world_create()
{
	rekey_world_t *world;

	INIT(world,
		.runtime = {
			.now = runtime_now,
			.call = runtime_call,
			.destroy = runtime_destroy,
		},
		.transport = {
			.add_kek = transport_add_kek,
			.remove_kek = transport_remove_kek,
			.send = transport_send,
		},
		.now = (uint64_t)ks_fixture_now * 1000,
		.sent = linked_list_create(),
		.keks = linked_list_create(),
		.calls = linked_list_create(),
	);
	return world;
}
