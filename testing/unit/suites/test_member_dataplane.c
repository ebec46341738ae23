/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

#include <member/gm_dataplane.h>

static gm_config_t *config;
static gm_dataplane_t *dp;
static fake_map_t *map;

static void start(const char *key, const char *value)
{
	config_reader_t *reader = config_reader_create();
	char *reason;

	config = world_parse(reader, "g", 1, "servers", "a", "interface", "eth0",
						 key, value, NULL);
	ck_assert(config != NULL);
	reader->destroy(reader);
	dp = gm_dataplane_create(config, 3, world_runtime());
	map = world->map;
	ck_assert_uint_eq(map->index, 3);
	ck_assert(dp->open(dp, &reason));
}

static void finish()
{
	dp->destroy(dp);
	config->destroy(config);
}

/**
 * Install TEKs; ownership is taken
 */
static bool install(uint64_t now, ...)
{
	group_policy_t *policy = group_policy_create();
	char *reason = NULL;
	group_tek_t *tek;
	va_list args;
	bool done;

	va_start(args, now);
	while ((tek = va_arg(args, group_tek_t*)))
	{
		policy->add_tek(policy, tek);
	}
	va_end(args);
	done = dp->install(dp, policy, now * 1000, &reason);
	ck_assert(done == !reason);
	free(reason);
	policy->destroy(policy);
	return done;
}

#define LINE "permit ip 10.0.0.0/8 10.0.0.0/8"
#define OTHER "permit ip 10.1.0.0/16 any"

/* GM-006, GM-007, GM-008: inbound first, both receive, one sends */
START_TEST(test_succession)
{
	uint64_t next;

	start(NULL, NULL);
	ck_assert(!dp->is_ready(dp));
	ck_assert(install(0, world_tek(0x10, 3600, LINE), NULL));
	ck_assert(dp->is_ready(dp));
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	ck_assert_uint_eq(map->line_count, 1);
	/* the access list comes last */
	ck_assert_int_lt(world_traced("install 10", 0),
					 world_traced("activate 10", 0));
	ck_assert_int_lt(world_traced("activate 10", 0),
					 world_traced("acl 1", 0));
	ck_assert(install(3540, world_tek(0x10, 60, LINE),
					  world_tek(0x11, 3600, LINE), NULL));
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(world_decrypts(map, 0x10) && world_decrypts(map, 0x11));
	next = dp->update(dp, 3540000);
	ck_assert_uint_eq(next, 3570000);
	next = dp->update(dp, 3570000);
	ck_assert_uint_eq(map->sends[0], 0x11);
	ck_assert(world_decrypts(map, 0x10));
	ck_assert_uint_eq(next, 3600000);
	next = dp->update(dp, 3600000);
	ck_assert(!world_decrypts(map, 0x10) && world_decrypts(map, 0x11));
	ck_assert_int_eq(world->sas, 1);
	ck_assert_uint_eq(next, 7140000);
	ck_assert_uint_eq(dp->get_end(dp), 7140000);
	finish();
}
END_TEST

/* ACL-007: nothing to send with, so the lines stay and drop */
START_TEST(test_expiry)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 100, LINE), NULL));
	ck_assert(dp->update(dp, 100000) == GM_NEVER);
	ck_assert(!dp->is_ready(dp));
	ck_assert(!map->ready[0]);
	ck_assert(!map->fallback);
	ck_assert_uint_eq(map->line_count, 1);
	ck_assert_uint_eq(map->spi_count, 0);
	ck_assert_int_eq(world->sas, 0);
	/* and come back with keys */
	ck_assert(install(200, world_tek(0x11, 100, LINE), NULL));
	ck_assert(map->ready[0]);
	finish();
}
END_TEST

/* several TEKs for different traffic send side by side */
START_TEST(test_flows)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 3600, LINE),
					  world_tek(0x20, 1800, OTHER), NULL));
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert_uint_eq(map->sends[1], 0x20);
	ck_assert_uint_eq(map->line_count, 2);
	ck_assert_uint_eq(map->lines[0].sa, 0);
	ck_assert_uint_eq(map->lines[1].sa, 1);
	ck_assert_uint_eq(dp->get_end(dp), 1800000);
	dp->update(dp, 1800000);
	ck_assert(map->ready[0] && !map->ready[1]);
	ck_assert(dp->is_ready(dp));
	ck_assert_uint_eq(dp->get_end(dp), 0);
	dp->update(dp, 3600000);
	ck_assert(!dp->is_ready(dp));
	finish();
}
END_TEST

/* an installed TEK keeps its index, so that it isn't interrupted */
START_TEST(test_flow_index)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 3600, LINE),
					  world_tek(0x20, 3600, OTHER), NULL));
	ck_assert(install(10, world_tek(0x20, 3590, OTHER),
					  world_tek(0x10, 3590, LINE), NULL));
	ck_assert_int_eq(world_traced("remove 10", 0), -1);
	ck_assert_int_eq(world_traced("remove 20", 0), -1);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert_uint_eq(map->sends[1], 0x20);
	finish();
}
END_TEST

/* ACL-011, ACL-012: new lines at once, the old SA receives until it ends */
START_TEST(test_new_policy)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 3600, LINE), NULL));
	ck_assert(install(100, world_tek(0x20, 3600, OTHER), NULL));
	ck_assert_uint_eq(map->sends[0], 0x20);
	ck_assert(world_decrypts(map, 0x10) && world_decrypts(map, 0x20));
	ck_assert_uint_eq(map->line_count, 1);
	ck_assert_uint_eq(map->lines[0].ace.src.prefix, 16);
	ck_assert_uint_eq(map->sends[1], 0);
	dp->update(dp, 3600000);
	ck_assert(!world_decrypts(map, 0x10));
	ck_assert_uint_eq(map->sends[0], 0x20);
	finish();
}
END_TEST

