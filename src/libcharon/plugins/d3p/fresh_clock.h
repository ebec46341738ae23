/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup fresh_clock fresh_clock
 * @{ @ingroup d3p
 *
 * The real time clock as packets of IP-D3P show it.
 */

#ifndef FRESH_CLOCK_H_
#define FRESH_CLOCK_H_

#include <freshness.h>

typedef struct fresh_clock_t fresh_clock_t;
typedef struct fresh_clock_source_t fresh_clock_source_t;
typedef struct fresh_clock_news_t fresh_clock_news_t;

/**
 * Where a clock reads, so that tests can let time go as they like. Functions
 * are called from any thread, several at once.
 */
struct fresh_clock_source_t {

	/**
	 * Nanoseconds since 1970, CLOCK_REALTIME.
	 */
	int64_t (*real_ns)(void);

	/**
	 * Nanoseconds since the host started, also while it was suspended,
	 * CLOCK_BOOTTIME.
	 */
	int64_t (*boot_ns)(void);

	/**
	 * What the kernel says of its synchronisation.
	 *
	 * @param clock		sync, error_ms and max_error_ms are set
	 */
	void (*status)(freshness_clock_t *clock);
};

/**
 * What a refresh() found out.
 */
struct fresh_clock_news_t {

	/** a step, milliseconds, positive if the clock was set forward; 0 if it
	 *  just went on */
	int64_t step_ms;

	/** nanoseconds to add to CLOCK_BOOTTIME for the real time */
	int64_t offset_ns;

	/** is it synchronised? */
	freshness_sync_t sync;
};

/**
 * The clock. Real time is nothing but CLOCK_BOOTTIME and an offset: the BPF
 * programs of minimum kernels can't read the real time clock, and what elapsed
 * is never taken from a clock that can be set. Thread safe.
 */
struct fresh_clock_t {

	/**
	 * Measure the offset anew.
	 *
	 * A time daemon that has the clock run faster or slower does so with both
	 * clocks. So every change is a step, of a millisecond or more: less may
	 * be due to measuring.
	 *
	 * @param news		filled in
	 */
	void (*refresh)(fresh_clock_t *this, fresh_clock_news_t *news);

	/**
	 * Measure the offset now, and leave it to refresh() to find steps.
	 *
	 * @return			nanoseconds to add to CLOCK_BOOTTIME for the real time
	 */
	int64_t (*get_offset)(fresh_clock_t *this);

	/**
	 * Get the state, asking the kernel.
	 *
	 * @param clock		filled in
	 */
	void (*get_state)(fresh_clock_t *this, freshness_clock_t *clock);

	/**
	 * Get the real time, read now.
	 *
	 * @return			milliseconds since 1970
	 */
	uint64_t (*now_real_ms)(fresh_clock_t *this);

	/**
	 * Get the time since the host started, read now.
	 *
	 * @return			milliseconds
	 */
	uint64_t (*now_boot_ms)(fresh_clock_t *this);

	/**
	 * Destroy the clock.
	 */
	void (*destroy)(fresh_clock_t *this);
};

/**
 * Create a clock, and measure its offset.
 *
 * @param source		where to read, valid as long as the clock; NULL for the
 *						clocks of this host
 * @return				clock
 */
fresh_clock_t *fresh_clock_create(const fresh_clock_source_t *source);

#endif /** FRESH_CLOCK_H_ @}*/
