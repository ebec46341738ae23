/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <transport/gdoi_vendor_id.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs; one that it overlaps, one that not */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"
#define CHANGED "permit ip 10.1.0.0/16 any"
#define OTHER "permit ip 192.168.0.0/16 any"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/** life of the first TEK, and its SPI */
static uint32_t life;

/**
 * Policy of a group with TEKs of a short life
 */
static group_policy_t *policy_short(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, world_tek(WORLD_SPI, life, LINE));
	return policy;
}

/**
 * Register a group whose TEKs live some time
 */
static void start(uint32_t seconds, const char *dst)
{
	life = seconds;
	world_set_kek(7, dst, GROUP_ACK_NONE);
	KS1->policy = policy_short;
	KS1->features = GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}

/**
 * Rekey with a TEK
 */
static void push(uint32_t spi, uint32_t seconds, const char *line,
				 uint16_t atd, uint16_t dtd)
{
	group_rekey_t *rekey;
	group_policy_t *policy;

	rekey = world_rekey(TRUE, world_tek(spi, seconds, line), NULL);
	policy = rekey->get_policy(rekey);
	policy->set_delays(policy, atd, dtd);
	world_push(rekey, NULL, world->kek->get(world->kek)->multicast ?
											WORLD_MULTICAST : WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, spi));
}

/**
 * Let time pass, and see that there is always a TEK that sends
 */
static void advance(uint64_t ms)
{
	while (ms)
	{
		world_advance(min(ms, 500));
		ms -= min(ms, 500);
		ck_assert(world->map->ready[0]);
		ck_assert(world_decrypts(world->map, world->map->sends[0]));
	}
}

/* GM-006 to GM-009, REKEY-028: 200 TEK rekeys, every tenth with another KEK,
 * every twentieth with another transport: one TEK follows the other, and
 * nobody registers again */
START_TEST(test_long)
{
	const char *from = WORLD_MEMBER, *to;
	group_kek_t *old;
	group_rekey_t *rekey;
	uint32_t i, spi, seq;
	int acks = 0;

	start(300, from);
	for (i = 1; i <= 200; i++)
	{
		spi = WORLD_SPI + i;
		advance(S(210) - (i == 1 ? 100 : 0));
		ck_assert_uint_eq(world->map->sends[0], spi - 1);
		acks += streq(from, WORLD_MEMBER);
		if (i % 10 == 0)
		{
			to = i % 20 ? from : streq(from, WORLD_MEMBER) ? WORLD_MULTICAST :
															 WORLD_MEMBER;
			seq = world->sequence + 1;
			old = world->kek->get_ref(world->kek);
			world_set_kek(7 + i, to, GROUP_ACK_NONE);
			rekey = test_rekey(seq, 0, world->kek);
			rekey->get_policy(rekey)->add_tek(rekey->get_policy(rekey),
											  world_tek(spi, 300, LINE));
			world_push(rekey, old, from);
			old->destroy(old);
			from = to;
		}
		else
		{
			push(spi, 300, LINE, 0, 0);
		}
		ck_assert_int_eq(world_acks(), acks);
		/* both receive; the old one sends until T2-30 */
		ck_assert(world_decrypts(world->map, spi));
		ck_assert(world_decrypts(world->map, spi - 1));
		ck_assert_uint_eq(world->map->sends[0], spi - 1);
	}
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(world->sas, 2);
	ck_assert_int_eq(world_logged("GM_RE_REGISTER"), 0);
	ck_assert_int_eq(world_logged("TRANS_2_MULTI"), 5);
	ck_assert_int_eq(world_logged("TRANS_2_UNI"), 5);
}
END_TEST

/* GM-007: the switch at T2-30, the end at T2, to the second */
START_TEST(test_times)
{
	uint64_t end;

	start(300, WORLD_MEMBER);
	end = world->now + S(300);
	world_advance(S(210));
	push(0x77, 300, LINE, 0, 0);
	world_advance(end - S(31) - world->now);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	world_advance(S(2));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	world_advance(end - S(1) - world->now);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	world_advance(S(1));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
}
END_TEST

/* GM-007, GM-010, REKEY-024: who gets no rekey registers at T2-60, or the
 * margin that is set; a rekey moves that */
