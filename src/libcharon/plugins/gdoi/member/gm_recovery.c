/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "gm_recovery.h"

typedef struct private_gm_recovery_t private_gm_recovery_t;

/**
 * Private data of an gm_recovery_t object.
 */
struct private_gm_recovery_t {

	/**
	 * Public interface
	 */
	gm_recovery_t public;

	/**
	 * Clock and random numbers
	 */
	gm_runtime_t *runtime;

	/**
	 * Hint to follow, and its SPI
	 */
	gm_hint_t hint;

	/**
	 * As hint
	 */
	uint32_t spi;

	/**
	 * When to follow it, GM_NEVER if there is none
	 */
	uint64_t due;

	/**
	 * Until when no other hint is followed
	 */
	uint64_t rest;

	/**
	 * Number of intervals to rest next time
	 */
	u_int factor;

	/**
	 * TRUE if the last hint was followed and no registration came since
	 */
	bool followed;

	/**
	 * TRUE if a phase 1 ended and nothing was behind it, KS-016
	 */
	bool ends;

	/**
	 * Shortest time between registrations, ms
	 */
	uint64_t pause;
};

METHOD(gm_recovery_t, hint_, bool,
	private_gm_recovery_t *this, gm_hint_t hint, uint32_t spi, uint32_t delay)
{
	uint64_t now = this->runtime->now(this->runtime);

	if (this->due != GM_NEVER || now < this->rest ||
		(hint == GM_HINT_PHASE1 && this->ends))
	{
		return FALSE;
	}
	this->hint = hint;
	this->spi = spi;
	this->due = now + gm_schedule_spread(delay,
									this->runtime->jitter(this->runtime));
	return TRUE;
}

METHOD(gm_recovery_t, get_due, bool,
	private_gm_recovery_t *this, gm_hint_t *hint, uint32_t *spi)
{
	*hint = this->hint;
	*spi = this->spi;
	return this->runtime->now(this->runtime) >= this->due;
}

METHOD(gm_recovery_t, take, void,
	private_gm_recovery_t *this, uint32_t interval)
{
	uint64_t now = this->runtime->now(this->runtime);

	this->due = GM_NEVER;
	this->followed = TRUE;
	this->rest = now + (uint64_t)interval * this->factor;
	this->factor = min(this->factor * 2, GM_RECOVERY_BACKOFF);
}

METHOD(gm_recovery_t, get_deadline, uint64_t,
	private_gm_recovery_t *this)
{
	return this->due;
}

METHOD(gm_recovery_t, cancel, void,
	private_gm_recovery_t *this)
{
	this->due = GM_NEVER;
}

METHOD(gm_recovery_t, rekeyed, void,
	private_gm_recovery_t *this)
{
	this->factor = 1;
	this->pause = GM_SHORTEST_WAIT;
}

METHOD(gm_recovery_t, registered, void,
	private_gm_recovery_t *this, bool fresh)
{
	bool followed = this->followed;

	this->due = GM_NEVER;
	this->followed = FALSE;
	if (fresh)
	{
		this->ends = FALSE;
		rekeyed(this);
		return;
	}
	this->ends |= followed && this->hint == GM_HINT_PHASE1;
	this->pause = min(this->pause * 2, GM_RECOVERY_PAUSE);
}

METHOD(gm_recovery_t, get_pause, uint64_t,
	private_gm_recovery_t *this)
{
	return this->pause;
}

METHOD(gm_recovery_t, destroy, void,
	private_gm_recovery_t *this)
{
	free(this);
}

/*
 * Described in header
 */
const char *gm_recovery_text(gm_hint_t hint)
{
	switch (hint)
	{
		case GM_HINT_KEK:
			return "may be outdated (rekey under an unknown KEK)";
		case GM_HINT_SPI:
			return "may be outdated (packet with an unknown SPI)";
		case GM_HINT_SIDS:
			return "need more Sender IDs";
		default:
			return "may be outdated (key server ended phase 1)";
	}
}

/*
 * Described in header
 */
gm_recovery_t *gm_recovery_create(gm_runtime_t *runtime)
{
	private_gm_recovery_t *this;

	INIT(this,
		.public = {
			.hint = _hint_,
			.get_due = _get_due,
			.take = _take,
			.get_deadline = _get_deadline,
			.registered = _registered,
			.rekeyed = _rekeyed,
			.get_pause = _get_pause,
			.cancel = _cancel,
			.destroy = _destroy,
		},
		.runtime = runtime,
		.due = GM_NEVER,
		.factor = 1,
		.pause = GM_SHORTEST_WAIT,
	);
	return &this->public;
}
