/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_lockout gm_lockout
 * @{ @ingroup gdoi_member
 *
 * Finds out before a load if fail_close would lock the administrator out
 * (ACL-016), or the group's own key servers.
 */

#ifndef GM_LOCKOUT_H_
#define GM_LOCKOUT_H_

#include "gm_config.h"
#include "gm_system.h"

#include "../config/config_reader.h"

typedef struct gm_lockout_host_t gm_lockout_host_t;
typedef struct gm_lockout_server_t gm_lockout_server_t;

/**
 * A connection to a key server.
 */
struct gm_lockout_server_t {

	/** name in swanctl.conf */
	const char *connection;

	/** TRUE if it is loaded: unknown ones are not judged */
	bool loaded;

	/** remote address and port, NULL if it is a host name */
	host_t *host;
};

/**
 * What is seen of the host.
 */
struct gm_lockout_host_t {

	/** connections of administrators by the group's interface, gm_tcp_t */
	linked_list_t *connections;

	/** key servers */
	gm_lockout_server_t servers[GM_SERVERS_MAX];
	u_int server_count;

	/** TRUE if nobody is there to mend a refused configuration */
	bool unattended;
};

/**
 * Judge a configuration with fail_close that is about to be armed. Pure: all
 * that is looked at is handed in.
 *
 * A connection that no exception lets pass is an error, or a warning if
 * lockout_check says so or nobody is there: after all, a gateway that starts
 * would lose its group, and the connection that is cut then is older than the
 * start. Key servers that can't be reached are warnings.
 *
 * @param config		configuration with fail_close
 * @param node			member's section
 * @param reader		gets errors and warnings
 * @param host			what is seen of the host
 */
void gm_lockout_judge(const gm_config_data_t *config, config_node_t *node,
					  config_reader_t *reader, const gm_lockout_host_t *host);

/**
 * Judge a configuration by what is seen of this host, unless it drops nothing
 * before the registration, the one in force drops the same, or lockout_check
 * is off.
 *
 * @param old			configuration in force, NULL if there is none
 * @param config		configuration
 * @param node			member's section
 * @param reader		gets errors and warnings
 * @param system		view of the host
 */
void gm_lockout_check(gm_config_t *old, gm_config_t *config,
					  config_node_t *node, config_reader_t *reader,
					  gm_system_t *system);

#endif /** GM_LOCKOUT_H_ @}*/
