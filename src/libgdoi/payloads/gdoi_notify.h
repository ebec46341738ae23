/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_notify gdoi_notify
 * @{ @ingroup libgdoi_payloads
 *
 * Notification (N) and Delete (D) payloads, RFC 2408 sections 3.14 and 3.15,
 * RFC 6407 section 5.9.
 */

#ifndef GDOI_NOTIFY_H_
#define GDOI_NOTIFY_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_notify_payload_t gdoi_notify_payload_t;
typedef struct gdoi_delete_payload_t gdoi_delete_payload_t;

/**
 * Notification. Chunks point into the parsed message.
 */
struct gdoi_notify_payload_t {

	/** domain of interpretation, GDOI_DOI or 1 (IPsec) */
	uint32_t doi;

	/** Protocol-ID */
	uint8_t protocol;

	/** notify type */
	uint16_t type;

	/** SPI, may be empty */
	chunk_t spi;

	/** notification data, may be empty */
	chunk_t data;
};

/**
 * Delete. The chunk points into the parsed message.
 */
struct gdoi_delete_payload_t {

	/** domain of interpretation, GDOI_DOI or 1 (IPsec, of a peer that deletes
	 *  its phase 1) */
	uint32_t doi;

	/** Protocol-ID, gdoi_protocol_t in the GDOI domain */
	uint8_t protocol;

	/** octets of one SPI */
	uint8_t spi_size;

	/** number of SPIs */
	uint16_t count;

	/** SPIs one after the other, count * spi_size octets */
	chunk_t spis;
};

/**
 * Parse the body of a notification.
 *
 * @param body		payload without generic header
 * @param notify	notification, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 */
bool gdoi_notify_parse(chunk_t body, gdoi_notify_payload_t *notify,
					   const char **reason);

/**
 * Write the body of a notification.
 *
 * @param notify	notification
 * @param writer	gets the body appended
 */
void gdoi_notify_write(const gdoi_notify_payload_t *notify,
					   bio_writer_t *writer);

/**
 * Parse the body of a delete. In the GDOI domain the SPI size must be the
 * Protocol-ID's: 4 for ESP and AH, 16 for the KEK.
 *
 * @param body		payload without generic header
 * @param delete	delete, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 */
bool gdoi_delete_parse(chunk_t body, gdoi_delete_payload_t *delete,
					   const char **reason);

/**
 * Write the body of a delete.
 *
 * @param delete	delete
 * @param writer	gets the body appended
 */
void gdoi_delete_write(const gdoi_delete_payload_t *delete,
					   bio_writer_t *writer);

#endif /** GDOI_NOTIFY_H_ @}*/
