/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suites/test_transport.h"

#include <daemon.h>

/** threads for jobs; more than one, so that a lack of order would show */
#define THREADS 4

int main(int argc, char *argv[])
{
	SRunner *runner;
	int failed;

	/* the machine's own configuration has no say */
	setenv("STRONGSWAN_CONF", "", 1);
	if (!library_init(NULL, "charon") || !libcharon_init())
	{
		return 1;
	}
	lib->settings->set_int(lib->settings, "charon.port", 0);
	lib->settings->set_int(lib->settings, "charon.port_nat_t", 0);
	lib->processor->set_threads(lib->processor, THREADS);

	runner = srunner_create(suite_transport_filter());
	srunner_add_suite(runner, suite_transport_binding());
	srunner_add_suite(runner, suite_transport_impair());
	srunner_add_suite(runner, suite_transport_listener());
	srunner_add_suite(runner, suite_transport_keks());
	srunner_add_suite(runner, suite_transport_socket());
	srunner_add_suite(runner, suite_transport_sender());
	srunner_add_suite(runner, suite_transport_multicast());
	/* in one process: the threads would not survive a fork */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);

	lib->processor->set_threads(lib->processor, 0);
	lib->processor->cancel(lib->processor);
	libcharon_deinit();
	library_deinit();
	return failed ? 1 : 0;
}
