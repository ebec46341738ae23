/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_acks.h>
#include <transport/gdoi_vendor_id.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/**
 * Register a group with a key server that takes our encrypted ACKs
 */
static void start(const char *dst, group_ack_t ack)
{
	world_set_kek(7, dst, ack);
	KS1->features = GDOI_FEATURE_BASE | GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0",
				"reregister_jitter", "2s", NULL);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_eq(world->keks, 1);
}

/**
 * A counter of list-groups
 */
static int counter(char *name)
{
	vici_message_t *message = world_describe("g");
	int value = message->get_int(message, -1, name);

	message->destroy(message);
	return value;
}

/**
 * Rekey with a TEK of an SPI, and the KEK described again
 */
static void push_tek(uint32_t spi)
{
	world_push(world_rekey(TRUE, world_tek(spi, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
}

/**
 * Rekey that brings another KEK, under the present one
 *
 * @return				KEK before it
 */
static group_kek_t *push_kek(uint8_t first, const char *dst, const char *to)
{
	group_kek_t *old = world->kek->get_ref(world->kek);
	uint32_t seq = world->sequence + 1;
	group_policy_t *policy = group_policy_create();
	group_rekey_t *rekey = group_rekey_create(seq);

	world_set_kek(first, dst, old->get(old)->ack);
	policy->set_kek(policy, world->kek->get_ref(world->kek));
	rekey->set_policy(rekey, policy);
	world_push(rekey, old, to);
	return old;
}

/**
 * Rekey that deletes the KEK, one TEK or all
 */
static group_rekey_t *delete(bool kek, uint32_t spi)
{
	group_delete_t delete = {
		.kek = kek,
		.protocol = PROTO_ESP,
		.spi = htonl(spi),
	};
	group_rekey_t *rekey = group_rekey_create(++world->sequence);

	ck_assert(rekey->add_delete(rekey, &delete));
	return rekey;
}

/* GM-006, GM-008, REKEY-020, LOG-134, ACK-001, ACK-019: a TEK comes, is
 * installed inbound at once and acknowledged in the reply direction */
START_TEST(test_new_tek)
{
	gdoi_push_ack_t ack;
	world_ack_t *sent;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	push_tek(0x77);
	ck_assert(world_decrypts(world->map, 0x77));
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_RECV_REKEY: Received rekey for "
						"group g from 10.0.8.1 to 10.0.1.1 with seq # 1"), 1);
	ck_assert_int_eq(world_acks(), 1);
	ack = world_ack(world->kek);
	ck_assert_int_eq(ack.kind, GDOI_PUSH_ACK_ENCRYPTED);
	ck_assert_uint_eq(ack.seq, 1);
	world->acks->get_last(world->acks, (void**)&sent);
	ck_assert(sent->dst->equals(sent->dst, KS1->host));
	ck_assert_uint_eq(sent->src->get_port(sent->src), 848);
	ck_assert_int_eq(KS1->established, 1);
	ck_assert_int_eq(counter("rekeys-received"), 1);
	ck_assert_int_eq(counter("acks-sent"), 1);
	ck_assert_int_eq(counter("last-rekey-sequence"), 1);
}
END_TEST

static const struct {
	group_ack_t ask;
	uint8_t features;
	const char *to;
	/** ACKs that come, and their kind */
	int acks;
	gdoi_push_ack_kind_t kind;
} kinds[] = {
	{ GROUP_ACK_NONE, GDOI_FEATURE_ENCRYPTED_ACK, WORLD_MEMBER, 1,
	  GDOI_PUSH_ACK_ENCRYPTED },
	{ GROUP_ACK_NONE, GDOI_FEATURE_BASE, WORLD_MEMBER, 0, 0 },
	{ GROUP_ACK_NONE, 0, WORLD_MEMBER, 0, 0 },
	{ GROUP_ACK_NONE, GDOI_FEATURE_ENCRYPTED_ACK, WORLD_MULTICAST, 0, 0 },
	{ GROUP_ACK_KEK_SHA256, 0, WORLD_MEMBER, 1, GDOI_PUSH_ACK_CLEAR },
	{ GROUP_ACK_KEK_SHA512, GDOI_FEATURE_ENCRYPTED_ACK, WORLD_MEMBER, 1,
	  GDOI_PUSH_ACK_CLEAR },
	{ GROUP_ACK_KEK_SHA256, 0, WORLD_MULTICAST, 1, GDOI_PUSH_ACK_CLEAR },
	/* we have no leaf of a tree */
	{ GROUP_ACK_LKH_SHA256, GDOI_FEATURE_ENCRYPTED_ACK, WORLD_MEMBER, 0, 0 },
};

/* ACK-002, ACK-007, ACK-016, ACK-019: which kind, or none */
START_TEST(test_ack_kind)
{
	gdoi_push_ack_t ack;
	int i;

	start(kinds[_i].to, kinds[_i].ask);
	KS1->features = kinds[_i].features;
	ck_assert(world_command("register", "g"));
	for (i = 1; i <= 3; i++)
	{
		world_push(world_rekey(FALSE, world_tek(0x77 + i, 3600, LINE), NULL),
				   NULL, kinds[_i].to);
		world_advance(S(6));
		ck_assert_int_eq(world_acks(), i * kinds[_i].acks);
		if (kinds[_i].acks)
		{
			ack = world_ack(world->kek);
			ck_assert_int_eq(ack.kind, kinds[_i].kind);
			ck_assert_uint_eq(ack.seq, i);
		}
	}
	ck_assert_int_eq(counter("rekeys-received"), 3);
}
END_TEST

/* RFC 8263 on multicast: a random delay of at most ack_delay; a newer rekey
 * takes its place */
START_TEST(test_ack_delay)
{
	world_ack_t *sent;

	world->jitter = UINT32_MAX / 2;
	start(WORLD_MULTICAST, GROUP_ACK_KEK_SHA256);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MULTICAST);
	world_advance(2400);
	ck_assert_int_eq(world_acks(), 0);
	world_advance(200);
	ck_assert_int_eq(world_acks(), 1);
	world->acks->get_last(world->acks, (void**)&sent);
	/* not from the multicast address */
	ck_assert_uint_eq(sent->src->get_port(sent->src), 848);
	ck_assert(!gm_acks_is_multicast(sent->src));
	ck_assert(sent->dst->equals(sent->dst, KS1->host));
	world->jitter = UINT32_MAX;
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), NULL,
			   WORLD_MULTICAST);
	world_advance(4000);
	world_push(world_rekey(TRUE, world_tek(0x79, 3600, LINE), NULL), NULL,
			   WORLD_MULTICAST);
	world_advance(5100);
	ck_assert_int_eq(world_acks(), 2);
	ck_assert_uint_eq(world_ack(world->kek).seq, 3);
}
END_TEST