/* ACL-014: new lines are protected by the old SA until it ends */
START_TEST(test_new_lines)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 1000, LINE), NULL));
	ck_assert(install(100, world_tek(0x10, 900, OTHER),
					  world_tek(0x11, 3600, OTHER),
					  NULL));
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert_uint_eq(map->lines[0].ace.src.prefix, 16);
	ck_assert_int_eq(world_traced("remove 10", 0), -1);
	dp->update(dp, 970000);
	ck_assert_uint_eq(map->sends[0], 0x11);
	finish();
}
END_TEST

/* an SPI that comes back with other keys is another SA */
START_TEST(test_spi_reused)
{
	group_tek_t *plain = world_tek(0x10, 3600, LINE), *other;
	chunk_t encr, integ;
	int removed, again;

	start(NULL, NULL);
	encr = chunk_clone(plain->get(plain)->encr_key);
	integ = chunk_clone(plain->get(plain)->integ_key);
	encr.ptr[0] ^= 1;
	other = plain->with_keys(plain, encr, integ);
	ck_assert(other != NULL);
	ck_assert(install(0, plain, NULL));
	ck_assert(install(10, other, NULL));
	removed = world_traced("remove 10", 0);
	again = world_traced("install 10", removed);
	ck_assert_int_ge(removed, 0);
	ck_assert_int_gt(again, removed);
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	chunk_clear(&encr);
	chunk_clear(&integ);
	finish();
}
END_TEST

/* if the kernel refuses, all stays as it was */
START_TEST(test_refused)
{
	start(NULL, NULL);
	ck_assert(install(0, world_tek(0x10, 3600, LINE), NULL));
	world->refused = 0x12;
	ck_assert(!install(10, world_tek(0x11, 3600, OTHER),
					  world_tek(0x12, 3600, LINE),
					   NULL));
	ck_assert_uint_eq(map->sends[0], 0x10);
	ck_assert(map->ready[0]);
	ck_assert_int_eq(world->sas, 1);
	ck_assert_uint_eq(map->spi_count, 1);
	ck_assert_uint_eq(map->lines[0].ace.src.prefix, 8);
	finish();
}
END_TEST

/* a TEK only to receive with does not send */
START_TEST(test_receive_only)
{
	group_tek_t *full = world_tek(0x10, 3600, LINE);
	group_tek_data_t data = *full->get(full);

	start(NULL, NULL);
	data.direction = GROUP_TEK_RECEIVER_ONLY;
	ck_assert(install(0, group_tek_create(&data), NULL));
	full->destroy(full);
	ck_assert_uint_eq(map->sends[0], 0);
	ck_assert(!map->ready[0]);
	ck_assert(world_decrypts(map, 0x10));
	finish();
}
END_TEST

/* more generations than the crypto map decrypts: the oldest go */
START_TEST(test_many)
{
	int i;

	start(NULL, NULL);
	for (i = 0; i < CRYPTO_MAP_SPIS + 20; i++)
	{
		ck_assert(install(i, world_tek(0x100 + i, 3600, LINE), NULL));
		ck_assert_uint_eq(map->sends[0], 0x100 + i);
		ck_assert(world_decrypts(map, 0x100 + i));
	}
	ck_assert_int_eq(world->sas, CRYPTO_MAP_SPIS);
	finish();
}
END_TEST

/* GM-050, GM-051, GM-054, GM-031 */
START_TEST(test_fail_close)
{
	static const char *values[] = { "no", "yes" };

	start("fail_close", values[_i]);
	ck_assert_uint_eq(map->line_count, _i);
	if (_i)
	{
		ck_assert_uint_eq(map->lines[0].ace.action, GROUP_ACE_PERMIT);
		ck_assert_uint_eq(map->lines[0].ace.family, AF_UNSPEC);
		ck_assert_uint_eq(map->lines[0].ace.protocol, 0);
		ck_assert_uint_eq(map->lines[0].sa, CRYPTO_MAP_DROP);
		ck_assert(map->fallback);
	}
	ck_assert(install(0, world_tek(0x10, 3600, LINE), NULL));
	ck_assert_uint_eq(map->line_count, 1);
	ck_assert_uint_eq(map->lines[0].ace.src.prefix, 8);
	dp->clear(dp);
	ck_assert_uint_eq(map->line_count, _i);
	ck_assert(!map->ready[0]);
	ck_assert_int_eq(world->sas, 0);
	dp->close(dp);
	ck_assert(!map->attached);
	finish();
}
END_TEST

Suite *member_dataplane_suite(void)
{
	Suite *s = suite_create("member data plane");
	TCase *tc = tcase_create("dataplane");

	tcase_add_checked_fixture(tc, world_setup, world_teardown);
	tcase_add_test(tc, test_succession);
	tcase_add_test(tc, test_expiry);
	tcase_add_test(tc, test_flows);
	tcase_add_test(tc, test_flow_index);
	tcase_add_test(tc, test_new_policy);
	tcase_add_test(tc, test_new_lines);
	tcase_add_test(tc, test_spi_reused);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_receive_only);
	tcase_add_test(tc, test_many);
	tcase_add_loop_test(tc, test_fail_close, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
