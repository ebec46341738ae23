/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup field field
 * @{ @ingroup gdoictl
 */

#ifndef FIELD_H_
#define FIELD_H_

#include <stdbool.h>

typedef enum field_kind_t field_kind_t;

/**
 * How the value of a key is to be read.
 */
enum field_kind_t {
	/** any text */
	FIELD_TEXT,
	/** a number */
	FIELD_NUMBER,
	/** a number with a decimal point */
	FIELD_DECIMAL,
	/** yes or no */
	FIELD_BOOL,
	/** seconds to a moment, that a key with -at gives as well */
	FIELD_DISTANCE,
	/** a duration in seconds */
	FIELD_DURATION,
	/** a duration in milliseconds */
	FIELD_MILLISECONDS,
	/** a moment in UTC */
	FIELD_MOMENT,
	/** a number if it looks like one, in sections of counters */
	FIELD_COUNTER,
};

/**
 * Look up how the value of a key is to be read.
 *
 * @param name			name of the key
 * @return				kind, FIELD_TEXT for a key that isn't known
 */
field_kind_t field_kind(const char *name);

/**
 * Check that a value is a whole number that any reader of JSON can take.
 *
 * @param value			text
 * @return				true if it is
 */
bool field_is_number(const char *value);

/**
 * Check that a value is a number with decimals, e.g. 12.50.
 *
 * @param value			text
 * @return				true if it is
 */
bool field_is_decimal(const char *value);

#endif /** FIELD_H_ @}*/
