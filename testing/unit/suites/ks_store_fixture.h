/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_store_fixture ks_store_fixture
 * @{
 *
 * What the suites of the store share: clocks, a log, a secret in the credential
 * store, a database file, and a group that has keys and members and nothing
 * else.
 */

#ifndef KS_STORE_FIXTURE_H_
#define KS_STORE_FIXTURE_H_

#include <store/ks_keeper.h>
#include <store/ks_member_codec.h>
#include <store/ks_store.h>
#include <store/ks_sqlite.h>
#include <store/ks_seal.h>

#include <check.h>

typedef struct fake_group_t fake_group_t;

/** secret of the store */
#define SECRET "0123456789abcdef0123456789abcdef"

/** present time of the clocks */
extern time_t store_mono, store_wall;

/** lines of the log: mnemonic, blank, text, line feed */
extern char store_log_text[65536];

/** log that writes to store_log_text */
extern gdoi_log_t store_log;

/**
 * A group without anything but keys and members.
 */
struct fake_group_t {

	/** interface for the code under test */
	ks_group_t public;

	/** name */
	const char *name;

	/** number that the keys are made of: KEK n, and TEKs n and n + 1 */
	uint32_t generation;

	/** last sequence number */
	uint32_t sequence;

	/** when the keys were created, monotonic */
	time_t created;

	/** lifetime of KEK and TEKs */
	uint32_t lifetime;

	/** begin() was called, and with keys */
	bool begun, restored;

	/** TEKs and their names that begin() brought */
	u_int teks;

	/** members */
	ks_members_t *members;

	/** Sender IDs, of 16 bits */
	ks_sid_pool_t *sids;

	/** references */
	u_int refs;
};

/**
 * Set up libstrongswan, a folder for files and the settings of the store.
 */
bool store_fixture_init();

/**
 * Undo store_fixture_init().
 */
void store_fixture_deinit();

/**
 * Begin a test: no file, no secret, empty log, clocks at their start.
 */
void store_fixture_reset();

/**
 * Path and URI of the database file.
 */
const char *store_path();
char *store_uri();

/**
 * Implements ks_clock_t.
 */
time_t store_clock();
time_t store_wall_clock();

/**
 * Let time pass.
 */
void store_pass(time_t seconds);

/**
 * Put a secret into the credential store, instead of what is there.
 *
 * @param secret		secret, NULL for none
 * @param owner			identity that owns it
 */
void store_set_secret(const char *secret, const char *owner);

/**
 * Put a secret for IKE into the credential store, instead of what is there.
 *
 * @param secret		secret
 * @param owner			identity that owns it
 */
void store_set_psk(const char *secret, const char *owner);

/**
 * Create a group that was not begun, with a reference.
 */
fake_group_t *fake_group_create(const char *name);

/**
 * Give the group new keys, with nothing sent under them.
 */
void fake_group_rekey(fake_group_t *this);

/**
 * Register members 10.x.y.z with numbers from first on.
 */
void fake_group_join(fake_group_t *this, u_int first, u_int count,
					 time_t expires);

/**
 * Destroy it; all other references must be gone.
 */
void fake_group_destroy(fake_group_t *this);

/**
 * Make the state of keys as a fake group has them.
 */
ks_state_t *fake_state_create(uint32_t generation, uint32_t sequence,
							  uint32_t age, uint32_t lifetime);

/**
 * Fail the test if a state isn't what fake_state_create() makes.
 */
void fake_state_check(ks_state_t *state, uint32_t generation);

/**
 * Generation of the keys of a state.
 */
uint32_t fake_state_generation(ks_state_t *state);

/**
 * Fail the test unless the log has, or has not, a text.
 */
void assert_logged(const char *text);
void assert_not_logged(const char *text);

Suite *ks_store_codec_suite();
Suite *ks_store_crash_suite();
Suite *ks_store_file_suite();
Suite *ks_store_keeper_suite();

#endif /** KS_STORE_FIXTURE_H_ @}*/
