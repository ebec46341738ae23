/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <transport/gdoi_vendor_id.h>

#include <time.h>

/** first key server */
#define KS1 (&world->servers[0])

/** access list of the model's TEKs */
#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/**
 * Register a group
 */
static void start(const char *dst, const char *interval)
{
	world_set_kek(7, dst, GROUP_ACK_NONE);
	KS1->features = GDOI_FEATURE_ENCRYPTED_ACK;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0",
				"recovery_interval", interval, NULL);
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}

/* the key server has another KEK than we: register, but not all the time */
START_TEST(test_unknown_kek)
{
	int i;

	start(WORLD_MEMBER, "60s");
	world_advance(S(10));
	world->jitter = UINT32_MAX;
	world_set_kek(8, WORLD_MEMBER, GROUP_ACK_NONE);
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(1900);
	ck_assert_int_eq(KS1->registered, 1);
	world_advance(300);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_logged("%GDOI-5-GM_RE_REGISTER: IPsec SAs of group "
						"g may be outdated (rekey under an unknown KEK)"), 1);
	/* it has the new KEK now */
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x77));
	for (i = 0; i < 57; i++)
	{
		world_unknown("10.0.8.1", WORLD_MEMBER);
		world_advance(S(1));
		ck_assert_int_eq(KS1->registered, 2);
	}
	for (i = 0; i < 10; i++)
	{
		world_unknown("10.0.8.1", WORLD_MEMBER);
		world_advance(S(1));
	}
	ck_assert_int_eq(KS1->registered, 3);
}
END_TEST

/* hints that lead to nothing are followed less and less often */
START_TEST(test_backoff)
{
	int i;

	start(WORLD_MEMBER, "10s");
	for (i = 0; i < 1000; i++)
	{
		world_unknown("10.0.8.1", WORLD_MEMBER);
		world_advance(S(1));
	}
	/* 0, 10, 30, 70, 150, then every 160 seconds */
	ck_assert_int_ge(KS1->registered, 1 + 9);
	ck_assert_int_le(KS1->registered, 1 + 11);
	/* new keys: as at first */
	world_set_kek(8, WORLD_MEMBER, GROUP_ACK_NONE);
	ck_assert(world_command("register", "g"));
	world_advance(S(200));
	world_set_kek(9, WORLD_MEMBER, GROUP_ACK_NONE);
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(3));
	i = KS1->registered;
	world_advance(S(170));
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, i + 1);
	world_advance(S(11));
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, i + 2);
}
END_TEST

static const struct {
	/** where our rekeys go to */
	const char *kek;
	/** where the unknown one comes from and goes to */
	const char *src, *dst;
	bool counts;
} unknowns[] = {
	{ WORLD_MEMBER, "10.0.8.1", WORLD_MEMBER, TRUE },
	/* a key server that we are not registered with, but may be */
	{ WORLD_MEMBER, "10.0.8.2", WORLD_MEMBER, TRUE },
	{ WORLD_MEMBER, "10.0.66.6", WORLD_MEMBER, FALSE },
	{ WORLD_MULTICAST, "10.0.8.1", WORLD_MULTICAST, TRUE },
	{ WORLD_MULTICAST, "10.0.66.6", WORLD_MULTICAST, FALSE },
	{ WORLD_MULTICAST, "10.0.66.6", "239.9.9.9", FALSE },
	{ WORLD_MEMBER, "10.0.66.6", WORLD_MULTICAST, FALSE },
};

/* who is believed */
START_TEST(test_unknown_source)
{
	world_set_kek(7, unknowns[_i].kek, GROUP_ACK_NONE);
	world_apply("g", 1, "servers", "ks1, ks2", "interface", "eth0", NULL);
	world_settle();
	world_unknown(unknowns[_i].src, unknowns[_i].dst);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 1 + unknowns[_i].counts);
}
END_TEST

/* all members of a multicast group hear of an unknown KEK at once: they come
 * back over a quarter of the interval, those of a unicast group sooner */
START_TEST(test_unknown_spread)
{
	start(_i ? WORLD_MULTICAST : WORLD_MEMBER, "60s");
	world->jitter = UINT32_MAX;
	world_unknown("10.0.8.1", _i ? WORLD_MULTICAST : WORLD_MEMBER);
	world_advance(S(14));
	ck_assert_int_eq(KS1->registered, _i ? 1 : 2);
	world_advance(1200);
	ck_assert_int_eq(KS1->registered, 2);
}
END_TEST

