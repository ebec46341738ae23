/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * Plans of loads, and loads that are undone unless somebody confirms them, in
 * the loader itself and through gdoictl.
 */

#include "config_fixture.h"
#include "config_service.h"
#include "config_suites.h"

#include <gdoi_log.h>

#include <threading/thread.h>

#include <stdlib.h>
#include <unistd.h>

/** how long to wait for a timer of a second, in ms */
#define DEADLINE 15000

/** configurations: what runs, and two that take its place */
#define FIRST "groups { a { id = 1\n member { servers = a } } }"
#define SECOND "groups { b { id = 2\n member { servers = b } } }"
#define THIRD "groups { c { id = 3\n member { servers = c } } }"
#define SERVER "groups { s { id = 4\n server { connections = m } } }"

static group_config_t *config;

static void setup(void)
{
	fixture_setup();
	config = group_config_create();
	config->add_role(config, &fixture_member);
	config->add_role(config, &fixture_server);
}

static void teardown(void)
{
	DESTROY_IF(config);
	fixture_teardown();
}

/**
 * Load a text
 */
static bool load(const char *text, uint32_t confirm, bool dry_run)
{
	group_load_t how = {
		.confirm = confirm,
		.dry_run = dry_run,
	};
	config_reader_t *reader = config_reader_create();
	config_node_t *root = fixture_read(text);
	bool good;

	good = config->load(config, root, reader, &how);
	reader->destroy(reader);
	root->destroy(root);
	return good;
}

/**
 * Names of the groups that run
 */
static const char *names(void)
{
	static char text[64];
	const group_entry_t *group;
	enumerator_t *enumerator;

	text[0] = '\0';
	enumerator = config->create_enumerator(config);
	while (enumerator->enumerate(enumerator, &group))
	{
		strcat(text, group->name);
	}
	enumerator->destroy(enumerator);
	return text;
}

/**
 * Wait until nothing waits to be confirmed
 */
static void wait_over(void)
{
	int i;

	for (i = 0; i < DEADLINE / 10 && config->get_confirm_in(config); i++)
	{
		usleep(10000);
	}
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
}

START_TEST(test_rollback)
{
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
	ck_assert(load(SECOND, 1, FALSE));
	ck_assert_str_eq(names(), "b");
	ck_assert_uint_eq(config->get_confirm_in(config), 1);
	wait_over();
	ck_assert_str_eq(names(), "a");
	/* that was for good */
	ck_assert(!config->confirm(config));
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert_int_eq(fixture_calls.apply, 3);
}
END_TEST

START_TEST(test_confirm)
{
	ck_assert(!config->confirm(config));
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SECOND, 1, FALSE));
	ck_assert(config->confirm(config));
	ck_assert(!config->confirm(config));
	usleep(1500000);
	ck_assert_str_eq(names(), "b");
}
END_TEST

START_TEST(test_first)
{
	/* before the first load there was nothing */
	ck_assert(load(FIRST, 1, FALSE));
	ck_assert_str_eq(names(), "a");
	wait_over();
	ck_assert_str_eq(names(), "");
}
END_TEST

START_TEST(test_replaced)
{
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SECOND, 1, FALSE));
	/* for good */
	ck_assert(load(THIRD, 0, FALSE));
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
	usleep(1500000);
	ck_assert_str_eq(names(), "c");
}
END_TEST

START_TEST(test_chain)
{
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SECOND, 600, FALSE));
	ck_assert_uint_gt(config->get_confirm_in(config), 590);
	/* the time begins anew, and both go */
	ck_assert(load(THIRD, 1, FALSE));
	wait_over();
	ck_assert_str_eq(names(), "a");
}
END_TEST

START_TEST(test_unchanged)
{
	ck_assert(load(FIRST, 0, FALSE));
	/* nothing to go back to */
	ck_assert(load(FIRST, 1, FALSE));
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
	/* nothing new, but the time begins anew */
	ck_assert(load(SECOND, 1, FALSE));
	ck_assert(load(SECOND, 600, FALSE));
	usleep(1500000);
	ck_assert_str_eq(names(), "b");
	ck_assert_uint_gt(config->get_confirm_in(config), 590);
	/* the same for good */
	ck_assert(load(SECOND, 0, FALSE));
	ck_assert(!config->confirm(config));
}
END_TEST

