/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for asprintf() */
#include "gm_lockout.h"
#include "gm_lists.h"
#include "gm_sockets.h"

#include <group/group_rules.h>

#include <netinet/in.h>
#include <stdio.h>

/** connections that are named at most */
#define NAMED 4

/** distance between the numbers of lines */
#define STEP 10

/** port of DNS */
#define DNS 53

/**
 * Merge what would be in force until the registration
 */
static group_rules_t *create_rules(const gm_config_data_t *config)
{
	group_rules_t *rules = group_rules_create();
	group_acl_t *acl = config->fail_close_acl.acl;

	if (acl)
	{
		rules->add_acl(rules, acl, GROUP_RULE_EXCEPTION,
					   config->fail_close_acl.name, 0);
	}
	rules->add_fail_close(rules);
	return rules;
}

/**
 * Copy an address
 */
static void copy_address(host_t *host, uint8_t *to)
{
	chunk_t addr = host->get_address(host);

	memcpy(to, addr.ptr, addr.len);
}

/**
 * Find the rule that drops a connection's packets. Those that come in are
 * matched mirrored, so that they look the same.
 *
 * @return				rule, NULL if they pass
 */
static const group_rule_t *find_drop(group_rules_t *rules, gm_tcp_t *tcp)
{
	group_packet_t packet = {
		.family = tcp->local->get_family(tcp->local),
		.protocol = IPPROTO_TCP,
		.sport = tcp->local->get_port(tcp->local),
		.dport = tcp->remote->get_port(tcp->remote),
	};
	const group_rule_t *rule;

	copy_address(tcp->local, packet.src);
	copy_address(tcp->remote, packet.dst);
	rule = rules->classify(rules, &packet, NULL);
	return rule->action == GROUP_RULE_CLEAR ? NULL : rule;
}

/**
 * Number for a line after the last of the exceptions
 */
static uint32_t next_number(const gm_config_data_t *config)
{
	group_acl_t *acl = config->fail_close_acl.acl;
	const group_ace_t *ace;
	enumerator_t *enumerator;
	uint32_t number = 0;

	if (acl)
	{
		enumerator = acl->create_enumerator(acl);
		while (enumerator->enumerate(enumerator, &ace))
		{
			number = ace->number;
		}
		enumerator->destroy(enumerator);
	}
	return number > UINT32_MAX - STEP ? number + 1 : number + STEP;
}

/**
 * Say what would cut a connection, and what to write
 */
static char *describe(const gm_config_data_t *config, gm_tcp_t *tcp,
					  const group_rule_t *rule)
{
	char text[GROUP_ACE_TEXT_LEN], *line;
	const char *list = config->fail_close_acl.name;
	int len;

	len = asprintf(&line, "would drop the connection of %H to port %u of %H, "
				   "by its line \"%s\" (write %u = deny tcp host %H port %u "
				   "host %H in acls.%s%s, or lockout_check = warn)",
				   tcp->remote, tcp->local->get_port(tcp->local), tcp->local,
				   group_ace_print(&rule->ace, text, sizeof(text)),
				   next_number(config), tcp->local,
				   tcp->local->get_port(tcp->local), tcp->remote,
				   list ?: "NAME", list ? "" : " and fail_close_acl = NAME");
	return len < 0 ? NULL : line;
}

/**
 * Record what is wrong with a connection
 */
static void complain(config_reader_t *reader, config_node_t *node, bool refuse,
					 const char *text)
{
	if (refuse)
	{
		reader->error(reader, node, "%s", text);
	}
	else
	{
		reader->warn(reader, node, "%s", text);
	}
}

/**
 * Look at the administrators' connections
 */
static void check_connections(const gm_config_data_t *config,
							  config_node_t *node, config_reader_t *reader,
							  const gm_lockout_host_t *host,
							  group_rules_t *rules)
{
	bool refuse = config->lockout_check == GM_LOCKOUT_REFUSE &&
				  !host->unattended;
	enumerator_t *enumerator;
	const group_rule_t *rule;
	u_int found = 0;
	gm_tcp_t *tcp;
	char *text;

	enumerator = host->connections->create_enumerator(host->connections);
	while (enumerator->enumerate(enumerator, &tcp))
	{
		rule = find_drop(rules, tcp);
		if (rule && found++ < NAMED)
		{
			text = describe(config, tcp, rule);
			complain(reader, node, refuse, text ?: "would drop a connection");
			free(text);
		}
	}
	enumerator->destroy(enumerator);
	if (found > NAMED && asprintf(&text, "would drop %u more connections",
								  found - NAMED) > 0)
	{
		complain(reader, node, refuse, text);
		free(text);
	}
}

