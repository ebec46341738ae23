/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include "load-rekey.h"

#include "exchanges/push_ack.h"
#include "exchanges/push_receiver.h"
#include "payloads/gdoi_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>

/** messages per system call */
#define BATCH 64

/** longest rekey */
#define MAX_LEN 4096

/** room for what comes while we are busy: all members' messages */
#define RECEIVE_BUFFER (128 << 20)

/** different messages of one rekey that are told apart */
#define MAX_DISTINCT 8

/**
 * A message with its endpoints.
 */
typedef struct {
	struct sockaddr_in peer;
	struct iovec iov;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	uint8_t data[MAX_LEN];
} slot_t;

/**
 * One rekey.
 */
typedef struct {
	uint32_t seq;
	u_int members;
	u_int received;
	u_int bad;
	u_int acks;
	chunk_t distinct[MAX_DISTINCT];
	u_int distinct_count;
	double first;
	double last;
	double acked;
	double cpu;
	bool *seen;
} rekey_t;

/**
 * A run.
 */
typedef struct {
	const load_rekey_t *config;
	int fd;
	gdoi_push_receiver_t *receiver;
	slot_t in[BATCH], out[BATCH];
	struct mmsghdr in_headers[BATCH], out_headers[BATCH];
	u_int out_count;
	bool answer;
	rekey_t rekey;
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
 * CPU seconds of this process.
 */
static double own_cpu()
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * Open the socket.
 */
static int open_socket(uint16_t port)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd, on = 1, size = RECEIVE_BUFFER;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
		bind(fd, (struct sockaddr*)&any, sizeof(any)) < 0)
	{
		perror("socket for rekeys");
		if (fd >= 0)
		{
			close(fd);
		}
		return -1;
	}
	return fd;
}

/**
 * Point a message's header to its parts.
 */
static void set_header(struct mmsghdr *header, slot_t *slot, size_t len)
{
	slot->iov = (struct iovec){ .iov_base = slot->data, .iov_len = len };
	*header = (struct mmsghdr){
		.msg_hdr = {
			.msg_name = &slot->peer,
			.msg_namelen = sizeof(slot->peer),
			.msg_iov = &slot->iov,
			.msg_iovlen = 1,
			.msg_control = &slot->control,
			.msg_controllen = sizeof(slot->control),
		},
	};
}

/**
 * Get the address that a message was sent to, 0 if it isn't there.
 */
static uint32_t destination(struct msghdr *header)
{
	struct in_pktinfo info;
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg))
	{
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO)
		{
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			return ntohl(info.ipi_addr.s_addr);
		}
	}
	return 0;
}

/**
 * Send the acknowledgements that wait.
 */
static bool flush(run_t *run)
{
	u_int sent = 0;
	int count;

	while (sent < run->out_count)
	{
		count = sendmmsg(run->fd, run->out_headers + sent,
						 run->out_count - sent, 0);
		if (count < 0)
		{
			perror("send acknowledgements");
			return FALSE;
		}
		sent += (u_int)count;
	}
	if (sent)
	{
		run->rekey.acks += sent;
		run->rekey.acked = now();
	}
	run->out_count = 0;
	return TRUE;
}

/**
 * Write an acknowledgement of a member: encrypted if the KEK's policy asks for
 * none. Its nonce is never the same, which is enough here.
 */
static bool write_ack(run_t *run, uint32_t address, uint32_t seq,
					  chunk_t *datagram)
{
	group_kek_t *kek = run->config->policy->get_kek(run->config->policy);
	uint32_t addr = htonl(address);
	uint8_t nonce[GDOI_PUSH_ACK_NONCE_LEN] = {};
	host_t *id;
	bool good;

	htoun32(nonce, seq);
	htoun32(nonce + 4, address);
	id = host_create_from_chunk(AF_INET, chunk_from_thing(addr), 0);
	good = gdoi_push_ack_write(kek->get(kek)->ack ? GDOI_PUSH_ACK_CLEAR :
							   GDOI_PUSH_ACK_ENCRYPTED, kek, seq, id,
							   chunk_from_thing(nonce), datagram);
	id->destroy(id);
	return good;
}

/**
 * Acknowledge a rekey as a member, by a message that flush() sends.
 */
static bool acknowledge(run_t *run, uint32_t address, uint32_t seq,
						const slot_t *from)
{
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(address) };
	slot_t *slot = &run->out[run->out_count];
	struct cmsghdr *cmsg;
	chunk_t datagram;

	if (!write_ack(run, address, seq, &datagram))
	{
		fprintf(stderr, "an acknowledgement can't be written\n");
		return FALSE;
	}
	slot->peer = from->peer;
	memcpy(slot->data, datagram.ptr, min(datagram.len, sizeof(slot->data)));
	set_header(&run->out_headers[run->out_count++], slot, datagram.len);
	cmsg = &slot->control.header;
	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	chunk_free(&datagram);
	return run->out_count < BATCH || flush(run);
}

