/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_store_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/** servers that are killed, one after the other */
#define ROUNDS 40

typedef struct sent_t sent_t;

/**
 * What a server told the members last
 */
struct sent_t {

	/** number of the KEK */
	uint32_t generation;

	/** sequence number */
	uint32_t sequence;

	/** members that were written for sure */
	uint32_t members;

	/** Sender IDs given */
	uint32_t sids;
};

/**
 * Give Sender IDs as ks_sids_t does: written down, then sent
 */
static void give_sids(ks_keeper_t *keeper, fake_group_t *group, sent_t *sent)
{
	ks_sid_lease_t lease;

	group->sids->take(group->sids, 7, &lease);
	if (!group->sids->is_saved(group->sids, &lease))
	{
		if (!keeper->secure(keeper, &group->public))
		{
			_exit(1);
		}
		group->sids->saved(group->sids, &lease);
	}
	if (lease.first < sent->sids)
	{
		_exit(3);
	}
	sent->sids = lease.first + lease.count;
}

/**
 * Run a server until it is killed: it sends rekeys, now and then with another
 * KEK, and takes in members. Whatever it "sends" goes into the pipe.
 */
static void serve(int fd)
{
	ks_keeper_t *keeper;
	fake_group_t *group = fake_group_create("g");
	sent_t sent = {};
	u_int i;

	keeper = ks_keeper_create(&store_log, store_clock, store_wall_clock);
	keeper->attach(keeper, &group->public);
	for (i = 1; ; i++)
	{
		if (i % 13 == 0)
		{
			fake_group_rekey(group);
		}
		group->sequence++;
		if (!keeper->secure(keeper, &group->public))
		{
			_exit(1);
		}
		sent.generation = group->generation;
		sent.sequence = group->sequence;
		if (i % 5 == 0)
		{
			fake_group_join(group, group->members->get_count(group->members),
							1, store_mono + 3600);
			keeper->tick(keeper);
			sent.members = group->members->get_count(group->members);
		}
		if (i % 3 == 0)
		{
			give_sids(keeper, group, &sent);
		}
		if (write(fd, &sent, sizeof(sent)) != sizeof(sent))
		{
			_exit(2);
		}
	}
}

/**
 * Start a server, and kill it after a while
 *
 * @param last			set to what it sent last, if it sent anything
 */
static void run_and_kill(useconds_t delay, sent_t *last)
{
	int fds[2], status;
	sent_t sent;
	pid_t pid;

	ck_assert(pipe(fds) == 0);
	pid = fork();
	ck_assert(pid >= 0);
	if (pid == 0)
	{
		close(fds[0]);
		serve(fds[1]);
	}
	close(fds[1]);
	/* from its first rekey on, so that it is in the midst of writing */
	ck_assert(read(fds[0], &sent, sizeof(sent)) == sizeof(sent));
	*last = sent;
	usleep(delay);
	ck_assert(kill(pid, SIGKILL) == 0);
	while (read(fds[0], &sent, sizeof(sent)) == sizeof(sent))
	{
		*last = sent;
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(fds[0]);
}

/**
 * Look at what a killed server left, without writing
 */
static void look(fake_group_t *group)
{
	ks_keeper_t *keeper;

	store_log_text[0] = '\0';
	keeper = ks_keeper_create(&store_log, store_clock, store_wall_clock);
	keeper->attach(keeper, &group->public);
	ck_assert(group->begun);
	keeper->destroy(keeper);
}

/* KS-005, REKEY-017: however often the server is killed, the store is whole,
 * no sequence number comes twice under a KEK, no Sender ID is given twice, and
 * members stay */
START_TEST(test_kill)
{
	fake_group_t *group;
	uint32_t generation = 0, sequence = 0, sids = 0;
	ks_sid_info_t info;
	sent_t last;
	int i;

	store_fixture_reset();
	srandom(4711);
	for (i = 0; i < ROUNDS; i++)
	{
		run_and_kill(random() % 100000, &last);
		/* it did not begin below what its predecessor had sent */
		ck_assert(last.generation > generation ||
				  (last.generation == generation &&
				   last.sequence > sequence));
		group = fake_group_create("g");
		look(group);
		assert_not_logged("KS_STORE_BAD");
		assert_not_logged("KS_STORE_UNREADABLE");
		ck_assert(group->restored);
		ck_assert_msg(group->generation > last.generation ||
					  (group->generation == last.generation &&
					   group->sequence >= last.sequence),
					  "round %d: KEK %u, number %u in the store, but KEK %u, "
					  "number %u were sent", i, group->generation,
					  group->sequence, last.generation, last.sequence);
		ck_assert(group->members->get_count(group->members) >= last.members);
		group->sids->get_info(group->sids, &info);
		ck_assert_msg(info.next >= last.sids, "round %d: Sender ID %u was "
					  "given, the store has %u", i, last.sids - 1,
					  (u_int)info.next);
		ck_assert(!last.sids || last.sids > sids);
		sids = max(sids, last.sids);
		generation = last.generation;
		sequence = last.sequence;
		fake_group_destroy(group);
	}
	/* the test has seen something */
	ck_assert(generation > 2);
	ck_assert_uint_gt(sids, 0);
}
END_TEST

Suite *ks_store_crash_suite()
{
	Suite *suite = suite_create("store crash");
	TCase *tc = tcase_create("crash");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, test_kill);
	suite_add_tcase(suite, tc);
	return suite;
}
