/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * dpctl: freshness of packets, with the programs of plugin d3p and a clock that
 * tests can set for one member.
 */

#include "dpctl.h"

#include <fresh_programs.h>
#include <freshness_provider.h>

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

/** how far our real time is ahead, nanoseconds */
static int64_t skew;

static freshness_provider_t *provider;

/**
 * Read a clock, in nanoseconds.
 */
static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int64_t real_ns(void)
{
	return read_clock(CLOCK_REALTIME) +
		   __atomic_load_n(&skew, __ATOMIC_RELAXED);
}

static int64_t boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

static void status(freshness_clock_t *clock)
{
	clock->sync = FRESHNESS_SYNC_UNKNOWN;
}

static const fresh_clock_source_t source = {
	.real_ns = real_ns,
	.boot_ns = boot_ns,
	.status = status,
};

/**
 * Set one value of a policy from KEY=VALUE.
 */
static bool parse_value(freshness_policy_t *policy, char *arg)
{
	char *value = strchr(arg, '=');
	uint32_t number;

	if (!value)
	{
		return FALSE;
	}
	number = strtoul(value + 1, NULL, 0);
	if (strpfx(arg, "protocol="))
	{
		policy->protocol = number;
	}
	else if (strpfx(arg, "type="))
	{
		policy->type = number;
	}
	else if (strpfx(arg, "header="))
	{
		policy->header = number;
	}
	else if (strpfx(arg, "allowed="))
	{
		policy->allowed_ms = number;
	}
	else if (strpfx(arg, "window="))
	{
		policy->window_ms = number;
	}
	else if (strpfx(arg, "epoch="))
	{
		policy->epoch = number;
	}
	else if (strpfx(arg, "ticks="))
	{
		policy->ticks = number;
	}
	else if (strpfx(arg, "tick="))
	{
		policy->tick_ms = number;
	}
	else if (strpfx(arg, "clear-df="))
	{
		policy->clear_df = number;
	}
	else
	{
		return FALSE;
	}
	return TRUE;
}

bool dpctl_freshness(int argc, char *argv[])
{
	freshness_policy_t policy = {
		.method = FRESHNESS_D3P,
		.protocol = FRESHNESS_PROTOCOL_D3P,
		.type = FRESHNESS_D3P_MSEC,
		.header = FRESHNESS_HEADER_D3P,
		.allowed_ms = 5000,
		.window_ms = 10000,
		.epoch = 7,
		.tick_ms = 1000,
	};
	int i;

	if (argc < 2)
	{
		return FALSE;
	}
	if (streq(argv[1], "none"))
	{
		return map->set_freshness(map, atoi(argv[0]), NULL);
	}
	if (streq(argv[1], "tbar"))
	{
		policy.method = FRESHNESS_TBAR;
		policy.protocol = FRESHNESS_PROTOCOL_TBAR;
	}
	else if (!streq(argv[1], "d3p"))
	{
		return FALSE;
	}
	for (i = 2; i < argc; i++)
	{
		if (!parse_value(&policy, argv[i]))
		{
			fprintf(answer, "what is %s?\n", argv[i]);
			return FALSE;
		}
	}
	return map->set_freshness(map, atoi(argv[0]), &policy);
}

bool dpctl_stamped(int argc, char *argv[])
{
	if (argc != 2)
	{
		return FALSE;
	}
	map->set_stamped(map, atoi(argv[0]), streq(argv[1], "yes"));
	return TRUE;
}

/** names of the kinds of errors */
static const char *kinds[] = {
	"missing", "malformed", "epoch", "early", "late",
};

bool dpctl_fresh(int argc, char *argv[])
{
	freshness_counters_t counters;
	int i;

	if (argc != 1 || !map->get_freshness(map, atoi(argv[0]), &counters))
	{
		return FALSE;
	}
	fprintf(answer, "in %" PRIu64 "\nout %" PRIu64 "\nin-errors %" PRIu64
			"\nout-errors %" PRIu64 "\n", counters.in, counters.out,
			counters.in_errors, counters.out_errors);
	for (i = 0; i < countof(kinds); i++)
	{
		fprintf(answer, "%s %" PRIu64 "\n", kinds[i], counters.errors[i]);
	}
	fprintf(answer, "max-delta %" PRId64 "\n", counters.max_delta_ms);
	return TRUE;
}

bool dpctl_history(int argc, char *argv[])
{
	enumerator_t *enumerator;
	freshness_error_t *error;

	enumerator = map->create_freshness_enumerator(map);
	while (enumerator->enumerate(enumerator, &error))
	{
		fprintf(answer, "%u %s %H mine=%.3f theirs=%.3f window=%.3f\n",
				error->sa, kinds[error->kind % countof(kinds)], error->source,
				error->my_time, error->peer_time, error->window);
	}
	enumerator->destroy(enumerator);
	return TRUE;
}

bool dpctl_fresh_reset(int argc, char *argv[])
{
	map->reset_freshness(map, argc ? 1u << atoi(argv[0]) : ~0u);
	return TRUE;
}

bool dpctl_skew(int argc, char *argv[])
{
	if (argc != 1)
	{
		return FALSE;
	}
	__atomic_store_n(&skew, atoll(argv[0]) * 1000000, __ATOMIC_RELAXED);
	provider->refresh(provider);
	return TRUE;
}

bool dpctl_fresh_init()
{
	freshness_params_t params = {
		.loader = fresh_programs_create,
		.source = &source,
		.history = FRESHNESS_HISTORY,
	};

	provider = freshness_provider_create(&params);
	lib->set(lib, FRESHNESS_NAME, &provider->freshness);
	return provider->start(provider);
}

void dpctl_fresh_deinit()
{
	lib->set(lib, FRESHNESS_NAME, NULL);
	provider->destroy(provider);
}
