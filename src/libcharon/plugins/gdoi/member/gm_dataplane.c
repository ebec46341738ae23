/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_dataplane.h"
#include "gm_change.h"
#include "gm_install.h"
#include "gm_rules.h"
#include "gm_sampling.h"
#include "gm_steering.h"

#include <collections/linked_list.h>

/** base of reqids, away from those that charon counts up from 1 */
#define REQID_BASE 0x84800000

/** until the kernel is asked again to let a TEK send, ms */
#define RETRY_DELAY 1000

typedef struct private_gm_dataplane_t private_gm_dataplane_t;

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
	 * Installed TEKs
	 */
	gm_teks_t *teks;

	/**
	 * Flows of the present policy, by SA index
	 */
	gm_flow_t flows[CRYPTO_MAP_SAS];

	/**
	 * Directions of the flows
	 */
	gm_steering_t *steering;

	/**
	 * Sender IDs of counter modes
	 */
	gm_sampling_t *sampling;

	/**
	 * Time stamps in packets
	 */
	gm_stamps_t *stamps;

	/**
	 * Access list of the crypto map
	 */
	gm_rules_t *rules;

	/**
	 * Key servers, as set in the crypto map
	 */
	host_t *servers[CRYPTO_MAP_SERVERS];
	u_int server_count;

	/**
	 * reqid of the group's SAs
	 */
	uint32_t reqid;
};

METHOD(gm_dataplane_t, open_, bool,
	private_gm_dataplane_t *this, char **reason)
{
	*reason = NULL;
	if (!this->attached)
	{
		this->rules->open(this->rules);
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

METHOD(gm_dataplane_t, configure, void,
	private_gm_dataplane_t *this, gm_config_t *config)
{
	this->config->destroy(this->config);
	this->config = config->get_ref(config);
	this->rules->configure(this->rules, config);
	this->steering->configure(this->steering, config->get(config)->direction);
	this->stamps->configure(this->stamps, config);
	this->stamps->follow(this->stamps);
}

/**
 * Forget the key servers
 */
static void clear_servers(private_gm_dataplane_t *this)
{
	while (this->server_count)
	{
		this->server_count--;
		this->servers[this->server_count]->destroy(
										this->servers[this->server_count]);
	}
}

METHOD(gm_dataplane_t, set_servers, void,
	private_gm_dataplane_t *this, host_t **servers, u_int count)
{
	clear_servers(this);
	while (this->server_count < min(count, CRYPTO_MAP_SERVERS))
	{
		this->servers[this->server_count] =
				servers[this->server_count]->clone(servers[this->server_count]);
		this->server_count++;
	}
	this->map->set_servers(this->map, this->servers, this->server_count);
}

/**
 * Let the chosen TEK send for a flow, or none
 *
 * @return				when to ask again
 */
static uint64_t switch_flow(private_gm_dataplane_t *this, u_int flow,
							uint64_t now)
{
	gm_tek_t *chosen = NULL, *active;
	uint64_t next = GM_NEVER;
	crypto_map_esp_t esp;
	bool sends, any;

	sends = this->steering->sends(this->steering, flow, &any);
	if (sends)
	{
		chosen = this->teks->choose(this->teks, flow, any, now, &next);
	}
	else
	{	/* pass in clear from here on, not to be dropped in between */
		this->steering->push(this->steering, flow);
	}
	active = this->teks->find_active(this->teks, flow);
	if (chosen && chosen != active && chosen->sa->needs_sid(chosen->sa))
	{	/* the one before goes on as long as it can */
		chosen = active && active->info.time.expires > now ? active : NULL;
	}
	if (chosen && chosen != active)
	{
		if (group_sa_esp_sizes(chosen->info.tek, &esp))
		{
			this->map->set_esp(this->map, flow, &esp);
		}
		if (chosen->sa->activate(chosen->sa, active ? active->sa : NULL))
		{
			this->map->set_ready(this->map, flow, TRUE);
		}
		else
		{	/* the one before goes on sending, if it can */
			next = min(next, now + RETRY_DELAY);
		}
	}
	if (!chosen && active)
	{
		this->map->set_ready(this->map, flow, FALSE);
		active->sa->deactivate(active->sa);
	}
	this->steering->push(this->steering, flow);
	this->teks->set_states(this->teks, flow, sends);
	return next;
}

METHOD(gm_dataplane_t, is_ready, bool,
	private_gm_dataplane_t *this)
{
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].acl && this->teks->get_end(this->teks, i))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Can a TEK be needed for sending?
 */
static bool may_send(private_gm_dataplane_t *this, gm_tek_t *tek)
{
	bool any;

	return tek->current &&
		   this->steering->sends(this->steering, tek->flow, &any) &&
		   (any || tek->info.time.sends);
}

METHOD(gm_dataplane_t, update, uint64_t,
	private_gm_dataplane_t *this, uint64_t now)
{
	uint64_t next, ends;
	bool removed = FALSE;
	u_int i;

	next = this->steering->run(this->steering, now);
	next = min(next, this->sampling->run(this->sampling, this->teks,
										 (gm_sampling_cb_t)may_send, this,
										 now));
	/* first the choice, so that nothing that sends is removed */
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		next = min(next, switch_flow(this, i, now));
	}
	ends = this->teks->expire(this->teks, now, &removed);
	if (removed)
	{
		this->teks->push_spis(this->teks, this->map);
		this->stamps->follow(this->stamps);
	}
	this->rules->set_keys(this->rules, is_ready(this));
	next = min(next, this->stamps->run(this->stamps, now));
	return min(next, ends);
}

