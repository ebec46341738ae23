/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_sa.h"

#include <daemon.h>

/** seconds that states outlive their TEK, if nobody removes them in time */
#define STATE_GRACE 30

typedef struct private_group_sa_t private_group_sa_t;
typedef struct counter_state_t counter_state_t;

/**
 * An outbound state of a counter mode.
 */
struct counter_state_t {

	/** TRUE if the access list has lines of this family */
	bool needed;

	/** TRUE if it is there with its Sender ID */
	bool ready;

	/** at work on it, or NULL */
	sid_sampler_t *sampler;
};

/**
 * Private data of a group_sa_t object.
 */
struct private_group_sa_t {

	/**
	 * Public interface.
	 */
	group_sa_t public;

	/**
	 * Crypto map that it belongs to.
	 */
	crypto_map_t *map;

	/**
	 * Keys and algorithms.
	 */
	group_tek_t *tek;

	/**
	 * Index of the SA in the crypto map.
	 */
	u_int sa;

	/**
	 * reqid of the group.
	 */
	uint32_t reqid;

	/**
	 * TRUE if inbound states are installed, and the outbound ones as far as
	 * they need no Sender ID.
	 */
	bool installed;

	/**
	 * As given to install().
	 */
	bool clear_df;

	/**
	 * Seconds that the TEK has left, for states that come from now on.
	 */
	uint32_t life;

	/**
	 * Outbound states that need Sender IDs, IPv4 and IPv6.
	 */
	counter_state_t counter[2];

	/**
	 * TRUE if policies of ours are installed: until deactivate(), even if
	 * another SA took over.
	 */
	bool policies;

	/**
	 * TRUE if we are the one that sends.
	 */
	bool active;
};

/** a state: address family and direction */
typedef struct {
	int family;
	bool inbound;
} state_t;

/**
 * All states, in the order in which they get installed: inbound ones first.
 */
static const state_t states[] = {
	{ AF_INET, TRUE },
	{ AF_INET6, TRUE },
	{ AF_INET, FALSE },
	{ AF_INET6, FALSE },
};

/** index of the first outbound state */
#define FIRST_OUT 2

METHOD(group_sa_t, get_spi, uint32_t,
	private_group_sa_t *this)
{
	return this->tek->get(this->tek)->spi;
}

/**
 * Identify a state. Hosts belong to the crypto map.
 */
static kernel_ipsec_sa_id_t state_id(private_group_sa_t *this,
									 const state_t *state)
{
	host_t *local, *remote;

	local = this->map->get_anchor(this->map, state->family, TRUE);
	remote = this->map->get_anchor(this->map, state->family, FALSE);
	return (kernel_ipsec_sa_id_t){
		.src = state->inbound ? remote : local,
		.dst = state->inbound ? local : remote,
		.spi = get_spi(this),
		.proto = IPPROTO_ESP,
		.if_id = state->inbound ? 0 : this->map->get_if_id(this->map),
	};
}

/**
 * Mode of our states. In tunnel mode the kernel writes itself what is behind
 * the ESP header, and refuses all but IP there. With BEET that is what the
 * packet says that it is given: a freshness header.
 */
static ipsec_mode_t get_mode(private_group_sa_t *this)
{
	return group_sa_is_stamped(this->tek) ? MODE_BEET : MODE_TUNNEL;
}

/**
 * Window of an inbound state's sequence numbers, 0 for none (TBAR-015).
 */
static u_int get_window(private_group_sa_t *this)
{
	const group_tek_data_t *tek = this->tek->get(this->tek);

	return tek->replay == GROUP_REPLAY_COUNTER ? tek->replay_window : 0;
}

METHOD(traffic_selector_t, beet_to_subnet, bool,
	traffic_selector_t *this, host_t **net, uint8_t *mask)
{
	*net = host_create_from_chunk(
					this->get_type(this) == TS_IPV4_ADDR_RANGE ? AF_INET
															   : AF_INET6,
					this->get_from_address(this), 0);
	*mask = 0;
	return TRUE;
}

/**
 * Create a selector of a BEET state. The kernel takes the addresses of the
 * packet inside from it, which are our anchors. But then it compares packets
 * to it that have their own addresses again: so it has to match all of them,
 * and keeps its address in spite of that.
 */
static traffic_selector_t *create_selector(host_t *anchor)
{
	traffic_selector_t *ts;

	ts = traffic_selector_create_from_subnet(anchor->clone(anchor),
						anchor->get_family(anchor) == AF_INET ? 32 : 128, 0, 0,
						65535);
	ts->to_subnet = _beet_to_subnet;
	return ts;
}

