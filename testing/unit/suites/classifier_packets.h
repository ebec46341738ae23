/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * Random access lists, and packets that come close to their edges.
 */

#ifndef CLASSIFIER_PACKETS_H_
#define CLASSIFIER_PACKETS_H_

#include <crypto_map.h>

/** largest packet made, link layer header included */
#define PACKETS_FRAME 256

/**
 * Seed the generator.
 */
void packets_seed(uint64_t seed);

/**
 * Next pseudo random number below a limit.
 */
uint32_t packets_random(uint32_t limit);

/**
 * Make a list. Addresses are from few networks, so that lines overlap.
 *
 * @param lines			lines to fill in
 * @param count			how many
 */
void packets_make_list(crypto_map_line_t *lines, u_int count);

/**
 * Make a packet, mostly one that a line of the list just so matches or not:
 * first and last addresses and ports and their neighbours, fragments, options,
 * extension headers, packets cut short.
 *
 * @param lines			list
 * @param count			lines in it
 * @param mirrored		TRUE for a packet that comes in
 * @param spi			SPI of ESP packets, network order
 * @param frame			PACKETS_FRAME octets to write to
 * @return				octets
 */
size_t packets_make(const crypto_map_line_t *lines, u_int count,
					bool mirrored, uint32_t spi, uint8_t *frame);

/**
 * Write a packet of UDP, as most tests need.
 *
 * @param src			address
 * @param dst			address of the same family
 * @param sport			port
 * @param dport			port
 * @param frame			PACKETS_FRAME octets to write to
 * @return				octets
 */
size_t packets_udp(const char *src, const char *dst, uint16_t sport,
				   uint16_t dport, uint8_t *frame);

#endif /** CLASSIFIER_PACKETS_H_ */
