/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_keys.h"
#include "ks_schedule.h"

/** seconds between rekeys where the configuration has no pseudotime any more,
 *  but TEKs have, TBAR-004 */
#define SYNC_DEFAULT (30 * 60)

/** above this a KEK's sequence numbers are running out */
#define SEQUENCE_HIGH 0xf0000000

typedef struct private_ks_keys_t private_ks_keys_t;

/**
 * Private data
 */
struct private_ks_keys_t {

	/**
	 * Public interface
	 */
	ks_keys_t public;

	/**
	 * Generations of TEKs
	 */
	ks_teks_t *teks;

	/**
	 * Sender IDs that are given with these keys
	 */
	ks_sid_pool_t *sids;

	/**
	 * Pseudotime that is told with these keys
	 */
	ks_pseudotime_t *pseudotime;

	/**
	 * They begin anew with what is staged
	 */
	bool restart;

	/**
	 * KEK in force, NULL if there is none
	 */
	ks_kek_entry_t *kek;

	/**
	 * KEK made for a rekey that is not written yet
	 */
	ks_kek_entry_t *staged;

	/**
	 * KEK before the one in force, which its rekey is sent again under
	 */
	ks_kek_entry_t *previous;
};

/**
 * Make the KEK without which there is nothing to give, or end it
 */
static bool update_kek(private_ks_keys_t *this, ks_config_t *config,
					   time_t now)
{
	if (this->previous && this->previous->end <= now)
	{
		ks_kek_entry_destroy(this->previous);
		this->previous = NULL;
	}
	if (this->kek && (!config->kek || ks_kek_entry_end(this->kek) <= now))
	{
		ks_kek_entry_destroy(this->kek);
		this->kek = NULL;
	}
	if (config->kek && !this->kek)
	{
		this->kek = ks_kek_entry_create(config->kek, now);
		return this->kek != NULL;
	}
	if (this->kek)
	{
		ks_kek_entry_set_lifetime(this->kek, config->kek->lifetime, now);
	}
	return TRUE;
}

/**
 * Have keys in force a counter mode?
 */
static bool is_counter_mode_left(private_ks_keys_t *this, time_t now)
{
	group_policy_t *live = group_policy_create();
	bool left;

	this->teks->give(this->teks, KS_GIVE_LIVE, live, now);
	left = live->needs_sids(live);
	live->destroy(live);
	return left;
}

/**
 * Tell the pool how Sender IDs have to look. The keys of a counter mode that
 * is not configured any more are given until they end: who gets them needs
 * Sender IDs as before.
 */
static void configure_sids(private_ks_keys_t *this, ks_config_t *config,
						   time_t now)
{
	const ks_sid_format_t *format = NULL;
	ks_sid_info_t info;

	this->sids->get_info(this->sids, &info);
	if (config->sids && ks_config_needs_sids(config))
	{
		format = &config->sids->format;
	}
	else if (info.format.bits && is_counter_mode_left(this, now))
	{
		format = &info.format;
	}
	this->sids->configure(this->sids, format);
}

METHOD(ks_keys_t, update, bool,
	private_ks_keys_t *this, ks_config_t *config, u_int members, time_t now)
{
	uint32_t lifetime;
	bool ok;

	configure_sids(this, config, now);
	ok = this->teks->update(this->teks, config, members, now);
	ok = update_kek(this, config, now) && ok;
	if (this->kek && config->rekey)
	{
		lifetime = min(this->kek->kek->get(this->kek->kek)->lifetime,
					   this->kek->lifetime);
		this->kek->lead = rekey_schedule_kek_lead(&config->rekey->schedule,
												  lifetime);
	}
	return ok;
}

METHOD(ks_keys_t, get_sync, uint32_t,
	private_ks_keys_t *this, ks_config_t *config, time_t now)
{
	uint32_t sync = config->freshness.sync ?: SYNC_DEFAULT;

	if (!this->kek || !this->teks->get_tick(this->teks, KS_GIVE_LIVE, now))
	{
		return UINT32_MAX;
	}
	return ks_schedule_sync(sync,
							this->pseudotime->get_age(this->pseudotime));
}

METHOD(ks_keys_t, get_needs, u_int,
	private_ks_keys_t *this, ks_config_t *config, time_t now)
{
	u_int needs = this->teks->get_needs(this->teks, config, now);

	if (this->kek && config->kek &&
		(!ks_kek_entry_matches(this->kek, config->kek) ||
		 !ks_key_due(ks_kek_entry_end(this->kek), this->kek->lead, now) ||
		 this->kek->sequence > SEQUENCE_HIGH))
	{
		needs |= KS_NEED_KEK;
	}
	if (!get_sync(this, config, now))
	{
		needs |= KS_NEED_SYNC;
	}
	return needs;
}

