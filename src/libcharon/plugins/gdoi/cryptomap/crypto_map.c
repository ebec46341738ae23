/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "crypto_map.h"
#include "crypto_map_bpf.h"
#include "crypto_map_recorder.h"
#include "cm_netlink.h"
#include "cm_programs.h"
#include "cm_setup.h"
#include "shared_map.h"

/**
 * Create a crypto map that has its interface for itself.
 */
static crypto_map_t *create(const crypto_map_params_t *params)
{
	char *kind;

	kind = lib->settings->get_str(lib->settings, "%s.plugins.gdoi.crypto_map",
								  "bpf", lib->ns);
	if (streq(kind, "record"))
	{
		return crypto_map_recorder_create(params);
	}
	if (!streq(kind, "bpf"))
	{
		DBG1(DBG_CFG, "%s.plugins.gdoi.crypto_map: \"%s\" is neither bpf nor "
			 "record, using bpf", lib->ns, kind);
	}
	return crypto_map_bpf_create(params);
}

crypto_map_t *crypto_map_create(const crypto_map_params_t *params)
{
	return shared_map_create(params, create);
}

bool crypto_map_purge(const char *interface)
{
	u_int ifindex = cm_netlink_get_index(interface);

	if (ifindex)
	{
		cm_programs_purge(ifindex, interface);
	}
	return cm_setup_purge(interface, NULL);
}
