/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * A VICI service over the roles of config_fixture.h, and gdoictl as a client.
 */

#ifndef CONFIG_SERVICE_H_
#define CONFIG_SERVICE_H_

#include <gdoi_log.h>
#include <vici/gdoi_vici.h>

/** two groups: one as member, two as server */
#define SERVICE_GROUPS "groups {\n" \
	"one { id = 3333\n member { servers = a, b } }\n" \
	"two { id = 10.0.0.1\n server { connections = m } }\n}\n"

/** log of the service */
extern gdoi_log_t *service_log;

/** the service, NULL once it was stopped */
extern gdoi_vici_t *service_vici;

/** socket of the service */
extern char service_uri[128];

/** start the service, with fixture_setup(); for a checked fixture */
void service_setup(void);

/** stop the service, with fixture_teardown() */
void service_teardown(void);

/** end the service, as charon does when it ends */
void service_stop(void);

/**
 * Offer a command.
 *
 * @param name			name of the command
 * @param event			event that it raises, NULL for none
 * @param command		function, NULL to withdraw it
 */
void service_offer(char *name, char *event, vici_command_cb_t command);

/**
 * Send a row of a list.
 *
 * @param event			event
 * @param id			client
 * @param row			row, gets adopted
 */
void service_send(char *event, u_int id, vici_builder_t *row);

/** an answer to a command: success, or not with a line why */
vici_builder_t *service_answer(const char *errmsg);

/**
 * Run gdoictl and collect what it prints, both streams
 *
 * @param code			receives the exit code
 * @return				output, free() it
 */
char *service_gdoictl(int *code, const char *args);

/** run gdoictl and compare */
void service_check(const char *args, int code, const char *expected);

/** load a file with gdoictl and compare */
void service_check_load(const char *text, const char *options, int code,
						const char *expected);

#endif /** CONFIG_SERVICE_H_ */
