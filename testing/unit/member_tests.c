/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/member_suites.h"
#include "test_keys.h"

/* asked by the leak sanitizer, not declared by a header of its own */
const char *__lsan_default_suppressions(void);

/**
 * What OpenSSL keeps after its providers were unloaded is not ours to free
 */
const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto.so\n";
}

/**
 * Run the suites about the group member
 */
int main(void)
{
	SRunner *runner;
	int failed;

	if (!test_init())
	{
		return 1;
	}
	runner = srunner_create(member_schedule_suite());
	srunner_add_suite(runner, member_sids_suite());
	srunner_add_suite(runner, member_config_suite());
	srunner_add_suite(runner, member_accept_suite());
	srunner_add_suite(runner, member_dataplane_suite());
	srunner_add_suite(runner, member_direction_suite());
	srunner_add_suite(runner, member_lists_suite());
	srunner_add_suite(runner, member_lockout_suite());
	srunner_add_suite(runner, member_neighbours_suite());
	srunner_add_suite(runner, member_serializer_suite());
	srunner_add_suite(runner, member_links_suite());
	srunner_add_suite(runner, member_registration_suite());
	srunner_add_suite(runner, member_life_suite());
	srunner_add_suite(runner, member_rekey_suite());
	srunner_add_suite(runner, member_restore_suite());
	srunner_add_suite(runner, member_rollover_suite());
	srunner_add_suite(runner, member_recovery_suite());
	srunner_add_suite(runner, member_changes_suite());
	srunner_add_suite(runner, member_freshness_suite());
	srunner_add_suite(runner, member_pseudotime_suite());
	/* in one process, so that leaks are seen */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	test_keys_forget();
	test_deinit();
	return failed ? 1 : 0;
}