/**
 * Give up a change
 */
static void undo(private_gm_dataplane_t *this, gm_change_t *change)
{
	change->fresh->destroy_function(change->fresh, (void*)gm_tek_destroy);
	gm_flows_clear(change->flows);
	this->teks->keep_deleted(this->teks);
	this->stamps->abort(this->stamps);
	this->teks->push_spis(this->teks, this->map);
	/* for what was put back */
	update(this, change->now);
}

/**
 * Put a change into force: inbound, then outbound, then the access list
 *
 * @param renewed		TRUE for rekeys and for registrations with new keys
 */
static void commit(private_gm_dataplane_t *this, gm_change_t *change,
				   bool renewed)
{
	bool removed = FALSE;
	gm_tek_t *tek;
	u_int i;

	while (change->fresh->remove_first(change->fresh, (void**)&tek) == SUCCESS)
	{
		this->teks->add(this->teks, tek);
	}
	change->fresh->destroy(change->fresh);
	this->stamps->commit(this->stamps);
	this->steering->plan(this->steering, this->flows, change->flows,
						 this->teks, renewed, change->now);
	gm_flows_clear(this->flows);
	memcpy(this->flows, change->flows, sizeof(this->flows));
	/* only makes room: what has ended may still be sending */
	this->teks->expire(this->teks, 0, &removed);
	this->teks->push_spis(this->teks, this->map);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].acl)
		{
			switch_flow(this, i, change->now);
		}
	}
	this->rules->set_flows(this->rules, this->flows, is_ready(this));
	this->steering->finish(this->steering);
	update(this, change->now);
}

/**
 * Install what is new in a policy
 */
static bool install_teks(private_gm_dataplane_t *this, gm_change_t *change)
{
	gm_install_t install = {
		.map = this->map,
		.teks = this->teks,
		.reqid = this->reqid,
		.clear_df = this->config->get(this->config)->clear_df,
	};

	return this->stamps->prepare(this->stamps, change) &&
		   gm_install_teks(&install, change);
}

/**
 * Remove the TEKs that are marked
 */
static void end_deleted(private_gm_dataplane_t *this)
{
	if (this->teks->end_deleted(this->teks))
	{
		this->teks->push_spis(this->teks, this->map);
	}
	this->stamps->follow(this->stamps);
}

METHOD(gm_dataplane_t, install, bool,
	private_gm_dataplane_t *this, group_policy_t *policy, uint64_t now,
	char **reason)
{
	gm_change_t change = {
		.policy = policy,
		.now = now,
		.room = this->rules->get_room(this->rules),
		.fresh = linked_list_create(),
	};

	*reason = NULL;
	this->stamps->registered(this->stamps, policy, now);
	if (!gm_change_plan(&change, this->teks) || !install_teks(this, &change))
	{
		undo(this, &change);
		*reason = change.reason;
		return FALSE;
	}
	this->sampling->set_sids(this->sampling, policy);
	gm_change_retire(this->teks);
	gm_change_describe(&change, this->teks);
	commit(this, &change, change.fresh->get_count(change.fresh) > 0);
	end_deleted(this);
	return TRUE;
}

METHOD(gm_dataplane_t, merge, bool,
	private_gm_dataplane_t *this, group_rekey_t *rekey, uint64_t now,
	char **reason)
{
	gm_change_t change = {
		.policy = rekey->get_policy(rekey),
		.now = now,
		.room = this->rules->get_room(this->rules),
		.fresh = linked_list_create(),
	};

	*reason = NULL;
	gm_change_delete(rekey, this->teks);
	if (change.policy && !this->stamps->rekeyed(this->stamps, change.policy,
												now, reason))
	{
		this->teks->keep_deleted(this->teks);
		change.fresh->destroy(change.fresh);
		return FALSE;
	}
	gm_flows_copy(this->flows, change.flows);
	if (change.policy)
	{
		gm_change_drop_deleted(&change, this->teks);
		if (!gm_change_plan_rekey(&change, this->teks) ||
			!install_teks(this, &change))
		{
			undo(this, &change);
			*reason = change.reason;
			return FALSE;
		}
	}
	gm_change_retire_rekey(&change, this->flows, this->teks);
	if (change.policy)
	{
		gm_change_describe(&change, this->teks);
	}
	commit(this, &change, TRUE);
	end_deleted(this);
	return TRUE;
}

METHOD(gm_dataplane_t, knows_spi, bool,
	private_gm_dataplane_t *this, uint32_t spi)
{
	return this->teks->is_known(this->teks, spi);
}

