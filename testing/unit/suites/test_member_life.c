/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "member_suites.h"
#include "member_world.h"

/** first and second key server */
#define KS1 (&world->servers[0])
#define KS2 (&world->servers[1])

/** role of the member */
#define ROLE (&world->manager->role)

/** a group with keys beyond the usual two */
#define APPLY(name, id, servers, ...) \
	world_apply(name, id, "servers", servers, "interface", "eth0", \
				##__VA_ARGS__, NULL)

/** seconds in milliseconds */
#define S(x) ((uint64_t)(x) * 1000)

/* GM-006, GM-007, GM-008, GM-010, LOG-132 over several lives of a TEK */
START_TEST(test_reregister)
{
	uint64_t expiry, begin = world->now;
	u_int k;

	APPLY("g", 1, "ks1", "reregister_jitter", "2s");
	world_settle();
	for (k = 0; k < 4; k++)
	{
		/* T2 of the newest TEK */
		expiry = begin + S((uint64_t)k * (WORLD_LIFE - 90) + WORLD_LIFE);
		ck_assert_int_ge(world_reregister_in("g"),
						 (int64_t)(expiry - world->now) / 1000 - 62);
		ck_assert_int_le(world_reregister_in("g"),
						 (int64_t)(expiry - world->now) / 1000 - 60);
		world_advance(expiry - S(62) - 1000 - world->now);
		ck_assert_int_eq(KS1->registered, k + 1);
		world_advance(S(4));
		/* T2-60: old and new, the old one sends */
		ck_assert_int_eq(KS1->registered, k + 2);
		ck_assert_int_eq(world_state("g"), GM_REGISTERED);
		ck_assert_uint_eq(world->map->sends[0], WORLD_SPI + k);
		ck_assert(world_decrypts(world->map, WORLD_SPI + k));
		ck_assert(world_decrypts(world->map, WORLD_SPI + k + 1));
		world_advance(expiry - S(31) - world->now);
		ck_assert_uint_eq(world->map->sends[0], WORLD_SPI + k);
		/* T2-30: the new one sends */
		world_advance(S(2));
		ck_assert_uint_eq(world->map->sends[0], WORLD_SPI + k + 1);
		ck_assert(world_decrypts(world->map, WORLD_SPI + k));
		/* T2 */
		world_advance(S(30));
		ck_assert(!world_decrypts(world->map, WORLD_SPI + k));
		ck_assert(world->map->ready[0]);
	}
	ck_assert_int_eq(world_logged("%GDOI-5-GM_RE_REGISTER: IPsec SAs of group "
								  "g are about to expire"), 4);
	ck_assert_int_eq(world->sas, 1);
}
END_TEST

/* GM-007: no server for the rest of the life: not ready at T2, and what the
 * policy protects is dropped (ACL-007) until one comes back */
START_TEST(test_expiry)
{
	APPLY("g", 1, "ks1", "fail_close", _i ? "yes" : "no", "retry_max", "1m");
	world_settle();
	KS1->phase1 = PHASE1_FAILS;
	world_advance(S(3599));
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(world_state("g"), GM_RETRYING);
	ck_assert(world_status("g").ready);
	world_advance(S(2));
	ck_assert(!world->map->ready[0]);
	ck_assert(!world_status("g").ready);
	ck_assert(!world->map->fallback);
	ck_assert_uint_eq(world->map->line_count, 1);
	ck_assert_int_eq(world->sas, 0);
	ck_assert_int_eq(world_logged("GM_RE_REGISTER: IPsec SAs of group g have "
								  "expired"), 1);
	world_advance(S(600));
	ck_assert_int_eq(world_logged("have expired"), 1);
	KS1->phase1 = PHASE1_UP;
	world_advance(S(61));
	ck_assert(world->map->ready[0]);
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI + 1);
}
END_TEST

/* a server with nothing new is asked a few times, not all the time */
START_TEST(test_frozen)
{
	world->frozen = TRUE;
	APPLY("g", 1, "ks1");
	world_advance(S(3599));
	ck_assert_int_ge(KS1->registered, 3);
	ck_assert_int_le(KS1->registered, 10);
	ck_assert(world->map->ready[0]);
}
END_TEST

/* a registration just before a rollover gets old and new TEK: the old one is
 * used as long as others may not have the new one */
