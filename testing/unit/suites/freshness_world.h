/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * Clocks that go as a test likes, and programs that are just memory.
 */

#ifndef FRESHNESS_WORLD_H_
#define FRESHNESS_WORLD_H_

#include <fresh_clock.h>
#include <fresh_map.h>

/** units of nanoseconds */
#define MS 1000000LL
#define SECOND (1000 * MS)
#define HOUR (3600 * SECOND)

/** when worlds begin: 2023-11-14 22:13:20 UTC, and two hours after the boot */
#define WORLD_REAL (1700000000 * SECOND)
#define WORLD_BOOT (2 * HOUR)

/** time and synchronisation as world_source has them */
extern int64_t world_real, world_boot;
extern freshness_clock_t world_status;

/** nanoseconds by which the next readings of the boot clock come late; the
 *  first one of them is world_reading, set to 0 for them to happen */
#define WORLD_READINGS 10
extern int64_t world_late[WORLD_READINGS];
extern u_int world_reading;

/** clocks of the world */
extern const fresh_clock_source_t world_source;

/** programs that were loaded and are not destroyed, how the last ones were
 *  destroyed, and an errno that the next ones fail with or 0 */
extern refcount_t world_programs;
extern bool world_kept;
extern int world_refusal;

/** memory of the programs that were loaded last */
extern struct fresh_shared *world_shared;

/**
 * Set the clocks to their begin, synchronised, and forget about the rest.
 */
void world_begin(void);

/**
 * Let time go on.
 */
void world_pass(int64_t ns);

/**
 * Have the programs loaded last tell of an event.
 */
void world_event(const struct fresh_event *event);

/**
 * Implements fresh_loader_t.
 */
fresh_programs_t *world_load(const freshness_place_t *place,
							 fresh_programs_cb_t cb, void *user, int *err);

#endif /** FRESHNESS_WORLD_H_ */
