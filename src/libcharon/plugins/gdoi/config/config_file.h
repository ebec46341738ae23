/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_file config_file
 * @{ @ingroup gdoi_config
 *
 * Groups of swanctl.conf, for the plugin and for gdoictl.
 */

#ifndef CONFIG_FILE_H_
#define CONFIG_FILE_H_

#include "config_node.h"

/**
 * Read the sections "groups" and "acls" of a file in swanctl.conf's syntax.
 *
 * Includes are followed; references between sections are resolved.
 *
 * @param file		path of the file
 * @return			root to destroy, NULL if the file can't be read or parsed
 *					(the debug output has the line)
 */
config_node_t *config_file_read(const char *file);

/**
 * Path of swanctl.conf: setting charon.plugins.gdoi.file, or swanctl.conf in
 * the folder that the environment variable SWANCTL_DIR names, or in
 * /etc/swanctl, as swanctl itself looks for it.
 *
 * @param buf		buffer for the zero terminated path
 * @param len		size of buf
 * @return			buf
 */
char *config_file_default(char *buf, size_t len);

#endif /** CONFIG_FILE_H_ @}*/
