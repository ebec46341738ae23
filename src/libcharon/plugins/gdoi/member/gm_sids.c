/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_sids.h"

#include <cryptomap/group_sa.h>

#include <stdio.h>

typedef struct private_gm_sids_t private_gm_sids_t;

/**
 * A Sender ID that was used with a key
 */
typedef struct {
	uint32_t spi;
	uint32_t sid;
	/** end of the key's life, 0 if this entry is free */
	uint64_t until;
} use_t;

/**
 * Private data of an gm_sids_t object.
 */
struct private_gm_sids_t {

	/**
	 * Public interface
	 */
	gm_sids_t public;

	/**
	 * Length of the Sender IDs, 0 if there are none
	 */
	uint8_t bits;

	/**
	 * Sender IDs
	 */
	uint32_t sids[GM_SIDS_MAX];

	/**
	 * Number of Sender IDs
	 */
	u_int count;

	/**
	 * What was used
	 */
	use_t uses[GM_SIDS_USES];
};

METHOD(gm_sids_t, set_, void,
	private_gm_sids_t *this, group_policy_t *policy)
{
	const uint32_t *sids;
	u_int count;

	this->bits = policy->get_sids(policy, &sids, &count);
	this->count = min(count, GM_SIDS_MAX);
	if (this->bits)
	{
		memcpy(this->sids, sids, this->count * sizeof(*sids));
	}
}

METHOD(gm_sids_t, get, uint8_t,
	private_gm_sids_t *this, const uint32_t **sids, u_int *count)
{
	*sids = this->sids;
	*count = this->bits ? this->count : 0;
	return this->bits;
}

/**
 * Find an entry, or a free one
 */
static use_t *find(private_gm_sids_t *this, uint32_t spi, uint32_t sid,
				   bool free)
{
	u_int i;

	for (i = 0; i < countof(this->uses); i++)
	{
		if (free ? !this->uses[i].until
				 : this->uses[i].until && this->uses[i].spi == spi &&
				   this->uses[i].sid == sid)
		{
			return &this->uses[i];
		}
	}
	return NULL;
}

METHOD(gm_sids_t, get_unused, u_int,
	private_gm_sids_t *this, uint32_t spi, uint32_t *sids)
{
	u_int i, count = 0;

	if (!this->bits || !find(this, 0, 0, TRUE))
	{	/* what can't be remembered must not be used */
		return 0;
	}
	for (i = 0; i < this->count; i++)
	{
		if (!find(this, spi, this->sids[i], FALSE))
		{
			sids[count++] = this->sids[i];
		}
	}
	return count;
}

METHOD(gm_sids_t, use, void,
	private_gm_sids_t *this, uint32_t spi, uint32_t sid, uint64_t until)
{
	use_t *use = find(this, spi, sid, FALSE) ?: find(this, 0, 0, TRUE);

	if (use)
	{
		use->spi = spi;
		use->sid = sid;
		use->until = max(until, 1);
	}
}

METHOD(gm_sids_t, prolong, void,
	private_gm_sids_t *this, uint32_t spi, uint64_t until)
{
	u_int i;

	for (i = 0; i < countof(this->uses); i++)
	{
		if (this->uses[i].until && this->uses[i].spi == spi)
		{
			this->uses[i].until = max(this->uses[i].until, until);
		}
	}
}

METHOD(gm_sids_t, expire, void,
	private_gm_sids_t *this, uint64_t now)
{
	u_int i;

	for (i = 0; i < countof(this->uses); i++)
	{
		if (this->uses[i].until < now)
		{
			this->uses[i].until = 0;
		}
	}
}

METHOD(gm_sids_t, destroy, void,
	private_gm_sids_t *this)
{
	free(this);
}

/*
 * Described in header
 */
gm_sids_t *gm_sids_create()
{
	private_gm_sids_t *this;

	INIT(this,
		.public = {
			.set = _set_,
			.get = _get,
			.get_unused = _get_unused,
			.use = _use,
			.prolong = _prolong,
			.expire = _expire,
			.destroy = _destroy,
		},
	);
	return &this->public;
}

/**
 * Number of Sender IDs that one TEK needs to send, the largest of all TEKs
 */
static u_int count_needed(gm_config_t *config, group_policy_t *policy)
{
	const gm_config_data_t *data = config->get(config);
	enumerator_t *enumerator;
	group_tek_t *tek;
	u_int needed = 0;

	if (data->direction == CRYPTO_MAP_INBOUND_ONLY)
	{
		return 0;
	}
	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->get(tek)->direction != GROUP_TEK_RECEIVER_ONLY)
		{
			needed = max(needed, group_sa_count_sids(tek));
		}
	}
	enumerator->destroy(enumerator);
	return needed;
}

/*
 * Described in header
 */
uint16_t gm_sids_request(gm_config_t *config, group_policy_t *policy)
{
	u_int needed = count_needed(config, policy);

	return needed ? max(needed, config->get(config)->sender_ids) : 0;
}

/*
 * Described in header
 */
bool gm_sids_accept(gm_config_t *config, group_policy_t *policy,
					char **reason)
{
	u_int needed = count_needed(config, policy), count;
	const uint32_t *sids;
	uint8_t bits;
	int len = 0;

	*reason = NULL;
	bits = policy->get_sids(policy, &sids, &count);
	if (!needed)
	{
		return TRUE;
	}
	if (!bits || count < needed)
	{
		len = asprintf(reason, "its counter mode needs %u Sender IDs to send, "
					   "it brought %u", needed, bits ? count : 0);
	}
	else if (bits < SID_SAMPLER_BITS_MIN || bits > SID_SAMPLER_BITS_MAX)
	{
		len = asprintf(reason, "its Sender IDs have %u bits, the kernel can be "
					   "brought to use %d to %d only", bits,
					   SID_SAMPLER_BITS_MIN, SID_SAMPLER_BITS_MAX);
	}
	else
	{
		return TRUE;
	}
	if (len < 0)
	{
		*reason = NULL;
	}
	return FALSE;
}