/* nothing is recovered before there are keys, or while it registers */
START_TEST(test_unknown_early)
{
	KS1->phase1 = PHASE1_SILENT;
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", NULL);
	world_settle();
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(10));
	ck_assert_int_eq(KS1->initiated, 1);
	ck_assert_int_eq(world_logged("may be outdated"), 0);
}
END_TEST

/* others send by a TEK that we don't have: its rekey was lost */
START_TEST(test_unknown_spi)
{
	start(WORLD_MEMBER, "60s");
	world_advance(S(10));
	world->map->unknown_spi = 0x77;
	world_advance(S(4));
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_logged("may be outdated (packet with an unknown "
								  "SPI)"), 1);
	/* once in the interval, whatever they send */
	world->map->unknown_spi = 0x78;
	world_advance(S(50));
	ck_assert_int_eq(KS1->registered, 2);
}
END_TEST

/* a packet that came before a registration is no reason for another one */
START_TEST(test_stale_spi)
{
	start(WORLD_MEMBER, "60s");
	world_advance(S(10));
	world->map->unknown_spi = 0x77;
	ck_assert(world_command("register", "g"));
	world_advance(S(20));
	ck_assert_int_eq(KS1->registered, 2);
	world_advance(S(100));
	ck_assert_int_eq(KS1->registered, 2);
}
END_TEST

/* an SPI that has just been removed is no news, and one that a rekey brings
 * meanwhile isn't either */
START_TEST(test_known_spi)
{
	group_delete_t delete = {
		.protocol = PROTO_ESP,
		.spi = htonl(WORLD_SPI),
	};
	group_rekey_t *rekey;

	start(WORLD_MEMBER, "60s");
	rekey = world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL);
	ck_assert(rekey->add_delete(rekey, &delete));
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	world->map->unknown_spi = WORLD_SPI;
	world_advance(S(10));
	ck_assert_int_eq(KS1->registered, 1);
	/* the hint comes first, then the rekey */
	world->jitter = UINT32_MAX;
	world->map->unknown_spi = 0x78;
	world_advance(S(1));
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	world_advance(S(10));
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* what turns out to be known costs nothing: the next loss is followed at once,
 * and so is one after an accepted rekey, even if nothing new came */
START_TEST(test_backoff_ends)
{
	int i, registered;

	start(WORLD_MEMBER, "10s");
	world->jitter = UINT32_MAX;
	world->map->unknown_spi = 0x78;
	world_advance(S(1));
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 1);
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 2);
	for (i = 0; i < 600; i++)
	{
		world_unknown("10.0.8.1", WORLD_MEMBER);
		world_advance(S(1));
	}
	world_push(world_rekey(TRUE, world_tek(0x79, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	/* the rest that began before, then the interval */
	world_advance(S(160));
	registered = KS1->registered;
	for (i = 0; i < 15; i++)
	{
		world_unknown("10.0.8.1", WORLD_MEMBER);
		world_advance(S(1));
	}
	ck_assert_int_eq(KS1->registered, registered + 2);
}
END_TEST

/* a key server that was restarted deletes, or no longer answers for, a phase 1
 * that was kept: its members come back; one that always does so is asked less
 * and less often */
START_TEST(test_lost_phase1)
{
	int i;

	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "keep_phase1",
				"yes", NULL);
	world_settle();
	world_advance(S(100));
	world_set_kek(8, WORLD_MEMBER, GROUP_ACK_NONE);
	world_close(KS1);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world_logged("may be outdated (key server ended phase "
								  "1)"), 1);
	world_push(world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x77));
	for (i = 0; i < 600; i++)
	{
		world_close(KS1);
		world_advance(S(1));
	}
	ck_assert_int_le(KS1->registered, 6);
}
END_TEST

/* KS-016: one that we delete ourselves, as its lifetime is over or the operator
 * wants it, says nothing about the key server */
START_TEST(test_own_phase1)
{
	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "keep_phase1",
				"yes", NULL);
	world_settle();
	world_end(KS1, GDOI_PHASE1_OURS);
	world_advance(S(100));
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(world_phase1s(), 0);
}
END_TEST

/* KS-016: a phase 1 that ends as its lifetime does is nothing to recover from;
 * one registration finds that out, until another one has brought new keys */