START_TEST(test_reregister_moves)
{
	start(3600, WORLD_MEMBER);
	if (_i)
	{
		world_apply("g", 1, "servers", "ks1", "interface", "eth0",
					"reregister_margin", "45s", "reregister_jitter", "0s",
					NULL);
		world_settle();
		/* it takes effect with the next keys */
		ck_assert(world_command("register", "g"));
	}
	ck_assert_int_ge(world_reregister_in("g"), 3599 - (_i ? 46 : 62));
	ck_assert_int_le(world_reregister_in("g"), 3600 - (_i ? 45 : 60));
	world_advance(S(3400));
	push(0x77, 3600, LINE, 0, 0);
	ck_assert_int_ge(world_reregister_in("g"), 3599 - (_i ? 46 : 62));
	world_advance(S(3500));
	ck_assert_int_eq(KS1->registered, 1 + _i);
	world_advance(S(60));
	ck_assert_int_eq(KS1->registered, 2 + _i);
	ck_assert_int_eq(world_logged("are about to expire"), 1);
}
END_TEST

/* a KEK that ends without successor makes the member register as well */
START_TEST(test_kek_ends)
{
	group_kek_t *kek;

	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	kek = world->kek->with_lifetime(world->kek, 1000);
	world->kek->destroy(world->kek);
	world->kek = kek;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	ck_assert_int_ge(world_reregister_in("g"), 937);
	ck_assert_int_le(world_reregister_in("g"), 940);
	/* no server answers, so it is forgotten at its end; TEKs go on */
	KS1->phase1 = PHASE1_FAILS;
	world_advance(S(1010));
	ck_assert_int_eq(world->keks, 0);
	ck_assert(world->map->ready[0]);
	KS1->phase1 = PHASE1_UP;
	world_advance(S(301));
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world->keks, 1);
}
END_TEST

/* KS-017: the KEK described again by a rekey, with another lifetime */
START_TEST(test_kek_described)
{
	group_kek_t *kek;

	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	kek = world->kek->with_lifetime(world->kek, 1000);
	world->kek->destroy(world->kek);
	world->kek = kek;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	world_advance(S(500));
	kek = world->kek->with_lifetime(world->kek, 9000);
	world->kek->destroy(world->kek);
	world->kek = kek;
	push(0x77, 9000, LINE, 0, 0);
	ck_assert_int_ge(world_reregister_in("g"), 8937);
	world_advance(S(1000));
	ck_assert_int_eq(world->keks, 1);
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* REKEY-032, ACK-002: the transport of the same KEK changes. What comes by
 * unicast is acknowledged, what comes by multicast is not */
START_TEST(test_transport_described)
{
	group_kek_t *kek;
	host_t *host;

	start(3600, WORLD_MEMBER);
	host = host_create_from_string(WORLD_MULTICAST, 848);
	kek = world->kek->with_destination(world->kek, host);
	world->kek->destroy(world->kek);
	world->kek = kek;
	host->destroy(host);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert_int_eq(world->memberships, 1);
	ck_assert_uint_eq(world_ack(kek).seq, 1);
	host = host_create_from_string(WORLD_MEMBER, 848);
	kek = world->kek->with_destination(world->kek, host);
	world->kek->destroy(world->kek);
	world->kek = kek;
	host->destroy(host);
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), NULL,
			   WORLD_MULTICAST);
	ck_assert_int_eq(world->memberships, 0);
	world_advance(S(10));
	ck_assert_int_eq(world_acks(), 1);
	push(0x79, 3600, LINE, 0, 0);
	ck_assert_uint_eq(world_ack(kek).seq, 3);
	ck_assert_int_eq(world->keks, 1);
	ck_assert_int_eq(world_logged("TRANS_2_"), 2);
}
END_TEST

/** ATD, and when the new TEK sends by it; the old one has 1000 s left */
static const struct {
	uint16_t atd;
	uint32_t sends;
} atds[] = {
	/* ATD-003: by the key server's formula that is T2-30 */
	{ 970, 970 }, { 1, 1 }, { 60, 60 },
	/* not later than the end of the old one */
	{ 65535, 1000 },
	/* ATD-007: without, T2-30 */
	{ 0, 970 },
};

/* ATD-001, ATD-007, ATD-008: seconds after receipt */
START_TEST(test_atd)
{
	start(3000, WORLD_MEMBER);
	world_advance(S(2000) - 100);
	push(0x77, 3000, LINE, atds[_i].atd, 0);
	advance(S(atds[_i].sends) - 600);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	advance(600);
	advance(S(1));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
}
END_TEST

/* a retransmission has a smaller ATD, but the first receipt counts */
START_TEST(test_atd_retransmitted)
{
	start(3600, WORLD_MEMBER);
	push(0x77, 3600, LINE, 100, 0);
	world_advance(S(20));
	push(0x77, 3580, LINE, 10, 0);
	world_advance(S(79));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	world_advance(S(2));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
}
END_TEST

/* DTD: old SAs are removed then, though they would live longer, and a
 * description does not prolong them */
