/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_pseudotime.h"

#include <threading/mutex.h>

/** milliseconds that may be missing in what is told by whole seconds */
#define ROUNDING 1000

typedef struct private_ks_pseudotime_t private_ks_pseudotime_t;

/**
 * Private data
 */
struct private_ks_pseudotime_t {

	/**
	 * Public interface
	 */
	ks_pseudotime_t public;

	/**
	 * Clock of the boot
	 */
	ks_boot_t boot;

	/**
	 * What members were told last, epoch 0 if never
	 */
	ks_pseudotime_state_t base;

	/**
	 * Protects base
	 */
	mutex_t *mutex;
};

/**
 * Milliseconds that the clock has now; lock held
 */
static uint64_t get_value(private_ks_pseudotime_t *this)
{
	uint64_t now = this->boot.now();

	return this->base.value + (now > this->base.boot ? now - this->base.boot
													 : 0);
}

/**
 * Let the clock have a value now; lock held
 */
static void set_value(private_ks_pseudotime_t *this, uint64_t value)
{
	this->base.value = value;
	this->base.boot = this->boot.now();
	this->base.wall = this->boot.wall();
	memcpy(this->base.boot_id, this->boot.id, KS_BOOT_ID_LEN);
}

/**
 * Make a random number that is not zero
 */
static uint32_t make_epoch()
{
	uint32_t epoch = 0;
	rng_t *rng = lib->crypto->create_rng(lib->crypto, RNG_STRONG);

	if (rng && !rng_get_bytes_not_zero(rng, sizeof(epoch), (u_char*)&epoch,
									   FALSE))
	{
		epoch = 0;
	}
	DESTROY_IF(rng);
	return epoch;
}

METHOD(ks_pseudotime_t, start, bool,
	private_ks_pseudotime_t *this)
{
	bool running;

	this->mutex->lock(this->mutex);
	if (!this->base.epoch)
	{
		this->base.epoch = make_epoch();
		set_value(this, 0);
	}
	running = this->base.epoch != 0;
	this->mutex->unlock(this->mutex);
	return running;
}

METHOD(ks_pseudotime_t, get, bool,
	private_ks_pseudotime_t *this, uint32_t tick, group_pseudotime_t *time)
{
	bool running;

	this->mutex->lock(this->mutex);
	running = this->base.epoch != 0;
	if (running)
	{
		*time = (group_pseudotime_t){
			.epoch = this->base.epoch,
			.ticks = get_value(this) / tick,
			.tick_ms = tick,
		};
	}
	this->mutex->unlock(this->mutex);
	return running;
}

METHOD(ks_pseudotime_t, adopt, void,
	private_ks_pseudotime_t *this, const group_pseudotime_t *time)
{
	this->mutex->lock(this->mutex);
	this->base.epoch = time->epoch;
	set_value(this, pseudotime_ms(time));
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pseudotime_t, told, void,
	private_ks_pseudotime_t *this)
{
	this->mutex->lock(this->mutex);
	if (this->base.epoch)
	{
		set_value(this, get_value(this));
	}
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pseudotime_t, get_age, uint32_t,
	private_ks_pseudotime_t *this)
{
	uint32_t age = 0;

	this->mutex->lock(this->mutex);
	if (this->base.epoch)
	{
		age = (get_value(this) - this->base.value) / 1000;
	}
	this->mutex->unlock(this->mutex);
	return age;
}

METHOD(ks_pseudotime_t, get_state, void,
	private_ks_pseudotime_t *this, ks_pseudotime_state_t *state)
{
	this->mutex->lock(this->mutex);
	*state = this->base;
	this->mutex->unlock(this->mutex);
}

/**
 * Is a state of the present boot?
 */
static bool is_same_boot(private_ks_pseudotime_t *this,
						 const ks_pseudotime_state_t *state)
{
	static const uint8_t unknown[KS_BOOT_ID_LEN];

	return memeq(state->boot_id, this->boot.id, KS_BOOT_ID_LEN) &&
		   !memeq(state->boot_id, unknown, KS_BOOT_ID_LEN) &&
		   state->boot <= this->boot.now();
}

METHOD(ks_pseudotime_t, set_state, void,
	private_ks_pseudotime_t *this, const ks_pseudotime_state_t *state)
{
	uint64_t wall = this->boot.wall(), elapsed = 0;

	if (is_same_boot(this, state))
	{
		elapsed = this->boot.now() - state->boot;
	}
	else if (wall > state->wall)
	{
		elapsed = (wall - state->wall) * 1000 + ROUNDING;
	}
	this->mutex->lock(this->mutex);
	this->base.epoch = state->epoch;
	set_value(this, state->value + elapsed);
	this->mutex->unlock(this->mutex);
}

METHOD(ks_pseudotime_t, destroy, void,
	private_ks_pseudotime_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
ks_pseudotime_t *ks_pseudotime_create(const ks_boot_t *boot)
{
	private_ks_pseudotime_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.get = _get,
			.adopt = _adopt,
			.told = _told,
			.get_age = _get_age,
			.get_state = _get_state,
			.set_state = _set_state,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	if (boot)
	{
		this->boot = *boot;
	}
	else
	{
		ks_boot_get(&this->boot);
	}
	return &this->public;
}

/*
 * Described in header
 */
uint32_t ks_pseudotime_window(group_policy_t *policy)
{
	const group_tek_data_t *data;
	enumerator_t *enumerator;
	uint32_t window = 0;
	group_tek_t *tek;

	enumerator = policy->create_tek_enumerator(policy);
	while (enumerator->enumerate(enumerator, &tek))
	{
		data = tek->get(tek);
		if (data->replay == GROUP_REPLAY_TIME)
		{
			window = window ? min(window, data->replay_window)
							: data->replay_window;
		}
	}
	enumerator->destroy(enumerator);
	return window;
}
