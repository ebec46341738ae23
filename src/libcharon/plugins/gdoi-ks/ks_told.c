/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_told.h"

/**
 * Log a change of the transport
 */
static void log_transport(ks_config_t *told, ks_config_t *config,
						  gdoi_log_t *log)
{
	const char *name = config->group.name;
	bool multicast = config->rekey->address != NULL;

	if (!told->rekey->address == multicast)
	{
		log->log(log, 5, multicast ? "KS_REKEY_TRANS_2_MULTI" :
				 "KS_REKEY_TRANS_2_UNI", name, NULL, "Group %s transitioned "
				 "to %s rekeys", name, multicast ? "multicast" : "unicast");
	}
}

/**
 * Log a change of the direction
 */
static void log_direction(ks_config_t *config, gdoi_log_t *log)
{
	const char *name = config->group.name;

	log->log(log, 5, config->receive_only ? "KS_CONV_SAS_INGRESS" :
			 "KS_CONV_SAS_DUPLEX", name, NULL, "IPsec SAs of group %s have "
			 "been converted to %s mode", name,
			 config->receive_only ? "receive-only" : "bidirectional");
}

/*
 * Described in header
 */
void ks_told_log(ks_config_t *told, ks_config_t *config, gdoi_log_t *log)
{
	if (told->rekey && config->rekey)
	{
		log_transport(told, config, log);
	}
	if (told->receive_only != config->receive_only)
	{
		log_direction(config, log);
	}
}

/*
 * Described in header
 */
void ks_told_log_cut(ks_config_t *config, gdoi_log_t *log)
{
	const char *name = config->group.name;

	if (ks_config_acl_is_cut(&config->acl))
	{
		log->log(log, 4, "GDOI_ACL_NUM", name, NULL, "The access lists of "
				 "group %s have %u lines, the first %u are used (see "
				 "acl_limit)", name, config->acl.lines, config->acl.used);
	}
}
