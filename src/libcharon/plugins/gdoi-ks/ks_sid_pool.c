/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_sid_pool.h"

#include <library.h>

/** part of all numbers that is reserved at most at a time: a restart skips so
 *  many */
#define STEP_PART 16

typedef struct private_ks_sid_pool_t private_ks_sid_pool_t;

/**
 * Private data
 */
struct private_ks_sid_pool_t {

	/**
	 * Public interface
	 */
	ks_sid_pool_t public;

	/**
	 * How those look that are given
	 */
	ks_sid_format_t format;

	/**
	 * How they are to look, and if there is such a format
	 */
	ks_sid_format_t wanted;
	bool configured;

	/**
	 * Next number to give
	 */
	uint64_t next;

	/**
	 * Numbers below are for this process: those from here on get_state()
	 * has as never given
	 */
	uint64_t reserved;

	/**
	 * The same as it is known to be in the store
	 */
	uint64_t stored;

	/**
	 * Given since the process began or since the last restart
	 */
	uint64_t given;

	/**
	 * Number of restarts
	 */
	uint32_t restarts;
};

METHOD(ks_sid_pool_t, configure, void,
	private_ks_sid_pool_t *this, const ks_sid_format_t *format)
{
	this->configured = format != NULL;
	if (format)
	{
		this->wanted = *format;
		if (!this->reserved)
		{
			this->format = *format;
		}
	}
}

/**
 * Numbers left in the present format
 */
static uint64_t available(private_ks_sid_pool_t *this)
{
	return ks_sid_format_capacity(&this->format) - this->next;
}

/**
 * Is another format configured than that of those that were given?
 */
static bool is_outdated(private_ks_sid_pool_t *this)
{
	return this->configured &&
		   !ks_sid_format_equals(&this->format, &this->wanted);
}

METHOD(ks_sid_pool_t, needs_restart, bool,
	private_ks_sid_pool_t *this)
{
	return this->configured && (is_outdated(this) || !available(this));
}

/**
 * Reserve some more if numbers up to the next one are not all reserved
 */
static void reserve(private_ks_sid_pool_t *this)
{
	uint64_t capacity = ks_sid_format_capacity(&this->format), step;

	if (this->next > this->reserved)
	{
		step = max(1, min(KS_SID_STEP, capacity / STEP_PART));
		this->reserved = min(capacity, this->next + step);
	}
}

METHOD(ks_sid_pool_t, take, void,
	private_ks_sid_pool_t *this, u_int wanted, ks_sid_lease_t *lease)
{
	memset(lease, 0, sizeof(*lease));
	lease->restarts = this->restarts;
	lease->format = this->format;
	if (!this->configured || needs_restart(this))
	{
		return;
	}
	lease->first = this->next;
	lease->count = min((uint64_t)wanted, available(this));
	this->next += lease->count;
	this->given += lease->count;
	reserve(this);
	lease->bound = this->reserved;
}

METHOD(ks_sid_pool_t, is_saved, bool,
	private_ks_sid_pool_t *this, const ks_sid_lease_t *lease)
{
	return lease->restarts == this->restarts &&
		   lease->first + (uint64_t)lease->count <= this->stored;
}

METHOD(ks_sid_pool_t, saved, void,
	private_ks_sid_pool_t *this, const ks_sid_lease_t *lease)
{
	if (lease->restarts == this->restarts)
	{
		this->stored = max(this->stored, lease->bound);
	}
}

METHOD(ks_sid_pool_t, restart, void,
	private_ks_sid_pool_t *this)
{
	if (this->configured)
	{
		this->format = this->wanted;
	}
	this->next = this->reserved = this->stored = this->given = 0;
	this->restarts++;
}

METHOD(ks_sid_pool_t, get_info, void,
	private_ks_sid_pool_t *this, ks_sid_info_t *info)
{
	*info = (ks_sid_info_t){
		.configured = this->configured,
		.format = this->format,
		.outdated = is_outdated(this),
		.given = this->given,
		.next = this->next,
		.available = available(this),
		.restarts = this->restarts,
	};
}

METHOD(ks_sid_pool_t, get_state, void,
	private_ks_sid_pool_t *this, ks_sid_state_t *state)
{
	state->format = this->format;
	state->bound = this->reserved;
}

METHOD(ks_sid_pool_t, set_state, void,
	private_ks_sid_pool_t *this, const ks_sid_state_t *state)
{
	this->format = state->format;
	this->next = this->reserved = this->stored = state->bound;
	this->given = 0;
}

METHOD(ks_sid_pool_t, destroy, void,
	private_ks_sid_pool_t *this)
{
	free(this);
}

/*
 * Described in header
 */
ks_sid_pool_t *ks_sid_pool_create()
{
	private_ks_sid_pool_t *this;

	INIT(this,
		.public = {
			.configure = _configure,
			.take = _take,
			.is_saved = _is_saved,
			.saved = _saved,
			.needs_restart = _needs_restart,
			.restart = _restart,
			.get_info = _get_info,
			.get_state = _get_state,
			.set_state = _set_state,
			.destroy = _destroy,
		},
	);
	return &this->public;
}

/*
 * Described in header
 */
uint32_t ks_sid_value(const ks_sid_format_t *format, uint32_t number)
{
	uint64_t server = format->server_id;

	return (uint32_t)(server << (format->bits - format->server_bits)) | number;
}

/*
 * Described in header
 */
void ks_sid_lease_values(const ks_sid_lease_t *lease, uint32_t *sids)
{
	for (u_int i = 0; i < lease->count; i++)
	{
		sids[i] = ks_sid_value(&lease->format, lease->first + i);
	}
}
