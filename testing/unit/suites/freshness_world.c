/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "freshness_world.h"

typedef struct private_programs_t private_programs_t;

/**
 * Programs that are just memory
 */
struct private_programs_t {

	/**
	 * Public interface
	 */
	fresh_programs_t public;

	/**
	 * Memory
	 */
	struct fresh_shared *shared;
};

int64_t world_real, world_boot;
freshness_clock_t world_status;
int64_t world_late[WORLD_READINGS];
u_int world_reading;
refcount_t world_programs;
bool world_kept;
int world_refusal;
struct fresh_shared *world_shared;

/**
 * Whom to tell of events
 */
static fresh_programs_cb_t event_cb;
static void *event_user;

void world_begin(void)
{
	world_real = WORLD_REAL;
	world_boot = WORLD_BOOT;
	world_status = (freshness_clock_t){
		.sync = FRESHNESS_SYNC_YES,
		.error_ms = 3,
		.max_error_ms = 40,
	};
	world_reading = WORLD_READINGS;
	world_refusal = 0;
	world_kept = FALSE;
}

void world_pass(int64_t ns)
{
	world_real += ns;
	world_boot += ns;
}

void world_event(const struct fresh_event *event)
{
	event_cb(event_user, event);
}

/**
 * Implements fresh_clock_source_t
 */
static int64_t real_ns()
{
	return world_real;
}

/**
 * Implements fresh_clock_source_t
 */
static int64_t boot_ns()
{
	if (world_reading < WORLD_READINGS)
	{
		world_pass(world_late[world_reading++]);
	}
	return world_boot;
}

/**
 * Implements fresh_clock_source_t
 */
static void status(freshness_clock_t *clock)
{
	*clock = world_status;
}

const fresh_clock_source_t world_source = {
	.real_ns = real_ns,
	.boot_ns = boot_ns,
	.status = status,
};

METHOD(fresh_programs_t, get_shared, struct fresh_shared*,
	private_programs_t *this)
{
	return this->shared;
}

METHOD(fresh_programs_t, destroy, void,
	private_programs_t *this, bool keep)
{
	world_kept = keep;
	ignore_result(ref_put(&world_programs));
	free(this->shared);
	free(this);
}

fresh_programs_t *world_load(const freshness_place_t *place,
							 fresh_programs_cb_t cb, void *user, int *err)
{
	private_programs_t *this;

	if (world_refusal)
	{
		*err = world_refusal;
		return NULL;
	}
	INIT(this,
		.public = {
			.get_shared = _get_shared,
			.destroy = _destroy,
		},
		.shared = aligned_alloc(64, sizeof(struct fresh_shared)),
	);
	memset(this->shared, 0, sizeof(*this->shared));
	world_shared = this->shared;
	event_cb = cb;
	event_user = user;
	ref_get(&world_programs);
	return &this->public;
}
