/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef CONFIG_SUITES_H_
#define CONFIG_SUITES_H_

#include <library.h>

/* both define it, ours is not used by check's macros */
#undef fail
#include <check.h>

Suite *config_reader_suite(void);
Suite *config_groups_suite(void);
Suite *config_service_suite(void);
Suite *config_vici_suite(void);
Suite *config_gdoictl_suite(void);
Suite *config_policy_suite(void);
Suite *config_rekeys_suite(void);
Suite *config_replay_suite(void);
Suite *config_confirm_suite(void);

#endif /** CONFIG_SUITES_H_ */
