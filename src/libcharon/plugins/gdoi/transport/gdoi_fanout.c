/* SPDX-License-Identifier: GPL-2.0-or-later */

#define _GNU_SOURCE /* for sendmmsg() */
#include "gdoi_fanout.h"
#include "gdoi_cmsg.h"

#include <utils/debug.h>

#include <errno.h>
#include <net/if.h>
#include <poll.h>

/** datagrams per system call */
#define BATCH 256

/** milliseconds to wait for room in the system's buffers, and how often without
 *  getting anything sent: the worker is not to hang on a dead interface */
#define ROOM_WAIT 50
#define ROOM_TRIES 20

typedef struct run_t run_t;

/**
 * Sending under way
 */
struct run_t {

	/**
	 * Socket
	 */
	int fd;

	/**
	 * What to send
	 */
	const gdoi_fanout_t *fanout;

	/**
	 * What all datagrams have in common
	 */
	struct msghdr msg;

	/**
	 * Receivers that had their turn
	 */
	u_int done;

	/**
	 * Datagrams that the system took
	 */
	u_int taken;

	/**
	 * Times left to wait for room, since something was sent
	 */
	u_int tries;

	/**
	 * First error, and the receiver it was for
	 */
	int error;
	host_t *failed;
};

/**
 * Pass over the next receiver
 */
static void pass_over(run_t *this, int error)
{
	if (!this->error)
	{
		this->error = error;
		this->failed = this->fanout->dsts[this->done];
	}
	this->done++;
}

/**
 * Fill in messages for the next receivers
 */
static u_int fill(run_t *this, struct mmsghdr *batch)
{
	u_int i, left = this->fanout->count - this->done;
	host_t *dst;

	for (i = 0; i < min(left, BATCH); i++)
	{
		dst = this->fanout->dsts[this->done + i];
		batch[i].msg_hdr = this->msg;
		batch[i].msg_hdr.msg_name = dst->get_sockaddr(dst);
		batch[i].msg_hdr.msg_namelen = *dst->get_sockaddr_len(dst);
	}
	return i;
}

/**
 * Wait until there is room for more; FALSE if it takes too long
 */
static bool wait_for_room(run_t *this)
{
	struct pollfd pfd = { .fd = this->fd, .events = POLLOUT };

	if (!this->tries)
	{
		return FALSE;
	}
	this->tries--;
	/* when it is not the socket's own buffer that is full, it counts as
	 * writable all the time */
	poll(&pfd, errno == EAGAIN ? 1 : 0, ROOM_WAIT);
	return TRUE;
}

/**
 * Send to the next receivers
 */
static void send_some(run_t *this)
{
	struct mmsghdr batch[BATCH];
	int sent;

	sent = sendmmsg(this->fd, batch, fill(this, batch), MSG_DONTWAIT);
	if (sent > 0)
	{
		this->taken += sent;
		this->done += sent;
		this->tries = ROOM_TRIES;
		return;
	}
	switch (errno)
	{
		case EINTR:
			break;
		case EAGAIN:
		case ENOBUFS:
		case ENOMEM:
			if (wait_for_room(this))
			{
				break;
			}
			/* fall through */
		default:
			pass_over(this, errno);
	}
}

/*
 * Described in header
 */
u_int gdoi_fanout_send(int fd, const gdoi_fanout_t *fanout)
{
	char control[GDOI_CMSG_LEN] __attribute__((aligned(8))) = {};
	struct iovec iov = {
		.iov_base = fanout->datagram.ptr,
		.iov_len = fanout->datagram.len,
	};
	run_t this = {
		.fd = fd,
		.fanout = fanout,
		.msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
		},
		.tries = ROOM_TRIES,
	};
	host_t *src = fanout->src;
	u_int index = 0;

	if (fanout->interface)
	{
		index = if_nametoindex(fanout->interface);
		if (!index)
		{
			DBG1(DBG_NET, "no interface %s to send from %#H on",
				 fanout->interface, src);
			return 0;
		}
	}
	gdoi_cmsg_add_source(&this.msg, src, index);
	gdoi_cmsg_add_ttl(&this.msg, src->get_family(src), fanout->ttl);
	while (this.done < fanout->count)
	{
		send_some(&this);
	}
	if (this.error)
	{
		DBG1(DBG_NET, "sending from %#H to %u of %u failed, first to %#H: %s",
			 src, this.done - this.taken, this.done, this.failed,
			 strerror(this.error));
	}
	return this.taken;
}
