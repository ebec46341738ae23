/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "group_sa.h"

#include <daemon.h>

/** seconds that states outlive their TEK, if nobody removes them in time */
#define STATE_GRACE 30

typedef struct private_group_sa_t private_group_sa_t;

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
	 * TRUE if states are installed.
	 */
	bool installed;

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
 * All states, in the order in which they get installed.
 */
static const state_t states[] = {
	{ AF_INET, TRUE },
	{ AF_INET6, TRUE },
	{ AF_INET, FALSE },
	{ AF_INET6, FALSE },
};

/**
 * Algorithms and their sizes: block, IV, ICV. An ICV of 0 comes from the
 * integrity algorithm.
 */
static const struct {
	encryption_algorithm_t encr;
	crypto_map_esp_t esp;
} ciphers[] = {
	{ ENCR_NULL, { 4, 0, 0 } },
	{ ENCR_3DES, { 8, 8, 0 } },
	{ ENCR_AES_CBC, { 16, 16, 0 } },
	{ ENCR_AES_CTR, { 4, 8, 0 } },
	{ ENCR_AES_GCM_ICV8, { 4, 8, 8 } },
	{ ENCR_AES_GCM_ICV12, { 4, 8, 12 } },
	{ ENCR_AES_GCM_ICV16, { 4, 8, 16 } },
	{ ENCR_AES_CCM_ICV8, { 4, 8, 8 } },
	{ ENCR_AES_CCM_ICV12, { 4, 8, 12 } },
	{ ENCR_AES_CCM_ICV16, { 4, 8, 16 } },
	{ ENCR_NULL_AUTH_AES_GMAC, { 4, 8, 16 } },
};

/**
 * Octets of ICV of the integrity algorithms.
 */
static const struct {
	integrity_algorithm_t integ;
	u_int icv;
} integs[] = {
	{ AUTH_HMAC_MD5_96, 12 },
	{ AUTH_AES_XCBC_96, 12 },
	{ AUTH_HMAC_SHA1_96, 12 },
	{ AUTH_HMAC_SHA2_256_128, 16 },
	{ AUTH_HMAC_SHA2_384_192, 24 },
	{ AUTH_HMAC_SHA2_512_256, 32 },
};

/**
 * Find the ICV of an integrity algorithm.
 */
static bool get_icv(integrity_algorithm_t integ, u_int *icv)
{
	int i;

	for (i = 0; i < countof(integs); i++)
	{
		if (integs[i].integ == integ)
		{
			*icv = integs[i].icv;
			return TRUE;
		}
	}
	return integ == AUTH_UNDEFINED;
}

bool group_sa_esp_sizes(group_tek_t *tek, crypto_map_esp_t *esp)
{
	const group_tek_data_t *data = tek->get(tek);
	u_int icv = 0;
	int i;

	for (i = 0; i < countof(ciphers); i++)
	{
		if (ciphers[i].encr == data->encr && get_icv(data->integ, &icv))
		{
			*esp = ciphers[i].esp;
			if (!esp->icv)
			{
				esp->icv = icv;
			}
			return TRUE;
		}
	}
	return FALSE;
}

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
		.time.life = (uint64_t)tek->lifetime + STATE_GRACE,
	};
	linked_list_t *none = linked_list_create();
	kernel_ipsec_add_sa_t data = {
		.reqid = state->inbound ? CRYPTO_MAP_REQID : this->reqid,
		.mode = MODE_TUNNEL,
		.src_ts = none,
		.dst_ts = none,
		.lifetime = &lifetime,
		.enc_alg = tek->encr,
		.enc_key = tek->encr_key,
		.int_alg = tek->integ,
		.int_key = tek->integ_key,
		.replay_window = 0,
		.copy_df = !clear_df,
		.copy_ecn = TRUE,
		.copy_dscp = DSCP_COPY_OUT_ONLY,
		.inbound = state->inbound,
	};
	bool good;

	good = charon->kernel->add_sa(charon->kernel, &id, &data) == SUCCESS;
	if (!good)
	{
		del_state(this, state);
		good = charon->kernel->add_sa(charon->kernel, &id, &data) == SUCCESS;
	}
	none->destroy(none);
	return good;
}

METHOD(group_sa_t, install, bool,
	private_group_sa_t *this, bool clear_df)
{
	int i;

	if (this->installed)
	{
		return TRUE;
	}
	for (i = 0; i < countof(states); i++)
	{
		if (!add_state(this, &states[i], clear_df))
		{
			while (i--)
			{
				del_state(this, &states[i]);
			}
			return FALSE;
		}
	}
	this->installed = TRUE;
	return TRUE;
}

/**
 * Add or remove the outbound policy of a family, pinned to our SPI.
 */
static bool manage_policy(private_group_sa_t *this, int family, bool add)
{
	traffic_selector_t *any;
	status_t status;
	ipsec_sa_cfg_t cfg = {
		.mode = MODE_TUNNEL,
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
		.mark = this->map->get_mark(this->map, this->sa),
		.if_id = this->map->get_if_id(this->map),
	};
	status = add ? charon->kernel->add_policy(charon->kernel, &id, &data)
				 : charon->kernel->del_policy(charon->kernel, &id, &data);
	any->destroy(any);
	return status == SUCCESS;
}

METHOD(group_sa_t, deactivate, void,
	private_group_sa_t *this)
{
	if (this->policies)
	{
		manage_policy(this, AF_INET, FALSE);
		manage_policy(this, AF_INET6, FALSE);
		this->policies = this->active = FALSE;
	}
}

METHOD(group_sa_t, activate, bool,
	private_group_sa_t *this, group_sa_t *old)
{
	private_group_sa_t *other = (private_group_sa_t*)old;

	if (!this->installed)
	{
		return FALSE;
	}
	if (!this->active)
	{
		if (!manage_policy(this, AF_INET, TRUE) ||
			!manage_policy(this, AF_INET6, TRUE))
		{
			/* the kernel plugin has noted even a policy it failed to add */
			manage_policy(this, AF_INET, FALSE);
			manage_policy(this, AF_INET6, FALSE);
			return FALSE;
		}
		this->policies = this->active = TRUE;
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
	kernel_ipsec_query_sa_t data = {};
	kernel_ipsec_sa_id_t id;
	uint64_t some_bytes, some_packets;
	time_t time;
	int i;

	*bytes = *packets = 0;
	if (!this->installed)
	{
		return FALSE;
	}
	for (i = 0; i < countof(states); i++)
	{
		id = state_id(this, &states[i]);
		if (states[i].inbound == inbound)
		{
			if (charon->kernel->query_sa(charon->kernel, &id, &data,
								&some_bytes, &some_packets, &time) != SUCCESS)
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
	for (i = countof(states); this->installed && i--;)
	{
		del_state(this, &states[i]);
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
		!tek->has_keys(tek) || !group_sa_esp_sizes(tek, &esp))
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.get_spi = _get_spi,
			.install = _install,
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
	return &this->public;
}