START_TEST(test_phase1_ends)
{
	int i;

	world_apply("g", 1, "servers", "ks1", "interface", "eth0", "keep_phase1",
				"yes", NULL);
	world_settle();
	for (i = 0; i < 5; i++)
	{
		world_advance(S(400));
		world_close(KS1);
		world_advance(S(3));
		ck_assert_int_eq(KS1->registered, 2);
		world_push(world_rekey(TRUE, world_tek(0x77 + i, 3600, LINE), NULL),
				   NULL, WORLD_MEMBER);
	}
	/* a lost rekey makes it register, with success */
	world_set_kek(8, WORLD_MEMBER, GROUP_ACK_NONE);
	world_unknown("10.0.8.1", WORLD_MEMBER);
	world_advance(S(100));
	ck_assert_int_eq(KS1->registered, 3);
	world_close(KS1);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 4);
}
END_TEST

/**
 * Let the member ask the key server, which has answered with its policy of
 * this moment, though nothing came back yet
 */
static void ask()
{
	int messages = KS1->messages;

	world_unknown("10.0.8.1", WORLD_MEMBER);
	while (KS1->messages == messages)
	{
		world_advance(1);
	}
}

/**
 * Rekey under the present KEK with another KEK and a TEK
 *
 * @param old			set to the KEK before
 */
static group_rekey_t *rekey_all(uint8_t first, uint32_t spi, group_kek_t **old)
{
	uint32_t seq = world->sequence;
	group_rekey_t *rekey;

	*old = world->kek->get_ref(world->kek);
	world_set_kek(first, WORLD_MEMBER, GROUP_ACK_NONE);
	world->sequence = seq;
	rekey = world_rekey(TRUE, world_tek(spi, 3600, LINE), NULL);
	world->sequence = 0;
	return rekey;
}

/* REKEY-017: a rekey that comes while the member registers is not taken back
 * by the keys from before it, which the registration brings */
START_TEST(test_overtaken)
{
	group_kek_t *old;
	group_rekey_t *rekey;
	int i, registered;

	start(WORLD_MEMBER, "60s");
	world_advance(S(10));
	registered = KS1->registered;
	ask();
	rekey = rekey_all(8, 0x77, &old);
	world_push(rekey, old, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 1);
	world_advance(500);
	ck_assert_int_eq(KS1->registered, registered + 1);
	for (i = 1; i <= 3; i++)
	{
		world_push(world_rekey(TRUE, world_tek(0x77 + i, 3600, LINE), NULL),
				   NULL, WORLD_MEMBER);
		ck_assert_int_eq(world_acks(), 1 + i);
		ck_assert_uint_eq(world_ack(world->kek).seq, i);
		ck_assert(world_decrypts(world->map, 0x77 + i));
	}
	/* up to date by the rekeys, so no need to ask again */
	ck_assert_int_eq(KS1->registered, registered + 1);
	ck_assert_int_gt(world_reregister_in("g"), 3500);
	old->destroy(old);
}
END_TEST

/* nor is a delete; all keys were deleted, so the member does ask again */
START_TEST(test_overtaken_teks)
{
	group_delete_t all = { .protocol = PROTO_ESP };
	group_rekey_t *rekey;

	start(WORLD_MEMBER, "60s");
	ask();
	world->jitter = UINT32_MAX;
	rekey = group_rekey_create(++world->sequence);
	ck_assert(rekey->add_delete(rekey, &all));
	world_push(rekey, NULL, WORLD_MEMBER);
	ck_assert_int_eq(world->sas, 0);
	world->age = WORLD_LIFE;
	world_advance(500);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert_int_eq(world->sas, 0);
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 3);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
}
END_TEST

/* an authentic rekey under the KEK before, which does not bring the present
 * one: the key server has gone another way than we. Registering tells; what
 * was accepted under that KEK is not accepted again (REKEY-016) */
