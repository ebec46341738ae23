/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/freshness_bpf_suites.h"
#include "suites/freshness_packets.h"

#include <time.h>

/** exit code by which a test says that it can't run here */
#define SKIPPED 77

fresh_kernel_t *fresh_kernel;

/**
 * The kernel refuses: that is fine only if the environment says so.
 */
static int refuse(const char *reason)
{
	const char *allowed = getenv("GDOI_ALLOW_SKIP");
	bool fine = allowed && streq(allowed, "yes");

	printf("%s: the kernel loads no BPF programs for us: %s\n",
		   fine ? "SKIP" : "FAIL", reason);
	library_deinit();
	return fine ? SKIPPED : 1;
}

int main(void)
{
	const char *seed = getenv("GDOI_TEST_SEED"), *reason;
	uint64_t value = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	SRunner *runner;
	int failed;

	library_init(NULL, "unit");
	fresh_kernel = fresh_kernel_create(&reason);
	if (!fresh_kernel)
	{
		return refuse(reason);
	}
	printf("seed: GDOI_TEST_SEED=%llu\n", (unsigned long long)value);
	fflush(stdout);
	fresh_seed(value);
	runner = srunner_create(freshness_stamp_suite());
	srunner_add_suite(runner, freshness_check_suite());
	srunner_add_suite(runner, freshness_load_suite());
	/* programs are in the kernel once */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fresh_kernel_destroy(fresh_kernel);
	library_deinit();
	return failed ? 1 : 0;
}
