/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * Drives a crypto map without charon, for tests of the data plane. One process
 * per crypto map owns it and takes commands on a UNIX socket; states and
 * policies are installed with "ip xfrm".
 */

#define _GNU_SOURCE

#include "dpctl.h"

#include <group/group_ace.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/** words of a command at most */
#define WORDS 2200

/** octets of a command or an answer at most */
#define TEXT_LEN 262144

static const char usage[] =
"dpctl run SOCKET INTERFACE [INDEX] [KEY=ADDRESS]...\n"
"    own the crypto map of group INDEX (default 0) on INTERFACE and take\n"
"    commands on SOCKET; prints \"ready\". KEY is local4, remote4, local6 or\n"
"    remote6.\n"
"    SIGTERM ends it and leaves everything attached, as a crash does.\n"
"dpctl purge INTERFACE\n"
"    remove what a dead owner left\n"
"dpctl SOCKET COMMAND...\n"
"    send a command to an owner; exit code 0 if it succeeded:\n"
"attach | detach | refresh | quit (detaches)\n"
"acl [LINE]...            LINE as \"permit ip 10.0.0.0/8 any\"; a word \"@N\"\n"
"                         in front of LINE names its SA, 0 if there is none;\n"
"                         \"@drop\" has LINE drop\n"
"acl-file FILE            the same, one line each\n"
"spis [SPI[+SA]]...       inbound SPIs, hexadecimal; with SA, packets must\n"
"                         have the freshness header of that SA\n"
"esp SA BLOCK IV ICV      sizes of encapsulation\n"
"ready SA yes|no          SA can encrypt\n"
"direction SA both|inbound-optional|inbound-only\n"
"servers [ADDRESS]...     key servers\n"
"stats                    counters, a line each: NAME VALUE\n"
"unknown-spi              last SPI that was not known\n"
"ids                      link, if_id, anchors, a line each: NAME VALUE\n"
"state-add SPI cbc|gcm|null [beet]\n"
"                         four states with the test's keys; DF is copied;\n"
"                         \"beet\" is for packets with freshness headers\n"
"state-del SPI\n"
"sample SPI BITS SID4 SID6\n"
"                         give outbound states Sender IDs; prints how many\n"
"                         states were tried in how many milliseconds, and\n"
"                         how long the longest slice of 50 ms took\n"
"policy SPI [SA [beet]]   send with SPI: outbound policies pinned to it\n"
"policy-del [SA [beet]]\n"
"tek SPI cbc|gcm|null     state-add, spis, esp 0, policy, ready 0 yes\n"
"freshness SA none|d3p|tbar [KEY=VALUE]...\n"
"                         method of an SA; keys: protocol type header allowed\n"
"                         window epoch ticks tick clear-df; times in ms,\n"
"                         pseudotime began when the machine did, with ticks\n"
"stamped SA yes|no        outbound packets of the SA have freshness headers\n"
"fresh SA                 counters of freshness, a line each: NAME VALUE\n"
"history                  packets refused last, a line each\n"
"fresh-reset [SA]         begin to count anew\n"
"skew MS                  set the clock of D3P so much ahead of real time\n";

crypto_map_t *map;
FILE *answer;

typedef bool (*command_t)(int argc, char *argv[]);

static bool cmd_attach(int argc, char *argv[])
{
	char *reason = NULL;
	bool good;

	good = map->attach(map, &reason);
	if (!good)
	{
		fprintf(answer, "%s\n", reason);
	}
	free(reason);
	return good;
}

static bool cmd_detach(int argc, char *argv[])
{
	map->detach(map);
	return TRUE;
}

static bool cmd_refresh(int argc, char *argv[])
{
	return map->refresh(map);
}

/**
 * Set the list from texts.
 */
