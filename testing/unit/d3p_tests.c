/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/freshness_suites.h"

int main(void)
{
	SRunner *runner;
	int failed;

	library_init(NULL, "unit");
	lib->processor->set_threads(lib->processor, 4);
	runner = srunner_create(freshness_clock_suite());
	srunner_add_suite(runner, freshness_map_suite());
	srunner_add_suite(runner, freshness_provider_suite());
	srunner_add_suite(runner, freshness_timer_suite());
	/* the library's threads don't survive a fork */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	lib->processor->cancel(lib->processor);
	library_deinit();
	return failed ? 1 : 0;
}
