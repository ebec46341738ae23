/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_steering.h"
#include "gm_log.h"

typedef struct private_gm_steering_t private_gm_steering_t;

/**
 * Private data of an gm_steering_t object.
 */
struct private_gm_steering_t {

	/**
	 * Public interface
	 */
	gm_steering_t public;

	/**
	 * Name of the group
	 */
	char *group;

	/**
	 * Crypto map
	 */
	crypto_map_t *map;

	/**
	 * Decides
	 */
	gm_direction_t *direction;

	/**
	 * What the crypto map was told, by index
	 */
	crypto_map_direction_t pushed[CRYPTO_MAP_SAS];

	/**
	 * TRUE if there is a flow, by index
	 */
	bool used[CRYPTO_MAP_SAS];

	/**
	 * TRUE if members may send by the flow, by index
	 */
	bool sends[CRYPTO_MAP_SAS];

	/**
	 * TRUE if the direction has to wait for the lines, by index
	 */
	bool waits[CRYPTO_MAP_SAS];
};

/**
 * Log what happened
 */
static void log_events(private_gm_steering_t *this, int events)
{
	if (events & GM_DIRECTION_INGRESS)
	{
		gm_log(5, "GM_SA_INGRESS", this->group, NULL, "Receive-only access "
			   "list received for group %s, it is sent in clear", this->group);
	}
	if (events & GM_DIRECTION_BEGAN)
	{
		gm_log(5, "GM_CONV_SA_OPTIONAL", this->group, NULL, "Group %s is not "
			   "receive-only any more, packets in clear are still accepted "
			   "for %u seconds or until the next rekey", this->group,
			   GM_DIRECTION_CONVERSION / 1000);
	}
	if (events & GM_DIRECTION_DUPLEX)
	{
		gm_log(5, "GM_CONV_SA_DUPLEX", this->group, NULL, "IPsec SAs of group "
			   "%s converted to bidirectional mode", this->group);
	}
}

METHOD(gm_steering_t, configure, void,
	private_gm_steering_t *this, crypto_map_direction_t direction)
{
	this->direction->configure(this->direction, direction);
}

METHOD(gm_steering_t, command, void,
	private_gm_steering_t *this, crypto_map_direction_t direction)
{
	this->direction->command(this->direction, direction);
	if (direction == CRYPTO_MAP_BOTH)
	{
		gm_log(5, "GM_CONV_SA_DUPLEX_LOCAL", this->group, NULL, "IPsec SAs of "
			   "group %s converted to bidirectional mode by command, until "
			   "the next rekey", this->group);
	}
	else
	{
		gm_log(5, "GM_CONV_SA_OPTIONAL_LOCAL", this->group, NULL, "IPsec SAs "
			   "of group %s accept packets in clear by command, until the "
			   "next rekey", this->group);
	}
}

METHOD(gm_steering_t, plan, void,
	private_gm_steering_t *this, gm_flow_t *before, gm_flow_t *after,
	gm_teks_t *teks, bool renewed, uint64_t now)
{
	gm_direction_flow_t flows[CRYPTO_MAP_SAS] = {};
	gm_direction_info_t info;
	gm_tek_t *tek;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		tek = teks->find_newest(teks, i);
		flows[i].used = after[i].acl != NULL;
		flows[i].same = before[i].acl && after[i].acl &&
						gm_flows_overlap(before[i].acl, after[i].acl);
		/* a flow whose TEKs have ended stays what it was */
		flows[i].sends = tek ? tek->info.time.sends
							 : !flows[i].same || this->sends[i];
	}
	log_events(this, this->direction->set_policy(this->direction, flows,
												 renewed, now));
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		this->direction->get(this->direction, i, &info);
		this->used[i] = flows[i].used;
		this->sends[i] = flows[i].sends;
		/* directions are in the order in which they let pass more */
		this->waits[i] = before[i].acl && after[i].acl &&
						 info.direction > this->pushed[i] &&
						 !before[i].acl->equals(before[i].acl, after[i].acl);
	}
}

METHOD(gm_steering_t, sends, bool,
	private_gm_steering_t *this, u_int flow, bool *any)
{
	gm_direction_info_t info;

	this->direction->get(this->direction, flow, &info);
	*any = this->direction->overrides(this->direction, flow);
	return info.direction != CRYPTO_MAP_INBOUND_ONLY;
}

METHOD(gm_steering_t, push, void,
	private_gm_steering_t *this, u_int flow)
{
	gm_direction_info_t info;

	this->direction->get(this->direction, flow, &info);
	if (this->used[flow] && !this->waits[flow] &&
		info.direction != this->pushed[flow])
	{
		this->map->set_direction(this->map, flow, info.direction);
		this->pushed[flow] = info.direction;
	}
}

METHOD(gm_steering_t, finish, void,
	private_gm_steering_t *this)
{
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->waits[i])
		{
			this->waits[i] = FALSE;
			push(this, i);
		}
	}
}

METHOD(gm_steering_t, run, uint64_t,
	private_gm_steering_t *this, uint64_t now)
{
	log_events(this, this->direction->run(this->direction, now));
	return this->direction->get_deadline(this->direction);
}

METHOD(gm_steering_t, get, void,
	private_gm_steering_t *this, u_int flow, gm_direction_info_t *info)
{
	this->direction->get(this->direction, flow, info);
}

METHOD(gm_steering_t, get_group, void,
	private_gm_steering_t *this, gm_direction_info_t *info)
{
	this->direction->get_group(this->direction, info);
}

METHOD(gm_steering_t, clear, void,
	private_gm_steering_t *this)
{
	u_int i;

	this->direction->clear(this->direction);
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		this->used[i] = this->waits[i] = FALSE;
		if (this->pushed[i] != CRYPTO_MAP_BOTH)
		{
			this->pushed[i] = CRYPTO_MAP_BOTH;
			this->map->set_direction(this->map, i, CRYPTO_MAP_BOTH);
		}
	}
}

METHOD(gm_steering_t, destroy, void,
	private_gm_steering_t *this)
{
	this->direction->destroy(this->direction);
	free(this->group);
	free(this);
}

/*
 * Described in header
 */
gm_steering_t *gm_steering_create(const char *group, crypto_map_t *map,
								  crypto_map_direction_t direction)
{
	private_gm_steering_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.command = _command,
			.plan = _plan,
			.sends = _sends,
			.push = _push,
			.finish = _finish,
			.run = _run,
			.get = _get,
			.get_group = _get_group,
			.clear = _clear,
			.destroy = _destroy,
		},
		.group = strdup(group),
		.map = map,
		.direction = gm_direction_create(direction),
	);
	return &this->public;
}
