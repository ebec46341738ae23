/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup charon_version charon_version
 * @{ @ingroup gdoi
 */

#ifndef CHARON_VERSION_H_
#define CHARON_VERSION_H_

#include <library.h>

/**
 * Check that the running charon is of the version that we were compiled for.
 *
 * strongSwan gives no guarantee for its structures between versions, and 5.9.8
 * doesn't check plugins. Its version is found as the string that the packaged
 * vici plugin, which ours are linked to, reports to its clients.
 *
 * Logs one line if the versions differ. Any thread.
 *
 * @param plugin		name of the plugin that asks, for the log
 * @return				TRUE if the versions are the same
 */
bool charon_version_matches(const char *plugin);

/**
 * Look for a version number as a string of its own in a piece of memory.
 *
 * Exposed for tests.
 *
 * @param data			memory to search
 * @param compiled		version to look for
 * @param found			if that isn't there, receives the first other version
 *						number (octets up to its NUL are inside data), or is
 *						left alone
 * @return				TRUE if the version is there
 */
bool charon_version_search(chunk_t data, const char *compiled,
						   const char **found);

#endif /** CHARON_VERSION_H_ @}*/
