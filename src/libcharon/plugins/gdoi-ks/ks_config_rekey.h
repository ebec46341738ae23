/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_config_rekey ks_config_rekey
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_CONFIG_REKEY_H_
#define KS_CONFIG_REKEY_H_

#include "ks_ack_mode.h"

#include <config/config_reader.h>
#include <group/rekey_schedule.h>
#include <networking/host.h>

typedef struct ks_config_rekey_t ks_config_rekey_t;

/**
 * How a group's rekeys are sent. Owned by a ks_config_t, read only.
 */
struct ks_config_rekey_t {

	/** group address with port 848, NULL for unicast rekeys */
	host_t *address;

	/** interface to send multicast on, NULL for the route's */
	char *interface;

	/** TTL or hop limit of multicast, 0 for the system's */
	uint8_t ttl;

	/** acknowledgements, KS_ACK_NONE for multicast (ACK-002) */
	ks_ack_mode_t ack;

	/** ask for HMAC-SHA-512 */
	bool sha512;

	/** consecutive rekeys without acknowledgement that eject, 0 for never */
	uint32_t eject_after;

	/** when to rekey and to retransmit; how batches are paced */
	rekey_schedule_t schedule;
};

/**
 * Parse a rekey section.
 *
 * @param node			section, NULL for the defaults
 * @param reader		gets errors and warnings
 * @return				configuration to destroy; NULL if there was an error
 */
ks_config_rekey_t *ks_config_rekey_parse(config_node_t *node,
										 config_reader_t *reader);

/**
 * Compare configurations.
 *
 * @param a				configuration, may be NULL
 * @param b				configuration, may be NULL
 */
bool ks_config_rekey_equals(ks_config_rekey_t *a, ks_config_rekey_t *b);

/**
 * Do members have to hear of a change: another transport (REKEY-210 to
 * REKEY-212), or another kind of acknowledgement?
 *
 * @param told			what they know
 * @param rekey			configuration in force
 */
bool ks_config_rekey_is_news(ks_config_rekey_t *told,
							 ks_config_rekey_t *rekey);

/**
 * Destroy a configuration.
 *
 * @param rekey			configuration, may be NULL
 */
void ks_config_rekey_destroy(ks_config_rekey_t *rekey);

#endif /** KS_CONFIG_REKEY_H_ @}*/
