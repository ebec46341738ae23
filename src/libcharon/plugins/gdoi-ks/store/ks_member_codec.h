/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup ks_member_codec ks_member_codec
 * @{ @ingroup gdoi_ks
 *
 * Members of a group as octets, for the store, as ks_key_codec has the keys.
 */

#ifndef KS_MEMBER_CODEC_H_
#define KS_MEMBER_CODEC_H_

#include "ks_key_codec.h"

#include "../ks_members.h"

/**
 * Encode records of members.
 *
 * @param members		records
 * @param count			number of them, up to 65535
 * @param now			present moment
 * @return				octets, to free
 */
chunk_t ks_member_codec_write(ks_member_t **members, u_int count,
							  const ks_instant_t *now);

/**
 * Decode records of members and put them into a table. Those whose keys ended
 * are left out.
 *
 * @param data			octets
 * @param now			present moment
 * @param members		table to restore them to
 * @return				FALSE if they made no sense from some point on
 */
bool ks_member_codec_read(chunk_t data, const ks_instant_t *now,
						  ks_members_t *members);

#endif /** KS_MEMBER_CODEC_H_ @}*/
