/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup test_helpers test_helpers
 * @{
 *
 * What the suites share.
 */

#ifndef TEST_HELPERS_H_
#define TEST_HELPERS_H_

#include "group/group_policy.h"
#include "exchanges/phase2.h"

#include <check.h>

/** fail unless two chunks are equal */
#define ck_assert_chunk(a, b) ({ \
	chunk_t _a = (a), _b = (b); \
	ck_assert_msg(test_same(_a, _b), "%s != %s: %s", #a, #b, \
				  test_diff(_a, _b)); \
})

/** fail unless a reason is there and contains a text; frees it */
#define ck_assert_reason(reason, text) ({ \
	ck_assert_msg(reason && strstr(reason, text), "reason \"%s\" has no " \
				  "\"%s\"", reason ?: "(none)", text); \
	free(reason); \
	reason = NULL; \
})

/**
 * Set up libstrongswan with plugins, and the random generator. The seed is
 * printed; GDOI_TEST_SEED repeats a run.
 */
bool test_init();

/**
 * Undo test_init().
 */
void test_deinit();

/**
 * Compare two chunks, which may both be empty.
 */
bool test_same(chunk_t a, chunk_t b);

/**
 * Where and how two chunks differ, as text in static memory.
 */
const char *test_diff(chunk_t a, chunk_t b);

/**
 * Get a value of a file of vectors.
 *
 * @param file		name of the file
 * @param section	section in brackets, NULL for values before the first
 * @param key		name of the value
 * @return			value, allocated; the test fails if it is missing
 */
chunk_t test_vector(const char *file, const char *section, const char *key);

/**
 * Decode hex digits.
 *
 * @return			octets, allocated
 */
chunk_t test_hex(const char *hex);

/**
 * Next pseudo random number below a limit.
 */
uint32_t test_random(uint32_t limit);

/**
 * Pseudo random octets.
 *
 * @return			octets, allocated
 */
chunk_t test_random_chunk(size_t len);

/**
 * A line of an access list; the test fails if it does not parse.
 */
group_ace_t test_ace(const char *text);

/**
 * A TEK with keys: tunnel mode, AES-CBC-256, HMAC-SHA-256, one hour.
 *
 * @param spi		SPI in host byte order
 * @param ...		texts of permit lines, ended by NULL
 */
group_tek_t *test_tek(uint32_t spi, ...);

/**
 * A KEK with keys: AES-CBC-128, RSA with SHA-256, one day, 10.0.0.1 to
 * 239.1.1.1.
 *
 * @param first		first octet of its SPI
 */
group_kek_t *test_kek(uint8_t first);

/**
 * A policy with a KEK, the TEK 0x1000, ATD 10 and DTD 20, and sequence 7.
 */
group_policy_t *test_policy();

/**
 * Compare policies; keys only if both have them.
 */
bool test_policy_equals(group_policy_t *a, group_policy_t *b);

/**
 * Protection by a phase 1 of fixed keys: AES-CBC-256, HMAC-SHA-256.
 *
 * @param message_id	message ID
 * @param wrong			another SKEYID_a
 */
gdoi_phase2_t *test_phase2(uint32_t message_id, bool wrong);

#endif /** TEST_HELPERS_H_ @}*/