START_TEST(test_late)
{
	world->age = WORLD_LIFE - 80;
	APPLY("g", 1, "ks1");
	world_settle();
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI);
	ck_assert(world_decrypts(world->map, WORLD_SPI + 1));
	world_advance(S(80));
	ck_assert_uint_eq(world->map->sends[0], WORLD_SPI + 1);
	ck_assert_int_eq(KS1->registered, 1);
}
END_TEST

/* GM-007: a TEK's life counts from message 2 on, however late the keys come:
 * others count so, and have removed it then */
START_TEST(test_late_keys)
{
	uint64_t begin = world->now;

	KS1->replies = 1;
	APPLY("g", 1, "ks1", "register_timeout", "60s");
	world_settle();
	ck_assert_int_eq(world_state("g"), GM_REGISTERING);
	KS1->replies = -1;
	world_advance(S(17));
	ck_assert_int_eq(world_state("g"), GM_REGISTERED);
	ck_assert_int_le(world_reregister_in("g"),
					 WORLD_LIFE - 60 - (int64_t)(world->now - begin) / 1000);
	KS1->phase1 = PHASE1_FAILS;
	world_advance(begin + S(WORLD_LIFE) - 1000 - world->now);
	ck_assert(world_decrypts(world->map, WORLD_SPI));
	world_advance(1500);
	ck_assert(!world_decrypts(world->map, WORLD_SPI));
}
END_TEST

/* GM-003, GM-007: the next server takes over at re-registration in time */
START_TEST(test_failover)
{
	APPLY("g", 1, "ks1, ks2");
	world_settle();
	KS1->phase1 = PHASE1_SILENT;
	world_advance(S(3605));
	ck_assert_int_eq(KS2->registered, 1);
	ck_assert(world->map->ready[0]);
	ck_assert_int_eq(world_logged("have expired"), 0);
}
END_TEST

/* an interface that does not exist: one line, no phase 1, others run; it is
 * used when it comes */
START_TEST(test_interface_later)
{
	world->eth1 = FALSE;
	world_apply("b", 2, "servers", "ks1", "interface", "eth1", NULL);
	APPLY("a", 1, "ks1");
	world_advance(S(20));
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(world_state("b"), GM_WAITING_INTERFACE);
	ck_assert_str_eq(world_status("b").reason, "interface eth1 does not exist");
	ck_assert_int_eq(world_logged("interface eth1 does not exist"), 1);
	ck_assert_int_eq(KS1->registered, 1);
	world->eth1 = TRUE;
	world_advance(1200);
	ck_assert_int_eq(world_state("b"), GM_REGISTERED);
	ck_assert_str_eq(world_status("b").reason, "");
}
END_TEST

/* a crypto map that the kernel refuses is a reason too */
START_TEST(test_attach_fails)
{
	world->attach_error = "the kernel is too old";
	APPLY("a", 1, "ks1");
	world_advance(S(5));
	ck_assert_int_eq(world_state("a"), GM_WAITING_INTERFACE);
	ck_assert_str_eq(world_status("a").reason, "the kernel is too old");
	ck_assert_int_eq(world_logged("the kernel is too old"), 1);
	ck_assert_int_eq(KS1->initiated, 0);
}
END_TEST

/* an interface that goes and comes back */
START_TEST(test_interface_lost)
{
	APPLY("a", 1, "ks1");
	world_settle();
	world_roam();
	world_roam();
	world_advance(S(1));
	ck_assert_int_eq(world->map->refreshed, 1);
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	world->eth0 = FALSE;
	world_roam();
	world_advance(S(1));
	ck_assert_int_eq(world_state("a"), GM_WAITING_INTERFACE);
	ck_assert_int_eq(world->sas, 0);
	ck_assert_int_eq(world_logged("GM_CM_DETACH"), 1);
	world->eth0 = TRUE;
	world_advance(S(2));
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(KS1->registered, 2);
}
END_TEST

/* nothing is done in the thread that tells of changed routes, as that holds a
 * lock of charon's; a job does it */
START_TEST(test_roam_queued)
{
	world->eth0 = FALSE;
	APPLY("a", 1, "ks1");
	world_settle();
	world->eth0 = TRUE;
	/* what is due would be done by whoever posts an event */
	world->now += S(5);
	world_roam();
	ck_assert_int_eq(world_state("a"), GM_WAITING_INTERFACE);
	ck_assert_int_eq(world_traced("attach eth0", 0), -1);
	world_settle();
	ck_assert_int_ge(world_traced("attach eth0", 0), 0);
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
}
END_TEST