/**
 * Remove a state.
 */
static void del_state(private_group_sa_t *this, const state_t *state)
{
	kernel_ipsec_sa_id_t id = state_id(this, state);
	kernel_ipsec_del_sa_t data = {};

	charon->kernel->del_sa(charon->kernel, &id, &data);
}

/**
 * Add a state. One that a dead process left, with the same SPI because the
 * TEK is still the group's, is replaced.
 */
static bool add_state(private_group_sa_t *this, const state_t *state,
					  bool clear_df)
{
	const group_tek_data_t *tek = this->tek->get(this->tek);
	kernel_ipsec_sa_id_t id = state_id(this, state);
	lifetime_cfg_t lifetime = {
		.time.life = (uint64_t)this->life + STATE_GRACE,
	};
	linked_list_t *src_ts = linked_list_create();
	linked_list_t *dst_ts = linked_list_create();
	kernel_ipsec_add_sa_t data = {
		.reqid = state->inbound ? CRYPTO_MAP_REQID : this->reqid,
		.mode = get_mode(this),
		.src_ts = src_ts,
		.dst_ts = dst_ts,
		.lifetime = &lifetime,
		.enc_alg = tek->encr,
		.enc_key = tek->encr_key,
		.int_alg = tek->integ,
		.int_key = tek->integ_key,
		.replay_window = state->inbound ? get_window(this) : 0,
		.copy_df = !clear_df,
		.copy_ecn = TRUE,
		.copy_dscp = DSCP_COPY_OUT_ONLY,
		.inbound = state->inbound,
	};
	bool good;

	if (data.mode == MODE_BEET)
	{
		src_ts->insert_last(src_ts, create_selector(id.src));
		dst_ts->insert_last(dst_ts, create_selector(id.dst));
	}
	good = charon->kernel->add_sa(charon->kernel, &id, &data) == SUCCESS;
	if (!good)
	{
		del_state(this, state);
		good = charon->kernel->add_sa(charon->kernel, &id, &data) == SUCCESS;
	}
	src_ts->destroy_offset(src_ts, offsetof(traffic_selector_t, destroy));
	dst_ts->destroy_offset(dst_ts, offsetof(traffic_selector_t, destroy));
	return good;
}

/**
 * Check if the TEK has a counter mode.
 */
static bool is_counter(private_group_sa_t *this)
{
	return group_tek_is_counter_mode(this->tek->get(this->tek)->encr);
}

/**
 * Check if a state is in the kernel, for good.
 */
static bool is_there(private_group_sa_t *this, u_int i)
{
	return this->installed && (i < FIRST_OUT || !is_counter(this) ||
							   this->counter[i - FIRST_OUT].ready);
}

METHOD(group_sa_t, install, bool,
	private_group_sa_t *this, bool clear_df)
{
	int i, count = is_counter(this) ? FIRST_OUT : countof(states);

	if (this->installed)
	{
		return TRUE;
	}
	if (!this->map->claim_spi(this->map, get_spi(this), NULL))
	{
		return FALSE;
	}
	this->life = this->tek->get(this->tek)->lifetime;
	for (i = 0; i < count; i++)
	{
		if (!add_state(this, &states[i], clear_df))
		{
			while (i--)
			{
				del_state(this, &states[i]);
			}
			this->map->release_spi(this->map, get_spi(this));
			return FALSE;
		}
	}
	this->clear_df = clear_df;
	this->installed = TRUE;
	return TRUE;
}

/**
 * Find an outbound state that is missing, -1 if there is none.
 */
static int find_missing(private_group_sa_t *this)
{
	int i;

	for (i = 0; this->installed && i < countof(this->counter); i++)
	{
		if (this->counter[i].needed && !this->counter[i].ready)
		{
			return i;
		}
	}
	return -1;
}

METHOD(group_sa_t, needs_sid, bool,
	private_group_sa_t *this)
{
	return find_missing(this) != -1;
}

/**
 * Begin to work on an outbound state.
 */
static bool begin_sampling(private_group_sa_t *this, u_int i, uint8_t bits,
						   const uint32_t *sids, u_int count)
{
	const state_t *state = &states[FIRST_OUT + i];

	if (!add_state(this, state, this->clear_df))
	{
		return FALSE;
	}
	this->counter[i].sampler = this->map->create_sampler(this->map,
									state->family, get_spi(this), bits, sids,
									min(count, SID_SAMPLER_SIDS_MAX));
	if (!this->counter[i].sampler)
	{
		del_state(this, state);
	}
	return this->counter[i].sampler != NULL;
}

