/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup test_keys test_keys
 * @{
 *
 * Signature keys of rekeys, and KEKs that have them. Keys are made once and
 * kept until test_keys_forget().
 */

#ifndef TEST_KEYS_H_
#define TEST_KEYS_H_

#include "test_helpers.h"
#include "exchanges/push_receiver.h"
#include "exchanges/push_writer.h"

typedef enum test_sig_t test_sig_t;
typedef struct test_cipher_t test_cipher_t;

/**
 * Kinds of signature keys.
 */
enum test_sig_t {
	TEST_RSA_2048 = 0,
	TEST_RSA_3072,
	TEST_RSA_4096,
	TEST_ECDSA_256,
	TEST_ECDSA_384,
	TEST_ECDSA_521,
	TEST_SIGS,
};

/**
 * Cipher of a KEK.
 */
struct test_cipher_t {
	encryption_algorithm_t encr;
	uint16_t bits;
};

/** ciphers that KEKs may have */
#define TEST_CIPHERS 4
extern const test_cipher_t test_ciphers[TEST_CIPHERS];

/**
 * Get a signature key.
 *
 * @return			key, owned by this module
 */
private_key_t *test_key(test_sig_t sig);

/**
 * Free all signature keys.
 */
void test_keys_forget(void);

/**
 * A KEK with keys, from 10.0.0.1 to 0.0.0.0 (unicast), one day.
 *
 * @param first		first octet of its SPI
 * @param cipher	cipher, one of test_ciphers
 * @param sig		signature key
 * @param hash		hash of an RSA signature
 */
group_kek_t *test_signed_kek(uint8_t first, const test_cipher_t *cipher,
							 test_sig_t sig, hash_algorithm_t hash);

/**
 * Write a rekey with a DigestInfo; the test fails if that is not possible.
 *
 * @param rekey		rekey, gets destroyed
 * @param sig		signature key of the KEK
 * @return			message, allocated
 */
chunk_t test_write(group_rekey_t *rekey, group_kek_t *kek, test_sig_t sig);

/**
 * A rekey that brings a TEK.
 *
 * @param spi		SPI of the TEK, 0 for none
 * @param kek		KEK to put into the policy, gets referenced; NULL for none
 */
group_rekey_t *test_rekey(uint32_t seq, uint32_t spi, group_kek_t *kek);

/**
 * A rekey that ends a TEK, or all for an SPI of 0.
 */
group_rekey_t *test_rekey_delete(uint32_t seq, uint32_t spi);

/**
 * Let a receiver process a message, expecting a status.
 *
 * @param reason	part of the reason that must come, NULL for none
 * @return			content, NULL unless status is GDOI_PUSH_NEW
 */
group_rekey_t *test_process(gdoi_push_receiver_t *gm, chunk_t datagram,
							gdoi_push_status_t status, const char *reason);

/**
 * Let a receiver process a message that must be new, and accept it.
 */
void test_accept(gdoi_push_receiver_t *gm, chunk_t datagram);

/**
 * Create a strict receiver; the test fails if that is not possible.
 */
gdoi_push_receiver_t *test_receiver(group_kek_t *kek, uint32_t seq);

/**
 * A usual KEK: AES-CBC-128, RSA-2048 with SHA-256.
 */
group_kek_t *test_usual_kek(uint8_t first);

/**
 * Write a usual rekey under a usual KEK: one TEK.
 */
chunk_t test_usual_push(group_kek_t *kek, uint32_t seq);

#endif /** TEST_KEYS_H_ @}*/