static bool set_acl(int count, char *texts[])
{
	crypto_map_line_t *lines = calloc(count + 1, sizeof(*lines));
	char *reason;
	bool good = TRUE;
	u_int sa = 0;
	int i, n = 0;

	for (i = 0; i < count && good; i++)
	{
		if (texts[i][0] == '@')
		{
			sa = streq(texts[i], "@drop") ? CRYPTO_MAP_DROP
										  : atoi(texts[i] + 1);
			continue;
		}
		good = group_ace_parse(texts[i], &lines[n].ace, &reason);
		if (!good)
		{
			fprintf(answer, "%s: %s\n", texts[i], reason);
			free(reason);
		}
		lines[n++].sa = sa;
		sa = 0;
	}
	good = good && map->set_acl(map, lines, n, FALSE);
	free(lines);
	return good;
}

static bool cmd_acl(int argc, char *argv[])
{
	return set_acl(argc, argv);
}

static bool cmd_acl_file(int argc, char *argv[])
{
	char *lines[WORDS], text[256];
	FILE *file = argc ? fopen(argv[0], "r") : NULL;
	int count = 0, i;
	bool good;

	if (!file)
	{
		return FALSE;
	}
	while (count < WORDS && fgets(text, sizeof(text), file))
	{
		text[strcspn(text, "\n")] = '\0';
		lines[count++] = strdup(text);
	}
	fclose(file);
	good = set_acl(count, lines);
	for (i = 0; i < count; i++)
	{
		free(lines[i]);
	}
	return good;
}

static bool cmd_esp(int argc, char *argv[])
{
	crypto_map_esp_t esp;

	if (argc != 4)
	{
		return FALSE;
	}
	esp.block = atoi(argv[1]);
	esp.iv = atoi(argv[2]);
	esp.icv = atoi(argv[3]);
	map->set_esp(map, atoi(argv[0]), &esp);
	return TRUE;
}

static bool cmd_ready(int argc, char *argv[])
{
	if (argc != 2)
	{
		return FALSE;
	}
	map->set_ready(map, atoi(argv[0]), streq(argv[1], "yes"));
	return TRUE;
}

static bool cmd_direction(int argc, char *argv[])
{
	if (argc != 2)
	{
		return FALSE;
	}
	map->set_direction(map, atoi(argv[0]), streq(argv[1], "inbound-only")
					? CRYPTO_MAP_INBOUND_ONLY
					: streq(argv[1], "inbound-optional")
						? CRYPTO_MAP_INBOUND_OPTIONAL : CRYPTO_MAP_BOTH);
	return TRUE;
}

static bool cmd_servers(int argc, char *argv[])
{
	host_t *hosts[CRYPTO_MAP_SERVERS + 1];
	bool good = TRUE;
	int i, n = 0;

	for (i = 0; i < argc && n < countof(hosts); i++)
	{
		hosts[n] = host_create_from_string(argv[i], 0);
		good = good && hosts[n];
		n += hosts[n] != NULL;
	}
	good = good && map->set_servers(map, hosts, n);
	while (n--)
	{
		hosts[n]->destroy(hosts[n]);
	}
	return good;
}

static bool cmd_stats(int argc, char *argv[])
{
	enumerator_t *enumerator;
	crypto_map_stat_t *stat;

	enumerator = map->create_stats_enumerator(map);
	while (enumerator->enumerate(enumerator, &stat))
	{
		fprintf(answer, "%s %llu\n", stat->name,
				(unsigned long long)stat->value);
	}
	enumerator->destroy(enumerator);
	return TRUE;
}

static bool cmd_unknown_spi(int argc, char *argv[])
{
	uint32_t spi;

	if (!map->get_unknown_spi(map, &spi))
	{
		return FALSE;
	}
	fprintf(answer, "%08x\n", ntohl(spi));
	return TRUE;
}

static bool cmd_ids(int argc, char *argv[])
{
	mark_t mark = map->get_mark(map, 0, FALSE);

	fprintf(answer, "if_id %u\nmark 0x%x\nmask 0x%x\nlocal4 %s\nremote4 %s\n"
			"local6 %s\nremote6 %s\n", map->get_if_id(map), mark.value,
			mark.mask, dpctl_anchor(AF_INET, TRUE),
			dpctl_anchor(AF_INET, FALSE), dpctl_anchor(AF_INET6, TRUE),
			dpctl_anchor(AF_INET6, FALSE));
	return TRUE;
}

/**
 * Give the outbound state of a family a Sender ID.
 */
