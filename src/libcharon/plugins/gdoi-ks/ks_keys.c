/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_keys.h"
#include "ks_schedule.h"

typedef struct private_ks_keys_t private_ks_keys_t;
typedef struct tek_entry_t tek_entry_t;

/**
 * A generation of a TEK
 */
struct tek_entry_t {

	/** name of its section */
	char *name;

	/** TEK with its original lifetime */
	group_tek_t *tek;

	/** time of creation */
	time_t created;

	/** seconds before its end when a successor is needed */
	uint32_t lead;
};

/**
 * Private data
 */
struct private_ks_keys_t {

	/**
	 * Public interface
	 */
	ks_keys_t public;

	/**
	 * SPIs of the server
	 */
	ks_spis_t *spis;

	/**
	 * TEKs in order of creation, tek_entry_t*
	 */
	linked_list_t *teks;

	/**
	 * KEK with its original lifetime, NULL if there is none
	 */
	group_kek_t *kek;

	/**
	 * Time of the KEK's creation
	 */
	time_t kek_created;

	/**
	 * Name of the KEK's signature key
	 */
	char *kek_name;
};

/**
 * Get an RNG for keys
 */
static rng_t *create_rng()
{
	rng_t *rng = lib->crypto->create_rng(lib->crypto, RNG_TRUE);

	return rng ?: lib->crypto->create_rng(lib->crypto, RNG_STRONG);
}

/**
 * End a generation, giving back its SPI
 */
static void entry_destroy(private_ks_keys_t *this, tek_entry_t *entry)
{
	this->spis->release(this->spis, entry->tek->get(entry->tek)->spi);
	entry->tek->destroy(entry->tek);
	free(entry->name);
	free(entry);
}

/**
 * Remaining lifetime of a generation
 */
static uint32_t entry_remaining(tek_entry_t *entry, time_t now)
{
	return ks_schedule_remaining(entry->created,
								 entry->tek->get(entry->tek)->lifetime, now);
}

/**
 * Find the configuration of a TEK
 */