METHOD(ks_keys_t, get_due, uint32_t,
	private_ks_keys_t *this, bool kek, time_t now)
{
	if (!kek)
	{
		return this->teks->get_due(this->teks, now);
	}
	return this->kek ? ks_key_due(ks_kek_entry_end(this->kek),
								  this->kek->lead, now) : UINT32_MAX;
}

METHOD(ks_keys_t, discard, void,
	private_ks_keys_t *this)
{
	this->teks->discard(this->teks);
	ks_kek_entry_destroy(this->staged);
	this->staged = NULL;
	this->restart = FALSE;
}

METHOD(ks_keys_t, stage, bool,
	private_ks_keys_t *this, ks_config_t *config, u_int what, time_t now)
{
	bool ok;

	discard(this);
	ok = this->teks->stage(this->teks, config, what, now);
	if (ok && (what & KS_STAGE_KEK))
	{
		this->staged = ks_kek_entry_create(config->kek, now);
		ok = this->staged != NULL;
	}
	this->restart = ok && (what & KS_STAGE_RESTART);
	if (!ok)
	{
		discard(this);
	}
	return ok;
}

METHOD(ks_keys_t, get_deletes, u_int,
	private_ks_keys_t *this, group_delete_t *deletes)
{
	return this->teks->get_deletes(this->teks, deletes);
}

METHOD(ks_keys_t, commit, void,
	private_ks_keys_t *this)
{
	this->teks->commit(this->teks);
	this->pseudotime->told(this->pseudotime);
	if (this->staged)
	{
		ks_kek_entry_destroy(this->previous);
		this->previous = this->kek;
		this->kek = this->staged;
		this->staged = NULL;
	}
	else if (this->kek)
	{
		ks_kek_entry_told(this->kek);
	}
	if (this->restart)
	{
		this->sids->restart(this->sids);
		this->restart = FALSE;
	}
}

METHOD(ks_keys_t, cut, void,
	private_ks_keys_t *this, uint32_t seconds, bool kek, time_t now)
{
	this->teks->cut(this->teks, seconds, now);
	if (kek && this->kek)
	{
		this->kek->end = min(this->kek->end, now + (time_t)seconds);
		this->kek->next_end = 0;
	}
}

METHOD(ks_keys_t, get_protector, bool,
	private_ks_keys_t *this, ks_protector_t *protector)
{
	if (!this->kek)
	{
		return FALSE;
	}
	protector->kek = this->kek->kek->get_ref(this->kek->kek);
	protector->key = this->kek->key->get_ref(this->kek->key);
	return TRUE;
}

/**
 * Find the entry of a KEK by its SPI
 */
static ks_kek_entry_t *find_kek(private_ks_keys_t *this, group_kek_t *kek)
{
	ks_kek_entry_t *entries[] = { this->kek, this->staged, this->previous };
	int i;

	for (i = 0; i < countof(entries); i++)
	{
		if (entries[i] &&
			memeq(entries[i]->kek->get(entries[i]->kek)->spi,
				  kek->get(kek)->spi, GROUP_KEK_SPI_LEN))
		{
			return entries[i];
		}
	}
	return NULL;
}

METHOD(ks_keys_t, next_sequence, uint32_t,
	private_ks_keys_t *this, group_kek_t *kek)
{
	ks_kek_entry_t *entry = find_kek(this, kek);

	return entry && entry->sequence < UINT32_MAX ? ++entry->sequence : 0;
}

METHOD(ks_keys_t, get_sequence, uint32_t,
	private_ks_keys_t *this, group_kek_t *kek)
{
	ks_kek_entry_t *entry = kek ? find_kek(this, kek) : this->kek;

	return entry ? entry->sequence : 0;
}

/**
 * Make the KEK that a member gets
 *
 * @param end			end of it that the member is told
 */
static group_kek_t *give_kek(ks_kek_entry_t *entry, time_t end, time_t now,
							 host_t *src, host_t *dst, group_ack_t ack)
{
	group_kek_data_t data = *entry->kek->get(entry->kek);
	struct sockaddr_in *v4;
	struct sockaddr_in6 *v6;

	data.src = src;
	data.dst = dst;
	v4 = (struct sockaddr_in*)dst->get_sockaddr(dst);
	v6 = (struct sockaddr_in6*)dst->get_sockaddr(dst);
	data.multicast = dst->get_family(dst) == AF_INET ?
								IN_MULTICAST(ntohl(v4->sin_addr.s_addr)) :
								IN6_IS_ADDR_MULTICAST(&v6->sin6_addr);
	data.ack = ack;
	data.lifetime = ks_key_remaining(end, now);
	return group_kek_create(&data);
}