/* GM-031, LOG-125, LOG-141: a group goes without trace */
START_TEST(test_remove)
{
	APPLY("a", 1, "ks1", "keep_phase1", "yes", "fail_close", "yes");
	world_settle();
	ROLE->remove(ROLE, "a");
	world_settle();
	ck_assert_int_eq(world->sas, 0);
	ck_assert_int_ge(world_traced("detach eth0", 0), 0);
	ck_assert_int_eq(world_phase1s(), 0);
	ck_assert_int_eq(world_logged("GM_UNREGISTER: Member left group a"), 1);
	ck_assert_int_eq(world_logged("GM_CM_DETACH"), 1);
	/* what is still on its way finds nobody */
	world_advance(S(7200));
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(world->maps->get_count(world->maps), 0);
}
END_TEST

/* removed while it registers, at every moment of that */
START_TEST(test_remove_early)
{
	APPLY("a", 1, "ks1");
	world_advance(_i * 5);
	ROLE->remove(ROLE, "a");
	world_advance(S(100));
	ck_assert_int_eq(world->sas, 0);
	ck_assert_int_eq(world_phase1s(), 0);
	ck_assert_int_le(KS1->registered, 1);
}
END_TEST

/* LOG-123: the command drops everything and registers anew */
START_TEST(test_clear)
{
	APPLY("a", 1, "ks1", "fail_close", _i ? "yes" : "no");
	world_settle();
	KS1->deaf = TRUE;
	ck_assert(world_command("register", "a"));
	ck_assert_int_eq(world_logged("GM_CLEAR_REGISTER"), 1);
	ck_assert_int_eq(world->sas, 0);
	ck_assert_int_eq(world_state("a"), GM_REGISTERING);
	/* GM-050, GM-051 hold again */
	ck_assert_uint_eq(world->map->line_count, _i);
	KS1->deaf = FALSE;
	world_advance(S(6));
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(KS1->registered, 2);
	ck_assert(!world_command("register", "nobody"));
	ck_assert(!world_command("register", NULL));
}
END_TEST

/* a change that leaves a group in its place leaves its keys */
START_TEST(test_configure)
{
	APPLY("a", 1, "ks1");
	world_settle();
	APPLY("a", 1, "ks2", "keep_phase1", "yes");
	world_settle();
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(KS2->initiated, 0);
	ck_assert_int_eq(world->sas, 1);
	world_advance(S(3545));
	ck_assert_int_eq(KS1->registered, 1);
	ck_assert_int_eq(KS2->registered, 1);
	/* loading the same again changes nothing */
	APPLY("a", 1, "ks2", "keep_phase1", "yes");
	world_settle();
	ck_assert_int_eq(world_traced("detach eth0", 0), -1);
}
END_TEST

/* a change that helps a group without keys is tried at once */
START_TEST(test_configure_retry)
{
	KS1->phase1 = PHASE1_FAILS;
	APPLY("a", 1, "ks1");
	world_advance(S(200));
	ck_assert_int_eq(world_state("a"), GM_RETRYING);
	APPLY("a", 1, "ks2");
	world_settle();
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
}
END_TEST

/* a registration that is under way follows a change of the servers at once,
 * with and without keys */
START_TEST(test_configure_connecting)
{
	if (_i)
	{
		APPLY("a", 1, "ks2");
		world_settle();
	}
	KS1->phase1 = PHASE1_SILENT;
	APPLY("a", 1, "ks1", "register_timeout", "10m");
	world_advance(_i ? S(WORLD_LIFE - 58) : 100);
	ck_assert_int_eq(world_state("a"), _i ? GM_REREGISTERING : GM_CONNECTING);
	ck_assert_int_eq(KS2->registered, _i);
	APPLY("a", 1, "ks2", "register_timeout", "10m");
	world_settle();
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(KS2->registered, _i + 1);
}
END_TEST

/* another interface is another crypto map */
START_TEST(test_move)
{
	APPLY("a", 1, "ks1");
	world_settle();
	world_apply("a", 1, "servers", "ks1", "interface", "eth1", NULL);
	world_settle();
	ck_assert_int_ge(world_traced("attach eth1",
								  world_traced("detach eth0", 0)), 0);
	ck_assert_str_eq(world->map->interface, "eth1");
	ck_assert_int_eq(world_state("a"), GM_REGISTERED);
	ck_assert_int_eq(world->sas, 1);
}
END_TEST

