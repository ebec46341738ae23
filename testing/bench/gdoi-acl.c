/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * What an access list costs, with the crypto map's programs in this machine's
 * kernel: how long a long list takes to be in force, and how long a packet
 * takes by the length of the list.
 *
 *     gdoi-acl install [ROUNDS]
 *     gdoi-acl cost [ROUNDS]
 *
 * Prints tables; exit code 1 if something did not work, or if a list was
 * installed in more than the goal. Must be root. Seen by BPF_PROG_TEST_RUN: the
 * kernel hands the programs packets that don't exist.
 */

#define _GNU_SOURCE

#include "../unit/suites/classifier_kernel.h"
#include "../unit/suites/classifier_packets.h"

#include <linux/pkt_cls.h>
#include <stdio.h>
#include <time.h>

/** milliseconds that a list of 1,000 lines may take */
#define GOAL_MS 200

/** runs of one packet, for an average; and packets of different flows */
#define REPEAT 200000
#define FLOWS 20000

/** most rounds */
#define ROUNDS 101

static kernel_t *kernel;
static struct cm_shared *shared;

static int compare_double(const void *a, const void *b)
{
	double x = *(const double*)a, y = *(const double*)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, u_int count)
{
	qsort(values, count, sizeof(*values), compare_double);
	return values[count / 2];
}

static double now_ms()
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000.0 + ts.tv_nsec / 1000000.0;
}

/**
 * Install a list of one family. Line i protects hosts of network i, of which
 * packets() picks one.
 */
static bool set_list(int family, u_int count)
{
	crypto_map_line_t *lines = calloc(count + 1, sizeof(*lines));
	char text[128];
	bool good = TRUE;
	u_int i;

	for (i = 0; i < count && good; i++)
	{
		snprintf(text, sizeof(text), family == AF_INET
				 ? "permit udp 10.%u.%u.0/24 10.0.0.0/8"
				 : "permit udp fd00:0:%x:%x::/64 fd00::/16", i / 256, i % 256);
		good = group_ace_parse(text, &lines[i].ace, NULL);
		lines[i].sa = i % CRYPTO_MAP_SAS;
	}
	good = good && cm_settings_acl(shared, lines, count);
	free(lines);
	return good;
}

/**
 * Make a packet that a line matches, of the flow'th flow.
 */
static size_t make_packet(int family, u_int line, u_int flow, uint8_t *frame)
{
	char src[64], dst[64];

	snprintf(src, sizeof(src), family == AF_INET ? "10.%u.%u.1"
			 : "fd00:0:%x:%x::1", line / 256, line % 256);
	snprintf(dst, sizeof(dst), family == AF_INET ? "10.250.%u.%u"
			 : "fd00::%x:%x", flow / 256, flow % 256);
	return packets_udp(src, dst, 7, 9, frame);
}

/**
 * Average time of the same packet again and again.
 */
static double run_same(int family, u_int line)
{
	uint8_t frame[PACKETS_FRAME];
	kernel_answer_t answer;
	size_t len = make_packet(family, line, 0, frame);

	if (!kernel_run(kernel, TRUE, frame, len, 0, REPEAT, &answer) ||
		answer.action != TC_ACT_REDIRECT)
	{
		return 0;
	}
	return answer.nanoseconds;
}

/**
 * Median time of packets each of which begins a flow, less what it takes to
 * take the time.
 */
static double run_flows(int family, u_int line)
{
	static double times[FLOWS];
	uint8_t frame[PACKETS_FRAME];
	kernel_answer_t answer;
	size_t len;
	u_int i;

	for (i = 0; i < FLOWS; i++)
	{
		len = make_packet(family, line, i, frame);
		if (!kernel_run(kernel, TRUE, frame, len, 0, 1, &answer) ||
			answer.action != TC_ACT_REDIRECT)
		{
			return 0;
		}
		times[i] = answer.nanoseconds;
	}
	return median(times, FLOWS);
}

/**
 * Median over rounds.
 *
 * @param memory		TRUE to remember verdicts, whatever the list's length
 */
static double measure(int family, u_int lines, u_int line, bool memory,
					  u_int rounds)
{
	double times[ROUNDS];
	u_int i;

	if (!set_list(family, lines))
	{
		return 0;
	}
	shared->config.cache_lines = memory ? 0 : UINT32_MAX;
	for (i = 0; i < rounds; i++)
	{
		times[i] = run_same(family, line);
	}
	return median(times, rounds);
}