METHOD(gm_dataplane_t, has_news, bool,
	private_gm_dataplane_t *this, group_policy_t *policy)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (!found && enumerator->enumerate(enumerator, &tek))
	{
		found = !knows_spi(this, tek->get(tek)->spi);
	}
	enumerator->destroy(enumerator);
	return found;
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
			end = min(end, this->teks->get_end(this->teks, i));
		}
	}
	return end == GM_NEVER ? 0 : end;
}

/**
 * Pass the shown part of a TEK
 */
CALLBACK(filter_info, bool,
	private_gm_dataplane_t *this, enumerator_t *orig, va_list args)
{
	gm_direction_info_t info;
	gm_tek_info_t **out;
	gm_tek_t *tek;
	bool any;

	VA_ARGS_VGET(args, out);
	if (!orig->enumerate(orig, &tek))
	{
		return FALSE;
	}
	tek->info.direction = CRYPTO_MAP_INBOUND_ONLY;
	if (this->steering->sends(this->steering, tek->flow, &any) &&
		(any || tek->info.time.sends))
	{
		this->steering->get(this->steering, tek->flow, &info);
		tek->info.direction = info.direction;
	}
	*out = &tek->info;
	return TRUE;
}

METHOD(gm_dataplane_t, create_tek_enumerator, enumerator_t*,
	private_gm_dataplane_t *this)
{
	return enumerator_create_filter(
							this->teks->create_enumerator(this->teks),
							filter_info, this, NULL);
}

METHOD(gm_dataplane_t, direct, uint64_t,
	private_gm_dataplane_t *this, crypto_map_direction_t direction,
	uint64_t now)
{
	this->steering->command(this->steering, direction);
	return update(this, now);
}

METHOD(gm_dataplane_t, get_direction, void,
	private_gm_dataplane_t *this, gm_direction_info_t *info)
{
	this->steering->get_group(this->steering, info);
}

METHOD(gm_dataplane_t, get_view, void,
	private_gm_dataplane_t *this, gm_view_t *view)
{
	gm_view_t now = {
		.attached = this->attached,
		.closed = this->rules->is_closed(this->rules),
		.rules = this->rules->get(this->rules),
		.server_count = this->server_count,
	};
	gm_direction_info_t info;
	gm_tek_t *active;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		active = this->teks->find_active(this->teks, i);
		now.spis[i] = active ? active->sa->get_spi(active->sa) : 0;
		this->steering->get(this->steering, i, &info);
		now.directions[i] = info.direction;
	}
	memcpy(now.servers, this->servers, sizeof(now.servers));
	gm_view_clone(&now, view);
}

METHOD(gm_dataplane_t, get_sampling, gm_sampling_t*,
	private_gm_dataplane_t *this)
{
	return this->sampling;
}

METHOD(gm_dataplane_t, get_teks, gm_teks_t*,
	private_gm_dataplane_t *this)
{
	return this->teks;
}

METHOD(gm_dataplane_t, get_stamps, gm_stamps_t*,
	private_gm_dataplane_t *this)
{
	return this->stamps;
}

METHOD(gm_dataplane_t, get_map, crypto_map_t*,
	private_gm_dataplane_t *this)
{
	return this->map;
}

METHOD(gm_dataplane_t, clear, void,
	private_gm_dataplane_t *this)
{
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].acl)
		{
			this->map->set_ready(this->map, i, FALSE);
		}
	}
	gm_flows_clear(this->flows);
	this->rules->clear(this->rules);
	this->steering->clear(this->steering);
	this->map->set_spis(this->map, NULL, NULL, 0);
	this->teks->clear(this->teks);
	this->stamps->follow(this->stamps);
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
	clear_servers(this);
	this->rules->destroy(this->rules);
	this->stamps->destroy(this->stamps);
	this->sampling->destroy(this->sampling);
	this->steering->destroy(this->steering);
	this->map->destroy(this->map);
	this->teks->destroy(this->teks);
	this->config->destroy(this->config);
	free(this);
}

/*
 * Described in header
 */
gm_dataplane_t *gm_dataplane_create(gm_config_t *config, u_int index,
									gm_runtime_t *runtime)
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
			.configure = _configure,
			.set_servers = _set_servers,
			.install = _install,
			.merge = _merge,
			.knows_spi = _knows_spi,
			.has_news = _has_news,
			.update = _update,
			.get_end = _get_end,
			.is_ready = _is_ready,
			.create_tek_enumerator = _create_tek_enumerator,
			.direct = _direct,
			.get_direction = _get_direction,
			.get_view = _get_view,
			.get_sampling = _get_sampling,
			.get_stamps = _get_stamps,
			.get_teks = _get_teks,
			.get_map = _get_map,
			.clear = _clear,
			.close = _close_,
			.destroy = _destroy,
		},
		.config = config->get_ref(config),
		.map = map,
		.teks = gm_teks_create(),
		.sampling = gm_sampling_create(data->group.name, map),
		.steering = gm_steering_create(data->group.name, map,
									   data->direction),
		.rules = gm_rules_create(config, map),
		.reqid = REQID_BASE + index,
	);
	this->stamps = gm_stamps_create(config, map, this->teks, runtime);
	return &this->public;
}
