/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file tsckhz.c
 * Prints how fast the time stamp counter of this machine's processor counts,
 * in kHz.
 *
 * An emulated kernel measures it while it boots, gets it wrong by factors on a
 * busy machine, and then has a clock to match: told the figure it doesn't have
 * to measure. Other processors than x86 print nothing and fail.
 */

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)

#include <x86intrin.h>

/** Pairs of readings, of which the closest is taken */
#define TRIES 50

/** Microseconds between the two points */
#define SPAN 200000

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/**
 * Read counter and clock as closely together as they ever get.
 */
static void read_both(uint64_t *tsc, uint64_t *ns)
{
	uint64_t before, after, clock, gap = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++)
	{
		before = __rdtsc();
		clock = now();
		after = __rdtsc();
		if (after - before < gap)
		{
			gap = after - before;
			*tsc = before + gap / 2;
			*ns = clock;
		}
	}
}

int main(void)
{
	uint64_t tsc1 = 0, tsc2 = 0, ns1 = 0, ns2 = 1;

	read_both(&tsc1, &ns1);
	usleep(SPAN);
	read_both(&tsc2, &ns2);
	printf("%.0f\n", (tsc2 - tsc1) * 1e6 / (ns2 - ns1));
	return 0;
}

#else

int main(void)
{
	return 1;
}

#endif
