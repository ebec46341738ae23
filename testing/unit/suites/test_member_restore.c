/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * States that the kernel removes because the clock was set come back, as long
 * as their TEK has not ended by the member's own clock.
 */

#include "member_suites.h"
#include "member_world.h"

#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/** what the key server's policy has */
static group_policy_t *gcm_policy(const group_id_t *group)
{
	group_policy_t *policy = group_policy_create();
	uint32_t age = (world->now - 1000000) / 1000;

	policy->set_kek(policy, world->kek->get_ref(world->kek));
	policy->set_sequence(policy, world->sequence);
	policy->add_tek(policy, world_tek_gcm(WORLD_SPI, WORLD_LIFE - age, LINE));
	return policy;
}

/**
 * Let a member register.
 */
static void join(char *name, u_int id)
{
	world_apply(name, id, "servers", "ks1", "interface", id == 1 ? "eth0"
				: "eth1", NULL);
	world_settle();
	ck_assert_int_eq(world_state(name), GM_REGISTERED);
}

/**
 * The counter that list-group shows.
 */
static int get_restored(const char *name)
{
	vici_message_t *row = world_describe(name);
	int count = row->get_int(row, -1, "states-restored");

	row->destroy(row);
	return count;
}

/* a state is put back with the time that its TEK has left, and nothing else
 * happens: it goes on sending */
START_TEST(test_both_ways)
{
	char expected[64];
	int before;

	join("g", 1);
	world_advance(S(100));
	before = world->trace->get_count(world->trace);
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_expire(WORLD_SPI, WORLD_OUTBOUND);
	world_settle();
	snprintf(expected, sizeof(expected), "restore %x %s %u", WORLD_SPI,
			 WORLD_INBOUND, WORLD_LIFE - 100);
	ck_assert_int_ge(world_traced(expected, before), before);
	snprintf(expected, sizeof(expected), "restore %x %s %u", WORLD_SPI,
			 WORLD_OUTBOUND, WORLD_LIFE - 100);
	ck_assert_int_ge(world_traced(expected, before), before);
	ck_assert_int_eq(world->trace->get_count(world->trace), before + 2);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(get_restored("g"), 2);
	ck_assert_int_eq(world->servers[0].registered, 1);
	/* said once for all states of a TEK, again if it happens again */
	ck_assert_int_eq(world_logged("%GDOI-4-GM_SA_RESTORED: The kernel removed "
								  "SA 00001000 of group g before it ended"), 1);
	world_advance(S(20));
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_settle();
	ck_assert_int_eq(world_logged("GM_SA_RESTORED"), 2);
	ck_assert_int_eq(get_restored("g"), 3);
}
END_TEST

/* nothing is done from the thread that tells of it, which holds locks */
START_TEST(test_not_at_once)
{
	join("g", 1);
	world_expire(WORLD_SPI, WORLD_INBOUND);
	ck_assert_int_eq(get_restored("g"), 0);
	world_settle();
	ck_assert_int_eq(get_restored("g"), 1);
}
END_TEST

/* states of others, of TEKs that have ended, and unknown ones are left alone */
START_TEST(test_others)
{
	int before;

	join("g", 1);
	before = world->trace->get_count(world->trace);
	world_expire(WORLD_SPI - 1, WORLD_INBOUND);
	world_expire(WORLD_SPI, "192.0.2.1");
	world_settle();
	ck_assert_int_eq(world->trace->get_count(world->trace), before);
	world->servers[0].phase1 = PHASE1_FAILS;
	world_advance(S(WORLD_LIFE));
	before = world->trace->get_count(world->trace);
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_settle();
	ck_assert_int_eq(world_traced("restore 1000 " WORLD_INBOUND, 0), -1);
	ck_assert_int_eq(get_restored("g"), 0);
	ck_assert_int_eq(world_logged("GM_SA_"), 0);
}
END_TEST

/* a group that was taken down on the way hears of nothing */
START_TEST(test_stopped)
{
	join("g", 1);
	join("h", 2);
	world_expire(WORLD_SPI, WORLD_INBOUND);
	ck_assert_int_eq(world->expiries->get_count(world->expiries), 2);
	world->manager->role.remove(&world->manager->role, "g");
	ck_assert_int_eq(world->expiries->get_count(world->expiries), 1);
	world_settle();
	ck_assert_int_eq(world_logged("of group g before"), 0);
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_settle();
}
END_TEST

/* RFC 6407 3.5: a counter mode sends by Sender IDs that it did not have, and
 * not before it has them; it receives all the time */
START_TEST(test_counter_mode)
{
	server_t *server = &world->servers[0];

	server->policy = gcm_policy;
	server->sid_bits = 12;
	join("g", 1);
	ck_assert_int_ne(world_traced("sid 1000 0", 0), -1);
	ck_assert_int_ne(world_traced("sid 1000 1", 0), -1);
	world->slices = 1000000;
	world_expire(WORLD_SPI, WORLD_OUTBOUND);
	world_advance(1);
	ck_assert(!world->map->ready[0]);
	ck_assert_uint_eq(world->map->sends[0], 0);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	ck_assert_int_ne(world_traced("renew 1000", 0), -1);
	world->slices = 0;
	world_settle();
	ck_assert_int_ne(world_traced("sid 1000 2", 0), -1);
	ck_assert_int_ne(world_traced("sid 1000 3", 0), -1);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(get_restored("g"), 1);
	/* inbound ones have nothing to do with it */
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_settle();
	ck_assert_int_eq(get_restored("g"), 2);
	ck_assert_int_eq(world_traced("renew 1000",
								  world_traced("renew 1000", 0) + 1), -1);
}
END_TEST

/* what the kernel refuses is said, and counted nowhere */
START_TEST(test_refused)
{
	join("g", 1);
	world->no_states = TRUE;
	world_expire(WORLD_SPI, WORLD_INBOUND);
	world_settle();
	ck_assert_int_eq(world_logged("%GDOI-3-GM_SA_LOST"), 1);
	ck_assert_int_eq(get_restored("g"), 0);
}
END_TEST

Suite *member_restore_suite(void)
{
	Suite *suite = suite_create("member restores states");
	TCase *tcase = tcase_create("restore");

	tcase_add_checked_fixture(tcase, world_setup, world_teardown);
	tcase_add_test(tcase, test_both_ways);
	tcase_add_test(tcase, test_not_at_once);
	tcase_add_test(tcase, test_others);
	tcase_add_test(tcase, test_stopped);
	tcase_add_test(tcase, test_counter_mode);
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
