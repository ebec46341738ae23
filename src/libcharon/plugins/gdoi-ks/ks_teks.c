/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_teks.h"
#include "ks_schedule.h"
#include "ks_tek_list.h"

typedef struct private_ks_teks_t private_ks_teks_t;

/**
 * Private data
 */
struct private_ks_teks_t {

	/**
	 * Public interface
	 */
	ks_teks_t public;

	/**
	 * SPIs of the server
	 */
	ks_spis_t *spis;

	/**
	 * Generations in order of creation, ks_tek_entry_t*
	 */
	linked_list_t *teks;

	/**
	 * There were some once
	 */
	bool started;
};

/**
 * End a generation, giving back its SPI
 */
static void end_tek(private_ks_teks_t *this, ks_tek_entry_t *entry)
{
	this->spis->release(this->spis, entry->tek->get(entry->tek)->spi);
	ks_tek_entry_destroy(entry);
}

/**
 * Remove the generations that a function picks
 */
static void remove_teks(private_ks_teks_t *this,
						bool (*pick)(ks_tek_entry_t*, time_t), time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (pick(entry, now))
		{
			this->teks->remove_at(this->teks, enumerator);
			end_tek(this, entry);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Is a generation over?
 */
static bool is_over(ks_tek_entry_t *entry, time_t now)
{
	return entry->end <= now;
}

/**
 * Can a generation, that members can't be told of, go at once?
 */
static bool is_unwanted(ks_tek_entry_t *entry, time_t now)
{
	return entry->unwanted;
}

/**
 * Does a generation end with the rekey?
 */
static bool is_ending(ks_tek_entry_t *entry, time_t now)
{
	return entry->ending;
}

/**
 * Was a generation made for the rekey?
 */
static bool is_staged(ks_tek_entry_t *entry, time_t now)
{
	return entry->staged;
}

/**
 * How long before its end a TEK needs a successor. Without rekeys members
 * have to find it when they register again.
 */
static uint32_t tek_lead(ks_config_t *config, uint32_t lifetime,
						 u_int members)
{
	return config->rekey ? rekey_schedule_tek_lead(&config->rekey->schedule,
												   lifetime, members)
						 : ks_schedule_tek_lead(lifetime);
}

/**
 * Note at which place of the policy a generation's list is, which decides where
 * lists overlap: members have to be told of another order (ACL-011)
 */
static void set_place(ks_config_t *config, ks_tek_entry_t *entry,
					  u_int place)
{
	if (entry->place && place && place != entry->place)
	{
		entry->untold = config->kek != NULL;
	}
	entry->place = place;
}

/**
 * Find out when keys are due, and which are not configured any longer. A
 * configured lifetime that got shorter also makes the time shorter that two
 * generations live.
 */
static void inspect(private_ks_teks_t *this, ks_config_t *config,
					u_int members)
{
	ks_config_tek_t *section;
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	uint32_t lifetime;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		section = ks_config_find_tek(config, entry->name);
		entry->unwanted = !section ||
						  (!config->kek &&
						   ks_tek_entry_excludes(entry, section));
		set_place(config, entry, section ? section->place : 0);
		lifetime = entry->tek->get(entry->tek)->lifetime;
		if (section)
		{
			lifetime = min(lifetime, section->lifetime);
		}
		entry->lead = tek_lead(config, lifetime, members);
	}
	enumerator->destroy(enumerator);
}

/**
 * Make a generation of a TEK
 */
static ks_tek_entry_t *add_tek(private_ks_teks_t *this,
							   ks_config_tek_t *config, time_t now)
{
	ks_tek_entry_t *entry;
	uint32_t spi;

	if (!this->spis->alloc(this->spis, &spi))
	{
		return NULL;
	}
	entry = ks_tek_entry_create(config, spi, now);
	if (!entry)
	{
		this->spis->release(this->spis, spi);
		return NULL;
	}
	this->teks->insert_last(this->teks, entry);
	return entry;
}

/**
 * Make the generations without which there is nothing to give, and in a group
 * without rekeys those that are due
 */
static bool update_teks(private_ks_teks_t *this, ks_config_t *config,
						time_t now)
{
	ks_tek_entry_t *entry, *added;
	enumerator_t *enumerator;
	ks_config_tek_t *section;
	bool ok = TRUE;

	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &section))
	{
		entry = ks_tek_list_newest(this->teks, section->name, NULL);
		if (entry && (config->kek || ks_key_due(entry->end, entry->lead, now)))
		{
			continue;
		}
		added = add_tek(this, section, now);
		if (added)
		{
			added->untold = config->kek && this->started;
		}
		ok = ok && (entry || added);
	}
	enumerator->destroy(enumerator);
	return ok;
}

