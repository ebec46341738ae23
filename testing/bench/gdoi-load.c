/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * Register many simulated members with a key server, each with an address of
 * its own, and print how fast it went and what it cost the server.
 */

#include "load-client.h"
#include "load-rekey.h"

#include "payloads/gdoi_wire.h"
#include "compat.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

/** how often a datagram is sent, and milliseconds between */
#define SENDS 6
#define RESEND 3000

/**
 * A member in progress.
 */
typedef struct {
	load_client_t *client;
	int fd;
	double started;
	double sent;
	u_int sends;
} slot_t;

/**
 * A run.
 */
typedef struct {
	load_config_t config;
	struct sockaddr_in server;
	uint32_t first;
	uint16_t port;
	u_int count;
	u_int concurrency;
	pid_t pid;
	double timeout;
	u_int rekeys;
	bool alternate;
	int epoll;
	slot_t *slots;
	u_int begun;
	u_int done;
	u_int failed;
	u_int resent;
	double *latencies;
} run_t;

/**
 * Seconds on the monotonic clock.
 */
static double now()
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * CPU seconds, user and system, that a process used so far with its threads.
 */
static double cpu_of(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (!pid || clock_getcpuclockid(pid, &clock) != 0 ||
		clock_gettime(clock, &ts) != 0)
	{
		return 0;
	}
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * Resident memory of a process in KiB.
 */
static long memory_of(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
	{
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
		{
			break;
		}
	}
	if (file)
	{
		fclose(file);
	}
	return kib;
}

/**
 * Send a member's datagram.
 */
static void transmit(run_t *run, slot_t *slot, chunk_t datagram)
{
	if (datagram.len && send(slot->fd, datagram.ptr, datagram.len, 0) < 0 &&
		errno != EAGAIN && errno != ECONNREFUSED)
	{
		perror("send");
	}
	slot->sent = now();
	slot->sends++;
}

/**
 * Open the socket of a member, bound to its own address.
 */
static bool open_socket(run_t *run, slot_t *slot, uint32_t addr)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_port = htons(run->port),
		.sin_addr.s_addr = htonl(addr),
	};
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.ptr = slot,
	};

	slot->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (slot->fd < 0 ||
		bind(slot->fd, (struct sockaddr*)&own, sizeof(own)) < 0 ||
		connect(slot->fd, (struct sockaddr*)&run->server,
				sizeof(run->server)) < 0 ||
		epoll_ctl(run->epoll, EPOLL_CTL_ADD, slot->fd, &event) < 0)
	{
		perror("socket of a member");
		return FALSE;
	}
	return TRUE;
}

/**
 * Begin the next member in a slot.
 */
static bool begin(run_t *run, slot_t *slot)
{
	uint32_t addr = run->first + run->begun;
	uint8_t buf[4];

	htoun32(buf, addr);
	*slot = (slot_t){ .fd = -1 };
	if (!open_socket(run, slot, addr))
	{
		return FALSE;
	}
	slot->client = load_client_create(&run->config, chunk_from_thing(buf));
	if (!slot->client)
	{
		return FALSE;
	}
	run->begun++;
	slot->started = now();
	transmit(run, slot, slot->client->start(slot->client));
	return TRUE;
}

/**
 * End the member of a slot.
 */
static void end(run_t *run, slot_t *slot, bool good)
{
	if (good)
	{
		run->latencies[run->done++] = now() - slot->started;
	}
	else
	{
		if (run->failed++ < 5)
		{
			fprintf(stderr, "a member failed: %s\n",
					slot->client->get_reason(slot->client));
		}
	}
	close(slot->fd);
	slot->client->destroy(slot->client);
	*slot = (slot_t){ .fd = -1 };
}

/**
 * Process what came for a member.
 */
static void receive(run_t *run, slot_t *slot)
{
	uint8_t buf[65536];
	load_state_t state;
	chunk_t out;
	ssize_t len;

	while (slot->client)
	{
		len = recv(slot->fd, buf, sizeof(buf), 0);
		if (len < 0)
		{
			return;
		}
		state = slot->client->process(slot->client,
									  chunk_create(buf, (size_t)len), &out);
		if (out.len)
		{
			slot->sends = 0;
			transmit(run, slot, out);
		}
		if (state != LOAD_BUSY)
		{
			end(run, slot, state == LOAD_DONE);
		}
	}
}

/**
 * Send again what was not answered.
 */
static void resend(run_t *run)
{
	double limit = now() - RESEND / 1000.0;
	slot_t *slot;

	for (u_int i = 0; i < run->concurrency; i++)
	{
		slot = &run->slots[i];
		if (!slot->client || slot->sent > limit)
		{
			continue;
		}
		if (slot->sends >= SENDS)
		{
			end(run, slot, FALSE);
			continue;
		}
		run->resent++;
		transmit(run, slot, slot->client->get_last(slot->client));
	}
}

/**
 * Run all members, a bounded number at a time.
 */
