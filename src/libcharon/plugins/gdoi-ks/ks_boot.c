/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ks_boot.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

/** where the kernel tells which boot this is */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/**
 * Implements ks_boot_t.now
 */
static uint64_t now(void)
{
	struct timespec ts = {};

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/**
 * Implements ks_boot_t.wall
 */
static time_t wall(void)
{
	return time(NULL);
}

/**
 * Read the identifier: hexadecimal digits with hyphens between
 *
 * @return				FALSE if there is none
 */
static bool read_id(FILE *file, uint8_t id[KS_BOOT_ID_LEN])
{
	char digits[2 * KS_BOOT_ID_LEN + 1];
	size_t count = 0;
	chunk_t raw;
	int c;

	while (count < sizeof(digits) - 1 && (c = fgetc(file)) != EOF)
	{
		if (isxdigit(c))
		{
			digits[count++] = c;
		}
	}
	if (count < sizeof(digits) - 1)
	{
		return FALSE;
	}
	raw = chunk_from_hex(chunk_create((u_char*)digits, count), NULL);
	memcpy(id, raw.ptr, KS_BOOT_ID_LEN);
	chunk_free(&raw);
	return TRUE;
}

/*
 * Described in header
 */
void ks_boot_get(ks_boot_t *boot)
{
	FILE *file = fopen(BOOT_ID, "r");

	*boot = (ks_boot_t){
		.now = now,
		.wall = wall,
	};
	if (!file)
	{
		return;
	}
	if (!read_id(file, boot->id))
	{
		memset(boot->id, 0, sizeof(boot->id));
	}
	fclose(file);
}
