/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/config_suites.h"

/**
 * Run the suites about configuration, VICI and gdoictl
 */
int main(void)
{
	SRunner *runner;
	int failed;

	runner = srunner_create(config_reader_suite());
	srunner_add_suite(runner, config_groups_suite());
	srunner_add_suite(runner, config_vici_suite());
	srunner_add_suite(runner, config_gdoictl_suite());
	srunner_add_suite(runner, config_service_suite());
	srunner_add_suite(runner, config_policy_suite());
	srunner_add_suite(runner, config_replay_suite());
	srunner_add_suite(runner, config_rekeys_suite());
	srunner_add_suite(runner, config_confirm_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
