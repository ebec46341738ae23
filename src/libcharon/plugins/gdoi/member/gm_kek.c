/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_kek.h"
#include "gm_schedule.h"

/**
 * When a lifetime ends
 */
static uint64_t get_end(group_kek_t *kek, uint64_t now)
{
	uint32_t lifetime = kek->get(kek)->lifetime;

	return lifetime ? now + (uint64_t)lifetime * 1000 : GM_NEVER;
}

/*
 * Described in header
 */
gm_kek_t *gm_kek_create(group_kek_t *kek, uint32_t seq, u_int tolerance,
						uint64_t now)
{
	gdoi_push_receiver_t *receiver;
	gm_kek_t *this;

	if (!kek->has_keys(kek))
	{
		return NULL;
	}
	receiver = gdoi_push_receiver_create(kek, seq, tolerance);
	if (!receiver)
	{
		return NULL;
	}
	INIT(this,
		.receiver = receiver,
		.since = now,
		.expires = get_end(kek, now),
		.lifetime = kek->get(kek)->lifetime,
	);
	return this;
}

/*
 * Described in header
 */
void gm_kek_destroy(gm_kek_t *this)
{
	this->receiver->destroy(this->receiver);
	chunk_free(&this->ack);
	DESTROY_IF(this->from);
	free(this);
}

/*
 * Described in header
 */
const group_kek_data_t *gm_kek_data(gm_kek_t *this)
{
	group_kek_t *kek = this->receiver->get_kek(this->receiver);

	return kek->get(kek);
}

/*
 * Described in header
 */
chunk_t gm_kek_spi(gm_kek_t *this)
{
	const group_kek_data_t *data = gm_kek_data(this);

	return chunk_create((u_char*)data->spi, sizeof(data->spi));
}

/*
 * Described in header
 */
bool gm_kek_is(gm_kek_t *this, group_kek_t *kek)
{
	return this && memeq(gm_kek_data(this)->spi, kek->get(kek)->spi,
						 GROUP_KEK_SPI_LEN);
}

/*
 * Described in header
 */
group_kek_t *gm_kek_complete(gm_kek_t *this, group_kek_t *kek, bool *sig_key)
{
	const group_kek_data_t *said = kek->get(kek), *data = gm_kek_data(this);

	*sig_key = !said->sig_key.len ||
			   chunk_equals(said->sig_key, data->sig_key);
	if (said->encr != data->encr || said->encr_bits != data->encr_bits ||
		said->sig != data->sig || (said->key.len &&
		!(chunk_equals_const(said->key, data->key) &&
		  chunk_equals_const(said->iv, data->iv))))
	{
		return NULL;
	}
	return kek->with_keys(kek, data->iv, data->key, data->sig_key);
}

/*
 * Described in header
 */
group_kek_t *gm_kek_localize(group_kek_t *kek, host_t *local)
{
	group_kek_t *localized;

	if (kek->get(kek)->multicast || !local)
	{
		return kek;
	}
	localized = kek->with_destination(kek, local);
	kek->destroy(kek);
	return localized;
}

/*
 * Described in header
 */
void gm_kek_describe(gm_kek_t *this, group_kek_t *kek, uint64_t now)
{
	this->receiver->set_kek(this->receiver, kek);
	this->expires = get_end(kek, now);
}

/*
 * Described in header
 */
void gm_kek_accept(gm_kek_t *this, chunk_t datagram, uint32_t seq)
{
	this->before = this->receiver->get_sequence(this->receiver);
	this->receiver->accept(this->receiver, datagram, seq);
	chunk_free(&this->ack);
	DESTROY_IF(this->from);
	this->from = NULL;
	this->repeat = 0;
}

/*
 * Described in header
 */
bool gm_kek_ack_kind(gm_kek_t *this, bool encrypted,
					 gdoi_push_ack_kind_t *kind)
{
	const group_kek_data_t *data = gm_kek_data(this);

	switch (data->ack)
	{
		case GROUP_ACK_KEK_SHA256:
		case GROUP_ACK_KEK_SHA512:
			*kind = GDOI_PUSH_ACK_CLEAR;
			return TRUE;
		case GROUP_ACK_NONE:
			*kind = GDOI_PUSH_ACK_ENCRYPTED;
			return encrypted;
		default:
			/* we have no leaf of a tree */
			return FALSE;
	}
}

/*
 * Described in header
 */
void gm_kek_info(gm_kek_t *this, gm_kek_info_t *info)
{
	group_kek_t *kek;

	memset(info, 0, sizeof(*info));
	if (this)
	{
		kek = this->receiver->get_kek(this->receiver);
		info->kek = kek->with_lifetime(kek, this->lifetime);
		info->since = this->since;
		info->expires = this->expires;
		info->sequence = this->receiver->get_sequence(this->receiver);
		info->before = this->before;
	}
}

/*
 * Described in header
 */
bool gm_kek_is_deleted(gm_kek_t *this, group_rekey_t *rekey)
{
	group_policy_t *policy = rekey->get_policy(rekey);
	const uint8_t all[GROUP_KEK_SPI_LEN] = {};
	enumerator_t *enumerator;
	group_delete_t *delete;
	bool found = FALSE;

	if (policy && policy->get_kek(policy) &&
		gm_kek_is(this, policy->get_kek(policy)))
	{
		return FALSE;
	}
	enumerator = rekey->create_delete_enumerator(rekey);
	while (!found && enumerator->enumerate(enumerator, &delete))
	{
		found = delete->kek &&
				(memeq(delete->kek_spi, all, sizeof(all)) ||
				 memeq(delete->kek_spi, gm_kek_data(this)->spi, sizeof(all)));
	}
	enumerator->destroy(enumerator);
	return found;
}
