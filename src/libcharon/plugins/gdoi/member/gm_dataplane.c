/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE
#include "gm_dataplane.h"
#include "gm_accept.h"
#include "gm_flows.h"

#include <cryptomap/group_sa.h>

#include <stdio.h>

/** base of reqids, away from those that charon counts up from 1 */
#define REQID_BASE 0x84800000

typedef struct private_gm_dataplane_t private_gm_dataplane_t;

ENUM(gm_tek_state_names, GM_TEK_CURRENT, GM_TEK_OLD,
	"CURRENT",
	"NEXT",
	"OLD",
);

/**
 * An installed TEK
 */
typedef struct {
	/** what is shown of it; state is set by choose() */
	gm_tek_info_t info;
	/** its states in the kernel */
	group_sa_t *sa;
	/** index of its flow */
	u_int flow;
	/** TRUE if the present policy has it */
	bool current;
} entry_t;

/**
 * Private data of an gm_dataplane_t object.
 */
struct private_gm_dataplane_t {

	/**
	 * Public interface
	 */
	gm_dataplane_t public;

	/**
	 * Configuration
	 */
	gm_config_t *config;

	/**
	 * Crypto map
	 */
	crypto_map_t *map;

	/**
	 * TRUE while the crypto map is attached
	 */
	bool attached;

	/**
	 * Installed TEKs, as entry_t
	 */
	linked_list_t *entries;

	/**
	 * Flows of the present policy, by SA index
	 */
	gm_flow_t flows[CRYPTO_MAP_SAS];

	/**
	 * reqid of the group's SAs
	 */
	uint32_t reqid;
};

/**
 * Remove an SA from the kernel and forget it
 */
static void destroy_entry(entry_t *entry)
{
	entry->sa->destroy(entry->sa);
	entry->info.tek->destroy(entry->info.tek);
	free(entry);
}

/**
 * Find an installed TEK by its SPI
 */
