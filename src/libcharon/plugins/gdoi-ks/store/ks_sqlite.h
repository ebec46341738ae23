/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_sqlite ks_sqlite
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_SQLITE_H_
#define KS_SQLITE_H_

#include <library.h>
#include <database/database.h>

/** what the URI of a database file begins with, the path follows */
#define KS_SQLITE_SCHEME "sqlite://"

/**
 * Open a database file, which nobody but our user may read: it is created so,
 * and loses other permissions if it has them.
 *
 * A driver that strongSwan has for it is used, libsqlite3 itself without one:
 * Debian doesn't package the plugin "sqlite". That database_t is thread-safe; a
 * transaction keeps other threads out until it ends, and so does an enumerator
 * until it is destroyed. It knows all types but DB_DOUBLE.
 *
 * @param uri			"sqlite://" and the path of a file that is no symbolic
 *						link, in a folder that exists
 * @return				database, NULL (and a line in the log) if it can't be
 *						opened
 */
database_t *ks_sqlite_open(const char *uri);

/**
 * Open a database file by libsqlite3.
 *
 * @param path			path of the file
 * @return				database, NULL on failure
 */
database_t *ks_sqlite_create(const char *path);

#endif /** KS_SQLITE_H_ @}*/