/**
 * End the work on an outbound state.
 *
 * @param keep		TRUE to keep the state
 */
static void end_sampling(private_group_sa_t *this, u_int i, bool keep)
{
	counter_state_t *counter = &this->counter[i];

	if (counter->sampler)
	{
		counter->sampler->destroy(counter->sampler);
		counter->sampler = NULL;
		if (!keep)
		{
			del_state(this, &states[FIRST_OUT + i]);
		}
	}
}

METHOD(group_sa_t, sample, sid_sampler_status_t,
	private_group_sa_t *this, uint8_t bits, const uint32_t *sids, u_int count,
	u_int ms, uint32_t *sid)
{
	sid_sampler_status_t status;
	sid_sampler_t *sampler;
	int i = find_missing(this);

	if (i < 0 || (!this->counter[i].sampler &&
				  !begin_sampling(this, i, bits, sids, count)))
	{
		return SID_SAMPLER_FAILED;
	}
	sampler = this->counter[i].sampler;
	status = sampler->run(sampler, ms);
	switch (status)
	{
		case SID_SAMPLER_MORE:
			return status;
		case SID_SAMPLER_DONE:
			*sid = sampler->get_sid(sampler);
			this->counter[i].ready = TRUE;
			DBG2(DBG_KNL, "SA %08x sends IPv%d with Sender ID %u, got by %u "
				 "tries", ntohl(get_spi(this)), i ? 6 : 4, *sid,
				 sampler->get_tries(sampler));
			break;
		case SID_SAMPLER_FAILED:
			DBG1(DBG_KNL, "no Sender ID for SA %08x after %u tries: %s",
				 ntohl(get_spi(this)), sampler->get_tries(sampler),
				 sampler->get_reason(sampler));
			break;
	}
	end_sampling(this, i, status == SID_SAMPLER_DONE);
	return status;
}

METHOD(group_sa_t, renew, void,
	private_group_sa_t *this)
{
	int i;

	for (i = 0; i < countof(this->counter); i++)
	{
		end_sampling(this, i, FALSE);
		if (this->counter[i].ready)
		{
			this->counter[i].ready = FALSE;
			del_state(this, &states[FIRST_OUT + i]);
		}
	}
}

/**
 * Ask the kernel for the counters of a state.
 */
static bool query_state(private_group_sa_t *this, const state_t *state,
						uint64_t *bytes, uint64_t *packets)
{
	kernel_ipsec_sa_id_t id = state_id(this, state);
	kernel_ipsec_query_sa_t data = {};
	time_t time;

	return charon->kernel->query_sa(charon->kernel, &id, &data, bytes, packets,
									&time) == SUCCESS;
}

METHOD(group_sa_t, restore, status_t,
	private_group_sa_t *this, host_t *dst, uint32_t seconds)
{
	kernel_ipsec_sa_id_t id;
	uint64_t bytes, packets;
	u_int i;

	for (i = 0; i < countof(states); i++)
	{
		id = state_id(this, &states[i]);
		if (!is_there(this, i) || !dst->ip_equals(dst, id.dst))
		{
			continue;
		}
		/* packets that found no state to be sent by left larval ones, whose
		 * time is over later */
		if (query_state(this, &states[i], &bytes, &packets))
		{
			return NOT_FOUND;
		}
		this->life = seconds;
		if (i >= FIRST_OUT && is_counter(this))
		{
			return NEED_MORE;
		}
		return add_state(this, &states[i], this->clear_df) ? SUCCESS : FAILED;
	}
	return NOT_FOUND;
}

/**
 * Add or remove the outbound policy of a family, pinned to our SPI.
 */
