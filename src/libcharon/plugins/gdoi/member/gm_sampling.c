/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_sampling.h"
#include "gm_log.h"

#include "../vici/policy_row.h"

/** how long uses of Sender IDs are remembered beyond the end of a key, ms: its
 *  states may be in the kernel for a little longer */
#define GRACE 60000

typedef struct private_gm_sampling_t private_gm_sampling_t;

/**
 * Private data of an gm_sampling_t object.
 */
struct private_gm_sampling_t {

	/**
	 * Public interface
	 */
	gm_sampling_t public;

	/**
	 * Name of the group
	 */
	char *group;

	/**
	 * Crypto map
	 */
	crypto_map_t *map;

	/**
	 * Sender IDs
	 */
	gm_sids_t *sids;

	/**
	 * When to try again after a failure
	 */
	uint64_t retry;

	/**
	 * When to check how much was sent
	 */
	uint64_t check;

	/**
	 * TRUE if no Sender ID is left for a TEK
	 */
	bool is_short;

	/**
	 * SPI of the TEK for which that was logged
	 */
	uint32_t logged;

	/**
	 * SPI of the latest TEK of a counter mode, 0 if there is none
	 */
	uint32_t latest;

	/**
	 * Its cipher and key length
	 */
	encryption_algorithm_t encr;
	uint16_t encr_bits;

	/**
	 * TRUE if a TEK lacks a Sender ID
	 */
	bool busy;

	/**
	 * SPI of the TEK whose failure was logged
	 */
	uint32_t failed;
};

METHOD(gm_sampling_t, set_sids, void,
	private_gm_sampling_t *this, group_policy_t *policy)
{
	this->sids->set(this->sids, policy);
	this->is_short = FALSE;
	this->logged = 0;
	this->retry = 0;
}

/**
 * No Sender ID is left for a TEK
 */
static uint64_t run_short(private_gm_sampling_t *this, gm_tek_t *tek)
{
	uint32_t spi = tek->sa->get_spi(tek->sa);

	this->is_short = TRUE;
	if (this->logged != spi)
	{
		this->logged = spi;
		gm_log(4, "GM_SIDS_USED_UP", this->group, NULL, "No Sender ID of group "
			   "%s is left for SA %08x, registering for more", this->group,
			   ntohl(spi));
	}
	return GM_NEVER;
}

/**
 * A state could not be had
 */
static uint64_t fail(private_gm_sampling_t *this, uint32_t spi, uint64_t now)
{
	if (this->failed != spi)
	{
		this->failed = spi;
		gm_log(3, "GM_SID_FAILED", this->group, NULL, "SA %08x of group %s got "
			   "no Sender ID and can't send, trying again", ntohl(spi),
			   this->group);
	}
	this->retry = now + GM_SAMPLING_RETRY;
	return this->retry;
}

/**
 * Work on a TEK for a slice of time
 *
 * @return				when to go on
 */
static uint64_t work(private_gm_sampling_t *this, gm_tek_t *tek, uint64_t now)
{
	uint32_t spi = tek->sa->get_spi(tek->sa), unused[GM_SIDS_MAX], sid;
	const uint32_t *sids;
	uint8_t bits;
	u_int count;

	bits = this->sids->get(this->sids, &sids, &count);
	count = this->sids->get_unused(this->sids, spi, unused);
	if (!count)
	{
		return run_short(this, tek);
	}
	switch (tek->sa->sample(tek->sa, bits, unused, count, GM_SAMPLING_SLICE,
							&sid))
	{
		case SID_SAMPLER_DONE:
			this->sids->use(this->sids, spi, sid,
							tek->info.time.expires + GRACE);
			return now;
		case SID_SAMPLER_MORE:
			return now;
		case SID_SAMPLER_FAILED:
			break;
	}
	return fail(this, spi, now);
}

/**
 * Let a TEK that has sent too much get other Sender IDs
 */
static void check_sent(private_gm_sampling_t *this, gm_tek_t *tek)
{
	uint64_t bytes, packets;

	if (tek->sa->is_active(tek->sa) &&
		group_sa_count_sids(tek->info.tek) &&
		tek->sa->query(tek->sa, FALSE, &bytes, &packets) &&
		packets >= GROUP_SA_PACKETS_MAX)
	{
		gm_log(5, "GM_SID_RENEWED", this->group, NULL, "SA %08x of group %s "
			   "has sent %llu packets and gets other Sender IDs",
			   ntohl(tek->sa->get_spi(tek->sa)), this->group, packets);
		this->map->set_ready(this->map, tek->flow, FALSE);
		tek->sa->deactivate(tek->sa);
		tek->sa->renew(tek->sa);
	}
}

