/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup cm_acl cm_acl
 * @{ @ingroup gdoi
 */

#ifndef CM_ACL_H_
#define CM_ACL_H_

#include "crypto_map.h"
#include "bpf/cm_shared.h"

/**
 * Compile an access list for the programs. A line without a family becomes
 * one rule in each list.
 *
 * @param lines		lines in order
 * @param count		number of lines
 * @param acl		list to overwrite
 * @return			FALSE if there are more than CRYPTO_MAP_LINES, acl is not
 *					touched then
 */
bool cm_acl_compile(const crypto_map_line_t *lines, u_int count,
					struct cm_acl *acl);

/**
 * Translate the sizes of an encapsulation.
 *
 * @param esp		sizes
 * @return			the same, ESP header included
 */
struct cm_esp cm_esp_sizes(const crypto_map_esp_t *esp);

#endif /** CM_ACL_H_ @}*/
