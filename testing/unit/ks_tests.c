/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/ks_fixture.h"

/**
 * Run the suites about the key server
 */
int main(void)
{
	SRunner *runner;
	int failed;

	if (!ks_fixture_init())
	{
		return 1;
	}
	runner = srunner_create(ks_authorizer_suite());
	srunner_add_suite(runner, ks_config_suite());
	srunner_add_suite(runner, ks_keys_suite());
	srunner_add_suite(runner, ks_tables_suite());
	srunner_add_suite(runner, ks_members_suite());
	srunner_add_suite(runner, ks_fanout_suite());
	srunner_add_suite(runner, ks_acks_suite());
	srunner_add_suite(runner, ks_pull_suite());
	srunner_add_suite(runner, ks_refusals_suite());
	srunner_add_suite(runner, ks_rekeyer_suite());
	srunner_add_suite(runner, ks_removal_suite());
	srunner_add_suite(runner, ks_deny_suite());
	srunner_add_suite(runner, ks_freshness_suite());
	srunner_add_suite(runner, ks_pseudotime_suite());
	srunner_add_suite(runner, ks_revocation_suite());
	srunner_add_suite(runner, ks_status_suite());
	srunner_add_suite(runner, ks_sids_suite());
	srunner_add_suite(runner, ks_changes_suite());
	srunner_add_suite(runner, config_wrong_suite());
	/* in one process, so that leaks are seen */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	ks_fixture_deinit();
	return failed ? 1 : 0;
}