static entry_t *find_entry(private_gm_dataplane_t *this, uint32_t spi)
{
	enumerator_t *enumerator;
	entry_t *entry, *found = NULL;

	enumerator = this->entries->create_enumerator(this->entries);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		if (entry->sa->get_spi(entry->sa) == spi)
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find the TEK that sends for a flow
 */
static entry_t *find_active(private_gm_dataplane_t *this, u_int flow)
{
	enumerator_t *enumerator;
	entry_t *entry, *found = NULL;

	enumerator = this->entries->create_enumerator(this->entries);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		if (entry->flow == flow && entry->sa->is_active(entry->sa))
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Tell the crypto map which SPIs to decrypt
 */
static void push_spis(private_gm_dataplane_t *this)
{
	uint32_t spis[CRYPTO_MAP_SPIS];
	enumerator_t *enumerator;
	entry_t *entry;
	u_int count = 0;

	enumerator = this->entries->create_enumerator(this->entries);
	while (count < countof(spis) && enumerator->enumerate(enumerator, &entry))
	{
		spis[count++] = entry->sa->get_spi(entry->sa);
	}
	enumerator->destroy(enumerator);
	this->map->set_spis(this->map, spis, count);
}

METHOD(gm_dataplane_t, open_, bool,
	private_gm_dataplane_t *this, char **reason)
{
	const gm_config_data_t *config = this->config->get(this->config);

	*reason = NULL;
	if (!this->attached)
	{
		gm_flows_push_initial(this->map, config->fail_close);
		this->attached = this->map->attach(this->map, reason);
	}
	return this->attached;
}

METHOD(gm_dataplane_t, is_open, bool,
	private_gm_dataplane_t *this)
{
	return this->attached;
}

METHOD(gm_dataplane_t, refresh, bool,
	private_gm_dataplane_t *this)
{
	return this->map->refresh(this->map);
}

METHOD(gm_dataplane_t, set_servers, void,
	private_gm_dataplane_t *this, host_t **servers, u_int count)
{
	this->map->set_servers(this->map, servers, min(count, CRYPTO_MAP_SERVERS));
}

/**
 * Give a flow to every access list of a policy that has none, either only to
 * those with an installed TEK, which keep their index, or to all
 */
static void assign_flows(private_gm_dataplane_t *this, group_policy_t *policy,
						 gm_flow_t *flows, bool installed)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	group_acl_t *acl;
	entry_t *entry;
	int i;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		acl = tek->get(tek)->acl;
		entry = find_entry(this, tek->get(tek)->spi);
		if (gm_flows_find(flows, acl) >= 0 || (installed && !entry))
		{
			continue;
		}
		/* a free index, which must be the TEK's one if it has one */
		i = installed ? entry->flow : 0;
		while (i < CRYPTO_MAP_SAS && flows[i].acl && !installed)
		{
			i++;
		}
		if (i < CRYPTO_MAP_SAS && !flows[i].acl)
		{
			flows[i].acl = acl->get_ref(acl);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Create the SA of a TEK in the kernel
 */
static entry_t *create_entry(private_gm_dataplane_t *this, group_tek_t *tek,
							 u_int flow, uint64_t now)
{
	const gm_config_data_t *config = this->config->get(this->config);
	const group_tek_data_t *data = tek->get(tek);
	entry_t *entry;
	group_sa_t *sa;

	sa = group_sa_create(this->map, tek, flow, this->reqid);
	if (sa && !sa->install(sa, config->clear_df))
	{
		sa->destroy(sa);
		sa = NULL;
	}
	if (!sa)
	{
		return NULL;
	}
	INIT(entry,
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
	);
	return entry;
}

/**
 * Remove an SA before another one of the same SPI is installed
 */
static void replace_entry(private_gm_dataplane_t *this, entry_t *entry)
{
	if (entry->sa->is_active(entry->sa))
	{
		this->map->set_ready(this->map, entry->flow, FALSE);
	}
	this->entries->remove(this->entries, entry, NULL);
	destroy_entry(entry);
}

/**
 * Install what is new in a policy
 *
 * @param fresh			gets the new entries
 */
static bool install_teks(private_gm_dataplane_t *this, group_policy_t *policy,
						 gm_flow_t *flows, uint64_t now, linked_list_t *fresh,
						 char **reason)
{
	enumerator_t *enumerator;
	group_tek_t *tek;
	entry_t *entry;
	bool done = TRUE;
	int flow;

	enumerator = policy->create_tek_enumerator(policy);
	while (done && enumerator->enumerate(enumerator, &tek))
	{
		flow = gm_flows_find(flows, tek->get(tek)->acl);
		entry = find_entry(this, tek->get(tek)->spi);
		if (entry && entry->flow == flow && gm_same_keys(entry->info.tek, tek))
		{
			continue;
		}
		if (entry)
		{	/* the SPI was used again for something else, there can't be both */
			replace_entry(this, entry);
		}
		entry = flow < 0 ? NULL : create_entry(this, tek, flow, now);
		if (entry)
		{
			fresh->insert_last(fresh, entry);
		}
		else
		{
			done = FALSE;
			if (asprintf(reason, "the kernel refused SA %08x",
						 ntohl(tek->get(tek)->spi)) < 0)
			{
				*reason = NULL;
			}
		}
	}
	enumerator->destroy(enumerator);
	return done;
}

/**
 * Take over a TEK's values, but for the lifetime that it began with
 */
static void set_tek(entry_t *entry, group_tek_t *tek)
{
	group_tek_t *old = entry->info.tek;

	entry->info.tek = tek->with_lifetime(tek, old->get(old)->lifetime);
	old->destroy(old);
}

/**
 * Take over from a policy what it says about installed TEKs
 */
static void adopt_policy(private_gm_dataplane_t *this, group_policy_t *policy,
						 uint64_t now)
{
	enumerator_t *enumerator;
	const group_tek_data_t *data;
	group_tek_t *tek;
	entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		tek = policy->find_tek(policy, PROTO_ESP,
							   entry->sa->get_spi(entry->sa));
		entry->current = tek != NULL;
		if (tek)
		{
			data = tek->get(tek);
			entry->info.time.expires = now + (uint64_t)data->lifetime * 1000;
			entry->info.time.sends = data->direction !=
													GROUP_TEK_RECEIVER_ONLY;
			set_tek(entry, tek);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Let a TEK send for its flow, or none
 */
static void switch_to(private_gm_dataplane_t *this, u_int flow, entry_t *entry)
{
	crypto_map_esp_t esp;
	entry_t *active;

	active = find_active(this, flow);
	if (entry && entry != active)
	{
		if (group_sa_esp_sizes(entry->info.tek, &esp))
		{
			this->map->set_esp(this->map, flow, &esp);
		}
		if (!entry->sa->activate(entry->sa, active ? active->sa : NULL))
		{	/* the one before goes on sending, if it can */
			entry = active;
		}
	}
	if (!entry && active)
	{
		this->map->set_ready(this->map, flow, FALSE);
		active->sa->deactivate(active->sa);
	}
	else if (entry != active)
	{
		this->map->set_ready(this->map, flow, TRUE);
	}
}

/**
 * Set the state of a flow's TEKs, to be shown
 */
static void set_states(private_gm_dataplane_t *this, u_int flow,
					   entry_t *active)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (entry->flow != flow)
		{
			continue;
		}
		if (entry == active)
		{
			entry->info.state = GM_TEK_CURRENT;
		}
		else if (entry->current && entry->info.time.sends && active &&
				 entry->info.time.expires > active->info.time.expires)
		{
			entry->info.state = GM_TEK_NEXT;
		}
		else
		{
			entry->info.state = GM_TEK_OLD;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Choose the TEK that sends for a flow
 *
 * @return				when to ask again
 */
static uint64_t choose(private_gm_dataplane_t *this, u_int flow, uint64_t now)
{
	gm_tek_time_t times[CRYPTO_MAP_SPIS];
	entry_t *entries[CRYPTO_MAP_SPIS], *entry;
	enumerator_t *enumerator;
	u_int count = 0;
	uint64_t next;
	int chosen;

	enumerator = this->entries->create_enumerator(this->entries);
	while (count < countof(entries) &&
		   enumerator->enumerate(enumerator, &entry))
	{
		if (entry->flow == flow && entry->current)
		{
			times[count] = entry->info.time;
			entries[count++] = entry;
		}
	}
	enumerator->destroy(enumerator);
	chosen = gm_schedule_outbound(times, count, now, &next);
	switch_to(this, flow, chosen < 0 ? NULL : entries[chosen]);
	set_states(this, flow, find_active(this, flow));
	return next;
}

/**
 * Remove TEKs that have ended, and all beyond the crypto map's room
 *
 * @return				when the next one ends
 */
static uint64_t expire(private_gm_dataplane_t *this, uint64_t now)
{
	enumerator_t *enumerator;
	linked_list_t *ended;
	uint64_t next = GM_NEVER;
	entry_t *entry;
	u_int count;

	ended = linked_list_create();
	count = this->entries->get_count(this->entries);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (entry->info.time.expires <= now ||
			(count > CRYPTO_MAP_SPIS && !entry->current))
		{
			count--;
			this->entries->remove_at(this->entries, enumerator);
			ended->insert_last(ended, entry);
			continue;
		}
		next = min(next, entry->info.time.expires);
	}
	enumerator->destroy(enumerator);
	if (ended->get_count(ended))
	{
		push_spis(this);
	}
	ended->destroy_function(ended, (void*)destroy_entry);
	return next;
}

METHOD(gm_dataplane_t, update, uint64_t,
	private_gm_dataplane_t *this, uint64_t now)
{
	uint64_t next = GM_NEVER, ends;
	u_int i;

	/* first the choice, so that nothing that sends is removed */
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		next = min(next, choose(this, i, now));
	}
	ends = expire(this, now);
	return min(next, ends);
}

METHOD(gm_dataplane_t, install, bool,
	private_gm_dataplane_t *this, group_policy_t *policy, uint64_t now,
	char **reason)
{
	gm_flow_t flows[CRYPTO_MAP_SAS] = {};
	linked_list_t *fresh;
	entry_t *entry;

	*reason = NULL;
	fresh = linked_list_create();
	assign_flows(this, policy, flows, TRUE);
	assign_flows(this, policy, flows, FALSE);
	if (!install_teks(this, policy, flows, now, fresh, reason))
	{
		fresh->destroy_function(fresh, (void*)destroy_entry);
		gm_flows_clear(flows);
		push_spis(this);
		return FALSE;
	}
	while (fresh->remove_first(fresh, (void**)&entry) == SUCCESS)
	{
		this->entries->insert_last(this->entries, entry);
	}
	fresh->destroy(fresh);
	adopt_policy(this, policy, now);
	gm_flows_clear(this->flows);
	memcpy(this->flows, flows, sizeof(flows));
	expire(this, now);
	push_spis(this);
	update(this, now);
	gm_flows_push(this->flows, this->map);
	return TRUE;
}

/**
 * When the last TEK of a flow ends, 0 without TEKs
 */
static uint64_t get_flow_end(private_gm_dataplane_t *this, u_int flow)
{
	enumerator_t *enumerator;
	uint64_t end = 0;
	entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (entry->flow == flow && entry->current)
		{
			end = max(end, entry->info.time.expires);
		}
	}
	enumerator->destroy(enumerator);
	return end;
}

METHOD(gm_dataplane_t, get_end, uint64_t,
	private_gm_dataplane_t *this)
{
	uint64_t end = GM_NEVER;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].acl)
		{
			end = min(end, get_flow_end(this, i));
		}
	}
	return end == GM_NEVER ? 0 : end;
}