static bool work(run_t *run)
{
	struct epoll_event events[64];
	double deadline = now() + run->timeout, next = now() + 0.5;
	int count;

	while (run->done + run->failed < run->count)
	{
		for (u_int i = 0; i < run->concurrency && run->begun < run->count; i++)
		{
			if (!run->slots[i].client && !begin(run, &run->slots[i]))
			{
				return FALSE;
			}
		}
		count = epoll_wait(run->epoll, events, countof(events), 100);
		for (int i = 0; i < count; i++)
		{
			receive(run, events[i].data.ptr);
		}
		if (now() > next)
		{
			resend(run);
			next = now() + 0.5;
		}
		if (now() > deadline)
		{
			fprintf(stderr, "not done in time\n");
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Order latencies.
 */
static int compare(const void *a, const void *b)
{
	double x = *(const double*)a, y = *(const double*)b;

	return x < y ? -1 : x > y;
}

/**
 * A percentile of the latencies, in milliseconds.
 */
static double percentile(run_t *run, double share)
{
	if (!run->done)
	{
		return 0;
	}
	return run->latencies[(u_int)(share * (run->done - 1))] * 1000;
}

/**
 * Print the figures of a run, as JSON on one line.
 */
static void report(run_t *run, double seconds, double cpu, double own,
				   long before, long after)
{
	qsort(run->latencies, run->done, sizeof(double), compare);
	printf("{\"mode\": \"%s\", \"done\": %u, \"failed\": %u, \"resent\": %u, "
		   "\"seconds\": %.3f, \"per_second\": %.1f, "
		   "\"server_cpu_ms\": %.4f, \"generator_cpu_ms\": %.4f, "
		   "\"latency_ms\": {\"p50\": %.1f, \"p95\": %.1f, \"p99\": %.1f, "
		   "\"max\": %.1f}, \"rss_kib\": [%ld, %ld]}\n",
		   run->config.phase1_only ? "phase1" : "pull", run->done, run->failed,
		   run->resent, seconds, run->done / seconds,
		   run->done ? cpu * 1000 / run->done : 0,
		   run->done ? own * 1000 / run->done : 0,
		   percentile(run, 0.5), percentile(run, 0.95), percentile(run, 0.99),
		   percentile(run, 1), before, after);
}

/**
 * CPU seconds of this process.
 */
static double own_cpu()
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 +
		   usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
}

static void usage()
{
	fprintf(stderr,
		"usage: gdoi-load --server ADDRESS --first ADDRESS --psk SECRET\n"
		"  [--group ID] [--count N] [--concurrency N] [--dh ecp256|modp2048]\n"
		"  [--port N] [--source-port N] [--pid N] [--timeout SECONDS]\n"
		"  [--pulls N] [--phase1] [--rekeys N [--alternate] [--encrypted]]\n"
		"Register N members from the addresses FIRST, FIRST + 1, ..., and\n"
		"print the figures as one line of JSON. --pid names the server's\n"
		"process. With --rekeys they stay, take that many rekeys and\n"
		"acknowledge them, with --alternate only every other one, with\n"
		"--encrypted by exchange 240; a line of JSON tells when they are\n"
		"ready, and one per rekey how it went.\n");
	exit(2);
}

static const struct option options[] = {
	{ "server",			required_argument,	NULL,	's'	},
	{ "first",			required_argument,	NULL,	'f'	},
	{ "psk",			required_argument,	NULL,	'k'	},
	{ "group",			required_argument,	NULL,	'g'	},
	{ "count",			required_argument,	NULL,	'n'	},
	{ "concurrency",	required_argument,	NULL,	'c'	},
	{ "dh",				required_argument,	NULL,	'd'	},
	{ "port",			required_argument,	NULL,	'p'	},
	{ "source-port",	required_argument,	NULL,	'o'	},
	{ "pid",			required_argument,	NULL,	'i'	},
	{ "timeout",		required_argument,	NULL,	't'	},
	{ "pulls",			required_argument,	NULL,	'u'	},
	{ "phase1",			no_argument,		NULL,	'1'	},
	{ "rekeys",			required_argument,	NULL,	'r'	},
	{ "alternate",		no_argument,		NULL,	'a'	},
	{ "encrypted",		no_argument,		NULL,	'e'	},
	{ NULL,				0,					NULL,	0	},
};

/**
 * Parse a number of an option.
 */
static u_int number(const char *text, u_int max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > max)
	{
		usage();
	}
	return (u_int)value;
}

/**
 * Parse an IPv4 address of an option.
 */
static uint32_t address(const char *text)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
	{
		usage();
	}
	return ntohl(addr.s_addr);
}

/**
 * Take an option that says what the members are.
 */
static bool take_member_option(run_t *run, int opt, char *arg)
{
	switch (opt)
	{
		case 'f':
			run->first = address(arg);
			return TRUE;
		case 'k':
			run->config.psk = chunk_from_str(arg);
			return TRUE;
		case 'g':
			return group_id_parse(arg, &run->config.group);
		case 'o':
			run->port = (uint16_t)number(arg, 65535);
			return TRUE;
		case 'u':
			run->config.pulls = number(arg, 100000);
			return TRUE;
		case '1':
			run->config.phase1_only = TRUE;
			return TRUE;
		case 'r':
			run->rekeys = number(arg, 1000000);
			return TRUE;
		case 'a':
			run->alternate = TRUE;
			return TRUE;
		case 'e':
			run->config.native = TRUE;
			return TRUE;
		default:
			return FALSE;
	}
}

