/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup tbar_header tbar_header
 * @{ @ingroup libgdoi_group
 *
 * The header of time-based anti-replay, TBAR-014. Pure functions of values,
 * any thread.
 */

#ifndef TBAR_HEADER_H_
#define TBAR_HEADER_H_

#include "pseudotime.h"

/** octets of the header: without and with padding; both are taken */
#define TBAR_HEADER_LEN 12
#define TBAR_HEADER_LEN_PADDED 16

/** IP protocol of the header: one for experiments */
#define TBAR_PROTOCOL 254

/**
 * Write a header.
 *
 * @param next		protocol of what follows, IPPROTO_IPIP or IPPROTO_IPV6
 * @param len		TBAR_HEADER_LEN or TBAR_HEADER_LEN_PADDED
 * @param now		pseudotime of the sender
 * @param header	len octets to fill
 */
void tbar_header_write(uint8_t next, uint8_t len, const group_pseudotime_t *now,
					   uint8_t *header);

/**
 * Read a header.
 *
 * @param data		octets from the header on
 * @param next		set to the protocol of what follows
 * @param len		set to the octets of the header
 * @param epoch		set to the epoch of the stamp
 * @param ticks		set to the ticks of the stamp
 * @return			FALSE if truncated, if a field has a value that it can't
 *					have, or if what follows is neither IPv4 nor IPv6
 */
bool tbar_header_read(chunk_t data, uint8_t *next, uint8_t *len,
					  uint32_t *epoch, uint32_t *ticks);

#endif /** TBAR_HEADER_H_ @}*/
