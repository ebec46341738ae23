/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_key_entry.h"

/*
 * Described in header
 */
uint32_t ks_key_remaining(time_t end, time_t now)
{
	return end > now ? min(end - now, (time_t)UINT32_MAX) : 0;
}

/*
 * Described in header
 */
uint32_t ks_key_due(time_t end, uint32_t lead, time_t now)
{
	uint32_t remaining = ks_key_remaining(end, now);

	return remaining > lead ? remaining - lead : 0;
}

/*
 * Described in header
 */
uint32_t ks_key_age(uint32_t lifetime, time_t end, time_t now)
{
	uint32_t remaining = ks_key_remaining(end, now);

	return lifetime > remaining ? lifetime - remaining : 0;
}

/**
 * Get an RNG for keys
 */
static rng_t *create_rng()
{
	rng_t *rng = lib->crypto->create_rng(lib->crypto, RNG_TRUE);

	return rng ?: lib->crypto->create_rng(lib->crypto, RNG_STRONG);
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

/*
 * Described in header
 */
ks_tek_entry_t *ks_tek_entry_create(ks_config_tek_t *config, uint32_t spi,
									time_t now)
{
	group_tek_data_t data = {
		.protocol = PROTO_ESP,
		.spi = spi,
		.encr = config->encr,
		.encr_bits = config->encr_bits,
		.integ = config->integ,
		.tunnel = TRUE,
		.lifetime = config->lifetime,
		.direction = config->direction,
		.replay = config->replay,
		.replay_window = config->replay_window,
		.acl = config->acl,
	};
	ks_tek_entry_t *entry = NULL;

	if (create_tek_keys(&data))
	{
		INIT(entry,
			.name = strdup(config->name),
			.tek = group_tek_create(&data),
			.created = now,
			.end = now + config->lifetime,
			.place = config->place,
			.layout = config->layout,
		);
	}
	chunk_clear(&data.encr_key);
	chunk_clear(&data.integ_key);
	return entry;
}

/*
 * Described in header
 */
bool ks_tek_entry_matches(ks_tek_entry_t *entry, ks_config_tek_t *config)
{
	const group_tek_data_t *data = entry->tek->get(entry->tek);

	return data->encr == config->encr && data->encr_bits == config->encr_bits &&
		   data->integ == config->integ && data->replay == config->replay &&
		   !ks_tek_entry_excludes(entry, config) &&
		   ks_tek_entry_has_policy(entry, config);
}

/*
 * Described in header
 */
bool ks_tek_entry_excludes(ks_tek_entry_t *entry, ks_config_tek_t *config)
{
	return ks_replay_excludes(entry->tek->get(entry->tek)->replay,
							  entry->layout, config->replay, config->layout);
}

/*
 * Described in header
 */
bool ks_tek_entry_has_policy(ks_tek_entry_t *entry, ks_config_tek_t *config)
{
	const group_tek_data_t *data = entry->tek->get(entry->tek);

	return data->direction == config->direction &&
		   data->acl->equals(data->acl, config->acl);
}

/*
 * Described in header
 */
void ks_tek_entry_set_policy(ks_tek_entry_t *entry, ks_config_tek_t *config)
{
	group_tek_data_t data = *entry->tek->get(entry->tek);
	group_tek_t *old = entry->tek;

	data.acl = config->acl;
	data.direction = config->direction;
	if (data.replay == GROUP_REPLAY_D3P && config->replay == GROUP_REPLAY_D3P)
	{
		data.replay_window = config->replay_window;
	}
	entry->tek = group_tek_create(&data);
	old->destroy(old);
}

/*
 * Described in header
 */
uint32_t ks_tek_entry_switch(ks_tek_entry_t *entry)
{
	return min(KS_TEK_SWITCH, entry->tek->get(entry->tek)->lifetime / 4);
}

/*
 * Described in header
 */
ks_state_tek_t *ks_tek_entry_get_state(ks_tek_entry_t *entry, time_t now)
{
	ks_state_tek_t *state;

	INIT(state,
		.name = strdup(entry->name),
		.tek = entry->tek->get_ref(entry->tek),
		.age = ks_key_age(entry->tek->get(entry->tek)->lifetime, entry->end,
						  now),
		.lead = entry->lead,
		.layout = entry->layout,
	);
	return state;
}

/*
 * Described in header
 */
ks_tek_entry_t *ks_tek_entry_restore(ks_state_tek_t *state, time_t now)
{
	ks_tek_entry_t *entry;

	INIT(entry,
		.name = strdup(state->name),
		.tek = state->tek->get_ref(state->tek),
		.created = now - state->age,
		.end = now - state->age + state->tek->get(state->tek)->lifetime,
		.lead = state->lead,
		.layout = state->layout,
		/* the server may have died while it told the members of it */
		.untold = TRUE,
	);
	return entry;
}

/*
 * Described in header
 */
void ks_tek_entry_destroy(ks_tek_entry_t *entry)
{
	entry->tek->destroy(entry->tek);
	free(entry->name);
	free(entry);
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

/*
 * Described in header
 */
ks_kek_entry_t *ks_kek_entry_create(ks_config_kek_t *config, time_t now)
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
	ks_kek_entry_t *entry = NULL;

	if (create_kek_keys(&data))
	{
		data.src = host_create_any(AF_INET);
		data.dst = host_create_any(AF_INET);
		INIT(entry,
			.kek = group_kek_create(&data),
			.key = config->key->get_ref(config->key),
			.name = strdup(config->key_name),
			.created = now,
			.end = now + config->lifetime,
			.lifetime = config->lifetime,
		);
		data.src->destroy(data.src);
		data.dst->destroy(data.dst);
	}
	chunk_clear(&data.iv);
	chunk_clear(&data.key);
	return entry;
}

/*
 * Described in header
 */
bool ks_kek_entry_matches(ks_kek_entry_t *entry, ks_config_kek_t *config)
{
	const group_kek_data_t *data = entry->kek->get(entry->kek);

	return data->encr == config->encr && data->encr_bits == config->encr_bits &&
		   data->sig == config->sig && data->sig_hash == config->sig_hash &&
		   chunk_equals(data->sig_key, config->public_key);
}

/*
 * Described in header
 */
void ks_kek_entry_set_lifetime(ks_kek_entry_t *entry, uint32_t lifetime,
							   time_t now)
{
	if (lifetime != entry->lifetime)
	{
		entry->lifetime = lifetime;
		entry->next_end = now + lifetime;
	}
}

/*
 * Described in header
 */
void ks_kek_entry_told(ks_kek_entry_t *entry)
{
	group_kek_t *kek = entry->kek;

	if (entry->next_end)
	{
		entry->kek = kek->with_lifetime(kek, entry->lifetime);
		entry->end = entry->next_end;
		entry->next_end = 0;
		kek->destroy(kek);
	}
}

/*
 * Described in header
 */
time_t ks_kek_entry_end(ks_kek_entry_t *entry)
{
	return entry->next_end ? min(entry->end, entry->next_end) : entry->end;
}

/*
 * Described in header
 */
void ks_kek_entry_destroy(ks_kek_entry_t *entry)
{
	if (entry)
	{
		entry->kek->destroy(entry->kek);
		entry->key->destroy(entry->key);
		free(entry->name);
		free(entry);
	}
}

/**
 * Complete a description
 */
static ks_key_info_t *complete(ks_key_info_t *info, time_t created, time_t end,
							   uint32_t lead, time_t now)
{
	info->age = now > created ? now - created : 0;
	info->remaining = ks_key_remaining(end, now);
	info->replaced = ks_key_due(end, lead, now);
	return info;
}

/*
 * Described in header
 */
ks_key_info_t *ks_kek_entry_describe(ks_kek_entry_t *entry, time_t now)
{
	ks_key_info_t *info;

	INIT(info,
		.kek = entry->kek->get_ref(entry->kek),
		.name = strdup(entry->name),
		.state = "CURRENT",
		.sequence = entry->sequence,
	);
	return complete(info, entry->created, entry->end, entry->lead, now);
}

/*
 * Described in header
 */
ks_key_info_t *ks_tek_entry_describe(ks_tek_entry_t *entry, const char *state,
									 time_t now)
{
	ks_key_info_t *info;

	INIT(info,
		.tek = entry->tek->get_ref(entry->tek),
		.name = strdup(entry->name),
		.state = state,
	);
	return complete(info, entry->created, entry->end, entry->lead, now);
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
