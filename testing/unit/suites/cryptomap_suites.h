/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef CRYPTOMAP_SUITES_H_
#define CRYPTOMAP_SUITES_H_

#include <library.h>

/* both define it, ours is not used by check's macros */
#undef fail
#include <check.h>

Suite *cryptomap_acl_suite(void);
Suite *cryptomap_freshness_suite(void);
Suite *cryptomap_icmp_suite(void);
Suite *cryptomap_ids_suite(void);
Suite *cryptomap_recorder_suite(void);
Suite *cryptomap_group_sa_suite(void);
Suite *cryptomap_sids_suite(void);
Suite *cryptomap_shared_suite(void);

#endif /** CRYPTOMAP_SUITES_H_ */
