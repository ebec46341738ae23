/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup test_libgdoi test_libgdoi
 * @{
 *
 * Suites of libgdoi's tests.
 */

#ifndef TEST_LIBGDOI_H_
#define TEST_LIBGDOI_H_

#include <check.h>

/** values: group identities, lines, lists, TEK, KEK, policy */
Suite *suite_group(void);

/** all lines in force and what they make of a packet */
Suite *suite_group_rules(void);

/** payloads: structures, truncation, overlong and overlapping lengths */
Suite *suite_payloads(void);

/** SA payload with SAK, GAP and SATs */
Suite *suite_sa(void);

/** policy to SA and KD payloads and back */
Suite *suite_policy(void);

/** access lists with deny lines */
Suite *suite_acl_codec(void);

/** two state machines in memory */
Suite *suite_pull(void);

/** Sender IDs of counter modes */
Suite *suite_sids(void);

/** replays, forgeries, damage and malformed requests */
Suite *suite_hostile(void);

/** recorded exchanges, octet by octet */
Suite *suite_vectors(void);

/** rekeys: writer and receiver in memory, sequence numbers, replays */
Suite *suite_push(void);

/** rekeys: damage, forgeries, and what is authentic but no sense */
Suite *suite_push_hostile(void);

/** rekeys: recorded ones */
Suite *suite_push_vectors(void);

/** acknowledgements of rekeys */
Suite *suite_push_ack(void);

/** when rekeys are due */
Suite *suite_rekey_schedule(void);

/** pseudotime and the header of time-based anti-replay */
Suite *suite_pseudotime(void);

/** window and header of IP-D3P */
Suite *suite_d3p_window(void);

/** methods of replay protection, D3P and pseudotime on the wire */
Suite *suite_freshness(void);

#endif /** TEST_LIBGDOI_H_ @}*/
