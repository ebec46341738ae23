/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Create a keeper as configured
 */
static ks_keeper_t *make_keeper()
{
	ks_keeper_t *keeper;

	keeper = ks_keeper_create(&store_log, store_clock, store_wall_clock);
	ck_assert(keeper != NULL);
	return keeper;
}

/**
 * Create a group and have the keeper take care of it
 */
static fake_group_t *attach(ks_keeper_t *keeper, const char *name)
{
	fake_group_t *group = fake_group_create(name);

	keeper->attach(keeper, &group->public);
	return group;
}

/**
 * Destroy keeper and group, as a server that ends
 */
static void end(ks_keeper_t *keeper, fake_group_t *group)
{
	keeper->destroy(keeper);
	fake_group_destroy(group);
}

/**
 * Fill the store: group "g" has keys of generation 5, sent 10 rekeys and has
 * members
 */
static void fill_store(u_int members)
{
	ks_keeper_t *keeper = make_keeper();
	fake_group_t *group = attach(keeper, "g");

	ck_assert(group->begun && !group->restored);
	group->generation = 5;
	group->sequence = 10;
	fake_group_join(group, 1, members, store_mono + 3600);
	keeper->tick(keeper);
	end(keeper, group);
	store_log_text[0] = '\0';
}

/**
 * Restart the server, with another monotonic clock as after a boot
 */
static ks_keeper_t *restart(fake_group_t **group, time_t later)
{
	ks_keeper_t *keeper;

	store_wall += later;
	store_mono = 7;
	keeper = make_keeper();
	*group = attach(keeper, "g");
	return keeper;
}

/* off unless configured */
START_TEST(test_off)
{
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.uri",
						   "");
	ck_assert(ks_keeper_create(&store_log, store_clock,
							   store_wall_clock) == NULL);
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.uri",
						   store_uri());
}
END_TEST

/* a restarted server carries on: keys, ages, sequence, members */
START_TEST(test_restart)
{
	ks_member_t *member;
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(200);
	keeper = restart(&group, 100);
	ck_assert(group->begun && group->restored);
	ck_assert_uint_eq(group->generation, 5);
	ck_assert_uint_eq(group->teks, 2);
	ck_assert_int_eq(store_mono - group->created, 100);
	ck_assert(group->sequence >= 10 &&
			  group->sequence <= 10 + KS_KEEPER_STEP);
	ck_assert_uint_eq(group->members->get_count(group->members), 200);
	ck_assert_uint_eq(group->members->snapshot(group->members, 0, &member, 1),
					  1);
	ck_assert_int_eq(member->expires, store_mono + 3500);
	ck_assert_int_eq(member->since, store_mono - 100);
	free(member);
	assert_logged("KS_STORE_RESTORED Group g carries on with 2 TEKs, its KEK "
				  "and 200 members");
	end(keeper, group);

	/* and once more, without anything having happened */
	keeper = restart(&group, 100);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 200);
	end(keeper, group);
}
END_TEST

/* the bound is on disk before any number beyond the last one is used */
START_TEST(test_sequence)
{
	ks_keeper_t *keeper;
	fake_group_t *group;
	uint32_t used, i;

	store_fixture_reset();
	fill_store(0);
	for (i = 0; i < 5; i++)
	{
		keeper = restart(&group, 1);
		used = group->sequence;
		group->sequence += i * 50;
		ck_assert(keeper->secure(keeper, &group->public));
		used = group->sequence;
		/* what is written at the end would be a help */
		group->begun = FALSE;
		end(keeper, group);
		keeper = restart(&group, 1);
		ck_assert(group->restored && group->sequence >= used);
		end(keeper, group);
	}
}
END_TEST

/* numbers of another KEK begin anew, and don't borrow the old bound */
START_TEST(test_sequence_of_kek)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(0);
	keeper = restart(&group, 1);
	group->sequence = 5000;
	ck_assert(keeper->secure(keeper, &group->public));
	fake_group_rekey(group);
	group->sequence = 1;
	ck_assert(keeper->secure(keeper, &group->public));
	group->begun = FALSE;
	end(keeper, group);
	keeper = restart(&group, 1);
	ck_assert_uint_eq(group->generation, 6);
	ck_assert(group->sequence >= 1 && group->sequence <= 1 + KS_KEEPER_STEP);
	end(keeper, group);
}
END_TEST

/* near the end of all numbers the bound doesn't wrap */
START_TEST(test_sequence_end)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(0);
	keeper = restart(&group, 1);
	group->sequence = UINT32_MAX - 3;
	ck_assert(keeper->secure(keeper, &group->public));
	end(keeper, group);
	keeper = restart(&group, 1);
	ck_assert_uint_eq(group->sequence, UINT32_MAX);
	end(keeper, group);
}
END_TEST

