/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/ks_store_fixture.h"

/**
 * Run the suites about the store
 */
int main(void)
{
	SRunner *runner;
	int failed;

	if (!store_fixture_init())
	{
		return 1;
	}
	runner = srunner_create(ks_store_file_suite());
	srunner_add_suite(runner, ks_store_codec_suite());
	srunner_add_suite(runner, ks_store_keeper_suite());
	srunner_add_suite(runner, ks_store_crash_suite());
	/* in one process, so that leaks are seen */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	store_fixture_deinit();
	return failed ? 1 : 0;
}