/* REKEY-016, REKEY-018, LOG-016, LOG-111: equal and lower numbers are dropped,
 * however big the gap; one line in ten seconds */
START_TEST(test_sequence)
{
	uint32_t spi = 0x77;
	int i;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	world->sequence = 41;
	push_tek(spi++);
	ck_assert_int_eq(counter("rekeys-received"), 1);
	for (i = 0; i < 5; i++)
	{
		world->sequence = 41 - i;
		push_tek(spi++);
	}
	ck_assert_int_eq(counter("rekeys-received"), 1);
	ck_assert_int_eq(counter("rekeys-replayed"), 5);
	ck_assert_int_eq(world_logged("%GDOI-3-GDOI_REKEY_SEQ_FAILURE"), 1);
	world_advance(S(11));
	world->sequence = 41;
	push_tek(spi++);
	ck_assert_int_eq(world_logged("%GDOI-3-GDOI_REKEY_SEQ_FAILURE"), 2);
	ck_assert_int_eq(world_acks(), 1);
	ck_assert_int_eq(world->sas, 2);
	world->sequence = 4000000000u;
	push_tek(spi);
	ck_assert(world_decrypts(world->map, spi));
	ck_assert_uint_eq(world_ack(world->kek).seq, 4000000001u);
}
END_TEST

/* REKEY-019, LOG-120, gdoi-wire 4.2: damage anywhere changes nothing, not even
 * the last sequence number, and is not answered */
