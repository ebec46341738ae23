/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_teks.h"
#include "gm_freshness.h"

#include <collections/linked_list.h>

/** an SPI may bring the traffic of all SAs of the group, without or with time
 *  stamps */
#define ALL_SAS ((1u << CRYPTO_MAP_SAS) - 1)
#define ALL_STAMPED (ALL_SAS | CRYPTO_MAP_SPI_STAMPED)

typedef struct private_gm_teks_t private_gm_teks_t;

ENUM(gm_tek_state_names, GM_TEK_CURRENT, GM_TEK_OLD,
	"CURRENT",
	"NEXT",
	"OLD",
);

/**
 * Private data of an gm_teks_t object.
 */
struct private_gm_teks_t {

	/**
	 * Public interface
	 */
	gm_teks_t public;

	/**
	 * TEKs, as gm_tek_t
	 */
	linked_list_t *teks;

	/**
	 * SPIs of the TEKs that were removed last, 0 for none
	 */
	uint32_t removed[GM_TEKS_REMOVED];

	/**
	 * Where the next one goes
	 */
	u_int next;
};

/*
 * Described in header
 */
void gm_tek_destroy(gm_tek_t *tek)
{
	tek->sa->destroy(tek->sa);
	tek->info.tek->destroy(tek->info.tek);
	free(tek);
}

/*
 * Described in header
 */
gm_tek_t *gm_tek_install(crypto_map_t *map, group_tek_t *tek, u_int flow,
						 uint32_t reqid, bool clear_df, uint64_t now)
{
	const group_tek_data_t *data = tek->get(tek);
	group_sa_t *sa;
	gm_tek_t *this;

	sa = group_sa_create(map, tek, flow, reqid);
	if (!sa)
	{
		return NULL;
	}
	if (!sa->install(sa, clear_df))
	{
		sa->destroy(sa);
		return NULL;
	}
	INIT(this,
		.info = {
			.tek = tek->get_ref(tek),
			.time = {
				.installed = now,
				.expires = now + (uint64_t)data->lifetime * 1000,
				.sends = data->direction != GROUP_TEK_RECEIVER_ONLY,
			},
		},
		.sa = sa,
		.flow = flow,
		.limit = GM_NEVER,
	);
	return this;
}

/*
 * Described in header
 */
void gm_tek_describe(gm_tek_t *tek, group_tek_t *said, uint64_t now)
{
	const group_tek_data_t *data = said->get(said);
	group_tek_t *old = tek->info.tek;

	tek->info.time.expires = min(now + (uint64_t)data->lifetime * 1000,
								 tek->limit);
	tek->info.time.sends = data->direction != GROUP_TEK_RECEIVER_ONLY;
	tek->info.tek = said->with_lifetime(said, old->get(old)->lifetime);
	old->destroy(old);
}

METHOD(gm_teks_t, add, void,
	private_gm_teks_t *this, gm_tek_t *tek)
{
	this->teks->insert_last(this->teks, tek);
}

/**
 * Remember the SPI of a TEK, and remove it from the kernel
 */
static void end(private_gm_teks_t *this, gm_tek_t *tek)
{
	this->removed[this->next] = tek->sa->get_spi(tek->sa);
	this->next = (this->next + 1) % countof(this->removed);
	gm_tek_destroy(tek);
}

METHOD(gm_teks_t, remove_, void,
	private_gm_teks_t *this, gm_tek_t *tek)
{
	this->teks->remove(this->teks, tek, NULL);
	end(this, tek);
}

METHOD(gm_teks_t, create_enumerator, enumerator_t*,
	private_gm_teks_t *this)
{
	return this->teks->create_enumerator(this->teks);
}

