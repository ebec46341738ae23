/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * What the suites about configuration and VICI share: libstrongswan up and
 * down, a file to read, and a role that understands a few keys.
 */

#ifndef CONFIG_FIXTURE_H_
#define CONFIG_FIXTURE_H_

#include <config/group_config.h>

/** number of calls that changed something, since fixture_setup() */
typedef struct {
	int apply, remove, discard;
} fixture_calls_t;

extern fixture_calls_t fixture_calls;

/** let role "server" refuse whatever it is given */
extern bool fixture_refuses;

/** role "member": keys servers, interface, acl, timeout, mode, strict, tries,
 *  address, and a section tuning with key speed */
extern group_role_t fixture_member;

/** role "server": key connections, and describes itself */
extern group_role_t fixture_server;

/** initialise libstrongswan with a few workers, for a checked fixture */
void fixture_setup(void);

/** end it */
void fixture_teardown(void);

/** read a configuration from text; the caller destroys it */
config_node_t *fixture_read(const char *text);

/** write a text to a new file, whose name is kept until the next call */
const char *fixture_file(const char *text);

/** all errors, or all warnings, of a reader, each with a line feed behind;
 *  free() it */
char *fixture_lines(config_reader_t *reader, bool errors);

/** load a text; returns its errors as fixture_lines(), NULL if it was taken */
char *fixture_load(group_config_t *config, const char *text);

/** lines that charon would have logged since the last call, free() them */
char *fixture_log(void);

#endif /** CONFIG_FIXTURE_H_ */
