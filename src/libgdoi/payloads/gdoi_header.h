/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_header gdoi_header
 * @{ @ingroup libgdoi_payloads
 */

#ifndef GDOI_HEADER_H_
#define GDOI_HEADER_H_

#include "gdoi_wire.h"

typedef struct gdoi_header_t gdoi_header_t;

/**
 * ISAKMP header, RFC 2408 section 3.1. A plain value.
 */
struct gdoi_header_t {

	/** initiator and responder cookie, network byte order */
	uint64_t spi_i;
	uint64_t spi_r;

	/** type of the first payload */
	uint8_t next;

	/** exchange type */
	uint8_t exchange;

	/** flags */
	uint8_t flags;

	/** message ID in host byte order */
	uint32_t message_id;

	/** octets of the whole message */
	uint32_t length;
};

/**
 * Read the header of a datagram, e.g. to find the session that it belongs to.
 *
 * @param datagram	datagram without Non-ESP marker
 * @param header	header, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned, may be NULL
 * @return			FALSE if it is too short, has another major version than 1,
 *					or its length field differs from the datagram's length
 */
bool gdoi_header_parse(chunk_t datagram, gdoi_header_t *header,
					   const char **reason);

/**
 * Write a header.
 *
 * @param header	header
 * @param buf		GDOI_HEADER_LEN octets
 */
void gdoi_header_write(const gdoi_header_t *header, uint8_t *buf);

#endif /** GDOI_HEADER_H_ @}*/
