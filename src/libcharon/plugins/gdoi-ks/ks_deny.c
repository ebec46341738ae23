/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_deny.h"
#include "ks_roll.h"

/** room for a printed identity or address */
#define TEXT_LEN 256

/**
 * Why a member can't be told
 */
static const char *get_reason(ks_config_t *config)
{
	return config->acl.fits ? "deny lines" : "so many lines";
}

/**
 * What a member that announced something is told
 */
static ks_told_t get_told(ks_config_t *config, uint8_t features)
{
	return ks_config_acl_told(&config->acl, ks_peer(features));
}

/*
 * Described in header
 */
bool ks_deny_admit(ks_config_t *config, gdoi_phase1_t *phase1,
				   gdoi_log_t *log)
{
	const char *group = config->group.name;
	char id[TEXT_LEN];
	host_t *host;

	if (get_told(config, phase1->get_features(phase1)) != KS_TOLD_NOT)
	{
		return TRUE;
	}
	ks_authorizer_print_id(phase1->get_other_id(phase1), id, sizeof(id));
	host = phase1->get_other_host(phase1);
	log->log(log, 3, "KS_DENY_UNSUPPORTED", group, id, "Registration of %s "
			 "(%H) to group %s is refused: the access lists have %s, which it "
			 "can't be told of (see deny_lines)", id, host, group,
			 get_reason(config));
	host->destroy(host);
	return FALSE;
}

/**
 * Has a policy lines that deny?
 */
static bool has_deny(group_policy_t *policy)
{
	enumerator_t *teks, *lines;
	bool found = FALSE;
	group_acl_t *acl;
	group_ace_t *ace;
	group_tek_t *tek;

	teks = policy->create_tek_enumerator(policy);
	while (!found && teks->enumerate(teks, &tek))
	{
		acl = tek->get(tek)->acl;
		lines = acl->create_enumerator(acl);
		while (!found && lines->enumerate(lines, &ace))
		{
			found = ace->action == GROUP_ACE_DENY;
		}
		lines->destroy(lines);
	}
	teks->destroy(teks);
	return found;
}

/*
 * Described in header
 */
group_acl_form_t ks_deny_form(ks_config_t *config, ks_peer_t peer,
							  group_policy_t *policy)
{
	group_acl_form_t form = ks_config_acl_form(&config->acl, peer);

	return peer == KS_PEER_NATIVE && form == GROUP_ACL_STRICT &&
		   has_deny(policy) ? GROUP_ACL_LISTS : form;
}

/*
 * Described in header
 */
void ks_deny_warn(ks_config_t *config, gdoi_phase1_t *phase1, gdoi_log_t *log)
{
	const char *group = config->group.name;
	char id[TEXT_LEN];
	host_t *host;

	if (get_told(config, phase1->get_features(phase1)) == KS_TOLD_PERMITS)
	{
		ks_authorizer_print_id(phase1->get_other_id(phase1), id, sizeof(id));
		host = phase1->get_other_host(phase1);
		log->log(log, 4, "KS_DENY_IGNORED", group, id, "Member %s (%H) of "
				 "group %s got the permit lines only, it can't be told of deny "
				 "lines", id, host, group);
		host->destroy(host);
	}
}

/**
 * What goes through all members
 */
typedef struct {
	/** members */
	ks_members_t *members;
	/** configuration that they are told */
	ks_config_t *config;
	/** operator's log */
	gdoi_log_t *log;
	/** those that can't be told are removed */
	bool removing;
	/** members that can't be told */
	u_int count;
} sweep_t;

/**
 * Log what becomes of a member with a rekey, and remove it if need be;
 * implements the callback of ks_roll_each()
 */
static void leave_out(void *user, const ks_target_t *target)
{
	const char *group, *reason;
	char peer[KS_ROLL_ADDRESS_LEN];
	sweep_t *this = user;

	if (ks_peer(target->features) == KS_PEER_NATIVE)
	{
		return;
	}
	group = this->config->group.name;
	reason = get_reason(this->config);
	ks_roll_print(target, peer);
	this->count++;
	if (this->removing)
	{
		free(this->members->remove(this->members, target->number));
		this->log->log(this->log, 3, "KS_DENY_UNSUPPORTED", group, peer,
					   "Member %s of group %s is removed: the access lists "
					   "have %s now, which it can't be told of (see "
					   "deny_lines)", peer, group, reason);
	}
	else
	{
		this->log->log(this->log, 4, "KS_DENY_IGNORED", group, peer, "Member "
					   "%s of group %s gets the permit lines only, it can't "
					   "be told of deny lines", peer, group);
	}
}

/*
 * Described in header
 */
u_int ks_deny_leave_out(ks_members_t *members, ks_config_t *told,
						ks_config_t *config, gdoi_log_t *log)
{
	ks_told_t present = ks_config_acl_told(&config->acl, KS_PEER_OTHER);
	sweep_t sweep = {
		.members = members,
		.config = config,
		.log = log,
		.removing = present == KS_TOLD_NOT,
	};

	if (!sweep.removing &&
		present == ks_config_acl_told(&told->acl, KS_PEER_OTHER))
	{
		return 0;
	}
	if (present != KS_TOLD_ALL)
	{
		ks_roll_each(members, leave_out, &sweep);
	}
	return sweep.removing ? sweep.count : 0;
}

/**
 * Count a member; implements the callback of ks_roll_each()
 */
static void count_other(void *user, const ks_target_t *target)
{
	u_int *count = user;

	*count += ks_peer(target->features) != KS_PEER_NATIVE;
}

/*
 * Described in header
 */
u_int ks_deny_count(ks_members_t *members, ks_config_t *config)
{
	u_int count = 0;

	if (ks_config_acl_told(&config->acl, KS_PEER_OTHER) == KS_TOLD_PERMITS)
	{
		ks_roll_each(members, count_other, &count);
	}
	return count;
}
