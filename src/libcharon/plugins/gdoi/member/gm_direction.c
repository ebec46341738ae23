/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_direction.h"

typedef struct private_gm_direction_t private_gm_direction_t;
typedef struct flow_t flow_t;

ENUM(gm_direction_names, CRYPTO_MAP_BOTH, CRYPTO_MAP_INBOUND_ONLY,
	"both",
	"inbound-optional",
	"inbound-only",
);

ENUM(gm_direction_origin_names, GM_DIRECTION_CONFIGURED,
	 GM_DIRECTION_CONVERTING,
	"configured",
	"command",
	"server",
	"conversion",
);

/**
 * A flow
 */
struct flow_t {
	/** FALSE if there is none */
	bool used;
	/** TRUE if members may send by it */
	bool sends;
	/** end of its conversion, GM_NEVER without */
	uint64_t until;
};

/**
 * Private data of an gm_direction_t object.
 */
struct private_gm_direction_t {

	/**
	 * Public interface
	 */
	gm_direction_t public;

	/**
	 * Configured direction
	 */
	crypto_map_direction_t configured;

	/**
	 * Commanded direction, if is_commanded
	 */
	crypto_map_direction_t commanded;

	/**
	 * TRUE while a command is in force
	 */
	bool is_commanded;

	/**
	 * Flows by their index
	 */
	flow_t flows[CRYPTO_MAP_SAS];
};

/**
 * Is there a flow, and none that members may send by?
 */
static bool is_receive_only(private_gm_direction_t *this)
{
	bool used = FALSE;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].used && this->flows[i].sends)
		{
			return FALSE;
		}
		used |= this->flows[i].used;
	}
	return used;
}

METHOD(gm_direction_t, get_deadline, uint64_t,
	private_gm_direction_t *this)
{
	uint64_t next = GM_NEVER;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		next = min(next, this->flows[i].until);
	}
	return next;
}

/**
 * End conversions
 *
 * @param now			those that last no longer, GM_NEVER for all
 * @return				TRUE if there were any
 */
static bool end_conversions(private_gm_direction_t *this, uint64_t now)
{
	bool ended = FALSE;
	u_int i;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		if (this->flows[i].until != GM_NEVER && this->flows[i].until <= now)
		{
			this->flows[i].until = GM_NEVER;
			ended = TRUE;
		}
	}
	return ended;
}

METHOD(gm_direction_t, configure, void,
	private_gm_direction_t *this, crypto_map_direction_t direction)
{
	if (direction != this->configured)
	{
		this->configured = direction;
		this->is_commanded = FALSE;
	}
}

METHOD(gm_direction_t, command, void,
	private_gm_direction_t *this, crypto_map_direction_t direction)
{
	this->commanded = direction;
	this->is_commanded = TRUE;
}

/**
 * Direction by command or configuration
 *
 * @return				FALSE if neither says anything
 */
static bool get_local(private_gm_direction_t *this, gm_direction_info_t *info)
{
	info->until = GM_NEVER;
	if (this->is_commanded)
	{
		info->direction = this->commanded;
		info->origin = GM_DIRECTION_COMMAND;
		return TRUE;
	}
	info->direction = this->configured;
	info->origin = GM_DIRECTION_CONFIGURED;
	return this->configured != CRYPTO_MAP_BOTH;
}

METHOD(gm_direction_t, get, void,
	private_gm_direction_t *this, u_int index, gm_direction_info_t *info)
{
	flow_t *flow = &this->flows[index];
	bool taken_back;

	taken_back = flow->used && !flow->sends && !is_receive_only(this);
	if ((get_local(this, info) && !taken_back) || !flow->used)
	{
		return;
	}
	info->until = flow->until;
	if (!flow->sends)
	{
		info->direction = CRYPTO_MAP_INBOUND_ONLY;
		info->origin = GM_DIRECTION_SERVER;
	}
	else if (flow->until != GM_NEVER)
	{
		info->direction = CRYPTO_MAP_INBOUND_OPTIONAL;
		info->origin = GM_DIRECTION_CONVERTING;
	}
	else
	{
		info->direction = CRYPTO_MAP_BOTH;
		info->origin = GM_DIRECTION_SERVER;
	}
}

METHOD(gm_direction_t, get_group, void,
	private_gm_direction_t *this, gm_direction_info_t *info)
{
	flow_t *flow;
	u_int i, chosen = 0;

	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		flow = &this->flows[i];
		if (flow->used && (!this->flows[chosen].used ||
			(flow->sends && (!this->flows[chosen].sends ||
							 this->flows[chosen].until == GM_NEVER))))
		{
			chosen = i;
		}
	}
	get(this, chosen, info);
}

METHOD(gm_direction_t, overrides, bool,
	private_gm_direction_t *this, u_int index)
{
	flow_t *flow = &this->flows[index];
	gm_direction_info_t info;

	get(this, index, &info);
	return flow->used && !flow->sends &&
		   info.direction != CRYPTO_MAP_INBOUND_ONLY;
}

/**
 * TRUE if the whole group encrypts both ways
 */
static bool is_duplex(private_gm_direction_t *this)
{
	gm_direction_info_t info;

	get_group(this, &info);
	return info.direction == CRYPTO_MAP_BOTH;
}

METHOD(gm_direction_t, set_policy, int,
	private_gm_direction_t *this, const gm_direction_flow_t *flows,
	bool renewed, uint64_t now)
{
	bool before = is_receive_only(this), ended = FALSE, began = FALSE, turned;
	flow_t *flow;
	u_int i;

	if (renewed)
	{
		this->is_commanded = FALSE;
		ended = end_conversions(this, GM_NEVER);
	}
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		flow = &this->flows[i];
		turned = flows[i].same && flow->used ? !flow->sends : before;
		if (!flows[i].used || !flows[i].sends)
		{
			flow->until = GM_NEVER;
		}
		else if (turned)
		{
			flow->until = now + GM_DIRECTION_CONVERSION;
			began = TRUE;
		}
		else if (!flows[i].same)
		{
			flow->until = GM_NEVER;
		}
		flow->used = flows[i].used;
		flow->sends = flows[i].sends;
	}
	if (is_receive_only(this))
	{
		return before ? 0 : GM_DIRECTION_INGRESS;
	}
	if (began)
	{
		return GM_DIRECTION_BEGAN;
	}
	return ended && is_duplex(this) ? GM_DIRECTION_DUPLEX : 0;
}

METHOD(gm_direction_t, run, int,
	private_gm_direction_t *this, uint64_t now)
{
	return end_conversions(this, now) && is_duplex(this) ? GM_DIRECTION_DUPLEX
														 : 0;
}

METHOD(gm_direction_t, clear, void,
	private_gm_direction_t *this)
{
	u_int i;

	this->is_commanded = FALSE;
	for (i = 0; i < CRYPTO_MAP_SAS; i++)
	{
		this->flows[i] = (flow_t){ .until = GM_NEVER };
	}
}

METHOD(gm_direction_t, destroy, void,
	private_gm_direction_t *this)
{
	free(this);
}

/*
 * Described in header
 */
gm_direction_t *gm_direction_create(crypto_map_direction_t direction)
{
	private_gm_direction_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.command = _command,
			.set_policy = _set_policy,
			.run = _run,
			.get_deadline = _get_deadline,
			.get = _get,
			.overrides = _overrides,
			.get_group = _get_group,
			.clear = _clear,
			.destroy = _destroy,
		},
		.configured = direction,
	);
	clear(this);
	return &this->public;
}