/**
 * Look after all TEKs
 *
 * @param check			TRUE to check how much was sent
 */
static void look_after(private_gm_sampling_t *this, gm_teks_t *teks, bool check)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	gm_tek_t *tek;

	this->latest = 0;
	enumerator = teks->create_enumerator(teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (!group_sa_count_sids(tek->info.tek))
		{
			continue;
		}
		data = tek->info.tek->get(tek->info.tek);
		this->latest = data->spi;
		this->encr = data->encr;
		this->encr_bits = data->encr_bits;
		this->sids->prolong(this->sids, data->spi,
							tek->info.time.expires + GRACE);
		if (check)
		{
			check_sent(this, tek);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(gm_sampling_t, run, uint64_t,
	private_gm_sampling_t *this, gm_teks_t *teks, gm_sampling_cb_t wanted,
	void *user, uint64_t now)
{
	enumerator_t *enumerator;
	uint64_t next = GM_NEVER;
	gm_tek_t *tek;

	this->busy = FALSE;
	this->is_short = FALSE;
	this->sids->expire(this->sids, now);
	look_after(this, teks, now >= this->check);
	if (!this->latest)
	{
		return GM_NEVER;
	}
	if (now >= this->check)
	{
		this->check = now + GM_SAMPLING_CHECK;
	}
	enumerator = teks->create_enumerator(teks);
	while (next == GM_NEVER && enumerator->enumerate(enumerator, &tek))
	{
		if (tek->sa->needs_sid(tek->sa) && wanted(user, tek))
		{
			this->busy = TRUE;
			next = now < this->retry ? this->retry : work(this, tek, now);
		}
	}
	enumerator->destroy(enumerator);
	return min(next, this->check);
}

METHOD(gm_sampling_t, is_short, bool,
	private_gm_sampling_t *this)
{
	return this->is_short;
}

METHOD(gm_sampling_t, get_status, void,
	private_gm_sampling_t *this, gm_sampling_status_t *status)
{
	const uint32_t *sids;

	memset(status, 0, sizeof(*status));
	status->bits = this->sids->get(this->sids, &sids, &status->count);
	memcpy(status->sids, sids, status->count * sizeof(*sids));
	status->spi = this->latest;
	status->encr = this->encr;
	status->encr_bits = this->encr_bits;
	status->unused_count = this->sids->get_unused(this->sids, status->spi,
												  status->unused);
	status->busy = this->busy;
	status->is_short = this->is_short;
}

METHOD(gm_sampling_t, destroy, void,
	private_gm_sampling_t *this)
{
	this->sids->destroy(this->sids);
	free(this->group);
	free(this);
}

/*
 * Described in header
 */
gm_sampling_t *gm_sampling_create(const char *group, crypto_map_t *map)
{
	private_gm_sampling_t *this;

	INIT(this,
		.public = {
			.set_sids = _set_sids,
			.run = _run,
			.is_short = _is_short,
			.get_status = _get_status,
			.destroy = _destroy,
		},
		.group = strdup(group),
		.map = map,
		.sids = gm_sids_create(),
	);
	return &this->public;
}

/**
 * Add a list of Sender IDs
 */
static void add_list(vici_builder_t *builder, char *name, const uint32_t *sids,
					 u_int count)
{
	u_int i;

	builder->begin_list(builder, name);
	for (i = 0; i < count; i++)
	{
		builder->add_li(builder, "%u", sids[i]);
	}
	builder->end_list(builder);
}

/*
 * Described in header
 */
vici_builder_t *gm_sampling_row(const gm_sampling_status_t *status,
								uint16_t request)
{
	vici_builder_t *builder = vici_builder_create();

	builder->add_kv(builder, "state", "%s", status->is_short ? "EXHAUSTED" :
					status->busy ? "SAMPLING" : "READY");
	if (status->bits)
	{
		builder->add_kv(builder, "bits", "%u", status->bits);
	}
	builder->add_kv(builder, "request", "%u", request);
	add_list(builder, "sids", status->sids, status->count);
	if (status->spi)
	{
		builder->add_kv(builder, "spi", "%08x", ntohl(status->spi));
		add_list(builder, "unused", status->unused, status->unused_count);
		builder->begin_list(builder, "transforms");
		policy_row_add_transform(builder, status->encr, status->encr_bits);
		builder->end_list(builder);
	}
	return builder;
}