/**
 * Is there an exception for UDP packets to a port?
 *
 * @param host			where they go to; NULL for anywhere, and from any port
 */
static bool is_excepted(const gm_config_data_t *config, host_t *host,
						uint16_t port)
{
	group_acl_t *acl = config->fail_close_acl.acl;
	const group_ace_t *ace;
	enumerator_t *enumerator;
	bool found = FALSE;
	uint8_t dst[16] = {};

	if (!acl)
	{
		return FALSE;
	}
	enumerator = acl->create_enumerator(acl);
	while (!found && enumerator->enumerate(enumerator, &ace))
	{
		memcpy(dst, ace->dst.addr, sizeof(dst));
		if (host)
		{
			copy_address(host, dst);
		}
		found = (host || ace->src.port_hi == UINT16_MAX) &&
				group_ace_matches(ace, IPPROTO_UDP,
								  host ? host->get_family(host) : ace->family,
								  ace->src.addr, dst, ace->src.port_lo, port);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Look at the connection to a key server
 */
static void check_server(const gm_config_data_t *config, config_node_t *node,
						 config_reader_t *reader,
						 const gm_lockout_server_t *server)
{
	uint16_t port;

	if (!server->host)
	{
		if (!is_excepted(config, NULL, DNS))
		{
			reader->warn(reader, node, "connection \"%s\" has a name as "
						 "remote_addrs, which can't be resolved while all is "
						 "dropped (write an address, or an exception for DNS: "
						 "deny udp any any port 53)", server->connection);
		}
		return;
	}
	port = server->host->get_port(server->host);
	if (port != 500 && port != 848 && port != 4500 &&
		!is_excepted(config, server->host, port))
	{
		reader->warn(reader, node, "drops what goes to port %u of connection "
					 "\"%s\", as only ports 500, 848 and 4500 of key servers "
					 "pass (write remote_port = 848, or an exception: deny udp "
					 "any host %H port %u)", port, server->connection,
					 server->host, port);
	}
}

/*
 * Described in header
 */
void gm_lockout_judge(const gm_config_data_t *config, config_node_t *node,
					  config_reader_t *reader, const gm_lockout_host_t *host)
{
	group_rules_t *rules = create_rules(config);
	config_node_t *key = node->get_child(node, "fail_close") ?: node;
	u_int i;

	check_connections(config, key, reader, host, rules);
	rules->destroy(rules);
	for (i = 0; i < host->server_count; i++)
	{
		if (host->servers[i].loaded)
		{
			check_server(config, key, reader, &host->servers[i]);
		}
	}
}

/**
 * Does a configuration drop before the registration what the one in force
 * doesn't?
 */
static bool is_armed(gm_config_t *old, const gm_config_data_t *config)
{
	const gm_config_data_t *before = old ? old->get(old) : NULL;

	return config->fail_close && config->lockout_check != GM_LOCKOUT_OFF &&
		   !(before && before->fail_close &&
			 streq(before->interface, config->interface) &&
			 gm_list_equals(&before->fail_close_acl, &config->fail_close_acl));
}

/*
 * Described in header
 */
void gm_lockout_check(gm_config_t *old, gm_config_t *config,
					  config_node_t *node, config_reader_t *reader,
					  gm_system_t *system)
{
	const gm_config_data_t *data = config->get(config);
	gm_lockout_host_t host = {
		.server_count = data->server_count,
	};
	u_int i;

	if (!is_armed(old, data))
	{
		return;
	}
	host.unattended = system->is_starting(system) ||
					  reader->is_unattended(reader);
	host.connections = system->get_connections(system, data->interface);
	for (i = 0; i < host.server_count; i++)
	{
		host.servers[i].connection = data->servers[i];
		host.servers[i].loaded = system->has_connection(system,
														data->servers[i]);
		host.servers[i].host = system->get_server(system, data->servers[i]);
	}
	gm_lockout_judge(data, node, reader, &host);
	for (i = 0; i < host.server_count; i++)
	{
		DESTROY_IF(host.servers[i].host);
	}
	host.connections->destroy_function(host.connections,
									   (void*)gm_tcp_destroy);
}