/* groups wait for the secret, and begin when it comes */
START_TEST(test_wait)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(3);
	/* a secret for everybody is none of the store's */
	store_set_psk(SECRET, "%any");
	keeper = restart(&group, 1);
	ck_assert(!group->begun);
	store_pass(10);
	keeper->tick(keeper);
	ck_assert(!group->begun);
	store_set_secret(SECRET, "somebody-else");
	keeper->tick(keeper);
	ck_assert(!group->begun);
	store_set_secret(SECRET, KS_KEEPER_SECRET);
	keeper->tick(keeper);
	ck_assert(group->begun && group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 3);
	end(keeper, group);
}
END_TEST

/**
 * A server whose store can't be used: groups begin with new keys, at once or
 * after the wait, and the file stays as it is
 */
static void check_unused(time_t wait, const char *line)
{
	ks_keeper_t *keeper;
	fake_group_t *group;
	chunk_t before, *map;

	map = chunk_map((char*)store_path(), FALSE);
	before = chunk_clone(*map);
	chunk_unmap(map);
	keeper = restart(&group, 1);
	if (wait)
	{
		ck_assert(!group->begun);
		store_pass(wait - 1);
		keeper->tick(keeper);
		ck_assert(!group->begun);
		store_pass(1);
		keeper->tick(keeper);
	}
	ck_assert(group->begun && !group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_logged(line);
	store_set_secret(SECRET, KS_KEEPER_SECRET);
	fake_group_rekey(group);
	ck_assert(keeper->secure(keeper, &group->public));
	keeper->tick(keeper);
	keeper->forget(keeper, "g");
	end(keeper, group);
	map = chunk_map((char*)store_path(), FALSE);
	ck_assert(chunk_equals(before, *map));
	chunk_unmap(map);
	chunk_free(&before);
}

START_TEST(test_wait_over)
{
	store_fixture_reset();
	fill_store(3);
	store_set_secret(NULL, NULL);
	check_unused(KS_KEEPER_WAIT, "KS_STORE_NO_SECRET No secret of gdoi-store");
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.wait",
						   "90s");
	store_set_secret(NULL, NULL);
	check_unused(90, "within 90 seconds");
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.wait",
						   "30s");
}
END_TEST

START_TEST(test_wrong_secret)
{
	store_fixture_reset();
	fill_store(3);
	store_set_secret("another secret of 32 octets here", KS_KEEPER_SECRET);
	check_unused(0, "KS_STORE_KEY Store sqlite:///");
	store_set_secret("short", KS_KEEPER_SECRET);
	check_unused(0, "is shorter than 16 octets");
}
END_TEST

/* a secret of type ike will do, if it names its owner */
START_TEST(test_psk)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	store_set_psk(SECRET, KS_KEEPER_SECRET);
	fill_store(3);
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	end(keeper, group);
}
END_TEST

/** databases that the driver below opened */
static u_int opened;

/**
 * Driver of a plugin of strongSwan's
 */
static database_t *driver(char *uri)
{
	if (!strpfx(uri, KS_SQLITE_SCHEME))
	{
		return NULL;
	}
	opened++;
	return ks_sqlite_create(uri + strlen(KS_SQLITE_SCHEME));
}

/* a database plugin is used if one is loaded */
START_TEST(test_driver)
{
	ks_keeper_t *keeper;
	fake_group_t *group;
	struct stat st;

	store_fixture_reset();
	lib->db->add_database(lib->db, driver);
	opened = 0;
	fill_store(3);
	ck_assert_uint_eq(opened, 1);
	ck_assert(stat(store_path(), &st) == 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(opened, 2);
	end(keeper, group);
	lib->db->remove_database(lib->db, driver);
}
END_TEST

/* the identity that owns the secret is a setting */
START_TEST(test_other_owner)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.key",
						   "keeper@example.org");
	store_set_secret(SECRET, "keeper@example.org");
	fill_store(3);
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	end(keeper, group);
	lib->settings->set_str(lib->settings, "unit.plugins.gdoi-ks.store.key",
						   NULL);
}
END_TEST

START_TEST(test_garbled)
{
	store_fixture_reset();
	fill_store(3);
	ck_assert(truncate(store_path(), 4096) == 0);
	check_unused(0, "KS_STORE_UNREADABLE");
}
END_TEST

