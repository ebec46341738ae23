/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_text config_text
 * @{ @ingroup gdoi_config
 *
 * Values as an administrator writes them. Pure functions, any thread.
 */

#ifndef CONFIG_TEXT_H_
#define CONFIG_TEXT_H_

#include <library.h>

#include <stdarg.h>

/** buffer size that holds every text of config_text_print_time() */
#define CONFIG_TIME_LEN 32

/**
 * Parse a number, decimal or hexadecimal with 0x, without sign.
 *
 * @param text		text
 * @param value		number, set only if TRUE is returned
 * @return			FALSE if this isn't a number of 64 bits
 */
bool config_text_number(const char *text, uint64_t *value);

/**
 * Parse yes/no, true/false, 1/0 or enabled/disabled, in any case.
 *
 * @param text		text
 * @param value		boolean, set only if TRUE is returned
 * @return			FALSE if it is none of these words
 */
bool config_text_bool(const char *text, bool *value);

/**
 * Parse a time: a decimal number with ms, s, m, h or d; seconds without unit.
 *
 * @param text		text
 * @param value		milliseconds, set only if TRUE is returned
 * @return			FALSE if this isn't a time, or one beyond 64 bits
 */
bool config_text_time(const char *text, uint64_t *value);

/**
 * Print a time in the largest unit that has no remainder, e.g. 90s, 24h.
 *
 * @param value		milliseconds
 * @param buf		buffer for the zero terminated text
 * @param len		size of buf, CONFIG_TIME_LEN is always enough
 * @return			buf
 */
char *config_text_print_time(uint64_t value, char *buf, size_t len);

/**
 * Check for an IPv4 or IPv6 address, without looking up names.
 *
 * @param text		text
 * @return			TRUE if it is an address
 */
bool config_text_is_address(const char *text);

/**
 * Print into new memory.
 *
 * @param fmt		printf format
 * @return			zero terminated text to free(), never NULL
 */
char *config_text_format(const char *fmt, ...);

/**
 * Same as config_text_format(), with a list of arguments.
 *
 * @param fmt		printf format
 * @param args		arguments
 * @return			zero terminated text to free(), never NULL
 */
char *config_text_vformat(const char *fmt, va_list args);

/**
 * Replace control characters by question marks, so that a value can't forge
 * lines of the log or move the cursor of a terminal.
 *
 * @param text		text to change in place, may be NULL
 */
void config_text_sanitize(char *text);

#endif /** CONFIG_TEXT_H_ @}*/
