/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_system.h"

#include <daemon.h>

#include <ifaddrs.h>
#include <net/if.h>

typedef struct private_gm_system_t private_gm_system_t;

/**
 * Private data of an gm_system_t object.
 */
struct private_gm_system_t {

	/**
	 * Public interface
	 */
	gm_system_t public;

	/**
	 * Hears of changed addresses and routes
	 */
	kernel_listener_t listener;

	/**
	 * Called for that
	 */
	void (*changed)(void *user);

	/**
	 * Argument of changed
	 */
	void *user;
};

/**
 * Find a connection of IKEv1
 */
static peer_cfg_t *get_connection(const char *connection)
{
	peer_cfg_t *peer_cfg;

	peer_cfg = charon->backends->get_peer_cfg_by_name(charon->backends,
													  (char*)connection);
	/* that one also finds the name of a child */
	if (peer_cfg && (!streq(peer_cfg->get_name(peer_cfg), connection) ||
					 peer_cfg->get_ike_version(peer_cfg) != IKEV1))
	{
		peer_cfg->destroy(peer_cfg);
		return NULL;
	}
	return peer_cfg;
}

METHOD(gm_system_t, has_connection, bool,
	private_gm_system_t *this, const char *connection)
{
	peer_cfg_t *peer_cfg;

	peer_cfg = get_connection(connection);
	if (!peer_cfg)
	{
		return FALSE;
	}
	peer_cfg->destroy(peer_cfg);
	return TRUE;
}

METHOD(gm_system_t, get_server, host_t*,
	private_gm_system_t *this, const char *connection)
{
	peer_cfg_t *peer_cfg;
	ike_cfg_t *ike_cfg;
	host_t *host;
	char *text;

	peer_cfg = get_connection(connection);
	if (!peer_cfg)
	{
		return NULL;
	}
	ike_cfg = peer_cfg->get_ike_cfg(peer_cfg);
	/* the first of several addresses, as charon takes it to initiate */
	text = strdup(ike_cfg->get_other_addr(ike_cfg));
	text[strcspn(text, ", ")] = '\0';
	host = host_create_from_string(text, ike_cfg->get_other_port(ike_cfg));
	if (host && host->is_anyaddr(host))
	{
		host->destroy(host);
		host = NULL;
	}
	free(text);
	peer_cfg->destroy(peer_cfg);
	return host;
}

METHOD(gm_system_t, has_interface, bool,
	private_gm_system_t *this, const char *name)
{
	return if_nametoindex(name) != 0;
}

/**
 * Can an address be the source of traffic that leaves the link?
 */
static bool is_usable(host_t *host, int family)
{
	chunk_t addr = host->get_address(host);

	if (family != AF_UNSPEC && host->get_family(host) != family)
	{
		return FALSE;
	}
	if (host->get_family(host) == AF_INET6)
	{	/* neither link-local nor ::1 */
		return !(addr.ptr[0] == 0xfe && (addr.ptr[1] & 0xc0) == 0x80) &&
			   !IN6_IS_ADDR_LOOPBACK((struct in6_addr*)addr.ptr);
	}
	return addr.ptr[0] != 127;
}

METHOD(gm_system_t, get_address, host_t*,
	private_gm_system_t *this, const char *name, int family)
{
	struct ifaddrs *list, *current;
	host_t *host, *found = NULL;

	if (getifaddrs(&list) != 0)
	{
		return NULL;
	}
	for (current = list; current && !found; current = current->ifa_next)
	{
		if (!current->ifa_addr || !streq(current->ifa_name, name) ||
			(current->ifa_addr->sa_family != AF_INET &&
			 current->ifa_addr->sa_family != AF_INET6))
		{
			continue;
		}
		host = host_create_from_sockaddr(current->ifa_addr);
		if (host && is_usable(host, family))
		{
			found = host;
			continue;
		}
		DESTROY_IF(host);
	}
	freeifaddrs(list);
	return found;
}

/**
 * Read one of the kernel's lists of connections
 */
static void read_connections(const char *path, linked_list_t *list)
{
	uint16_t ports[GM_MANAGEMENT_PORTS];
	FILE *file;
	u_int count;

	count = gm_sockets_ports(lib->settings->get_str(lib->settings,
						"%s.plugins.gdoi.management_ports", "22", lib->ns),
						ports);
	file = fopen(path, "re");
	if (file)
	{
		gm_sockets_read(file, ports, count, list);
		fclose(file);
	}
}

/**
 * Is the other end of a connection reached over an interface?
 */
static bool is_over(gm_tcp_t *tcp, const char *interface)
{
	char *name = NULL;
	host_t *next;
	bool over;

	next = charon->kernel->get_nexthop(charon->kernel, tcp->remote, -1,
									   tcp->local, &name);
	/* better to ask for one exception too many than to cut somebody off */
	over = !name || streq(name, interface);
	DESTROY_IF(next);
	free(name);
	return over;
}

METHOD(gm_system_t, get_connections, linked_list_t*,
	private_gm_system_t *this, const char *interface)
{
	linked_list_t *all = linked_list_create(), *list = linked_list_create();
	gm_tcp_t *tcp;

	read_connections("/proc/net/tcp", all);
	read_connections("/proc/net/tcp6", all);
	while (all->remove_first(all, (void**)&tcp) == SUCCESS)
	{
		if (is_over(tcp, interface))
		{
			list->insert_last(list, tcp);
			continue;
		}
		gm_tcp_destroy(tcp);
	}
	all->destroy(all);
	return list;
}

METHOD(gm_system_t, is_starting, bool,
	private_gm_system_t *this)
{
	/* files are read before there are threads */
	return !lib->processor->get_total_threads(lib->processor);
}

METHOD(kernel_listener_t, roam, bool,
	kernel_listener_t *listener, bool address)
{
	private_gm_system_t *this;

	this = (private_gm_system_t*)((char*)listener -
								  offsetof(private_gm_system_t, listener));
	this->changed(this->user);
	return TRUE;
}

METHOD(gm_system_t, destroy, void,
	private_gm_system_t *this)
{
	charon->kernel->remove_listener(charon->kernel, &this->listener);
	free(this);
}

/*
 * Described in header
 */
gm_system_t *gm_system_create(void (*changed)(void *user), void *user)
{
	private_gm_system_t *this;

	INIT(this,
		.public = {
			.has_connection = _has_connection,
			.get_server = _get_server,
			.has_interface = _has_interface,
			.get_address = _get_address,
			.get_connections = _get_connections,
			.is_starting = _is_starting,
			.destroy = _destroy,
		},
		.listener = {
			.roam = _roam,
		},
		.changed = changed,
		.user = user,
	);
	charon->kernel->add_listener(charon->kernel, &this->listener);
	return &this->public;
}
