/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "cm_ids.h"
#include "bpf/cm_shared.h"

#include <net/if.h>

/** XFRM interface IDs begin here, "GD" */
#define IF_ID_BASE 0x47440001

/** what an alias of ours begins with */
#define ALIAS_PREFIX "gdoi"

/**
 * Default anchors, documentation prefixes; the index is added to the host
 * part.
 */
static const char *defaults[] = {
	"192.0.2.%u",
	"198.51.100.%u",
	"2001:db8:6407::1:%x",
	"2001:db8:6407::2:%x",
};

/**
 * Clone an anchor or make the default one.
 */
static host_t *make_anchor(u_int kind, host_t *given, u_int index)
{
	int family = kind < 2 ? AF_INET : AF_INET6;
	char buf[64];

	if (given)
	{
		return given->get_family(given) == family ? given->clone(given) : NULL;
	}
	snprintf(buf, sizeof(buf), defaults[kind], index + 1);
	return host_create_from_string(buf, 0);
}

cm_ids_t *cm_ids_create(const crypto_map_params_t *params)
{
	host_t *given[] = {
		params->local4, params->remote4, params->local6, params->remote6,
	};
	bool good = TRUE;
	cm_ids_t *this;
	int i;

	if (!params->interface || !params->interface[0] ||
		strlen(params->interface) >= IFNAMSIZ ||
		params->index > CRYPTO_MAP_INDEX_MAX)
	{
		return NULL;
	}
	INIT(this,
		.group = strdup(params->group ?: ""),
		.interface = strdup(params->interface),
		.index = params->index,
		.if_id = IF_ID_BASE + params->index,
	);
	snprintf(this->link, sizeof(this->link), "gdoi%u", params->index);
	for (i = 0; i < countof(given); i++)
	{
		this->anchors[i] = make_anchor(i, given[i], params->index);
		good &= this->anchors[i] != NULL;
	}
	if (!good)
	{
		cm_ids_destroy(this);
		return NULL;
	}
	return this;
}

host_t *cm_ids_anchor(cm_ids_t *this, int family, bool local)
{
	return this->anchors[(family == AF_INET6 ? 2 : 0) + (local ? 0 : 1)];
}

mark_t cm_ids_mark(u_int sa, bool stamped)
{
	return (mark_t){
		.value = (stamped ? CM_MARK_STAMPED : CM_MARK_OUT) |
				 (sa % CM_SAS) << CM_MARK_SA_SHIFT,
		.mask = CM_MARK_MAGIC | CM_MARK_SA_MASK,
	};
}

char *cm_ids_print_alias(cm_ids_t *this, char *buf)
{
	snprintf(buf, CM_ALIAS_LEN, ALIAS_PREFIX " %s %H %H %H %H",
			 this->interface, this->anchors[0], this->anchors[1],
			 this->anchors[2], this->anchors[3]);
	return buf;
}

cm_ids_t *cm_ids_create_from_alias(u_int index, const char *alias)
{
	char iface[IFNAMSIZ] = "", addr[4][INET6_ADDRSTRLEN] = {};
	host_t *hosts[4] = {};
	cm_ids_t *this = NULL;
	bool good = TRUE;
	int i;

	if (sscanf(alias, ALIAS_PREFIX " %15s %45s %45s %45s %45s", iface,
			   addr[0], addr[1], addr[2], addr[3]) != 5)
	{
		return NULL;
	}
	for (i = 0; i < countof(hosts); i++)
	{
		hosts[i] = host_create_from_string(addr[i], 0);
		good &= hosts[i] != NULL;
	}
	if (good)
	{
		crypto_map_params_t params = {
			.interface = iface,
			.index = index,
			.local4 = hosts[0],
			.remote4 = hosts[1],
			.local6 = hosts[2],
			.remote6 = hosts[3],
		};

		this = cm_ids_create(&params);
	}
	for (i = 0; i < countof(hosts); i++)
	{
		DESTROY_IF(hosts[i]);
	}
	return this;
}

void cm_ids_destroy(cm_ids_t *this)
{
	int i;

	for (i = 0; i < countof(this->anchors); i++)
	{
		DESTROY_IF(this->anchors[i]);
	}
	free(this->group);
	free(this->interface);
	free(this);
}
