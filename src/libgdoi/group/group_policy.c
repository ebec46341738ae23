/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_policy.h"

#include <collections/array.h>

typedef struct private_group_policy_t private_group_policy_t;

/**
 * Private data of a policy.
 */
struct private_group_policy_t {

	/**
	 * Public interface.
	 */
	group_policy_t public;

	/**
	 * KEK, NULL if none.
	 */
	group_kek_t *kek;

	/**
	 * TEKs, as group_tek_t*.
	 */
	array_t *teks;

	/**
	 * Delays in seconds.
	 */
	uint16_t atd;
	uint16_t dtd;

	/**
	 * How access lists travel.
	 */
	group_acl_form_t form;

	/**
	 * Last sequence number used with the KEK.
	 */
	uint32_t seq;

	/**
	 * Sender IDs, allocated, and their length in bits; 0 if there are none.
	 */
	uint32_t *sids;
	u_int sid_count;
	uint8_t sid_bits;

	/**
	 * Layout of IP-D3P's header, 0 without it, and its window in ms.
	 */
	uint8_t d3p_type;
	uint32_t d3p_window;

	/**
	 * Pseudotime, if there is one.
	 */
	bool timed;
	group_pseudotime_t time;
};

METHOD(group_policy_t, set_kek, void,
	private_group_policy_t *this, group_kek_t *kek)
{
	DESTROY_IF(this->kek);
	this->kek = kek;
}

METHOD(group_policy_t, get_kek, group_kek_t*,
	private_group_policy_t *this)
{
	return this->kek;
}

METHOD(group_policy_t, add_tek, void,
	private_group_policy_t *this, group_tek_t *tek)
{
	array_insert(this->teks, ARRAY_TAIL, tek);
}

METHOD(group_policy_t, get_tek_count, u_int,
	private_group_policy_t *this)
{
	return (u_int)array_count(this->teks);
}

METHOD(group_policy_t, create_tek_enumerator, enumerator_t*,
	private_group_policy_t *this)
{
	return array_create_enumerator(this->teks);
}

METHOD(group_policy_t, find_tek, group_tek_t*,
	private_group_policy_t *this, protocol_id_t protocol, uint32_t spi)
{
	const group_tek_data_t *data;
	group_tek_t *tek;

	for (int i = 0; i < array_count(this->teks); i++)
	{
		array_get(this->teks, i, &tek);
		data = tek->get(tek);
		if (data->spi == spi && data->protocol == protocol)
		{
			return tek;
		}
	}
	return NULL;
}

METHOD(group_policy_t, set_acl_form, void,
	private_group_policy_t *this, group_acl_form_t form)
{
	this->form = form;
}

METHOD(group_policy_t, get_acl_form, group_acl_form_t,
	private_group_policy_t *this)
{
	return this->form;
}

METHOD(group_policy_t, set_delays, void,
	private_group_policy_t *this, uint16_t atd, uint16_t dtd)
{
	this->atd = atd;
	this->dtd = dtd;
}

METHOD(group_policy_t, get_delays, void,
	private_group_policy_t *this, uint16_t *atd, uint16_t *dtd)
{
	*atd = this->atd;
	*dtd = this->dtd;
}

METHOD(group_policy_t, set_sequence, void,
	private_group_policy_t *this, uint32_t seq)
{
	this->seq = seq;
}

METHOD(group_policy_t, get_sequence, uint32_t,
	private_group_policy_t *this)
{
	return this->seq;
}

METHOD(group_policy_t, set_d3p, void,
	private_group_policy_t *this, uint8_t type, uint32_t window)
{
	this->d3p_type = type;
	this->d3p_window = window;
}

METHOD(group_policy_t, get_d3p, bool,
	private_group_policy_t *this, uint8_t *type, uint32_t *window)
{
	if (!this->d3p_type)
	{
		return FALSE;
	}
	*type = this->d3p_type;
	*window = this->d3p_window;
	return TRUE;
}

METHOD(group_policy_t, set_pseudotime, void,
	private_group_policy_t *this, const group_pseudotime_t *time)
{
	this->timed = time != NULL;
	if (time)
	{
		this->time = *time;
	}
}

METHOD(group_policy_t, get_pseudotime, bool,
	private_group_policy_t *this, group_pseudotime_t *time)
{
	if (this->timed)
	{
		*time = this->time;
	}
	return this->timed;
}

METHOD(group_policy_t, set_sids, void,
	private_group_policy_t *this, uint8_t bits, const uint32_t *sids,
	u_int count)
{
	uint32_t *copy = NULL;

	count = bits ? min(count, (u_int)GROUP_POLICY_SIDS_MAX) : 0;
	if (count)
	{	/* copied before the old ones go: they may be these */
		copy = malloc(count * sizeof(*copy));
		memcpy(copy, sids, count * sizeof(*copy));
	}
	free(this->sids);
	this->sids = copy;
	this->sid_count = count;
	this->sid_bits = count ? bits : 0;
}