METHOD(ks_teks_t, update, bool,
	private_ks_teks_t *this, ks_config_t *config, u_int members, time_t now)
{
	bool ok;

	remove_teks(this, is_over, now);
	inspect(this, config, members);
	if (!config->kek)
	{
		remove_teks(this, is_unwanted, now);
	}
	ok = update_teks(this, config, now);
	inspect(this, config, members);
	this->started = TRUE;
	return ok;
}

METHOD(ks_teks_t, get_needs, u_int,
	private_ks_teks_t *this, ks_config_t *config, time_t now)
{
	enumerator_t *enumerator;
	ks_config_tek_t *section;
	ks_tek_entry_t *entry;
	u_int needs = 0;

	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &section))
	{
		entry = ks_tek_list_newest(this->teks, section->name, NULL);
		if (!entry || !ks_tek_entry_matches(entry, section) ||
			ks_key_remaining(entry->end, now) <= entry->lead)
		{
			needs |= KS_NEED_TEK;
		}
	}
	enumerator->destroy(enumerator);
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		section = ks_config_find_tek(config, entry->name);
		if (entry->unwanted || entry->untold)
		{
			needs |= KS_NEED_TELL;
		}
		if (section && ks_tek_entry_excludes(entry, section))
		{
			needs |= KS_NEED_REPLACE;
		}
	}
	enumerator->destroy(enumerator);
	return needs;
}

METHOD(ks_teks_t, get_due, uint32_t,
	private_ks_teks_t *this, time_t now)
{
	uint32_t due = UINT32_MAX;
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->unwanted &&
			entry == ks_tek_list_newest(this->teks, entry->name, NULL))
		{
			due = min(due, ks_key_due(entry->end, entry->lead, now));
		}
	}
	enumerator->destroy(enumerator);
	return due;
}

/**
 * Does a section need a new generation with a rekey?
 */
static bool wants_tek(private_ks_teks_t *this, ks_config_tek_t *section,
					  u_int what, time_t now)
{
	ks_tek_entry_t *entry;
	u_int count;

	entry = ks_tek_list_newest(this->teks, section->name, &count);
	return !entry || (what & (KS_STAGE_TEKS | KS_STAGE_REPLACE)) ||
		   !ks_tek_entry_matches(entry, section) ||
		   /* KS-018, but one that nobody sends by yet is new enough */
		   ((what & KS_STAGE_KEK) && count < 2) ||
		   rekey_schedule_combines(ks_schedule_stretch(
				ks_key_due(entry->end, entry->lead, now), section->lifetime));
}

METHOD(ks_teks_t, discard, void,
	private_ks_teks_t *this)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	remove_teks(this, is_staged, 0);
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		entry->ending = FALSE;
	}
	enumerator->destroy(enumerator);
}

/**
 * Make the generations that a rekey brings
 */
static bool stage_teks(private_ks_teks_t *this, ks_config_t *config,
					   u_int what, time_t now)
{
	u_int limit = ks_config_max_generations(config);
	enumerator_t *enumerator;
	ks_config_tek_t *section;
	ks_tek_entry_t *entry;
	bool ok = TRUE;

	enumerator = config->teks->create_enumerator(config->teks);
	while (ok && enumerator->enumerate(enumerator, &section))
	{
		if (wants_tek(this, section, what, now))
		{
			ks_tek_list_make_room(this->teks, section->name, limit,
								  now);
			entry = add_tek(this, section, now);
			ok = entry != NULL;
			if (ok)
			{
				entry->staged = TRUE;
			}
		}
	}
	enumerator->destroy(enumerator);
	return ok;
}

