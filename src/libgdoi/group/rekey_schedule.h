/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup rekey_schedule rekey_schedule
 * @{ @ingroup libgdoi_group
 *
 * When a key server rekeys, as pure functions of policy and time. All times
 * are whole seconds unless a name says otherwise; any thread.
 */

#ifndef REKEY_SCHEDULE_H_
#define REKEY_SCHEDULE_H_

#include <library.h>

typedef struct rekey_schedule_t rekey_schedule_t;
typedef enum rekey_rule_t rekey_rule_t;

/** a KEK is replaced this long before its end, REKEY-008 */
#define REKEY_KEK_OFFSET 225

/** retransmission stops if the next rekey is this near, REKEY-011 */
#define REKEY_RETRANSMIT_GAP 120

/** rekeys for KEK and TEK this near to each other become one, REKEY-012 */
#define REKEY_COMBINE_GAP 60

/** members per loop and seconds per loop that REKEY-003 reckons with */
#define REKEY_LOOP_MEMBERS 50
#define REKEY_LOOP_TIME 5

/** a new TEK sends this long before the old one ends, GM-007, ATD-002 */
#define REKEY_SWITCH 30

/**
 * Which formula says when to rekey.
 */
enum rekey_rule_t {
	/** a tenth of the lifetime, room for batches and retransmissions before
	 *  the end, REKEY-001 to REKEY-006 */
	REKEY_RULE_OFFSET = 0,
	/** lifetime less four times the activation time delay, REKEY-023 */
	REKEY_RULE_ACTIVATION,
};

/**
 * Settings that rekeys are scheduled by.
 */
struct rekey_schedule_t {

	/** formula */
	rekey_rule_t rule;

	/** rekeys go to a multicast group */
	bool multicast;

	/** retransmissions of each rekey, REKEY-010 */
	uint32_t tries;

	/** seconds between retransmissions */
	uint32_t interval;

	/** REKEY_RULE_ACTIVATION: activation time delay, seconds, default 15 */
	uint32_t activation;

	/** members that one batch has room for and milliseconds between batches;
	 *  0 members: REKEY_LOOP_MEMBERS per REKEY_LOOP_TIME as in REKEY-003 */
	uint32_t batch;
	uint32_t batch_interval;
};

/**
 * tek_rekey_offset of REKEY-001: 90 s below 900 s, a tenth of the lifetime
 * from there on.
 *
 * @param lifetime		lifetime of the TEK
 */
uint32_t rekey_schedule_offset(uint32_t lifetime);

/**
 * How long before its end a TEK is rekeyed, REKEY-002, REKEY-003, REKEY-023.
 * Never more than half of its lifetime, so that short ones work as well.
 *
 * @param schedule		settings
 * @param lifetime		lifetime of the TEK
 * @param members		members of the group that get unicast copies
 * @return				seconds before the end
 */
uint32_t rekey_schedule_tek_lead(const rekey_schedule_t *schedule,
								 uint32_t lifetime, u_int members);

/**
 * How long before its end a KEK is replaced, REKEY-008, REKEY-023. Never more
 * than half of its lifetime.
 */
uint32_t rekey_schedule_kek_lead(const rekey_schedule_t *schedule,
								 uint32_t lifetime);

/**
 * May a rekey be retransmitted although another one follows, REKEY-011?
 *
 * @param next			seconds until the next rekey, UINT32_MAX if none
 * @return				FALSE if that is within 120 seconds
 */
bool rekey_schedule_may_retransmit(uint32_t next);

/**
 * Is a rekey that is due soon to be sent along with one that is due now,
 * REKEY-012 and KS-019?
 *
 * @param due			seconds until it is due
 */
bool rekey_schedule_combines(uint32_t due);

/**
 * Activation time delay for a new TEK, ATD-003, ATD-008.
 *
 * @param remaining		seconds that the old TEK lives, 0 without one
 * @return				seconds, 1 to 65535
 */
uint16_t rekey_schedule_atd(uint32_t remaining);

/**
 * How long before expiry a member registers again under
 * REKEY_RULE_ACTIVATION: three times the activation time delay, REKEY-024.
 */
uint32_t rekey_schedule_reregister(uint32_t activation);

#endif /** REKEY_SCHEDULE_H_ @}*/
