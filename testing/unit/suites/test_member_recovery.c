/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "member_suites.h"
#include "member_world.h"

Suite *member_recovery_suite(void)
{
	return suite_create("member recovery");
}
