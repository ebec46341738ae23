/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_log.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * Described in header
 */
void gm_log(int severity, const char *mnemonic, const char *group,
			host_t *peer, const char *fmt, ...)
{
	gdoi_log_t *log = lib->get(lib, GDOI_LOG_NAME);
	char *text, address[64];
	va_list args;
	int len;

	if (!log)
	{
		return;
	}
	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
	{
		return;
	}
	if (peer)
	{
		snprintf(address, sizeof(address), "%H", peer);
	}
	log->log(log, severity, mnemonic, group, peer ? address : NULL, "%s", text);
	free(text);
}

/*
 * Described in header
 */
void gm_log_phase1(int severity, const char *mnemonic, const char *group,
				   gdoi_phase1_t *phase1, const char *fmt)
{
	host_t *other, *me;

	other = phase1->get_other_host(phase1);
	me = phase1->get_my_host(phase1);
	gm_log(severity, mnemonic, group, other, fmt, other, group, me);
	DESTROY_IF(other);
	DESTROY_IF(me);
}

/*
 * Described in header
 */
void gm_log_ks(int severity, const char *mnemonic, const char *group,
			   gdoi_phase1_t *phase1, const char *fmt, const char *detail)
{
	host_t *other;

	other = phase1->get_other_host(phase1);
	gm_log(severity, mnemonic, group, other, fmt, other, group, detail);
	DESTROY_IF(other);
}

/*
 * Described in header
 */
void gm_log_map(const char *group, const char *interface, bool attached)
{
	gm_log(5, attached ? "GM_CM_ATTACH" : "GM_CM_DETACH", group, NULL,
		   "Crypto map of group %s %s interface %s", group,
		   attached ? "attached to" : "detached from", interface);
}

/*
 * Described in header
 */
void gm_log_again(const char *group, const char *why)
{
	gm_log(5, "GM_RE_REGISTER", group, NULL, "IPsec SAs of group %s %s, "
		   "registering again", group, why);
}

/*
 * Described in header
 */
void gm_log_servers(const char *group, bool fail_close)
{
	if (fail_close)
	{
		gm_log(4, "GM_FAIL_CLOSE", group, NULL, "fail_close of group %s drops "
			   "packets to its key servers: none has an address as "
			   "remote_addrs of its connection", group);
	}
	else
	{
		gm_log(3, "GM_INCOMPLETE_CFG", group, NULL, "Registration: no key "
			   "server of group %s has a connection, load one of those in "
			   "servers", group);
	}
}

/*
 * Described in header
 */
void gm_log_waits(const char *group, const char *reason)
{
	gm_log(3, "GM_INTERFACE", group, NULL, "Group %s waits for its interface: "
		   "%s", group, reason);
}

/*
 * Described in header
 */
void gm_log_transport(const char *group, bool multicast)
{
	gm_log(5, multicast ? "GM_REKEY_TRANS_2_MULTI" : "GM_REKEY_TRANS_2_UNI",
		   group, NULL, "Group %s transitioned to %s rekeys", group,
		   multicast ? "multicast" : "unicast");
}
