/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_freshness.h"

typedef struct private_gm_freshness_t private_gm_freshness_t;

/**
 * What key servers say
 */
typedef struct {
	/** layout and window of IP-D3P, of the last policy that had it */
	uint8_t type;
	uint32_t window;
	/** TRUE if there is a pseudotime */
	bool timed;
	/** pseudotime, and the boot clock then */
	group_pseudotime_t base;
	uint64_t boot_ns;
} said_t;

/**
 * Private data of an gm_freshness_t object.
 */
struct private_gm_freshness_t {

	/**
	 * Public interface
	 */
	gm_freshness_t public;

	/**
	 * Settings
	 */
	gm_stamp_config_t config;

	/**
	 * TRUE to clear the outer DF bit
	 */
	bool clear_df;

	/**
	 * What was said last, and what was before begin()
	 */
	said_t said;
	said_t before;

	/**
	 * As in gm_freshness_status_t
	 */
	uint64_t sync_errors;
	uint64_t sync_max;
	uint64_t sync_last;
};

/*
 * Described in header
 */
bool gm_freshness_is_stamped(group_replay_t replay)
{
	return replay == GROUP_REPLAY_TIME || replay == GROUP_REPLAY_D3P;
}

METHOD(gm_freshness_t, configure, void,
	private_gm_freshness_t *this, const gm_stamp_config_t *config,
	bool clear_df)
{
	this->config = *config;
	this->clear_df = clear_df;
}

/**
 * Judge the pseudotime of a rekey by ours at the same instant
 */
static void judge(private_gm_freshness_t *this,
				  const group_pseudotime_t *theirs, uint32_t window,
				  uint64_t boot_ns, gm_sync_t *sync)
{
	group_pseudotime_t mine;
	uint64_t elapsed, delta;
	int64_t ahead;

	elapsed = boot_ns > this->said.boot_ns ?
							(boot_ns - this->said.boot_ns) / 1000000 : 0;
	mine = pseudotime_advance(&this->said.base, elapsed);
	ahead = pseudotime_ahead(&mine, theirs);
	delta = ahead < 0 ? -(uint64_t)ahead : (uint64_t)ahead;
	*sync = (gm_sync_t){
		.judged = TRUE,
		.verdict = pseudotime_judge_member(&mine, theirs, window),
		.mine = pseudotime_ms(&mine) / 1000,
		.theirs = pseudotime_ms(theirs) / 1000,
		.allowable = pseudotime_allowable(window),
	};
	this->sync_max = max(this->sync_max, delta);
	this->sync_errors += sync->verdict == PSEUDOTIME_TOO_OLD ||
						 sync->verdict == PSEUDOTIME_ADOPT_LARGE;
}

METHOD(gm_freshness_t, begin, bool,
	private_gm_freshness_t *this, group_policy_t *policy, uint32_t window,
	uint64_t boot_ns, gm_sync_t *sync)
{
	group_pseudotime_t theirs;
	uint32_t d3p_window;
	uint8_t type;

	*sync = (gm_sync_t){};
	this->before = this->said;
	if (policy->get_pseudotime(policy, &theirs))
	{
		if (this->said.timed && window)
		{
			judge(this, &theirs, window, boot_ns, sync);
			if (sync->verdict == PSEUDOTIME_TOO_OLD)
			{
				return FALSE;
			}
		}
		this->said.timed = TRUE;
		this->said.base = theirs;
		this->said.boot_ns = boot_ns;
	}
	if (policy->get_d3p(policy, &type, &d3p_window))
	{
		this->said.type = type;
		this->said.window = d3p_window;
	}
	return TRUE;
}

METHOD(gm_freshness_t, commit, void,
	private_gm_freshness_t *this, uint64_t now)
{
	if (this->said.timed && (!this->before.timed ||
							 this->said.boot_ns != this->before.boot_ns))
	{
		this->sync_last = now;
	}
}

METHOD(gm_freshness_t, abort_, void,
	private_gm_freshness_t *this)
{
	this->said = this->before;
}

METHOD(gm_freshness_t, has_other_type, bool,
	private_gm_freshness_t *this, group_policy_t *policy)
{
	uint32_t window;
	uint8_t type;

	return this->said.type && policy->get_d3p(policy, &type, &window) &&
		   type != this->said.type;
}

/**
 * Window of IP-D3P in force: the member's own, the last that was said, or the
 * TEK's if none ever was (D3P-002)
 */
static uint32_t get_window(private_gm_freshness_t *this,
						   const group_tek_data_t *tek)
{
	return this->config.d3p_window ?: this->said.window ?: tek->replay_window;
}

METHOD(gm_freshness_t, get_policy, void,
	private_gm_freshness_t *this, const group_tek_data_t *tek,
	freshness_policy_t *policy)
{
	/* padding too, so that two can be compared by their octets */
	memset(policy, 0, sizeof(*policy));
	policy->clear_df = this->clear_df;
	if (tek->replay == GROUP_REPLAY_D3P)
	{
		policy->method = FRESHNESS_D3P;
		policy->protocol = this->config.d3p_protocol;
		policy->type = this->said.type ?: FRESHNESS_D3P_MSEC;
		policy->header = FRESHNESS_HEADER_D3P;
		policy->window_ms = get_window(this, tek);
		policy->allowed_ms = d3p_window_allowed(policy->window_ms,
												this->config.d3p_full);
		return;
	}
	policy->method = FRESHNESS_TBAR;
	policy->protocol = FRESHNESS_PROTOCOL_TBAR;
	policy->header = this->config.replay_header;
	policy->window_ms = policy->allowed_ms = tek->replay_window;
	policy->epoch = this->said.base.epoch;
	policy->ticks = this->said.base.ticks;
	policy->tick_ms = this->said.base.tick_ms;
	policy->boot_ns = this->said.boot_ns;
}

METHOD(gm_freshness_t, reset, void,
	private_gm_freshness_t *this)
{
	this->sync_errors = 0;
	this->sync_max = 0;
}

METHOD(gm_freshness_t, get_status, void,
	private_gm_freshness_t *this, const group_tek_data_t *tek,
	gm_freshness_status_t *status)
{
	*status = (gm_freshness_status_t){
		.replay = tek ? tek->replay : GROUP_REPLAY_NONE,
		.window = tek ? tek->replay_window : 0,
		.timed = this->said.timed,
		.base = this->said.base,
		.boot_ns = this->said.boot_ns,
		.sync_errors = this->sync_errors,
		.sync_max = this->sync_max,
		.sync_last = this->sync_last,
	};
	if (tek && tek->replay == GROUP_REPLAY_D3P)
	{
		status->window = get_window(this, tek);
		status->override = this->config.d3p_window != 0;
		status->type = this->said.type ?: FRESHNESS_D3P_MSEC;
	}
}

METHOD(gm_freshness_t, destroy, void,
	private_gm_freshness_t *this)
{
	free(this);
}

/*
 * Described in header
 */
gm_freshness_t *gm_freshness_create()
{
	private_gm_freshness_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.begin = _begin,
			.commit = _commit,
			.abort = _abort_,
			.has_other_type = _has_other_type,
			.get_policy = _get_policy,
			.reset = _reset,
			.get_status = _get_status,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