/**
 * What a flood of flows costs more with a memory than without one.
 */
static double measure_flood(int family, u_int lines, double *without)
{
	double with;

	if (!set_list(family, lines))
	{
		return 0;
	}
	shared->config.cache_lines = UINT32_MAX;
	*without = run_flows(family, lines - 1);
	shared->config.cache_lines = 0;
	with = run_flows(family, lines - 1);
	return with;
}

/**
 * Time per packet, by the length of the list.
 */
static int cost(u_int rounds)
{
	static const u_int lengths[] = {
		1, 4, 8, 10, 16, 32, 64, 100, 1000, 2000,
	};
	int families[] = { AF_INET, AF_INET6 };
	double base, first, last, hit, with, without = 0;
	bool good = TRUE;
	u_int f, i, n;

	for (f = 0; f < countof(families); f++)
	{
		base = measure(families[f], 1, 0, FALSE, rounds);
		printf("\nIPv%d, nanoseconds per packet (ratio to a list of one "
			   "line)\nlines  first line    last line     remembered    "
			   "new flow: with memory, without\n", f ? 6 : 4);
		for (i = 0; i < countof(lengths); i++)
		{
			n = lengths[i];
			first = measure(families[f], n, 0, FALSE, rounds);
			last = measure(families[f], n, n - 1, FALSE, rounds);
			hit = measure(families[f], n, n - 1, TRUE, rounds);
			with = measure_flood(families[f], n, &without);
			printf("%5u  %5.0f (%5.2f) %5.0f (%5.2f) %5.0f (%5.2f) "
				   "%5.0f %5.0f (%4.2f)\n", n, first, first / base, last,
				   last / base, hit, hit / base, with, without,
				   with / without);
			good = good && first && last && hit && with && without;
		}
	}
	return good ? 0 : 1;
}

/**
 * Install a list until a packet gets a verdict of it.
 *
 * @return			milliseconds
 */
static double install_once(u_int lines)
{
	uint8_t frame[PACKETS_FRAME];
	kernel_answer_t answer;
	size_t len = make_packet(AF_INET, lines ? lines - 1 : 0, 0, frame);
	double begin = now_ms();

	if (!set_list(AF_INET, lines) ||
		!kernel_run(kernel, TRUE, frame, len, 0, 1, &answer) ||
		answer.action != (lines ? TC_ACT_REDIRECT : TC_ACT_UNSPEC))
	{
		return -1;
	}
	return now_ms() - begin;
}

/**
 * Time to install lists, by turns.
 */
static int install(u_int rounds)
{
	static const u_int lengths[] = { 0, 100, 1000, 2000 };
	double times[countof(lengths)][ROUNDS], half[countof(lengths)];
	bool good = TRUE;
	u_int i, j;

	shared->config.cache_lines = CM_CACHE_LINES;
	for (i = 0; i < rounds; i++)
	{
		for (j = 0; j < countof(lengths); j++)
		{
			times[j][i] = install_once(lengths[j]);
			good = good && times[j][i] >= 0;
		}
	}
	printf("lines  median ms  worst ms  to the empty list\n");
	for (j = 0; j < countof(lengths); j++)
	{
		half[j] = median(times[j], rounds);
		printf("%5u  %9.2f  %8.2f  %5.2f\n", lengths[j], half[j],
			   times[j][rounds - 1], half[j] / half[0]);
		if (lengths[j] == 1000 && half[j] > GOAL_MS)
		{
			printf("goal missed: %u ms for 1,000 lines\n", GOAL_MS);
			good = FALSE;
		}
	}
	return good ? 0 : 1;
}

int main(int argc, char *argv[])
{
	u_int rounds = argc > 2 ? atoi(argv[2]) : 5, i;
	const char *reason;
	int res = 2;

	library_init(NULL, "gdoi-acl");
	kernel = kernel_create(&reason);
	if (!kernel)
	{
		fprintf(stderr, "the kernel loads no BPF programs for us: %s\n",
				reason);
	}
	else if (rounds && rounds <= ROUNDS && argc > 1)
	{
		shared = kernel_shared(kernel);
		for (i = 0; i < CRYPTO_MAP_SAS; i++)
		{
			cm_settings_ready(shared, i, TRUE);
		}
		res = streq(argv[1], "install") ? install(rounds) : cost(rounds);
		kernel_destroy(kernel);
	}
	library_deinit();
	return res;
}