START_TEST(test_damage)
{
	group_rekey_t *rekey;
	chunk_t good, bad;
	size_t i;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	rekey = world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL);
	good = test_write(rekey, world->kek, TEST_ECDSA_256);
	for (i = GROUP_KEK_SPI_LEN; i < good.len; i += 3)
	{
		bad = chunk_clone(good);
		bad.ptr[i] ^= 1 << test_random(8);
		world_deliver(bad, WORLD_MEMBER);
	}
	for (i = GROUP_KEK_SPI_LEN; i < good.len; i += 17)
	{
		bad = chunk_clone(chunk_create(good.ptr, i));
		world_deliver(bad, WORLD_MEMBER);
	}
	ck_assert_int_eq(counter("rekeys-received"), 0);
	ck_assert_int_gt(counter("rekeys-invalid"), 0);
	ck_assert_int_eq(world_acks(), 0);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_int_eq(world_logged("%GDOI-3-GDOI_REKEY_FAILURE"), 1);
	world_deliver(good, WORLD_MEMBER);
	ck_assert_int_eq(counter("rekeys-received"), 1);
	ck_assert_int_eq(world_acks(), 1);
}
END_TEST

/* a key of somebody else does not do, LOG-120 */
START_TEST(test_forged)
{
	group_rekey_t *rekey;
	private_key_t *key;
	chunk_t datagram;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	rekey = world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL);
	key = lib->creds->create(lib->creds, CRED_PRIVATE_KEY, KEY_ECDSA,
							 BUILD_KEY_SIZE, 256, BUILD_END);
	ck_assert(key != NULL);
	ck_assert(gdoi_push_write(rekey, world->kek, key, GDOI_SIG_DIGEST_INFO,
							  &datagram, NULL));
	world_deliver(datagram, WORLD_MEMBER);
	rekey->destroy(rekey);
	key->destroy(key);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_int_eq(counter("rekeys-invalid"), 1);
	ck_assert_int_eq(world_acks(), 0);
}
END_TEST

/* RFC 8263: copies are answered from the cache, but not all of them */
START_TEST(test_duplicate)
{
	world_ack_t *first, *last;
	chunk_t datagram;
	int i;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	datagram = test_write(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL),
						  world->kek, TEST_ECDSA_256);
	world_deliver(chunk_clone(datagram), WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 1);
	for (i = 0; i < 50; i++)
	{
		world_deliver(chunk_clone(datagram), WORLD_MEMBER);
	}
	ck_assert_int_eq(world_acks(), 2);
	ck_assert_int_eq(counter("rekeys-duplicate"), 50);
	world->acks->get_first(world->acks, (void**)&first);
	world->acks->get_last(world->acks, (void**)&last);
	ck_assert_chunk(first->datagram, last->datagram);
	world_advance(1100);
	world_deliver(datagram, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 3);
	ck_assert_int_eq(counter("rekeys-received"), 1);
}
END_TEST

/* KS-018, REKEY-017, ACK-001: the old KEK protects the rekey that brings a new
 * one, and its ACK; numbers begin with 1 after it. Retransmissions under the
 * old one are acknowledged, too */
START_TEST(test_kek_unicast)
{
	group_kek_t *old;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	world->sequence = 9;
	push_tek(0x77);
	old = push_kek(8, WORLD_MEMBER, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 2);
	ck_assert_uint_eq(world_ack(old).seq, 11);
	ck_assert_int_eq(world->keks, 2);
	push_tek(0x78);
	ck_assert_uint_eq(world_ack(world->kek).seq, 1);
	ck_assert(world_decrypts(world->map, 0x78));
	/* our ACK got lost: the same content under the next number */
	world_push(test_rekey(12, 0, world->kek), old, WORLD_MEMBER);
	ck_assert_uint_eq(world_ack(old).seq, 12);
	ck_assert_int_eq(counter("rekeys-late"), 1);
	/* nothing else is done under it */
	world_push(test_rekey(13, 0x99, NULL), old, WORLD_MEMBER);
	ck_assert(!world_decrypts(world->map, 0x99));
	ck_assert_int_eq(world_acks(), 4);
	ck_assert_int_eq(counter("rekeys-received"), 3);
	/* the grace ends */
	world_advance(S(601));
	ck_assert_int_eq(world->keks, 1);
	old->destroy(old);
}
END_TEST

/* REKEY-014, REKEY-015: of a KEK rekey and five retransmissions, a member that
 * missed #1 takes #2 and drops #3 to #6, though ACKs may be asked for */
