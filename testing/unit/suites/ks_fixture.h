/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_fixture ks_fixture
 * @{
 *
 * What the suites of the key server share: a clock, a log and a phase 1 that
 * tests control, and configurations from text.
 */

#ifndef KS_FIXTURE_H_
#define KS_FIXTURE_H_

#include <ks_manager.h>
#include <ks_pull.h>
#include <transport/gdoi_transport.h>

#include <check.h>

typedef struct fake_phase1_t fake_phase1_t;

/** current time of ks_fixture_clock() */
extern time_t ks_fixture_now;

/** lines of the log, "%GDOI-1-NAME: text" each with a line feed */
extern char ks_fixture_log_text[65536];

/** log that writes to ks_fixture_log_text */
extern gdoi_log_t ks_fixture_log;

/** what groups of ks_fixture_manager_create() send rekeys by, NULL for nothing;
 *  a suite that sets them takes them back */
extern gdoi_transport_t *ks_fixture_transport;
extern ks_runtime_t *ks_fixture_runtime;

/** what such groups, and those of listen_begin(), check certificates by; NULL
 *  for credentials, of which there are none */
extern ks_trust_t ks_fixture_trust;

/**
 * A phase 1 without an IKE_SA.
 */
struct fake_phase1_t {

	/** interface for the code under test */
	gdoi_phase1_t public;

	/** cookies */
	uint8_t cookies[16];

	/** connection */
	const char *connection;

	/** identity of the peer */
	identification_t *id;

	/** certificate of the peer, NULL at first; not owned */
	certificate_t *certificate;

	/** features that the peer announced, 1 at first */
	uint8_t features;

	/** endpoints */
	host_t *me, *other;

	/** datagrams sent, chunk_t* */
	linked_list_t *sent;

	/** terminate() was called */
	bool terminated;

	/** how it ended, if not by terminate() */
	gdoi_phase1_end_t end;
};

/**
 * Set up libstrongswan and a folder of private keys: rsa.der, ecdsa.der and
 * garbage.der.
 */
bool ks_fixture_init();

/**
 * Undo ks_fixture_init().
 */
void ks_fixture_deinit();

/**
 * Implements ks_clock_t.
 */
time_t ks_fixture_clock();

/**
 * Name of the folder that has the private keys.
 */
const char *ks_fixture_keydir();

/**
 * Create a manager with an empty log, and the configuration that it is a role
 * of. One at a time.
 */
ks_manager_t *ks_fixture_manager_create();

/**
 * End all groups, destroy the manager and its configuration.
 */
void ks_fixture_manager_destroy(ks_manager_t *manager);

/**
 * Load a configuration into the manager, as the plugin does.
 *
 * @param text			text in swanctl.conf's syntax
 * @param warnings		TRUE to get the warnings, FALSE the errors
 * @return				lines, to free(); empty if there were none
 */
char *ks_fixture_load(const char *text, bool warnings);

/**
 * Only find out whether a configuration could be loaded.
 *
 * @param text			text in swanctl.conf's syntax
 * @return				TRUE if it could
 */
bool ks_fixture_dry_run(const char *text);

/**
 * Parse the server section of a group "g" of number 3333 and fail the test if
 * it has errors. The access list "vpn" has one line, "more" has it and another
 * one, "turned" the same two the other way round, "other" none of them;
 * "lines7" has 7 lines, "lines6-7" 7 lines of IPv6; a name with blanks is
 * itself a list, of lines separated by semicolons.
 *
 * @param server		text of the section
 */
ks_config_t *ks_fixture_config(const char *server);

/**
 * Create a phase 1.
 *
 * @param id			identity of the peer
 * @param address		address of the peer
 * @param connection	name of the connection
 */
fake_phase1_t *fake_phase1_create(const char *id, const char *address,
								  const char *connection);

/**
 * Take the oldest datagram that was sent.
 *
 * @return				datagram, to free; empty if there is none
 */
chunk_t fake_phase1_take(fake_phase1_t *this);

/**
 * Destroy a phase 1.
 */
void fake_phase1_destroy(fake_phase1_t *this);

Suite *ks_authorizer_suite();
Suite *config_wrong_suite();
Suite *ks_changes_suite();
Suite *ks_config_suite();
Suite *ks_keys_suite();
Suite *ks_tables_suite();
Suite *ks_members_suite();
Suite *ks_fanout_suite();
Suite *ks_acks_suite();
Suite *ks_pull_suite();
Suite *ks_refusals_suite();
Suite *ks_rekeyer_suite();
Suite *ks_removal_suite();

/** replay protection */
Suite *ks_freshness_suite();
Suite *ks_pseudotime_suite();

/** deny lines, receive-only groups, and who can't be told of them */
Suite *ks_deny_suite();
Suite *ks_revocation_suite();
Suite *ks_sids_suite();
Suite *ks_status_suite();

#endif /** KS_FIXTURE_H_ @}*/
