/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The version check as a plugin has it that was compiled for another
 * strongSwan than the installed one.
 */
#undef VERSION
#define VERSION "5.9.7"
#define charon_version_matches other_version_matches
#define charon_version_search other_version_search

#include <charon_version.c>
