/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_tek_list.h"

/** slack for members that switch to another generation, seconds */
#define SWITCH_SLACK 10

/*
 * Described in header
 */
ks_tek_entry_t *ks_tek_list_newest(linked_list_t *teks, const char *name,
								   u_int *count)
{
	ks_tek_entry_t *entry, *found = NULL;
	enumerator_t *enumerator;
	u_int number = 0;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (streq(entry->name, name))
		{
			found = entry;
			number++;
		}
	}
	enumerator->destroy(enumerator);
	if (count)
	{
		*count = number;
	}
	return found;
}

/*
 * Described in header
 */
void ks_tek_list_make_room(linked_list_t *teks, const char *name, u_int limit,
						   time_t now)
{
	ks_tek_entry_t *entry, *before = NULL, *last = NULL;
	enumerator_t *enumerator;
	u_int count = 0;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (streq(entry->name, name))
		{
			before = last;
			last = entry;
			count++;
		}
	}
	enumerator->destroy(enumerator);
	if (count >= limit && before && ks_key_remaining(before->end, now) >
		ks_tek_entry_switch(before) + SWITCH_SLACK)
	{
		last->ending = TRUE;
	}
}

/*
 * Described in header
 */
void ks_tek_list_align(linked_list_t *teks, ks_config_tek_t *section)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!streq(entry->name, section->name))
		{
			continue;
		}
		if (!ks_tek_entry_has_policy(entry, section))
		{	/* to be told of still, should this rekey fail */
			entry->untold = TRUE;
		}
		ks_tek_entry_set_policy(entry, section);
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void ks_tek_list_end(linked_list_t *teks, bool all)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		entry->ending = all || entry->unwanted;
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
u_int ks_tek_list_get_deletes(linked_list_t *teks, group_delete_t *deletes)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	u_int count = 0, all = 0;

	memset(deletes, 0, GROUP_REKEY_DELETES * sizeof(*deletes));
	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (entry->ending && all++ < GROUP_REKEY_DELETES)
		{
			deletes[count].protocol = PROTO_ESP;
			deletes[count++].spi = entry->tek->get(entry->tek)->spi;
		}
	}
	enumerator->destroy(enumerator);
	if (all > GROUP_REKEY_DELETES)
	{	/* so many are a replacement of all, or nearly */
		deletes[0].spi = 0;
		return 1;
	}
	return count;
}

/*
 * Described in header
 */
bool ks_tek_entry_is_given(ks_tek_entry_t *entry, ks_give_t give, time_t now)
{
	if (entry->end <= now || entry->unwanted || give == KS_GIVE_KEK)
	{
		return FALSE;
	}
	return give == KS_GIVE_NEW ? !entry->ending : !entry->staged;
}

/*
 * Described in header
 */
u_int ks_tek_list_get_replays(linked_list_t *teks, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	u_int replays = 0;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (ks_tek_entry_is_given(entry, KS_GIVE_LIVE, now) ||
			ks_tek_entry_is_given(entry, KS_GIVE_NEW, now))
		{
			replays |= 1 << entry->tek->get(entry->tek)->replay;
		}
	}
	enumerator->destroy(enumerator);
	return replays;
}

/*
 * Described in header
 */
uint32_t ks_tek_list_get_tick(linked_list_t *teks, ks_give_t give, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	uint32_t tick = 0;

	give = give == KS_GIVE_KEK ? KS_GIVE_NEW : give;
	enumerator = teks->create_enumerator(teks);
	while (!tick && enumerator->enumerate(enumerator, &entry))
	{
		if (ks_tek_entry_is_given(entry, give, now) &&
			entry->tek->get(entry->tek)->replay == GROUP_REPLAY_TIME)
		{
			tick = entry->layout;
		}
	}
	enumerator->destroy(enumerator);
	return tick;
}

/**
 * Add a TEK to a policy, with what concerns all that are like it
 */
static void give_tek(ks_tek_entry_t *entry, group_policy_t *policy, time_t now)
{
	const group_tek_data_t *data = entry->tek->get(entry->tek);
	uint32_t remaining = ks_key_remaining(entry->end, now);

	policy->add_tek(policy, entry->tek->with_lifetime(entry->tek, remaining));
	if (data->replay == GROUP_REPLAY_D3P)
	{	/* D3P-004 */
		policy->set_d3p(policy, entry->layout, data->replay_window);
	}
}

/**
 * Add the TEKs of one place to a policy, in order of creation
 *
 * @param next			set to the next place that there is, if it is higher;
 *						unchanged otherwise
 * @return				TRUE if there were any
 */
static bool give_place(linked_list_t *teks, u_int place, ks_give_t give,
					   group_policy_t *policy, time_t now, u_int *next)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	bool given = FALSE;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!ks_tek_entry_is_given(entry, give, now))
		{
			continue;
		}
		if (entry->place == place)
		{
			give_tek(entry, policy, now);
			given = TRUE;
		}
		else if (entry->place > place)
		{
			*next = min(*next, entry->place);
		}
	}
	enumerator->destroy(enumerator);
	return given;
}

/*
 * Described in header
 */
bool ks_tek_list_give(linked_list_t *teks, ks_give_t give,
					  group_policy_t *policy, time_t now)
{
	u_int place = 0, next;
	bool given = FALSE;

	while (place != UINT_MAX)
	{
		next = UINT_MAX;
		given = give_place(teks, place, give, policy, now, &next) || given;
		place = next;
	}
	return given;
}

/**
 * Do members send by the next generation already?
 */
static bool is_left(ks_tek_entry_t *entry, time_t now)
{
	return ks_key_remaining(entry->end, now) <= ks_tek_entry_switch(entry);
}

/**
 * Word for the state of a generation
 */
static const char *tek_state(linked_list_t *teks, ks_tek_entry_t *entry,
							 time_t now)
{
	ks_tek_entry_t *current, *before = NULL, *last = NULL;
	enumerator_t *enumerator;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (streq(current->name, entry->name))
		{
			before = current == entry ? last : before;
			last = current;
		}
	}
	enumerator->destroy(enumerator);
	if (before && !is_left(before, now))
	{
		return "NEXT";
	}
	return last != entry && is_left(entry, now) ? "OLD" : "CURRENT";
}

/*
 * Described in header
 */
void ks_tek_list_describe(linked_list_t *teks, linked_list_t *list, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	ks_key_info_t *info;

	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->staged)
		{
			info = ks_tek_entry_describe(entry, tek_state(teks, entry, now),
										 now);
			if (entry != ks_tek_list_newest(teks, entry->name, NULL))
			{
				info->replaced = 0;
			}
			list->insert_last(list, info);
		}
	}
	enumerator->destroy(enumerator);
}
