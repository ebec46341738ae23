/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_lkh gdoi_lkh
 * @{ @ingroup libgdoi_payloads
 *
 * Arrays of LKH packets, RFC 6407 section 5.6.3. The structure only: trees are
 * not kept here.
 */

#ifndef GDOI_LKH_H_
#define GDOI_LKH_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_lkh_key_t gdoi_lkh_key_t;
typedef struct gdoi_lkh_array_t gdoi_lkh_array_t;

/**
 * One key of a tree. The chunk points into the parsed message.
 */
struct gdoi_lkh_key_t {

	/** position of the node in the tree */
	uint16_t id;

	/** cipher, KEK_ALGORITHM number */
	uint8_t type;

	/** seconds since 1970 */
	uint32_t created;
	uint32_t expires;

	/** tells keys of the same node apart */
	uint32_t handle;

	/** IV followed by key; encrypted in an update */
	chunk_t data;
};

/**
 * Head of an array; its keys are taken by gdoi_lkh_next().
 */
struct gdoi_lkh_array_t {

	/** number of keys that are left */
	uint16_t count;

	/** update: node and handle of the key that the first key is encrypted
	 *  with */
	uint16_t id;
	uint32_t handle;

	/** keys that are left */
	chunk_t keys;
};

/**
 * Octets of the key data of a cipher: IV and key.
 *
 * @param type		KEK_ALGORITHM number
 * @param key_bits	key length of AES in bits
 * @return			octets, 0 for an unknown cipher
 */
size_t gdoi_lkh_data_len(uint8_t type, uint16_t key_bits);

/**
 * Parse the head of LKH_DOWNLOAD_ARRAY or LKH_UPDATE_ARRAY.
 *
 * @param value		value of the attribute
 * @param update	it is an LKH_UPDATE_ARRAY
 * @param array		head, set only if TRUE is returned
 * @return			FALSE if too short, empty, or of another version than 1
 */
bool gdoi_lkh_parse(chunk_t value, bool update, gdoi_lkh_array_t *array);

/**
 * Take the next key. The length of the key data is not on the wire: it follows
 * from the cipher, and for AES from the KEK's key length.
 *
 * @param array		array, gets shortened
 * @param key_bits	key length of AES in bits
 * @param key		key, set only if TRUE is returned
 * @return			FALSE if no key is left, if it does not fit, or if the last
 *					key does not end the array
 */
bool gdoi_lkh_next(gdoi_lkh_array_t *array, uint16_t key_bits,
				   gdoi_lkh_key_t *key);

/**
 * Write the head of an array.
 *
 * @param array		count, and for an update id and handle
 * @param update	write an LKH_UPDATE_ARRAY
 * @param writer	gets the head appended
 */
void gdoi_lkh_write_head(const gdoi_lkh_array_t *array, bool update,
						 bio_writer_t *writer);

/**
 * Write a key.
 *
 * @param key		key
 * @param writer	gets the key appended
 */
void gdoi_lkh_write(const gdoi_lkh_key_t *key, bio_writer_t *writer);

#endif /** GDOI_LKH_H_ @}*/
