/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * What a crypto map has to do with a packet, in plain C and as slowly as
 * needed: with the octets of the packet in hand and the engine's rules.
 */

#ifndef CLASSIFIER_REFERENCE_H_
#define CLASSIFIER_REFERENCE_H_

#include <crypto_map.h>
#include <bpf/cm_shared.h>
#include <group/group_rules.h>

typedef struct reference_t reference_t;
typedef struct reference_answer_t reference_answer_t;

/**
 * What a crypto map was told.
 */
struct reference_t {

	/** the access list */
	group_rules_t *rules;

	/** bit per SA */
	uint32_t ready;

	/** direction of each SA */
	crypto_map_direction_t directions[CRYPTO_MAP_SAS];

	/** inbound SPIs, network order */
	uint32_t spis[CRYPTO_MAP_SPIS];
	u_int spi_count;

	/** addresses of key servers: family and octets */
	struct {
		int family;
		uint8_t addr[16];
	} servers[CRYPTO_MAP_SERVERS];
	u_int server_count;
};

/**
 * What is to happen.
 */
struct reference_answer_t {

	/** TC_ACT_* */
	int action;

	/** counter to increase, -1 for none */
	int stat;

	/** SA that encrypts, if that is what happens */
	u_int sa;

	/** TRUE if ESP goes to the anchor, with addresses kept unless it is a
	 *  later fragment */
	bool decrypts;
	bool keeps;
};

/**
 * Decide about a packet without a mark that has to do with no anchor.
 *
 * @param out			TRUE if it leaves
 * @param frame			packet with link layer header
 * @param len			octets
 * @return				what is to happen
 */
reference_answer_t reference_decide(const reference_t *this, bool out,
									const uint8_t *frame, size_t len);

#endif /** CLASSIFIER_REFERENCE_H_ */
