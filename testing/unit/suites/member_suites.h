/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup member_suites member_suites
 * @{
 *
 * Suites about the group member.
 */

#ifndef MEMBER_SUITES_H_
#define MEMBER_SUITES_H_

#include <check.h>

Suite *member_schedule_suite(void);
Suite *member_sids_suite(void);
Suite *member_changes_suite(void);
Suite *member_config_suite(void);
Suite *member_accept_suite(void);
Suite *member_dataplane_suite(void);
Suite *member_direction_suite(void);
Suite *member_freshness_suite(void);
Suite *member_lists_suite(void);
Suite *member_lockout_suite(void);
Suite *member_serializer_suite(void);
Suite *member_links_suite(void);
Suite *member_registration_suite(void);
Suite *member_life_suite(void);
Suite *member_neighbours_suite(void);
Suite *member_pseudotime_suite(void);
Suite *member_rekey_suite(void);
Suite *member_restore_suite(void);
Suite *member_rollover_suite(void);
Suite *member_recovery_suite(void);

#endif /** MEMBER_SUITES_H_ @}*/