START_TEST(test_dtd)
{
	start(3600, WORLD_MEMBER);
	push(0x77, 3600, LINE, 20, 60);
	world_push(world_rekey(TRUE, world_tek(WORLD_SPI, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	advance(S(19));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	advance(S(2));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
	advance(S(38));
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	advance(S(2));
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert_int_eq(world->sas, 1);
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* very short lives roll over without a gap; the next TEK comes in the middle */
START_TEST(test_short)
{
	static const uint32_t lives[] = { 6, 10, 20 };
	uint32_t i, half = lives[_i] * 500, spi;

	start(lives[_i], WORLD_MEMBER);
	for (i = 1; i <= 20; i++)
	{
		spi = WORLD_SPI + i;
		advance(half - (i == 1 ? 500 : 0));
		push(spi, lives[_i], LINE, 0, 0);
		ck_assert_uint_eq(world->map->sends[0], spi - 1);
		/* others have a moment to get it */
		advance(400);
		ck_assert_uint_eq(world->map->sends[0], spi - 1);
		half = lives[_i] * 500 - 400;
	}
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* a rekey that comes after T2-30 is not sent with at once: it has just been
 * sent to the others, too */
START_TEST(test_late)
{
	start(300, WORLD_MEMBER);
	KS1->phase1 = PHASE1_FAILS;
	world_advance(S(280));
	push(0x77, 300, LINE, 0, 0);
	advance(S(4));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	advance(S(2));
	ck_assert_uint_eq(world->map->sends[0], 0x77);
}
END_TEST

/* REKEY-101, REKEY-102: a TEK that lives shorter than the one before does not
 * take over before others have it */
START_TEST(test_shorter)
{
	start(3600, WORLD_MEMBER);
	push(0x77, 300, LINE, 0, 0);
	advance(S(100));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	advance(S(110));
	push(0x78, 300, LINE, 0, 0);
	advance(S(3200));
	ck_assert_int_eq(world->sas, 1);
}
END_TEST

/* REKEY-104: another access list decides at once; the old SA receives on */
START_TEST(test_list)
{
	int from;

	start(3600, WORLD_MEMBER);
	from = world->trace->get_count(world->trace);
	push(0x77, 3600, CHANGED, 0, 0);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], 0x77);
	ck_assert_uint_eq(world->map->lines[0].ace.src.prefix, 16);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	/* it sends before the list names it */
	ck_assert_int_lt(world_traced("activate 77", from),
					 world_traced("acl 1", from));
	world_advance(S(3550));
	ck_assert_int_eq(KS1->registered, 2);
}
END_TEST

/* REKEY-104: the TEKs in use get another list as well: it decides at once, and
 * none of them is taken out of the kernel for that */
START_TEST(test_list_described)
{
	int from;

	start(3600, WORLD_MEMBER);
	push(0x77, 3600, LINE, 0, 0);
	from = world->trace->get_count(world->trace);
	world_push(world_rekey(TRUE, world_tek(WORLD_SPI, 3600, CHANGED),
						   world_tek(0x77, 3600, CHANGED),
						   world_tek(0x78, 3600, CHANGED), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert_uint_eq(world->map->lines[0].ace.src.prefix, 16);
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], WORLD_SPI);
	ck_assert_int_eq(world->sas, 3);
	ck_assert_int_lt(world_traced("remove 1000", from), 0);
	ck_assert_int_lt(world_traced("remove 77", from), 0);
	advance(S(3500));
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* traffic of another list is added beside what there is */
START_TEST(test_list_added)
{
	start(3600, WORLD_MEMBER);
	push(0x77, 3600, OTHER, 0, 0);
	ck_assert_uint_eq(world->map->line_count, 2);
	/* new lists come first */
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], 0x77);
	ck_assert_uint_eq(world->map->sends[world->map->lines[1].sa], WORLD_SPI);
	/* the next TEK of the first list leaves the other alone */
	world_advance(S(3400));
	push(0x78, 3600, LINE, 0, 0);
	ck_assert_uint_eq(world->map->line_count, 2);
	push(0x79, 3600, OTHER, 0, 0);
	world_advance(S(300));
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], 0x79);
	ck_assert_uint_eq(world->map->sends[world->map->lines[1].sa], 0x78);
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(world->sas, 2);
}
END_TEST

/**
 * A TEK to receive with only
 */
static group_tek_t *receiver(uint32_t spi, const char *line)
{
	group_tek_t *tek = world_tek(spi, 3600, line), *only;
	group_tek_data_t data = *tek->get(tek);

	data.direction = GROUP_TEK_RECEIVER_ONLY;
	only = group_tek_create(&data);
	tek->destroy(tek);
	return only;
}