static bool manage_policy(private_group_sa_t *this, int family, bool add)
{
	traffic_selector_t *any;
	status_t status;
	ipsec_sa_cfg_t cfg = {
		.mode = get_mode(this),
		.reqid = this->reqid,
		.policy_count = 1,
		.esp = {
			.use = TRUE,
			.spi = get_spi(this),
		},
	};
	kernel_ipsec_manage_policy_t data = {
		.type = POLICY_IPSEC,
		.prio = POLICY_PRIORITY_DEFAULT,
		.src = this->map->get_anchor(this->map, family, TRUE),
		.dst = this->map->get_anchor(this->map, family, FALSE),
		.sa = &cfg,
	};

	any = traffic_selector_create_from_cidr(
					family == AF_INET ? "0.0.0.0/0" : "::/0", 0, 0, 65535);
	kernel_ipsec_policy_id_t id = {
		.dir = POLICY_OUT,
		.src_ts = any,
		.dst_ts = any,
		.mark = this->map->get_mark(this->map, this->sa,
									group_sa_is_stamped(this->tek)),
		.if_id = this->map->get_if_id(this->map),
	};
	status = add ? charon->kernel->add_policy(charon->kernel, &id, &data)
				 : charon->kernel->del_policy(charon->kernel, &id, &data);
	any->destroy(any);
	return status == SUCCESS;
}

/**
 * Add or remove the outbound policies of the families that have states. To
 * remove, all are tried.
 */
static bool manage_policies(private_group_sa_t *this, bool add)
{
	u_int i;

	for (i = FIRST_OUT; i < countof(states); i++)
	{
		if (is_there(this, i) &&
			!manage_policy(this, states[i].family, add) && add)
		{
			return FALSE;
		}
	}
	return TRUE;
}

METHOD(group_sa_t, deactivate, void,
	private_group_sa_t *this)
{
	if (this->policies)
	{
		manage_policies(this, FALSE);
		this->policies = this->active = FALSE;
	}
}

METHOD(group_sa_t, activate, bool,
	private_group_sa_t *this, group_sa_t *old)
{
	private_group_sa_t *other = (private_group_sa_t*)old;

	if (!this->installed || needs_sid(this))
	{
		return FALSE;
	}
	if (!this->active)
	{
		if (!manage_policies(this, TRUE))
		{
			/* the kernel plugin has noted even a policy it failed to add */
			manage_policies(this, FALSE);
			return FALSE;
		}
		this->policies = this->active = TRUE;
		/* policies of the other kind are there until nobody uses them */
		this->map->set_stamped(this->map, this->sa,
							   group_sa_is_stamped(this->tek));
	}
	if (other && other != this)
	{
		deactivate(other);
	}
	return TRUE;
}

METHOD(group_sa_t, is_active, bool,
	private_group_sa_t *this)
{
	return this->active;
}

METHOD(group_sa_t, query, bool,
	private_group_sa_t *this, bool inbound, uint64_t *bytes, uint64_t *packets)
{
	uint64_t some_bytes, some_packets;
	int i;

	*bytes = *packets = 0;
	if (!this->installed)
	{
		return FALSE;
	}
	for (i = 0; i < countof(states); i++)
	{
		if (states[i].inbound == inbound && is_there(this, i))
		{
			if (!query_state(this, &states[i], &some_bytes, &some_packets))
			{
				return FALSE;
			}
			*bytes += some_bytes;
			*packets += some_packets;
		}
	}
	return TRUE;
}

METHOD(group_sa_t, destroy, void,
	private_group_sa_t *this)
{
	int i;

	deactivate(this);
	renew(this);
	for (i = countof(states); i--;)
	{
		if (is_there(this, i))
		{
			del_state(this, &states[i]);
		}
	}
	if (this->installed)
	{
		this->map->release_spi(this->map, get_spi(this));
	}
	this->tek->destroy(this->tek);
	free(this);
}

group_sa_t *group_sa_create(crypto_map_t *map, group_tek_t *tek, u_int sa,
							uint32_t reqid)
{
	const group_tek_data_t *data = tek->get(tek);
	private_group_sa_t *this;
	crypto_map_esp_t esp;

	if (data->protocol != PROTO_ESP || !data->tunnel || sa >= CRYPTO_MAP_SAS ||
		!tek->has_keys(tek) || !group_sa_esp_sizes(tek, &esp) ||
		!map->get_mark(map, sa, FALSE).mask)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.get_spi = _get_spi,
			.install = _install,
			.needs_sid = _needs_sid,
			.sample = _sample,
			.renew = _renew,
			.restore = _restore,
			.activate = _activate,
			.is_active = _is_active,
			.deactivate = _deactivate,
			.query = _query,
			.destroy = _destroy,
		},
		.map = map,
		.tek = tek->get_ref(tek),
		.sa = sa,
		.reqid = reqid,
	);
	if (is_counter(this))
	{
		group_sa_find_families(tek, &this->counter[0].needed,
							   &this->counter[1].needed);
	}
	return &this->public;
}
