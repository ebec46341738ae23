/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup config_reader config_reader
 * @{ @ingroup gdoi_config
 */

#ifndef CONFIG_READER_H_
#define CONFIG_READER_H_

#include "config_node.h"

#include <collections/linked_list.h>
#include <networking/host.h>

typedef struct config_reader_t config_reader_t;

/**
 * Typed access to configuration nodes that collects errors.
 *
 * A reader records every error as one line, in the form
 * `groups.g.server.kek.lifetime: "1y" is not a time (number with ms, s, m, h
 * or d)`, so that an administrator sees all mistakes of a file at once. Every
 * getter takes the section that holds the key and returns the given default if
 * the key is absent, or if it is wrong (after recording the error).
 */
struct config_reader_t {

	/**
	 * Get a string; its memory belongs to the node.
	 */
	const char *(*get_str)(config_reader_t *this, config_node_t *section,
						   const char *key, const char *def);

	/**
	 * Get yes/no (also true/false, 1/0, enabled/disabled).
	 */
	bool (*get_bool)(config_reader_t *this, config_node_t *section,
					 const char *key, bool def);

	/**
	 * Get an integer (decimal, or hexadecimal with 0x) within a range.
	 */
	uint64_t (*get_int)(config_reader_t *this, config_node_t *section,
						const char *key, uint64_t def, uint64_t min,
						uint64_t max);

	/**
	 * Get a time with unit (ms, s, m, h, d; no unit means seconds).
	 *
	 * @param def		default, in milliseconds
	 * @param min		smallest allowed value, in milliseconds
	 * @param max		largest allowed value, in milliseconds
	 * @return			milliseconds
	 */
	uint64_t (*get_time)(config_reader_t *this, config_node_t *section,
						 const char *key, uint64_t def, uint64_t min,
						 uint64_t max);

	/**
	 * Get one of several words.
	 *
	 * @param words		enum names of the allowed words, in lower case
	 * @return			value of the word
	 */
	int (*get_word)(config_reader_t *this, config_node_t *section,
					const char *key, enum_name_t *words, int def);

	/**
	 * Get an IP address.
	 *
	 * @return			host to destroy, NULL if absent or wrong
	 */
	host_t *(*get_host)(config_reader_t *this, config_node_t *section,
						const char *key);

	/**
	 * Get a comma separated list, items trimmed, empty ones left out.
	 *
	 * @return			list of char* (destroy_function(free)), never NULL
	 */
	linked_list_t *(*get_list)(config_reader_t *this, config_node_t *section,
							   const char *key);

	/**
	 * Get a section within a section.
	 *
	 * @return			section, NULL if absent or if it is a key (an error)
	 */
	config_node_t *(*get_section)(config_reader_t *this,
								  config_node_t *section, const char *name);

	/**
	 * Record an error.
	 *
	 * @param node		node the error is about, gives the path
	 * @param fmt		what is wrong and what to write instead; the value is
	 *					not added automatically
	 */
	void (*error)(config_reader_t *this, config_node_t *node, const char *fmt,
				  ...);

	/**
	 * Record an advice that doesn't refuse the configuration.
	 */
	void (*warn)(config_reader_t *this, config_node_t *node, const char *fmt,
				 ...);

	/**
	 * Record an error for a key that is required and absent.
	 *
	 * @param section	section that lacks the key
	 * @param key		name of the key
	 * @param hint		what to write
	 */
	void (*missing)(config_reader_t *this, config_node_t *section,
					const char *key, const char *hint);

	/**
	 * Tell that nobody is there to mend what is refused: what may be advice
	 * must not be an error then.
	 */
	void (*set_unattended)(config_reader_t *this);

	/**
	 * Check if nobody is there to mend what is refused.
	 */
	bool (*is_unattended)(config_reader_t *this);

	/**
	 * Number of errors so far.
	 */
	u_int (*errors)(config_reader_t *this);

	/**
	 * Enumerate messages.
	 *
	 * @return			enumerator over (bool is_error, char *line)
	 */
	enumerator_t *(*create_enumerator)(config_reader_t *this);

	/**
	 * Destroy a reader.
	 */
	void (*destroy)(config_reader_t *this);
};

/**
 * Create a reader without errors.
 */
config_reader_t *config_reader_create();

#endif /** CONFIG_READER_H_ @}*/