/* a clock that was set back: keys are not used, nor are members without */
START_TEST(test_clock)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(3);
	keeper = restart(&group, -1000);
	ck_assert(group->begun && !group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_logged("KS_STORE_CLOCK");
	end(keeper, group);
	/* the new keys are in the store now */
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->generation, 1);
	end(keeper, group);
}
END_TEST

/* a server that was away for longer than its keys */
START_TEST(test_ended)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(3);
	keeper = restart(&group, 3600);
	ck_assert(group->begun && !group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_logged("KS_STORE_ENDED Group g had 3 keys");
	end(keeper, group);
}
END_TEST

/* a wall clock that steps while the server runs makes no key older */
START_TEST(test_step)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	keeper = make_keeper();
	group = attach(keeper, "g");
	store_pass(100);
	store_wall += 86400;
	keeper->tick(keeper);
	end(keeper, group);
	keeper = restart(&group, 10);
	ck_assert(group->restored);
	ck_assert_int_eq(store_mono - group->created, 110);
	end(keeper, group);
}
END_TEST

/**
 * Run a statement on the closed store
 */
static void tamper(char *sql)
{
	database_t *db = ks_sqlite_create(store_path());

	ck_assert(db->execute(db, NULL, sql) >= 0);
	db->destroy(db);
}

/* one page of members is lost, the others and the keys are not */
START_TEST(test_tampered_members)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(200);
	tamper("UPDATE gdoi_pages SET data = zeroblob(100) WHERE page = 2");
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members),
					  200 - KS_KEEPER_PAGE);
	assert_logged("KS_STORE_BAD_PAGES Group g has 1 pages");
	end(keeper, group);
}
END_TEST

/* pages that changed places */
START_TEST(test_swapped_members)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(200);
	tamper("UPDATE gdoi_pages SET page = 1002 - page WHERE page > 0");
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_logged("KS_STORE_BAD_PAGES Group g has 4 pages");
	end(keeper, group);
	/* the bad ones went */
	store_log_text[0] = '\0';
	keeper = restart(&group, 1);
	assert_not_logged("KS_STORE_BAD_PAGES");
	end(keeper, group);
}
END_TEST

/* keys of another group are no keys of this one */
START_TEST(test_swapped_keys)
{
	ks_keeper_t *keeper;
	fake_group_t *group;

	store_fixture_reset();
	fill_store(3);
	tamper("UPDATE gdoi_pages SET name = 'h'");
	keeper = make_keeper();
	group = attach(keeper, "h");
	ck_assert(group->begun && !group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_logged("KS_STORE_BAD_PAGES Group h has 1 pages");
	end(keeper, group);
}
END_TEST

/* two groups don't mix; the one that is removed leaves nothing */
START_TEST(test_forget)
{
	ks_keeper_t *keeper;
	fake_group_t *g, *h;

	store_fixture_reset();
	keeper = make_keeper();
	g = attach(keeper, "g");
	h = attach(keeper, "h");
	h->generation = 33;
	fake_group_join(g, 1, 5, store_mono + 3600);
	fake_group_join(h, 1, 70, store_mono + 3600);
	keeper->tick(keeper);
	keeper->forget(keeper, "g");
	fake_group_destroy(g);
	end(keeper, h);

	keeper = make_keeper();
	g = attach(keeper, "g");
	h = attach(keeper, "h");
	ck_assert(!g->restored && h->restored);
	ck_assert_uint_eq(h->generation, 33);
	ck_assert_uint_eq(g->members->get_count(g->members), 0);
	ck_assert_uint_eq(h->members->get_count(h->members), 70);
	keeper->destroy(keeper);
	fake_group_destroy(g);
	fake_group_destroy(h);
}
END_TEST

/* members that leave leave the store */
START_TEST(test_leave)
{
	ks_keeper_t *keeper;
	ks_member_t *last;
	fake_group_t *group;

	store_fixture_reset();
	keeper = make_keeper();
	group = attach(keeper, "g");
	fake_group_join(group, 1, 150, store_mono + 100);
	fake_group_join(group, 1001, 10, store_mono + 3600);
	keeper->tick(keeper);
	store_pass(100);
	ck_assert_uint_eq(group->members->purge(group->members, store_mono, &last),
					  150);
	keeper->tick(keeper);
	fake_group_join(group, 2001, 1, store_mono + 3600);
	keeper->tick(keeper);
	/* what is written at the end would be a help */
	group->begun = FALSE;
	end(keeper, group);
	tamper("DELETE FROM gdoi_pages WHERE page >= 3");
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->members->get_count(group->members), 0);
	assert_not_logged("KS_STORE_BAD_PAGES");
	end(keeper, group);
}
END_TEST