/**
 * Is this a message of the present rekey? One that we don't have is verified.
 */
static bool is_rekey(run_t *run, chunk_t datagram)
{
	rekey_t *rekey = &run->rekey;
	gdoi_push_result_t result = {};
	bool good = FALSE;

	for (u_int i = 0; i < rekey->distinct_count; i++)
	{
		if (chunk_equals(rekey->distinct[i], datagram))
		{
			return TRUE;
		}
	}
	if (rekey->distinct_count < MAX_DISTINCT &&
		run->receiver->process(run->receiver, datagram, &result) ==
															GDOI_PUSH_NEW)
	{
		rekey->distinct[rekey->distinct_count++] = chunk_clone(datagram);
		rekey->seq = result.seq;
		good = TRUE;
	}
	else
	{
		fprintf(stderr, "dropped a message: %s\n", result.reason ?: "replay");
	}
	gdoi_push_result_clear(&result);
	return good;
}

/**
 * Process a message.
 */
static bool process(run_t *run, struct mmsghdr *header, slot_t *slot)
{
	uint32_t address = destination(&header->msg_hdr);
	u_int member = address - run->config->first;
	rekey_t *rekey = &run->rekey;

	rekey->received++;
	if (!address || member >= run->config->count ||
		!is_rekey(run, chunk_create(slot->data, header->msg_len)))
	{
		rekey->bad++;
		return TRUE;
	}
	rekey->last = now();
	if (!rekey->seen[member])
	{
		rekey->seen[member] = TRUE;
		if (rekey->members++ == 0)
		{
			rekey->first = rekey->last;
		}
	}
	return !run->answer || acknowledge(run, address, rekey->seq, slot);
}

/**
 * Receive what there is, waiting for it.
 *
 * @return			FALSE if nothing came in time, or something failed
 */
static bool receive(run_t *run, double deadline)
{
	struct pollfd pfd = { .fd = run->fd, .events = POLLIN };
	int count, left;

	left = (int)((deadline - now()) * 1000);
	if (left <= 0 || poll(&pfd, 1, left) <= 0)
	{
		return FALSE;
	}
	for (int i = 0; i < BATCH; i++)
	{
		set_header(&run->in_headers[i], &run->in[i], MAX_LEN);
	}
	count = recvmmsg(run->fd, run->in_headers, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
	{
		if (!process(run, &run->in_headers[i], &run->in[i]))
		{
			return FALSE;
		}
	}
	return flush(run);
}

/**
 * Print what a rekey was like.
 */
static void report(const run_t *run)
{
	const rekey_t *rekey = &run->rekey;

	printf("{\"rekey\": %u, \"members\": %u, \"received\": %u, "
		   "\"distinct\": %u, \"bad\": %u, \"first\": %.6f, \"last\": %.6f, "
		   "\"acks\": %u, \"acked\": %.6f, \"cpu\": %.6f}\n",
		   rekey->seq, rekey->members, rekey->received, rekey->distinct_count,
		   rekey->bad, rekey->first, rekey->last, rekey->acks, rekey->acked,
		   own_cpu() - rekey->cpu);
	fflush(stdout);
}

/**
 * Take one rekey.
 */
static bool take_rekey(run_t *run)
{
	double deadline = now() + run->config->timeout;
	rekey_t *rekey = &run->rekey;
	bool good = TRUE;

	*rekey = (rekey_t){
		.cpu = own_cpu(),
		.seen = calloc(run->config->count, sizeof(bool)),
	};
	while (good && rekey->members < run->config->count)
	{
		good = receive(run, deadline);
	}
	report(run);
	for (u_int i = 0; i < rekey->distinct_count; i++)
	{
		run->receiver->accept(run->receiver, rekey->distinct[i], rekey->seq);
		chunk_free(&rekey->distinct[i]);
	}
	free(rekey->seen);
	return good;
}

/*
 * See header
 */
bool load_rekey_run(const load_rekey_t *config)
{
	group_policy_t *policy = config->policy;
	group_kek_t *kek = policy->get_kek(policy);
	run_t *run;
	bool good;

	INIT(run,
		.config = config,
		.fd = open_socket(config->port),
	);
	if (kek)
	{
		run->receiver = gdoi_push_receiver_create(kek,
										policy->get_sequence(policy),
										GDOI_STRICT);
	}
	good = run->receiver && run->fd >= 0;
	if (good)
	{
		printf("{\"ready\": true, \"sequence\": %u, \"ack\": %u}\n",
			   policy->get_sequence(policy), kek->get(kek)->ack);
		fflush(stdout);
	}
	for (u_int i = 0; good && i < config->rekeys; i++)
	{
		run->answer = !config->alternate || i % 2 == 0;
		good = take_rekey(run);
	}
	DESTROY_IF(run->receiver);
	if (run->fd >= 0)
	{
		close(run->fd);
	}
	free(run);
	return good;
}
