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
 * Build that message and send it to the packet's source.
 *
 * @param event		packet and size
 * @return			TRUE if sent
 */
bool cm_icmp_answer(const struct cm_event *event);

#endif /** CM_ICMP_H_ @}*/