/* a full disk stops no group, is said once, and so is its end; what could not
 * be written is written then */
START_TEST(test_full_disk)
{
	struct rlimit limit, small;
	struct stat st;
	ks_keeper_t *keeper;
	fake_group_t *group;
	u_int i;

	store_fixture_reset();
	fill_store(1);
	keeper = restart(&group, 1);
	ck_assert(stat(store_path(), &st) == 0);
	ck_assert(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	small = limit;
	small.rlim_cur = st.st_size;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert(setrlimit(RLIMIT_FSIZE, &small) == 0);
	fake_group_join(group, 100, 1000, store_mono + 3600);
	fake_group_rekey(group);
	for (i = 0; i < 3; i++)
	{
		keeper->tick(keeper);
	}
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	assert_logged("KS_STORE_WRITE Writing");
	ck_assert(!strstr(strstr(store_log_text, "KS_STORE_WRITE Writing") + 1,
					  "KS_STORE_WRITE Writing"));
	assert_not_logged("KS_STORE_WRITE_OK");
	keeper->tick(keeper);
	assert_logged("KS_STORE_WRITE_OK");
	end(keeper, group);
	keeper = restart(&group, 1);
	ck_assert(group->restored);
	ck_assert_uint_eq(group->generation, 6);
	ck_assert_uint_eq(group->members->get_count(group->members), 1001);
	end(keeper, group);
}
END_TEST

/**
 * Milliseconds since the last call
 */
static double lap()
{
	static timeval_t last;
	timeval_t now, took;

	time_monotonic(&now);
	timersub(&now, &last, &took);
	last = now;
	return took.tv_sec * 1000.0 + took.tv_usec / 1000.0;
}

/**
 * Time that a tick takes, in milliseconds
 */
static double time_tick(ks_keeper_t *keeper)
{
	lap();
	keeper->tick(keeper);
	return lap();
}

/* all members of a large group change at once, as after a rekey; figures go to
 * the output. The limit is that of a tick, far above them. */
START_TEST(test_large)
{
	ks_keeper_t *keeper;
	ks_target_t *targets = calloc(8000, sizeof(*targets));
	fake_group_t *group;
	double first, idle, one, all, load;
	u_int count;

	store_fixture_reset();
	keeper = make_keeper();
	group = attach(keeper, "g");
	fake_group_join(group, 1, 8000, store_mono + 3600);
	first = time_tick(keeper);
	idle = time_tick(keeper);
	fake_group_join(group, 4000, 1, store_mono + 3601);
	one = time_tick(keeper);
	count = group->members->get_targets(group->members, 0, FALSE, targets,
										8000);
	ck_assert_uint_eq(count, 8000);
	group->members->begin_rekey(group->members, store_mono + 7200);
	group->members->mark_sent(group->members, targets, count, 1, 1, FALSE,
							  store_mono);
	all = time_tick(keeper);
	end(keeper, group);
	free(targets);
	lap();
	keeper = restart(&group, 1);
	load = lap();
	ck_assert_uint_eq(group->members->get_count(group->members), 8000);
	end(keeper, group);
	printf("store: 8000 members: first writing %.0f ms, nothing to write "
		   "%.2f ms, one member %.1f ms, all after a rekey %.0f ms, reading "
		   "%.0f ms\n", first, idle, one, all, load);
	ck_assert(first < 10000 && idle < 1000 && one < 1000 && all < 10000 &&
			  load < 10000);
}
END_TEST

Suite *ks_store_keeper_suite()
{
	Suite *suite = suite_create("store keeper");
	TCase *tc = tcase_create("keeper");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_off);
	tcase_add_test(tc, test_restart);
	tcase_add_test(tc, test_sequence);
	tcase_add_test(tc, test_sequence_of_kek);
	tcase_add_test(tc, test_sequence_end);
	tcase_add_test(tc, test_wait);
	tcase_add_test(tc, test_wait_over);
	tcase_add_test(tc, test_wrong_secret);
	tcase_add_test(tc, test_psk);
	tcase_add_test(tc, test_driver);
	tcase_add_test(tc, test_other_owner);
	tcase_add_test(tc, test_garbled);
	tcase_add_test(tc, test_clock);
	tcase_add_test(tc, test_ended);
	tcase_add_test(tc, test_step);
	tcase_add_test(tc, test_tampered_members);
	tcase_add_test(tc, test_swapped_members);
	tcase_add_test(tc, test_swapped_keys);
	tcase_add_test(tc, test_forget);
	tcase_add_test(tc, test_leave);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_large);
	suite_add_tcase(suite, tc);
	return suite;
}
