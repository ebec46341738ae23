/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_roll.h"
#include "ks_status.h"

/** records copied at a time */
#define CHUNK 64

/*
 * Described in header
 */
void ks_roll_each(ks_members_t *members,
				  void (*each)(void *user, const ks_target_t *target),
				  void *user)
{
	ks_target_t targets[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = members->get_targets(members, after, FALSE, targets,
										 CHUNK)))
	{
		after = targets[count - 1].number;
		for (i = 0; i < count; i++)
		{
			each(user, &targets[i]);
		}
	}
}

/*
 * Described in header
 */
char *ks_roll_print(const ks_target_t *target, char *buf)
{
	size_t len = target->family == AF_INET ? 4 : 16;
	host_t *host;

	host = host_create_from_chunk(target->family,
					chunk_create((u_char*)target->address, len), target->port);
	snprintf(buf, KS_ROLL_ADDRESS_LEN, "%H", host);
	host->destroy(host);
	return buf;
}

/*
 * Described in header
 */
void ks_roll_kinds(ks_members_t *members, bool kinds[KS_FANOUT_VARIANTS])
{
	ks_target_t targets[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	kinds[0] = kinds[1] = FALSE;
	while (!(kinds[0] && kinds[1]) &&
		   (count = members->get_targets(members, after, FALSE, targets,
										 CHUNK)))
	{
		after = targets[count - 1].number;
		for (i = 0; i < count; i++)
		{
			kinds[ks_peer(targets[i].features) != KS_PEER_NATIVE] = TRUE;
		}
	}
}

/**
 * Log that a member is removed as it does not acknowledge, LOG-154
 */
static void log_ejected(gdoi_log_t *log, const char *group,
						ks_member_t *member)
{
	host_t *host = ks_member_get_host(member);
	char peer[64];

	snprintf(peer, sizeof(peer), "%H", host);
	host->destroy(host);
	log->log(log, 4, "KS_NACK_GM_EJECT", group, peer, "Member %s of group %s "
			 "was ejected: it has not acknowledged %u rekeys in a row", peer,
			 group, member->missed);
}

/*
 * Described in header
 */
u_int ks_roll_eject(ks_members_t *members, u_int threshold, time_t now,
					gdoi_log_t *log, const char *group)
{
	linked_list_t *ejected;
	ks_member_t *member;
	u_int count = 0;

	ejected = members->end_rekey(members, threshold, now);
	while (ejected->remove_first(ejected, (void**)&member) == SUCCESS)
	{
		count++;
		log_ejected(log, group, member);
		free(member);
	}
	ejected->destroy(ejected);
	return count;
}

/**
 * Is a record to be removed?
 *
 * @param data			what to compare with
 */
typedef bool (*match_t)(ks_member_t *member, const void *data);

/**
 * Remove the records that a function picks
 */
static u_int remove_matching(ks_members_t *members, match_t match,
							 const void *data)
{
	ks_member_t *rows[CHUNK], *removed;
	uint64_t after = 0;
	u_int count, i, found = 0;

	while ((count = members->snapshot(members, after, rows, CHUNK)))
	{
		after = rows[count - 1]->number;
		for (i = 0; i < count; i++)
		{
			if (match(rows[i], data))
			{
				removed = members->remove(members, rows[i]->number);
				found += removed != NULL;
				free(removed);
			}
			free(rows[i]);
		}
	}
	return found;
}

/**
 * Has a member not registered since a time?
 */
static bool is_stale(ks_member_t *member, const void *data)
{
	return member->last < *(const time_t*)data;
}

/*
 * Described in header
 */
void ks_roll_forget(ks_members_t *members, time_t since)
{
	remove_matching(members, is_stale, &since);
}

/**
 * Has a member this identity or address?
 */
static bool is_named(ks_member_t *member, const void *data)
{
	return ks_status_member_is(member, data);
}

/*
 * Described in header
 */
u_int ks_roll_remove(ks_members_t *members, const char *id)
{
	return remove_matching(members, is_named, id);
}

/*
 * Described in header
 */
bool ks_roll_find(ks_members_t *members, host_t *host, ks_target_t *target)
{
	chunk_t address = host->get_address(host);
	ks_target_t targets[CHUNK];
	uint64_t after = 0;
	u_int count, i;

	while ((count = members->get_targets(members, after, FALSE, targets,
										 CHUNK)))
	{
		after = targets[count - 1].number;
		for (i = 0; i < count; i++)
		{
			if (targets[i].port == host->get_port(host) &&
				targets[i].family == host->get_family(host) &&
				memeq(targets[i].address, address.ptr, address.len))
			{
				*target = targets[i];
				return TRUE;
			}
		}
	}
	return FALSE;
}

/**
 * Seconds until the last key of a policy ends
 */
static uint32_t policy_lifetime(group_policy_t *policy)
{
	enumerator_t *enumerator;
	uint32_t lifetime = 0;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		lifetime = max(lifetime, tek->get(tek)->lifetime);
	}
	enumerator->destroy(enumerator);
	return lifetime;
}

/*
 * Described in header
 */
ks_members_result_t ks_roll_add(ks_members_t *members, gdoi_phase1_t *phase1,
								group_policy_t *policy,
								const ks_sid_lease_t *sids, time_t now)
{
	ks_members_result_t result;
	host_t *me, *other;

	me = phase1->get_my_host(phase1);
	other = phase1->get_other_host(phase1);
	result = members->add(members, phase1->get_other_id(phase1), other, me,
						  phase1->get_features(phase1), now,
						  now + policy_lifetime(policy), sids);
	me->destroy(me);
	other->destroy(other);
	return result;
}