START_TEST(test_no_load)
{
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SECOND, 1, FALSE));
	ck_assert(load(THIRD, 0, TRUE));
	ck_assert(!load("groups { c { id = 3 } }", 0, FALSE));
	ck_assert_uint_eq(config->get_confirm_in(config), 1);
	wait_over();
	ck_assert_str_eq(names(), "a");
	ck_assert(load(SECOND, 1, TRUE));
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
}
END_TEST

START_TEST(test_stuck)
{
	ck_assert(load(SERVER, 0, FALSE));
	ck_assert(load(SECOND, 1, FALSE));
	fixture_refuses = TRUE;
	wait_over();
	ck_assert_str_eq(names(), "b");
}
END_TEST

START_TEST(test_file)
{
	/* what charon reads at its start is what is gone back to as well */
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.file",
						   (char*)fixture_file(FIRST), lib->ns);
	ck_assert(config->load_file(config));
	ck_assert(load(SECOND, 1, FALSE));
	wait_over();
	ck_assert_str_eq(names(), "a");
	/* and reading it again is for good */
	ck_assert(load(SECOND, 600, FALSE));
	lib->settings->set_str(lib->settings, "%s.plugins.gdoi.file",
						   (char*)fixture_file(THIRD), lib->ns);
	ck_assert(config->load_file(config));
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
	ck_assert_str_eq(names(), "c");
}
END_TEST

START_TEST(test_unload)
{
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SERVER, 1, FALSE));
	config->remove_role(config, &fixture_server);
	ck_assert_uint_eq(config->get_confirm_in(config), 0);
	ck_assert(load(FIRST, 0, FALSE));
	ck_assert(load(SECOND, 1, FALSE));
	config->destroy(config);
	config = NULL;
	usleep(1500000);
}
END_TEST

/**
 * Load with times to confirm until they are over
 */
static void *load_often(void *user)
{
	int i;

	for (i = 0; i < 100; i++)
	{
		config_reader_t *reader = config_reader_create();
		group_load_t how = {
			.confirm = i % 3,
		};

		ck_assert(config->load(config, user, reader, &how));
		if (i % 7 == 0)
		{
			config->confirm(config);
		}
		reader->destroy(reader);
		usleep(15000);
	}
	return NULL;
}

START_TEST(test_parallel)
{
	static const char *texts[] = { FIRST, SECOND, THIRD };
	config_node_t *roots[countof(texts)];
	thread_t *threads[countof(texts)];
	int i;

	for (i = 0; i < countof(texts); i++)
	{
		roots[i] = fixture_read(texts[i]);
		threads[i] = thread_create(load_often, roots[i]);
	}
	for (i = 0; i < countof(texts); i++)
	{
		threads[i]->join(threads[i]);
		roots[i]->destroy(roots[i]);
	}
	wait_over();
	ck_assert_uint_eq(strlen(names()), 1);
	/* every group that began has ended, but for the one that runs */
	ck_assert_int_eq(fixture_calls.apply, fixture_calls.remove + 1);
}
END_TEST

/* --- gdoictl ------------------------------------------------------------- */

/** the same group with other values */
#define OTHER "groups { one { id = 3333\n member { servers = a } }\n" \
	"two { id = 10.0.0.1\n server { connections = n } } }\n"

/** columns below a key */
#define PAD "                              "

/** what gdoictl tells of it */
#define PLAN(would) \
	would "change member one\n" \
	"  value                       2 servers eth0 5000 3 1 1 (null) 0 lines " \
	"0 -> 1\n" \
	PAD "servers eth0 5000 3 1 1 (null) 0 lines 0\n" \
	PAD "rekey; after the rekey that this triggers; old SAs\n" \
	PAD "live to their end (REKEY-102, REKEY-208)\n" \
	"  a.rather.long.path.of.a.single.key\n" \
	PAD "2 servers eth0 5000 3 1 1 (null) 0 lines 0 -> 1\n" \
	PAD "servers eth0 5000 3 1 1 (null) 0 lines 0\n" \
	PAD "no rekey; immediately\n" \
	would "change server two\n"

