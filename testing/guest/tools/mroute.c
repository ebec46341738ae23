/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file mroute.c
 * Static multicast routes for a network namespace, while the program runs.
 *
 * mroute "IIF SOURCE GROUP OIF[,OIF...]" ...
 *
 * MROUTE_TABLE in the environment is the table of the VRF that the interfaces
 * are in.
 *
 * The kernel takes multicast forwarding entries only from the process that
 * holds the multicast routing socket; iproute2 can show them but not add them.
 * Prints "ready" once all routes are in, then sleeps until it is killed, which
 * removes them. IPv4 and IPv6 entries can be mixed.
 */

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>

/** Interfaces one namespace can have here, the kernel's MAXVIFS */
#define MAX_IFACES 32

/**
 * One address family's routing socket and the interfaces it knows.
 */
typedef struct {
	/** AF_INET or AF_INET6 */
	int family;
	/** routing socket, -1 until the first route */
	int fd;
	/** interface indices, position is the kernel's vif/mif number */
	unsigned int ifaces[MAX_IFACES];
	/** number of ifaces */
	int count;
} table_t;

/**
 * One parsed command line argument.
 */
typedef struct {
	char iif[IF_NAMESIZE];
	char source[64];
	char group[64];
	char oifs[256];
} route_t;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/**
 * Open the routing socket of a family, once.
 */
static void open_table(table_t *this)
{
	char *name = getenv("MROUTE_TABLE");
	uint32_t table = name ? strtoul(name, NULL, 10) : 0;
	int on = 1;

	if (this->fd >= 0)
	{
		return;
	}
	if (this->family == AF_INET)
	{
		this->fd = socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
		if (this->fd < 0 ||
			(table && setsockopt(this->fd, IPPROTO_IP, MRT_TABLE, &table,
								 sizeof(table))) ||
			setsockopt(this->fd, IPPROTO_IP, MRT_INIT, &on, sizeof(on)))
		{
			die("MRT_INIT");
		}
		return;
	}
	this->fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	if (this->fd < 0 ||
		(table && setsockopt(this->fd, IPPROTO_IPV6, MRT6_TABLE, &table,
							 sizeof(table))) ||
		setsockopt(this->fd, IPPROTO_IPV6, MRT6_INIT, &on, sizeof(on)))
	{
		die("MRT6_INIT");
	}
}

/**
 * Tell the kernel about an interface.
 */
static void add_iface(table_t *this, int vif, unsigned int ifindex)
{
	struct vifctl v4 = {
		.vifc_vifi = vif,
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_threshold = 1,
		.vifc_lcl_ifindex = ifindex,
	};
	struct mif6ctl v6 = {
		.mif6c_mifi = vif,
		.vifc_threshold = 1,
		.mif6c_pifi = ifindex,
	};
	int failed;

	if (this->family == AF_INET)
	{
		failed = setsockopt(this->fd, IPPROTO_IP, MRT_ADD_VIF,
							&v4, sizeof(v4));
	}
	else
	{
		failed = setsockopt(this->fd, IPPROTO_IPV6, MRT6_ADD_MIF,
							&v6, sizeof(v6));
	}
	if (failed)
	{
		die("adding an interface");
	}
}

/**
 * Get the kernel's number of an interface, adding it when new.
 */
static int get_vif(table_t *this, const char *name)
{
	unsigned int ifindex = if_nametoindex(name);
	int i;

	if (!ifindex)
	{
		die(name);
	}
	for (i = 0; i < this->count; i++)
	{
		if (this->ifaces[i] == ifindex)
		{
			return i;
		}
	}
	if (this->count == MAX_IFACES)
	{
		fprintf(stderr, "too many interfaces\n");
		exit(1);
	}
	add_iface(this, this->count, ifindex);
	this->ifaces[this->count] = ifindex;
	return this->count++;
}

/**
 * Install an IPv4 route.
 */
static void add_route4(table_t *this, route_t *route)
{
	struct mfcctl mfc = {};
	char *oif, *save = NULL;

	mfc.mfcc_parent = get_vif(this, route->iif);
	inet_pton(AF_INET, route->source, &mfc.mfcc_origin);
	inet_pton(AF_INET, route->group, &mfc.mfcc_mcastgrp);
	for (oif = strtok_r(route->oifs, ",", &save); oif;
		 oif = strtok_r(NULL, ",", &save))
	{
		mfc.mfcc_ttls[get_vif(this, oif)] = 1;
	}
	if (setsockopt(this->fd, IPPROTO_IP, MRT_ADD_MFC, &mfc, sizeof(mfc)))
	{
		die("MRT_ADD_MFC");
	}
}

/**
 * Install an IPv6 route.
 */
static void add_route6(table_t *this, route_t *route)
{
	struct mf6cctl mfc = {};
	char *oif, *save = NULL;

	mfc.mf6cc_parent = get_vif(this, route->iif);
	mfc.mf6cc_origin.sin6_family = AF_INET6;
	mfc.mf6cc_mcastgrp.sin6_family = AF_INET6;
	inet_pton(AF_INET6, route->source, &mfc.mf6cc_origin.sin6_addr);
	inet_pton(AF_INET6, route->group, &mfc.mf6cc_mcastgrp.sin6_addr);
	for (oif = strtok_r(route->oifs, ",", &save); oif;
		 oif = strtok_r(NULL, ",", &save))
	{
		IF_SET(get_vif(this, oif), &mfc.mf6cc_ifset);
	}
	if (setsockopt(this->fd, IPPROTO_IPV6, MRT6_ADD_MFC, &mfc, sizeof(mfc)))
	{
		die("MRT6_ADD_MFC");
	}
}

int main(int argc, char *argv[])
{
	table_t v4 = { .family = AF_INET, .fd = -1 };
	table_t v6 = { .family = AF_INET6, .fd = -1 };
	table_t *table;
	route_t route;
	int i;

	for (i = 1; i < argc; i++)
	{
		if (sscanf(argv[i], "%15s %63s %63s %255s", route.iif, route.source,
				   route.group, route.oifs) != 4)
		{
			fprintf(stderr, "not a route: %s\n", argv[i]);
			return 1;
		}
		table = strchr(route.group, ':') ? &v6 : &v4;
		open_table(table);
		if (table == &v6)
		{
			add_route6(table, &route);
		}
		else
		{
			add_route4(table, &route);
		}
	}
	printf("ready\n");
	fflush(stdout);
	while (1)
	{
		pause();
	}
}
