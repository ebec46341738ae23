/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup vici_time vici_time
 * @{ @ingroup gdoi_vici
 *
 * Times in VICI messages: each as a distance in seconds and as a moment in
 * UTC. Pure but for reading the clock; any thread.
 */

#ifndef VICI_TIME_H_
#define VICI_TIME_H_

#include <plugins/vici/vici_builder.h>

/** buffer size that holds every text of vici_time_print() */
#define VICI_TIME_LEN 32

/**
 * Add a moment in the future, as "key" and "key-at".
 *
 * @param builder		builder to add to
 * @param key			name of the key, at most 63 octets
 * @param seconds		seconds from now; one that has passed becomes 0
 */
void vici_time_add_in(vici_builder_t *builder, char *key, int64_t seconds);

/**
 * Add a moment in the past, as "key" and "key-at".
 *
 * @param builder		builder to add to
 * @param key			name of the key, at most 63 octets
 * @param seconds		seconds that have passed since; below 0 becomes 0
 */
void vici_time_add_ago(vici_builder_t *builder, char *key, int64_t seconds);

/**
 * Print a moment in UTC, as YYYY-MM-DDThh:mm:ssZ.
 *
 * @param moment		seconds since 1970
 * @param buf			buffer for the zero terminated text
 * @param len			size of buf, VICI_TIME_LEN is always enough
 * @return				buf
 */
char *vici_time_print(time_t moment, char *buf, size_t len);

#endif /** VICI_TIME_H_ @}*/