static bool sample(int family, uint32_t spi, uint8_t bits, uint32_t sid)
{
	sid_sampler_status_t status = SID_SAMPLER_MORE;
	sid_sampler_t *sampler;
	timeval_t start, now;
	int ms = 0, longest = 0, before;

	sampler = map->create_sampler(map, family, spi, bits, &sid, 1);
	if (!sampler)
	{
		return FALSE;
	}
	time_monotonic(&start);
	while (status == SID_SAMPLER_MORE)
	{
		before = ms;
		status = sampler->run(sampler, 50);
		time_monotonic(&now);
		ms = (now.tv_sec - start.tv_sec) * 1000 +
			 (now.tv_usec - start.tv_usec) / 1000;
		longest = max(longest, ms - before);
	}
	fprintf(answer, "IPv%d bits=%u tries=%u ms=%d longest=%d %s\n",
			family == AF_INET ? 4 : 6, bits, sampler->get_tries(sampler), ms,
			longest, sampler->get_reason(sampler) ?: "done");
	sampler->destroy(sampler);
	return status == SID_SAMPLER_DONE;
}

static bool cmd_sample(int argc, char *argv[])
{
	uint32_t spi;
	uint8_t bits;

	if (argc != 4)
	{
		return FALSE;
	}
	spi = htonl(strtoul(argv[0], NULL, 16));
	bits = atoi(argv[1]);
	return sample(AF_INET, spi, bits, strtoul(argv[2], NULL, 0)) &&
		   sample(AF_INET6, spi, bits, strtoul(argv[3], NULL, 0));
}

static const struct {
	char *name;
	command_t run;
} commands[] = {
	{ "attach", cmd_attach },
	{ "detach", cmd_detach },
	{ "quit", cmd_detach },
	{ "refresh", cmd_refresh },
	{ "acl", cmd_acl },
	{ "acl-file", cmd_acl_file },
	{ "spis", dpctl_spis },
	{ "esp", cmd_esp },
	{ "ready", cmd_ready },
	{ "direction", cmd_direction },
	{ "servers", cmd_servers },
	{ "stats", cmd_stats },
	{ "unknown-spi", cmd_unknown_spi },
	{ "ids", cmd_ids },
	{ "state-add", dpctl_state_add },
	{ "state-del", dpctl_state_del },
	{ "sample", cmd_sample },
	{ "policy", dpctl_policy },
	{ "policy-del", dpctl_policy_del },
	{ "tek", dpctl_tek },
	{ "freshness", dpctl_freshness },
	{ "stamped", dpctl_stamped },
	{ "fresh", dpctl_fresh },
	{ "history", dpctl_history },
	{ "fresh-reset", dpctl_fresh_reset },
	{ "skew", dpctl_skew },
};

/**
 * Open the socket of an owner.
 */
