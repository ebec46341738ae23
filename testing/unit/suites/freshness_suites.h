/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef FRESHNESS_SUITES_H_
#define FRESHNESS_SUITES_H_

#include <library.h>

/* both define it, ours is not used by check's macros */
#undef fail
#include <check.h>

Suite *freshness_clock_suite(void);
Suite *freshness_map_suite(void);
Suite *freshness_provider_suite(void);
Suite *freshness_timer_suite(void);

#endif /** FRESHNESS_SUITES_H_ */