METHOD(group_policy_t, get_sids, uint8_t,
	private_group_policy_t *this, const uint32_t **sids, u_int *count)
{
	*sids = this->sids;
	*count = this->sid_count;
	return this->sid_bits;
}

METHOD(group_policy_t, needs_sids, bool,
	private_group_policy_t *this)
{
	group_tek_t *tek;

	for (int i = 0; i < array_count(this->teks); i++)
	{
		array_get(this->teks, i, &tek);
		if (group_tek_is_counter_mode(tek->get(tek)->encr))
		{
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(group_policy_t, has_keys, bool,
	private_group_policy_t *this)
{
	group_tek_t *tek;

	for (int i = 0; i < array_count(this->teks); i++)
	{
		array_get(this->teks, i, &tek);
		if (!tek->has_keys(tek))
		{
			return FALSE;
		}
	}
	return !this->kek || this->kek->has_keys(this->kek);
}

METHOD(group_policy_t, clone_, group_policy_t*,
	private_group_policy_t *this)
{
	group_policy_t *clone = group_policy_create();
	group_tek_t *tek;

	if (this->kek)
	{
		clone->set_kek(clone, this->kek->get_ref(this->kek));
	}
	for (int i = 0; i < array_count(this->teks); i++)
	{
		array_get(this->teks, i, &tek);
		clone->add_tek(clone, tek->get_ref(tek));
	}
	clone->set_delays(clone, this->atd, this->dtd);
	clone->set_acl_form(clone, this->form);
	clone->set_sequence(clone, this->seq);
	clone->set_sids(clone, this->sid_bits, this->sids, this->sid_count);
	group_policy_copy_freshness(&this->public, clone);
	return clone;
}

METHOD(group_policy_t, destroy, void,
	private_group_policy_t *this)
{
	DESTROY_IF(this->kek);
	array_destroy_offset(this->teks, offsetof(group_tek_t, destroy));
	free(this->sids);
	free(this);
}

/*
 * See header
 */
group_policy_t *group_policy_create()
{
	private_group_policy_t *this;

	INIT(this,
		.public = {
			.set_kek = _set_kek,
			.get_kek = _get_kek,
			.add_tek = _add_tek,
			.get_tek_count = _get_tek_count,
			.create_tek_enumerator = _create_tek_enumerator,
			.find_tek = _find_tek,
			.set_acl_form = _set_acl_form,
			.get_acl_form = _get_acl_form,
			.set_delays = _set_delays,
			.get_delays = _get_delays,
			.set_sequence = _set_sequence,
			.get_sequence = _get_sequence,
			.set_d3p = _set_d3p,
			.get_d3p = _get_d3p,
			.set_pseudotime = _set_pseudotime,
			.get_pseudotime = _get_pseudotime,
			.set_sids = _set_sids,
			.get_sids = _get_sids,
			.needs_sids = _needs_sids,
			.has_keys = _has_keys,
			.clone = _clone_,
			.destroy = _destroy,
		},
		.teks = array_create(0, 2),
	);

	return &this->public;
}

/*
 * See header
 */
void group_policy_copy_freshness(group_policy_t *from, group_policy_t *to)
{
	group_pseudotime_t time;
	uint32_t window = 0;
	uint8_t type = 0;

	from->get_d3p(from, &type, &window);
	to->set_d3p(to, type, window);
	to->set_pseudotime(to, from->get_pseudotime(from, &time) ? &time : NULL);
}

/*
 * See header
 */
bool group_policy_check_sids(uint32_t bits, const uint32_t *sids, u_int count,
							 const char **reason)
{
	u_int i, j;

	if (bits < GROUP_POLICY_SID_BITS_MIN || bits > GROUP_POLICY_SID_BITS_MAX)
	{
		*reason = "Sender IDs have a length that is not from 8 to 32 bits";
		return FALSE;
	}
	if (!count || count > GROUP_POLICY_SIDS_MAX)
	{
		*reason = "there is no Sender ID, or there are too many";
		return FALSE;
	}
	for (i = 0; i < count; i++)
	{
		if ((uint64_t)sids[i] >> bits)
		{
			*reason = "a Sender ID is longer than it says";
			return FALSE;
		}
		for (j = 0; j < i; j++)
		{
			if (sids[i] == sids[j])
			{
				*reason = "a Sender ID is there twice";
				return FALSE;
			}
		}
	}
	return TRUE;
}
