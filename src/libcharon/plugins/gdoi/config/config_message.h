/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_message config_message
 * @{ @ingroup gdoi_config
 */

#ifndef CONFIG_MESSAGE_H_
#define CONFIG_MESSAGE_H_

#include "config_node.h"

#include <plugins/vici/vici_message.h>

/**
 * Take the sections "groups" and "acls" of a VICI message; its other keys are
 * the command's own. Lists become comma separated values.
 *
 * @param message	message, its content is not trusted
 * @param error		set to a line to free() if NULL is returned
 * @return			root to destroy, NULL if the message is malformed, nested
 *					too deeply, or has a name twice
 */
config_node_t *config_message_read(vici_message_t *message, char **error);

#endif /** CONFIG_MESSAGE_H_ @}*/
