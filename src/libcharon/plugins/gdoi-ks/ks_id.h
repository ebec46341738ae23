/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_id ks_id
 * @{ @ingroup gdoi_ks
 *
 * Identities as keys of a hashtable_t.
 */

#ifndef KS_ID_H_
#define KS_ID_H_

#include <utils/identification.h>

/**
 * Hash of an identity. Unlike identification_t.hash(), it is the same for all
 * that are equal: host names, mail addresses and parts of a distinguished name
 * may differ in case.
 *
 * @param key			identification_t*
 */
u_int ks_id_hash(const void *key);

/**
 * Are identities the same?
 *
 * @param key			identification_t*
 * @param other			identification_t*
 */
bool ks_id_equals(const void *key, const void *other);

#endif /** KS_ID_H_ @}*/
