/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_basic gdoi_basic
 * @{ @ingroup libgdoi_payloads
 *
 * The small payloads: SEQ, ID, NONCE, and our Vendor ID. HASH, SIG, NONCE and
 * VID have no structure of their own: their body is the value.
 */

#ifndef GDOI_BASIC_H_
#define GDOI_BASIC_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_id_t gdoi_id_t;
typedef struct gdoi_vendor_id_t gdoi_vendor_id_t;

/** octets of our Vendor ID */
#define GDOI_VENDOR_ID_LEN 16

/**
 * Identification payload. The chunk points into the parsed message.
 */
struct gdoi_id_t {

	/** identification type, gdoi_id_type_t if known */
	uint8_t type;

	/** identification data */
	chunk_t data;
};

/**
 * What our Vendor ID tells in phase 1.
 */
struct gdoi_vendor_id_t {

	/** roles, bit 0 member, bit 1 key server */
	uint8_t roles;

	/** version of the private extensions */
	uint8_t major;
	uint8_t minor;

	/** features, bits */
	uint8_t features;
};

/**
 * Parse the body of an ID payload. The three octets for protocol and port have
 * no use in GDOI and must be zero.
 *
 * @param body		payload without generic header
 * @param id		identification, set only if TRUE is returned
 * @param reason	set to a constant text if FALSE is returned
 */
bool gdoi_id_parse(chunk_t body, gdoi_id_t *id, const char **reason);

/**
 * Write the body of an ID payload.
 */
void gdoi_id_write(const gdoi_id_t *id, bio_writer_t *writer);

/**
 * Parse the body of a SEQ payload.
 *
 * @param body		payload without generic header
 * @param seq		sequence number, set only if TRUE is returned
 * @return			FALSE if it has not four octets
 */
bool gdoi_seq_parse(chunk_t body, uint32_t *seq);

/**
 * Write the body of a SEQ payload.
 */
void gdoi_seq_write(uint32_t seq, bio_writer_t *writer);

/**
 * Check the length of a nonce.
 *
 * @param body		payload without generic header
 * @return			FALSE if it has not 8 to 128 octets
 */
bool gdoi_nonce_check(chunk_t body);

/**
 * Parse the body of a Vendor ID payload as ours.
 *
 * @param body		payload without generic header
 * @param vid		content, set only if TRUE is returned
 * @return			FALSE if it is not ours
 */
bool gdoi_vendor_id_parse(chunk_t body, gdoi_vendor_id_t *vid);

/**
 * Write the body of our Vendor ID payload.
 */
void gdoi_vendor_id_write(const gdoi_vendor_id_t *vid, bio_writer_t *writer);

#endif /** GDOI_BASIC_H_ @}*/
