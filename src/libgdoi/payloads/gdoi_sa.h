/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_sa gdoi_sa
 * @{ @ingroup libgdoi_payloads
 *
 * SA payload and what is nested in it: SAK, GAP and SATs, RFC 6407 section 5.
 *
 * All chunks of parsed values point into the parsed message. Values are those
 * of the wire; exchanges/policy_codec.h gives them meaning.
 */

#ifndef GDOI_SA_H_
#define GDOI_SA_H_

#include "gdoi_wire.h"

#include <bio/bio_writer.h>

typedef struct gdoi_ident_t gdoi_ident_t;
typedef struct gdoi_sak_t gdoi_sak_t;
typedef struct gdoi_gap_t gdoi_gap_t;
typedef struct gdoi_sat_t gdoi_sat_t;
typedef struct gdoi_sa_t gdoi_sa_t;

/** octets of the SPI in a SAK */
#define GDOI_KEK_SPI_LEN 16

/** octets of the SPI in a SAT */
#define GDOI_TEK_SPI_LEN 4

/**
 * Identification within SAK and SAT.
 */
struct gdoi_ident_t {

	/** identification type, gdoi_id_type_t if known */
	uint8_t type;

	/** port in host byte order, 0 is any */
	uint16_t port;

	/** identification data, at most 255 octets on send */
	chunk_t data;
};

/**
 * SA KEK, RFC 6407 section 5.3.
 */
struct gdoi_sak_t {

	/** IP protocol of rekeys, 17 */
	uint8_t protocol;

	/** source and destination of rekeys */
	gdoi_ident_t src;
	gdoi_ident_t dst;

	/** SPI, GDOI_KEK_SPI_LEN octets */
	chunk_t spi;

	/** attributes by number (bit 1 << gdoi_kek_attr_t) that are there */
	uint32_t present;

	/** values of the attributes, indexed by gdoi_kek_attr_t */
	uint32_t values[GDOI_KEK_ACK_REQUESTED + 1];
};

/**
 * Group Associated Policy, RFC 6407 section 5.4.
 */
struct gdoi_gap_t {

	/** attributes by number (bit 1 << gdoi_gap_attr_t) that are there */
	uint32_t present;

	/** values of the attributes, indexed by gdoi_gap_attr_t */
	uint32_t values[GDOI_GAP_SENDER_ID_REQUEST + 1];

	/** D3P_TYPE, D3P_WINDOWSIZE in milliseconds, and whether they are there */
	bool has_d3p_type;
	bool has_d3p_window;
	uint32_t d3p_type;
	uint32_t d3p_window;

	/** PSEUDOTIME, and whether it is there */
	bool has_pseudotime;
	uint32_t epoch;
	uint32_t ticks;
	uint32_t tick_ms;

	/** value of POLICY_ACL, exchanges/acl_codec.h reads it; empty if it is
	 *  not there */
	chunk_t acl;
};

/**
 * SA TEK for ESP and AH, RFC 6407 section 5.5.1.
 */
struct gdoi_sat_t {

	/** gdoi_protocol_t; nothing below is set if neither ESP nor AH */
	uint8_t protocol_id;

	/** IP protocol of the selector, 0 is any */
	uint8_t protocol;

	/** source and destination of the selector */
	gdoi_ident_t src;
	gdoi_ident_t dst;

	/** transform ID of ESP or AH */
	uint8_t transform;

	/** SPI, GDOI_TEK_SPI_LEN octets */
	chunk_t spi;

	/** attributes by number (bit 1 << gdoi_tek_attr_t) that are there, but
	 *  for Life Type and Life Duration */
	uint32_t present;

	/** values of the attributes, indexed by gdoi_tek_attr_t */
	uint32_t values[GDOI_TEK_DIRECTION + 1];

	/** lifetime in seconds and in kilobytes, 0 if not given */
	uint32_t seconds;
	uint32_t kilobytes;

	/** REPLAY_METHOD, gdoi_replay_method_t if known, and REPLAY_WINDOW; 0 if
	 *  not given */
	uint32_t replay_method;
	uint32_t replay_window;

	/** number of its list in POLICY_ACL, 0 if not given */
	uint8_t acl_list;
};

/**
 * SA payload.
 */
struct gdoi_sa_t {

	/** there is a SAK */
	bool has_sak;

	/** SAK */
	gdoi_sak_t sak;

	/** there is a GAP */
	bool has_gap;

	/** GAP */
	gdoi_gap_t gap;

	/** SATs in their order, allocated */
	gdoi_sat_t *sats;

	/** number of SATs */
	u_int sat_count;
};

/**
 * Parse an SA payload.
 *
 * @param body		payload without generic header
 * @param tolerance	departures to take, gdoi_tolerance_t flags
 * @param sa		content, set only if TRUE is returned; gdoi_sa_clear() it
 * @param notify	set to what the sender should hear, if FALSE is returned
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 * @return			FALSE if malformed, if an attribute is not understood
 *					(RFC 6407 section 5.3 to 5.5), or if a SAT has another
 *					protocol than ESP or AH
 */
bool gdoi_sa_parse(chunk_t body, u_int tolerance, gdoi_sa_t *sa,
				   gdoi_notify_t *notify, char **reason);

/**
 * Free what a parsed SA payload holds.
 */
void gdoi_sa_clear(gdoi_sa_t *sa);

/**
 * Write the body of an SA payload.
 *
 * @param sa		content
 * @param writer	gets the body appended
 * @return			FALSE if it holds nothing, or if a nested payload or the
 *					whole exceeds 65535 octets
 */
bool gdoi_sa_write(const gdoi_sa_t *sa, bio_writer_t *writer);

/**
 * Parse the body of a GAP, nested or of message 3.
 *
 * @param body		payload without generic header
 * @param gap		content, set only if TRUE is returned
 * @param reason	set to why, allocated, if FALSE is returned; may be NULL
 */
bool gdoi_gap_parse(chunk_t body, gdoi_gap_t *gap, char **reason);

/**
 * Check if a GAP has attributes of private numbers.
 */
bool gdoi_gap_is_private(const gdoi_gap_t *gap);

/**
 * Write the body of a GAP.
 *
 * @param gap		content
 * @param writer	gets the body appended
 */
void gdoi_gap_write(const gdoi_gap_t *gap, bio_writer_t *writer);

/**
 * Parse the body of a SAK.
 *
 * Parameters as for gdoi_sa_parse().
 */
bool gdoi_sak_parse(chunk_t body, u_int tolerance, gdoi_sak_t *sak,
					char **reason);

/**
 * Write the body of a SAK.
 */
void gdoi_sak_write(const gdoi_sak_t *sak, bio_writer_t *writer);

/**
 * Parse the body of a SAT.
 *
 * Parameters as for gdoi_sa_parse(). Of a protocol that is neither ESP nor AH
 * only protocol_id is set.
 */
bool gdoi_sat_parse(chunk_t body, u_int tolerance, gdoi_sat_t *sat,
					char **reason);

/**
 * Write the body of a SAT of ESP or AH.
 */
void gdoi_sat_write(const gdoi_sat_t *sat, bio_writer_t *writer);

/**
 * Take an identification.
 *
 * @param in		octets, get shortened
 * @param wide		read the length as two octets instead of one
 * @param ident		identification, set only if TRUE is returned
 * @return			FALSE if it does not fit
 */
bool gdoi_ident_take(chunk_t *in, bool wide, gdoi_ident_t *ident);

/**
 * Write an identification, with one octet of length.
 */
void gdoi_ident_write(const gdoi_ident_t *ident, bio_writer_t *writer);

#endif /** GDOI_SA_H_ @}*/
