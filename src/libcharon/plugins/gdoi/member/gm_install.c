/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_install.h"
#include "gm_accept.h"

/**
 * Install the SA of a TEK in place of another one of the same SPI, which is
 * put back if the kernel refuses
 */
static gm_tek_t *replace_tek(const gm_install_t *this, gm_tek_t *old,
							 group_tek_t *tek, u_int flow, uint64_t now)
{
	group_tek_t *before = old->info.tek->get_ref(old->info.tek);
	gm_tek_t copy = *old, *fresh, *back;

	if (old->sa->is_active(old->sa))
	{
		this->map->set_ready(this->map, old->flow, FALSE);
	}
	this->teks->remove(this->teks, old);
	fresh = gm_tek_install(this->map, tek, flow, this->reqid, this->clear_df,
						   now);
	if (!fresh)
	{
		back = gm_tek_install(this->map, before, copy.flow, this->reqid,
							  this->clear_df, copy.info.time.installed);
		if (back)
		{
			back->info.time = copy.info.time;
			back->current = copy.current;
			back->limit = copy.limit;
			this->teks->add(this->teks, back);
		}
	}
	before->destroy(before);
	return fresh;
}

/**
 * Install the SA of a TEK, unless it is there
 *
 * @param conflicts		TRUE for TEKs whose SPI is used for something else,
 *						there can't be both; FALSE for the others
 */
static bool install_tek(const gm_install_t *this, gm_change_t *change,
						group_tek_t *tek, bool conflicts)
{
	const group_tek_data_t *data = tek->get(tek);
	gm_tek_t *old, *fresh;
	int flow;

	flow = gm_flows_find(change->flows, data->acl);
	old = this->teks->find(this->teks, data->spi);
	if (!old == conflicts || (old && old->flow == flow &&
							  gm_same_keys(old->info.tek, tek)))
	{
		return TRUE;
	}
	fresh = old ? replace_tek(this, old, tek, flow, change->now)
				: gm_tek_install(this->map, tek, flow, this->reqid,
								 this->clear_df, change->now);
	if (!fresh)
	{
		return gm_change_refused(change, this->map, data->spi);
	}
	fresh->current = TRUE;
	change->fresh->insert_last(change->fresh, fresh);
	return TRUE;
}

/*
 * Described in header
 */
bool gm_install_teks(const gm_install_t *this, gm_change_t *change)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	bool done = TRUE;
	int conflicts;

	for (conflicts = 0; conflicts < 2; conflicts++)
	{
		enumerator = change->policy->create_tek_enumerator(change->policy);
		while (done && enumerator->enumerate(enumerator, &tek))
		{
			done = install_tek(this, change, tek, conflicts);
		}
		enumerator->destroy(enumerator);
	}
	return done;
}
