/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gdoictl gdoictl
 *
 * @defgroup row row
 * @{ @ingroup gdoictl
 */

#ifndef ROW_H_
#define ROW_H_

#include <libvici.h>

typedef struct row_t row_t;
typedef enum row_kind_t row_kind_t;

/**
 * What an element of a message is.
 */
enum row_kind_t {
	/** has a value */
	ROW_VALUE,
	/** has children with values, and without names */
	ROW_LIST,
	/** has children with names */
	ROW_SECTION,
};

/**
 * An element of a VICI message. Everything that gdoictl prints, as text or as
 * JSON, is printed from this one structure.
 */
struct row_t {

	/** what this is */
	row_kind_t kind;

	/** name; NULL for the message itself and in lists */
	char *name;

	/** value with a NUL behind, octets as received; NULL but for ROW_VALUE */
	char *value;

	/** first child, NULL if there is none */
	row_t *children;

	/** next element of the same section or list */
	row_t *next;
};

/**
 * Read a message.
 *
 * @param res			message, not adopted
 * @return				section to destroy, NULL if the message is malformed
 */
row_t *row_parse(vici_res_t *res);

/**
 * Find an element.
 *
 * @param row			section to search
 * @param path			name, or names of sections and a name with dots
 * @return				element, NULL if there is none
 */
row_t *row_find(row_t *row, const char *path);

/**
 * Get a value.
 *
 * @param row			section to search
 * @param path			as for row_find()
 * @return				value, NULL if there is none
 */
const char *row_get(row_t *row, const char *path);

/**
 * Destroy an element with its children and those that follow.
 *
 * @param row			element, may be NULL
 */
void row_destroy(row_t *row);

#endif /** ROW_H_ @}*/
