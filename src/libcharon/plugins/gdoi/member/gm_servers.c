/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_servers.h"

#include <stdio.h>

/*
 * Described in header
 */
u_int gm_servers_push(gm_config_t *config, gm_system_t *system,
					  gm_dataplane_t *dataplane, host_t *extra)
{
	const gm_config_data_t *data = config->get(config);
	host_t *servers[GM_SERVERS_MAX + 1];
	u_int i, count = 0, total;

	for (i = 0; i < data->server_count; i++)
	{
		servers[count] = system->get_server(system, data->servers[i]);
		count += servers[count] != NULL;
	}
	if (extra)
	{
		servers[count++] = extra->clone(extra);
	}
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

/*
 * Described in header
 */
void gm_servers_learn(gm_config_t *config, gm_system_t *system,
					  gm_dataplane_t *dataplane, gdoi_phase1_t *phase1)
{
	host_t *host;

	host = phase1->get_other_host(phase1);
	gm_servers_push(config, system, dataplane, host);
	DESTROY_IF(host);
}

/*
 * Described in header
 */
void gm_servers_join(gm_config_t *config, group_policy_t *policy,
					 gm_link_t *link)
{
	group_kek_t *kek = policy->get_kek(policy);

	if (kek && kek->get(kek)->multicast)
	{
		link->join(link, kek->get(kek)->dst, config->get(config)->interface);
	}
	else
	{
		link->join(link, NULL, NULL);
	}
}
