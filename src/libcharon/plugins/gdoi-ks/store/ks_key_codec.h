/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_key_codec ks_key_codec
 * @{ @ingroup gdoi_ks
 *
 * Keys of a group as octets, for the store. Times are on disk as those of the
 * wall clock, as the monotonic clock begins anew with each boot.
 *
 * Reading expects octets that only we can have written, and nevertheless
 * refuses whatever makes no sense.
 */

#ifndef KS_KEY_CODEC_H_
#define KS_KEY_CODEC_H_

#include "../ks_state.h"

typedef struct ks_instant_t ks_instant_t;
typedef enum ks_codec_result_t ks_codec_result_t;

/** octets at the end of a group's keys that say when they were written */
#define KS_CODEC_SAVED_LEN 8

/** seconds that the wall clock may have been set back since keys were written:
 *  clocks are corrected by so much while a server boots */
#define KS_CODEC_SKEW 5

/** most TEKs of a group that are read */
#define KS_CODEC_TEKS 1024

/**
 * The same moment on both clocks.
 */
struct ks_instant_t {

	/** seconds of the monotonic clock, ks_clock_t */
	time_t mono;

	/** seconds since 1970, UTC */
	time_t wall;
};

/**
 * Tell the time of the wall clock.
 *
 * @param now			the same moment on both clocks
 * @param mono			time of the monotonic clock
 */
uint64_t ks_instant_wall(const ks_instant_t *now, time_t mono);

/**
 * Tell a time of the monotonic clock that has passed.
 *
 * @param now			present moment
 * @param wall			time of the wall clock
 * @return				monotonic time, now if wall is later than that
 */
time_t ks_instant_past(const ks_instant_t *now, uint64_t wall);

/**
 * What became of reading.
 */
enum ks_codec_result_t {
	/** all was read */
	KS_CODEC_OK,
	/** written later than now: times tell nothing, all is dropped */
	KS_CODEC_CLOCK,
	/** not what we write */
	KS_CODEC_MALFORMED,
};

/**
 * Encode the keys of a group.
 *
 * @param state			keys and their ages
 * @param sequence		sequence number to carry on after, not below the state's
 * @param now			moment that the ages are of
 * @return				octets to chunk_clear(); they are the same for the same
 *						keys but for the last KS_CODEC_SAVED_LEN
 */
chunk_t ks_key_codec_write(const ks_state_t *state, uint32_t sequence,
							const ks_instant_t *now);

/**
 * Decode the keys of a group. Those that ended meanwhile are left out.
 *
 * What was written before there were layouts and pseudotime is read as well:
 * without its keys a group loses its members, too.
 *
 * @param data			octets
 * @param now			present moment
 * @param state			set to the state, NULL unless KS_CODEC_OK
 * @param ended			set to the number of keys left out
 */
ks_codec_result_t ks_key_codec_read(chunk_t data, const ks_instant_t *now,
									 ks_state_t **state, u_int *ended);

#endif /** KS_KEY_CODEC_H_ @}*/