START_TEST(test_kek_multicast)
{
	group_kek_t *old, *fresh;
	group_rekey_t *rekey;
	uint32_t seq;

	start(WORLD_MULTICAST, _i ? GROUP_ACK_KEK_SHA256 : GROUP_ACK_NONE);
	old = world->kek->get_ref(world->kek);
	world_set_kek(8, WORLD_MULTICAST, GROUP_ACK_NONE);
	fresh = world->kek;
	for (seq = 2; seq <= 6; seq++)
	{
		rekey = test_rekey(seq, 0, fresh);
		world_push(rekey, old, WORLD_MULTICAST);
		ck_assert_int_eq(counter("rekeys-received"), 1);
		ck_assert_int_eq(counter("rekeys-late"), seq - 2);
		world_advance(S(10));
	}
	ck_assert_int_eq(world_acks(), _i);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MULTICAST);
	ck_assert_int_eq(counter("rekeys-received"), 2);
	ck_assert_int_eq(KS1->registered, 1);
	old->destroy(old);
}
END_TEST

/* REKEY-032, LOG-138, LOG-139, GM-005: the transport changes with the KEK or
 * its description; the member joins and leaves, IPv4 and IPv6 */
START_TEST(test_transport)
{
	group_kek_t *old;
	char joined[64];

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	ck_assert_int_eq(world->memberships, 0);
	old = push_kek(8, WORLD_MULTICAST, WORLD_MEMBER);
	ck_assert_uint_eq(world_ack(old).seq, 1);
	old->destroy(old);
	ck_assert_int_eq(world->memberships, 1);
	ck_assert_str_eq(world->joined_on, "eth0");
	ck_assert_int_eq(world_logged("%GDOI-5-GM_REKEY_TRANS_2_MULTI: Group g "
								  "transitioned to multicast rekeys"), 1);
	old = push_kek(9, "ff3e::6407", WORLD_MULTICAST);
	old->destroy(old);
	snprintf(joined, sizeof(joined), "%H", world->joined);
	ck_assert_str_eq(joined, "ff3e::6407");
	ck_assert_int_eq(world->memberships, 1);
	old = push_kek(10, "0.0.0.0", "ff3e::6407");
	old->destroy(old);
	ck_assert_int_eq(world->memberships, 0);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_REKEY_TRANS_2_UNI: Group g "
								  "transitioned to unicast rekeys"), 1);
	ck_assert_int_eq(world_logged("TRANS_2_MULTI"), 1);
	push_tek(0x77);
	ck_assert_uint_eq(world_ack(world->kek).seq, 1);
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* GM-027, LOG-136: a policy that is refused changes nothing and is not
 * acknowledged; a better one is taken */
START_TEST(test_refused)
{
	group_tek_data_t data;
	group_tek_t *tek;
	group_rekey_t *rekey;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	tek = world_tek(0x77, 3600, LINE);
	data = *tek->get(tek);
	data.tunnel = FALSE;
	rekey = world_rekey(TRUE, group_tek_create(&data), NULL);
	tek->destroy(tek);
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert_int_eq(world_logged("%GDOI-4-GM_REJECTING_SA_PAYLOAD: Rekey"), 1);
	ck_assert_int_eq(world_acks(), 0);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_int_eq(counter("rekeys-refused"), 1);
	push_tek(0x78);
	ck_assert_int_eq(world_acks(), 1);
	ck_assert_int_eq(world->sas, 2);
}
END_TEST

/* the kernel refuses: everything stays as it was, KEK included; no ACK, so
 * that the retransmission comes */
START_TEST(test_kernel_refuses)
{
	group_kek_t *old;
	group_rekey_t *rekey;
	group_delete_t all = { .protocol = PROTO_ESP };

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	old = world->kek->get_ref(world->kek);
	world->refused = 0x77;
	world_set_kek(8, WORLD_MULTICAST, GROUP_ACK_NONE);
	rekey = world_rekey(TRUE, world_tek(0x76, 3600, LINE),
						world_tek(0x77, 3600, LINE), NULL);
	ck_assert(rekey->add_delete(rekey, &all));
	world_push(rekey, old, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 0);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_uint_eq(world->map->spi_count, 1);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(world->keks, 1);
	ck_assert_int_eq(world->memberships, 0);
	ck_assert_int_eq(counter("rekeys-refused"), 1);
	world->refused = 0;
	rekey = world_rekey(TRUE, world_tek(0x76, 3600, LINE),
						world_tek(0x77, 3600, LINE), NULL);
	world_push(rekey, old, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 1);
	ck_assert_int_eq(world->sas, 3);
	ck_assert_int_eq(world->memberships, 1);
	old->destroy(old);
}
END_TEST