/**
 * Add the pseudotime of this moment if TEKs that members have need it
 */
static void give_time(private_ks_keys_t *this, ks_give_t give,
					  group_policy_t *policy, time_t now)
{
	uint32_t tick = this->teks->get_tick(this->teks, give, now);
	group_pseudotime_t time;

	if (tick && this->pseudotime->start(this->pseudotime) &&
		this->pseudotime->get(this->pseudotime, tick, &time))
	{	/* TBAR-003 */
		policy->set_pseudotime(policy, &time);
	}
}

METHOD(ks_keys_t, get_policy, group_policy_t*,
	private_ks_keys_t *this, ks_give_t give, time_t now, host_t *src,
	host_t *dst, group_ack_t ack)
{
	ks_kek_entry_t *kek = this->kek;
	group_policy_t *policy;
	time_t end;

	policy = group_policy_create();
	if (!this->teks->give(this->teks, give, policy, now) &&
		give != KS_GIVE_KEK)
	{
		policy->destroy(policy);
		return NULL;
	}
	give_time(this, give, policy, now);
	if (this->staged && give != KS_GIVE_LIVE)
	{
		kek = this->staged;
	}
	end = !kek ? 0 : give == KS_GIVE_LIVE ? ks_kek_entry_end(kek) :
										kek->next_end ?: kek->end;
	if (end > now)
	{
		policy->set_kek(policy, give_kek(kek, end, now, src, dst, ack));
		policy->set_sequence(policy, kek->sequence);
	}
	return policy;
}

/**
 * Has a member that took so long to register got a pseudotime that is too far
 * behind to live with until it hears the next one? What is sent again of
 * message 2 has the pseudotime of the first time.
 */
static bool is_time_late(private_ks_keys_t *this, group_policy_t *policy)
{
	uint32_t window = ks_pseudotime_window(policy);
	group_pseudotime_t told, now;

	return window && policy->get_pseudotime(policy, &told) &&
		   this->pseudotime->get(this->pseudotime, told.tick_ms, &now) &&
		   pseudotime_ahead(&told, &now) >
											window / 2 + (int64_t)told.tick_ms;
}

METHOD(ks_keys_t, is_outdated, bool,
	private_ks_keys_t *this, group_policy_t *policy, time_t now)
{
	group_policy_t *live = group_policy_create();
	group_kek_t *kek = policy->get_kek(policy);
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool outdated;

	outdated = this->staged || is_time_late(this, policy) ||
			   (kek && this->kek && find_kek(this, kek) != this->kek);
	this->teks->give(this->teks, KS_GIVE_NEW, live, now);
	enumerator = live->create_tek_enumerator(live);
	while (!outdated && enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		outdated = !policy->find_tek(policy, data->protocol, data->spi);
	}
	enumerator->destroy(enumerator);
	live->destroy(live);
	return outdated;
}

/**
 * Are all TEKs of a policy in force still?
 */
static bool is_in_force(private_ks_keys_t *this, group_policy_t *policy,
						time_t now)
{
	group_policy_t *live = group_policy_create();
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool found = TRUE;

	this->teks->give(this->teks, KS_GIVE_LIVE, live, now);
	enumerator = policy->create_tek_enumerator(policy);
	while (found && enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		found = live->find_tek(live, data->protocol, data->spi) != NULL;
	}
	enumerator->destroy(enumerator);
	live->destroy(live);
	return found;
}

METHOD(ks_keys_t, take_sids, bool,
	private_ks_keys_t *this, group_policy_t *policy, u_int wanted,
	ks_sid_lease_t *lease, time_t now)
{
	if (!is_in_force(this, policy, now))
	{
		memset(lease, 0, sizeof(*lease));
		return FALSE;
	}
	this->sids->take(this->sids, wanted, lease);
	return TRUE;
}

METHOD(ks_keys_t, get_sids, ks_sid_pool_t*,
	private_ks_keys_t *this)
{
	return this->sids;
}

METHOD(ks_keys_t, get_pseudotime, ks_pseudotime_t*,
	private_ks_keys_t *this)
{
	return this->pseudotime;
}

