/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_source config_source
 * @{ @ingroup gdoi_config
 *
 * The two places that groups come from, as trees.
 */

#ifndef CONFIG_SOURCE_H_
#define CONFIG_SOURCE_H_

#include "config_node.h"

#include <plugins/vici/vici_message.h>

/** deepest nesting of sections that is read */
#define CONFIG_DEPTH_MAX 8

/**
 * Read the sections "groups" and "acls" of a file in swanctl.conf's syntax.
 *
 * Includes are followed; references between sections are resolved.
 *
 * @param file		path of the file
 * @return			root to destroy, NULL if the file can't be read or parsed
 *					(charon's log has the line)
 */
config_node_t *config_source_file(const char *file);

/**
 * Take the sections "groups" and "acls" of a VICI message; its other keys are
 * the command's own. Lists become comma separated values.
 *
 * @param message	message, its content is not trusted
 * @param error		set to a line to free() if NULL is returned
 * @return			root to destroy, NULL if the message is malformed, nested
 *					too deeply, or has a name twice
 */
config_node_t *config_source_vici(vici_message_t *message, char **error);

/**
 * Path of swanctl.conf: setting charon.plugins.gdoi.file, or swanctl.conf in
 * the folder that the environment variable SWANCTL_DIR names, or in
 * /etc/swanctl, as swanctl itself looks for it.
 *
 * @param buf		buffer for the zero terminated path
 * @param len		size of buf
 * @return			buf
 */
char *config_source_default(char *buf, size_t len);

#endif /** CONFIG_SOURCE_H_ @}*/
