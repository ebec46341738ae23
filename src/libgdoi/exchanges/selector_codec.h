/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/**
 * @defgroup gdoi_selector_codec gdoi_selector_codec
 * @{ @ingroup libgdoi_exchanges
 *
 * Permit lines as the selectors of SATs, and hosts as the identifications of
 * SAKs.
 */

#ifndef GDOI_SELECTOR_CODEC_H_
#define GDOI_SELECTOR_CODEC_H_

#include "../group/group_ace.h"
#include "../payloads/gdoi_sa.h"

#include <networking/host.h>

typedef struct gdoi_ident_buf_t gdoi_ident_buf_t;

/**
 * Memory for the data of a written identification: address and mask.
 */
struct gdoi_ident_buf_t {
	uint8_t data[32];
};

/**
 * Read the selector of a SAT.
 *
 * @param sat		SAT
 * @param ace		permit line, set only if TRUE is returned; number 0
 * @param reason	set to why, allocated, if FALSE is returned
 * @return			FALSE for identifications that are no address or subnet, for
 *					masks with holes, and for two address families
 */
bool gdoi_selector_read(const gdoi_sat_t *sat, group_ace_t *ace,
						char **reason);

/**
 * Write one side of a line.
 *
 * @param side		side of a line
 * @param family	AF_INET or AF_INET6
 * @param buf		memory that ident points into
 * @param ident		identification, set to an address or a subnet
 */
void gdoi_selector_write(const group_ace_side_t *side, uint16_t family,
						 gdoi_ident_buf_t *buf, gdoi_ident_t *ident);

/**
 * Read an address and port of a SAK.
 *
 * @return			host, owned by the caller; NULL if it is no address
 */
host_t *gdoi_host_read(const gdoi_ident_t *ident);

/**
 * Write an address and port of a SAK.
 *
 * @param host		host
 * @param ident		identification, points into host
 */
void gdoi_host_write(host_t *host, gdoi_ident_t *ident);

#endif /** GDOI_SELECTOR_CODEC_H_ @}*/