/**
 * Take an option.
 */
static void take_option(run_t *run, int opt, char *arg,
						key_exchange_method_t *dh)
{
	switch (opt)
	{
		case 's':
			run->server.sin_addr.s_addr = htonl(address(arg));
			break;
		case 'n':
			run->count = number(arg, 1000000);
			break;
		case 'c':
			run->concurrency = number(arg, 4096);
			break;
		case 'd':
			*dh = streq(arg, "modp2048") ? MODP_2048_BIT : ECP_256_BIT;
			break;
		case 'p':
			run->server.sin_port = htons((uint16_t)number(arg, 65535));
			break;
		case 'i':
			run->pid = (pid_t)number(arg, 1 << 30);
			break;
		case 't':
			run->timeout = number(arg, 3600);
			break;
		default:
			if (!take_member_option(run, opt, arg))
			{
				usage();
			}
			break;
	}
}

/**
 * Create the key exchange, with a private key of 64 bits for MODP groups: a
 * short exponent keeps the generator cheap, as the server is to be measured.
 */
static bool prepare_ke(load_config_t *config, key_exchange_method_t dh)
{
	config->ke = lib->crypto->create_ke(lib->crypto, dh);
	if (!config->ke || !config->rng)
	{
		return FALSE;
	}
	if (dh == MODP_2048_BIT &&
		(!config->rng->allocate_bytes(config->rng, 8, &config->private) ||
		 !COMPAT_SET_PRIVATE_KEY(config->ke, config->private)))
	{
		return FALSE;
	}
	return config->ke->get_public_key(config->ke, &config->public);
}

/**
 * Create what all members share.
 */
static bool prepare(run_t *run, key_exchange_method_t dh)
{
	load_config_t *config = &run->config;

	config->prf = lib->crypto->create_prf(lib->crypto, PRF_HMAC_SHA2_256);
	config->hasher = lib->crypto->create_hasher(lib->crypto, HASH_SHA256);
	config->rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK);
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	run->slots = calloc(run->concurrency, sizeof(slot_t));
	run->latencies = calloc(run->count, sizeof(double));
	return config->prf && config->hasher && run->epoll >= 0 &&
		   prepare_ke(config, dh);
}

/**
 * Have all members take rekeys.
 */
static bool stay(run_t *run)
{
	load_rekey_t config = {
		.first = run->first,
		.count = run->count,
		.port = run->port,
		.policy = run->config.policy,
		.rekeys = run->rekeys,
		.alternate = run->alternate,
		.timeout = run->timeout,
	};

	fflush(stdout);
	if (!config.policy)
	{
		fprintf(stderr, "nobody registered\n");
		return FALSE;
	}
	return load_rekey_run(&config);
}

/**
 * Run and report.
 */
static int measure(run_t *run)
{
	double started, cpu, own;
	long memory;
	bool good;

	memory = memory_of(run->pid);
	cpu = cpu_of(run->pid);
	own = own_cpu();
	started = now();
	good = work(run);
	started = now() - started;
	report(run, started, cpu_of(run->pid) - cpu, own_cpu() - own, memory,
		   memory_of(run->pid));
	return good && !run->failed && (!run->rekeys || stay(run)) ? 0 : 1;
}

int main(int argc, char *argv[])
{
	run_t run = {
		.config = { .group = { GROUP_ID_NUMBER, 3333 }, .pulls = 1 },
		.server = { .sin_family = AF_INET, .sin_port = htons(GDOI_PORT) },
		.port = 20848,
		.count = 100,
		.concurrency = 32,
		.timeout = 300,
	};
	key_exchange_method_t dh = ECP_256_BIT;
	int opt, code = 1;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
	{
		take_option(&run, opt, optarg, &dh);
	}
	if (!run.server.sin_addr.s_addr || !run.first || !run.config.psk.len ||
		!run.count || !run.concurrency || optind != argc)
	{
		usage();
	}
	if (!library_init(NULL, "gdoi-load"))
	{
		return 1;
	}
	lib->plugins->add_path(lib->plugins, PLUGINDIR);
	if (lib->plugins->load(lib->plugins, "random nonce gmp openssl") &&
		prepare(&run, dh))
	{
		code = measure(&run);
	}
	else
	{
		fprintf(stderr, "no plugins of strongSwan in %s\n", PLUGINDIR);
	}
	DESTROY_IF(run.config.policy);
	DESTROY_IF(run.config.ke);
	DESTROY_IF(run.config.prf);
	DESTROY_IF(run.config.hasher);
	DESTROY_IF(run.config.rng);
	chunk_free(&run.config.public);
	chunk_clear(&run.config.private);
	free(run.slots);
	free(run.latencies);
	library_deinit();
	return code;
}