START_TEST(test_ctl_plan)
{
	char *out;
	int code;

	free(service_gdoictl(&code, "version"));
	service_check_load(SERVICE_GROUPS, "--dry-run", 2,
					   "would add member one\nwould add server two\n");
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check_load(OTHER, "--dry-run", 2, PLAN("would "));
	ck_assert_int_eq(fixture_calls.apply, 2);
	service_check_load(OTHER, "", 2, PLAN(""));
	service_check_load(OTHER, "", 0, "unchanged\n");
	service_check_load(OTHER, "--dry-run", 0, "unchanged\n");
	out = service_gdoictl(&code, "confirm");
	ck_assert_int_eq(code, 1);
	ck_assert_str_eq(out, "gdoictl: nothing waits to be confirmed (it was "
					 "confirmed, replaced or rolled back before)\n");
	free(out);
}
END_TEST

START_TEST(test_ctl_json)
{
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check_load("groups { one { id = 3333\n member { servers = a } }\n"
		"two { id = 10.0.0.1\n server { connections = m } } }\n",
		"--json --dry-run", 2,
		"{\"changes\": [\"change member one\"], \"plan\": {\"1\": {\"group\": "
		"\"one\", \"role\": \"member\", \"key\": \"value\", \"change\": \"2 "
		"servers eth0 5000 3 1 1 (null) 0 lines 0 -> 1 servers eth0 5000 3 1 "
		"1 (null) 0 lines 0\", \"rekey\": true, \"effective\": \"after the "
		"rekey that this triggers; old SAs live to their end\", \"rule\": "
		"\"REKEY-102, REKEY-208\"}, \"2\": {\"group\": \"one\", \"role\": "
		"\"member\", \"key\": \"a.rather.long.path.of.a.single.key\", "
		"\"change\": \"2 servers eth0 5000 3 1 1 (null) 0 lines 0 -> 1 servers "
		"eth0 5000 3 1 1 (null) 0 lines 0\", \"rekey\": false, \"effective\": "
		"\"immediately\"}}, \"errors\": [], \"warnings\": [], \"success\": "
		"true}\n");
}
END_TEST

START_TEST(test_ctl_confirm)
{
	service_check_load(SERVICE_GROUPS, "", 2,
					   "add member one\nadd server two\n");
	service_check_load("# nothing\n", "--confirm 600", 2,
		"remove member one\nremove server two\n"
		"write gdoictl confirm within 600s, or what was in force before comes "
		"back\n");
	service_check("confirm", 0, "confirmed\n");
	service_check("confirm --json", 1, "{\"success\": false, \"errmsg\": "
		"\"nothing waits to be confirmed (it was confirmed, replaced or "
		"rolled back before)\"}\n");
	service_check_load(SERVICE_GROUPS, "--confirm 10m", 2,
		"add member one\nadd server two\n"
		"write gdoictl confirm within 600s, or what was in force before comes "
		"back\n");
	service_check_load(SERVICE_GROUPS, "", 0, "unchanged\n");
	service_check("confirm", 1,
		"gdoictl: nothing waits to be confirmed (it was confirmed, replaced or "
		"rolled back before)\n");
}
END_TEST

/** times that are refused */
static const char *wrong_times[] = {
	"0", "999ms", "61m", "3601", "soon", "-1",
};

START_TEST(test_ctl_wrong_time)
{
	char options[32];

	snprintf(options, sizeof(options), "--confirm %s", wrong_times[_i]);
	service_check_load(SERVICE_GROUPS, options, 1,
		"gdoictl: confirm: is not a time from 1s to 1h (write e.g. 60s)\n"
		"refused, nothing has changed\n");
	ck_assert_int_eq(fixture_calls.apply, 0);
}
END_TEST

Suite *config_confirm_suite(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("config confirm");
	tc = tcase_create("loader");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_rollback);
	tcase_add_test(tc, test_confirm);
	tcase_add_test(tc, test_first);
	tcase_add_test(tc, test_replaced);
	tcase_add_test(tc, test_chain);
	tcase_add_test(tc, test_unchanged);
	tcase_add_test(tc, test_no_load);
	tcase_add_test(tc, test_stuck);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_unload);
	tcase_add_test(tc, test_parallel);
	suite_add_tcase(s, tc);

	tc = tcase_create("gdoictl");
	tcase_add_checked_fixture(tc, service_setup, service_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_ctl_plan);
	tcase_add_test(tc, test_ctl_json);
	tcase_add_test(tc, test_ctl_confirm);
	tcase_add_loop_test(tc, test_ctl_wrong_time, 0, countof(wrong_times));
	suite_add_tcase(s, tc);
	return s;
}
