/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup gm_stamp_config gm_stamp_config
 * @{ @ingroup gdoi_member
 *
 * The keys of a `member` section about time stamps in packets.
 */

#ifndef GM_STAMP_CONFIG_H_
#define GM_STAMP_CONFIG_H_

#include "../config/config_reader.h"

typedef struct gm_stamp_config_t gm_stamp_config_t;

/**
 * How a member makes and judges time stamps; a plain value.
 */
struct gm_stamp_config_t {

	/** window of IP-D3P in place of the key server's, ms: 100 to 100000
	 *  (D3P-002); 0 for the key server's */
	uint32_t d3p_window;

	/** TRUE to take the window either way, FALSE for half of it */
	bool d3p_full;

	/** IP protocol of the IP-D3P header */
	uint8_t d3p_protocol;

	/** octets of the TBAR header in packets that are sent, 12 or 16 */
	uint8_t replay_header;
};

/**
 * Read the keys.
 *
 * @param config		gets the values
 * @param node			section
 * @param reader		gets errors with the path of the key
 */
void gm_stamp_config_parse(gm_stamp_config_t *config, config_node_t *node,
						   config_reader_t *reader);

/**
 * Compare two.
 */
bool gm_stamp_config_equals(const gm_stamp_config_t *a,
							const gm_stamp_config_t *b);

#endif /** GM_STAMP_CONFIG_H_ @}*/
