/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_sid ks_config_sid
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_CONFIG_SID_H_
#define KS_CONFIG_SID_H_

#include <config/config_reader.h>

typedef struct ks_config_sid_t ks_config_sid_t;
typedef struct ks_sid_format_t ks_sid_format_t;

/** length of Sender IDs in bits if none is configured */
#define KS_SID_BITS_DEFAULT 16

/** fewest bits that have to be left to number members */
#define KS_SID_MEMBER_BITS_MIN 4

/** Sender IDs that a member gets at most if nothing else is configured */
#define KS_SID_PER_MEMBER_DEFAULT 16

/**
 * How Sender IDs are put together: the number of the key server, then one
 * that it counts (RFC 6407 section 3.5, GDOI's answer to RFC 6054).
 */
struct ks_sid_format_t {

	/** length in bits, 8 to 32 */
	uint8_t bits;

	/** bits of these that are the number of the key server, 0 if there is only
	 *  one */
	uint8_t server_bits;

	/** number of the key server, below 2^server_bits */
	uint32_t server_id;
};

/**
 * Which Sender IDs a group hands out. Owned by a ks_config_t, read only.
 */
struct ks_config_sid_t {

	/** how they look */
	ks_sid_format_t format;

	/** most that a member gets for one registration */
	uint16_t max_per_member;
};

/**
 * Parse a section sender_ids.
 *
 * @param node			section
 * @param reader		gets errors
 * @return				configuration to destroy; NULL if there was an error
 */
ks_config_sid_t *ks_config_sid_parse(config_node_t *node,
									 config_reader_t *reader);

/**
 * Compare formats.
 */
bool ks_sid_format_equals(const ks_sid_format_t *a, const ks_sid_format_t *b);

/**
 * Number of Sender IDs that a key server has.
 */
uint64_t ks_sid_format_capacity(const ks_sid_format_t *format);

/**
 * Compare configurations.
 *
 * @param a				configuration, may be NULL
 * @param b				configuration, may be NULL
 */
bool ks_config_sid_equals(ks_config_sid_t *a, ks_config_sid_t *b);

/**
 * Destroy a configuration.
 *
 * @param sids			configuration, may be NULL
 */
void ks_config_sid_destroy(ks_config_sid_t *sids);

#endif /** KS_CONFIG_SID_H_ @}*/
