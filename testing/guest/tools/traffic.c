/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file traffic.c
 * Numbered UDP packets, and what became of them.
 *
 * traffic send [-s SRC] [-I IFACE] [-n COUNT] [-l LEN] [-r PPS] [-t TTL]
 *              [-q TOS] [-d] [-w SECONDS] DST PORT
 * traffic recv [-g GROUP] [-I IFACE] [-n COUNT] [-w SECONDS] [-i IDLE_MS]
 *              ADDR PORT
 *
 * The sender numbers its packets, and ends after COUNT, SECONDS or SIGTERM. If
 * it has a rate and was held up, it goes on at this rate, without a burst.
 * The receiver counts distinct numbers, so that loss and duplicates both
 * show, checks the payload's pattern, and prints one line of name=value
 * pairs at the end: after COUNT distinct packets, IDLE_MS without one (once
 * the first came), half a second without one after SIGTERM, or SECONDS. pause
 * is the longest time between packets, lost counts the numbers missing below
 * the highest.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/** Highest number of packets the receiver tells apart */
#define MAX_PACKETS (1 << 22)

/** Packets handed to or taken from the kernel at once */
#define BATCH 32

/** Longest time that a sender makes good for, in seconds */
#define MAX_BACKLOG 0.2

/** Time without a packet that ends a receiver that was asked to, in seconds */
#define LAST_IDLE 0.5

/** Longest payload */
#define MAX_LEN 65000

/**
 * Command line.
 */
typedef struct {
	const char *source, *group, *iface, *addr, *port;
	uint32_t count;
	int len, ttl, tos, seconds, idle, pps;
	bool df;
} options_t;

/**
 * What the receiver saw.
 */
typedef struct {
	uint64_t received, distinct, bytes, bad, reordered;
	uint32_t highest;
	double first, last, pause;
	int ttl, tos;
	char source[INET6_ADDRSTRLEN];
	uint8_t *seen;
} result_t;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/**
 * Resolve a numeric address.
 */
static struct addrinfo *resolve(const char *addr, const char *port)
{
	struct addrinfo *info, hints = {
		.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_DGRAM,
	};

	if (getaddrinfo(addr, port, &hints, &info))
	{
		fprintf(stderr, "not an address: %s %s\n", addr, port);
		exit(2);
	}
	return info;
}

static void set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
	{
		die("setsockopt");
	}
}

/**
 * Set what an IPv4 or IPv6 sender may choose.
 */