METHOD(ks_teks_t, stage, bool,
	private_ks_teks_t *this, ks_config_t *config, u_int what, time_t now)
{
	ks_config_tek_t *section;
	enumerator_t *enumerator;

	ks_tek_list_end(this->teks, what & KS_STAGE_REPLACE);
	if (!(what & KS_STAGE_NO_TEKS) && !stage_teks(this, config, what, now))
	{
		return FALSE;
	}
	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &section))
	{
		ks_tek_list_align(this->teks, section);
	}
	enumerator->destroy(enumerator);
	return TRUE;
}

METHOD(ks_teks_t, get_deletes, u_int,
	private_ks_teks_t *this, group_delete_t *deletes)
{
	return ks_tek_list_get_deletes(this->teks, deletes);
}

METHOD(ks_teks_t, commit, void,
	private_ks_teks_t *this)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	remove_teks(this, is_ending, 0);
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		entry->staged = FALSE;
		entry->untold = FALSE;
	}
	enumerator->destroy(enumerator);
}

METHOD(ks_teks_t, cut, void,
	private_ks_teks_t *this, uint32_t seconds, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->staged)
		{
			entry->end = min(entry->end, now + (time_t)seconds);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(ks_teks_t, give_, bool,
	private_ks_teks_t *this, ks_give_t give, group_policy_t *policy,
	time_t now)
{
	return ks_tek_list_give(this->teks, give, policy, now);
}

METHOD(ks_teks_t, get_replays, u_int,
	private_ks_teks_t *this, time_t now)
{
	return ks_tek_list_get_replays(this->teks, now);
}

METHOD(ks_teks_t, get_tick, uint32_t,
	private_ks_teks_t *this, ks_give_t give, time_t now)
{
	return ks_tek_list_get_tick(this->teks, give, now);
}

METHOD(ks_teks_t, get_end, time_t,
	private_ks_teks_t *this, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;
	time_t end = now;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (ks_tek_entry_is_given(entry, KS_GIVE_LIVE, now))
		{
			end = max(end, entry->end);
		}
	}
	enumerator->destroy(enumerator);
	return end;
}

METHOD(ks_teks_t, describe, void,
	private_ks_teks_t *this, linked_list_t *list, time_t now)
{
	ks_tek_list_describe(this->teks, list, now);
}

METHOD(ks_teks_t, get_state, void,
	private_ks_teks_t *this, ks_state_t *state, time_t now)
{
	enumerator_t *enumerator;
	ks_tek_entry_t *entry;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->staged && entry->end > now)
		{
			state->teks->insert_last(state->teks,
									 ks_tek_entry_get_state(entry, now));
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Wipe all
 */
static void clear(private_ks_teks_t *this)
{
	ks_tek_entry_t *entry;

	while (this->teks->remove_last(this->teks, (void**)&entry) == SUCCESS)
	{
		end_tek(this, entry);
	}
}

METHOD(ks_teks_t, set_state, void,
	private_ks_teks_t *this, ks_state_t *state, time_t now)
{
	enumerator_t *enumerator;
	ks_state_tek_t *tek;

	clear(this);
	enumerator = state->teks->create_enumerator(state->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->age < tek->tek->get(tek->tek)->lifetime &&
			this->spis->reserve(this->spis, tek->tek->get(tek->tek)->spi))
		{
			this->teks->insert_last(this->teks,
									ks_tek_entry_restore(tek, now));
		}
	}
	enumerator->destroy(enumerator);
	this->started = TRUE;
}

METHOD(ks_teks_t, destroy, void,
	private_ks_teks_t *this)
{
	clear(this);
	this->teks->destroy(this->teks);
	free(this);
}

/*
 * Described in header
 */
ks_teks_t *ks_teks_create(ks_spis_t *spis)
{
	private_ks_teks_t *this;

	INIT(this,
		.public = {
			.update = _update,
			.get_needs = _get_needs,
			.get_due = _get_due,
			.stage = _stage,
			.get_deletes = _get_deletes,
			.commit = _commit,
			.discard = _discard,
			.cut = _cut,
			.give = _give_,
			.get_replays = _get_replays,
			.get_tick = _get_tick,
			.get_end = _get_end,
			.describe = _describe,
			.get_state = _get_state,
			.set_state = _set_state,
			.destroy = _destroy,
		},
		.spis = spis,
		.teks = linked_list_create(),
	);
	return &this->public;
}