/* SHOW: keys of list-groups */
START_TEST(test_describe)
{
	vici_message_t *m;

	APPLY("a", 1, "ks1, ks2", "fail_close", "yes");
	m = world_describe("a");
	ck_assert_str_eq(m->get_str(m, "", "fail-close"), "ACTIVE");
	ck_assert_str_eq(m->get_str(m, "", "ready"), "no");
	m->destroy(m);
	world_settle();
	m = world_describe("a");
	ck_assert_str_eq(m->get_str(m, "", "state"), "REGISTERED");
	ck_assert_str_eq(m->get_str(m, "", "fail-close"), "ARMED");
	ck_assert_str_eq(m->get_str(m, "", "ready"), "yes");
	ck_assert_str_eq(m->get_str(m, "", "interface"), "eth0");
	ck_assert_str_eq(m->get_str(m, "", "local-address"), "10.0.1.1");
	ck_assert_str_eq(m->get_str(m, "", "server"), "ks1");
	ck_assert_str_eq(m->get_str(m, "", "registered-with"), "10.0.8.1");
	ck_assert_str_eq(m->get_str(m, "", "registered-for"), "0");
	ck_assert(m->get_str(m, NULL, "registered-for-at"));
	ck_assert_str_eq(m->get_str(m, "", "registrations-attempted"), "1");
	ck_assert_str_eq(m->get_str(m, "", "registrations-succeeded"), "1");
	ck_assert_str_eq(m->get_str(m, "", "rekey-transport"), "multicast");
	ck_assert_str_eq(m->get_str(m, "", "direction"), "both");
	ck_assert_str_eq(m->get_str(m, "", "teks"), "1");
	ck_assert(m->get_int(m, 0, "reregister-in") >= 3537);
	ck_assert_ptr_null(m->get_str(m, NULL, "reason"));
	ck_assert_ptr_null(m->get_str(m, NULL, "retry-in"));
	m->destroy(m);
	m = world_describe("nobody");
	ck_assert_str_eq(m->get_str(m, "", "state"), "STOPPED");
	m->destroy(m);
}
END_TEST

/** rows of list-policies */
static vici_message_t *rows[4];
static int row_count;

static void take_row(void *user, vici_builder_t *builder)
{
	ck_assert_int_lt(row_count, countof(rows));
	rows[row_count++] = builder->finalize(builder);
}

/* SHOW: rows of list-policies, no keys among them */
START_TEST(test_policies)
{
	vici_message_t *m;
	chunk_t encoding;

	world->age = WORLD_LIFE - 80;
	APPLY("a", 1, "ks1");
	world_settle();
	row_count = 0;
	ROLE->policies(ROLE, "a", take_row, NULL);
	ck_assert_int_eq(row_count, 3);
	m = rows[0];
	ck_assert_str_eq(m->get_str(m, "", "kind"), "kek");
	ck_assert_uint_eq(strlen(m->get_str(m, "", "spi")), 32);
	ck_assert_uint_eq(strspn(m->get_str(m, "", "spi"), "0123456789abcdef"), 32);
	ck_assert_str_eq(m->get_str(m, "", "encryption"), "aes-cbc");
	ck_assert_str_eq(m->get_str(m, "", "encryption-bits"), "128");
	ck_assert_str_eq(m->get_str(m, "", "signature-hash"), "sha256");
	m = rows[1];
	ck_assert_str_eq(m->get_str(m, "", "kind"), "tek");
	ck_assert_str_eq(m->get_str(m, "", "spi"), "00001000");
	ck_assert_str_eq(m->get_str(m, "", "state"), "CURRENT");
	ck_assert_str_eq(m->get_str(m, "", "integrity"), "hmac-sha2-256");
	ck_assert_str_eq(m->get_str(m, "", "interface"), "eth0");
	ck_assert(m->get_int(m, 0, "expires-in") <= 80);
	ck_assert(m->get_int(m, 0, "expires-in") >= 79);
	m = rows[2];
	ck_assert_str_eq(m->get_str(m, "", "spi"), "00001001");
	ck_assert_str_eq(m->get_str(m, "", "state"), "NEXT");
	while (row_count--)
	{
		encoding = rows[row_count]->get_encoding(rows[row_count]);
		ck_assert(!memmem(encoding.ptr, encoding.len, "key", 3) ||
				  !memmem(encoding.ptr, encoding.len, "encryption-key", 14));
		rows[row_count]->destroy(rows[row_count]);
	}
}
END_TEST

/**
 * Something random happens to a key server
 */