/* LOG-133: deletes of TEKs, one and all; without any the member registers */
START_TEST(test_delete_teks)
{
	start(WORLD_MEMBER, GROUP_ACK_NONE);
	push_tek(0x77);
	world_push(delete(FALSE, WORLD_SPI), NULL, WORLD_MEMBER);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_RECV_DELETE: Received delete for "
								  "group g from KS 10.0.8.1"), 1);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	ck_assert(world->map->ready[0]);
	world_advance(S(30));
	ck_assert_int_eq(KS1->registered, 1);
	world_push(delete(FALSE, 0), NULL, WORLD_MEMBER);
	ck_assert_uint_eq(world_ack(world->kek).seq, 3);
	ck_assert_int_eq(world->sas, 0);
	/* what the policy protects is not sent in clear, ACL-007 */
	ck_assert(!world->map->ready[0]);
	ck_assert_uint_eq(world->map->line_count, 1);
	world_advance(S(3));
	ck_assert_int_eq(world_logged("GM_RE_REGISTER: IPsec SAs of group g were "
								  "deleted by the key server"), 1);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert(world->map->ready[0]);
}
END_TEST

/* gdoi-wire 4.5: deletes mean what was there before the new policy */
START_TEST(test_delete_before)
{
	group_delete_t all = { .protocol = PROTO_ESP };
	group_rekey_t *rekey;
	int from;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	push_tek(0x77);
	from = world->trace->get_count(world->trace);
	rekey = world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL);
	ck_assert(rekey->add_delete(rekey, &all));
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_uint_eq(world->map->sends[0], 0x78);
	ck_assert(world->map->ready[0]);
	/* there is always one that sends */
	ck_assert_int_lt(world_traced("activate 78", from),
					 world_traced("remove 1000", from));
	world_advance(S(60));
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* what a rekey deletes and describes again stays: it means both */
START_TEST(test_delete_described)
{
	group_delete_t all = { .protocol = PROTO_ESP };
	group_rekey_t *rekey;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	push_tek(0x77);
	rekey = world_rekey(TRUE, world_tek(0x77, 3600, LINE),
						world_tek(0x78, 3600, LINE), NULL);
	ck_assert(rekey->add_delete(rekey, &all));
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert_int_eq(world->sas, 2);
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
}
END_TEST

/* gdoi-wire 4.5, RFC 8263: a delete of the KEK is acknowledged under it, then
 * the member registers again */
START_TEST(test_delete_kek)
{
	group_kek_t *old;

	start(_i ? WORLD_MULTICAST : WORLD_MEMBER, GROUP_ACK_KEK_SHA256);
	old = world->kek->get_ref(world->kek);
	world_push(delete(TRUE, 0), NULL, _i ? WORLD_MULTICAST : WORLD_MEMBER);
	world_set_kek(8, WORLD_MEMBER, GROUP_ACK_NONE);
	world_advance(S(6));
	ck_assert_int_eq(world_acks(), 1);
	ck_assert_uint_eq(world_ack(old).seq, 1);
	ck_assert_int_eq(world->memberships, 0);
	ck_assert_int_eq(world_logged("GM_RECV_DELETE"), 1);
	ck_assert_int_eq(KS1->registered, 2);
	/* TEKs have been used on */
	ck_assert(world->map->ready[0]);
	push_tek(0x77);
	ck_assert_uint_eq(world_ack(world->kek).seq, 1);
	old->destroy(old);
}
END_TEST

/* a KEK of the same SPI with other keys is refused; another signature key in a
 * description is ignored (LOG-167) */
START_TEST(test_same_kek)
{
	group_kek_t *good;
	group_kek_data_t data;
	chunk_t other;

	start(WORLD_MEMBER, GROUP_ACK_NONE);
	good = world->kek->get_ref(world->kek);
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), good,
			   WORLD_MEMBER);
	ck_assert_int_eq(counter("rekeys-refused") + counter("rekeys-unusable"),
					 1);
	ck_assert_int_eq(world->sas, 1);
	data = *good->get(good);
	other = chunk_clone(data.sig_key);
	other.ptr[other.len - 1] ^= 1;
	data.sig_key = other;
	world->kek->destroy(world->kek);
	world->kek = group_kek_create(&data);
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), good,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x78));
	ck_assert_int_eq(world_logged("%GDOI-4-UNEXPECTED_SIGKEY"), 1);
	world_push(world_rekey(FALSE, world_tek(0x79, 3600, LINE), NULL), good,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x79));
	chunk_free(&other);
	good->destroy(good);
}
END_TEST