METHOD(gm_dataplane_t, is_ready, bool,
	private_gm_dataplane_t *this)
{
	return get_end(this) != 0;
}

/**
 * Pass the shown part of an entry
 */
CALLBACK(filter_info, bool,
	void *data, enumerator_t *orig, va_list args)
{
	gm_tek_info_t **out;
	entry_t *entry;

	VA_ARGS_VGET(args, out);
	if (!orig->enumerate(orig, &entry))
	{
		return FALSE;
	}
	*out = &entry->info;
	return TRUE;
}

METHOD(gm_dataplane_t, create_tek_enumerator, enumerator_t*,
	private_gm_dataplane_t *this)
{
	return enumerator_create_filter(
							this->entries->create_enumerator(this->entries),
							filter_info, NULL, NULL);
}

METHOD(gm_dataplane_t, get_map, crypto_map_t*,
	private_gm_dataplane_t *this)
{
	return this->map;
}

METHOD(gm_dataplane_t, clear, void,
	private_gm_dataplane_t *this)
{
	const gm_config_data_t *config = this->config->get(this->config);
	entry_t *entry;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].acl)
		{
			this->map->set_ready(this->map, i, FALSE);
		}
	}
	gm_flows_clear(this->flows);
	gm_flows_push_initial(this->map, config->fail_close);
	this->map->set_spis(this->map, NULL, 0);
	while (this->entries->remove_first(this->entries,
									   (void**)&entry) == SUCCESS)
	{
		destroy_entry(entry);
	}
}

