/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_admission.h"
#include "ks_deny.h"
#include "ks_group_log.h"
#include "ks_unable.h"

/** room for a printed identity in logs */
#define ID_TEXT_LEN 256

/**
 * Log that the member's identity is not authorised, LOG-014 and LOG-015
 */
static void log_unauthorized(const char *group, identification_t *id,
							 ks_authorization_t result, gdoi_log_t *log)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(id, text, sizeof(text));
	if (result == KS_UNAUTHORIZED_ADDRESS)
	{
		log->log(log, 1, "UNAUTHORIZED_IPADDR", group, text, "Group %s "
				 "received registration from unauthorized ip address: %s",
				 group, text);
	}
	else
	{
		log->log(log, 1, "UNAUTHORIZED_IDENTITY", group, text, "Group %s "
				 "received registration from unauthorized identity: %s",
				 group, text);
	}
}

/**
 * Log that the member came in by a connection that the group doesn't use
 */
static void log_connection(const char *group, identification_t *id,
						   const char *connection, gdoi_log_t *log)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(id, text, sizeof(text));
	log->log(log, 1, "KS_UNAUTHORIZED", group, text, "Unauthorized "
			 "registration to group %s by %s: connection %s is not one of the "
			 "group's", group, text, connection);
}

/*
 * Described in header
 */
bool ks_admission_check(ks_config_t *config, gdoi_phase1_t *phase1,
						gdoi_log_t *log)
{
	identification_t *id = phase1->get_other_id(phase1);
	const char *connection = phase1->get_connection(phase1);
	ks_authorization_t result;

	if (!ks_config_has_connection(config, connection))
	{
		log_connection(config->group.name, id, connection, log);
		return FALSE;
	}
	result = config->authorizer->check(config->authorizer, id);
	if (result != KS_AUTHORIZED)
	{
		log_unauthorized(config->group.name, id, result, log);
		return FALSE;
	}
	return TRUE;
}

/*
 * Described in header
 */
bool ks_admission_able(ks_config_t *config, u_int replays,
					   gdoi_phase1_t *phase1, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason)
{
	if (!ks_deny_admit(config, phase1, log))
	{
		*reason = strdup("can't be told of the access lists");
	}
	else if (!ks_unable_admit(config, replays, phase1, log))
	{
		*reason = strdup("can't do the replay protection");
	}
	else
	{
		return TRUE;
	}
	*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
	return FALSE;
}

/*
 * Described in header
 */
void ks_admission_full(ks_config_t *config, ks_members_t *members,
					   gdoi_phase1_t *phase1, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason)
{
	if (members->get_count(members) < config->max_members)
	{
		ks_group_log_counter(log, config->group.name, phase1);
		*reason = strdup("counters work with two members only");
	}
	else
	{
		ks_group_log_full(log, config, phase1);
		*reason = strdup("member table is full");
	}
	*notify = GDOI_NOTIFY_NO_PROPOSAL_CHOSEN;
}

/*
 * Described in header
 */
bool ks_admission_room(ks_config_t *config, ks_members_t *members,
					   gdoi_phase1_t *phase1, time_t now, gdoi_log_t *log,
					   gdoi_notify_t *notify, char **reason)
{
	host_t *other = phase1->get_other_host(phase1);
	bool room;

	room = members->has_room(members, phase1->get_other_id(phase1), other, now);
	other->destroy(other);
	if (!room)
	{
		ks_admission_full(config, members, phase1, log, notify, reason);
	}
	return room;
}