/** collects rows */
static void keep_row(void *user, vici_builder_t *builder)
{
	linked_list_t *rows = user;

	rows->insert_last(rows, builder->finalize(builder));
}

/* list-rekeys: the KEK and the one before it, with counters */
START_TEST(test_rows)
{
	group_role_t *role;
	linked_list_t *rows = linked_list_create();
	vici_message_t *row;
	group_kek_t *old;

	start(WORLD_MEMBER, GROUP_ACK_KEK_SHA256);
	role = &world->manager->role;
	push_tek(0x77);
	world_advance(S(5));
	old = push_kek(8, WORLD_MULTICAST, WORLD_MEMBER);
	world_advance(S(10));
	role->rekeys(role, "g", keep_row, rows);
	ck_assert_int_eq(rows->get_count(rows), 2);
	rows->remove_first(rows, (void**)&row);
	ck_assert_str_eq(row->get_str(row, "", "state"), "CURRENT");
	ck_assert_str_eq(row->get_str(row, "", "spi"),
					 "080203040506070809" "0a0b0c0d0e0f10");
	ck_assert_str_eq(row->get_str(row, "", "transport"), "multicast");
	ck_assert_str_eq(row->get_str(row, "", "destination"), "239.1.1.1[848]");
	ck_assert_str_eq(row->get_str(row, "", "source"), "10.0.8.1[848]");
	ck_assert_str_eq(row->get_str(row, "", "acknowledgement"), "kek-sha256");
	ck_assert_int_eq(row->get_int(row, -1, "sequence"), 0);
	ck_assert_int_eq(row->get_int(row, -1, "lifetime"), 86400);
	ck_assert_int_eq(row->get_int(row, -1, "expires-in"), 86390);
	ck_assert_int_eq(row->get_int(row, -1, "rekeys-received"), 2);
	ck_assert_int_eq(row->get_int(row, -1, "acks-sent"), 2);
	ck_assert_int_eq(row->get_int(row, -1, "last-rekey"), 10);
	ck_assert_str_eq(row->get_str(row, "", "last-rekey-from"), "10.0.8.1");
	ck_assert_int_gt(strlen(row->get_str(row, "", "signature-key")), 100);
	row->destroy(row);
	rows->remove_first(rows, (void**)&row);
	ck_assert_str_eq(row->get_str(row, "", "state"), "OLD");
	ck_assert_int_eq(row->get_int(row, -1, "sequence"), 2);
	ck_assert_int_eq(row->get_int(row, -1, "previous-sequence"), 1);
	row->destroy(row);
	rows->destroy(rows);
	old->destroy(old);
}
END_TEST

/* a registration tells the last number: what came before is a replay; and the
 * counter of the session begins anew */
START_TEST(test_registered_sequence)
{
	start(WORLD_MEMBER, GROUP_ACK_NONE);
	push_tek(0x77);
	ck_assert_int_eq(counter("rekeys-since-registration"), 1);
	world->sequence = 30;
	world_advance(S(3600));
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(counter("rekeys-since-registration"), 0);
	world->sequence = 29;
	push_tek(0x78);
	ck_assert_int_eq(counter("rekeys-replayed"), 1);
	push_tek(0x79);
	ck_assert_int_eq(counter("rekeys-since-registration"), 1);
	ck_assert_int_eq(counter("rekeys-received"), 2);
}
END_TEST

Suite *member_rekey_suite(void)
{
	Suite *s = suite_create("member rekey");
	TCase *tc = tcase_create("rekey");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_new_tek);
	tcase_add_loop_test(tc, test_ack_kind, 0, countof(kinds));
	tcase_add_test(tc, test_ack_delay);
	tcase_add_test(tc, test_sequence);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_forged);
	tcase_add_test(tc, test_duplicate);
	tcase_add_test(tc, test_kek_unicast);
	tcase_add_loop_test(tc, test_kek_multicast, 0, 2);
	tcase_add_test(tc, test_transport);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_kernel_refuses);
	tcase_add_test(tc, test_delete_teks);
	tcase_add_test(tc, test_delete_before);
	tcase_add_test(tc, test_delete_described);
	tcase_add_loop_test(tc, test_delete_kek, 0, 2);
	tcase_add_test(tc, test_same_kek);
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_registered_sequence);
	suite_add_tcase(s, tc);
	return s;
}
