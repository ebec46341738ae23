/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_servers.h"

#include <stdio.h>

/**
 * Add an address to those that are there, unless it is NULL or among them
 */
static void add_server(host_t **servers, u_int *count, host_t *host)
{
	u_int i;

	if (!host || host->is_anyaddr(host))
	{
		return;
	}
	for (i = 0; i < *count; i++)
	{
		if (servers[i]->ip_equals(servers[i], host))
		{
			return;
		}
	}
	servers[(*count)++] = host->clone(host);
}

/*
 * Described in header
 */
u_int gm_servers_push(gm_config_t *config, gm_system_t *system,
					  gm_dataplane_t *dataplane, host_t *peer, host_t *sender)
{
	const gm_config_data_t *data = config->get(config);
	host_t *servers[GM_SERVERS_MAX + 2];
	u_int i, count = 0, total;

	for (i = 0; i < data->server_count; i++)
	{
		servers[count] = system->get_server(system, data->servers[i]);
		count += servers[count] != NULL;
	}
	add_server(servers, &count, peer);
	add_server(servers, &count, sender);
	dataplane->set_servers(dataplane, servers, count);
	total = count;
	while (count--)
	{
		servers[count]->destroy(servers[count]);
	}
	return total;
}

/*
 * Described in header
 */
bool gm_servers_has(gm_config_t *config, gm_system_t *system, host_t *host)
{
	const gm_config_data_t *data = config->get(config);
	bool found = FALSE;
	host_t *server;
	u_int i;

	for (i = 0; !found && i < data->server_count; i++)
	{
		server = system->get_server(system, data->servers[i]);
		found = server && server->ip_equals(server, host);
		DESTROY_IF(server);
	}
	return found;
}

/*
 * Described in header
 */
bool gm_servers_local(gm_config_t *config, gm_system_t *system, host_t **local)
{
	const gm_config_data_t *data = config->get(config);
	int family = AF_UNSPEC;
	host_t *server;

	*local = NULL;
	if (data->local_address)
	{
		*local = data->local_address->clone(data->local_address);
	}
	else if (data->local_interface)
	{
		server = system->get_server(system, data->servers[0]);
		if (server)
		{
			family = server->get_family(server);
			server->destroy(server);
		}
		*local = system->get_address(system, data->local_interface, family);
		return *local != NULL;
	}
	return TRUE;
}

/*
 * Described in header
 */
bool gm_servers_open(gm_config_t *config, gm_system_t *system,
					 gm_dataplane_t *dataplane, char **reason)
{
	const gm_config_data_t *data = config->get(config);

	*reason = NULL;
	if (!system->has_interface(system, data->interface))
	{
		if (asprintf(reason, "interface %s does not exist",
					 data->interface) < 0)
		{
			*reason = NULL;
		}
	}
	else if (dataplane->open(dataplane, reason))
	{
		return TRUE;
	}
	*reason = *reason ?: strdup("the crypto map was refused");
	return FALSE;
}
