/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "test_libgdoi.h"
#include "test_keys.h"

/* OpenSSL frees what it holds after the leak check */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto\n";
}

int main(int argc, char *argv[])
{
	SRunner *runner;
	int failed;

	if (!test_init())
	{
		return 1;
	}
	runner = srunner_create(suite_group());
	srunner_add_suite(runner, suite_group_rules());
	srunner_add_suite(runner, suite_payloads());
	srunner_add_suite(runner, suite_sa());
	srunner_add_suite(runner, suite_policy());
	srunner_add_suite(runner, suite_acl_codec());
	srunner_add_suite(runner, suite_pull());
	srunner_add_suite(runner, suite_sids());
	srunner_add_suite(runner, suite_hostile());
	srunner_add_suite(runner, suite_vectors());
	srunner_add_suite(runner, suite_push());
	srunner_add_suite(runner, suite_push_hostile());
	srunner_add_suite(runner, suite_push_vectors());
	srunner_add_suite(runner, suite_push_ack());
	srunner_add_suite(runner, suite_rekey_schedule());
	srunner_add_suite(runner, suite_pseudotime());
	srunner_add_suite(runner, suite_d3p_window());
	srunner_add_suite(runner, suite_freshness());
	/* in one process, so that leaks are seen and the seed is printed once */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	test_keys_forget();
	test_deinit();
	return failed ? 1 : 0;
}
