/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_fakes.h"

/** KEKs that rekeys may be taken for at a time */
#define KEKS 8

/** who takes rekeys for a KEK */
typedef struct {
	uint8_t spi[GROUP_KEK_SPI_LEN];
	gdoi_kek_handler_t *handler;
} taker_t;

static taker_t takers[KEKS];
static void (*unknown_cb)(void *user, host_t *src, host_t *dst);
static void *unknown_user;

static taker_t *find_taker(chunk_t spi)
{
	int i;

	for (i = 0; i < KEKS; i++)
	{
		if (takers[i].handler && memeq(takers[i].spi, spi.ptr,
									   sizeof(takers[i].spi)))
		{
			return &takers[i];
		}
	}
	return NULL;
}

static bool tr_add_kek(gdoi_transport_t *this, chunk_t spi, gdoi_kek_use_t use,
					   gdoi_kek_handler_t *handler, u_int queue)
{
	int i = 0;

	ck_assert_int_eq(use, GDOI_KEK_PUSH);
	ck_assert_uint_eq(spi.len, GROUP_KEK_SPI_LEN);
	if (find_taker(spi))
	{
		return FALSE;
	}
	while (takers[i].handler)
	{
		ck_assert_int_lt(++i, KEKS);
	}
	memcpy(takers[i].spi, spi.ptr, spi.len);
	takers[i].handler = handler;
	world->keks++;
	return TRUE;
}

static void tr_remove_kek(gdoi_transport_t *this, chunk_t spi,
						  gdoi_kek_use_t use, gdoi_kek_handler_t *handler)
{
	taker_t *taker = find_taker(spi);

	ck_assert(taker && taker->handler == handler);
	taker->handler = NULL;
	world->keks--;
}

static void tr_set_unknown(gdoi_transport_t *this,
						   void (*unknown)(void *user, host_t *src,
										   host_t *dst), void *user)
{
	unknown_cb = unknown;
	unknown_user = user;
}

static u_int tr_send(gdoi_transport_t *this, const gdoi_fanout_t *fanout)
{
	world_ack_t *ack;

	ck_assert_uint_eq(fanout->count, 1);
	INIT(ack,
		.datagram = chunk_clone(fanout->datagram),
		.src = fanout->src->clone(fanout->src),
		.dst = fanout->dsts[0]->clone(fanout->dsts[0]),
		.when = world->now,
	);
	world->acks->insert_last(world->acks, ack);
	return 1;
}

static void destroy_ack(world_ack_t *ack)
{
	chunk_free(&ack->datagram);
	ack->src->destroy(ack->src);
	ack->dst->destroy(ack->dst);
	free(ack);
}

void push_setup(gdoi_transport_t *transport)
{
	transport->add_kek = tr_add_kek;
	transport->remove_kek = tr_remove_kek;
	transport->set_unknown = tr_set_unknown;
	transport->send = tr_send;
}

void push_teardown()
{
	ck_assert_int_eq(world->keks, 0);
	ck_assert_ptr_null(unknown_cb);
	world->acks->destroy_function(world->acks, (void*)destroy_ack);
	world->kek->destroy(world->kek);
}

void world_deliver_from(chunk_t datagram, const char *src, uint16_t port,
						const char *dst)
{
	taker_t *taker = find_taker(datagram);
	packet_t *packet;

	if (taker)
	{
		packet = packet_create_from_data(
							host_create_from_string((char*)src, port),
							host_create_from_string((char*)dst, 848),
							datagram);
		taker->handler->message(taker->handler, packet);
		packet->destroy(packet);
		return;
	}
	chunk_free(&datagram);
}

void world_deliver(chunk_t datagram, const char *dst)
{
	world_deliver_from(datagram, "10.0.8.1", 848, dst);
}

void world_push(group_rekey_t *rekey, group_kek_t *kek, const char *dst)
{
	world_deliver(test_write(rekey, kek ?: world->kek, TEST_ECDSA_256), dst);
}

void world_set_kek(uint8_t first, const char *dst, group_ack_t ack)
{
	group_kek_data_t data;
	group_kek_t *kek;

	kek = test_signed_kek(first, &test_ciphers[0], TEST_ECDSA_256,
						  HASH_SHA256);
	data = *kek->get(kek);
	data.src = host_create_from_string("10.0.8.1", 848);
	data.dst = host_create_from_string((char*)dst, 848);
	data.ack = ack;
	DESTROY_IF(world->kek);
	world->kek = group_kek_create(&data);
	world->sequence = 0;
	data.src->destroy(data.src);
	data.dst->destroy(data.dst);
	kek->destroy(kek);
}

group_rekey_t *world_rekey(bool described, ...)
{
	group_policy_t *policy = group_policy_create();
	group_rekey_t *rekey = group_rekey_create(++world->sequence);
	group_tek_t *tek;
	host_t *any;
	va_list args;

	if (described)
	{
		any = host_create_from_string("0.0.0.0", 848);
		policy->set_kek(policy, world->kek->get(world->kek)->multicast ?
							world->kek->get_ref(world->kek) :
							world->kek->with_destination(world->kek, any));
		any->destroy(any);
	}
	va_start(args, described);
	while ((tek = va_arg(args, group_tek_t*)))
	{
		policy->add_tek(policy, tek);
	}
	va_end(args);
	rekey->set_policy(rekey, policy);
	return rekey;
}

int world_acks()
{
	return world->acks->get_count(world->acks);
}

gdoi_push_ack_t world_ack(group_kek_t *kek)
{
	gdoi_push_ack_verifier_t *verifier;
	const char *reason = NULL;
	gdoi_push_ack_t ack = {};
	world_ack_t *sent;
	char id[64];

	ck_assert_int_eq(world->acks->get_last(world->acks, (void**)&sent),
					 SUCCESS);
	verifier = gdoi_push_ack_verifier_create(kek,
						kek->get(kek)->ack == GROUP_ACK_KEK_SHA512);
	ck_assert(verifier != NULL);
	ck_assert_msg(verifier->verify(verifier, sent->datagram, &ack, &reason),
				  "ACK: %s", reason);
	snprintf(id, sizeof(id), "%H", ack.id);
	ck_assert_str_eq(id, WORLD_MEMBER);
	ack.id->destroy(ack.id);
	ack.id = NULL;
	verifier->destroy(verifier);
	return ack;
}

void world_unknown(const char *src, const char *dst)
{
	host_t *from = host_create_from_string((char*)src, 848);
	host_t *to = host_create_from_string((char*)dst, 848);

	unknown_cb(unknown_user, from, to);
	from->destroy(from);
	to->destroy(to);
}
