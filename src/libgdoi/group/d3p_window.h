/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup d3p_window d3p_window
 * @{ @ingroup libgdoi_group
 *
 * IP-D3P (draft-weis-delay-detection): the window around a receiver's time, and
 * the header that brings the sender's. Pure functions of values, any thread.
 *
 * Times are those of the real-time clock since 1970-01-01 UTC.
 */

#ifndef D3P_WINDOW_H_
#define D3P_WINDOW_H_

#include "group_fresh.h"

#include <library.h>

typedef enum d3p_type_t d3p_type_t;

/** octets of the header, in either layout */
#define D3P_HEADER_LEN 12

/** IP protocol of the header unless set otherwise: one for experiments */
#define D3P_PROTOCOL 253

/** windows that can be set, in milliseconds and in seconds, D3P-001 */
#define D3P_WINDOW_MSEC_MIN 100
#define D3P_WINDOW_MSEC_MAX 10000
#define D3P_WINDOW_SEC_MIN 1
#define D3P_WINDOW_SEC_MAX 100

/** longest window in milliseconds, whatever it was set in */
#define D3P_WINDOW_MAX 100000

/**
 * Layouts of the header, values of the GAP attribute D3P_TYPE.
 */
enum d3p_type_t {
	/** POSIX-TIME of drafts -01 to -03: length, seconds, microseconds */
	D3P_POSIX_TIME = 1,
	/** POSIX-TIME-MSEC of draft -00: reserved, 64 bits of milliseconds */
	D3P_POSIX_TIME_MSEC = 3,
};

/**
 * Check for a layout that is known.
 */
bool d3p_type_is_known(uint32_t type);

/**
 * Read a window from settings, D3P-001 and D3P-002: "1s" to "100s" (the s may
 * be left out), or "100ms" to "10000ms".
 *
 * @param text		text
 * @param ms		set to milliseconds if TRUE is returned
 * @return			FALSE if it is none of these
 */
bool d3p_window_parse(const char *text, uint32_t *ms);

/**
 * Largest difference of times that a window allows, either way. The window is
 * the total width, and its half is rounded down.
 *
 * @param window	milliseconds
 * @param full		the other reading of the drafts: the window either way
 * @return			milliseconds
 */
uint32_t d3p_window_allowed(uint32_t window, bool full);

/**
 * First and last time that a window accepts around a 32-bit number of seconds
 * (or whatever) that wraps around, d3p.md section 5.
 *
 * @param now		receiver's time
 * @param allowed	largest difference, in the same unit
 * @param first		set to the first accepted
 * @param last		set to the last accepted
 */
void d3p_window_bounds(uint32_t now, uint32_t allowed, uint32_t *first,
					   uint32_t *last);

/**
 * Is a stamp fresh, D3P-008? Bounds are.
 *
 * @param now		receiver's time in milliseconds
 * @param stamp		sender's time in milliseconds, any value
 * @param allowed	largest difference in milliseconds
 * @return			GROUP_FRESH, _EARLY or _LATE
 */
group_fresh_t d3p_window_judge(uint64_t now, uint64_t stamp, uint32_t allowed);

/**
 * Write a header.
 *
 * @param type		layout
 * @param next		protocol of what follows, IPPROTO_IPIP or IPPROTO_IPV6
 * @param now		sender's time in microseconds
 * @param header	D3P_HEADER_LEN octets to fill
 */
void d3p_header_write(d3p_type_t type, uint8_t next, uint64_t now,
					  uint8_t *header);

/**
 * Read a header.
 *
 * @param type		layout of the group, never guessed from the header
 * @param data		octets from the header on
 * @param now		receiver's time in milliseconds: the 32 bits of seconds of
 *					D3P_POSIX_TIME mean those nearest to it
 * @param next		set to the protocol of what follows
 * @param stamp		set to the sender's time in milliseconds, rounded down;
 *					modulo 2^64 if that is before 1970
 * @return			FALSE if truncated, if a field has a value that it can't
 *					have, or if what follows is neither IPv4 nor IPv6
 */
bool d3p_header_read(d3p_type_t type, chunk_t data, uint64_t now,
					 uint8_t *next, uint64_t *stamp);

#endif /** D3P_WINDOW_H_ @}*/
