/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup group_packet group_packet
 * @{ @ingroup libgdoi_group
 */

#ifndef GROUP_PACKET_H_
#define GROUP_PACKET_H_

#include "group_ace.h"

typedef struct group_packet_t group_packet_t;

/**
 * What access lists look at in a packet. A plain value.
 */
struct group_packet_t {

	/** AF_INET or AF_INET6 */
	uint16_t family;

	/** IP protocol, behind the extension headers of IPv6 */
	uint8_t protocol;

	/** source address in network order, IPv4 in the first four octets */
	uint8_t src[16];

	/** destination address */
	uint8_t dst[16];

	/** ports in host byte order, 0 if the protocol has none */
	uint16_t sport;
	uint16_t dport;

	/** TRUE for a later fragment, which doesn't show its ports */
	bool later;

	/** TRUE if the protocol doesn't say what is inside either: ESP */
	bool loose;
};

/**
 * Parse a packet as an operator describes it.
 *
 *     SRC DST PROTO [SPORT DPORT]
 *
 * PROTO is a name that group_ace_parse() knows, or a number 1..255. Protocols
 * with ports need both, others must have none. Words are separated by blanks.
 *
 * @param text		text
 * @param packet	packet, set only if TRUE is returned
 * @param reason	set to a sentence that says what is wrong and what to
 *					write, if FALSE is returned; free() it
 * @return			TRUE if the text was understood
 */
bool group_packet_parse(const char *text, group_packet_t *packet,
						char **reason);

/**
 * Look at a packet from the other end: lists are written for outbound packets,
 * inbound ones are matched after this (ACL-010, GM-055).
 *
 * @param packet	packet
 * @return			packet with source and destination swapped
 */
group_packet_t group_packet_mirror(const group_packet_t *packet);

/**
 * Check if a line matches a packet. Where ports (or the protocol) can't be
 * seen, lines that look at them match if they protect, and don't if they leave
 * packets in the clear: nothing gets by in clear for being cut to pieces.
 *
 * @param packet	packet
 * @param ace		line; its action is not looked at
 * @param protects	TRUE if packets of the line are encrypted or dropped,
 *					FALSE if they are left in the clear
 * @return			TRUE if it matches
 */
bool group_packet_matches(const group_packet_t *packet, const group_ace_t *ace,
						  bool protects);

#endif /** GROUP_PACKET_H_ @}*/
