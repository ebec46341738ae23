/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_dn ks_dn
 * @{ @ingroup gdoi_ks
 */

#ifndef KS_DN_H_
#define KS_DN_H_

#include <library.h>

/**
 * Match a distinguished name against a pattern, AUTHZ-007.
 *
 * Every relative name of the pattern has to be in the name, each with another
 * one, in any order. The value `*` matches any value. Values are compared
 * regardless of case and string type, as certificates of the same authority
 * differ in both (AUTHZ-010).
 *
 * @param dn			DER of the name
 * @param pattern		DER of the pattern
 * @param more			TRUE if the name may have relative names that the
 *						pattern doesn't have
 * @return				TRUE if it matches; FALSE also if DER is malformed or
 *						a name has more than 32 relative names
 */
bool ks_dn_matches(chunk_t dn, chunk_t pattern, bool more);

#endif /** KS_DN_H_ @}*/
