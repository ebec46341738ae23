/* SPDX-License-Identifier: GPL-2.0-or-later */

#ifndef FRESHNESS_BPF_SUITES_H_
#define FRESHNESS_BPF_SUITES_H_

#include <library.h>

/* both define it, ours is not used by check's macros */
#undef fail
#include <check.h>

#include "freshness_kernel.h"

/** programs in the kernel, the same for all tests */
extern fresh_kernel_t *fresh_kernel;

Suite *freshness_check_suite(void);
Suite *freshness_load_suite(void);
Suite *freshness_stamp_suite(void);

#endif /** FRESHNESS_BPF_SUITES_H_ */