METHOD(gm_teks_t, find, gm_tek_t*,
	private_gm_teks_t *this, uint32_t spi)
{
	enumerator_t *enumerator;
	gm_tek_t *tek, *found = NULL;

	enumerator = this->teks->create_enumerator(this->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		if (tek->sa->get_spi(tek->sa) == spi)
		{
			found = tek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_teks_t, is_known, bool,
	private_gm_teks_t *this, uint32_t spi)
{
	u_int i;

	for (i = 0; i < countof(this->removed); i++)
	{
		if (this->removed[i] == spi)
		{
			return TRUE;
		}
	}
	return find(this, spi) != NULL;
}

METHOD(gm_teks_t, find_active, gm_tek_t*,
	private_gm_teks_t *this, u_int flow)
{
	enumerator_t *enumerator;
	gm_tek_t *tek, *found = NULL;

	enumerator = this->teks->create_enumerator(this->teks);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow == flow && tek->sa->is_active(tek->sa))
		{
			found = tek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Did a TEK come after another one?
 */
static bool is_newer(gm_tek_t *tek, gm_tek_t *other)
{
	const gm_tek_time_t *a = &tek->info.time, *b = &other->info.time;

	return a->installed != b->installed ? a->installed > b->installed
										: a->expires >= b->expires;
}

METHOD(gm_teks_t, find_newest, gm_tek_t*,
	private_gm_teks_t *this, u_int flow)
{
	enumerator_t *enumerator;
	gm_tek_t *tek, *found = NULL;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow == flow && tek->current &&
			(!found || is_newer(tek, found)))
		{
			found = tek;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_teks_t, choose, gm_tek_t*,
	private_gm_teks_t *this, u_int flow, bool any, uint64_t now,
	uint64_t *next)
{
	gm_tek_time_t times[CRYPTO_MAP_SPIS * 2];
	gm_tek_t *teks[countof(times)], *tek;
	enumerator_t *enumerator;
	u_int count = 0;
	int chosen;

	enumerator = this->teks->create_enumerator(this->teks);
	while (count < countof(times) && enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow == flow && tek->current)
		{
			times[count] = tek->info.time;
			times[count].sends |= any;
			teks[count++] = tek;
		}
	}
	enumerator->destroy(enumerator);
	chosen = gm_schedule_outbound(times, count, now, next);
	return chosen < 0 ? NULL : teks[chosen];
}

METHOD(gm_teks_t, set_states, void,
	private_gm_teks_t *this, u_int flow, bool sends)
{
	gm_tek_t *tek, *active;
	enumerator_t *enumerator;

	active = sends ? find_active(this, flow) : find_newest(this, flow);
	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow != flow)
		{
			continue;
		}
		if (tek == active)
		{
			tek->info.state = GM_TEK_CURRENT;
		}
		else if (tek->current && tek->info.time.sends && active &&
				 (tek->info.time.installed > active->info.time.installed ||
				  tek->info.time.expires > active->info.time.expires))
		{
			tek->info.state = GM_TEK_NEXT;
		}
		else
		{
			tek->info.state = GM_TEK_OLD;
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(gm_teks_t, get_end, uint64_t,
	private_gm_teks_t *this, u_int flow)
{
	enumerator_t *enumerator;
	uint64_t last = 0;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->flow == flow && tek->current)
		{
			last = max(last, tek->info.time.expires);
		}
	}
	enumerator->destroy(enumerator);
	return last;
}

/**
 * Find the TEK to make room for others: the first that is not in the policy
 * any more, otherwise the first that does not send
 */
static gm_tek_t *find_spare(private_gm_teks_t *this)
{
	gm_tek_t *tek, *old = NULL, *idle = NULL;
	enumerator_t *enumerator;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (!tek->sa->is_active(tek->sa))
		{
			idle = idle ?: tek;
			old = old ?: (tek->current ? NULL : tek);
		}
	}
	enumerator->destroy(enumerator);
	return old ?: idle;
}

METHOD(gm_teks_t, expire, uint64_t,
	private_gm_teks_t *this, uint64_t now, bool *removed)
{
	enumerator_t *enumerator;
	uint64_t next = GM_NEVER;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->info.time.expires <= now)
		{
			this->teks->remove_at(this->teks, enumerator);
			end(this, tek);
			*removed = TRUE;
			continue;
		}
		next = min(next, tek->info.time.expires);
	}
	enumerator->destroy(enumerator);
	while (this->teks->get_count(this->teks) > CRYPTO_MAP_SPIS)
	{
		remove_(this, find_spare(this));
		*removed = TRUE;
	}
	return next;
}

METHOD(gm_teks_t, end_deleted, bool,
	private_gm_teks_t *this)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		if (tek->deleted)
		{
			this->teks->remove_at(this->teks, enumerator);
			end(this, tek);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(gm_teks_t, keep_deleted, void,
	private_gm_teks_t *this)
{
	enumerator_t *enumerator;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (enumerator->enumerate(enumerator, &tek))
	{
		tek->deleted = FALSE;
	}
	enumerator->destroy(enumerator);
}

/**
 * Does the policy forbid to receive with a TEK?
 */
static bool is_sender_only(gm_tek_t *tek)
{
	group_tek_t *policy = tek->info.tek;

	return policy->get(policy)->direction == GROUP_TEK_SENDER_ONLY;
}

/**
 * Do the packets of a TEK carry a time stamp?
 */
static bool is_stamped(gm_tek_t *tek)
{
	return gm_freshness_is_stamped(tek->info.tek->get(tek->info.tek)->replay);
}

METHOD(gm_teks_t, push_spis, void,
	private_gm_teks_t *this, crypto_map_t *map)
{
	uint32_t spis[CRYPTO_MAP_SPIS], sas[CRYPTO_MAP_SPIS];
	enumerator_t *enumerator;
	bool any = FALSE;
	u_int count = 0;
	gm_tek_t *tek;

	enumerator = this->teks->create_enumerator(this->teks);
	while (count < countof(spis) && enumerator->enumerate(enumerator, &tek))
	{
		if (!is_sender_only(tek))
		{
			sas[count] = is_stamped(tek) ? ALL_STAMPED : ALL_SAS;
			any |= sas[count] != ALL_SAS;
			spis[count++] = tek->sa->get_spi(tek->sa);
		}
	}
	enumerator->destroy(enumerator);
	map->set_spis(map, spis, any ? sas : NULL, count);
}

METHOD(gm_teks_t, clear, void,
	private_gm_teks_t *this)
{
	gm_tek_t *tek;

	while (this->teks->remove_first(this->teks, (void**)&tek) == SUCCESS)
	{
		end(this, tek);
	}
}

METHOD(gm_teks_t, destroy, void,
	private_gm_teks_t *this)
{
	clear(this);
	this->teks->destroy(this->teks);
	free(this);
}

/*
 * Described in header
 */
gm_teks_t *gm_teks_create()
{
	private_gm_teks_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.create_enumerator = _create_enumerator,
			.find = _find,
			.is_known = _is_known,
			.find_active = _find_active,
			.find_newest = _find_newest,
			.choose = _choose,
			.set_states = _set_states,
			.get_end = _get_end,
			.expire = _expire,
			.end_deleted = _end_deleted,
			.keep_deleted = _keep_deleted,
			.push_spis = _push_spis,
			.clear = _clear,
			.destroy = _destroy,
		},
		.teks = linked_list_create(),
	);
	return &this->public;
}