METHOD(ks_keys_t, get_replays, u_int,
	private_ks_keys_t *this, time_t now)
{
	return this->teks->get_replays(this->teks, now);
}

METHOD(ks_keys_t, get_end, time_t,
	private_ks_keys_t *this, time_t now)
{
	return this->teks->get_end(this->teks, now);
}

METHOD(ks_keys_t, describe, linked_list_t*,
	private_ks_keys_t *this, time_t now)
{
	linked_list_t *list;

	list = linked_list_create();
	if (this->kek)
	{
		list->insert_last(list, ks_kek_entry_describe(this->kek, now));
	}
	this->teks->describe(this->teks, list, now);
	return list;
}

METHOD(ks_keys_t, get_state, ks_state_t*,
	private_ks_keys_t *this, time_t now)
{
	ks_state_t *state = ks_state_create();

	if (this->kek)
	{
		state->kek = this->kek->kek->get_ref(this->kek->kek);
		state->kek_name = strdup(this->kek->name);
		state->kek_age = ks_key_age(state->kek->get(state->kek)->lifetime,
									this->kek->end, now);
		state->sequence = this->kek->sequence;
	}
	this->teks->get_state(this->teks, state, now);
	this->sids->get_state(this->sids, &state->sids);
	this->pseudotime->get_state(this->pseudotime, &state->pseudotime);
	return state;
}

/**
 * Wipe all KEKs
 */
static void clear_keks(private_ks_keys_t *this)
{
	ks_kek_entry_destroy(this->kek);
	ks_kek_entry_destroy(this->staged);
	ks_kek_entry_destroy(this->previous);
	this->kek = this->staged = this->previous = NULL;
}

/**
 * Put the KEK of a store into force
 */
static void restore_kek(private_ks_keys_t *this, ks_state_t *state,
						ks_config_t *config, time_t now)
{
	const group_kek_data_t *data;

	if (!state->kek || !config->kek)
	{
		return;
	}
	data = state->kek->get(state->kek);
	if (!chunk_equals(data->sig_key, config->kek->public_key) ||
		state->kek_age >= data->lifetime)
	{
		return;
	}
	INIT(this->kek,
		.kek = state->kek->get_ref(state->kek),
		.key = config->kek->key->get_ref(config->kek->key),
		.name = strdup(config->kek->key_name),
		.created = now - state->kek_age,
		.end = now - state->kek_age + data->lifetime,
		.lifetime = data->lifetime,
		.sequence = state->sequence,
	);
}

METHOD(ks_keys_t, set_state, void,
	private_ks_keys_t *this, ks_state_t *state, ks_config_t *config,
	time_t now)
{
	clear_keks(this);
	restore_kek(this, state, config, now);
	this->teks->set_state(this->teks, state, now);
	if (state->pseudotime.epoch)
	{
		this->pseudotime->set_state(this->pseudotime, &state->pseudotime);
	}
	if (this->kek || this->teks->get_end(this->teks, now) > now)
	{	/* who has the KEK gets new TEKs, too, with the Sender IDs it has */
		this->sids->set_state(this->sids, &state->sids);
	}
}

METHOD(ks_keys_t, destroy, void,
	private_ks_keys_t *this)
{
	clear_keks(this);
	this->teks->destroy(this->teks);
	this->sids->destroy(this->sids);
	this->pseudotime->destroy(this->pseudotime);
	free(this);
}

/*
 * Described in header
 */
ks_keys_t *ks_keys_create(ks_spis_t *spis, const ks_boot_t *boot)
{
	private_ks_keys_t *this;

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
			.get_protector = _get_protector,
			.next_sequence = _next_sequence,
			.get_sequence = _get_sequence,
			.is_outdated = _is_outdated,
			.get_policy = _get_policy,
			.take_sids = _take_sids,
			.get_sids = _get_sids,
			.get_pseudotime = _get_pseudotime,
			.get_replays = _get_replays,
			.get_sync = _get_sync,
			.get_end = _get_end,
			.describe = _describe,
			.get_state = _get_state,
			.set_state = _set_state,
			.destroy = _destroy,
		},
		.teks = ks_teks_create(spis),
		.sids = ks_sid_pool_create(),
		.pseudotime = ks_pseudotime_create(boot),
	);
	return &this->public;
}

/*
 * Described in header
 */
void ks_protector_clear(ks_protector_t *protector)
{
	DESTROY_IF(protector->kek);
	DESTROY_IF(protector->key);
	memset(protector, 0, sizeof(*protector));
}
