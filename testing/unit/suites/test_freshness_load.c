/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "freshness_bpf_suites.h"

#include <cm_programs.h>
#include <fresh_programs.h>

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

/**
 * Is there a program to jump to?
 */
static bool has_jump(int jumps, uint32_t jump)
{
	uint32_t id;

	return bpf_map_lookup_elem(jumps, &jump, &id) == 0;
}

static void check_jumps(int jumps, bool there)
{
	ck_assert(has_jump(jumps, CM_JUMP_STAMP) == there);
	ck_assert(has_jump(jumps, CM_JUMP_CHECK) == there);
	ck_assert(has_jump(jumps, CM_JUMP_ACCEPT));
	ck_assert(!has_jump(jumps, CM_JUMP_SEGMENT));
}

/* programs are there as long as they are wanted, and others can come after;
 * the memory of the crypto map stays what it was */
START_TEST(test_load)
{
	freshness_place_t place = { .interface = "test0" };
	cm_programs_t *map;
	fresh_programs_t *fresh;
	int err, i;

	map = cm_programs_create(NULL, NULL, &err);
	ck_assert_msg(map, "%s", strerror(err));
	map->get_fds(map, &place);
	ck_assert(place.shared == map->get_shared(map));
	place.shared->config.seed = 12345;
	check_jumps(place.jumps, FALSE);
	for (i = 0; i < 2; i++)
	{
		fresh = fresh_programs_create(&place, NULL, NULL, &err);
		ck_assert_msg(fresh, "%s", strerror(err));
		check_jumps(place.jumps, TRUE);
		ck_assert_uint_eq(place.shared->config.seed, 12345);
		ck_assert_uint_eq(fresh->get_shared(fresh)->current, 0);
		fresh->get_shared(fresh)->current = 1;
		ck_assert(fresh->get_program(fresh, CM_JUMP_STAMP) >= 0);
		ck_assert(fresh->get_program(fresh, CM_JUMP_CHECK) >= 0);
		ck_assert_int_eq(fresh->get_program(fresh, CM_JUMP_ACCEPT), -1);
		fresh->destroy(fresh, FALSE);
		check_jumps(place.jumps, FALSE);
	}
	map->destroy(map);
}
END_TEST

/* programs that are to stay do so as long as somebody holds the table, as the
 * pin does */
START_TEST(test_keep)
{
	freshness_place_t place = { .interface = "test0" };
	cm_programs_t *map;
	fresh_programs_t *fresh;
	int err, jumps;

	map = cm_programs_create(NULL, NULL, &err);
	ck_assert(map);
	map->get_fds(map, &place);
	fresh = fresh_programs_create(&place, NULL, NULL, &err);
	ck_assert(fresh);
	jumps = dup(place.jumps);
	fresh->destroy(fresh, TRUE);
	map->destroy(map);
	check_jumps(jumps, TRUE);
	close(jumps);
}
END_TEST

/* what is no crypto map's is refused */
START_TEST(test_wrong)
{
	freshness_place_t place = {
		.jumps = -1, .slots = -1, .bss = -1, .events = -1, .pmtus = -1,
	};
	cm_programs_t *map;
	int err = 0, jumps;

	ck_assert(!fresh_programs_create(&place, NULL, NULL, &err));
	ck_assert_int_ne(err, 0);
	map = cm_programs_create(NULL, NULL, &err);
	ck_assert(map);
	map->get_fds(map, &place);
	jumps = place.jumps;
	place.jumps = place.slots;
	err = 0;
	ck_assert(!fresh_programs_create(&place, NULL, NULL, &err));
	ck_assert_int_ne(err, 0);
	check_jumps(jumps, FALSE);
	map->destroy(map);
}
END_TEST

Suite *freshness_load_suite(void)
{
	Suite *suite = suite_create("freshness load");
	TCase *tcase = tcase_create("programs");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_load);
	tcase_add_test(tcase, test_keep);
	tcase_add_test(tcase, test_wrong);
	suite_add_tcase(suite, tcase);
	return suite;
}
