/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_kd gdoi_kd
 * @{ @ingroup libgdoi_payloads
 *
 * Key Download payload with its TEK, KEK, LKH and SID packets, RFC 6407
 * section 5.6.
 */

#ifndef GDOI_KD_H_
#define GDOI_KD_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_kd_t gdoi_kd_t;
typedef struct gdoi_kd_packet_t gdoi_kd_packet_t;

/**
 * One key packet. Chunks point into the parsed message, so keys are wiped with
 * it.
 */
struct gdoi_kd_packet_t {

	/** type of the packet */
	gdoi_kd_type_t type;

	/** SPI: 4 octets for a TEK, 16 for KEK and LKH, none for SID */
	chunk_t spi;

	/** attributes; repeated ones are found here by gdoi_kd_next() */
	chunk_t attributes;

	/** TEK, KEK: TEK_ALGORITHM_KEY or KEK_ALGORITHM_KEY; LKH:
	 *  LKH_DOWNLOAD_ARRAY; empty if it is not there */
	chunk_t key;

	/** TEK_INTEGRITY_KEY, empty if it is not there */
	chunk_t integ_key;

	/** TEK_SOURCE_AUTH_KEY, or SIG_ALGORITHM_KEY of KEK and LKH, empty if it
	 *  is not there */
	chunk_t sig_key;

	/** NUMBER_OF_SID_BITS, 0 if it is not there */
	uint16_t sid_bits;
};

/**
 * Content of a Key Download.
 */
struct gdoi_kd_t {

	/** packets in their order, allocated */
	gdoi_kd_packet_t *packets;

	/** number of packets */
	u_int count;
};

/**
 * Parse a Key Download.
 *
 * @param body		payload without generic header
 * @param kd		content, set only if TRUE is returned; gdoi_kd_clear() it
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if malformed, if a packet or attribute is unknown, or
 *					if there is more than one KEK or LKH packet
 */
bool gdoi_kd_parse(chunk_t body, gdoi_kd_t *kd, char **reason);

/**
 * Free what a parsed Key Download holds, but not the keys in the message.
 */
void gdoi_kd_clear(gdoi_kd_t *kd);

/**
 * Take the next value of an attribute that may repeat: LKH_UPDATE_ARRAY and
 * SID_VALUE.
 *
 * @param attributes	attributes of a packet, get shortened
 * @param type			number of the attribute
 * @param value			value, set only if TRUE is returned
 * @return				FALSE if there is none left
 */
bool gdoi_kd_next(chunk_t *attributes, gdoi_kd_attr_t type, chunk_t *value);

/**
 * Write the head of a Key Download's body.
 *
 * @param count		number of packets that follow
 * @param writer	gets the head appended
 */
void gdoi_kd_write_head(uint16_t count, bio_writer_t *writer);

/**
 * Write a packet. The keys of TEK and KEK packets come from key, integ_key and
 * sig_key; LKH and SID packets are written with their attributes as they are.
 *
 * To keep keys from being scattered over the heap the writer must have been
 * created large enough, see gdoi_kd_packet_len().
 *
 * @param packet	packet
 * @param writer	gets the packet appended
 */
void gdoi_kd_write(const gdoi_kd_packet_t *packet, bio_writer_t *writer);

/**
 * Octets that gdoi_kd_write() needs.
 */
size_t gdoi_kd_packet_len(const gdoi_kd_packet_t *packet);

#endif /** GDOI_KD_H_ @}*/
