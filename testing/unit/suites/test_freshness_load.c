/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE

#include "freshness_bpf_suites.h"

#include <cm_programs.h>
#include <fresh_programs.h>
#include <fresh_merge.h>
#include <fresh_release.h>
#include <fresh_segments.h>

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>

#include <bpf/bpf.h>

/** the loopback interface of our network namespace, and the name of pins */
#define IFINDEX 1
#define PIN "freshness"

/** devices for segments there are, and the errno of making more */
static int segments, segments_err;

/** the errno of making devices that merge */
static int merging_err;

/*
 * Described in header; this machine may have no such devices
 */
int fresh_segments_up(u_int index, int program, u_int *ifindex)
{
	if (!segments_err)
	{
		segments++;
		*ifindex = 4711;
	}
	return segments_err;
}

/*
 * Described in header
 */
void fresh_segments_down(u_int index)
{
	segments--;
}

/*
 * Described in header
 */
int fresh_merge_up(u_int index, int program, u_int *ifindex)
{
	if (!merging_err)
	{
		*ifindex = 4712;
	}
	return merging_err;
}

/*
 * Described in header
 */
void fresh_merge_down(u_int index)
{
}

/*
 * Described in header
 */
int fresh_release_up(u_int ifindex)
{
	return ENODEV;
}

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
	ck_assert(has_jump(jumps, CM_JUMP_SEGMENT) == there);
	ck_assert(has_jump(jumps, CM_JUMP_CHECK) == there);
	ck_assert(has_jump(jumps, CM_JUMP_ACCEPT));
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
		ck_assert_int_eq(segments, 1);
		ck_assert_uint_eq(fresh->get_shared(fresh)->segments, 4711);
		ck_assert_uint_eq(place.shared->config.seed, 12345);
		ck_assert_uint_eq(fresh->get_shared(fresh)->current, 0);
		fresh->get_shared(fresh)->current = 1;
		ck_assert(fresh->get_program(fresh, CM_JUMP_STAMP) >= 0);
		ck_assert(fresh->get_program(fresh, CM_JUMP_SEGMENT) >= 0);
		ck_assert(fresh->get_program(fresh, CM_JUMP_CHECK) >= 0);
		ck_assert_int_eq(fresh->get_program(fresh, CM_JUMP_ACCEPT), -1);
		fresh->destroy(fresh, FALSE);
		check_jumps(place.jumps, FALSE);
		ck_assert_int_eq(segments, 0);
	}
	map->destroy(map);
}
END_TEST

/* segments are merged unless the settings say no, or devices can't be had */
START_TEST(test_merge)
{
	static const struct {
		bool wanted;
		int err;
		u_int ifindex;
	} cases[] = {
		{ TRUE, 0, 4712 },
		{ TRUE, ENODEV, 0 },
		{ FALSE, 0, 0 },
	};
	freshness_place_t place = { .interface = "test0" };
	cm_programs_t *map;
	fresh_programs_t *fresh;
	int err, i;

	map = cm_programs_create(NULL, NULL, &err);
	ck_assert(map);
	map->get_fds(map, &place);
	for (i = 0; i < countof(cases); i++)
	{
		lib->settings->set_bool(lib->settings, "%s.plugins.d3p.merge",
								cases[i].wanted, lib->ns);
		merging_err = cases[i].err;
		fresh = fresh_programs_create(&place, NULL, NULL, &err);
		ck_assert(fresh);
		ck_assert_uint_eq(fresh->get_shared(fresh)->merge, cases[i].ifindex);
		fresh->destroy(fresh, FALSE);
	}
	lib->settings->set_bool(lib->settings, "%s.plugins.d3p.merge", TRUE,
							lib->ns);
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
	ck_assert_int_eq(segments, 1);
	segments = 0;
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
	place.jumps = jumps;
	segments_err = ENODEV;
	ck_assert(!fresh_programs_create(&place, NULL, NULL, &err));
	ck_assert_int_eq(err, ENODEV);
	check_jumps(jumps, FALSE);
	segments_err = 0;
	map->destroy(map);
}
END_TEST

/**
 * Be a daemon that dies.
 */
static void load_and_die()
{
	freshness_place_t place = { .interface = "lo", .ifindex = IFINDEX };
	cm_programs_t *map;
	int err;

	map = cm_programs_create(NULL, NULL, &err);
	if (!map || map->attach(map, IFINDEX, PIN) != 0)
	{
		_exit(1);
	}
	map->get_fds(map, &place);
	_exit(fresh_programs_create(&place, NULL, NULL, &err) ? 0 : 2);
}

/**
 * Path of the pinned jump table in our network namespace.
 */
static void pin_path(char *buf, size_t len)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/ns/net", &st), 0);
	snprintf(buf, len, "/sys/fs/bpf/gdoi/" PIN "-%lu-jumps", (u_long)st.st_ino);
}

/* a daemon that dies leaves freshness as it leaves encryption; what is removed
 * from the interface takes the table along */
START_TEST(test_death)
{
	int status, jumps;
	char path[128];
	pid_t pid;

	pin_path(path, sizeof(path));
	pid = fork();
	if (!pid)
	{
		load_and_die();
	}
	ck_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	ck_assert_int_eq(status, 0);
	jumps = bpf_obj_get(path);
	ck_assert_msg(jumps >= 0, "%s: %s", path, strerror(errno));
	check_jumps(jumps, TRUE);
	close(jumps);
	cm_programs_purge(IFINDEX, PIN);
	ck_assert_int_lt(bpf_obj_get(path), 0);
}
END_TEST

/**
 * Have a BPF file system that nobody else sees.
 */
static void mount_bpf()
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
}

static void unmount_bpf()
{
	umount("/sys/fs/bpf");
}

Suite *freshness_load_suite(void)
{
	Suite *suite = suite_create("freshness load");
	TCase *tcase = tcase_create("programs");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_load);
	tcase_add_test(tcase, test_merge);
	tcase_add_test(tcase, test_keep);
	tcase_add_test(tcase, test_wrong);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("pins");
	tcase_add_checked_fixture(tcase, mount_bpf, unmount_bpf);
	tcase_add_test(tcase, test_death);
	suite_add_tcase(suite, tcase);
	return suite;
}
