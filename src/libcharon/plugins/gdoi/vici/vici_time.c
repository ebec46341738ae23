/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "vici_time.h"

#include <inttypes.h>
#include <time.h>

/*
 * Described in header.
 */
char *vici_time_print(time_t moment, char *buf, size_t len)
{
	struct tm tm;

	if (!gmtime_r(&moment, &tm) ||
		!strftime(buf, len, "%Y-%m-%dT%H:%M:%SZ", &tm))
	{
		snprintf(buf, len, "-");
	}
	return buf;
}

/**
 * Add both keys
 */
static void add(vici_builder_t *builder, char *key, int64_t distance,
				time_t moment)
{
	char at[64 + sizeof("-at")], text[VICI_TIME_LEN];

	snprintf(at, sizeof(at), "%s-at", key);
	builder->add_kv(builder, key, "%" PRId64, distance);
	builder->add_kv(builder, at, "%s",
					vici_time_print(moment, text, sizeof(text)));
}

/*
 * Described in header.
 */
void vici_time_add_in(vici_builder_t *builder, char *key, int64_t seconds)
{
	seconds = max(0, seconds);
	add(builder, key, seconds, time(NULL) + seconds);
}

/*
 * Described in header.
 */
void vici_time_add_ago(vici_builder_t *builder, char *key, int64_t seconds)
{
	seconds = max(0, seconds);
	add(builder, key, seconds, time(NULL) - seconds);
}