/* REKEY-104: a policy that has the old list only to receive */
START_TEST(test_list_receives)
{
	start(3600, WORLD_MEMBER);
	world_push(world_rekey(TRUE, receiver(WORLD_SPI, LINE),
						   world_tek(0x77, 3600, CHANGED), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], 0x77);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_int_eq(world->sas, 2);
}
END_TEST

/**
 * Policy with two flows, the second one as short as set
 */
static group_policy_t *policy_two(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, world_tek(WORLD_SPI, 3600, LINE));
	policy->add_tek(policy, world_tek(WORLD_SPI + 1, life, OTHER));
	return policy;
}

/**
 * Register a group with two flows
 */
static void start_two(uint32_t seconds)
{
	life = seconds;
	world_set_kek(7, WORLD_MEMBER, GROUP_ACK_NONE);
	KS1->policy = policy_two;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	ck_assert_uint_eq(world->map->line_count, 2);
}

/* a rekey that deletes all TEKs of a flow and has others: its lines go, the
 * others go on, nobody has to register. Without any TEK the flow stays closed
 * (ACL-007) and the member registers, though not with all others at once */
START_TEST(test_flow_deleted)
{
	group_delete_t delete = {
		.protocol = PROTO_ESP,
		.spi = htonl(WORLD_SPI + 1),
	};
	group_rekey_t *rekey;

	start_two(3600);
	world->jitter = UINT32_MAX;
	rekey = _i ? world_rekey(TRUE, NULL) :
				 world_rekey(TRUE, world_tek(WORLD_SPI, 3600, LINE),
							 world_tek(0x77, 3600, LINE), NULL);
	ck_assert(rekey->add_delete(rekey, &delete));
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert_int_eq(world->sas, 2 - _i);
	ck_assert(world->map->ready[0]);
	ck_assert(!world->map->ready[1]);
	ck_assert_uint_eq(world->map->line_count, 1 + _i);
	ck_assert_uint_eq(world->map->sends[world->map->lines[0].sa], WORLD_SPI);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	world_advance(S(1));
	ck_assert_int_eq(KS1->registered, 1);
	world_advance(S(30));
	ck_assert_int_eq(KS1->registered, 1 + _i);
}
END_TEST

/* ACL-007: a flow whose TEK ended drops, but the group has keys for others */
START_TEST(test_flow_ended)
{
	gm_status_t status;

	start_two(300);
	KS1->phase1 = PHASE1_FAILS;
	world_advance(S(301));
	ck_assert_uint_eq(world->map->line_count, 2);
	ck_assert(world->map->ready[0]);
	ck_assert(!world->map->ready[1]);
	status = world_status("g");
	ck_assert(status.ready);
	gm_status_clear(&status);
	ck_assert_int_eq(world_logged("have expired"), 0);
	KS1->phase1 = PHASE1_UP;
	world_advance(S(301));
	ck_assert(world->map->ready[1]);
}
END_TEST

/* more rekeys within a life than there is room for: the oldest that don't send
 * make way for new ones */
START_TEST(test_many)
{
	uint32_t i;

	start(3600, WORLD_MEMBER);
	for (i = 1; i <= 3 * CRYPTO_MAP_SPIS; i++)
	{
		push(WORLD_SPI + i, 3600, LINE, 0, 0);
		ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
		ck_assert(world_decrypts(world->map, WORLD_SPI));
		advance(S(1));
	}
	ck_assert_int_eq(world->sas, CRYPTO_MAP_SPIS);
	advance(S(3480));
	ck_assert_uint_ne(world->map->sends[0], WORLD_SPI);
}
END_TEST

Suite *member_rollover_suite(void)
{
	Suite *s = suite_create("member rollover");
	TCase *tc = tcase_create("rollover");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_times);
	tcase_add_loop_test(tc, test_reregister_moves, 0, 2);
	tcase_add_test(tc, test_kek_ends);
	tcase_add_test(tc, test_kek_described);
	tcase_add_test(tc, test_transport_described);
	tcase_add_loop_test(tc, test_atd, 0, countof(atds));
	tcase_add_test(tc, test_atd_retransmitted);
	tcase_add_test(tc, test_dtd);
	tcase_add_loop_test(tc, test_short, 0, 3);
	tcase_add_test(tc, test_late);
	tcase_add_test(tc, test_shorter);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_list_described);
	tcase_add_test(tc, test_list_added);
	tcase_add_test(tc, test_list_receives);
	tcase_add_loop_test(tc, test_flow_deleted, 0, 2);
	tcase_add_test(tc, test_flow_ended);
	tcase_add_test(tc, test_many);
	suite_add_tcase(s, tc);
	return s;
}
