/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_group_log.h"

/** room for a printed identity */
#define ID_TEXT_LEN 256

/*
 * Described in header
 */
void ks_group_log_full(gdoi_log_t *log, ks_config_t *config,
					   gdoi_phase1_t *phase1)
{
	const char *name = config->group.name;
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(phase1->get_other_id(phase1), text, sizeof(text));
	log->log(log, 3, "KS_MEMBERS_FULL", name, text,
			 "Group %s has %u members already, registration of %s is "
			 "refused (see max_members)", name, config->max_members, text);
}

/*
 * Described in header
 */
void ks_group_log_counter(gdoi_log_t *log, const char *name,
						  gdoi_phase1_t *phase1)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(phase1->get_other_id(phase1), text, sizeof(text));
	log->log(log, 3, "KS_COUNTER_MEMBERS", name, text, "Group %s has replay "
			 "counters, which work with %d members that send: registration of "
			 "%s is refused (see replay)", name, KS_COUNTER_MEMBERS_MAX, text);
}

/*
 * Described in header
 */
void ks_group_log_keyless(gdoi_log_t *log, const char *name,
						  gdoi_phase1_t *phase1)
{
	char text[ID_TEXT_LEN];

	ks_authorizer_print_id(phase1->get_other_id(phase1), text, sizeof(text));
	log->log(log, 3, "KS_NO_KEYS", name, text, "Group %s has no keys to give, "
			 "registration of %s is refused", name, text);
}

/*
 * Described in header
 */
void ks_group_log_registered(gdoi_log_t *log, const char *name,
							 gdoi_phase1_t *phase1, host_t *member, bool first)
{
	char text[64];
	host_t *me;

	snprintf(text, sizeof(text), "%H", member);
	if (first)
	{
		log->log(log, 6, "KS_FIRST_GM", name, text,
				 "First member %s joins group %s", text, name);
	}
	me = phase1->get_my_host(phase1);
	log->log(log, 5, "KS_REGG_COMPL", name, text,
			 "Registration of member %s (%Y) complete for group %s "
			 "using address %H", text, phase1->get_other_id(phase1), name, me);
	me->destroy(me);
}

/*
 * Described in header
 */
void ks_group_log_last(gdoi_log_t *log, const char *name, ks_member_t *last)
{
	host_t *host = ks_member_get_host(last);
	char text[64];

	snprintf(text, sizeof(text), "%H", host);
	log->log(log, 6, "KS_LAST_GM", name, text, "Last member %s left group %s",
			 text, name);
	host->destroy(host);
}

/*
 * Described in header
 */
void ks_group_log_failed(gdoi_log_t *log, const char *name, const char *reason)
{
	log->log(log, 3, "KS_REKEY_FAILED", name, NULL, "Rekey of group %s failed: "
			 "%s", name, reason ?: "there is no memory or randomness");
}