static void set_sender_options(int fd, int family, options_t *options)
{
	bool v4 = family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	unsigned int ifindex;

	set_option(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, options->ttl);
	set_option(fd, level, v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS,
			   options->ttl);
	set_option(fd, level, v4 ? IP_TOS : IPV6_TCLASS, options->tos);
	/* "probe" sets DF but ignores what the path is known to take, "dont" lets
	 * this host and routers fragment */
	set_option(fd, level, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
			   options->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
	if (options->iface)
	{
		ifindex = if_nametoindex(options->iface);
		if (v4)
		{
			struct ip_mreqn req = { .imr_ifindex = ifindex };

			if (setsockopt(fd, level, IP_MULTICAST_IF, &req, sizeof(req)))
			{
				die("IP_MULTICAST_IF");
			}
		}
		else
		{
			set_option(fd, level, IPV6_MULTICAST_IF, ifindex);
		}
	}
}

/**
 * Create the sender's connected socket.
 */
static int open_sender(options_t *options)
{
	struct addrinfo *dst = resolve(options->addr, options->port), *src;
	int fd = socket(dst->ai_family, SOCK_DGRAM, 0);

	if (fd < 0)
	{
		die("socket");
	}
	set_sender_options(fd, dst->ai_family, options);
	if (options->source)
	{
		src = resolve(options->source, "0");
		if (bind(fd, src->ai_addr, src->ai_addrlen))
		{
			die("bind");
		}
		freeaddrinfo(src);
	}
	if (connect(fd, dst->ai_addr, dst->ai_addrlen))
	{
		die("connect");
	}
	freeaddrinfo(dst);
	return fd;
}

/**
 * Send the next batch, numbered from the given one; returns how many went.
 */
static int send_batch(int fd, uint32_t number, int count, int len)
{
	static uint8_t buffers[BATCH][MAX_LEN];
	static bool filled = false;
	struct mmsghdr msgs[BATCH] = {};
	struct iovec iov[BATCH];
	uint32_t id;
	int i, j;

	for (i = 0; !filled && i < BATCH; i++)
	{
		for (j = 4; j < len; j++)
		{
			buffers[i][j] = j;
		}
	}
	filled = true;
	for (i = 0; i < count; i++)
	{
		id = htonl(number + i);
		memcpy(buffers[i], &id, sizeof(id));
		iov[i] = (struct iovec){ buffers[i], len };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return sendmmsg(fd, msgs, count, 0);
}

/** set when asked to end */
static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static int run_sender(options_t *options)
{
	int fd = open_sender(options), batch, done;
	uint32_t sent = 0, errors = 0, too_big = 0;
	double start = now(), due = start, spare;

	signal(SIGTERM, end);
	while (!ended && sent + errors < options->count &&
		   now() - start < options->seconds)
	{
		batch = options->pps ? 1 : BATCH;
		if ((uint32_t)batch > options->count - sent - errors)
		{
			batch = options->count - sent - errors;
		}
		done = send_batch(fd, sent + errors, batch, options->len);
		if (done <= 0)
		{
			/* ICMP errors come back here too, so none of them ends it */
			too_big += errno == EMSGSIZE;
			errors++;
		}
		sent += done > 0 ? done : 0;
		if (options->pps)
		{
			due += 1.0 / options->pps;
			spare = due - now();
			if (spare > 0)
			{
				usleep(spare * 1e6);
			}
			else if (spare < -MAX_BACKLOG)
			{
				due -= spare + MAX_BACKLOG;
			}
		}
	}
	printf("sent=%u errors=%u toobig=%u seconds=%.3f\n", sent, errors, too_big,
		   now() - start);
	return 0;
}

/**
 * Join the multicast group to receive.
 */
static void join_group(int fd, options_t *options)
{
	struct addrinfo *group = resolve(options->group, "0");
	struct group_req req = {};

	req.gr_interface = options->iface ? if_nametoindex(options->iface) : 0;
	memcpy(&req.gr_group, group->ai_addr, group->ai_addrlen);
	if (setsockopt(fd, group->ai_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
				   MCAST_JOIN_GROUP, &req, sizeof(req)))
	{
		die("MCAST_JOIN_GROUP");
	}
	freeaddrinfo(group);
}

/**
 * Create the receiver's bound socket.
 */
static int open_receiver(options_t *options)
{
	struct addrinfo *addr = resolve(options->addr, options->port);
	int fd = socket(addr->ai_family, SOCK_DGRAM, 0);
	bool v4 = addr->ai_family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;

	if (fd < 0)
	{
		die("socket");
	}
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	set_option(fd, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
	set_option(fd, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
	if (bind(fd, addr->ai_addr, addr->ai_addrlen))
	{
		die("bind");
	}
	if (options->group)
	{
		join_group(fd, options);
	}
	freeaddrinfo(addr);
	return fd;
}

/**
 * Note TTL and DSCP of a packet.
 */
static void note_header(result_t *result, struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
	{
		if (cmsg->cmsg_type == IP_TTL || cmsg->cmsg_type == IPV6_HOPLIMIT)
		{
			memcpy(&result->ttl, CMSG_DATA(cmsg), sizeof(int));
		}
		else if (cmsg->cmsg_type == IPV6_TCLASS)
		{
			memcpy(&result->tos, CMSG_DATA(cmsg), sizeof(int));
		}
		else if (cmsg->cmsg_type == IP_TOS)
		{
			result->tos = *CMSG_DATA(cmsg);
		}
	}
	getnameinfo(msg->msg_name, msg->msg_namelen, result->source,
				sizeof(result->source), NULL, 0, NI_NUMERICHOST);
}

/**
 * Account for one packet.
 */
static void note_packet(result_t *result, uint8_t *data, int len)
{
	uint32_t id = 0;

	if (len >= 4)
	{
		memcpy(&id, data, sizeof(id));
		id = ntohl(id);
	}
	result->received++;
	result->bytes += len;
	if (len < 4 || id >= MAX_PACKETS ||
		(len > 4 && data[len - 1] != ((len - 1) & 0xff)))
	{
		result->bad++;
		return;
	}
	if (!(result->seen[id / 8] & (1 << (id % 8))))
	{
		result->seen[id / 8] |= 1 << (id % 8);
		result->distinct++;
	}
	result->reordered += result->received > 1 && id < result->highest;
	if (id > result->highest)
	{
		result->highest = id;
	}
}

/**
 * Take what the socket has.
 */
static void receive_batch(int fd, result_t *result)
{
	static uint8_t data[BATCH][MAX_LEN];
	struct mmsghdr msgs[BATCH] = {};
	struct sockaddr_storage from[BATCH];
	char control[BATCH][128];
	struct iovec iov[BATCH];
	double time;
	int count, i;

	for (i = 0; i < BATCH; i++)
	{
		iov[i] = (struct iovec){ data[i], MAX_LEN };
		msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i], .msg_namelen = sizeof(from[i]),
			.msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = control[i], .msg_controllen = sizeof(control[i]),
		};
	}
	count = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0)
	{
		return;
	}
	time = now();
	if (result->received && time - result->last > result->pause)
	{
		result->pause = time - result->last;
	}
	result->last = time;
	if (!result->received)
	{
		result->first = result->last;
		note_header(result, &msgs[0].msg_hdr);
	}
	for (i = 0; i < count; i++)
	{
		note_packet(result, data[i], msgs[i].msg_len);
	}
}

static int run_receiver(options_t *options)
{
	int fd = open_receiver(options);
	result_t result = { .ttl = -1, .tos = -1 };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	double limit = now() + options->seconds, span, idle;

	signal(SIGTERM, end);
	result.seen = calloc(MAX_PACKETS / 8, 1);
	printf("listening\n");
	fflush(stdout);
	while (now() < limit && result.distinct < options->count)
	{
		idle = ended ? LAST_IDLE : options->idle / 1000.0;
		if (poll(&pfd, 1, 50) > 0)
		{
			receive_batch(fd, &result);
		}
		else if ((result.received || ended) && now() - result.last > idle)
		{
			break;
		}
	}
	span = result.last - result.first;
	printf("received=%llu distinct=%llu bad=%llu reordered=%llu bytes=%llu "
		   "ttl=%d tos=%d src=%s seconds=%.3f pps=%.0f lost=%llu "
		   "pause=%.3f\n",
		   (unsigned long long)result.received,
		   (unsigned long long)result.distinct,
		   (unsigned long long)result.bad,
		   (unsigned long long)result.reordered,
		   (unsigned long long)result.bytes, result.ttl, result.tos,
		   result.source[0] ? result.source : "-", span,
		   span > 0 ? result.received / span : 0,
		   (unsigned long long)(result.distinct ? result.highest + 1 -
								result.distinct : 0), result.pause);
	free(result.seen);
	return result.distinct >= options->count ? 0 : 1;
}

/**
 * Read the options before the addresses
 */
static bool parse(options_t *options, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "s:g:I:n:l:r:t:q:w:i:d")) != -1)
	{
		switch (c)
		{
			case 's': options->source = optarg; break;
			case 'g': options->group = optarg; break;
			case 'I': options->iface = optarg; break;
			case 'n': options->count = strtoul(optarg, NULL, 0); break;
			case 'l': options->len = atoi(optarg); break;
			case 'r': options->pps = atoi(optarg); break;
			case 't': options->ttl = atoi(optarg); break;
			case 'q': options->tos = strtol(optarg, NULL, 0); break;
			case 'w': options->seconds = atoi(optarg); break;
			case 'i': options->idle = atoi(optarg); break;
			case 'd': options->df = true; break;
			default: return false;
		}
	}
	return true;
}

int main(int argc, char *argv[])
{
	options_t options = {
		.count = 1, .len = 100, .ttl = 64, .seconds = 10, .idle = 1000,
	};

	if (!parse(&options, argc, argv) || argc - optind != 3 ||
		options.len < 4 || options.len > MAX_LEN)
	{
		fprintf(stderr, "usage: traffic send|recv [OPTIONS] ADDR PORT\n");
		return 2;
	}
	options.addr = argv[optind + 1];
	options.port = argv[optind + 2];
	return strcmp(argv[optind], "send") ? run_receiver(&options)
										: run_sender(&options);
}