static void shake_server(server_t *server, uint32_t what)
{
	switch (what)
	{
		case 0:
			server->phase1 = test_random(3);
			break;
		case 1:
			server->replies = (int)test_random(4) - 1;
			break;
		case 2:
			server->deaf = test_random(3) == 0;
			break;
		case 3:
			server->wrong_keys = test_random(4) == 0;
			break;
		case 4:
			server->notify = test_random(4) ? 0 : 18;
			break;
		case 5:
			server->policy = test_random(4) ? NULL : (void*)group_policy_create;
			break;
		case 6:
			server->loaded = test_random(5) != 0;
			break;
		default:
			world_close(server);
			break;
	}
}

/**
 * Something random happens to the member
 */
static void shake_member(uint32_t what)
{
	switch (what)
	{
		case 0:
			world->eth0 = test_random(4) != 0;
			world_roam();
			break;
		case 1:
			world_command("register", test_random(2) ? "a" : "b");
			break;
		case 2:
			APPLY("a", 1, test_random(2) ? "ks1, ks2" : "ks2",
				  "keep_phase1", test_random(2) ? "yes" : "no");
			break;
		case 3:
			ROLE->remove(ROLE, "b");
			break;
		case 4:
			world_apply("b", 2, "servers", "ks1, ks2", "interface", "eth1",
						"fail_close", test_random(2) ? "yes" : "no", NULL);
			break;
		default:
			world->refused = test_random(5) ? 0 : WORLD_SPI + 1;
			break;
	}
}

/**
 * Something random happens
 */
static void shake()
{
	server_t *server = &world->servers[test_random(2)];
	uint32_t what = test_random(14);

	if (what < 8)
	{
		shake_server(server, what);
	}
	else
	{
		shake_member(what - 8);
	}
}

/**
 * What must hold whatever happened: an interface has a sender only if it can
 * receive the same, and no SA is left without a group
 */
static void check_world()
{
	enumerator_t *enumerator;
	fake_map_t *map;
	int i, spis = 0;

	enumerator = world->maps->create_enumerator(world->maps);
	while (enumerator->enumerate(enumerator, &map))
	{
		spis += map->spi_count;
		for (i = 0; i < CRYPTO_MAP_SAS; i++)
		{
			ck_assert(map->ready[i] == (map->sends[i] != 0));
			ck_assert(!map->sends[i] || world_decrypts(map, map->sends[i]));
			ck_assert(!map->ready[i] || map->line_count);
		}
	}
	enumerator->destroy(enumerator);
	ck_assert_int_eq(world->sas, spis);
}

/* days of random faults; afterwards, with all well, everybody registers */
START_TEST(test_random_faults)
{
	int i;

	for (i = 0; i < 400; i++)
	{
		shake();
		world->jitter = test_random(UINT32_MAX);
		world_advance(test_random(test_random(8) ? 3000 : S(1000)));
		check_world();
	}
	for (i = 0; i < 2; i++)
	{
		world->servers[i].phase1 = PHASE1_UP;
		world->servers[i].replies = -1;
		world->servers[i].deaf = world->servers[i].wrong_keys = FALSE;
		world->servers[i].notify = 0;
		world->servers[i].policy = NULL;
		world->servers[i].loaded = TRUE;
	}
	world->eth0 = TRUE;
	world->refused = 0;
	APPLY("a", 1, "ks1");
	world_advance(S(700));
	check_world();
	ck_assert(world_status("a").ready);
}
END_TEST

Suite *member_life_suite(void)
{
	Suite *s = suite_create("member life");
	TCase *tc = tcase_create("life");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_reregister);
	tcase_add_loop_test(tc, test_expiry, 0, 2);
	tcase_add_test(tc, test_frozen);
	tcase_add_test(tc, test_late);
	tcase_add_test(tc, test_late_keys);
	tcase_add_test(tc, test_failover);
	tcase_add_test(tc, test_interface_later);
	tcase_add_test(tc, test_attach_fails);
	tcase_add_test(tc, test_interface_lost);
	tcase_add_test(tc, test_roam_queued);
	tcase_add_test(tc, test_remove);
	tcase_add_loop_test(tc, test_remove_early, 0, 12);
	tcase_add_loop_test(tc, test_clear, 0, 2);
	tcase_add_test(tc, test_configure);
	tcase_add_test(tc, test_configure_retry);
	tcase_add_loop_test(tc, test_configure_connecting, 0, 2);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_describe);
	tcase_add_test(tc, test_policies);
	tcase_add_loop_test(tc, test_random_faults, 0, 5);
	suite_add_tcase(s, tc);
	return s;
}
