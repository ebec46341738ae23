/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_attribute gdoi_attribute
 * @{ @ingroup libgdoi_payloads
 *
 * Attributes in their two forms, TV (Basic) and TLV (Variable), RFC 2408
 * section 3.3.
 */

#ifndef GDOI_ATTRIBUTE_H_
#define GDOI_ATTRIBUTE_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_attribute_t gdoi_attribute_t;

/**
 * One attribute. The chunk points into the parsed message.
 */
struct gdoi_attribute_t {

	/** number, without the bit that selects the form */
	uint16_t type;

	/** TV form: the value is two octets */
	bool basic;

	/** value */
	chunk_t value;
};

/**
 * Take the next attribute.
 *
 * @param in		attributes, get shortened
 * @param attr		attribute, set only if TRUE is returned
 * @return			FALSE if the attribute does not fit into what is left
 */
bool gdoi_attribute_next(chunk_t *in, gdoi_attribute_t *attr);

/**
 * Read an integer, in whichever form it came.
 *
 * @param attr		attribute
 * @param value		integer, set only if TRUE is returned
 * @return			FALSE if the value has not 1 to 4 octets
 */
bool gdoi_attribute_get(const gdoi_attribute_t *attr, uint32_t *value);

/**
 * Write a TV attribute.
 */
void gdoi_attribute_write_basic(bio_writer_t *writer, uint16_t type,
								uint16_t value);

/**
 * Write a TLV attribute.
 *
 * @param value		value, at most 65535 octets
 */
void gdoi_attribute_write(bio_writer_t *writer, uint16_t type, chunk_t value);

/**
 * Write an integer as TLV attribute of four octets.
 */
void gdoi_attribute_write_u32(bio_writer_t *writer, uint16_t type,
							  uint32_t value);

#endif /** GDOI_ATTRIBUTE_H_ @}*/