METHOD(gm_dataplane_t, close_, void,
	private_gm_dataplane_t *this)
{
	clear(this);
	if (this->attached)
	{
		this->map->detach(this->map);
		this->attached = FALSE;
	}
}

METHOD(gm_dataplane_t, destroy, void,
	private_gm_dataplane_t *this)
{
	close_(this);
	this->map->destroy(this->map);
	this->entries->destroy(this->entries);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_dataplane_t *gm_dataplane_create(gm_config_t *config, u_int index)
{
	const gm_config_data_t *data = config->get(config);
	private_gm_dataplane_t *this;
	crypto_map_params_t params = {
		.group = (char*)data->group.name,
		.interface = data->interface,
		.index = index,
		.local4 = data->anchors[GM_ANCHOR_LOCAL4],
		.remote4 = data->anchors[GM_ANCHOR_REMOTE4],
		.local6 = data->anchors[GM_ANCHOR_LOCAL6],
		.remote6 = data->anchors[GM_ANCHOR_REMOTE6],
		.clear_df = data->clear_df,
	};
	crypto_map_t *map;

	map = crypto_map_create(&params);
	if (!map)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.open = _open_,
			.is_open = _is_open,
			.refresh = _refresh,
			.set_servers = _set_servers,
			.install = _install,
			.update = _update,
			.get_end = _get_end,
			.is_ready = _is_ready,
			.create_tek_enumerator = _create_tek_enumerator,
			.get_map = _get_map,
			.clear = _clear,
			.close = _close_,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.map = map,
		.entries = linked_list_create(),
		.reqid = REQID_BASE + index,
	);
	return &this->public;
}