static ks_config_tek_t *find_config(ks_config_t *config, const char *name)
{
	ks_config_tek_t *tek, *found = NULL;
	enumerator_t *enumerator;

	enumerator = config->teks->create_enumerator(config->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		if (streq(tek->name, name))
		{
			found = tek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * End the generations that are over or configured no longer
 */
static void remove_old(private_ks_keys_t *this, ks_config_t *config, time_t now)
{
	enumerator_t *enumerator;
	tek_entry_t *entry;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry_remaining(entry, now) || !find_config(config, entry->name))
		{
			this->teks->remove_at(this->teks, enumerator);
			entry_destroy(this, entry);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Make the keys of a TEK
 */
static bool create_tek_keys(group_tek_data_t *data)
{
	size_t encr, integ;
	rng_t *rng;
	bool ok;

	encr = group_tek_encr_key_len(data->encr, data->encr_bits);
	integ = group_tek_integ_key_len(data->integ);
	rng = create_rng();
	ok = rng && rng->allocate_bytes(rng, encr, &data->encr_key) &&
		 rng->allocate_bytes(rng, integ, &data->integ_key);
	DESTROY_IF(rng);
	return ok;
}

/**
 * Make a generation of a TEK
 */
static bool create_tek(private_ks_keys_t *this, ks_config_tek_t *config,
					   time_t now)
{
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.encr = config->encr,
		.encr_bits = config->encr_bits,
		.integ = config->integ,
		.tunnel = TRUE,
		.lifetime = config->lifetime,
		.acl = config->acl,
	};
	tek_entry_t *entry;
	bool ok = FALSE;

	if (this->spis->alloc(this->spis, &data.spi))
	{
		ok = create_tek_keys(&data);
		if (ok)
		{
			INIT(entry,
				.name = strdup(config->name),
				.tek = group_tek_create(&data),
				.created = now,
				.lead = ks_schedule_tek_lead(config->lifetime),
			);
			this->teks->insert_last(this->teks, entry);
		}
		else
		{
			this->spis->release(this->spis, data.spi);
		}
	}
	chunk_clear(&data.encr_key);
	chunk_clear(&data.integ_key);
	return ok;
}

/**
 * Does a TEK need a new generation? A configured lifetime that got shorter
 * also makes the time shorter that both generations live.
 */
static bool needs_tek(private_ks_keys_t *this, ks_config_tek_t *config,
					  time_t now)
{
	uint32_t lead = ks_schedule_tek_lead(config->lifetime);
	enumerator_t *enumerator;
	tek_entry_t *entry;
	bool needed = TRUE;

	enumerator = this->teks->create_enumerator(this->teks);
	while (needed && enumerator->enumerate(enumerator, &entry))
	{
		if (streq(entry->name, config->name))
		{
			entry->lead = min(entry->lead, lead);
			needed = entry_remaining(entry, now) <= entry->lead;
		}
	}
	enumerator->destroy(enumerator);
	return needed;
}

/**
 * Does a generation of a TEK live?
 */
static bool has_tek(private_ks_keys_t *this, const char *name)
{
	enumerator_t *enumerator;
	tek_entry_t *entry;
	bool found = FALSE;

	enumerator = this->teks->create_enumerator(this->teks);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		found = streq(entry->name, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Wipe the KEK
 */
static void remove_kek(private_ks_keys_t *this)
{
	DESTROY_IF(this->kek);
	this->kek = NULL;
	free(this->kek_name);
	this->kek_name = NULL;
}

/**
 * Does the KEK fit its configuration, and will for a while?
 */
static bool kek_fits(private_ks_keys_t *this, ks_config_kek_t *config,
					 time_t now)
{
	const group_kek_data_t *data;

	if (!this->kek)
	{
		return FALSE;
	}
	data = this->kek->get(this->kek);
	return data->encr == config->encr && data->encr_bits == config->encr_bits &&
		   data->lifetime == config->lifetime && data->sig == config->sig &&
		   data->sig_hash == config->sig_hash &&
		   chunk_equals(data->sig_key, config->public_key) &&
		   ks_schedule_state(this->kek_created, data->lifetime,
							 ks_schedule_kek_lead(data->lifetime),
							 now) == KS_KEY_ACTIVE;
}

/**
 * Make SPI, IV and key of a KEK. Neither half of the SPI may be zero, as they
 * are the cookies of rekeys.
 */
static bool create_kek_keys(group_kek_data_t *data)
{
	size_t iv, key, half = GROUP_KEK_SPI_LEN / 2;
	rng_t *rng;
	bool ok;

	iv = group_kek_iv_len(data->encr);
	key = group_kek_key_len(data->encr, data->encr_bits);
	rng = create_rng();
	ok = rng && rng_get_bytes_not_zero(rng, half, data->spi, FALSE) &&
		 rng_get_bytes_not_zero(rng, half, data->spi + half, FALSE) &&
		 rng->allocate_bytes(rng, iv, &data->iv) &&
		 rng->allocate_bytes(rng, key, &data->key);
	DESTROY_IF(rng);
	return ok;
}

/**
 * Make the KEK
 */
static bool create_kek(private_ks_keys_t *this, ks_config_kek_t *config,
					   time_t now)
{
	group_kek_data_t data = {
		.encr = config->encr,
		.encr_bits = config->encr_bits,
		.sig = config->sig,
		.sig_hash = config->sig_hash,
		.sig_bits = config->sig_bits,
		.sig_key = config->public_key,
		.lifetime = config->lifetime,
	};
	bool ok;

	remove_kek(this);
	ok = create_kek_keys(&data);
	if (ok)
	{	/* the member's addresses replace these */
		data.src = host_create_any(AF_INET);
		data.dst = host_create_any(AF_INET);
		this->kek = group_kek_create(&data);
		this->kek_created = now;
		this->kek_name = strdup(config->key_name);
		data.src->destroy(data.src);
		data.dst->destroy(data.dst);
	}
	chunk_clear(&data.iv);
	chunk_clear(&data.key);
	return ok;
}

METHOD(ks_keys_t, update, bool,
	private_ks_keys_t *this, ks_config_t *config, time_t now)
{
	ks_config_tek_t *tek;
	enumerator_t *enumerator;
	bool ok = TRUE;

	remove_old(this, config, now);
	enumerator = config->teks->create_enumerator(config->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (needs_tek(this, tek, now) && !create_tek(this, tek, now))
		{
			ok = ok && has_tek(this, tek->name);
		}
	}
	enumerator->destroy(enumerator);
	if (!config->kek)
	{
		remove_kek(this);
	}
	else if (!kek_fits(this, config->kek, now))
	{
		ok = create_kek(this, config->kek, now) && ok;
	}
	return ok;
}

/**
 * Make the KEK that a member gets
 */
static group_kek_t *kek_for_member(private_ks_keys_t *this, time_t now,
								   host_t *src, host_t *dst)
{
	group_kek_data_t data = *this->kek->get(this->kek);

	data.src = src;
	data.dst = dst;
	data.lifetime = ks_schedule_remaining(this->kek_created, data.lifetime,
										  now);
	return group_kek_create(&data);
}

METHOD(ks_keys_t, get_policy, group_policy_t*,
	private_ks_keys_t *this, time_t now, host_t *src, host_t *dst)
{
	group_policy_t *policy;
	enumerator_t *enumerator;
	tek_entry_t *entry;
	uint32_t remaining;

	policy = group_policy_create();
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		remaining = entry_remaining(entry, now);
		if (remaining)
		{
			policy->add_tek(policy, entry->tek->with_lifetime(entry->tek,
															  remaining));
		}
	}
	enumerator->destroy(enumerator);
	if (!policy->get_tek_count(policy))
	{
		policy->destroy(policy);
		return NULL;
	}
	if (this->kek)
	{
		policy->set_kek(policy, kek_for_member(this, now, src, dst));
	}
	return policy;
}

METHOD(ks_keys_t, get_end, time_t,
	private_ks_keys_t *this, time_t now)
{
	enumerator_t *enumerator;
	tek_entry_t *entry;
	time_t end = now;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		end = max(end, now + entry_remaining(entry, now));
	}
	enumerator->destroy(enumerator);
	return end;
}

/**
 * Find the other generation of a TEK.
 *
 * @param newer			set if the other one is the newer
 */
static tek_entry_t *find_other(private_ks_keys_t *this, tek_entry_t *entry,
							   bool *newer)
{
	tek_entry_t *current, *other = NULL;
	enumerator_t *enumerator;

	*newer = FALSE;
	enumerator = this->teks->create_enumerator(this->teks);
	while (!other && enumerator->enumerate(enumerator, &current))
	{
		if (current == entry)
		{
			*newer = TRUE;
		}
		else if (streq(current->name, entry->name))
		{
			other = current;
		}
	}
	enumerator->destroy(enumerator);
	return other;
}

/**
 * Word for the state of a generation
 */
static const char *entry_state(private_ks_keys_t *this, tek_entry_t *entry,
							   time_t now)
{
	tek_entry_t *other;
	bool newer;

	other = find_other(this, entry, &newer);
	if (!other)
	{
		return "CURRENT";
	}
	if (newer)
	{
		return entry_remaining(entry, now) > KS_TEK_SWITCH ? "CURRENT" : "OLD";
	}
	return entry_remaining(other, now) > KS_TEK_SWITCH ? "NEXT" : "CURRENT";
}

/**
 * Describe the KEK
 */
static ks_key_info_t *describe_kek(private_ks_keys_t *this, time_t now)
{
	uint32_t lifetime = this->kek->get(this->kek)->lifetime, lead, remaining;
	ks_key_info_t *info;

	lead = ks_schedule_kek_lead(lifetime);
	remaining = ks_schedule_remaining(this->kek_created, lifetime, now);
	INIT(info,
		.kek = this->kek->get_ref(this->kek),
		.name = strdup(this->kek_name),
		.state = "CURRENT",
		.age = lifetime - remaining,
		.remaining = remaining,
		.replaced = remaining > lead ? remaining - lead : 0,
	);
	return info;
}

/**
 * Describe a generation of a TEK
 */
static ks_key_info_t *describe_tek(private_ks_keys_t *this, tek_entry_t *entry,
								   time_t now)
{
	uint32_t remaining = entry_remaining(entry, now);
	ks_key_info_t *info;

	INIT(info,
		.tek = entry->tek->get_ref(entry->tek),
		.name = strdup(entry->name),
		.state = entry_state(this, entry, now),
		.age = entry->tek->get(entry->tek)->lifetime - remaining,
		.remaining = remaining,
		.replaced = remaining > entry->lead ? remaining - entry->lead : 0,
	);
	return info;
}

METHOD(ks_keys_t, describe, linked_list_t*,
	private_ks_keys_t *this, time_t now)
{
	enumerator_t *enumerator;
	linked_list_t *list;
	tek_entry_t *entry;

	list = linked_list_create();
	if (this->kek)
	{
		list->insert_last(list, describe_kek(this, now));
	}
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &entry))
	{
		list->insert_last(list, describe_tek(this, entry, now));
	}
	enumerator->destroy(enumerator);
	return list;
}

METHOD(ks_keys_t, destroy, void,
	private_ks_keys_t *this)
{
	tek_entry_t *entry;

	while (this->teks->remove_last(this->teks, (void**)&entry) == SUCCESS)
	{
		entry_destroy(this, entry);
	}
	this->teks->destroy(this->teks);
	remove_kek(this);
	free(this);
}

/*
 * Described in header
 */
void ks_key_info_destroy(ks_key_info_t *info)
{
	DESTROY_IF(info->tek);
	DESTROY_IF(info->kek);
	free(info->name);
	free(info);
}

/*
 * Described in header
 */
ks_keys_t *ks_keys_create(ks_spis_t *spis)
{
	private_ks_keys_t *this;

	INIT(this,
		.public = {
			.update = _update,
			.get_policy = _get_policy,
			.get_end = _get_end,
			.describe = _describe,
			.destroy = _destroy,
		},
		.spis = spis,
		.teks = linked_list_create(),
	);
	return &this->public;
}
