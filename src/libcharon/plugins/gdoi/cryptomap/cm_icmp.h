/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_icmp cm_icmp
 * @{ @ingroup gdoi
 */

#ifndef CM_ICMP_H_
#define CM_ICMP_H_

#include "bpf/cm_shared.h"

#include <library.h>

/** longest answer: ICMP header and the quoted packet */
#define CM_ICMP_LEN (8 + CM_EVENT_DATA)

/** answers per second and crypto map at most */
#define CM_ICMP_RATE 200

typedef struct cm_icmp_limit_t cm_icmp_limit_t;

/**
 * How many answers were sent lately. Starts as zero.
 */
struct cm_icmp_limit_t {

	/** the second that is counted */
	time_t second;

	/** answers in it */
	u_int count;
};

/**
 * Build the ICMP message that tells the sender of a packet which size fits:
 * "fragmentation needed" or "packet too big", from its ICMP header on. The
 * ICMPv6 checksum is left to the kernel.
 *
 * @param event		packet and size; not trusted to be well formed
 * @param buf		buffer of CM_ICMP_LEN
 * @return			octets of the message, 0 if none must be sent (answers to
 *					ICMP errors, to and from multicast, broken packets)
 */
size_t cm_icmp_build(const struct cm_event *event, uint8_t *buf);

/**
 * Ask for leave to send one more answer.
 *
 * @param limit		what was sent so far
 * @param now		seconds
 * @return			FALSE if there were CM_ICMP_RATE in this second already
 */
bool cm_icmp_allow(cm_icmp_limit_t *limit, time_t now);

/**
 * Build that message and send it to the packet's source. Doesn't block.
 *
 * @param event		packet and size
 * @param limit		limit to keep
 * @param vrf		index of the VRF's device in which the source is, 0 if none
 * @return			TRUE if sent
 */
bool cm_icmp_answer(const struct cm_event *event, cm_icmp_limit_t *limit,
					u_int vrf);

#endif /** CM_ICMP_H_ @}*/