START_TEST(test_astray)
{
	group_kek_t *before, *fresh;
	group_rekey_t *rekey;
	chunk_t replay;

	start(WORLD_MEMBER, "60s");
	rekey = world_rekey(TRUE, world_tek(0x70, 3600, LINE), NULL);
	replay = test_write(rekey, world->kek, TEST_ECDSA_256);
	world_deliver(chunk_clone(replay), WORLD_MEMBER);
	rekey = rekey_all(8, 0x77, &before);
	world_push(rekey, before, WORLD_MEMBER);
	world_advance(S(10));
	/* a retransmission of the rekey that brought the KEK is no hint */
	world_push(test_rekey(3, 0, world->kek), before, WORLD_MEMBER);
	world_advance(S(10));
	ck_assert_int_eq(KS1->registered, 1);
	fresh = world->kek;
	world->kek = before->get_ref(before);
	world->sequence = 3;
	world_push(world_rekey(TRUE, world_tek(0x78, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert(!world_decrypts(world->map, 0x78));
	world->sequence = 0;
	world_advance(S(3));
	ck_assert_int_eq(KS1->registered, 2);
	world_deliver(replay, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 3);
	world->sequence = 4;
	world_push(world_rekey(TRUE, world_tek(0x79, 3600, LINE), NULL), NULL,
			   WORLD_MEMBER);
	ck_assert(world_decrypts(world->map, 0x79));
	ck_assert_int_eq(world_acks(), 4);
	before->destroy(before);
	fresh->destroy(fresh);
}
END_TEST

/** lives of KEK and TEK that a key server hands out; how often the member
 *  registers in ten minutes, at least and at most */
static const struct {
	uint32_t kek, tek;
	bool news;
	int least, most;
} lives[] = {
	/* nothing new: after 1, 2, 4, 8, 16, 32, then every 60 seconds */
	{ 1, 3600, FALSE, 13, 17 },
	{ 0, 1, FALSE, 13, 17 },
	{ 2, 2, FALSE, 13, 17 },
	/* new ones each time are worth it */
	{ 0, 30, TRUE, 25, 40 },
	{ 0, 3, TRUE, 200, 400 },
};

/** which of them, and the next SPI */
static u_int life;
static uint32_t spi;

/**
 * Policy with short keys
 */
static group_policy_t *policy_lives(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();

	policy->set_kek(policy, world->kek->with_lifetime(world->kek,
													  lives[life].kek));
	policy->add_tek(policy, world_tek(spi, lives[life].tek, LINE));
	spi += lives[life].news;
	return policy;
}

/* GM-007 has an end: a key server that goes on handing out keys that are about
 * to end is asked less and less often, one with new ones is not */
START_TEST(test_nothing_new)
{
	life = _i;
	spi = WORLD_SPI;
	KS1->policy = policy_lives;
	start(WORLD_MEMBER, "60s");
	world_advance(S(600));
	ck_assert_int_ge(KS1->registered, lives[_i].least);
	ck_assert_int_le(KS1->registered, lives[_i].most);
}
END_TEST

/* whoever has a copy of a rekey can send it from anywhere: such copies are not
 * answered, and don't keep the key server's own from being answered */
START_TEST(test_copies)
{
	group_rekey_t *rekey;
	chunk_t copy;

	start(WORLD_MEMBER, "60s");
	rekey = world_rekey(TRUE, world_tek(0x77, 3600, LINE), NULL);
	copy = test_write(rekey, world->kek, TEST_ECDSA_256);
	world_deliver(chunk_clone(copy), WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 1);
	world_advance(S(5));
	world_deliver_from(chunk_clone(copy), "10.0.66.6", 848, WORLD_MEMBER);
	world_deliver_from(chunk_clone(copy), "10.0.8.1", 4500, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 1);
	world_deliver(copy, WORLD_MEMBER);
	ck_assert_int_eq(world_acks(), 2);
}
END_TEST

/* clock steps are harmless: the member's clock is the monotonic one */
START_TEST(test_clock)
{
	gm_runtime_t *real = gm_runtime_create();
	struct timespec ts;
	uint64_t before, after;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	before = S(ts.tv_sec) + ts.tv_nsec / 1000000;
	after = real->now(real);
	ck_assert_uint_ge(after + 1, before);
	ck_assert_uint_lt(after, before + S(10));
	real->destroy(real);
}
END_TEST

Suite *member_recovery_suite(void)
{
	Suite *s = suite_create("member recovery");
	TCase *tc = tcase_create("recovery");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_unknown_kek);
	tcase_add_test(tc, test_backoff);
	tcase_add_loop_test(tc, test_unknown_source, 0, countof(unknowns));
	tcase_add_loop_test(tc, test_unknown_spread, 0, 2);
	tcase_add_test(tc, test_unknown_early);
	tcase_add_test(tc, test_unknown_spi);
	tcase_add_test(tc, test_stale_spi);
	tcase_add_test(tc, test_known_spi);
	tcase_add_test(tc, test_backoff_ends);
	tcase_add_test(tc, test_lost_phase1);
	tcase_add_test(tc, test_phase1_ends);
	tcase_add_test(tc, test_own_phase1);
	tcase_add_test(tc, test_overtaken);
	tcase_add_test(tc, test_overtaken_teks);
	tcase_add_test(tc, test_astray);
	tcase_add_loop_test(tc, test_nothing_new, 0, countof(lives));
	tcase_add_test(tc, test_copies);
	tcase_add_test(tc, test_clock);
	suite_add_tcase(s, tc);
	return s;
}
