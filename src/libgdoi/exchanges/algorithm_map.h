/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_algorithm_map gdoi_algorithm_map
 * @{ @ingroup libgdoi_exchanges
 *
 * Numbers of algorithms: those of the wire and those of strongSwan.
 */

#ifndef GDOI_ALGORITHM_MAP_H_
#define GDOI_ALGORITHM_MAP_H_

#include "../group/group_kek.h"
#include "../group/group_tek.h"

/**
 * Find the cipher of an ESP transform.
 *
 * @param transform	ESP transform ID
 * @param encr		cipher, set only if TRUE is returned
 * @return			FALSE for an unknown transform
 */
bool gdoi_map_esp(uint8_t transform, encryption_algorithm_t *encr);

/**
 * Find the ESP transform of a cipher.
 *
 * @return			FALSE if ESP in GDOI can't name it
 */
bool gdoi_map_to_esp(encryption_algorithm_t encr, uint8_t *transform);

/**
 * Find the integrity algorithm of an AH transform.
 *
 * @return			FALSE for an unknown transform
 */
bool gdoi_map_ah(uint8_t transform, integrity_algorithm_t *integ);

/**
 * Find the AH transform of an integrity algorithm.
 *
 * @return			FALSE if AH in GDOI can't name it
 */
bool gdoi_map_to_ah(integrity_algorithm_t integ, uint8_t *transform);

/**
 * Find the integrity algorithm of the Authentication Algorithm attribute.
 *
 * @return			FALSE for an unknown number
 */
bool gdoi_map_auth(uint32_t number, integrity_algorithm_t *integ);

/**
 * Find the number of the Authentication Algorithm attribute.
 *
 * @return			FALSE if GDOI can't name it
 */
bool gdoi_map_to_auth(integrity_algorithm_t integ, uint32_t *number);

/**
 * Find the cipher of the KEK_ALGORITHM attribute.
 *
 * @return			FALSE for an unknown number
 */
bool gdoi_map_kek(uint32_t number, encryption_algorithm_t *encr);

/**
 * Find the number of the KEK_ALGORITHM attribute.
 *
 * @return			FALSE if GDOI can't name it
 */
bool gdoi_map_to_kek(encryption_algorithm_t encr, uint32_t *number);

/**
 * Find the hash of the SIG_HASH_ALGORITHM attribute.
 *
 * @return			FALSE for an unknown number
 */
bool gdoi_map_sig_hash(uint32_t number, hash_algorithm_t *hash);

/**
 * Find the number of the SIG_HASH_ALGORITHM attribute.
 *
 * @return			FALSE if GDOI can't name it
 */
bool gdoi_map_to_sig_hash(hash_algorithm_t hash, uint32_t *number);

/**
 * Hash that a signature algorithm implies.
 *
 * @return			HASH_UNKNOWN for RSA, which implies none
 */
hash_algorithm_t gdoi_map_implied_hash(group_sig_t sig);

#endif /** GDOI_ALGORITHM_MAP_H_ @}*/
