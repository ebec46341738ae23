/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/cryptomap_suites.h"

int main(void)
{
	SRunner *runner;
	int failed;

	library_init(NULL, "unit");
	runner = srunner_create(cryptomap_acl_suite());
	srunner_add_suite(runner, cryptomap_freshness_suite());
	srunner_add_suite(runner, cryptomap_icmp_suite());
	srunner_add_suite(runner, cryptomap_ids_suite());
	srunner_add_suite(runner, cryptomap_recorder_suite());
	srunner_add_suite(runner, cryptomap_group_sa_suite());
	srunner_add_suite(runner, cryptomap_shared_suite());
	srunner_add_suite(runner, cryptomap_sids_suite());
	/* the library's state must be the same for all */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	library_deinit();
	return failed ? 1 : 0;
}
