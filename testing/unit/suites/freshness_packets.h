/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Packets and profiles for the programs of freshness, and what libgdoi's pure
 * functions say about them.
 */

#ifndef FRESHNESS_PACKETS_H_
#define FRESHNESS_PACKETS_H_

#include "freshness_kernel.h"

/** octets of headers */
#define MAC_OCTETS 14
#define IP4_OCTETS 20
#define IP6_OCTETS 40

/** verdict about a packet that is accepted; else enum fresh_kind */
#define FRESH_ACCEPTED (-1)

typedef struct fresh_packet_t fresh_packet_t;

/**
 * A packet with its link layer header.
 */
struct fresh_packet_t {
	uint8_t frame[FRESH_FRAME];
	size_t len;
};

/** begin a series of random numbers, and a number from 0 to limit-1 */
void fresh_seed(uint64_t seed);
uint32_t fresh_random(uint32_t limit);

/** octets of an IP header of a family */
size_t fresh_ip_octets(int family);

/**
 * Make an IP packet between two hosts.
 *
 * @param tos			traffic class
 * @param df			TRUE to set DF, if it has one
 * @param payload		octets behind its header
 */
void fresh_make_plain(int family, uint8_t tos, bool df, size_t payload,
					  fresh_packet_t *packet);

/**
 * Make an ESP packet between the same hosts.
 */
void fresh_make_esp(int family, uint32_t spi, fresh_packet_t *packet);

/**
 * Put an IP header of XFRM and a freshness header in front of a packet.
 *
 * @param protocol		protocol in the IP header
 * @param tos			traffic class outside
 * @param header		freshness header
 * @param len			octets of it
 */
void fresh_wrap(int family, uint8_t protocol, uint8_t tos,
				const uint8_t *header, size_t len, fresh_packet_t *packet);

/**
 * Make a profile at random.
 */
void fresh_make_profile(uint64_t boot, struct fresh_profile *profile);

/**
 * Write the header that a sender with a profile sends, with libgdoi.
 *
 * @param boot			sender's time since boot, nanoseconds
 * @param real			sender's real time, nanoseconds
 * @param header		16 octets to write to
 * @return				octets written
 */
size_t fresh_write(const struct fresh_profile *profile, int family,
				   uint64_t boot, uint64_t real, uint8_t *header);

/**
 * Say what becomes of a packet that was wrapped, with libgdoi.
 *
 * @param boot			receiver's time since boot, nanoseconds
 * @param real			receiver's real time, nanoseconds
 * @param strip			set to the octets in front of the packet inside
 * @param delta			set to the difference in milliseconds, if accepted
 * @return				FRESH_ACCEPTED or enum fresh_kind
 */
int fresh_decide(const struct fresh_profile *profile, uint64_t boot,
				 uint64_t real, const fresh_packet_t *packet, size_t *strip,
				 int64_t *delta);

#endif /** FRESHNESS_PACKETS_H_ */