static int open_socket(const char *path, bool serve)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, res;

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
	{
		return -1;
	}
	if (serve)
	{
		unlink(path);
		res = bind(fd, (struct sockaddr*)&addr, sizeof(addr)) || listen(fd, 4);
	}
	else
	{
		res = connect(fd, (struct sockaddr*)&addr, sizeof(addr));
	}
	if (res)
	{
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * Read until the other side has said all.
 */
static size_t read_all(int fd, char *buf, size_t size)
{
	ssize_t got;
	size_t len = 0;

	while (len < size - 1 && (got = read(fd, buf + len, size - 1 - len)) > 0)
	{
		len += got;
	}
	buf[len] = '\0';
	return len;
}

/**
 * Run the command of a connection: words end with zero octets.
 *
 * @return			FALSE if it was the last one
 */
static bool serve(int fd)
{
	static char buf[TEXT_LEN];
	char *words[WORDS], *pos = buf, *text = NULL;
	size_t len, text_len;
	bool good = FALSE;
	int count = 0, i;

	len = read_all(fd, buf, sizeof(buf));
	while (pos < buf + len && count < WORDS)
	{
		words[count++] = pos;
		pos += strlen(pos) + 1;
	}
	answer = open_memstream(&text, &text_len);
	for (i = 0; count && i < countof(commands); i++)
	{
		if (streq(words[0], commands[i].name))
		{
			good = commands[i].run(count - 1, words + 1);
			break;
		}
	}
	fclose(answer);
	ignore_result(write(fd, good ? "+" : "-", 1));
	ignore_result(write(fd, text, text_len));
	free(text);
	return !count || !streq(words[0], "quit");
}

/**
 * Read one KEY=ADDRESS.
 */
static bool parse_anchor(crypto_map_params_t *params, char *arg)
{
	struct {
		char *name;
		host_t **host;
	} keys[] = {
		{ "local4=", &params->local4 },
		{ "remote4=", &params->remote4 },
		{ "local6=", &params->local6 },
		{ "remote6=", &params->remote6 },
	};
	int i;

	for (i = 0; i < countof(keys); i++)
	{
		if (strpfx(arg, keys[i].name))
		{
			*keys[i].host = host_create_from_string(
											arg + strlen(keys[i].name), 0);
			return *keys[i].host != NULL;
		}
	}
	return FALSE;
}

/**
 * Own a crypto map.
 */
static int run(int argc, char *argv[])
{
	crypto_map_params_t params = { .group = "test", .interface = argv[1] };
	int sock, fd, i;
	bool more = TRUE;

	for (i = 2; i < argc; i++)
	{
		if (i == 2 && !strchr(argv[i], '='))
		{
			params.index = atoi(argv[i]);
		}
		else if (!parse_anchor(&params, argv[i]))
		{
			fputs(usage, stderr);
			return 2;
		}
	}
	map = crypto_map_create(&params);
	sock = open_socket(argv[0], TRUE);
	if (!map || sock < 0)
	{
		fprintf(stderr, "%s\n", map ? strerror(errno) : "bad parameters");
		return 1;
	}
	lib->processor->set_threads(lib->processor, 4);
	if (!dpctl_fresh_init())
	{
		fputs("no timer\n", stderr);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (more)
	{
		fd = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
		{
			break;
		}
		more = serve(fd);
		close(fd);
	}
	unlink(argv[0]);
	map->destroy(map);
	dpctl_fresh_deinit();
	lib->processor->cancel(lib->processor);
	DESTROY_IF(params.local4);
	DESTROY_IF(params.remote4);
	DESTROY_IF(params.local6);
	DESTROY_IF(params.remote6);
	return 0;
}

/**
 * Send a command to an owner.
 */
static int send_command(int argc, char *argv[])
{
	static char buf[TEXT_LEN];
	int fd, i;

	fd = open_socket(argv[0], FALSE);
	if (fd < 0)
	{
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		return 2;
	}
	for (i = 1; i < argc; i++)
	{
		ignore_result(write(fd, argv[i], strlen(argv[i]) + 1));
	}
	shutdown(fd, SHUT_WR);
	i = read_all(fd, buf, sizeof(buf));
	close(fd);
	fputs(i ? buf + 1 : "no answer\n", stdout);
	return buf[0] == '+' ? 0 : 1;
}

/**
 * Log to stderr if DPCTL_DEBUG gives a level.
 */
static void debug(debug_t group, level_t level, char *fmt, ...)
{
	char *wanted = getenv("DPCTL_DEBUG");
	va_list args;

	if (level <= (wanted ? atoi(wanted) : 1))
	{
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
		fputc('\n', stderr);
	}
}

int main(int argc, char *argv[])
{
	int res = 2;

	if (argc < 3)
	{
		fputs(usage, argc == 2 && streq(argv[1], "--help") ? stdout : stderr);
		return argc == 2 && streq(argv[1], "--help") ? 0 : 2;
	}
	if (!streq(argv[1], "run") && !streq(argv[1], "purge"))
	{
		return send_command(argc - 1, argv + 1);
	}
	dbg = debug;
	library_init(NULL, "dpctl");
	if (streq(argv[1], "purge"))
	{
		res = crypto_map_purge(argv[2]) ? 0 : 1;
	}
	else if (argc >= 4)
	{
		res = run(argc - 2, argv + 2);
	}
	else
	{
		fputs(usage, stderr);
	}
	library_deinit();
	return res;
}
